package compare

import (
	"math"
	"slices"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// charts is the small multiples: one chart a figure, one line a side, all on
// one time axis with one cursor. The line of repeats is their median.
type charts struct {
	th      *theme.Theme
	parts   []part
	courses [][]course
	view    chart.View
	left    time.Duration // where the axis begins
	width   int           // of the charts, when drawn last
}

// part is one figure of all sides.
type part struct {
	title string
	chart *chart.Chart
}

// course is what is drawn of a run: the moments of its ticks, and a figure of
// each part at them, NaN where it is not known. It is read away from the screen.
type course struct {
	rec  *lab.Record
	zero [2]time.Duration // by offered.Origin
	at   []time.Duration  // lab time
	ys   [len(reads)][]float64
	held []lab.Upper
}

// servedPart is the part of the requests that were answered.
const servedPart = 2

// reads are the figures of the parts, in their order.
var reads = [...]func(*lab.Sample) lab.Reading{
	func(s *lab.Sample) lab.Reading {
		r := s.InstanceCPU()
		if r.Value *= 100; r.Value > 100 && r.Value < 110 {
			r.Value = 100 // full; what is above is the measurement's
		}
		return r
	},
	func(s *lab.Sample) lab.Reading { return lab.Reading{Value: float64(s.Serving()), OK: true} },
	func(s *lab.Sample) lab.Reading { return lab.Reading{Value: s.ServedRate(), OK: true} },
	func(s *lab.Sample) lab.Reading {
		seen := s.Seen()
		d, ok := seen.Latency.Quantile(0.95)
		return lab.Reading{Value: d.Seconds() * 1000, OK: ok}
	},
}

// courseOf reads a run, from its beginning on.
func courseOf(rec *lab.Record) course {
	n := len(rec.Ticks)
	c := course{rec: rec, at: make([]time.Duration, 0, n), held: lab.Uppers(rec)}
	for at := range c.zero {
		c.zero[at] = offered.Align([]lab.Record{*rec}, offered.Origin(at))[0]
	}
	for k := range reads {
		c.ys[k] = make([]float64, 0, n)
	}
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		if s.At < rec.Run.Origin {
			continue
		}
		c.at = append(c.at, s.At)
		for k, read := range reads {
			r := read(s)
			if !r.OK || s.Gap || k == servedPart && !rec.Run.Answered() {
				r.Value = math.NaN()
			}
			c.ys[k] = append(c.ys[k], r.Value)
		}
	}
	return c
}

func newCharts(th *theme.Theme) *charts {
	c := &charts{th: th, width: 60}
	add := func(title string, axis chart.Axis) {
		p := part{title, chart.New(th)}
		p.chart.Y, p.chart.Left, p.chart.Empty = axis, 5, "not known"
		c.parts = append(c.parts, p)
	}
	add("CPU %", chart.Axis{AtLeast: 50})
	add("Instances", chart.Axis{Integer: true, AtLeast: 2})
	add("Served/s", chart.Axis{AtLeast: 10})
	add("p95 ms", chart.Axis{AtLeast: 10})
	c.parts[len(c.parts)-1].chart.TimeAxis = true
	return c
}

// strokes tell the runs apart where there is no colour.
var strokes = [Most]chart.Stroke{chart.Solid, chart.Dotted, chart.Dashed, chart.DashDotted}

// see takes sides, laid one over the other.
func (c *charts) see(sides [][]course, at offered.Origin) {
	c.courses = sides
	left, right := time.Duration(0), time.Second
	for _, side := range sides {
		for i := range side {
			run, zero := &side[i].rec.Run, side[i].zero[at]
			left, right = min(left, run.Origin-zero), max(right, run.Origin+run.Duration-zero)
			if n := len(side[i].at); n > 0 {
				right = max(right, side[i].at[n-1]-zero)
			}
		}
	}
	// A limit that held all the time lies across the plot; one that was turned
	// on the way is drawn as long as it held. Repeats have one.
	var limits []chart.Threshold
	c.parts[0].chart.Bands = nil
	for i, side := range sides {
		first := &side[0]
		if len(first.held) > 1 {
			turned := limit(first.rec, first.zero[at], first.held)
			c.parts[0].chart.Bands = append(c.parts[0].chart.Bands, chart.Band{Low: turned, High: turned, Style: c.th.Series[i]})
			continue
		}
		if y := first.held[0].Value * 100; first.held[0].OK && !slices.ContainsFunc(limits, func(t chart.Threshold) bool { return t.Y == y }) {
			limits = append(limits, chart.Threshold{Y: y, Style: c.th.Series[i]})
		}
	}
	for k := range c.parts {
		p := &c.parts[k]
		p.chart.Lines = p.chart.Lines[:0]
		for i, side := range sides {
			p.chart.Lines = append(p.chart.Lines, chart.Line{
				Series: median(side, k, at), Name: string("ABCD"[i]),
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

// median is a figure of a side at each tick of its longest run: of repeats the
// middle one, of those for which it is known at that moment.
func median(side []course, part int, align offered.Origin) *chart.Series {
	first := &side[0]
	for i := range side {
		if len(side[i].at) > len(first.at) {
			first = &side[i]
		}
	}
	xs, ys := make([]time.Duration, len(first.at)), first.ys[part]
	for i, at := range first.at {
		xs[i] = at - first.zero[align]
	}
	if len(side) == 1 {
		return chart.FromPoints(xs, ys)
	}
	ys = make([]float64, len(xs))
	next := make([]int, len(side)) // of each run the first tick after x
	values := make([]float64, 0, len(side))
	for i, x := range xs {
		values = values[:0]
		for k := range side {
			run := &side[k]
			// A tick of the same number may come a little later.
			slack := run.rec.Run.Experiment.Interval / 2
			for next[k] < len(run.at) && run.at[next[k]]-run.zero[align] <= x+slack {
				next[k]++
			}
			last := next[k] - 1
			if last < 0 || math.IsNaN(run.ys[part][last]) || last == len(run.at)-1 && run.at[last]-run.zero[align] < x-2*slack { // it has ended
				continue
			}
			values = append(values, run.ys[part][last])
		}
		slices.Sort(values)
		if ys[i] = math.NaN(); len(values) > 0 {
			ys[i] = (values[(len(values)-1)/2] + values[len(values)/2]) / 2
		}
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
