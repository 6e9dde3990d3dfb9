// Package screentest is what the tests of screens share: golden files, looks,
// and keys by their names. Only tests import it.
package screentest

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab/golden"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// Golden holds what was drawn to the golden file of that name in testdata.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	golden.Check(t, name+".golden", got)
}

// Plain is without colours.
var Plain = theme.Options{Profile: theme.None, Dark: true}

// Look is a way in which a screen is drawn.
type Look struct {
	Name    string
	Options theme.Options
}

// Looks are those in which every screen is looked at, the usual one first.
var Looks = []Look{
	{"16", theme.Options{Profile: theme.ANSI16, Dark: true}},
	{"none", Plain},
	{"light", theme.Options{Profile: theme.ANSI16}},
	{"ascii", theme.Options{Profile: theme.None, Dark: true, ASCII: true}},
}

// Sizes are the terminals in which every screen is looked at: columns, rows.
var Sizes = [][2]int{{80, 24}, {100, 30}, {120, 36}, {200, 50}}

// Key is the message of a key by its name, as the terminal library gives it.
func Key(name string) tea.KeyMsg {
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(name)}
	}
	for t := tea.KeyType(-200); t < 200; t++ {
		if k := (tea.KeyMsg{Type: t}); t != tea.KeyRunes && k.String() == name {
			return k
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// OneMeaning holds a screen to one binding that works for each key; taken are
// the keys that are the frame's.
func OneMeaning(t *testing.T, of string, all screen.Bindings, taken ...string) {
	t.Helper()
	seen := map[string]string{}
	for _, k := range taken {
		seen[k] = "the frame's"
	}
	for i := range all {
		b := &all[i]
		if !b.Works() {
			continue
		}
		for _, k := range b.Keys {
			if other, ok := seen[k]; ok {
				t.Errorf("%s: %q is %q and %q", of, k, other, b.Long)
			}
			seen[k] = b.Long
		}
	}
}
