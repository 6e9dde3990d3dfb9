package pane

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// metric is a signal that a policy scales on, as it is drawn.
type metric struct {
	lab.Metric
	title   string
	atLeast float64 // of the axis
}

var metrics = []metric{
	{lab.MetricCPU, "CPU of size", 50},
	{lab.MetricSystemCPU, "System CPU", 50},
	{lab.MetricRPS, "Requests/s per instance", 10},
	{lab.MetricInFlight, "In flight per instance", 1},
	{lab.MetricP95, "Latency p95", 10},
}

// read is the metric in its unit.
func (m *metric) read(s *lab.Sample) lab.Reading {
	r := m.Read(s)
	r.Value *= m.Scale
	return r
}

// quantile is one of a traffic's latency, in milliseconds.
func quantile(t *lab.Traffic, q float64) lab.Reading {
	d, ok := t.Latency.Quantile(q)
	return lab.Reading{Value: d.Seconds() * 1000, OK: ok}
}

func metricOf(name string) *metric {
	for i := range metrics {
		if metrics[i].Name == name {
			return &metrics[i]
		}
	}
	return &metrics[0]
}

// Charts is the panes that show the record over time, on one time axis: what
// the policy scales on with its limits, and the trends of instances, requests
// and latency. They move with the record until they are frozen: then a cursor
// moves over them.
type Charts struct {
	th     *theme.Theme
	follow follower
	metric *metric
	width  int           // as drawn last
	whole  time.Duration // the length of a stored record; 0: a live one
	last   time.Duration // where it ends in the charts
	view   chart.View

	used                                *chart.Series
	demand, ready, desired              *chart.Series
	offered, served, p50, p95, p99      *chart.Series
	usage, instances, requests, latency *chart.Chart
	shadows                             []shadowLine
	marks                               []chart.Marker
	marked                              line // the event of the last of them
	sums                                []running
}

// running is the sum of the metric up to a moment, and of how many readings.
type running struct {
	at  time.Duration
	sum float64
	n   int
}

// NewCharts makes them, with a window of a minute.
func NewCharts(th *theme.Theme) *Charts {
	m := &Charts{th: th, metric: &metrics[0], width: 60, view: chart.View{Window: chart.Windows[0]}}
	for _, s := range []**chart.Series{&m.used, &m.demand, &m.ready, &m.desired, &m.offered, &m.served, &m.p50, &m.p95, &m.p99} {
		*s = chart.NewSeries(0)
	}
	for _, c := range []**chart.Chart{&m.usage, &m.instances, &m.requests, &m.latency} {
		*c = chart.New(th)
	}
	m.usage.Lines = []chart.Line{{Series: m.used, Name: "mean", Style: th.Series[0]}}
	m.instances.Lines = []chart.Line{
		{Series: m.demand, Name: "demand", Style: th.Text, Stroke: chart.Sparse, Step: true, Aside: true},
		{Series: m.desired, Name: "wanted", Style: th.Series[1], Stroke: chart.Dotted, Step: true},
		{Series: m.ready, Name: "ready", Style: th.Series[0], Step: true},
	}
	m.instances.Y = chart.Axis{Integer: true, AtLeast: 2}
	m.requests.Lines = []chart.Line{
		{Series: m.offered, Name: "offered", Style: th.Series[1], Stroke: chart.Dotted},
		{Series: m.served, Name: "served", Style: th.Series[0]},
	}
	m.requests.Y = chart.Axis{AtLeast: 10}
	m.latency.Lines = []chart.Line{{Series: m.p95, Name: "p95", Style: th.Series[0]}}
	m.latency.Bands = []chart.Band{{Low: m.p50, High: m.p99, Style: th.Dim}}
	m.latency.Y = chart.Axis{AtLeast: 10}
	m.latency.TimeAxis = true
	return m
}

// Window widens (1) or narrows (-1) the part of time that shows: one of
// chart.Windows, or the whole of a stored record.
func (m *Charts) Window(by int) {
	all := chart.Windows
	if m.whole > 0 {
		n, _ := slices.BinarySearch(all, m.whole)
		all = append(slices.Clone(all[:n]), m.whole)
	}
	i, _ := slices.BinarySearch(all, m.view.Window)
	m.view.Window = all[max(0, min(i+by, len(all)-1))]
	m.follows()
}

