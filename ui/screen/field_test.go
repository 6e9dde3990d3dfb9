package screen

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/theme"
)

func TestAFieldShowsWhereOneTypes(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.None, Dark: true})
	left, end := tea.KeyMsg{Type: tea.KeyLeft}, tea.KeyMsg{Type: tea.KeyEnd}
	for _, c := range []struct {
		name, text string
		keys       []tea.KeyMsg
		w          int
		want       string
	}{
		{"short", "ab", nil, 9, "ab_ "},
		{"with the cursor inside", "abc", []tea.KeyMsg{left, left}, 9, "a_bc "},
		{"too long, its end", "abcdefghij", nil, 6, "ghij_ "},
		{"too long, its middle", "abcdefghij", []tea.KeyMsg{left, left, left}, 6, "defg_h"},
		{"too long, its beginning", "abcdefghij", []tea.KeyMsg{{Type: tea.KeyHome}}, 6, "_abcde"},
		{"of wide letters", "日本語", nil, 6, "本語_ "},
		{"in no room", "abc", nil, 0, "_ "},
		{"edited", "ab", []tea.KeyMsg{left, {Type: tea.KeyBackspace}, {Type: tea.KeyRunes, Runes: []rune("xy")}, end}, 9, "xyb_ "},
		{"no longer than it may be", "abcdefghijkl", []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("m")}}, 20, "abcdefghijkl_ "},
	} {
		f := NewField(c.text, 12)
		for _, k := range c.keys {
			f.Type(k)
		}
		if got := f.Draw(th, c.w); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
