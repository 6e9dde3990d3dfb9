package screen

import (
	"strings"
	"unicode/utf8"

	"autoscale-lab/ui/theme"
)

// Chooser is a choice of one among a few, made on the status line: by a letter,
// or by ←→ and enter.
type Chooser struct {
	title string
	items []string
	at    int
}

// NewChooser asks for one of items, whose first letters differ.
func NewChooser(title string, items []string) *Chooser { return &Chooser{title: title, items: items} }

// Type takes a key. done tells that the choice is over, and item what was
// chosen: -1, nothing.
func (c *Chooser) Type(key string) (item int, done bool) {
	switch key {
	case "esc":
		return -1, true
	case "enter":
		return c.at, true
	case "left", "shift+tab", "up":
		c.at = (c.at + len(c.items) - 1) % len(c.items)
	case "right", "tab", "down":
		c.at = (c.at + 1) % len(c.items)
	default:
		for i, name := range c.items {
			if strings.EqualFold(key, letter(name)) {
				return i, true
			}
		}
	}
	return -1, false
}

func letter(name string) string {
	_, n := utf8.DecodeRuneInString(name)
	return name[:n]
}

// Draw draws it on w cells.
func (c *Chooser) Draw(th *theme.Theme, w int) string {
	line := " " + th.Bold.Paint(th.Spell(c.title))
	for i, name := range c.items {
		if name = th.Spell(name); i == c.at {
			line += " " + th.Selected.Paint(th.Select+name+" ")
			continue
		}
		first := letter(name)
		line += "  " + th.Key.Paint(first) + name[len(first):] + " "
	}
	hint := th.Spell("a letter, or ←→ ⏎ ")
	if theme.Width(line)+2+theme.Width(hint) > w {
		hint = ""
	}
	return th.Row(line, th.Dim.Paint(hint), w)
}