// SetTheme draws with another theme, from the next See on. What the other panes
// draw is not kept: they see a theme that was changed in place.
func (m *Charts) SetTheme(th *theme.Theme) {
	next := NewCharts(th)
	next.width, next.view, next.whole, next.last = m.width, m.view, m.whole, m.last
	*m = *next
}

// Span is the part of time that shows.
func (m *Charts) Span() time.Duration { return m.view.Window }

// Freeze keeps what shows and puts a cursor on the newest tick.
func (m *Charts) Freeze(p *Picture) {
	m.view.Live, m.view.HasCursor = false, true
	m.view.Cursor = p.Sample().At
}

// Overview freezes the charts on the whole of a stored record, with the cursor
// on the first tick; without ticks, on its beginning.
func (m *Charts) Overview(p *Picture) {
	ticks, zero := p.Record.Ticks, p.Record.Run.Origin
	if len(ticks) == 0 {
		m.whole = max(p.Record.Run.Duration, time.Second)
		m.last = zero + m.whole
		m.view = chart.View{Window: m.whole, Right: m.last, Origin: zero, Cursor: zero, HasCursor: true}
		return
	}
	first, last := ticks[0].Sample.At, ticks[len(ticks)-1].Sample.At
	margin := (last - first) / 100 // that no dot column of it is cut off
	m.last, m.whole = last+margin, max(last-first+ticks[0].Sample.Span+2*margin, time.Second)
	m.view = chart.View{Window: m.whole, Right: m.last, Origin: zero, Cursor: first, HasCursor: true}
}

// Thaw lets the charts move again, from the next See on.
func (m *Charts) Thaw() { m.view.HasCursor = false }

// Frozen tells whether there is a cursor.
func (m *Charts) Frozen() bool { return m.view.HasCursor }

// Cursor is the moment that is read.
func (m *Charts) Cursor() time.Duration { return m.view.Cursor }

// Seek puts the cursor on a moment, within what is recorded.
func (m *Charts) Seek(p *Picture, at time.Duration) {
	m.view.Cursor = m.within(p, at)
	m.follows()
}

// within is the moment nearest to one that a cursor can be on.
func (m *Charts) within(p *Picture, at time.Duration) time.Duration {
	ticks := p.Record.Ticks
	if len(ticks) == 0 {
		return m.view.Cursor
	}
	return max(ticks[0].Sample.At, min(at, ticks[len(ticks)-1].Sample.At))
}

// SeekCell puts the cursor on the column x of a pane as drawn last.
func (m *Charts) SeekCell(p *Picture, x int) {
	m.Seek(p, m.usage.TimeAt(m.view, m.width, x-1))
}

// Step moves the cursor that many cells, and as many ticks at least: a great
// number goes to the first or the last.
func (m *Charts) Step(p *Picture, by int) {
	ticks := p.Record.Ticks
	if len(ticks) == 0 {
		return
	}
	here := since(ticks, m.view.Cursor) - 1
	by = max(-len(ticks), min(by, len(ticks)))
	there := since(ticks, m.view.Cursor+time.Duration(by)*m.usage.CellWidth(m.view, m.width)) - 1
	if by > 0 {
		there = max(there, here+by)
	} else {
		there = min(there, here+by)
	}
	m.Seek(p, ticks[max(0, min(there, len(ticks)-1))].Sample.At)
}

// follows keeps the cursor within what shows.
func (m *Charts) follows() {
	v := &m.view
	switch margin := v.Window / 20; {
	case !v.HasCursor:
	case v.Window == m.whole:
		v.Right = m.last
	default:
		v.Right = max(min(v.Right, v.Cursor+v.Window-margin), v.Cursor+v.Window/200)
	}
}

// Marks is what is marked under the cursor, the most telling first.
func (m *Charts) Marks() []chart.Marker {
	if !m.view.HasCursor {
		return nil
	}
	return m.latency.MarkersAt(m.view, m.width)
}

// Under tells whether a moment lies under the cursor, or as near as one can get.
func (m *Charts) Under(p *Picture, at time.Duration) bool {
	return m.view.HasCursor && m.usage.SameCell(m.view, m.width, m.within(p, at), m.view.Cursor)
}

// tick is the one that is read: under the cursor, or the newest; or nil.
func (m *Charts) tick(p *Picture) *lab.Tick {
	if m.view.HasCursor {
		return p.Tick(m.view.Cursor)
	}
	return p.Last()
}

