package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

// looks are every colour mode.
var looks = append(slices.Clone(screentest.Looks),
	screentest.Look{Name: "256", Options: theme.Options{Profile: theme.ANSI256, Dark: true}},
	screentest.Look{Name: "truecolor", Options: theme.Options{Profile: theme.TrueColor, Dark: true}})

// Every size in the colours that are the default, and every colour mode at one
// size.
func TestTheBenchLooksAsItDid(t *testing.T) {
	look := func(w, h int, name string, o theme.Options) {
		name = fmt.Sprintf("bench_%dx%d_%s", w, h, name)
		t.Run(name, func(t *testing.T) {
			m, _ := benchOf(story(118), o)
			screentest.Golden(t, name, drawn(m, w, h-1))
		})
	}
	for _, size := range screentest.Sizes {
		look(size[0], size[1], looks[0].Name, looks[0].Options)
	}
	for _, mode := range looks[1:] {
		look(120, 36, mode.Name, mode.Options)
	}
}

// A stored run, half of it seen, at every size.
func TestAReplayLooksAsItDid(t *testing.T) {
	for _, size := range screentest.Sizes {
		name := fmt.Sprintf("replay_%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			m := replayOf(600, 5, theme.Options{Profile: theme.None, Dark: true})
			m.Rows(size[0], size[1]-1)
			m.seek(300 * time.Second)
			screentest.Golden(t, name, drawn(m, size[0], size[1]-1))
		})
	}
}

// Each pane alone on the screen.
func TestEveryPaneZoomedLooksAsItDid(t *testing.T) {
	for s, name := range spotNames {
		t.Run(name, func(t *testing.T) {
			m, _ := benchOf(story(118), plain)
			m.focusOn(spot(s))
			m.zoom()
			screentest.Golden(t, "zoom_"+name, drawn(m, 100, 29))
		})
	}
}

// The scores, every figure of them, where they have the least room and where
// they have all; and those of a stored run.
func TestTheScoresLookAsTheyDid(t *testing.T) {
	for _, size := range screentest.Sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			m, _ := benchOf(story(118), plain)
			m.focusOn(scores)
			screentest.Golden(t, fmt.Sprintf("scores_%dx%d", size[0], size[1]), drawn(m, size[0], size[1]-1))
			m = replayOf(600, 5, plain)
			m.seek(200 * time.Second)
			m.focusOn(scores)
			m.zoom()
			m.scores.Move(9)
			screentest.Golden(t, fmt.Sprintf("scores_all_%dx%d", size[0], size[1]), drawn(m, size[0], size[1]-1))
		})
	}
	for _, look := range screentest.Looks {
		t.Run(look.Name, func(t *testing.T) {
			m, _ := benchOf(story(118), look.Options)
			m.focusOn(scores)
			m.zoom()
			screentest.Golden(t, "scores_all_"+look.Name, drawn(m, 100, 29))
		})
	}
}

// The states that a run goes through, and what goes wrong, at 100×30.
func TestEveryStateLooksAsItDid(t *testing.T) {
	for _, c := range []struct {
		name string
		snap func() *engine.Snapshot
		do   func(*testing.T, *Model)
	}{
		{"before_the_first_tick", func() *engine.Snapshot {
			s := &engine.Snapshot{Rev: 1, Setup: setup(), Desired: 1}
			s.Setup.LoadOn = false
			return s
		}, nil},
		{"ready", func() *engine.Snapshot {
			s := story(5)
			s.Phase, s.Setup.LoadOn, s.Record.Run = engine.Idle, false, lab.Run{}
			s.Record.Ticks = s.Record.Ticks[:10]
			s.At, s.Pending = 10*time.Second, nil
			return s
		}, nil},
		{"at_max", func() *engine.Snapshot { return story(35) }, nil},
		{"kept", func() *engine.Snapshot {
			s := story(118)
			s.Phase, s.Record.Run.Outcome = engine.Kept, lab.Stopped
			return s
		}, nil},
		{"closed", func() *engine.Snapshot {
			s := story(40)
			s.Setup.LoadKind, s.Setup.LoadModel, s.Setup.LoadKnobs = "closed/constant", lab.Closed, []lab.Knob{{Name: "threads", Kind: lab.Number, Max: 1000, Step: 1, Value: 20}}
			for i := range s.Record.Ticks {
				s.Record.Ticks[i].Sample.Model = lab.Closed
			}
			s.Record.Run.Summary = lab.SummaryOf(&s.Record)
			return s
		}, nil},
		{"begun", func() *engine.Snapshot {
			s := story(6)
			s.Record.Run.Experiment.Calibrated = 31
			s.Record.Run.Summary = lab.SummaryOf(&s.Record)
			return s
		}, nil},
		{"trouble", trouble, nil},
		{"typing", func() *engine.Snapshot { return story(40) }, func(t *testing.T, m *Model) { press(t, m, "enter", "9", "9", "9", "enter") }},
		{"zoomed_trends", func() *engine.Snapshot { return story(600) }, func(t *testing.T, m *Model) {
			press(t, m, "shift+tab", "shift+tab", "shift+tab", "z", ">", ">", "esc", "z")
		}},
		{"frozen", func() *engine.Snapshot { return story(118) }, func(t *testing.T, m *Model) {
			press(t, m, "f")
			m.Rows(100, 29)
			press(t, m, "shift+left", "left", "left", "left")
		}},
		{"event_seen", func() *engine.Snapshot { return story(118) }, func(t *testing.T, m *Model) {
			press(t, m, "tab", "up", "up", "enter")
		}},
		{"log", func() *engine.Snapshot { return story(118) }, func(t *testing.T, m *Model) {
			m.cfg.Logs = func(id string) []string {
				return []string{id + " listens", "ready \x1b[31mafter\x1b[m 12 ms\t", "日本語"}
			}
			press(t, m, "v")
		}},
		{"by_hand", func() *engine.Snapshot { s := story(40); s.Setup.Autoscale = false; return s }, nil},
		{"rps", func() *engine.Snapshot {
			s := story(118)
			for i, text := range map[int]string{0: "18", 1: "8"} {
				k := &s.Setup.PolicyKnobs[i]
				k.Kind, k.Unit, k.Max, k.Step = lab.Number, "/s", 100, 1
				*k, _ = k.Parse(text)
			}
			s.Setup.PolicyKnobs[5].Text = "rps"
			return s
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := benchOf(c.snap(), plain)
			if c.do != nil {
				c.do(t, m)
			}
			screentest.Golden(t, "state_"+c.name, drawn(m, 100, 29))
		})
	}
}

