package compare

import (
	"math"
	"slices"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// charts is the small multiples: one chart a figure, one line a run, all on
// one time axis with one cursor.
type charts struct {
	th    *theme.Theme
	parts []part
	view  chart.View
	left  time.Duration // where the axis begins
	width int           // of the charts, when drawn last
}

// part is one figure of all runs.
type part struct {
	title string
	chart *chart.Chart
	read  func(*lab.Sample) lab.Reading
}

func newCharts(th *theme.Theme) *charts {
	c := &charts{th: th, width: 60}
	known := func(v float64) lab.Reading { return lab.Reading{Value: v, OK: true} }
	add := func(title string, axis chart.Axis, read func(*lab.Sample) lab.Reading) {
		p := part{title, chart.New(th), read}
		p.chart.Y, p.chart.Left = axis, 5
		c.parts = append(c.parts, p)
	}
	add("CPU %", chart.Axis{AtLeast: 50}, func(s *lab.Sample) lab.Reading {
		r := s.InstanceCPU()
		if r.Value *= 100; r.Value > 100 && r.Value < 110 {
			r.Value = 100 // full; what is above is the measurement's
		}
		return r
	})
	add("Instances", chart.Axis{Integer: true, AtLeast: 2}, func(s *lab.Sample) lab.Reading { return known(float64(s.Serving())) })
	add("Served/s", chart.Axis{AtLeast: 10}, func(s *lab.Sample) lab.Reading { return known(s.ServedRate()) })
	add("p95 ms", chart.Axis{AtLeast: 10}, func(s *lab.Sample) lab.Reading {
		seen := s.Seen()
		d, ok := seen.Latency.Quantile(0.95)
		return lab.Reading{Value: d.Seconds() * 1000, OK: ok}
	})
	c.parts[len(c.parts)-1].chart.TimeAxis = true
	return c
}

// strokes tell the runs apart where there is no colour.
var strokes = [Most]chart.Stroke{chart.Solid, chart.Dotted, chart.Dashed, chart.DashDotted}

// see takes runs, laid one over the other.
func (c *charts) see(records []lab.Record, at report.Origin) {
	zero := report.Align(records, at)
	left, right := time.Duration(0), time.Second
	for i := range records {
		run := &records[i].Run
		left, right = min(left, run.Origin-zero[i]), max(right, run.Origin+run.Duration-zero[i])
		if n := len(records[i].Ticks); n > 0 {
			right = max(right, records[i].Ticks[n-1].Sample.At-zero[i])
		}
	}
	// A limit that held all the time lies across the plot; one that was turned
	// on the way is drawn as long as it held.
	var limits []chart.Threshold
	c.parts[0].chart.Bands = nil
	for i := range records {
		held := lab.Uppers(&records[i])
		if len(held) > 1 {
			turned := limit(&records[i], zero[i], held)
			c.parts[0].chart.Bands = append(c.parts[0].chart.Bands, chart.Band{Low: turned, High: turned, Style: c.th.Series[i]})
			continue
		}
		if y := held[0].Value * 100; held[0].OK && !slices.ContainsFunc(limits, func(t chart.Threshold) bool { return t.Y == y }) {
			limits = append(limits, chart.Threshold{Y: y, Style: c.th.Series[i]})
		}
	}
	for k := range c.parts {
		p := &c.parts[k]
		p.chart.Lines = p.chart.Lines[:0]
		for i := range records {
			p.chart.Lines = append(p.chart.Lines, chart.Line{
				Series: c.series(&records[i], zero[i], p.read), Name: string("ABCD"[i]),
				Style: c.th.Series[i], Stroke: strokes[i], Step: p.title == "Instances",
			})
		}
		if p.chart.Right = 0; len(limits) > 0 {
			p.chart.Right = 1 + min(3*len(limits), 6) // "35/30" in one row
		}
	}
	c.parts[0].chart.Thresholds = limits
	c.left = left
	c.view = chart.View{Window: right - left, Right: right, HasCursor: true, Cursor: left + (right-left)/2}
}

// series is a figure of a run, from its beginning on.
func (c *charts) series(rec *lab.Record, zero time.Duration, read func(*lab.Sample) lab.Reading) *chart.Series {
	xs, ys := make([]time.Duration, 0, len(rec.Ticks)), make([]float64, 0, len(rec.Ticks))
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		if s.At < rec.Run.Origin {
			continue
		}
		r := read(s)
		if !r.OK || s.Gap {
			r.Value = math.NaN()
		}
		xs, ys = append(xs, s.At-zero), append(ys, r.Value)
	}
	return chart.FromPoints(xs, ys)
}

// limit is a run's limit in percent, at each of its ticks: broken where it was
// turned, a gap where there is none.
func limit(rec *lab.Record, zero time.Duration, held []lab.Upper) *chart.Series {
	s := chart.NewSeries(2 * len(rec.Ticks))
	for i := range rec.Ticks {
		at := rec.Ticks[i].Sample.At
		for len(held) > 1 && held[1].At <= at {
			held = held[1:]
			s.AppendGap(held[0].At - zero)
		}
		if at >= rec.Run.Origin && held[0].OK {
			s.Append(at-zero, held[0].Value*100)
		} else {
			s.AppendGap(at - zero)
		}
	}
	return s
}

// move moves the cursor by so many cells.
func (c *charts) move(by int) {
	c.point(c.view.Cursor + time.Duration(by)*c.parts[0].chart.CellWidth(c.view, c.width))
}

// at puts the cursor on a cell of the charts' rows.
func (c *charts) at(x int) { c.point(c.parts[0].chart.TimeAt(c.view, c.width, x)) }

// point puts the cursor on a moment.
func (c *charts) point(at time.Duration) {
	c.view.Cursor = max(c.left, min(at, c.view.Right-1))
}

// draw is the charts one below the other, h rows of w cells.
func (c *charts) draw(w, h int) []string {
	c.width = w
	const axis = 2
	n := len(c.parts)
	each, extra := (h-axis)/n, max((h-axis)%n, 0)
	rows := make([]string, 0, h)
	for i := range c.parts {
		p := &c.parts[i]
		high := each
		if i < extra {
			high++
		}
		if i == n-1 {
			high += axis
		}
		if high < 1 {
			continue
		}
		rows = append(rows, c.head(p, w))
		if high > 1 {
			rows = append(rows, p.chart.Render(c.view, w, high-1)...)
		}
	}
	return rows
}

// head is a chart's title, and what the cursor reads of each run.
func (c *charts) head(p *part, w int) string {
	title := c.th.Bold.Paint(p.title)
	if legend := p.chart.Legend(c.view); theme.Width(title)+theme.Width(legend)+2 <= w {
		return c.th.Row(title, legend, w)
	}
	text := ""
	for i, l := range p.chart.Lines {
		if i > 0 {
			text += "  "
		}
		value := c.th.Dash
		if y, ok := l.Series.At(c.view.Cursor); ok {
			value = chart.Number(y)
		}
		text += l.Style.Paint(l.Name) + " " + value
	}
	return c.th.Row(title, text, w)
}
