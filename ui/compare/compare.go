// Package compare is the screen on which two to four recorded runs stand side
// by side: whether they may be compared, what was set differently, their course
// on one time axis, their figures, and one sentence of verdict.
//
//	Show(ids) ─ Load ─▶ []Record ─ report.Compare ─▶ Comparison
//	                        │                            │
//	                        └─▶ charts ─┐    table ◀─────┤
//	                                    ▼      ▼         ▼
//	                               Rows: header, differences, verdict
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
	// Export keeps a file of that name, never in place of another, and tells
	// where it is. Without it nothing can be exported.
	Export func(name string, data []byte) (path string, err error)
}

// Most is how many runs fit side by side.
const Most = 4

// Model is the screen.
type Model struct {
	cfg      Config
	th       *theme.Theme
	bindings screen.Bindings

	records []lab.Record // A, B …
	cmp     report.Comparison
	asked   []int64
	asking  int // which Show or swap is answered: older ones are not
	cancel  context.CancelFunc

	charts *charts
	align  report.Origin
	focus  spot
	zoomed bool
	top    int // the first metric in view
	seen   int // how many were in view
	input  *input
	areas  [2]area // where the panes are, when drawn last
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
	m.th, m.charts = th, newCharts(th)
	m.charts.see(m.records, m.align)
}

// Bindings is what the keys do on this screen.
func (m *Model) Bindings() screen.Bindings { return m.bindings }

// Sync does nothing: what is recorded does not change.
func (m *Model) Sync() {}

// loaded is the answer to what was asked last.
type loaded struct {
	asking  int
	records []lab.Record
	cmp     report.Comparison
	err     error
}

// Show loads runs to be compared, the first as A. What is shown stays until
// they have come. Its answer is a message for Take.
func (m *Model) Show(ids []int64) tea.Cmd {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return screen.Complain(fmt.Errorf("run %d is not compared with itself: take another one", id))
		}
	}
	switch {
	case len(ids) > Most:
		return screen.Complain(fmt.Errorf("%d runs do not fit side by side: take two to four", len(ids)))
	case len(ids) == 0:
		return nil
	}
	return m.ask(ids, func(ctx context.Context) ([]lab.Record, error) {
		records := make([]lab.Record, len(ids))
		for i, id := range ids {
			var err error
			if records[i], err = m.cfg.Load(ctx, id); err != nil {
				return nil, err
			}
		}
		return records, nil
	})
}

// ask gets records and compares them, away from the screen.
func (m *Model) ask(ids []int64, get func(context.Context) ([]lab.Record, error)) tea.Cmd {
	m.cancel()
	ctx, cancel := context.WithCancel(m.cfg.Context)
	m.cancel = cancel
	m.asking++
	m.asked = ids
	asking := m.asking
	return func() tea.Msg {
		defer cancel()
		records, err := get(ctx)
		if err != nil {
			return loaded{asking: asking, err: err}
		}
		return loaded{asking: asking, records: records, cmp: report.Compare(records)}
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
	m.records, m.cmp, m.top = l.records, l.cmp, 0
	m.charts.see(m.records, m.align)
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
func (m *Model) full() bool { return len(m.records) > 1 }

func (m *Model) ids() []int64 {
	out := make([]int64, len(m.records))
	for i := range m.records {
		out[i] = m.records[i].Run.ID
	}
	return out
}

// swap makes A B and B A.
func (m *Model) swap() tea.Cmd {
	records := slices.Clone(m.records)
	records[0], records[1] = records[1], records[0]
	ids := m.ids()
	ids[0], ids[1] = ids[1], ids[0]
	return m.ask(ids, func(context.Context) ([]lab.Record, error) { return records, nil })
}

func (m *Model) realign() tea.Cmd {
	m.align = report.AtStart + report.AtLoad - m.align
	m.charts.see(m.records, m.align)
	return screen.Tell("time counts from the " + m.align.String())
}

// export writes the comparison in every form.
func (m *Model) export() tea.Cmd {
	if m.cfg.Export == nil {
		return screen.Tell("nothing can be exported here; at the shell: autoscale-lab history compare --json")
	}
	name := "compare"
	for _, id := range m.ids() {
		name += fmt.Sprintf("-%d", id)
	}
	cmp, keep := m.cmp, m.cfg.Export
	return func() tea.Msg {
		data, err := cmp.JSON()
		if err != nil {
			return screen.Toast{Text: err.Error(), Error: true}
		}
		var paths []string
		for _, f := range []struct {
			ending string
			data   []byte
		}{{".md", cmp.Markdown()}, {".csv", cmp.CSV()}, {".json", data}} {
			path, err := keep(name+f.ending, f.data)
			if err != nil {
				return screen.Toast{Text: err.Error(), Error: true}
			}
			paths = append(paths, path)
		}
		return screen.Toast{Text: "exported to " + paths[0] + ", and as .csv and .json", Stays: true}
	}
}

// span is a length of time as people read it: "60 s", "5 min".
func span(d time.Duration) string {
	if d < 10*time.Minute {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}
