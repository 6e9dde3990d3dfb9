package bench

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/screen"
)

// table is what the keys do. Order is that of footer and help; among several
// rows of one key the first that works now has it.
func (m *Model) table() screen.Bindings {
	panes := func() bool { return m.log == nil }
	live := func() bool { return m.replay == nil && panes() }
	return slices.Concat(
		m.logKeys().during(func() bool { return m.log != nil }),
		m.cursorKeys().during(func() bool { return m.frozen() && panes() }),
		m.replayKeys().during(func() bool { return m.replay != nil && panes() }),
		m.knobKeys().during(live),
		m.levelKeys().during(func() bool { return m.replay == nil }),
		m.liveKeys().during(live),
		m.screenKeys().during(panes),
	)
}

// rows are bindings of one context.
type rows screen.Bindings

// during narrows when they work.
func (t rows) during(when func() bool) screen.Bindings {
	for i := range t {
		if also := t[i].When; also != nil {
			t[i].When = func() bool { return when() && also() }
		} else {
			t[i].When = when
		}
	}
	return screen.Bindings(t)
}

var (
	sideways = []string{"left", "right", "h", "l"}
	tenfold  = []string{"shift+left", "shift+right", "H", "L"}
	ends     = []string{"home", "end", "g", "G"}
	updown   = []string{"up", "down", "k", "j"}
)

func (m *Model) logKeys() rows {
	return rows{
		{Group: "Log", Keys: updown, Shown: "↑↓", Short: screen.Say("scroll"), Rank: 4, Each: []string{"the log up", "the log down"}, Long: "scroll (k j)", Do: screen.Shift("down j", func(by int) { m.log.Move(by) })},
		{Group: "Log", Keys: []string{"pgup", "pgdown"}, Shown: "pgup pgdn", Each: []string{"ten lines up", "ten lines down"}, Long: "ten lines", Do: screen.Shift("pgdown", func(by int) { m.log.Move(10 * by) })},
		{Group: "Log", Keys: ends, Shown: "home end", Each: []string{"the first line", "the last line"}, Long: "the first and the last line (g G)", Do: screen.Shift("end G", func(by int) { m.log.Move(by * far) })},
		{Group: "Log", Keys: []string{"esc", "v"}, Shown: "esc", Short: screen.Say("close"), Rank: 1, Long: "close the log (v)", Do: screen.Does(func() { m.log = nil })},
	}
}

func (m *Model) cursorKeys() rows {
	return rows{
		{Group: "Cursor", Keys: sideways, Shown: "←→", Short: screen.Say("cursor"), Rank: 1, Each: []string{"the cursor to the left", "the cursor to the right"}, Long: "move the cursor over the charts (h l)", Do: screen.Shift("right l", m.moveCursor)},
		{Group: "Cursor", Keys: tenfold, Shown: "⇧←→", Short: screen.Say("×10"), Rank: 13, Each: []string{"the cursor ten to the left", "the cursor ten to the right"}, Long: "ten at once (H L)", Do: screen.Shift("shift+right L", func(by int) { m.moveCursor(10 * by) })},
		{Group: "Cursor", Keys: ends, Shown: "home end", Each: []string{"the cursor to the first tick", "the cursor to the last tick"}, Long: "the first and the last tick (g G)", Do: screen.Shift("end G", m.cursorTo)},
		{Group: "Cursor", Keys: []string{"f"}, Shown: "f", Short: screen.Say("let go"), Rank: 5, Long: "let the charts move again (esc)",
			When: func() bool { return m.replay == nil }, Do: screen.Does(m.freeze)},
	}
}

func (m *Model) replayKeys() rows {
	return rows{
		{Group: "Replay", Keys: []string{" "}, Shown: "space", Rank: 2, Short: func() string {
			if m.replay.playing != 0 {
				return "pause"
			}
			return "play"
		}, Long: "play or pause", Do: screen.Alone(m.play)},
		{Group: "Replay", Keys: []string{"+", "-", "=", "_"}, Shown: "+-", Short: screen.Say("speed"), Rank: 5, Each: []string{"play faster", "play slower"}, Long: "×1, ×10, ×60", Do: screen.Signed("+ =", m.faster)},
		{Keys: strings.Fields("f t v r s n u o w b p P m a [ ] I i x X d"), Do: screen.Says("a replay is read only: nothing is sent, no instance is there; esc goes back")},
	}
}

