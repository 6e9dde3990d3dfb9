package ui

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func runes(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

func alt(r rune) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: true} }

func TestWhatTheTerminalSaysIsNoKey(t *testing.T) {
	bell, left := tea.KeyMsg{Type: tea.KeyCtrlG}, tea.KeyMsg{Type: tea.KeyLeft}
	for _, c := range []struct {
		name string
		in   []tea.KeyMsg
		want string
	}{
		{"keys are keys", []tea.KeyMsg{runes("1"), runes("<;M"), left}, "1 <;M left"},
		{"a mouse event in two pieces", []tea.KeyMsg{runes("a"), alt('['), runes("<0;35;12M"), runes("b")}, "a b"},
		{"in three", []tea.KeyMsg{alt('['), runes("<0;3"), runes("5;12m"), runes("3")}, "3"},
		{"with keys behind it", []tea.KeyMsg{alt('['), runes("<0;35;12Mx2")}, "x2"},
		{"broken off by a key", []tea.KeyMsg{alt('['), runes("<0;35"), left, runes("7M")}, "left 7M"},
		{"a late colour, ended by a string terminator", []tea.KeyMsg{alt(']'), runes("11;rgb:1e1e/1e1e/1e1e"), alt('\\'), runes("r")}, "r"},
		{"a late colour, ended by a bell", []tea.KeyMsg{alt(']'), runes("11;rgb:ffff/"), runes("ffff/ffff"), bell, runes("r")}, "r"},
		{"a bell by itself", []tea.KeyMsg{bell}, "ctrl+g"},
		{"too long to be an answer", []tea.KeyMsg{alt(']'), runes("0123456789abcdef"), runes("0123456789abcdef"), runes("bad"), runes("b")}, "bad b"},
		{"what is pasted is not looked at", []tea.KeyMsg{alt('['), {Type: tea.KeyRunes, Runes: []rune("<1"), Paste: true}}, "[<1]"},
	} {
		var s sift
		got := ""
		for _, k := range c.in {
			if k, ok := s.pass(k); ok {
				if got != "" {
					got += " "
				}
				got += k.String()
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Alt+] of the user's own begins nothing: the keys after it are his again soon.
func TestASequenceThatDoesNotGoOnIsForgotten(t *testing.T) {
	m, f, timers := window(t, Config{})
	m.Update(alt(']'))
	m.Update(runes("a"))
	if len(f.sent) != 0 {
		t.Fatal("what follows at once was taken for a key")
	}
	m.Update((*timers)[0]) // of a piece that has a later one
	m.Update(runes("a"))
	if len(f.sent) != 0 {
		t.Fatal("the time of an earlier piece has ended it")
	}
	m.Update((*timers)[len(*timers)-1])
	m.Update(runes("a"))
	if len(f.sent) != 1 {
		t.Errorf("sent %v", f.sent)
	}
}
