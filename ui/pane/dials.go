package pane

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Dial is a knob on the screen, and who owns it: policy, load or fleet.
type Dial struct {
	Owner string
	lab.Knob
	Moved bool // turned, but no tick has used it yet
}

// Edit is a value being typed into the selected dial.
type Edit struct {
	Text   string
	Cursor int // in runes
	Bad    bool
}

// Dials is a list of knobs with their sliders, one of them selected. It
// scrolls so that the selected one shows.
type Dials struct {
	selected, top int
}

// Selected is the index of the selected one of n dials.
func (d *Dials) Selected(n int) int { return max(0, min(d.selected, n-1)) }

// Move selects another one of n dials.
func (d *Dials) Move(by, n int) { d.selected = max(0, min(d.Selected(n)+by, n-1)) }

// Select selects the i-th dial.
func (d *Dials) Select(i int) { d.selected = max(0, i) }

// rows draws the dials on h rows of w cells:
//
//	▸upper     35 %  ├────●───────┤
//	 size  0.2 core  ├──●─────────┤ new
func (d *Dials) rows(th *theme.Theme, dials []Dial, edit *Edit, w, h int, focused bool) []string {
	if h <= 0 || len(dials) == 0 {
		return nil
	}
	sel := d.Selected(len(dials))
	d.top = max(sel-h+1, min(d.top, sel, len(dials)-h), 0)
	label, value, late := 4, 4, 0
	for i := range dials {
		k := &dials[i]
		label = max(label, min(theme.Width(k.label()), 12))
		value = max(value, min(theme.Width(th.Spell(k.Show())), 12))
		if k.Applies == lab.AppliesToNew {
			late = 4
		}
	}
	slide := w - 1 - label - 1 - value - 2 - late
	rows := make([]string, 0, h)
	for i := d.top; i < min(d.top+h, len(dials)); i++ {
		k := &dials[i]
		mark, ink := " ", th.Text
		if i == sel {
			mark = th.Select
			if focused {
				ink = th.Accent
			}
		}
		left := ink.Paint(mark + theme.Fit(th.Spell(k.label()), label))
		if i == sel && edit != nil {
			rows = append(rows, theme.Fit(left+" "+edit.field(th)+" "+th.Dim.Paint(th.Spell(k.Range())), w))
			continue
		}
		moved := " "
		if k.Moved {
			moved = th.Marker.Paint("*")
		}
		shown := th.Clip(th.Spell(k.Show()), value)
		row := left + " " + theme.Blank(value-theme.Width(strings.TrimRight(shown, " "))) + strings.TrimRight(shown, " ") + moved + " " + k.slider(th, slide, i == sel && focused)
		if k.Applies == lab.AppliesToNew {
			row += th.Dim.Paint(" new")
		}
		rows = append(rows, theme.Fit(row, w))
	}
	return rows
}

// more says how many dials are above and below what shows, if any are.
func (d *Dials) more(th *theme.Theme, n, h int) string {
	if n <= h || h <= 0 {
		return ""
	}
	return fmt.Sprintf("%s%s %d of %d", th.ArrowUp, th.ArrowDown, d.Selected(n)+1, n)
}

func (d *Dial) label() string {
	if d.Label != "" {
		return d.Label
	}
	return d.Name
}

// slider draws where the value lies between its limits, on w cells.
func (d *Dial) slider(th *theme.Theme, w int, lit bool) string {
	switch d.Kind {
	case lab.Choice:
		at := 0
		for i, c := range d.Choices {
			if c == d.Text {
				at = i
			}
		}
		return th.Dim.Paint(theme.Fit(strconv.Itoa(at+1)+" of "+strconv.Itoa(len(d.Choices)), w))
	case lab.Toggle, lab.Text, lab.Table:
		return theme.Blank(w)
	}
	if w < 6 {
		return theme.Blank(w)
	}
	room := w - 3
	at := int(math.Round(d.share() * float64(room)))
	ink := th.Text
	if lit {
		ink = th.Accent
	}
	return th.Dim.Paint(th.SlideLeft+strings.Repeat(th.SlideLine, at)) + ink.Paint(th.SlideKnob) +
		th.Dim.Paint(strings.Repeat(th.SlideLine, room-at)+th.SlideRight)
}

// share is where the value lies between its limits, 0..1. A range of very many
// steps is drawn on a logarithmic scale, or every usual value lay at its left.
func (d *Dial) share() float64 {
	span := d.Max - d.Min
	if span <= 0 {
		return 0
	}
	v := (d.Value - d.Min) / span
	if steps := span / max(d.Step, 1e-9); steps > 200 {
		v = math.Log1p(v*steps) / math.Log1p(steps)
	}
	return max(0, min(v, 1))
}

func (e *Edit) field(th *theme.Theme) string {
	runes := []rune(e.Text)
	at := max(0, min(e.Cursor, len(runes)))
	under := " "
	if at < len(runes) {
		under = string(runes[at])
	}
	after := ""
	if at+1 < len(runes) {
		after = string(runes[at+1:])
	}
	ink := th.Text
	if e.Bad {
		ink = th.Bad
	}
	cursor := th.Cursor.Paint(under)
	if th.Cursor == "" {
		cursor = "_" + under
	}
	return "[" + ink.Paint(th.Spell(string(runes[:at]))) + cursor + ink.Paint(th.Spell(after)) + "]"
}
