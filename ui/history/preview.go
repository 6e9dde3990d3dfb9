package history

import (
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// settle is how long a run is selected before its ticks are read, and kept how
// many runs' curves are kept.
const (
	settle = 150 * time.Millisecond
	kept   = 16
)

// preview is the curves of the selected run.
type preview struct {
	id     int64 // the run they are of
	wish   int   // which choice of a run: answers to an older one only fill known
	cancel context.CancelFunc
	known  []*curves // the last one is the newest

	rate, instances *chart.Chart
}

// curves is what is drawn of a run, in run time.
type curves struct {
	id              int64
	final           bool // the run has ended: they need not be read again
	end             time.Duration
	offered, served *chart.Series
	ready, desired  *chart.Series
	sum             *lab.Summary // where the run has none by the rules of now
	err             error
}

// settled says that a run has been selected for a while, seen brings its curves.
type (
	settled struct{ wish int }
	seen    struct{ curves *curves }
)

func newPreview(th *theme.Theme) preview {
	p := preview{rate: chart.New(th), instances: chart.New(th)}
	p.rate.Empty, p.instances.Empty = "no ticks", "no ticks"
	p.instances.Y = chart.Axis{Integer: true}
	return p
}

func (p *preview) setTheme(th *theme.Theme) {
	p.rate.SetTheme(th)
	p.instances.SetTheme(th)
}

// choose sees to the curves of the selected run. It is called after whatever
// may have selected another one.
func (m *Model) choose() tea.Cmd {
	p := &m.preview
	if m.id == p.id {
		return nil
	}
	p.id = m.id
	p.wish++
	if p.cancel != nil {
		p.cancel()
		p.cancel = nil
	}
	if c := p.find(); m.id == 0 || c != nil && c.final {
		return nil
	}
	return m.after(settle, settled{p.wish})
}

// look reads a run, if it is still selected.
func (m *Model) look(s settled) tea.Cmd {
	p := &m.preview
	if s.wish != p.wish {
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	p.cancel = cancel
	id := p.id
	return func() tea.Msg {
		defer cancel()
		rec, err := m.store.Load(ctx, id)
		if ctx.Err() != nil {
			return nil
		}
		return seen{curvesOf(id, &rec, err)}
	}
}

func curvesOf(id int64, rec *lab.Record, err error) *curves {
	n := len(rec.Ticks)
	c := &curves{id: id, err: err, final: err == nil && rec.Run.Outcome != lab.Unfinished,
		offered: chart.NewSeries(n), served: chart.NewSeries(n), ready: chart.NewSeries(n), desired: chart.NewSeries(n)}
	if n > 0 && (rec.Run.Outcome == lab.Unfinished || rec.Run.Summary.ScoreVersion != lab.ScoreVersion) {
		sum := lab.SummaryOf(rec)
		c.sum = &sum
	}
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		at := s.At - rec.Run.Origin
		c.end = at
		if s.Gap {
			for _, to := range []*chart.Series{c.offered, c.served, c.ready, c.desired} {
				to.AppendGap(at)
			}
			continue
		}
		c.offered.Append(at, s.OfferedRate())
		c.served.Append(at, s.ServedRate())
		c.ready.Append(at, float64(s.Serving()))
		c.desired.Append(at, float64(rec.Ticks[i].Decision.Desired))
	}
	return c
}

func (m *Model) saw(s seen) tea.Cmd {
	p := &m.preview
	p.known = slices.DeleteFunc(p.known, func(c *curves) bool { return c.id == s.curves.id })
	if p.known = append(p.known, s.curves); len(p.known) > kept {
		p.known = slices.Delete(p.known, 0, 1)
	}
	return nil
}

// find is the curves of the selected run, or nil.
func (p *preview) find() *curves {
	for _, c := range p.known {
		if c.id == p.id {
			return c
		}
	}
	return nil
}

// charts draws the curves on h rows of w cells: requests/s above instances.
func (p *preview) charts(th *theme.Theme, spark []float64, w, h int) []string {
	c := p.find()
	switch {
	case c != nil && c.err != nil:
		return []string{th.Clip(th.Bad.Paint(th.Spell("! "+lab.Clean(c.err.Error()))), w)}
	case c == nil || c.end <= 0:
		says := "reading its ticks" + th.Ellipsis
		switch {
		case c == nil:
		case c.final:
			says = "no ticks were recorded"
		default:
			says = "no ticks yet"
		}
		rows := []string{theme.Fit(th.Dim.Paint(says), w)}
		if len(spark) > 0 {
			rows = append(rows, th.Series[1].Paint(chart.Spark(th, spark, w)))
		}
		return rows
	}
	view := chart.View{Window: c.end, Right: c.end}
	p.rate.Lines = []chart.Line{
		{Name: "served", Series: c.served, Style: th.Series[0]},
		{Name: "offered", Series: c.offered, Style: th.Series[1], Stroke: chart.Dotted},
	}
	p.instances.Lines = []chart.Line{
		{Name: "wanted", Series: c.desired, Style: th.Series[1], Stroke: chart.Dotted, Step: true},
		{Name: "ready", Series: c.ready, Style: th.Series[0], Step: true},
	}
	axis := 2
	if p.instances.TimeAxis = h >= 10; !p.instances.TimeAxis {
		axis = 0
	}
	upper := max(1, (h-2-axis)/2)
	lower := h - 2 - upper
	head := func(title, a string, inkA theme.Style, b string, inkB theme.Style) string {
		return th.Row(th.Bold.Paint(title), inkA.Paint(a)+"  "+inkB.Paint(b), w)
	}
	rows := append([]string{head("Requests/s", "offered", th.Series[1], "served", th.Series[0])}, p.rate.Render(view, w, upper)...)
	if lower < 1 {
		return rows
	}
	rows = append(rows, head("Instances", "wanted", th.Series[1], "ready", th.Series[0]))
	return append(rows, p.instances.Render(view, w, lower)...)
}
