// Package preview is what is shown of a run without opening it: its figures and
// settings, and its course in two charts.
//
//	Record ─ Of ─▶ Read ─┬─ Charts.Draw ─▶ rows
//	          Run ───────┴─ Facts ───────▶ rows
package preview

import (
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// Read is what the ticks of a run say, in run time.
type Read struct {
	ID              int64
	Final           bool // the run has ended: they need not be read again
	End             time.Duration
	offered, served *chart.Series
	ready, desired  *chart.Series
	sum             *lab.Summary // where the run has none by the rules of now
	err             error
}

// Of reads a run, or keeps why it could not be.
func Of(id int64, rec *lab.Record, err error) *Read {
	n := len(rec.Ticks)
	c := &Read{ID: id, err: err, Final: err == nil && rec.Run.Outcome != lab.Unfinished,
		offered: chart.NewSeries(n), served: chart.NewSeries(n), ready: chart.NewSeries(n), desired: chart.NewSeries(n)}
	if n > 0 && (rec.Run.Outcome == lab.Unfinished || rec.Run.Summary.ScoreVersion != lab.ScoreVersion) {
		sum := lab.SummaryOf(rec)
		c.sum = &sum
	}
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		at := s.At - rec.Run.Origin
		c.End = at
		if s.Gap {
			for _, to := range []*chart.Series{c.offered, c.served, c.ready, c.desired} {
				to.AppendGap(at)
			}
			continue
		}
		c.offered.Append(at, s.OfferedRate())
		if rec.Run.Answered() {
			c.served.Append(at, s.ServedRate())
		}
		c.ready.Append(at, float64(s.Serving()))
		c.desired.Append(at, float64(rec.Ticks[i].Decision.Desired))
	}
	return c
}

// Charts are those of requests/s and of instances.
type Charts struct{ rate, instances *chart.Chart }

// NewCharts makes them.
func NewCharts(th *theme.Theme) *Charts {
	p := &Charts{rate: chart.New(th), instances: chart.New(th)}
	p.rate.Empty, p.instances.Empty = "no ticks", "no ticks"
	p.instances.Y = chart.Axis{Integer: true}
	return p
}

// SetTheme draws with another theme from now on.
func (p *Charts) SetTheme(th *theme.Theme) {
	p.rate.SetTheme(th)
	p.instances.SetTheme(th)
}

// Draw draws the course of a run on h rows of w cells: requests/s above
// instances. c is nil while it is being read: then there is the spark.
func (p *Charts) Draw(th *theme.Theme, c *Read, spark []float64, w, h int) []string {
	switch {
	case c != nil && c.err != nil:
		return []string{th.Clip(th.Bad.Paint(th.Spell("! "+lab.Clean(c.err.Error()))), w)}
	case c == nil || c.End <= 0:
		says := "reading its ticks" + th.Ellipsis
		switch {
		case c == nil:
		case c.Final:
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
	view := chart.View{Window: c.End, Right: c.End}
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
