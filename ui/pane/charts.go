package pane

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
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
// and latency.
type Charts struct {
	th     *theme.Theme
	follow follower
	metric *metric
	window int // index in chart.Windows
	view   chart.View

	used                                           *chart.Series
	ready, desired, offered, served, p50, p95, p99 *chart.Series
	usage, instances, requests, latency            *chart.Chart
	latencies                                      []chart.Line // p50, p99, p95; a low chart draws the last alone
	marks                                          []chart.Marker
	sums                                           []running
}

// running is the sum of the metric up to a moment, and of how many readings.
type running struct {
	at  time.Duration
	sum float64
	n   int
}

// NewCharts makes them, with a window of a minute.
func NewCharts(th *theme.Theme) *Charts {
	m := &Charts{th: th, metric: &metrics[0]}
	for _, s := range []**chart.Series{&m.used, &m.ready, &m.desired, &m.offered, &m.served, &m.p50, &m.p95, &m.p99} {
		*s = chart.NewSeries(0)
	}
	for _, c := range []**chart.Chart{&m.usage, &m.instances, &m.requests, &m.latency} {
		*c = chart.New(th)
	}
	m.usage.Lines = []chart.Line{{Series: m.used, Name: "mean", Style: th.Series[0]}}
	m.instances.Lines = []chart.Line{
		{Series: m.desired, Name: "wanted", Style: th.Series[1], Stroke: chart.Dotted, Step: true},
		{Series: m.ready, Name: "ready", Style: th.Series[0], Step: true},
	}
	m.instances.Y = chart.Axis{Integer: true, AtLeast: 2}
	m.requests.Lines = []chart.Line{
		{Series: m.offered, Name: "offered", Style: th.Series[1], Stroke: chart.Dotted},
		{Series: m.served, Name: "served", Style: th.Series[0]},
	}
	m.requests.Y = chart.Axis{AtLeast: 10}
	m.latencies = []chart.Line{
		{Series: m.p50, Name: "p50", Style: th.Series[2], Stroke: chart.Dotted},
		{Series: m.p99, Name: "p99", Style: th.Series[1], Stroke: chart.Dotted},
		{Series: m.p95, Name: "p95", Style: th.Series[0]},
	}
	m.latency.Y = chart.Axis{AtLeast: 10}
	m.latency.TimeAxis = true
	return m
}

// Window widens (1) or narrows (-1) the part of time that shows, and returns
// its length.
func (m *Charts) Window(by int) time.Duration {
	m.window = max(0, min(m.window+by, len(chart.Windows)-1))
	return chart.Windows[m.window]
}

// See takes the ticks of the picture and the limits of its policy.
func (m *Charts) See(p *Picture) {
	ticks, fresh := m.follow.news(&p.Record)
	if fresh {
		for _, s := range []*chart.Series{m.used, m.ready, m.desired, m.offered, m.served, m.p50, m.p95, m.p99} {
			s.Reset()
		}
		m.marks, m.sums = nil, nil
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
		m.add(&ticks[i])
	}
	m.limits(p)
	m.view = chart.View{Window: chart.Windows[m.window], Right: p.At, Live: true, Origin: p.Record.Run.Origin}
}

func (m *Charts) add(t *lab.Tick) {
	s := &t.Sample
	m.measure(s)
	known := func(v float64) lab.Reading { return lab.Reading{Value: v, OK: true} }
	put(m.ready, s, known(float64(s.Serving())))
	put(m.desired, s, known(float64(t.Decision.Desired)))
	put(m.offered, s, known(s.OfferedRate()))
	put(m.served, s, known(s.ServedRate()))
	seen := s.Seen()
	put(m.p50, s, quantile(&seen, .50))
	put(m.p95, s, quantile(&seen, .95))
	put(m.p99, s, quantile(&seen, .99))
	for _, e := range t.Events {
		switch e.Kind {
		case lab.EventScaleUp, lab.EventScaleDown, lab.EventFailed, lab.EventHung, lab.EventMark:
			glyph, ink := Sign(m.th, e.Kind)
			m.marks = append(m.marks, chart.Marker{At: e.At, Glyph: glyph, Style: ink, Text: e.Text})
		}
	}
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
	if m.sums = append(m.sums, sum); len(m.sums) > 2*chart.DefaultCapacity {
		m.sums = slices.Clone(m.sums[chart.DefaultCapacity:])
	}
}

// put appends a reading, or a gap where it is not known or not to be trusted.
func put(to *chart.Series, s *lab.Sample, r lab.Reading) {
	if !r.OK || s.Gap {
		to.AppendGap(s.At)
		return
	}
	to.Append(s.At, r.Value)
}

