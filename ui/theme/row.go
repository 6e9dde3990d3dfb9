package theme

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

var blanks = strings.Repeat(" ", 256)

// Blank returns w spaces.
func Blank(w int) string {
	if w <= 0 {
		return ""
	}
	if w <= len(blanks) {
		return blanks[:w]
	}
	return strings.Repeat(" ", w)
}

// Width returns the cells that a row takes: ansi.StringWidth, with a short way
// for what the screen is mostly made of. A control character takes one, for
// Fit makes it a space.
func Width(s string) int {
	w, ok := quickWidth(s)
	if ok {
		return w
	}
	return ansi.StringWidth(tame(s))
}

// quickWidth measures rows of SGR sequences, printable ASCII, and signs of one
// cell that no neighbour can change; for any other it gives up.
func quickWidth(s string) (w int, ok bool) {
	for i := 0; i < len(s); {
		b := s[i]
		switch {
		case b >= 0x20 && b < 0x7f:
			w++
			i++
		case b == 0x1b:
			n := sgrLen(s[i:])
			if n == 0 {
				return 0, false
			}
			i += n
		case b >= 0x80:
			r, n := utf8.DecodeRuneInString(s[i:])
			if !narrow(r) {
				return 0, false
			}
			w++
			i += n
		default:
			return 0, false
		}
	}
	return w, true
}

// narrow tells whether a rune is surely one cell wide and starts a cluster of
// its own: Latin letters and signs, dashes, arrows, mathematics, boxes, blocks,
// braille. What may be shown as an emoji is measured by the library.
func narrow(r rune) bool {
	switch {
	case r >= 0xa1 && r < 0x300 && r != 0xad && r != 0xa9 && r != 0xae:
		return true
	case r >= 0x2010 && r <= 0x2027, r >= 0x2190 && r <= 0x2193, r >= 0x2200 && r <= 0x22ff:
		return true
	case r >= 0x2500 && r <= 0x25b5, r == 0x25b8, r == 0x25bc, r == 0x25cb, r == 0x25cf, r == 0x25c6:
		return true
	case r >= 0x2800 && r <= 0x28ff, r == 0x2605, r == 0x2715:
		return true
	}
	return false
}

// tame makes spaces of line ends, tabs, other control and format characters, and
// of escapes that are no style.
func tame(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if n := sgrLen(s[i:]); n > 0 {
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			r = ' '
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// sgrLen returns the length of the style sequence that s begins with, or 0.
func sgrLen(s string) int {
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch b := s[i]; {
		case b == 'm':
			return i + 1
		case (b < '0' || b > '9') && b != ';' && b != ':':
			return 0
		}
	}
	return 0
}

// Fit makes a text exactly w cells wide: padded with spaces, or cut. Styles are
// kept and end inside it; control characters become spaces.
func Fit(s string, w int) string { return fit(s, w, "") }

// Clip is Fit with an ellipsis where something was cut.
func (t *Theme) Clip(s string, w int) string { return fit(s, w, t.Ellipsis) }

func fit(s string, w int, tail string) string {
	if w <= 0 {
		return ""
	}
	n, ok := quickWidth(s)
	if !ok {
		s = tame(s)
		n = ansi.StringWidth(s)
	}
	if n > w {
		if n == len(s) { // plain ASCII
			if w == 1 || tail == "" {
				return s[:w]
			}
			return s[:w-1] + tail
		}
		s = ansi.Truncate(s, w, tail)
		n = ansi.StringWidth(s)
	}
	if n < w {
		s += Blank(w - n)
	}
	if !ok && ansi.StringWidth(s+"x") != w+1 { // a letter that joins the next one
		return fit(alone(s), w, tail)
	}
	return s
}

// alone replaces every rune that might join its neighbour.
func alone(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x7f || narrow(r) {
			return r
		}
		return '?'
	}, s)
}

// Row puts one text at the left and one at the right of exactly w cells. The
// right one is kept; the left one is cut.
func (t *Theme) Row(left, right string, w int) string {
	r := Width(right)
	right = Fit(right, r)
	if right == "" || r >= w {
		return t.Clip(left, w)
	}
	return t.Clip(left, w-r) + right
}

// Box draws a pane of w × h cells around rows: a light border, or a heavy one
// when it has the focus, with the title at the left of its upper edge and a
// text at the right. Rows are made to fit; what is missing is blank. A pane too
// small for a border is its rows alone.
func (t *Theme) Box(title, right string, rows []string, w, h int, focused bool) []string {
	if w < 1 || h < 1 {
		return nil
	}
	out := make([]string, h)
	if w < 2 || h < 2 {
		for i := range out {
			out[i] = Fit(rowAt(rows, i), w)
		}
		return out
	}
	f, ink := t.Light, t.Border
	if focused {
		f, ink = t.Heavy, t.BorderFocused
	}
	out[0] = t.edge(f, ink, title, right, w)
	side := ink.Paint(f.V)
	for i := range h - 2 {
		out[i+1] = side + Fit(rowAt(rows, i), w-2) + side
	}
	out[h-1] = ink.Paint(f.BottomLeft + strings.Repeat(f.H, w-2) + f.BottomRight)
	return out
}

// edge is the upper border: ╭─ title ───── right ─╮. The title is cut before
// it is left out; the text at the right goes first.
func (t *Theme) edge(f Frame, ink Style, title, right string, w int) string {
	room := w - 2
	nt, nr := Width(title), Width(right)
	right = Fit(right, nr)
	if title != "" {
		nt = min(nt, room-4) // "─ title ─"
		if nt < 1 {
			title, nt = "", 0
		}
	}
	if right != "" && nt+4+nr+4 > room {
		right = ""
	}
	var b strings.Builder
	b.WriteString(string(ink))
	b.WriteString(f.TopLeft)
	if title != "" {
		b.WriteString(f.H)
		if ink != "" {
			b.WriteString(Reset)
		}
		b.WriteString(" " + t.Title.Paint(t.Clip(title, nt)) + " ")
		b.WriteString(string(ink))
		room -= nt + 3
	}
	if right != "" {
		b.WriteString(strings.Repeat(f.H, room-nr-3))
		if ink != "" {
			b.WriteString(Reset)
		}
		b.WriteString(" " + right + " ")
		b.WriteString(string(ink))
		room = 1
	}
	b.WriteString(strings.Repeat(f.H, room))
	b.WriteString(f.TopRight)
	if ink != "" {
		b.WriteString(Reset)
	}
	return b.String()
}

func rowAt(rows []string, i int) string {
	if i < len(rows) {
		return rows[i]
	}
	return ""
}

// HJoin puts blocks side by side. The rows of a block are equally wide; one
// with fewer rows than the tallest is filled up with blanks.
func HJoin(blocks ...[]string) []string {
	h := 0
	for _, b := range blocks {
		h = max(h, len(b))
	}
	out := make([]string, h)
	var line strings.Builder
	for i := range out {
		line.Reset()
		for _, b := range blocks {
			if i < len(b) {
				line.WriteString(b[i])
			} else if len(b) > 0 {
				line.WriteString(Blank(Width(b[0])))
			}
		}
		out[i] = line.String()
	}
	return out
}
