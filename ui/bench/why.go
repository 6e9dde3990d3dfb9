package bench

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/screen"
)

// layout places the panes on the screen as drawn last. In a full one, why has
// the trends' place, or half of it where that is wide.
func (m *Model) layout() layout {
	l := layoutOf(m.w, m.h, m.side, m.zoomed)
	if m.explain && !l.compact && m.zoomed == none {
		l.explain()
	}
	return l
}

// wideTrends is from how many cells on the trends share their place.
const wideTrends = 110

func (l *layout) explain() {
	r := l.panes[trends]
	if r.w < wideTrends {
		l.panes[trends], l.panes[why] = rect{}, r
		return
	}
	half := r.w / 2
	l.panes[trends].w = half
	l.panes[why] = rect{r.x + half, r.y, r.w - half, r.h}
}

// within tells whether a pane can have the focus: not one that another stands
// in the place of. A compact or zoomed screen shows any.
func (m *Model) within(s spot) bool {
	switch {
	case m.zoomed != none:
		return true
	case m.w == 0: // not drawn yet
		return s != why
	}
	l := m.layout()
	return l.compact && s > trends || l.panes[s].w > 0
}

// moment is the picture under the cursor, or of now.
func (m *Model) moment() *pane.Picture {
	if m.frozen() && m.replay == nil {
		return m.pic.Earlier(m.charts.Cursor())
	}
	return &m.pic
}

// askWhy shows the pane why, or takes it away. A full screen shows it beside
// what has the focus; a compact or zoomed one shows the focus alone.
func (m *Model) askWhy() {
	alone := m.layout().compact || m.zoomed != none
	switch {
	case alone && m.focus == why:
		m.explain = false
		m.focusOn(m.before)
	case alone:
		m.explain = true
		m.focusOn(why)
	default:
		m.explain = !m.explain
		switch {
		case m.explain && !m.within(m.focus):
			m.focusOn(why)
		case !m.explain && m.focus == why:
			m.focusOn(m.before)
		}
	}
}

// presets is what the palette offers to be set by name: shadows, and lengths of
// starting.
func (m *Model) presets() screen.Bindings {
	if m.replay != nil {
		return nil
	}
	var out screen.Bindings
	add := func(text string, do func() tea.Cmd) {
		out = append(out, screen.Binding{Group: "Scaling", Long: text, Do: screen.Alone(do)})
	}
	for _, kind := range m.cfg.Policies {
		text := "shadow a policy: " + kind
		if len(m.shadowsOf(kind)) > 0 {
			text += " (on: ends it)"
		}
		add(text, func() tea.Cmd { return m.shadow(kind) })
	}
	add("shadow a policy: type it, as hpa:target=60%", func() tea.Cmd { m.typeShadow(); return nil })
	if k, ok := lab.Find(m.snap.Setup.FleetKnobs, "boot"); ok {
		for _, b := range []struct{ name, to string }{{"none", "0s"}, {"pod 20 s", "20s"}, {"vm 120 s", "2m0s"}} {
			add("boot: "+b.name, func() tea.Cmd { return m.boot(k, b.name, b.to) })
		}
	}
	return out
}

func (m *Model) boot(k lab.Knob, name, to string) tea.Cmd {
	if cmd := m.turned("fleet", k, to); cmd != nil {
		return cmd
	}
	return screen.Tell("boot: " + name + ", of instances started from now on")
}

// shadowsOf is the specs of a kind's shadows.
func (m *Model) shadowsOf(kind string) []string {
	var out []string
	for _, s := range m.snap.Setup.Shadows {
		if k, _, _ := strings.Cut(s, ":"); k == kind {
			out = append(out, s)
		}
	}
	return out
}

// shadow lets a policy decide beside, or no more.
func (m *Model) shadow(kind string) tea.Cmd {
	there := m.shadowsOf(kind)
	for _, s := range there {
		if cmd := m.send(lab.Action{Kind: lab.ActShadow, From: s}); cmd != nil {
			return cmd
		}
	}
	if len(there) > 0 {
		return screen.Tell("no shadow " + kind)
	}
	if cmd := m.send(lab.Action{Kind: lab.ActShadow, To: kind}); cmd != nil {
		return cmd
	}
	return screen.Tell(fmt.Sprintf("%s decides beside %s; it does not feel its own decisions", kind, m.snap.Setup.Policy))
}

func (m *Model) typeShadow() {
	m.input = newInput("shadow:", "a policy, as hpa:target=60%", none, func(text string) error {
		if text == "" {
			return nil
		}
		return m.cfg.Session.Send(lab.Action{By: lab.ByUser, Kind: lab.ActShadow, To: text})
	})
}
