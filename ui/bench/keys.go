package bench

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/ui/pane"
)

// table is what the keys do. Order is that of footer and help; among several
// rows of one key the first that works now has it.
func (m *Model) table() pane.Bindings {
	knobs := func() bool { _, ok := m.dial(); return ok }
	rows := func() bool { return m.focus == instances || m.focus == events || knobs() }
	lists := func() bool { return m.focus == instances || m.focus == events }
	plain := func(do func()) func(string) tea.Cmd { return func(string) tea.Cmd { do(); return nil } }
	signed := func(up string, do func(by int) tea.Cmd) func(string) tea.Cmd { // up: the keys that add
		keys := strings.Fields(up)
		return func(key string) tea.Cmd {
			for _, k := range keys {
				if k == key {
					return do(1)
				}
			}
			return do(-1)
		}
	}
	alone := func(do func() tea.Cmd) func(string) tea.Cmd { return func(string) tea.Cmd { return do() } }

	return pane.Bindings{
		{Group: "Knobs", Keys: []string{"left", "right", "h", "l"}, Shown: "←→", Short: pane.Say("±1"), Rank: 5,
			Long: "turn the knob one step (h l)", When: knobs, Do: signed("right l", m.turn)},
		{Group: "Knobs", Keys: []string{"shift+left", "shift+right", "H", "L"}, Shown: "⇧←→", Short: pane.Say("±10"), Rank: 13,
			Long: "ten steps (H L)", When: knobs, Do: signed("shift+right L", func(by int) tea.Cmd { return m.turn(10 * by) })},
		{Group: "Knobs", Keys: []string{"home", "end", "g", "G"}, Shown: "home end",
			Long: "its least and its most (g G)", When: knobs, Do: signed("end G", m.toLimit)},
		{Group: "Knobs", Keys: []string{"enter"}, Shown: "⏎", Short: pane.Say("type"), Rank: 10,
			Long: "type a value", When: knobs, Do: plain(m.typeValue)},
		{Group: "Knobs", Keys: []string{"u"}, Shown: "u", Short: pane.Say("undo"), Rank: 18,
			Long: "undo the last turn of a knob", When: func() bool { return len(m.undo) > 0 }, Do: alone(m.takeBack)},

		{Group: "Load", Keys: []string{"+", "=", "-", "_"}, Shown: "+-", Short: pane.Say("load"), Rank: 3,
			Long: "10 % more or less load", When: func() bool { return m.snap.Setup.LevelKnob != "" }, Do: signed("+ =", m.level)},
		{Group: "Load", Keys: []string{" "}, Shown: "space", Rank: 2,
			Short: func() string { return "load " + onOff(!m.snap.Setup.LoadOn) }, Long: "load on or off", Do: alone(m.switchLoad)},
		{Group: "Load", Keys: []string{"o"}, Shown: "o", Short: pane.Say("model"), Rank: 20,
			Long: "open (a rate) or closed (threads)", Do: alone(m.otherModel)},
		{Group: "Load", Keys: []string{"w"}, Shown: "w", Short: pane.Say("shape"), Rank: 21,
			Long: "next load shape", Do: alone(m.nextShape)},
		{Group: "Load", Keys: []string{"b"}, Shown: "b", Short: pane.Say("balancing"), Rank: 19,
			Long: "next balancing algorithm", Do: alone(m.nextBalance)},

		{Group: "Scaling", Keys: []string{"p", "P"}, Shown: "p", Short: pane.Say("policy"), Rank: 8,
			Long: "next policy (P: previous)", Do: signed("p", m.nextPolicy)},
		{Group: "Scaling", Keys: []string{"m"}, Shown: "m", Short: pane.Say("metric"), Rank: 12,
			Long: "next metric to scale on", Do: alone(m.nextMetric)},
		{Group: "Scaling", Keys: []string{"a"}, Shown: "a", Rank: 11,
			Short: func() string { return "auto " + onOff(!m.snap.Setup.Autoscale) }, Long: "autoscaling on or off", Do: alone(m.autoscale)},
		{Group: "Scaling", Keys: []string{"[", "]", "I", "i"}, Shown: "[ ]", Rank: 6, Short: func() string {
			if m.byHand() {
				return "instances"
			}
			return ""
		}, Long: "one instance less or more (I i)", When: m.byHand, Do: signed("] i", m.scale)},
		{Keys: []string{"[", "]", "I", "i"}, When: func() bool { return !m.byHand() },
			Do: func(string) tea.Cmd {
				return pane.Tell("autoscaling is on: a turns it off, then [ and ] scale by hand")
			}},

		{Group: "Instances", Keys: []string{"x"}, Shown: "x", Short: pane.Say("kill"), Rank: 7,
			Long: "kill the selected, or the newest", Do: alone(m.kill)},
		{Group: "Instances", Keys: []string{"X"}, Shown: "X", Short: pane.Say("hang"), Rank: 22,
			Long: "hang it (SIGSTOP), or let it go", Do: alone(m.hang)},
		{Group: "Instances", Keys: []string{"d"}, Shown: "d", Short: pane.Say("drain"), Rank: 23,
			Long: "drain and replace it", Do: alone(m.drain)},

		{Group: "Run", Keys: []string{"s"}, Shown: "s", Short: pane.Say("stop"), Rank: 14,
			Long: "stop the run and keep it", When: func() bool { return m.snap.Phase == engine.Running }, Do: alone(m.stop)},
		{Keys: []string{"s"}, When: func() bool { return m.snap.Phase != engine.Running },
			Do: func(string) tea.Cmd { return pane.Tell("no run is under way: the first deed begins one") }},
		{Group: "Run", Keys: []string{"n"}, Shown: "n", Short: pane.Say("new"), Rank: 16,
			Long: "end this run, be ready for the next", Do: alone(m.fresh)},
		{Group: "Run", Keys: []string{"t"}, Shown: "t", Short: pane.Say("mark"), Rank: 24,
			Long: "a marker with a note", Do: plain(m.mark)},

		{Group: "Screen", Keys: []string{"up", "down", "k", "j"}, Shown: "↑↓", Short: pane.Say("select"), Rank: 9,
			Long: "move inside the pane (k j)", When: rows, Do: signed("down j", func(by int) tea.Cmd { m.move(by); return nil })},
		{Group: "Screen", Keys: []string{"home", "end", "g", "G"}, Shown: "g G",
			Long: "its first and its last row", When: lists, Do: signed("end G", func(by int) tea.Cmd { m.move(by * 1 << 20); return nil })},
		{Group: "Screen", Keys: []string{"tab", "shift+tab"}, Shown: "tab", Short: pane.Say("pane"), Rank: 4,
			Long: "next pane (shift+tab: previous)", Do: signed("tab", func(by int) tea.Cmd { m.step(by); return nil })},
		{Group: "Screen", Keys: []string{"z"}, Shown: "z", Short: func() string {
			if m.zoomed != none {
				return "unzoom"
			}
			return "zoom"
		}, Rank: 15, Long: "this pane alone, and back", Do: plain(m.zoom)},
		{Group: "Screen", Keys: []string{"<", ">"}, Shown: "< >", Short: pane.Say("window"), Rank: 17,
			Long: "shorter or longer charts (in time)", Do: signed(">", func(by int) tea.Cmd { m.widen(by); return nil })},
		{Group: "Screen", Keys: []string{"esc"}, Shown: "esc", Long: "back: zoom, selection, hints",
			When: m.canLeave, Do: plain(m.leave)},
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (m *Model) move(by int) {
	switch m.focus {
	case instances:
		m.instances.Move(by)
	case events:
		m.events.Move(by)
	default:
		m.list().Move(by, len(m.dials(m.focus)))
	}
}

// step gives the focus to another pane.
func (m *Model) step(by int) {
	m.focus = spot((int(m.focus) + by + int(nSpots)) % int(nSpots))
	if m.focus > trends {
		m.side = m.focus
	}
	if m.zoomed != none {
		m.zoomed = m.focus
	}
}

func (m *Model) zoom() {
	if m.zoomed != none {
		m.zoomed = none
		return
	}
	m.zoomed = m.focus
}

func (m *Model) widen(by int) {
	m.charts.Window(by)
	m.charts.See(&m.pic)
}

func (m *Model) canLeave() bool {
	return m.zoomed != none || m.instances.Selected() != nil || !m.coach.over
}

// leave goes one level back.
func (m *Model) leave() {
	switch {
	case m.zoomed != none:
		m.zoomed = none
	case m.instances.Selected() != nil:
		m.instances.Release()
	default:
		m.coach.over = true
	}
}
