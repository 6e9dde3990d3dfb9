// Package knobs draws knobs as they are turned: a value, a slider, or the line
// in which a value is being typed.
//
//	lab.Knob ─▶ Dial … ─ List.Draw ─▶ rows
//	key, mouse ─▶ List: which one is selected, what a place on a slider means
package knobs

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/screen"
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
	*screen.Field
	Bad bool
}

// List is a list of knobs with their sliders, one of them selected. It
// scrolls so that the selected one shows.
type List struct {
	selected, top int
	shown         int // rows drawn last,
	rail, railW   int // and where on them the sliders were
}

// Selected is the index of the selected one of n dials.
func (d *List) Selected(n int) int { return max(0, min(d.selected, n-1)) }

// Move selects another one of n dials.
func (d *List) Move(by, n int) { d.selected = max(0, min(d.Selected(n)+by, n-1)) }

// Select selects the i-th dial.
func (d *List) Select(i int) { d.selected = max(0, i) }

// At is the dial on a row of the pane as drawn last, its border being row 0.
func (d *List) At(row int) (i int, ok bool) { return d.top + row - 1, row >= 1 && row <= d.shown }

// OnSlider tells whether the column x of the pane as drawn last is on a slider.
func (d *List) OnSlider(x int) bool {
	return d.railW >= leastRail && x > d.rail && x <= d.rail+d.railW
}

// ValueAt is the text of the value that a dial has with its knob on the column
// x; "" for one that has no slider.
func (d *List) ValueAt(dial Dial, x int) string {
	if !dial.slides() || d.railW < leastRail {
		return ""
	}
	return dial.valueAt(chart.SliderAt(x-1-d.rail, d.railW, 0, 1))
}

// Draw draws the dials on h rows of w cells:
//
//	▸upper     35 %  ├────●───────┤
//	 size  0.2 core  ├──●─────────┤ new
func (d *List) Draw(th *theme.Theme, dials []Dial, edit *Edit, w, h int, focused bool) []string {
	if d.shown = 0; h <= 0 || len(dials) == 0 {
		return nil
	}
	sel := d.Selected(len(dials))
	d.top = max(sel-h+1, min(d.top, sel, len(dials)-h), 0)
	label, value, late := 4, 4, 0
	for i := range dials {
		k := &dials[i]
		label = max(label, min(theme.Width(th.Spell(k.label())), 22))
		if !k.listed() {
			value = max(value, min(theme.Width(th.Spell(k.Show())), 12))
		}
		if k.Applies == lab.AppliesToNew {
			late = 4
		}
	}
	label = min(label, max(12, w-value-late-4-leastRail-2))
	d.rail = 1 + label + 1 + value + 2
	d.railW = w - d.rail - late
	d.shown = min(h, len(dials)-d.top)
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
		left := ink.Paint(mark + th.Clip(th.Spell(k.label()), label))
		if i == sel && edit != nil {
			allowed := th.Spell(k.Range())
			if k.listed() {
				allowed = "" // the text needs the room; the status row has the help
			}
			ink := th.Text
			if edit.Bad {
				ink = th.Bad
			}
			room := max(12, w-theme.Width(left)-4-theme.Width(allowed))
			rows = append(rows, theme.Fit(left+" ["+edit.DrawIn(th, ink, room)+"] "+th.Dim.Paint(allowed), w))
			continue
		}
		if k.listed() {
			rows = append(rows, theme.Fit(left+k.moved(th)+th.Clip(th.Spell(k.listing()), max(w-label-2, 0)), w))
			continue
		}
		shown := th.Clip(th.Spell(k.Show()), value)
		row := left + " " + theme.Blank(value-theme.Width(strings.TrimRight(shown, " "))) + strings.TrimRight(shown, " ") + k.moved(th) + " " + k.slider(th, d.railW, i == sel && focused)
		if k.Applies == lab.AppliesToNew {
			row += th.Dim.Paint(" new")
		}
		rows = append(rows, theme.Fit(row, w))
	}
	return rows
}

// More says how many dials are above and below what shows, if any are.
func (d *List) More(th *theme.Theme, n, h int) string {
	if n <= h || h <= 0 {
		return ""
	}
	return fmt.Sprintf("%s%s %d of %d", th.ArrowUp, th.ArrowDown, d.Selected(n)+1, n)
}

// moved marks one that no tick has used yet.
func (d *Dial) moved(th *theme.Theme) string {
	if d.Moved {
		return th.Marker.Paint("*")
	}
	return " "
}

// listed tells whether the value is a text that no slider stands beside: it
// takes the room of both.
func (d *Dial) listed() bool { return d.Kind == lab.Table || d.Kind == lab.Text }

func (d *Dial) listing() string {
	if d.Knob.Text == "" {
		return "none"
	}
	return d.Knob.Text
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
	}
	if w < leastRail || !d.slides() {
		return theme.Blank(max(w, 0))
	}
	ink := th.Text
	if lit {
		ink = th.Accent
	}
	return chart.Slider(th, d.share(), 0, 1, w, ink)
}

// leastRail is the cells below which a slider says nothing.
const leastRail = 6

func (d *Dial) slides() bool {
	return d.Kind == lab.Number || d.Kind == lab.Percent || d.Kind == lab.Duration
}

// share is where the value lies between its limits, 0..1. A range of very many
// steps is drawn on a logarithmic scale, or every usual value lay at its left.
func (d *Dial) share() float64 {
	span := d.Max - d.Min
	if span <= 0 {
		return 0
	}
	v := (d.Value - d.Min) / span
	if steps := d.steps(); steps > manySteps {
		v = math.Log1p(v*steps) / math.Log1p(steps)
	}
	return max(0, min(v, 1))
}

const manySteps = 200

func (d *Dial) steps() float64 { return (d.Max - d.Min) / max(d.Step, 1e-9) }

// valueAt is the text of the value at a share, on a round multiple of the step:
// share's inverse.
func (d *Dial) valueAt(share float64) string {
	k, steps := d.Knob, d.steps()
	if steps <= 0 || math.IsInf(steps, 0) || k.Step <= 0 {
		return k.Spec()
	}
	n := share * steps
	if steps > manySteps {
		n = math.Expm1(share * math.Log1p(steps))
	}
	v := k.Min + n*k.Step
	if share > 0 && share < 1 {
		v = math.Round(v/k.Step) * k.Step
	}
	k.Value = max(k.Min, min(v, k.Max))
	return k.Spec()
}
