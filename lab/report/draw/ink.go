package draw

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot/vg"
)

// ink is what something is drawn with. Those of series are Okabe and Ito's,
// which can be told apart whatever colours one sees, a little darker where they
// stand on white.
type ink int

const (
	paper ink = iota
	text      // headings, and what is read first
	faint     // axes and their numbers
	grid
	mark // of events
	limit
	first // of the series; then second, third, fourth
	second
	third
	fourth
	nInks
)

// palette is what inks look like; no two are the same.
type palette [nInks]color.RGBA

var light = palette{
	paper: rgb(0xffffff), text: rgb(0x1f2328), faint: rgb(0x59636e), grid: rgb(0xe4e7eb), mark: rgb(0x8c959f), limit: rgb(0x9a6700),
	first: rgb(0x0072b2), second: rgb(0xd55e00), third: rgb(0x00835f), fourth: rgb(0xa5508a),
}

var dark = palette{
	paper: rgb(0x14171b), text: rgb(0xe8eaed), faint: rgb(0x9aa4af), grid: rgb(0x2b3138), mark: rgb(0x6f7a86), limit: rgb(0xd9a400),
	first: rgb(0x56b4e9), second: rgb(0xff9a4d), third: rgb(0x2fc79a), fourth: rgb(0xe08fc4),
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// names of the inks in a page's CSS: --chart-text and so on.
var names = [nInks]string{"paper", "text", "faint", "grid", "mark", "limit", "a", "b", "c", "d"}

// CSS is the inks as custom properties, of a light or of a dark page.
func CSS(isDark bool) string {
	p, out := &light, ""
	if isDark {
		p = &dark
	}
	for i, c := range p {
		out += fmt.Sprintf("--chart-%s:%s;", names[i], hex(c))
	}
	return out
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// dashes tell lines apart where there is no colour.
var (
	solid   []vg.Length
	dashed  = []vg.Length{vg.Points(5), vg.Points(2.5)}
	dotted  = []vg.Length{vg.Points(1.2), vg.Points(2.2)}
	dashDot = []vg.Length{vg.Points(7), vg.Points(2.5), vg.Points(1.2), vg.Points(2.5)}
)
