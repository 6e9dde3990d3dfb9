// Package compare is the screen on which two to four sides stand beside one
// another, each a recorded run or repeats of one: whether they may be compared,
// what was set differently, their course on one time axis, their figures, and
// one sentence of verdict.
//
//	Show(sides) ─ Load, two at a time ─▶ Record, course
//	                  all of them ─ report.CompareGroups ─▶ Comparison
//	                     courses ─▶ charts ─┐   figures ◀──────┤
//	                                        ▼      ▼           ▼
//	                                Rows: header, differences, verdict
//
// It belongs to one goroutine, the screen's; runs are loaded and read in
// commands, whose messages Take takes.
package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// Config is what the screen is made of.
type Config struct {
	Theme *theme.Theme
	// Context ends all loading; nil is none.
	Context context.Context
	// Load gives a stored run with its ticks, of whose instances only the
	// lives, states and CPU are read, and of histograms the latency that clients
	// saw. It is called from any goroutine.
	Load func(ctx context.Context, id int64) (lab.Record, error)
	// Formats are those in which a comparison can be exported; none: it cannot.
	Formats []string
}

// Most is how many sides fit beside one another.
const Most = report.MostSides

// Model is the screen.
type Model struct {
	cfg      Config
	th       *theme.Theme
	bindings screen.Bindings

	groups [][]lab.Record // the runs of A, B …
	cmp    report.Comparison
	asked  [][]int64
	got    *got
	asking int // which Show or swap is answered: older ones are not
	cancel context.CancelFunc

	charts *charts
	align  offered.Origin
	focus  spot
	zoomed bool
	metric int   // the selected one
	top    int   // the first row of the figures in view
	seen   int   // how many were in view
	lines  []int // the metrics of the rows in view; none is -1
	input  *input
	choice *screen.Chooser // of the format to export in, or nil
	areas  [2]area         // where the panes are, when drawn last
}

// area is a part of the screen, in cells.
type area struct{ x, y, w, h int }

func (a area) holds(x, y int) bool { return x >= a.x && x < a.x+a.w && y >= a.y && y < a.y+a.h }

// spot names a pane.
type spot int

const (
	courses spot = iota
	figures
)

// New makes the screen, with nothing to compare yet.
func New(cfg Config) *Model {
	if cfg.Context == nil {
		cfg.Context = context.Background()
	}
	m := &Model{cfg: cfg, th: cfg.Theme, align: offered.AtLoad, focus: figures, cancel: func() {}, charts: newCharts(cfg.Theme)}
	m.bindings = m.table()
	return m
}

// SetTheme draws with another theme from now on.
func (m *Model) SetTheme(th *theme.Theme) {
	courses, cursor := m.charts.courses, m.charts.view.Cursor
	m.th, m.charts = th, newCharts(th)
	m.charts.see(courses, m.align)
	m.charts.view.Cursor = cursor
}

// Bindings is what the keys do on this screen.
func (m *Model) Bindings() screen.Bindings { return m.bindings }

// Sync does nothing: what is recorded does not change.
func (m *Model) Sync() {}

// got is what has come of the runs that were asked for last.
type got struct {
	groups  [][]lab.Record
	courses [][]course
	places  [][2]int // side and place in it of those still to be asked for
	left    int      // how many have not come
	ctx     context.Context
}

// Messages of the screen's own: a run has come; all have been compared.
type (
	fetched struct {
		asking   int
		side, at int
		rec      *lab.Record
		course   course
		err      error
	}
	compared struct {
		asking  int
		groups  [][]lab.Record
		courses [][]course
		cmp     report.Comparison
	}
)

// atOnce is how many runs are read at a time: one decoding while the other is
// fetched.
const atOnce = 2

// Show loads the runs of sides to be compared, the first as A. What is shown
// stays until they have come. Its answers are messages for Take.
func (m *Model) Show(sides [][]int64) tea.Cmd {
	var all []int64
	g := &got{groups: make([][]lab.Record, len(sides)), courses: make([][]course, len(sides))}
	for i, side := range sides {
		for k, id := range side {
			if slices.Contains(all, id) {
				return screen.Complain(fmt.Errorf("run %d is not compared with itself: take another one", id))
			}
			all, g.places = append(all, id), append(g.places, [2]int{i, k})
		}
		g.groups[i], g.courses[i] = make([]lab.Record, len(side)), make([]course, len(side))
	}
	switch g.left = len(all); {
	case len(sides) > Most:
		return screen.Complain(fmt.Errorf("%d sides do not fit beside one another: take two to four", len(sides)))
	case g.left == 0:
		return nil
	}
	g.ctx = m.ask(sides)
	m.got = g
	var cmds []tea.Cmd
	for range atOnce {
		cmds = append(cmds, m.fetch())
	}
	return tea.Batch(cmds...)
}