// trouble is a moment at which much is wrong.
func trouble() *engine.Snapshot {
	s := story(30)
	last := &s.Record.Ticks[len(s.Record.Ticks)-1].Sample
	last.Saturated = "two of two cores are busy"
	last.Front.Failed[lab.CauseRefused], last.Front.Failed[lab.CauseTimeout] = 12, 3
	last.Generator.Failed, last.Generator.Late, last.Generator.Dropped = last.Front.Failed, 9, 2
	bad := func(i int, state lab.State, hung bool, pid int, note string) {
		last.Instances[i].State, last.Instances[i].Hung, last.Instances[i].PID, last.Instances[i].Note = state, hung, pid, note
	}
	bad(0, lab.Ready, true, 41210, "by hand")
	bad(1, lab.Failed, false, 0, "crash-looping: exit status 1: ImportError: no module named 日本語")
	bad(2, lab.Starting, false, 4194304, "")
	s.Pending = []lab.Event{
		{At: s.At, By: lab.ByLab, Kind: lab.EventFailed, Text: "2 :5001 crash-looping: exit status 1"},
		{At: s.At, By: lab.ByUser, Kind: lab.EventAction, Text: "upper 35 % → 40 %"},
	}
	s.Notebook = engine.Notebook{Waiting: 12, Trouble: "disk full"}
	return s
}

// Whatever is pressed, however large the terminal: no panic, and every row has
// exactly as many cells as it should.
func TestAnyKeyAtAnySizeKeepsTheFrameWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	snaps := []*engine.Snapshot{explained(), story(3), story(40), story(118), story(600), trouble(), {Rev: 9, Setup: setup()}, {Rev: 10}}
	for _, mode := range looks {
		m, f := benchOf(snaps[0], mode.Options)
		m.cfg.Logs = func(string) []string { return []string{"a", "日本語 \x1b[31m", strings.Repeat("long ", 99)} }
		var keys []string
		for i := range m.bindings {
			keys = append(keys, m.bindings[i].Keys...)
		}
		keys = append(keys, "9", "%", "backspace", "日", "enter", "esc", "tab", "tab")
		for i := range 600 {
			if i == 400 { // from here on, a replay
				m = replayOf(200, 7, mode.Options)
			}
			switch {
			case i%50 == 0:
				next := *snaps[r.IntN(len(snaps))]
				next.Rev = f.snap.Rev + 1
				f.snap = &next
				m.Sync()
			case i%70 == 0:
				f.refuse = errors.New("no")
			case i%70 == 10:
				f.refuse = nil
			}
			key := keys[r.IntN(len(keys))]
			if m.Typing() {
				m.Type(screentest.Key(key))
			} else if b := m.Bindings().Find(key); b != nil {
				b.Do(key)
			}
			w, h := MinWidth+r.IntN(130), MinHeight-1+r.IntN(40)
			rows := m.Rows(w, h)
			if len(rows) != h {
				t.Fatalf("after %q at %dx%d: %d rows", key, w, h, len(rows))
			}
			for y, row := range rows {
				if n := ansi.StringWidth(row); n != w {
					t.Fatalf("after %q at %dx%d: row %d has %d cells: %q", key, w, h, y, n, row)
				}
			}
		}
	}
}