func (m *Model) knobKeys() rows {
	knobs := func() bool { _, ok := m.dial(); return ok }
	return rows{
		{Group: "Knobs", Keys: sideways, Shown: "←→", Short: screen.Say("±1"), Rank: 5,
			Each: []string{"the knob one step down", "the knob one step up"}, Long: "turn the knob one step (h l)", When: knobs, Do: screen.Signed("right l", m.turn)},
		{Group: "Knobs", Keys: tenfold, Shown: "⇧←→", Short: screen.Say("±10"), Rank: 13,
			Each: []string{"the knob ten steps down", "the knob ten steps up"}, Long: "ten steps (H L)", When: knobs, Do: screen.Signed("shift+right L", func(by int) tea.Cmd { return m.turn(10 * by) })},
		{Group: "Knobs", Keys: ends, Shown: "home end",
			Each: []string{"the knob to its least", "the knob to its most"}, Long: "its least and its most (g G)", When: knobs, Do: screen.Signed("end G", m.toLimit)},
		{Group: "Knobs", Keys: []string{"enter"}, Shown: "⏎", Short: screen.Say("type"), Rank: 10,
			Long: "type a value", When: knobs, Do: screen.Does(m.typeValue)},
		{Group: "Knobs", Keys: []string{"u"}, Shown: "u", Short: screen.Say("undo"), Rank: 18,
			Long: "undo the last turn of a knob", When: func() bool { return len(m.undo) > 0 }, Do: screen.Alone(m.takeBack)},
		{Keys: []string{"u"}, When: func() bool { return len(m.undo) == 0 }, Do: screen.Says("no knob has been turned")},
	}
}

// levelKeys work whatever lies over the panes: load is what one turns while
// looking at something else.
func (m *Model) levelKeys() rows {
	levels := func() bool { return m.snap.Setup.LevelKnob != "" }
	return rows{
		{Group: "Load", Keys: []string{"+", "-", "=", "_"}, Shown: "+-", Short: screen.Say("load"), Rank: 3,
			Each: []string{"10 % more load", "10 % less load"}, Long: "10 % more or less load", When: levels, Do: screen.Signed("+ =", m.level)},
		{Keys: []string{"+", "-", "=", "_"}, When: func() bool { return !levels() }, Do: func(string) tea.Cmd {
			return screen.Tell(fmt.Sprintf("the load %q has no level: w takes another shape", m.snap.Setup.LoadKind))
		}},
		{Group: "Load", Keys: []string{" "}, Shown: "space", Rank: 2,
			Short: func() string { return "load " + lab.OnOffText(!m.snap.Setup.LoadOn) }, Long: "load on or off", Do: screen.Alone(m.switchLoad)},
	}
}

func (m *Model) liveKeys() rows {
	return rows{
		{Group: "Load", Keys: []string{"o"}, Shown: "o", Short: screen.Say("model"), Rank: 20,
			Long: "open (a rate) or closed (threads)", Do: screen.Alone(m.otherModel)},
		{Group: "Load", Keys: []string{"w"}, Shown: "w", Short: screen.Say("shape"), Rank: 21,
			Long: "next load shape", Do: screen.Alone(m.nextShape)},
		{Group: "Load", Keys: []string{"b"}, Shown: "b", Short: screen.Say("balancing"), Rank: 19,
			Long: "next balancing algorithm", Do: screen.Alone(m.nextBalance)},

		{Group: "Scaling", Keys: []string{"p", "P"}, Shown: "p", Short: screen.Say("policy"), Rank: 8,
			Each: []string{"next policy", "previous policy"}, Long: "next policy (P: previous)", Do: screen.Signed("p", m.nextPolicy)},
		{Group: "Scaling", Keys: []string{"m"}, Shown: "m", Short: screen.Say("metric"), Rank: 12,
			Long: "next metric to scale on", Do: screen.Alone(m.nextMetric)},
		{Group: "Scaling", Keys: []string{"a"}, Shown: "a", Rank: 11,
			Short: func() string { return "auto " + lab.OnOffText(!m.snap.Setup.Autoscale) }, Long: "autoscaling on or off", Do: screen.Alone(m.autoscale)},
		{Group: "Scaling", Keys: []string{"[", "]", "I", "i"}, Shown: "[ ]", Rank: 6, Short: screen.Say("instances"),
			Each: []string{"one instance less", "one instance more"}, Long: "one instance less or more (I i)", When: m.byHand, Do: screen.Signed("] i", m.scale)},
		{Keys: []string{"[", "]", "I", "i"}, When: func() bool { return !m.byHand() },
			Do: screen.Says("autoscaling is on: a turns it off, then [ and ] scale by hand")},

		{Group: "Instances", Keys: []string{"x"}, Shown: "x", Short: screen.Say("kill"), Rank: 7,
			Long: "kill the selected, or the newest", Do: screen.Alone(m.kill)},
		{Group: "Instances", Keys: []string{"X"}, Shown: "X", Short: screen.Say("hang"), Rank: 22,
			Long: "hang it (SIGSTOP), or let it go", Do: screen.Alone(m.hang)},
		{Group: "Instances", Keys: []string{"d"}, Shown: "d", Short: screen.Say("drain"), Rank: 23,
			Long: "drain it; with autoscaling on it is replaced", Do: screen.Alone(m.drain)},
		{Group: "Instances", Keys: []string{"v"}, Shown: "v", Short: screen.Say("log"), Rank: 25,
			Long: "its last log lines", Do: screen.Alone(m.showLog)},

		{Group: "Run", Keys: []string{"s"}, Shown: "s", Short: screen.Say("stop"), Rank: 14,
			Long: "stop the run and keep it", When: func() bool { return m.snap.Phase == engine.Running }, Do: screen.Alone(m.stop)},
		{Keys: []string{"s"}, When: func() bool { return m.snap.Phase != engine.Running },
			Do: screen.Says("no run is under way: the first deed begins one")},
		{Group: "Run", Keys: []string{"n"}, Shown: "n", Short: screen.Say("new"), Rank: 16,
			Long: "end this run, be ready for the next", Do: screen.Alone(m.fresh)},
		{Group: "Run", Keys: []string{"r"}, Shown: "r", Short: screen.Say("again"), Rank: 26,
			Long: "the same load again", Do: screen.Alone(m.again)},
		{Group: "Run", Keys: []string{"t"}, Shown: "t", Short: screen.Say("mark"), Rank: 24,
			Long: "a marker with a note", Do: screen.Does(m.mark)},
		{Group: "Screen", Keys: []string{"f"}, Shown: "f", Short: screen.Say("freeze"), Rank: 27,
			Long: "hold the charts, to read them", When: func() bool { return !m.frozen() }, Do: screen.Does(m.freeze)},
	}
}

