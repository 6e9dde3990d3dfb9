// Package compare is the screen on which two to four sides stand beside one
// another, each a recorded run or repeats of one: whether they may be compared,
// what was set differently, their course on one time axis, their figures, and
// one sentence of verdict.
//
//	Show(sides) ─ Load ─▶ [][]Record ─ report.CompareGroups ─▶ Comparison
//	                          │                                    │
//	                          └─ courses ─▶ charts ─┐   figures ◀──┤
//	                                                ▼      ▼       ▼
//	                                     Rows: header, differences, verdict
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
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// Config is what the screen is made of.
type Config struct {
	Theme *theme.Theme
	// Context ends all loading; nil is none.
	Context context.Context
	// Load gives a stored run with its ticks. It is called from any goroutine.
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
	asking int // which Show or swap is answered: older ones are not
	cancel context.CancelFunc

	charts *charts
	align  report.Origin
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
	m := &Model{cfg: cfg, th: cfg.Theme, align: report.AtLoad, focus: figures, cancel: func() {}, charts: newCharts(cfg.Theme)}
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

// loaded is the answer to what was asked last.
type loaded struct {
	asking  int
	groups  [][]lab.Record
	cmp     report.Comparison
	courses [][]course
	err     error
}

// Show loads the runs of sides to be compared, the first as A. What is shown
// stays until they have come. Its answer is a message for Take.
func (m *Model) Show(sides [][]int64) tea.Cmd {
	var all []int64
	for _, side := range sides {
		for _, id := range side {
			if slices.Contains(all, id) {
				return screen.Complain(fmt.Errorf("run %d is not compared with itself: take another one", id))
			}
			all = append(all, id)
		}
	}
	switch {
	case len(sides) > Most:
		return screen.Complain(fmt.Errorf("%d sides do not fit beside one another: take two to four", len(sides)))
	case len(sides) == 0:
		return nil
	}
	return m.ask(sides, func(ctx context.Context) ([][]lab.Record, error) {
		groups := make([][]lab.Record, len(sides))
		for i, side := range sides {
			for _, id := range side {
				rec, err := m.cfg.Load(ctx, id)
				if err != nil {
					return nil, err
				}
				groups[i] = append(groups[i], rec)
			}
		}
		return groups, nil
	})
}

// ask gets runs and compares them, away from the screen.
func (m *Model) ask(sides [][]int64, get func(context.Context) ([][]lab.Record, error)) tea.Cmd {
	m.cancel()
	ctx, cancel := context.WithCancel(m.cfg.Context)
	m.cancel = cancel
	m.asking++
	m.asked = sides
	asking := m.asking
	return func() tea.Msg {
		defer cancel()
		groups, err := get(ctx)
		if err != nil {
			return loaded{asking: asking, err: err}
		}
		return loaded{asking: asking, groups: groups, cmp: report.CompareGroups(groups), courses: coursesOf(groups)}
	}
}

// Take takes the answer to Show. Other messages are left alone.
func (m *Model) Take(msg tea.Msg) tea.Cmd {
	l, ok := msg.(loaded)
	if !ok || l.asking != m.asking {
		return nil
	}
	m.asked = nil
	if l.err != nil {
		return screen.Complain(plainly(l.err))
	}
	m.groups, m.cmp, m.top, m.metric = l.groups, l.cmp, 0, 0
	m.charts.see(l.courses, m.align)
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
	groups, sides := slices.Clone(m.groups), m.sides()
	groups[0], groups[1] = groups[1], groups[0]
	sides[0], sides[1] = sides[1], sides[0]
	return m.ask(sides, func(context.Context) ([][]lab.Record, error) { return groups, nil })
}

func (m *Model) realign() tea.Cmd {
	m.align = report.AtStart + report.AtLoad - m.align
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
