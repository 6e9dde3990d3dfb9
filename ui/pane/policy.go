package pane

import (
	"strings"

	"autoscale-lab/ui/knobs"
	"autoscale-lab/ui/theme"
)

// Policy is the pane of what decides: the knobs of the policy and of the
// fleet, why it decided as it did, and what comes next.
type Policy struct {
	knobs.List
	th     *theme.Theme
	reason extent // of the reason, so that the knobs above it stand still
}

// extent is how many rows a text has taken at most, of one policy and size.
type extent struct {
	policy  string
	w, room int
	rows    int
}

// NewPolicy makes the pane.
func NewPolicy(th *theme.Theme) *Policy { return &Policy{th: th} }

// Draw draws the pane in a box of w×h cells. The reason and what comes next
// stay at its lower edge, whatever is scrolled above.
func (m *Policy) Draw(p *Picture, dials []knobs.Dial, edit *knobs.Edit, w, h int, focused bool) []string {
	th := m.th
	room := max(h-2, 0)
	why := m.why(p, w-2, room)
	n := max(room-len(why), 0)
	rows := m.List.Draw(th, dials, edit, w-2, n, focused)
	for len(rows) < n {
		rows = append(rows, "")
	}
	right := th.Spell(p.Policy)
	if !p.Autoscale && p.Policy != "manual" {
		right = "by hand, " + right + " off"
	}
	if more := m.More(th, len(dials), n); more != "" && theme.Width(more+right)+16 <= w {
		right = more + "  " + right
	}
	return th.Box("Policy", right, append(rows, why...), w, h, focused)
}

// why is the reason, on the rows that one of this policy has taken so far, and
// what comes next.
func (m *Policy) why(p *Picture, w, room int) []string {
	th := m.th
	last := th.Clip(th.Bold.Paint(" next:")+" "+th.Spell(next(p)), w)
	if p.Explained {
		return []string{last}
	}
	reason := p.Decision.Reason
	switch {
	case p.blank():
		reason = noTicks
	case p.begins():
		reason = "the run has just begun"
	case reason == "":
		reason = unknown
	}
	out := m.say(" why:", reason, w, max(1, min(3, room/3)))
	if now := (extent{p.Policy, w, room, 0}); m.reason.policy != now.policy || m.reason.w != w || m.reason.room != room {
		m.reason = now
	}
	m.reason.rows = max(m.reason.rows, len(out))
	for len(out) < m.reason.rows {
		out = append(out, "")
	}
	if text := p.beside(); text != "" && room > 8 {
		out = append(out, th.Clip(th.Bold.Paint(" beside:")+" "+th.Spell(text), w))
	}
	return append(out, last)
}

// say sets a text beside its name, on at most that many rows.
func (m *Policy) say(name, text string, w, most int) []string {
	th := m.th
	var out []string
	head, from := th.Bold.Paint(name), theme.Width(name)
	for _, line := range wrap(th.Spell(text), w-from-1, most) {
		out = append(out, head+" "+th.Clip(line, max(w-from-1, 0)))
		head = theme.Blank(from)
	}
	return out
}

// next counts down to what becomes possible.
func next(p *Picture) string {
	switch {
	case p.Idle:
		return "the first deed begins a run"
	case p.replayed() && (!p.Autoscale || p.Policy == "manual"):
		return "scaled by hand"
	case !p.Autoscale || p.Policy == "manual":
		return "you scale: [ removes, ] adds"
	}
	switch {
	case p.blank():
		return unknown
	case p.begins():
		return "the first decision, at the next tick"
	}
	var parts []string
	for _, n := range p.Decision.Next {
		if n.At > p.At {
			what := strings.TrimPrefix(strings.TrimPrefix(n.What, "earliest "), "next ")
			parts = append(parts, what+" "+left(n.At-p.At))
		}
	}
	if len(parts) == 0 {
		return "free to scale at the next tick"
	}
	return strings.Join(parts, ", ")
}

// wrap breaks a text at spaces, not before a percent sign, into at most n lines of w cells; what is too
// long stays in the last one.
func wrap(s string, w, n int) []string {
	var out []string
	for n > 1 && theme.Width(s) > w {
		cut := -1
		for i, r := range s {
			if theme.Width(s[:i]) > w {
				break
			}
			if r == ' ' && !strings.HasPrefix(s[i:], " %") {
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