// ask makes sides what is waited for; what was before is cancelled.
func (m *Model) ask(sides [][]int64) context.Context {
	m.cancel()
	ctx, cancel := context.WithCancel(m.cfg.Context)
	m.cancel, m.asked, m.got = cancel, sides, nil
	m.asking++
	return ctx
}

// fetch reads the next run, away from the screen; nil if there is none.
func (m *Model) fetch() tea.Cmd {
	g, asking := m.got, m.asking
	if len(g.places) == 0 {
		return nil
	}
	side, at := g.places[0][0], g.places[0][1]
	g.places = g.places[1:]
	id := m.asked[side][at]
	return func() tea.Msg {
		rec, err := m.cfg.Load(g.ctx, id)
		if err != nil {
			return fetched{asking: asking, err: err}
		}
		return fetched{asking, side, at, &rec, courseOf(&rec), nil}
	}
}

// weigh compares runs that have come, away from the screen.
func (m *Model) weigh(groups [][]lab.Record, courses [][]course) tea.Cmd {
	asking := m.asking
	return func() tea.Msg { return compared{asking, groups, courses, report.CompareGroups(groups)} }
}

// Take takes the answers to Show. Other messages are left alone.
func (m *Model) Take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case fetched:
		g := m.got
		switch {
		case msg.asking != m.asking || g == nil:
			return nil
		case msg.err != nil:
			m.cancel()
			m.asked, m.got = nil, nil
			return screen.Complain(plainly(msg.err))
		}
		g.groups[msg.side][msg.at], g.courses[msg.side][msg.at] = *msg.rec, msg.course
		if g.left--; g.left > 0 {
			return m.fetch()
		}
		return m.weigh(g.groups, g.courses)
	case compared:
		if msg.asking != m.asking {
			return nil
		}
		m.cancel()
		m.asked, m.got = nil, nil
		m.groups, m.cmp, m.top, m.metric = msg.groups, msg.cmp, 0, 0
		m.charts.see(msg.courses, m.align)
	}
	return nil
}

// plainly is the user's mistake without where it was found.
func plainly(err error) error {
	var bad *lab.InputError
	if errors.As(err, &bad) {
		return bad
	}
	return err
}

// full tells whether there is something to compare.
func (m *Model) full() bool { return len(m.groups) > 1 }

// repeated tells whether a side is of several runs.
func (m *Model) repeated() bool {
	return slices.ContainsFunc(m.groups, func(g []lab.Record) bool { return len(g) > 1 })
}

func (m *Model) sides() [][]int64 {
	out := make([][]int64, len(m.groups))
	for i, group := range m.groups {
		for k := range group {
			out[i] = append(out[i], group[k].Run.ID)
		}
	}
	return out
}

// swap makes A B and B A.
func (m *Model) swap() tea.Cmd {
	groups, courses, sides := slices.Clone(m.groups), slices.Clone(m.charts.courses), m.sides()
	groups[0], groups[1] = groups[1], groups[0]
	courses[0], courses[1] = courses[1], courses[0]
	sides[0], sides[1] = sides[1], sides[0]
	m.ask(sides)
	return m.weigh(groups, courses)
}

func (m *Model) realign() tea.Cmd {
	m.align = offered.AtStart + offered.AtLoad - m.align
	m.charts.see(m.charts.courses, m.align)
	return screen.Tell("time counts from the " + m.align.String())
}

// export asks for the format in which the comparison is written.
func (m *Model) export() tea.Cmd {
	if len(m.cfg.Formats) == 0 {
		return screen.Tell("nothing can be exported here; at the shell: autoscale-lab history export A B")
	}
	m.choice = screen.NewExport("this comparison", m.cfg.Formats)
	return nil
}

// span is a length of time as people read it: "60 s", "5 min".
func span(d time.Duration) string {
	if d < 10*time.Minute {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}
