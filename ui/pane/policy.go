package pane

import (
	"strings"

	"autoscale-lab/ui/theme"
)

// Policy is the pane of what decides: the knobs of the policy and of the
// fleet, why it decided as it did, and what comes next.
type Policy struct {
	Dials
	th *theme.Theme
}

// NewPolicy makes the pane.
func NewPolicy(th *theme.Theme) *Policy { return &Policy{th: th} }

// Draw draws the pane in a box of w×h cells. The reason and what comes next
// stay at its lower edge, whatever is scrolled above.
func (m *Policy) Draw(p *Picture, dials []Dial, edit *Edit, w, h int, focused bool) []string {
	th := m.th
	room := max(h-2, 0)
	why := m.why(p, w-2, room)
	n := max(room-len(why), 0)
	rows := m.rows(th, dials, edit, w-2, n, focused)
	for len(rows) < n {
		rows = append(rows, "")
	}
	right := th.Spell(p.Policy)
	if !p.Autoscale && p.Policy != "manual" {
		right = "by hand, " + right + " off"
	}
	if more := m.more(th, len(dials), n); more != "" && theme.Width(more+right)+16 <= w {
		right = more + "  " + right
	}
	return th.Box("Policy", right, append(rows, why...), w, h, focused)
}

func (m *Policy) why(p *Picture, w, room int) []string {
	th := m.th
	reason := p.Decision.Reason
	if reason == "" {
		reason = unknown
	}
	most := 1
	if room >= 6 {
		most = 2
	}
	text := wrap(th.Spell(reason), w-6, most)
	if room >= 15 { // there is room to stand still
		for len(text) < most {
			text = append(text, "")
		}
	}
	out := make([]string, 0, most+1)
	head := th.Bold.Paint(" why:")
	for _, line := range text {
		out = append(out, head+" "+th.Clip(line, max(w-6, 0)))
		head = theme.Blank(5)
	}
	return append(out, th.Clip(th.Bold.Paint(" next:")+" "+th.Spell(next(p)), w))
}

// next counts down to what becomes possible.
func next(p *Picture) string {
	switch {
	case p.Idle:
		return "the first deed begins a run"
	case !p.Autoscale:
		return "you scale: [ removes, ] adds"
	}
	var parts []string
	for _, n := range p.Decision.Next {
		if n.At > p.At {
			parts = append(parts, n.What+" "+in(n.At-p.At))
		}
	}
	if len(parts) == 0 {
		return "free to scale at the next tick"
	}
	return strings.Join(parts, ", ")
}

// wrap breaks a text at spaces into at most n lines of w cells; what is too
// long stays in the last one.
func wrap(s string, w, n int) []string {
	var out []string
	for n > 1 && theme.Width(s) > w {
		cut := -1
		for i, r := range s {
			if theme.Width(s[:i]) > w {
				break
			}
			if r == ' ' {
				cut = i
			}
		}
		if cut <= 0 {
			break
		}
		out, s, n = append(out, s[:cut]), s[cut+1:], n-1
	}
	return append(out, s)
}