// See takes the ticks of the picture and the limits of its policy.
func (m *Charts) See(p *Picture) {
	ticks, fresh := m.follow.news(&p.Record)
	if fresh {
		for _, s := range []*chart.Series{m.used, m.demand, m.ready, m.desired, m.offered, m.served, m.p50, m.p95, m.p99} {
			s.Reset()
			s.Hold(len(ticks)) // of a stored record, all
		}
		m.marks, m.marked, m.sums = nil, line{}, nil
		m.unshade()
	}
	if now := metricOf(p.Metric()); now != m.metric {
		m.metric = now
		m.used.Reset()
		m.sums = nil
		for i := range p.Record.Ticks[:len(p.Record.Ticks)-len(ticks)] {
			m.measure(&p.Record.Ticks[i].Sample)
		}
	}
	for i := range ticks {
		m.add(&p.Record.Run, &ticks[i])
	}
	m.sums = trimmed(m.sums, len(p.Record.Ticks))
	m.view.Origin = p.Record.Run.Origin
	if !m.view.HasCursor {
		m.view.Right, m.view.Live = p.At, true
	}
	for _, c := range []*chart.Chart{m.usage, m.instances, m.requests, m.latency} {
		switch c.Empty = ""; {
		case p.blank():
			c.Empty = "no ticks"
		case p.replayed():
			c.Empty = "not known"
		}
	}
	m.limits(p)
}

func (m *Charts) add(run *lab.Run, t *lab.Tick) {
	s, e := &t.Sample, &run.Experiment
	m.measure(s)
	known := func(v float64) lab.Reading { return lab.Reading{Value: v, OK: true} }
	d, ok := e.Demand(s)
	put(m.demand, s, lab.Reading{Value: float64(d), OK: ok})
	put(m.ready, s, known(float64(s.Serving())))
	put(m.desired, s, known(float64(t.Decision.Desired)))
	m.shade(t)
	put(m.offered, s, known(s.OfferedRate()))
	put(m.served, s, lab.Reading{Value: s.ServedRate(), OK: run.Answered()})
	seen := s.Seen()
	put(m.p50, s, quantile(&seen, .50))
	put(m.p95, s, quantile(&seen, .95))
	put(m.p99, s, quantile(&seen, .99))
	for _, e := range t.Events {
		m.mark(e)
	}
}

// Ranks of what is marked on the time axis.
const (
	ofScaling = iota // is seen in the lines too
	ofDeeds
	ofFailures
)

// mark puts an event on the time axis: what was scaled, what was set or done by
// anybody, and what failed. Turns of one knob in quick succession are one mark.
func (m *Charts) mark(e lab.Event) {
	rank := ofScaling
	switch e.Kind {
	case lab.EventScaleUp, lab.EventScaleDown:
	case lab.EventMark, lab.EventAction:
		rank = ofDeeds
	case lab.EventFailed, lab.EventHung:
		rank = ofFailures
	default:
		return
	}
	if all := join([]line{m.marked}, e); len(all) == 1 && len(m.marks) > 0 {
		m.marked = all[0]
		m.marks[len(m.marks)-1].Text = m.marked.Text
		return
	}
	m.marked = line{e, e.At}
	glyph, ink := Sign(m.th, e.Kind)
	m.marks = append(m.marks, chart.Marker{At: e.At, Glyph: glyph, Style: ink, Text: e.Text, Rank: rank})
}

// measure appends a reading of the metric, and sums it up.
func (m *Charts) measure(s *lab.Sample) {
	r := m.metric.read(s)
	drawn := r
	if m.metric.Name == "cpu" && r.Value > 100 && r.Value < 110 && !loose(s) {
		drawn.Value = 100 // full; what is above is the measurement's
	}
	put(m.used, s, drawn)
	sum := running{at: s.At}
	if n := len(m.sums); n > 0 {
		sum.sum, sum.n = m.sums[n-1].sum, m.sums[n-1].n
	}
	if r.OK && !s.Gap {
		sum.sum, sum.n = sum.sum+r.Value, sum.n+1
	}
	m.sums = append(m.sums, sum)
}

// put appends a reading, or a gap where it is not known or not to be trusted.
func put(to *chart.Series, s *lab.Sample, r lab.Reading) {
	if !r.OK || s.Gap {
		to.AppendGap(s.At)
		return
	}
	to.Append(s.At, r.Value)
}