func TestNothingIsSaidByColourAlone(t *testing.T) {
	m, _ := benchOf(trouble(), plain)
	s := drawn(m, 120, 35)
	for _, word := range []string{"hung", "fail", "crash-looping", "! host saturated", "● RUN 42", "✕", "● on"} {
		if !strings.Contains(s, word) {
			t.Errorf("without colour %q is not seen:\n%s", word, s)
		}
	}
}

func TestTheHeaderAlwaysSaysWhereToSendTo(t *testing.T) {
	for _, phase := range []engine.Phase{engine.Idle, engine.Running, engine.Kept} {
		s := trouble()
		s.Phase = phase
		for w := MinWidth; w < 220; w++ {
			m, _ := benchOf(s, plain)
			if row := m.header(w); !strings.Contains(row, "127.0.0.1:8000") || !strings.Contains(row, "! host") {
				t.Fatalf("%d cells: %q", w, row)
			}
		}
	}
}

func TestTheCoachEndsWhenTheRunsAreFound(t *testing.T) {
	m, _ := benchOf(story(5), plain)
	m.coach.step = 2
	m.HistoryOpened()
	if m.coach.over {
		t.Error("it ends before its last step")
	}
	m.coach.step = len(lessons) - 1
	if row := m.status(100); !strings.Contains(row, "2 shows the run") {
		t.Errorf("says %q", row)
	}
	m.HistoryOpened()
	if !m.coach.over || m.Choices()["coached"] != "true" {
		t.Error("it goes on after its last step")
	}
}

func TestTheCoachFollowsWhatIsDone(t *testing.T) {
	s := story(5)
	s.Phase, s.Setup.LoadOn = engine.Idle, false
	m, f := benchOf(s, plain)
	says := func(want string) {
		t.Helper()
		if row := m.status(100); !strings.Contains(row, want) {
			t.Errorf("says %q, want %q", row, want)
		}
	}
	says("space starts the load")
	press(t, m, " ")
	says("+ raises it")
	next := *f.snap
	next.Rev, next.Desired = next.Rev+1, next.Desired+1
	f.snap = &next
	m.Sync()
	says("←→ on upper")
	press(t, m, "right")
	says("x kills an instance")
	press(t, m, "esc")
	if row := m.status(100); strings.Contains(row, "kills") {
		t.Errorf("esc did not end it: %q", row)
	}
	says("upper: above it, one step up")
}

// BenchmarkFrameChanged is one more tick, drawn: the whole record in view.
func BenchmarkFrameChanged(b *testing.B) {
	for _, size := range [][2]int{{120, 35}, {200, 49}} {
		for _, n := range []int{600, 3600} {
			b.Run(fmt.Sprintf("%dx%d/%ds", size[0], size[1], n), func(b *testing.B) {
				const more = 400
				s := story(n + more)
				ticks := s.Record.Ticks
				m, f := benchOf(s, theme.Options{Dark: true})
				m.charts.Window(10) // all of it
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ { // a tick more each time
					next := *s
					next.Rev = uint64(i) + 2
					next.Record.Ticks = ticks[:len(ticks)-more+i%more]
					next.At = next.Record.Ticks[len(next.Record.Ticks)-1].Sample.At
					f.snap = &next
					m.Sync()
					m.Rows(size[0], size[1])
				}
			})
		}
	}
}

// BenchmarkFrameSame is a frame of which nothing has changed: panes other than
// charts are drawn anew.
func BenchmarkFrameSame(b *testing.B) {
	m, _ := benchOf(story(3600), theme.Options{Dark: true})
	b.ReportAllocs()
	for b.Loop() {
		m.Sync()
		m.Rows(120, 35)
	}
}

// BenchmarkReplayOpens is a run of an hour with twenty instances seen again, of
// which an older lab has kept no scores.
func BenchmarkReplayOpens(b *testing.B) {
	m := replayOf(3600, 20, theme.Options{Dark: true})
	rec, cfg := m.replay.rec, m.cfg
	for _, scored := range []bool{true, false} {
		b.Run(fmt.Sprintf("scored=%v", scored), func(b *testing.B) {
			if !scored {
				rec.Run.Summary = lab.Summary{}
			}
			for b.Loop() {
				NewReplay(cfg, rec).Rows(120, 35)
			}
		})
	}
}

// BenchmarkReplayStep is the cursor moved by a tick in a run of an hour with
// twenty instances, and the frame after it.
func BenchmarkReplayStep(b *testing.B) {
	m := replayOf(3600, 20, theme.Options{Dark: true})
	m.Rows(120, 35)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.seek(time.Duration(i*7%3600) * time.Second)
		m.Rows(120, 35)
	}
}