func (m *Model) screenKeys() rows {
	lists := func() bool { return m.focus == instances || m.focus == events }
	return rows{
		{Group: "Screen", Keys: []string{"enter"}, Shown: "⏎", Short: screen.Say("see it"), Rank: 10,
			Long: "the selected event, in the charts", When: func() bool { return m.replay == nil && m.focus == events && m.events.Selected() != nil }, Do: screen.Does(m.toEvent)},
		{Group: "Screen", Keys: updown, Shown: "↑↓", Short: screen.Say("select"), Rank: 9, Each: []string{"select what is above", "select what is below"}, Long: "move inside the pane (k j)",
			When: func() bool { return m.focus > trends && (m.focus != scores || m.zoomed == scores) }, Do: screen.Shift("down j", m.move)},
		{Group: "Screen", Keys: ends, Shown: "g G",
			Each: []string{"select the first", "select the last"}, Long: "its first and its last row", When: func() bool { return lists() && !m.frozen() }, Do: screen.Shift("end G", func(by int) { m.move(by * far) })},
		{Group: "Screen", Keys: []string{"tab", "shift+tab"}, Shown: "tab", Short: screen.Say("pane"), Rank: 4,
			Each: []string{"next pane", "previous pane"}, Long: "next pane (shift+tab: previous)", Do: screen.Shift("tab", m.step)},
		{Group: "Screen", Keys: []string{"z"}, Shown: "z", Short: func() string {
			if m.zoomed != none {
				return "unzoom"
			}
			return "zoom"
		}, Rank: 15, Long: "this pane alone, and back", Do: screen.Does(m.zoom)},
		{Group: "Screen", Keys: []string{"y"}, Shown: "y", Short: screen.Say("why"), Rank: 28,
			Long: "why it decided so, stage by stage, and back", Do: screen.Does(m.askWhy)},
		{Group: "Screen", Keys: []string{"<", ">"}, Shown: "< >", Short: screen.Say("window"), Rank: 17,
			Each: []string{"charts of a shorter time", "charts of a longer time"}, Long: "shorter or longer charts (in time)", Do: screen.Shift(">", m.widen)},
		{Group: "Screen", Keys: []string{"esc"}, Shown: "esc", Long: "back: zoom, cursor, selection, hints",
			When: m.canLeave, Do: screen.Does(m.leave)},
	}
}

func (m *Model) move(by int) {
	switch m.focus {
	case instances:
		m.instances.Move(by)
	case events, scores, why:
		m.scroll(m.focus, by)
	default:
		m.list().Move(by, len(m.dials(m.focus)))
	}
}

// scroll moves within a pane of lines. In a replay the events are its table of
// contents: the cursor goes to the one that is selected.
func (m *Model) scroll(s spot, by int) {
	switch s {
	case events:
		m.events.Move(by)
		if m.replay != nil {
			if m.events.Selected() == nil { // beyond the last
				m.events.Move(-1)
			}
			m.toEvent()
		}
	case scores:
		m.scores.Move(by)
	case why:
		m.why.Move(by)
	}
}

// step gives the focus to another pane.
func (m *Model) step(by int) {
	s := m.focus
	for range nSpots {
		s = spot((int(s) + by + int(nSpots)) % int(nSpots))
		if m.within(s) {
			break
		}
	}
	m.focusOn(s)
}

func (m *Model) focusOn(s spot) {
	if s == why && m.focus != why {
		m.before = m.focus
	}
	m.focus = s
	if s > trends {
		m.side = s
	}
	if m.zoomed != none {
		m.zoomed = s
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

// canLeave tells whether there is a level to go back on this screen; in a
// replay the cursor is none.
func (m *Model) canLeave() bool {
	return m.zoomed != none || m.replay == nil && (m.frozen() || m.instances.Selected() != nil || m.events.Selected() != nil || !m.coach.over)
}

// leave goes one level back.
func (m *Model) leave() {
	switch {
	case m.zoomed != none:
		m.zoomed = none
	case m.frozen():
		m.thaw()
	case m.instances.Selected() != nil:
		m.instances.Release()
	case m.events.Selected() != nil:
		m.events.Release()
	default:
		m.coach.over = true
	}
}
