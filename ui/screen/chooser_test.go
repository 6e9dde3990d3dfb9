package screen

import (
	"strings"
	"testing"

	"autoscale-lab/ui/theme"
)

func TestAChoiceIsMadeByLetterOrByArrows(t *testing.T) {
	for _, c := range []struct {
		keys string
		item int
		done bool
	}{
		{"j", 1, true},
		{"J", 1, true},
		{"enter", 0, true},
		{"right right enter", 2, true},
		{"left enter", 2, true},
		{"right right right enter", 0, true},
		{"x", -1, false},
		{"esc", -1, true},
		{"right", -1, false},
	} {
		ch := NewChooser("export run 4 as", []string{"CSV", "JSON", "Markdown"})
		item, done := -1, false
		for _, k := range strings.Fields(c.keys) {
			item, done = ch.Type(k)
		}
		if item != c.item || done != c.done {
			t.Errorf("%s: %d, %t", c.keys, item, done)
		}
	}
}

func TestAChoiceFitsItsRow(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.None, Dark: true})
	ch := NewChooser("export run 4 as", []string{"CSV", "JSON"})
	ch.Type("right")
	if got := ch.Draw(th, 60); got != " export run 4 as  CSV  ▸JSON              a letter, or ←→ ⏎ " {
		t.Errorf("%q", got)
	}
	for w := range 100 {
		if got := ch.Draw(th, w); theme.Width(got) != w {
			t.Errorf("%d cells: %q", w, got)
		}
	}
}