// limits draws the policy's knobs upper, lower and target, if it has them, and makes
// all charts leave the same room for their values.
func (m *Charts) limits(p *Picture) {
	c := m.usage
	c.Thresholds = c.Thresholds[:0]
	right := 0
	for _, name := range []string{"upper", "lower", "target"} {
		if k, ok := lab.Find(p.PolicyKnobs, name); ok {
			y := k.Value
			switch k.Kind {
			case lab.Percent:
				y *= 100
			case lab.Duration:
				y *= 1000
			}
			label := chart.Number(y)
			right = max(right, theme.Width(label)+1)
			c.Thresholds = append(c.Thresholds, chart.Threshold{Y: y, Label: label, Style: m.th.Threshold})
		}
	}
	c.Y = chart.Axis{AtLeast: m.metric.atLeast, Unit: m.metric.Unit}
	for _, c := range []*chart.Chart{m.usage, m.instances, m.requests, m.latency} {
		c.Left, c.Right = 5, right
	}
	from, _ := slices.BinarySearchFunc(m.marks, m.view.Right-m.view.Window, func(k chart.Marker, at time.Duration) int { return cmp.Compare(k.At, at) })
	m.latency.Markers = m.marks[from:]
}

// DrawUsage draws what the policy scales on, in a box of w×h cells.
func (m *Charts) DrawUsage(p *Picture, w, h int, focused bool) []string {
	unit := ""
	if m.metric.Unit != "" {
		unit = " " + m.metric.Unit
	}
	m.width = w - 2
	now, mean := unknown, unknown
	title := m.metric.title
	if t := m.tick(p); t != nil {
		if r := m.metric.read(&t.Sample); r.OK {
			now = short(r.Value) + unit
		}
		if m.metric.Name == "cpu" && loose(&t.Sample) {
			title += ", not enforced"
		}
	}
	if r := m.mean(); r.OK {
		mean = short(r.Value)
	}
	when := "now"
	if m.view.HasCursor {
		when = Clock(m.view.Cursor - m.view.Origin)
	}
	right := m.th.Spell(when + " " + now + "  mean " + mean)
	if len(title)+theme.Width(right)+10 > w {
		right = m.th.Spell(when + " " + now)
	}
	return m.th.Box(title, right, m.usage.Render(m.view, w-2, max(h-2, 1)), w, h, focused)
}

// loose tells whether an instance may use more than its size.
func loose(s *lab.Sample) bool {
	for i := range s.Instances {
		if !s.Instances[i].Enforced && s.Instances[i].EverReady {
			return true
		}
	}
	return false
}

// mean is that of the metric over what shows; unknown without a reading.
func (m *Charts) mean() lab.Reading {
	before := func(at time.Duration) running {
		i, _ := slices.BinarySearchFunc(m.sums, at, func(r running, at time.Duration) int { return cmp.Compare(r.at, at) })
		if i == 0 {
			return running{}
		}
		return m.sums[i-1]
	}
	begin, end := before(m.view.Right-m.view.Window), before(m.view.Right+1)
	if end.n == begin.n {
		return lab.Reading{}
	}
	return lab.Known((end.sum-begin.sum)/float64(end.n-begin.n), m.view.Right, m.view.Window)
}

