package theme

import "github.com/charmbracelet/lipgloss"

// The terminal library asks for the background while the program is being
// loaded, for every verb, and waits five seconds for a terminal that does not
// answer. Told here, before it loads (packages load in the order of their paths),
// it does not ask; the window does, within bounds.
func init() { lipgloss.SetHasDarkBackground(true) }
