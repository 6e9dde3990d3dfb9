// Package history is the screen of the runs that were recorded: found, sorted,
// looked at, marked, named and deleted.
//
//	Store ─ List, in pages ─▶ runs ─ filter, order ─▶ table ─▶ rows
//	   ▲  └ Load ─▶ figures and charts of the selected run ──┘
//	   └── name, note, ★, delete, undo ◀── Bindings ◀── keys ─▶ OpenRun, CompareRuns, ExportRuns …
//
// It belongs to one goroutine, the screen's, and never waits for the store:
// whatever is asked of it is a tea.Cmd, whose answer Take takes. It imports
// lab, lab/filter, lab/report and the panes.
package history

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/ui/history/preview"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// Store is the notebook as this screen needs it. It is called from goroutines
// of its own, and its texts are clean.
type Store interface {
	// List gives at most limit runs with smaller numbers than before (0: from
	// the newest), newest first.
	List(ctx context.Context, limit int, before int64) ([]lab.Run, error)
	// Outline gives a run with its ticks, of which only what runs are compared
	// by is read: of instances their lives, states and CPU, of histograms the
	// latency that clients saw.
	Outline(ctx context.Context, id int64) (lab.Record, error)
	Delete(ctx context.Context, ids ...int64) error
	Restore(ctx context.Context, ids ...int64) error
	SetName(ctx context.Context, id int64, name string) error
	SetNote(ctx context.Context, id int64, note string) error
	SetBaseline(ctx context.Context, id int64, on bool) error
	// Size is the room that it takes on the disk, in bytes.
	Size() (int64, error)
}

// Config is what the screen is made of.
type Config struct {
	Theme *theme.Theme
	Store Store
	// Context is of all that the store is asked; it ends with the window.
	Context context.Context
	// After brings a message to Take after a time, without a command waiting.
	After func(time.Duration, tea.Msg) tea.Cmd
	// Formats are those in which runs can be exported; none: they cannot.
	Formats []string
}

// Model is the screen.
type Model struct {
	th       *theme.Theme
	store    Store
	bindings screen.Bindings
	ctx      context.Context                      // of what the store is asked
	after    func(time.Duration, tea.Msg) tea.Cmd // brings a message after a time

	runs    []*lab.Run // newest first
	shown   []*lab.Run // those that match, in order
	loading bool
	opened  bool // some of the list has been read
	err     error
	reading int // which reading of the list: answers of an older one are void

	moved bool // the user has chosen a run since Open
	stay  bool // and had, when the list was opened: else the newest is selected

	order   string
	text    string // the filter as typed
	bad     error  // why it is none
	applied string // as much of it as counts
	filter  filter.Conditions

	longest int   // cells of the longest name among them
	cursor  int   // the selected run's place in shown
	id      int64 // and its number
	top     int   // the first row on the screen
	visible int   // how many fit, when last drawn
	marks   [][]int64
	base    *lab.Run // the baseline, or nil
	size    int64    // bytes of the notebook; 0: not known
	formats []string
	undo    []*lab.Run // deleted a moment ago, the last one last
	offer   int        // which offer of undo: older ones do not end it
	form    *form
	// exporting is what is to be exported while its format is asked for, or nil.
	exporting *exporting
	spec      string // the policy that was asked for last
	seeing    seeing
}

// New makes the screen; Open fills it.
func New(cfg Config) *Model {
	m := &Model{th: cfg.Theme, store: cfg.Store, ctx: cfg.Context, after: cfg.After, order: filter.Orders()[0], visible: 1, formats: cfg.Formats}
	m.seeing.charts = preview.NewCharts(cfg.Theme)
	m.bindings = m.table()
	return m
}

// Bindings is what the keys do on this screen.
func (m *Model) Bindings() screen.Bindings { return m.bindings }

// SetTheme draws with another theme from now on.
func (m *Model) SetTheme(th *theme.Theme) { m.th = th; m.seeing.charts.SetTheme(th) }

// Sort is what the list is sorted by, one of filter.Orders.
func (m *Model) Sort() string { return m.order }

// SetSort sorts by one of filter.Orders; another name is left out.
func (m *Model) SetSort(order string) {
	if slices.Contains(filter.Orders(), order) {
		m.order = order
		m.arrange()
	}
}

// Sync does nothing: this screen shows what is stored, not what is going on.
// The frame calls Open when it is gone to, and Reread when it is come back to,
// and when a run has begun or ended.
func (m *Model) Sync() {}

// How many runs are read at once: first what a screen shows, then more.
const (
	firstPage = 100
	nextPage  = 1000
)

// page is an answer of List: the runs below before.
type page struct {
	reading int
	before  int64
	limit   int
	runs    []*lab.Run
	size    int64
	err     error
}

// Open reads the list anew, as Reread does. The newest run is then selected,
// unless the user has chosen one since it was opened last.
func (m *Model) Open() tea.Cmd {
	m.stay, m.moved = m.moved, false
	return m.Reread()
}

