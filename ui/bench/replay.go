package bench

import (
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/pane"
)

// replay is a stored run that the screen shows instead of a session: the
// charts are frozen from the start, and everything else is as it stood at
// their cursor.
//
//	keys, mouse, playing ─▶ cursor ─▶ Snapshot of that moment ─▶ panes
type replay struct {
	rec     lab.Record
	changes []time.Duration      // when something was set
	setups  map[int]engine.Setup // by how many of these were before
	speed   int                  // index in speeds
	playing int                  // number of the playing under way; 0: none
	plays   int
	last    time.Time // when the cursor was moved last
}

// speeds are how many times faster than it was a run is played.
var speeds = []int{1, 10, 60}

// frameTime is how often the cursor moves while playing.
const frameTime = time.Second / 10

// played says that a stretch of playing is over.
type played struct {
	of   *replay
	turn int
	now  time.Time
}

// NewReplay makes the screen of a stored run, read-only: nothing is sent, and
// cfg needs no Session, but SetupAt.
func NewReplay(cfg Config, rec lab.Record) *Model {
	m := blank(cfg)
	m.focus, m.side = events, events
	m.coach.over = true // it teaches how to make a run
	scored(&rec)
	m.replay = &replay{rec: rec, setups: map[int]engine.Setup{}}
	for i := range rec.Ticks {
		for _, e := range rec.Ticks[i].Events {
			if e.Action != nil && e.Action.Kind != lab.ActMark {
				m.replay.changes = append(m.replay.changes, e.At)
			}
		}
	}
	slices.Sort(m.replay.changes)
	at := time.Duration(0)
	if len(rec.Ticks) > 0 {
		at = rec.Ticks[0].Sample.At
	}
	m.show(m.replay.snapshot(m.cfg.SetupAt, at))
	m.charts.Overview(&m.pic)
	m.seek(at)
	return m
}

// scored scores a run that has not ended, or was recorded by an older lab, as
// lab.SummaryOf does; without the sums of its histograms, which are not seen.
func scored(rec *lab.Record) {
	run := &rec.Run
	if run.Outcome != lab.Unfinished && run.Summary.ScoreVersion == lab.ScoreVersion {
		return
	}
	score := lab.NewScore(run)
	for i := range rec.Ticks {
		score.Add(&rec.Ticks[i])
	}
	end := run.Duration
	if n := len(rec.Ticks); n > 0 && (run.Outcome == lab.Unfinished || run.Outcome == lab.Crashed) {
		last := rec.Ticks[n-1].Sample.At - run.Origin
		run.Duration, end = max(end, last), max(end, last+run.Experiment.Interval)
	}
	run.Summary.Scores = score.Scores(end)
}

// snapshot is the run as it stood at a moment.
func (r *replay) snapshot(setup func(lab.Record, time.Duration) engine.Setup, at time.Duration) *engine.Snapshot {
	n, _ := slices.BinarySearch(r.changes, at+1)
	set, known := r.setups[n]
	if !known {
		set = setup(r.rec, at)
		r.setups[n] = set
	}
	s := &engine.Snapshot{At: at, Phase: engine.Running, Record: r.rec, Setup: set}
	if t := (&pane.Picture{Record: r.rec}).Tick(at); t != nil {
		s.Desired, s.Decision, s.Setup.LoadOn = t.Decision.Desired, t.Decision, t.Sample.LoadOn
	}
	return s
}

// seek puts the cursor on a moment of the record.
func (m *Model) seek(at time.Duration) {
	m.charts.Seek(&m.pic, at)
	m.arrive()
}

// arrive shows what was at the cursor.
func (m *Model) arrive() {
	if m.replay != nil {
		m.show(m.replay.snapshot(m.cfg.SetupAt, m.charts.Cursor()))
		m.events.SelectAt(m.charts.Cursor())
	}
}

// moveCursor moves it by cells of the charts.
func (m *Model) moveCursor(by int) {
	m.charts.Step(&m.pic, by)
	m.arrive()
}

// play plays the run from the cursor on, or pauses it.
func (m *Model) play() tea.Cmd {
	r := m.replay
	if r.playing != 0 {
		r.playing = 0
		return nil
	}
	if m.charts.Cursor() >= m.end() {
		m.seek(0)
	}
	r.plays++
	r.playing, r.last = r.plays, time.Now()
	return m.nextFrame()
}

func (m *Model) nextFrame() tea.Cmd {
	r, turn := m.replay, m.replay.playing
	return tea.Tick(frameTime, func(now time.Time) tea.Msg { return played{r, turn, now} })
}

// Take takes the messages of the screen's own commands: those that move a
// replay on. Others are left alone.
func (m *Model) Take(msg tea.Msg) tea.Cmd {
	p, ok := msg.(played)
	if !ok || p.of != m.replay || m.replay == nil || p.turn != m.replay.playing {
		return nil
	}
	r := m.replay
	passed := min(max(p.now.Sub(r.last), 0), time.Second) // after a standstill it does not leap
	r.last = p.now
	m.seek(m.charts.Cursor() + passed*time.Duration(speeds[r.speed]))
	if m.charts.Cursor() >= m.end() {
		r.playing = 0
		return nil
	}
	return m.nextFrame()
}

// end is the moment of the last tick.
func (m *Model) end() time.Duration {
	if n := len(m.pic.Record.Ticks); n > 0 {
		return m.pic.Record.Ticks[n-1].Sample.At
	}
	return 0
}

func (m *Model) faster(by int) tea.Cmd {
	r := m.replay
	r.speed = max(0, min(r.speed+by, len(speeds)-1))
	return nil
}

// pace says how a replay is played, in the theme's glyphs.
func (m *Model) pace() string {
	r := m.replay
	word := "paused"
	if r.playing != 0 {
		word = "plays"
	}
	return fmt.Sprintf("%s %s%d", word, m.th.Times, speeds[r.speed])
}
