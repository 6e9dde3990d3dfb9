package bench

import (
	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// drag is a slider held with the mouse: all its turns are undone as one.
type drag struct {
	at    spot
	owner string
	name  string
	x     int // left edge of the pane
	noted bool
}

// Mouse takes a click, a turn of the wheel or a move of the mouse, in cells of
// the rows drawn last.
func (m *Model) Mouse(msg tea.MouseMsg) tea.Cmd {
	if m.log != nil {
		if by := wheel(msg); by != 0 {
			m.log.Move(-by)
		}
		return nil
	}
	switch {
	case msg.Action == tea.MouseActionMotion && m.drag != nil:
		return m.pull(msg.X)
	case msg.Action == tea.MouseActionRelease:
		m.drag = nil
		return nil
	case msg.Action != tea.MouseActionPress:
		return nil
	}
	m.drag = nil
	l := m.layout()
	s, r := l.at(msg.X, msg.Y)
	if s == none {
		return nil
	}
	x, y := msg.X-r.x, msg.Y-r.y
	if by := wheel(msg); by != 0 {
		return m.roll(s, y, by)
	}
	if msg.Button != tea.MouseButtonLeft {
		return nil
	}
	if l.compact && s > trends && m.zoomed == none && y == r.h-1 {
		m.openTab(x)
		return nil
	}
	return m.click(s, r, x, y)
}

// wheel is 1 for a turn up, -1 for one down.
func wheel(msg tea.MouseMsg) int {
	switch {
	case msg.Action != tea.MouseActionPress:
	case msg.Button == tea.MouseButtonWheelUp:
		return 1
	case msg.Button == tea.MouseButtonWheelDown:
		return -1
	}
	return 0
}

// at is the pane at a cell of the screen, or none.
func (l *layout) at(x, y int) (spot, rect) {
	for s, r := range l.panes {
		if x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h {
			return spot(s), r
		}
	}
	return none, rect{}
}

// openTab shows the side pane whose name is at x of the tabs.
func (m *Model) openTab(x int) {
	from := 2
	for i, name := range tabNames(m.layout().panes[m.side].w) {
		if n := theme.Width(name) + 1; x < from+n {
			if x >= from {
				m.focusOn(instances + spot(i))
			}
			return
		} else {
			from += n
		}
	}
}

func (m *Model) click(s spot, r rect, x, y int) tea.Cmd {
	m.focusOn(s)
	switch s {
	case usage, trends:
		if m.frozen() {
			m.charts.SeekCell(&m.pic, x)
			m.arrive()
		}
	case instances:
		m.instances.SelectRow(y)
	case events:
		if m.events.SelectRow(y) && m.frozen() {
			m.toEvent()
		}
	case scores, why:
	default:
		d, list := m.dials(s), m.list()
		i, ok := list.At(y)
		if !ok || i >= len(d) {
			return nil
		}
		list.Select(i)
		if m.replay == nil && list.OnSlider(x) {
			m.drag = &drag{at: s, owner: d[i].Owner, name: d[i].Name, x: r.x}
			return m.pull(r.x + x)
		}
	}
	return nil
}

// pull sets the slider that is held to the column x of the screen.
func (m *Model) pull(x int) tea.Cmd {
	d, list := m.drag, m.listOf(m.drag.at)
	for _, dial := range m.dials(d.at) {
		if dial.Owner != d.owner || dial.Name != d.name {
			continue
		}
		to := list.ValueAt(dial, x-d.x)
		if to == "" || to == dial.Spec() {
			return nil
		}
		if err := m.set(d.owner, dial.Knob, to); err != nil {
			return screen.Complain(err) // it may be dragged on to what is allowed
		}
		if d.noted {
			m.undo = m.undo[:len(m.undo)-1]
		}
		d.noted = true
	}
	return nil
}

// roll turns the knob under the mouse, or scrolls.
func (m *Model) roll(s spot, y, by int) tea.Cmd {
	switch s {
	case instances:
		m.instances.Move(-by)
	case events, scores, why:
		m.scroll(s, -by)
	case load, policy:
		d := m.dials(s)
		if i, ok := m.listOf(s).At(y); ok && i < len(d) && m.replay == nil {
			m.listOf(s).Select(i)
			return m.turned(d[i].Owner, d[i].Knob, d[i].Turned(by))
		}
	case usage, trends:
		if m.frozen() {
			m.moveCursor(-by)
		}
	}
	return nil
}