// Reread reads the list anew; what was known stays until it is replaced.
func (m *Model) Reread() tea.Cmd {
	m.reading++
	m.loading = true
	return m.read(0, firstPage)
}

func (m *Model) read(before int64, limit int) tea.Cmd {
	reading := m.reading
	return func() tea.Msg {
		runs, err := m.store.List(m.ctx, limit, before)
		out := make([]*lab.Run, len(runs))
		for i := range runs {
			out[i] = &runs[i]
		}
		p := page{reading: reading, before: before, limit: limit, runs: out, err: err}
		if before == 0 {
			p.size, _ = m.store.Size() // where it is not known, nothing is said
		}
		return p
	}
}

// Take takes an answer of the store, or another message of this screen's own;
// it tells what is to be done next. Other messages are left alone.
func (m *Model) Take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case page:
		return m.turn(msg)
	case told:
		return m.done(msg)
	case offered:
		if msg.offer == m.offer {
			m.undo = nil
		}
	case settled:
		return m.look(msg)
	case seen:
		return m.saw(msg)
	}
	return nil
}

// turn puts a page in the place of what was known of its range.
func (m *Model) turn(p page) tea.Cmd {
	if p.reading != m.reading {
		return nil
	}
	if m.err = p.err; p.err != nil {
		m.loading = false
		return screen.Complain(p.err)
	}
	from, to := m.place(p.before), len(m.runs)
	if p.before == 0 {
		from, m.size = 0, p.size
	}
	last := len(p.runs) < p.limit
	if !last {
		to = max(from, m.place(p.runs[len(p.runs)-1].ID))
	}
	m.runs = slices.Replace(m.runs, from, to, p.runs...)
	m.opened = true
	m.arrange()
	if p.before == 0 && !m.stay && !m.moved && len(m.shown) > 0 {
		newest := slices.MaxFunc(m.shown, func(a, b *lab.Run) int { return cmp.Compare(a.ID, b.ID) })
		m.cursor = slices.Index(m.shown, newest)
		m.move(0)
	}
	if last {
		m.loading = false
		m.unmark(func(id int64) bool { return m.find(id) == nil })
		return m.choose()
	}
	return tea.Batch(m.choose(), m.read(p.runs[len(p.runs)-1].ID, nextPage))
}

// place is the index of the first run with a number below id.
func (m *Model) place(id int64) int {
	i, _ := slices.BinarySearchFunc(m.runs, id, func(r *lab.Run, id int64) int {
		if r.ID >= id {
			return -1
		}
		return 1
	})
	return i
}

func (m *Model) find(id int64) *lab.Run {
	if i := m.place(id) - 1; i >= 0 && m.runs[i].ID == id {
		return m.runs[i]
	}
	return nil
}

// arrange filters and sorts anew. The selected run stays selected if it is
// still there, else its neighbour is.
func (m *Model) arrange() {
	m.shown, m.longest, m.base = m.shown[:0], 0, nil
	for _, r := range m.runs {
		if r.Baseline {
			m.base = r
		}
		if m.filter.Match(r) {
			m.shown = append(m.shown, r)
			m.longest = max(m.longest, theme.Width(name(r)))
		}
	}
	if m.order != filter.Orders()[0] {
		slices.SortFunc(m.shown, filter.InOrder(m.order))
	}
	if i := slices.IndexFunc(m.shown, func(r *lab.Run) bool { return r.ID == m.id }); i >= 0 {
		m.cursor = i
	}
	m.move(0)
}

// move selects the run so many places on.
func (m *Model) move(by int) {
	m.moved = m.moved || by != 0
	m.cursor = max(0, min(m.cursor+by, len(m.shown)-1))
	m.id = 0
	if r := m.selected(); r != nil {
		m.id = r.ID
	}
}

func (m *Model) selected() *lab.Run {
	if m.cursor >= len(m.shown) {
		return nil
	}
	return m.shown[m.cursor]
}

// setFilter looks for what is typed. While its last word is no condition, or
// finds nothing but may yet become one ("p95" of "p95>200"), those before it
// count.
func (m *Model) setFilter(text string) {
	m.text = text
	f, err := filter.Parse(text)
	m.bad, m.applied = err, text
	before, last := text[:strings.LastIndex(text, " ")+1], text[strings.LastIndex(text, " ")+1:]
	hopeful := m.form != nil && slices.ContainsFunc(filter.Fields(), func(name string) bool { return strings.HasPrefix(name, strings.ToLower(last)) })
	if err != nil || hopeful && !slices.ContainsFunc(m.runs, f.Match) {
		if f, err = filter.Parse(before); err != nil {
			return // a mistake further in front: the list stays as it is
		}
		m.applied = strings.TrimSpace(before)
	}
	m.filter = f
	m.arrange()
}
