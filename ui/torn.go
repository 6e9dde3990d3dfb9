package ui

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// sift keeps out what the terminal, and not the user, has said, where the
// library takes it for keys: a sequence that came in two pieces (of the mouse,
// mostly), and an answer that came late.
//
//	alt+[  <0;35;12M        a mouse event whose first piece ended within it
//	alt+]  11;rgb:1e/1e/1e  alt+\
//
// What begins like one and goes on too long, or not at all, is the user's: it
// ends after so many letters, and when forget is told of a time without more.
type sift struct {
	in   rune // the sequence's kind while inside one: [ or ], else 0
	left int  // letters that it may still have
	turn int  // grows with every piece
}

const (
	tornLength = 32 // no answer, and no mouse event, is as long
	tornTime   = 50 * time.Millisecond
)

// forget leaves the sequence, unless a piece has come since that turn.
func (s *sift) forget(turn int) {
	if s.turn == turn {
		s.in = 0
	}
}

// pass gives back what remains of a key, and whether anything does.
func (s *sift) pass(msg tea.KeyMsg) (tea.KeyMsg, bool) {
	if msg.Paste {
		return msg, true
	}
	s.turn++
	key := msg.String()
	switch {
	case key == "alt+[" || key == "alt+]":
		s.in, s.left = msg.Runes[0], tornLength
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
		if s.left--; s.left >= 0 && strings.ContainsRune(inside, r) {
			continue
		}
		s.in = 0
		if s.left >= 0 && strings.ContainsRune(ends, r) {
			i++
		}
		msg.Runes = msg.Runes[i:]
		return msg, len(msg.Runes) > 0
	}
	return msg, false
}
