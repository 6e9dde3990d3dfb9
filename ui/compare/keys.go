package compare

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab/report"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// table is what the keys do, in the order of footer and help.
func (m *Model) table() screen.Bindings {
	return screen.Bindings{
		{Group: "Read", Keys: []string{"left", "right", "h", "l"}, Shown: "←→", Short: screen.Say("cursor"), Rank: 3, Each: []string{"cursor back", "cursor on"},
			Long: "move the cursor that reads all runs (h l)", When: m.full, Do: screen.Shift("right l", func(by int) { m.charts.move(by) })},
		{Group: "Read", Keys: []string{"shift+left", "shift+right", "H", "L"}, Shown: "⇧←→", Short: screen.Say("×10"), Rank: 12, Each: []string{"cursor ten cells back", "cursor ten cells on"},
			Long: "by ten cells (H L)", When: m.full, Do: screen.Shift("shift+right L", func(by int) { m.charts.move(10 * by) })},
		{Group: "Read", Keys: []string{"home", "end"}, Shown: "home end", Each: []string{"cursor to the beginning", "cursor to the end"},
			Long: "to the beginning and the end", When: m.full, Do: screen.Shift("end", func(by int) { m.charts.move(by * 1 << 16) })},
		{Group: "Read", Keys: []string{"up", "down", "k", "j"}, Shown: "↑↓", Short: screen.Say("figure"), Rank: 8, Each: []string{"figure above", "figure below"},
			Long: "another figure: what it is, and how it is judged (k j)", When: m.full, Do: screen.Shift("down j", m.pick)},
		{Group: "Read", Keys: []string{"pgup", "pgdown"}, Shown: "pgup pgdn", Each: []string{"figures a page up", "figures a page down"},
			Long: "by pages", When: m.full, Do: screen.Shift("pgdown", func(by int) { m.pick(by * m.seen) })},
		{Group: "Read", Keys: []string{"g", "G"}, Shown: "g G", Each: []string{"first figure", "last figure"},
			Long: "first and last figure", When: m.full, Do: screen.Shift("G", func(by int) { m.pick(by * 1 << 16) })},

		{Group: "Runs", Keys: []string{"R"}, Shown: "R", Short: screen.Say("swap"), Rank: 5, Long: "swap A and B", When: m.full, Do: screen.Alone(m.swap)},
		{Group: "Runs", Keys: []string{"a"}, Shown: "a", Short: screen.Say("add"), Rank: 9, Long: "add a run by its number, or repeats of one", Do: screen.Alone(m.add)},
		{Group: "Runs", Keys: []string{"t"}, Shown: "t", Rank: 7, Short: func() string { return "time from " + (1 - m.align).String() },
			Long: "time from the start, or from the first load", When: m.full, Do: screen.Alone(m.realign)},
		{Group: "Runs", Keys: []string{"e"}, Shown: "e", Short: screen.Say("export"), Rank: 6, Long: "export this comparison as a file", When: m.full, Do: screen.Alone(m.export)},

		{Group: "Screen", Keys: []string{"tab", "shift+tab"}, Shown: "tab", Short: screen.Say("pane"), Rank: 4, Each: []string{"next pane", "previous pane"},
			Long: "charts or figures", When: m.full, Do: screen.Does(func() { m.focus = figures - m.focus })},
		{Group: "Screen", Keys: []string{"z"}, Shown: "z", Rank: 10, Short: func() string {
			if m.zoomed {
				return "unzoom"
			}
			return "zoom"
		}, Long: "this pane alone, and back", When: m.full, Do: screen.Does(func() { m.zoomed = !m.zoomed })},
		{Group: "Screen", Keys: []string{"esc"}, Shown: "esc", Long: "back from the zoom", When: func() bool { return m.zoomed }, Do: screen.Does(func() { m.zoomed = false })},
	}
}

// Mouse takes what the mouse does, in cells of Rows: a click focuses and puts
// the cursor there, the wheel scrolls the figures or moves the cursor.
func (m *Model) Mouse(msg tea.MouseMsg) tea.Cmd {
	if msg.Action == tea.MouseActionRelease || m.Typing() || !m.full() {
		return nil
	}
	by := map[tea.MouseButton]int{tea.MouseButtonWheelUp: -1, tea.MouseButtonWheelDown: 1}[msg.Button]
	switch {
	case m.areas[figures].holds(msg.X, msg.Y):
		if m.pick(by); by == 0 && msg.Button == tea.MouseButtonLeft {
			m.focus = figures
			if i := msg.Y - m.areas[figures].y - 2; i >= 0 && i < len(m.lines) && m.lines[i] >= 0 {
				m.metric = m.lines[i]
			}
		}
	case !m.areas[courses].holds(msg.X, msg.Y):
	case by != 0:
		m.charts.move(by)
	case msg.Button == tea.MouseButtonLeft:
		m.focus = courses
		m.charts.at(msg.X - m.areas[courses].x - 1)
	}
	return nil
}

// pick selects the figure so many further on.
func (m *Model) pick(by int) { m.metric = max(0, min(m.metric+by, len(m.cmp.Metrics)-1)) }

// input is a side being typed.
type input struct {
	field *screen.Field
	bad   string
}

// add asks for a run, or repeats of one.
func (m *Model) add() tea.Cmd {
	if len(m.groups) == Most {
		return screen.Tell("four are compared: no more fit side by side")
	}
	m.input = &input{field: screen.NewField("", 40)}
	return nil
}

// Typing tells whether keys are text just now.
func (m *Model) Typing() bool { return m.input != nil || m.choice != nil }

// Type takes a key while Typing: enter adds the run, esc gives up.
func (m *Model) Type(msg tea.KeyMsg) tea.Cmd {
	if m.choice != nil {
		return m.choosing(msg.String())
	}
	in := m.input
	switch msg.String() {
	case "esc":
		m.input = nil
	case "enter":
		sides, err := report.ParseSides("add", []string{strings.TrimSpace(in.field.Text())})
		if err != nil {
			in.bad = "want the number of a run, or repeats as 41-45: 2 lists them"
			return nil
		}
		m.input = nil
		return m.Show(append(m.sides(), sides...))
	default:
		in.bad = ""
		in.field.Type(msg)
	}
	return nil
}

// choosing takes a key while the format of an export is chosen.
func (m *Model) choosing(key string) tea.Cmd {
	item, done := m.choice.Type(key)
	if !done {
		return nil
	}
	if m.choice = nil; item < 0 {
		return nil
	}
	msg := screen.ExportRuns{Sides: m.sides(), Format: m.cfg.Formats[item], FromStart: m.align == offered.AtStart}
	return func() tea.Msg { return msg }
}

func (in *input) status(th *theme.Theme, w int) string {
	if in.bad != "" {
		return th.Clip(th.Bad.Paint(th.Spell(" ! "+in.bad)), w)
	}
	const name, hint = "add run", "  its number, or repeats: 41-45"
	line := " " + th.Bold.Paint(name) + " " + in.field.Draw(th, max(w-len(name)-2, 1))
	if theme.Width(line)+len(hint) <= w {
		line += th.Dim.Paint(hint)
	}
	return th.Clip(line, w)
}
