package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// sift keeps out what the terminal, and not the user, has said, where the
// library takes it for keys: a sequence that came in two pieces (of the mouse,
// mostly), and an answer that came late.
//
//	alt+[  <0;35;12M        a mouse event whose first piece ended within it
//	alt+]  11;rgb:1e/1e/1e  alt+\
type sift struct{ in rune } // the sequence's kind while inside one: [ or ], else 0

// pass gives back what remains of a key, and whether anything does.
func (s *sift) pass(msg tea.KeyMsg) (tea.KeyMsg, bool) {
	if msg.Paste {
		return msg, true
	}
	key := msg.String()
	switch {
	case key == "alt+[" || key == "alt+]":
		s.in = msg.Runes[0]
		return msg, false
	case s.in == 0:
		return msg, true
	case s.in == ']' && (key == `alt+\` || key == "ctrl+g"):
		s.in = 0
		return msg, false
	case msg.Type != tea.KeyRunes || msg.Alt:
		s.in = 0
		return msg, true
	}
	inside, ends := "<0123456789;", "MmRu~"
	if s.in == ']' {
		inside, ends = "0123456789;:/abcdefABCDEFrgb", ""
	}
	for i, r := range msg.Runes {
		if strings.ContainsRune(inside, r) {
			continue
		}
		s.in = 0
		if strings.ContainsRune(ends, r) {
			i++
		}
		msg.Runes = msg.Runes[i:]
		return msg, len(msg.Runes) > 0
	}
	return msg, false
}
