package chart

import (
	"unicode/utf8"

	"autoscale-lab/ui/theme"
)

// frame is cells to be written as rows: a rune and an ink each.
type frame struct {
	w, h  int
	cells []cell
	inks  []theme.Style // a cell's ink is an index into it; 0 is none
	buf   []byte
	ends  []int
}

type cell struct {
	r    rune
	ink  uint8
	band bool // only a band's dots, which a line wipes out
}

func (f *frame) reset(w, h int) {
	f.w, f.h = w, h
	if cap(f.cells) < w*h {
		f.cells = make([]cell, w*h)
	}
	f.cells = f.cells[:w*h]
	for i := range f.cells {
		f.cells[i] = cell{r: ' '}
	}
	f.inks = append(f.inks[:0], "")
}

// ink returns the index of a style.
func (f *frame) ink(s theme.Style) uint8 {
	for i, have := range f.inks {
		if have == s {
			return uint8(i)
		}
	}
	if len(f.inks) > 255 {
		return 0
	}
	f.inks = append(f.inks, s)
	return uint8(len(f.inks) - 1)
}

func (f *frame) set(x, y int, r rune, ink uint8) {
	if x >= 0 && x < f.w && y >= 0 && y < f.h {
		f.cells[y*f.w+x] = cell{r: r, ink: ink}
	}
}

func (f *frame) at(x, y int) cell {
	if x < 0 || x >= f.w || y < 0 || y >= f.h {
		return cell{}
	}
	return f.cells[y*f.w+x]
}

// text writes s from x on; a rune that is not one cell wide becomes '?'.
func (f *frame) text(x, y int, s string, ink uint8) {
	for _, r := range s {
		if r < 0x20 || r > 0x7e && theme.Width(string(r)) != 1 {
			r = '?'
		}
		f.set(x, y, r, ink)
		x++
	}
}

// rows writes the cells; the ink is emitted only where it changes, and every
// row ends without one.
func (f *frame) rows() []string {
	b, ends := f.buf[:0], f.ends[:0]
	for y := range f.h {
		var now uint8
		for _, c := range f.cells[y*f.w : (y+1)*f.w] {
			if c.ink != now && (c.r != ' ' || f.inks[c.ink] == "") {
				if f.inks[now] != "" {
					b = append(b, theme.Reset...)
				}
				b = append(b, f.inks[c.ink]...)
				now = c.ink
			}
			b = utf8.AppendRune(b, c.r)
		}
		if f.inks[now] != "" {
			b = append(b, theme.Reset...)
		}
		ends = append(ends, len(b))
	}
	f.buf, f.ends = b, ends
	all, from := string(b), 0
	out := make([]string, f.h)
	for i, to := range ends {
		out[i] = all[from:to]
		from = to
	}
	return out
}

// runeOf returns the one rune of a glyph.
func runeOf(glyph string) rune {
	r, _ := utf8.DecodeRuneInString(glyph)
	return r
}
