package pane

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// caveat is what must be known of shadows.
const caveat = "do not feel what they decide"

// shadows is a row for each policy that decides beside: what it would have, and
// why; then the caveat.
func (m *Why) shadows(p *Picture, w int) []string {
	th := m.th
	type row struct{ name, desired, reason string }
	var all []row
	width := 0
	add := func(r row) {
		all = append(all, r)
		width = max(width, min(theme.Width(th.Spell(r.name)), max(12, w/3)))
	}
	seen := p.shadowsSeen()
	for _, s := range seen {
		add(row{s.Policy, strconv.Itoa(s.Decision.Desired), s.Decision.Reason})
	}
	for _, brief := range p.Shadows {
		if !slices.ContainsFunc(seen, func(s lab.Shadow) bool { return s.Policy == brief }) {
			add(row{brief, unknown, "decides from the next tick on"})
		}
	}
	if len(all) == 0 {
		return nil
	}
	out := []string{th.Clip(th.Bold.Paint(" shadows")+" "+caveat, w)}
	for _, r := range all {
		desired := th.Spell(r.desired)
		out = append(out, th.Clip("   "+th.Clip(th.Spell(r.name), width)+"  "+theme.Blank(3-theme.Width(desired))+th.Bold.Paint(desired)+"  "+th.Dim.Paint(th.Spell(r.reason)), w))
	}
	return out
}

// shadowsSeen is what the shadows decided at the newest tick.
func (p *Picture) shadowsSeen() []lab.Shadow {
	if t := p.Last(); t != nil && !p.begins() && !p.Idle {
		return t.Shadows
	}
	return nil
}

// beside is the shadows' desired in one line: "hpa 6, nomad 3"; "" without any.
func (p *Picture) beside() string {
	var parts []string
	for _, s := range p.shadowsSeen() {
		parts = append(parts, kindOf(s.Policy)+" "+strconv.Itoa(s.Decision.Desired))
	}
	return strings.Join(parts, ", ")
}

// kindOf is the kind in a policy's spec.
func kindOf(spec string) string {
	kind, _, _ := strings.Cut(spec, ":")
	return kind
}

// shadowLine is what a shadow wants, over time.
type shadowLine struct {
	policy string // its spec
	line   chart.Line
}

var shadowStrokes = []chart.Stroke{chart.Dashed, chart.DashDotted}

// shade appends what the shadows wanted at a tick; one that is no more has a gap.
func (m *Charts) shade(t *lab.Tick) {
	for i := range t.Shadows {
		s := &t.Shadows[i]
		at := slices.IndexFunc(m.shadows, func(l shadowLine) bool { return l.policy == s.Policy })
		if at < 0 {
			at = len(m.shadows)
			series := chart.NewSeries(0)
			series.Hold(m.desired.Len() + 1)
			ink := m.th.Series[2+at%(len(m.th.Series)-2)]
			m.shadows = append(m.shadows, shadowLine{s.Policy, chart.Line{
				Series: series, Name: kindOf(s.Policy), Style: ink, Stroke: shadowStrokes[at%len(shadowStrokes)], Step: true}})
			m.instances.Lines = slices.Insert(m.instances.Lines, 1+at, m.shadows[at].line) // above demand, below desired and ready
		}
		v := float64(s.Decision.Desired)
		if t.Sample.Gap {
			v = math.NaN()
		}
		m.shadows[at].line.Series.Append(t.Sample.At, v)
	}
	for i := range m.shadows {
		l := &m.shadows[i]
		if _, _, on := l.line.Series.Last(); on && !slices.ContainsFunc(t.Shadows, func(s lab.Shadow) bool { return s.Policy == l.policy }) {
			l.line.Series.AppendGap(t.Sample.At)
		}
	}
}

// unshade forgets all shadows.
func (m *Charts) unshade() {
	m.instances.Lines = slices.Delete(m.instances.Lines, 1, 1+len(m.shadows))
	m.shadows = nil
}

// shadowFigures is the legend of the shadows that decided at a tick.
func (m *Charts) shadowFigures(t *lab.Tick) []figure {
	var out []figure
	if t == nil {
		return nil
	}
	for i := range m.shadows {
		l := &m.shadows[i]
		for j := range t.Shadows {
			if s := &t.Shadows[j]; s.Policy == l.policy {
				name := l.line.Name
				if m.twice(l) {
					name = l.policy
				}
				out = append(out, figure{line: &l.line, name: name, text: strconv.Itoa(s.Decision.Desired)})
			}
		}
	}
	return out
}

// twice tells whether another shadow is of the same kind.
func (m *Charts) twice(l *shadowLine) bool {
	n := 0
	for i := range m.shadows {
		if m.shadows[i].line.Name == l.line.Name {
			n++
		}
	}
	return n > 1
}