// DrawTrends draws instances, requests and latency above one time axis, in a
// box of w×h cells.
func (m *Charts) DrawTrends(p *Picture, w, h int, focused bool) []string {
	th := m.th
	inner := w - 2
	room := max(h-2, 0)
	const axis, charts = 2, 3
	each := (room - axis) / charts
	extra := max(room-axis-each*charts, 0)
	m.width = inner
	ready, desired, demand, offered, served, rpm := unknown, unknown, "", unknown, unknown, ""
	var latency lab.Hist
	decision := &p.Decision
	if t := m.tick(p); t != nil {
		s := &t.Sample
		ready, offered, served, rpm = numeral.Count(int64(s.Serving())), whole(s.OfferedRate()), whole(s.ServedRate()), perMinute(s.ServedRate())
		if !p.Record.Run.Answered() {
			served, rpm = unknown, ""
		}
		seen := s.Seen()
		latency = seen.Latency
		if d, ok := m.demand.At(s.At); ok {
			demand = strconv.Itoa(int(d))
		}
		if m.view.HasCursor {
			decision, desired = &t.Decision, numeral.Count(int64(t.Decision.Desired))
		}
	}
	if !m.view.HasCursor {
		desired = numeral.Count(int64(p.Desired)) // may be newer than the tick
	}
	limit := ""
	if n := len(decision.Stages); n > 0 && decision.Stages[n-1].Name == "clamp" {
		limit = decision.Stages[n-1].Text
	}
	rows := make([]string, 0, room)
	part := func(c *chart.Chart, head string, h int) {
		if h <= 0 {
			return
		}
		rows = append(rows, head)
		if h > 1 {
			rows = append(rows, c.Render(m.view, inner, h-1)...)
		}
	}
	steps, rates := m.instances.Lines[1+len(m.shadows):], m.requests.Lines
	counts := []figure{{line: &steps[1], name: "ready", text: ready}, {line: &steps[0], name: "wanted", text: desired}}
	if demand != "" {
		counts = append(counts, figure{line: &m.instances.Lines[0], name: "demand", text: demand, spare: true})
	}
	counts = append(counts, m.shadowFigures(m.tick(p))...)
	part(m.instances, m.head(inner, "Instances", counts, limit), each)
	part(m.requests, m.head(inner, "Requests/s", []figure{{line: &rates[0], name: "offered", text: offered}, {line: &rates[1], name: "served", text: served}}, rpm), each+min(extra, 1))
	band := &chart.Line{Style: m.latency.Bands[0].Style}
	part(m.latency, m.head(inner, "Latency ms", []figure{
		{line: band, name: "p50", text: millis(latency, .50)}, {line: &m.latency.Lines[0], name: "p95", text: millis(latency, .95)}, {line: band, name: "p99", text: millis(latency, .99)},
	}, ""), each+max(extra-1, 0)+axis)
	right := windowName(m.view.Window)
	switch at := "at " + Clock(m.view.Cursor-m.view.Origin) + "  "; {
	case m.view.HasCursor && m.view.Window == m.whole:
		right = at + "whole run"
	case m.view.HasCursor:
		right = at + strings.TrimPrefix(right, "last ")
	}
	return th.Box("Trends", right, rows, w, h, focused)
}

func windowName(d time.Duration) string {
	if d < 2*time.Minute {
		return "last " + numeral.Count(int64(d/time.Second)) + " s"
	}
	return "last " + numeral.Count(int64(d/time.Minute)) + " min"
}

// figure is a value of a chart's line, or of the edge of its band: that has no
// Series.
type figure struct {
	line  *chart.Line
	name  string
	text  string
	spare bool // it goes before the others do
}

// head is the heading of a chart: its title, its lines with their newest
// values, and a remark; what does not fit is left out: the samples of the two
// common strokes first, then the remark and what is spare beside shadows, the
// other samples, and lines from the last on.
func (m *Charts) head(w int, title string, figures []figure, remark string) string {
	th := m.th
	for level := 0; ; level++ {
		if level > 3 && len(figures) > 0 {
			figures = figures[:len(figures)-1]
		}
		if level == 2 && len(m.shadows) > 0 {
			figures = slices.DeleteFunc(figures, func(f figure) bool { return f.spare })
		}
		var parts []string
		for _, f := range figures {
			name := f.name
			if l := f.line; l.Series != nil && (level == 0 || level < 3 && (l.Stroke == chart.Dashed || l.Stroke == chart.DashDotted)) {
				name = stroke(th, l.Stroke) + " " + name
			}
			parts = append(parts, f.line.Style.Paint(name)+" "+th.Spell(f.text))
		}
		if remark != "" && level < 2 {
			parts = append(parts, th.Spell(remark))
		}
		text := strings.Join(parts, "  ")
		if len(figures) == 0 || theme.Width(text)+len(title) < w {
			return th.Row(th.Bold.Paint(title), text, w)
		}
	}
}

// stroke is a sample of how a line is drawn.
func stroke(th *theme.Theme, s chart.Stroke) string {
	switch {
	case s == chart.Solid && th.ASCII:
		return "--"
	case s == chart.Solid:
		return "⠒⠒"
	case s == chart.Dashed && th.ASCII:
		return "- "
	case s == chart.Dashed:
		return "⠒ "
	case s == chart.DashDotted && th.ASCII:
		return "-."
	case s == chart.DashDotted:
		return "⠒⠂"
	case s == chart.Sparse && th.ASCII:
		return ". "
	case s == chart.Sparse:
		return "⠂ "
	case th.ASCII:
		return ".."
	}
	return "⠂⠂"
}
