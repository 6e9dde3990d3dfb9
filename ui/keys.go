package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/ui/screen"
)

// titles are the screens in the order of their digits.
var titles = []struct{ name, title string }{
	{atWorkbench, "Workbench"},
	{atHistory, "History"},
	{atCompare, "Compare"},
}

// table is what the frame's own keys do, on every screen.
func (m *model) table() screen.Bindings {
	const group = "Everywhere"
	digits := strings.Split("123456789", "")
	screens := screen.Binding{Group: group, Keys: digits[:len(titles)], Shown: "1-" + digits[len(titles)-1], Short: screen.Say("screens"), Rank: 7,
		Do: func(key string) tea.Cmd { return m.goTo(titles[key[0]-'1'].name) }}
	for _, s := range titles {
		screens.Each = append(screens.Each, s.title)
	}
	screens.Long = strings.Join(screens.Each, ", ")
	return screen.Bindings{screens,
		{Keys: append([]string{"0"}, digits[len(titles):]...), Do: m.noScreen},
		{Group: group, Keys: []string{"esc"}, Shown: "esc", Short: screen.Say("back"), Rank: 5, Long: "back to where this was opened from", When: m.canGoBack,
			Do: func(string) tea.Cmd { return m.goBack() }},
		{Group: group, Keys: []string{":"}, Shown: ":", Short: screen.Say("all"), Rank: 2, Long: "every action, by its name", Do: func(string) tea.Cmd {
			m.palette = newPalette()
			return nil
		}},
		{Group: group, Keys: []string{"?"}, Shown: "?", Short: screen.Say("help"), Rank: 1, Long: "what works now", Do: func(string) tea.Cmd {
			m.help, m.scroll = true, 0
			return nil
		}},
		{Group: group, Keys: []string{"M"}, Shown: "M", Long: "the mouse: for the lab, or to select text", Do: func(string) tea.Cmd { return m.switchMouse() }},
		{Group: group, Keys: []string{"q"}, Shown: "q", Short: screen.Say("quit"), Rank: 6, Long: "end and keep the run, leave", Do: m.quit},
		{Group: group, Keys: []string{"ctrl+c"}, Shown: "ctrl+c", Long: "the same; twice: at once", Do: m.quit},
		{Group: group, Keys: []string{"ctrl+z"}, Shown: "ctrl+z", Long: "suspend the lab, while no run is under way", Do: func(string) tea.Cmd { return m.suspend() }},
	}
}

func (m *model) noScreen(key string) tea.Cmd {
	text := "there is no screen " + key + ":"
	for i, s := range titles {
		text += " " + string(rune('1'+i)) + " " + s.title
	}
	return screen.Tell(text)
}

// canGoBack tells whether esc is the frame's: the screen has first say.
func (m *model) canGoBack() bool { return len(m.back) > 0 && m.screen.Bindings().Find("esc") == nil }

// switchMouse gives the mouse to the terminal, so that text can be selected, or
// takes it again.
func (m *model) switchMouse() tea.Cmd {
	m.kept.NoMouse = !m.kept.NoMouse
	if m.kept.NoMouse {
		return tea.Batch(tea.DisableMouse, screen.Tell("the mouse selects text now; M takes it back"))
	}
	return tea.Batch(tea.EnableMouseCellMotion, screen.Tell("the mouse works on the lab; M lets it select text"))
}

// suspend gives the terminal back to the shell until the program is resumed.
// Under a run it would leave a hole in what is measured.
func (m *model) suspend() tea.Cmd {
	switch {
	case m.cfg.Session.Snapshot().Phase == engine.Running:
		return screen.Tell("not while a run is under way: it could not be measured; s ends it")
	case !canSuspend():
		return screen.Tell("there is no shell to come back from: q leaves")
	}
	return tea.Suspend
}
