package pane

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/theme"
)

// Why is the pane of how a decision came about: the number after each stage of
// the policy, in their order, what comes next and when, what the shadows would
// have decided, and what of all this is to be believed.
//
//	from ↓ sample ↓ eligible ↓ ratio ↓ raw ↓ stabilise ↓ limit ↓ clamp
type Why struct {
	th  *theme.Theme
	top int // first row shown
}

// NewWhy makes the pane.
func NewWhy(th *theme.Theme) *Why { return &Why{th: th} }

// Move scrolls.
func (m *Why) Move(by int) { m.top = max(0, m.top+min(by, 1<<20)) }

// Draw draws the decision of the picture's moment in a box of w×h cells.
func (m *Why) Draw(p *Picture, w, h int, focused bool) []string {
	th := m.th
	rows, room := m.rows(p, max(w-2, 0)), max(h-2, 0)
	m.top = max(0, min(m.top, len(rows)-room))
	right := th.Spell(p.Policy)
	switch {
	case p.Idle:
	case !p.Autoscale && p.Policy != "manual":
		right = "by hand, " + right + " off"
	default:
		right += " at " + Clock(p.At-p.Record.Run.Origin)
	}
	if len(rows) > room {
		right = th.ArrowUp + th.ArrowDown + " more  " + right
	}
	return th.Box("Why", right, rows[m.top:min(m.top+room, len(rows))], w, h, focused)
}

func (m *Why) rows(p *Picture, w int) []string {
	th := m.th
	var out []string
	switch d := &p.Decision; {
	case p.Idle:
		out = m.wrapped(" nothing is decided yet: the first deed begins a run", w, 2, th.Text)
	case p.blank():
		out = m.wrapped(" "+noTicks, w, 2, th.Text)
	case p.begins():
		out = m.wrapped(" the run has just begun: the first decision comes with the next tick", w, 2, th.Text)
	default:
		out = m.wrapped(" "+d.Reason, w, 2, th.Bold)
		out = append(out, m.stages(p, w)...)
	}
	if what := upcoming(p, w-8); what != "" {
		for i, line := range wrap(th.Spell(what), w-8, 3) {
			head := th.Bold.Paint(" next:") + "  "
			if i > 0 {
				head = theme.Blank(8)
			}
			out = append(out, head+th.Clip(line, w-8))
		}
	}
	out = append(out, m.shadows(p, w)...)
	if text := p.fast(); text != "" {
		out = append(out, m.wrapped(" "+text, w, 2, th.Warn)...)
	}
	if p.Badge != "" {
		out = append(out, m.wrapped(" "+p.Badge, w, 2, th.Dim)...)
	}
	return out
}

func (m *Why) wrapped(text string, w, most int, ink theme.Style) []string {
	var out []string
	for i, line := range wrap(m.th.Spell(text), w, most) {
		if i > 0 {
			line = " " + line
		}
		out = append(out, ink.Paint(m.th.Clip(line, w)))
	}
	return out
}

// stages is one row each: its name, the number after it, the reason word. A
// number of instances that a stage changed stands out.
func (m *Why) stages(p *Picture, w int) []string {
	th, d := m.th, &p.Decision
	type row struct {
		name, number, text string
		changed            bool
	}
	var all []row
	was, counted := 0.0, false
	if from := p.decided(); from != nil {
		s := &from.Sample
		text := fmt.Sprintf("%d ready of %d", s.Serving(), s.Desired)
		if ago := p.At - s.At; ago >= time.Second {
			text += ", decided " + age(ago) + " ago"
		}
		all = append(all, row{"from", strconv.Itoa(s.Desired), text, false})
		was, counted = float64(s.Desired), true
	}
	for i := range d.Stages {
		s := &d.Stages[i]
		r := row{name: s.Name, number: p.stageValue(s), text: s.Text}
		if counts(s.Name) {
			if r.changed = counted && s.Value != was; r.changed {
				r.text = strings.TrimSpace(numeral.Count(int64(was)) + " → " + r.number + "  " + r.text)
			}
			was, counted = s.Value, true
		}
		all = append(all, r)
	}
	name, number := 0, 0
	for i := range all {
		name = max(name, min(theme.Width(th.Spell(all[i].name)), 14))
		number = max(number, min(theme.Width(th.Spell(all[i].number)), 12))
	}
	out := make([]string, 0, len(all))
	for i := range all {
		r := &all[i]
		arrow, ink := th.ArrowDown, th.Text
		if i == 0 {
			arrow = " "
		}
		if r.changed {
			ink = th.Accent
		}
		shown := strings.TrimRight(th.Clip(th.Spell(r.number), number), " ")
		line := " " + th.Dim.Paint(arrow) + " " + ink.Paint(th.Clip(th.Spell(r.name), name)) + "  " +
			ink.Paint(theme.Blank(number-theme.Width(shown))+shown)
		if r.text != "" {
			line += "  " + ink.Paint(th.Spell(r.text))
		}
		out = append(out, th.Clip(line, w))
	}
	return out
}