// limits draws the policy's knobs upper and lower, if it has them, and makes
// all charts leave the same room for their values.
func (m *Charts) limits(p *Picture) {
	c := m.usage
	c.Thresholds = c.Thresholds[:0]
	right := 0
	for _, name := range []string{"upper", "lower"} {
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
	c.Y = chart.Axis{AtLeast: m.metric.atLeast}
	for _, c := range []*chart.Chart{m.usage, m.instances, m.requests, m.latency} {
		c.Left, c.Right = 5, right
	}
	from, _ := slices.BinarySearchFunc(m.marks, p.At-chart.Windows[m.window], func(k chart.Marker, at time.Duration) int { return cmp.Compare(k.At, at) })
	m.latency.Markers = m.marks[from:]
}

// DrawUsage draws what the policy scales on, in a box of w×h cells.
func (m *Charts) DrawUsage(p *Picture, w, h int, focused bool) []string {
	unit := ""
	if m.metric.Unit != "" {
		unit = " " + m.metric.Unit
	}
	now, mean := unknown, unknown
	if r := m.metric.read(p.Sample()); r.OK {
		now = short(r.Value) + unit
	}
	if r := m.mean(p); r.OK {
		mean = short(r.Value)
	}
	title := m.metric.title
	if m.metric.Name == "cpu" && loose(p.Sample()) {
		title += ", not enforced"
	}
	right := m.th.Spell("now " + now + "  mean " + mean)
	if len(title)+theme.Width(right)+10 > w {
		right = m.th.Spell("now " + now)
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

// mean is that of the metric over the window; unknown without a reading.
func (m *Charts) mean(p *Picture) lab.Reading {
	n := len(m.sums)
	if n == 0 {
		return lab.Reading{}
	}
	end, begin := m.sums[n-1], running{}
	if i, _ := slices.BinarySearchFunc(m.sums, p.At-m.view.Window, func(r running, at time.Duration) int { return cmp.Compare(r.at, at) }); i > 0 {
		begin = m.sums[i-1]
	}
	if end.n == begin.n {
		return lab.Reading{}
	}
	return lab.Known((end.sum-begin.sum)/float64(end.n-begin.n), p.At, m.view.Window)
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
	s := p.Sample()
	seen := s.Seen()
	rate, rpm := unknown, ""
	given := unknown
	if p.Last() != nil {
		rate, given = whole(s.OfferedRate()), whole(s.ServedRate())
		rpm = perMinute(s.ServedRate())
	}
	limit := ""
	if n := len(p.Decision.Stages); n > 0 && p.Decision.Stages[n-1].Name == "clamp" {
		limit = p.Decision.Stages[n-1].Text
	}
	ready := unknown
	if p.Last() != nil {
		ready = count(int64(s.Serving()))
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
	part(m.instances, m.head(inner, "Instances", m.instances.Lines, []figure{{1, ready}, {0, count(int64(p.Desired))}}, limit), each)
	part(m.requests, m.head(inner, "Requests/s", m.requests.Lines, []figure{{0, rate}, {1, given}}, rpm), each+min(extra, 1))
	m.latency.Lines = m.latencies
	high := each + max(extra-1, 0) + axis
	if high-1-axis < 4 { // three lines in so few dots are noise
		m.latency.Lines = m.latencies[2:]
	}
	part(m.latency, m.head(inner, "Latency ms", m.latencies, []figure{
		{0, millis(seen.Latency, .50)}, {2, millis(seen.Latency, .95)}, {1, millis(seen.Latency, .99)},
	}, ""), high)
	right := windowName(m.view.Window)
	return th.Box("Trends", right, rows, w, h, focused)
}

func windowName(d time.Duration) string {
	if d < 2*time.Minute {
		return "last " + count(int64(d/time.Second)) + " s"
	}
	return "last " + count(int64(d/time.Minute)) + " min"
}

// figure is the newest value of a chart's line.
type figure struct {
	line int
	text string
}

// head is the heading of a chart: its title, its lines with their newest
// values, and a remark; what does not fit is left out, the samples of the
// strokes first, then the remark.
func (m *Charts) head(w int, title string, lines []chart.Line, figures []figure, remark string) string {
	th := m.th
	for _, level := range []int{0, 1, 2} {
		var parts []string
		for _, f := range figures {
			l := &lines[f.line]
			name := l.Name
			if level == 0 {
				name = stroke(th, l.Stroke) + " " + name
			}
			parts = append(parts, l.Style.Paint(name)+" "+th.Spell(f.text))
		}
		if remark != "" && level < 2 {
			parts = append(parts, th.Spell(remark))
		}
		text := strings.Join(parts, "  ")
		if level == 2 || theme.Width(text)+len(title)+2 <= w {
			return th.Row(th.Bold.Paint(title), text, w)
		}
	}
	return ""
}

// stroke is a sample of how a line is drawn.
func stroke(th *theme.Theme, s chart.Stroke) string {
	switch {
	case s == chart.Solid && th.ASCII:
		return "--"
	case s == chart.Solid:
		return "⠒⠒"
	case th.ASCII:
		return ".."
	}
	return "⠂⠂"
}
