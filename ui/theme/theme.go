// Package theme is how the screen looks: inks by role, glyphs, and rows of an
// exact number of cells.
//
//	Detect(environment, --theme) ─▶ Options ─▶ New ─▶ *Theme ─▶ panes, charts
//
// Every Style is a finished escape sequence, chosen once, so that drawing is
// concatenation. Nothing here talks to a terminal. Colour is never the only
// way something is said: each ink comes with a glyph, a word or a place.
//
// It imports nothing of ours.
package theme

import (
	"image/color"

	"github.com/charmbracelet/x/ansi"
)

// Reset ends every style.
const Reset = "\x1b[m"

// Style is an escape sequence that turns an ink on; the empty Style is the
// terminal's own. Two Styles put together are a Style.
type Style string

// Paint returns text in the style, followed by Reset.
func (s Style) Paint(text string) string {
	if s == "" || text == "" {
		return text
	}
	return string(s) + text + Reset
}

// Options say what the terminal can show and what the user asked for.
type Options struct {
	Profile Profile
	Dark    bool // the background is dark
	ASCII   bool // no glyph outside ASCII
}

// Theme is the inks by role, and the glyphs. It is immutable.
type Theme struct {
	Options
	Glyphs

	Text, Dim, Bold, Title  Style
	Accent, Key             Style // what is focused or moved; keys in hints
	Good, Warn, Bad         Style
	Border, BorderFocused   Style
	Cursor, Selected        Style // reversed
	Threshold, Axis, Marker Style
	Series                  [6]Style
}

// ink is one role in every profile: a basic colour (0 to 15, or none) and an
// RGB colour, for dark and for light backgrounds, and the decorations that
// remain where there is no colour.
type ink struct {
	dark, light       int
	darkRGB, lightRGB uint32
	bold, faint, rev  bool
}

const none = -1

// The RGB series are Okabe and Ito's, told apart by colour-blind eyes too
// (https://jfly.uni-koeln.de/color/), darkened for light backgrounds.
var (
	inkText   = ink{dark: none, light: none}
	inkDim    = ink{dark: none, light: none, faint: true}
	inkBold   = ink{dark: none, light: none, bold: true}
	inkAccent = ink{dark: 6, light: 4, darkRGB: 0x56B4E9, lightRGB: 0x005A9C}
	inkFocus  = ink{dark: 6, light: 4, darkRGB: 0x56B4E9, lightRGB: 0x005A9C, bold: true}
	inkGood   = ink{dark: 2, light: 2, darkRGB: 0x2FBF71, lightRGB: 0x1A7F37}
	inkWarn   = ink{dark: 3, light: 3, darkRGB: 0xE6B000, lightRGB: 0x8A5A00}
	inkBad    = ink{dark: 1, light: 1, darkRGB: 0xF25C54, lightRGB: 0xB3261E, bold: true}
	inkRev    = ink{dark: none, light: none, rev: true}
	inkSeries = [6]ink{
		{dark: 6, light: 4, darkRGB: 0x56B4E9, lightRGB: 0x005A9C},
		{dark: 3, light: 5, darkRGB: 0xE69F00, lightRGB: 0x9C4B82},
		{dark: 5, light: 2, darkRGB: 0xCC79A7, lightRGB: 0x00785A},
		{dark: 2, light: 1, darkRGB: 0x00B482, lightRGB: 0xB34700},
		{dark: 12, light: 6, darkRGB: 0x7C9CF5, lightRGB: 0x006B75},
		{dark: 1, light: 3, darkRGB: 0xE0662B, lightRGB: 0x7A5C00},
	}
)

// New chooses the inks and the glyphs.
func New(o Options) *Theme {
	t := &Theme{Options: o, Glyphs: unicodeGlyphs}
	if o.ASCII {
		t.Glyphs = asciiGlyphs
	}
	t.Text, t.Dim, t.Bold, t.Title = o.style(inkText), o.style(inkDim), o.style(inkBold), o.style(inkBold)
	t.Accent, t.Key = o.style(inkAccent), o.style(inkFocus)
	t.Good, t.Warn, t.Bad = o.style(inkGood), o.style(inkWarn), o.style(inkBad)
	t.Border, t.BorderFocused = o.style(inkDim), o.style(inkFocus)
	t.Cursor, t.Selected = o.style(inkRev), o.style(inkRev)
	t.Threshold, t.Axis, t.Marker = o.style(inkWarn), o.style(inkDim), o.style(inkFocus)
	for i, k := range inkSeries {
		t.Series[i] = o.style(k)
	}
	return t
}

func (o Options) style(k ink) Style {
	if o.Profile == None {
		return ""
	}
	var s ansi.Style
	if k.bold {
		s = s.Bold()
	}
	if k.faint {
		s = s.Faint()
	}
	if k.rev {
		s = s.Reverse(true)
	}
	basic, rgb := k.light, k.lightRGB
	if o.Dark {
		basic, rgb = k.dark, k.darkRGB
	}
	if basic != none && o.Profile != Mono {
		full := color.RGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 255}
		switch o.Profile {
		case TrueColor:
			s = s.ForegroundColor(full)
		case ANSI256:
			s = s.ForegroundColor(ansi.Convert256(full))
		default:
			s = s.ForegroundColor(ansi.BasicColor(basic))
		}
	}
	if len(s) == 0 {
		return ""
	}
	return Style(s.String())
}