// counts tells whether the number of a stage is one of instances.
func counts(stage string) bool {
	switch stage {
	case "raw", "stabilise", "limit", "clamp", "cooldown", "schedule", "activation", "combine":
		return true
	}
	return false
}

// stageValue is a stage's number as people read it: of a metric, in its unit.
func (p *Picture) stageValue(s *lab.Stage) string {
	v := s.Value
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return unknown
	}
	switch m := p.metricIn(s.Text); {
	case s.Name == "metric", s.Name == "anti-flap" && s.Text == "what each would carry":
		return m.Show(v)
	case s.Name == "sample": // in the metric's unit already
		return m.Show(v / m.Scale)
	}
	digits := 2
	if math.Abs(v) >= 100 {
		digits = 1
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// metricIn is the metric that a stage's text begins with the label of, else the
// one that the policy scales on.
func (p *Picture) metricIn(text string) *metric {
	best := (*metric)(nil)
	for i := range metrics {
		if m := &metrics[i]; strings.HasPrefix(text, m.Label) && (best == nil || len(m.Label) > len(best.Label)) {
			best = m
		}
	}
	if best == nil {
		return metricOf(p.Metric())
	}
	return best
}

// decided is the tick at which the decision of the moment was made: a policy
// with a period repeats it until the next sync. It is nil before the first.
func (p *Picture) decided() *lab.Tick {
	ticks := p.Record.Ticks
	i := since(ticks, p.At) - 1
	if i < 0 {
		return nil
	}
	sync := nextSync(&p.Decision)
	for ; sync > 0 && i > 0 && ticks[i-1].Sample.At > p.Record.Run.Origin; i-- {
		if nextSync(&ticks[i-1].Decision) != sync {
			break
		}
	}
	return &ticks[i]
}

func nextSync(d *lab.Decision) time.Duration {
	for _, n := range d.Next {
		if n.What == "next sync" {
			return n.At
		}
	}
	return 0
}

// upcoming counts down to what comes next, and says what holds it until then.
func upcoming(p *Picture, w int) string {
	if p.Idle || p.begins() {
		return ""
	}
	var parts []string
	for _, n := range p.Decision.Next {
		if n.At <= p.At {
			continue
		}
		text := n.What + " " + left(n.At-p.At)
		if what, ok := strings.CutPrefix(n.What, "earliest "); ok {
			text = what + " possible in " + left(n.At-p.At)
		}
		if n.By != "" {
			text += ", held by " + n.By
			if n.Since > 0 {
				text += " of " + Clock(n.Since-p.Record.Run.Origin)
			}
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return next(p)
	}
	return strings.Join(parts, " · ")
}

// left shows how long it is until a moment: "2.1 s", "42 s", "3:40".
func left(d time.Duration) string {
	if d < time.Minute {
		return in(d)
	}
	s := int((d + time.Second - 1) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// fast says what a speed other than 1 means, or "".
func (p *Picture) fast() string {
	if p.Speed <= 0 || p.Speed == 1 {
		return ""
	}
	head := fmt.Sprintf("speed ×%s: ", Times(p.Speed))
	k, ok := lab.Find(p.FleetKnobs, "boot")
	if !ok || k.Value <= 0 {
		return head + fmt.Sprintf("a boot of 20 s would stand for %s s in production", Times(20*p.Speed))
	}
	return head + fmt.Sprintf("a boot of %s stands for %s s in production", k.Show(), Times(k.Value*p.Speed))
}

// Times spells a factor: "10", "2.5".
func Times(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }
