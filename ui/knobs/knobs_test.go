package knobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

var plain = theme.New(theme.Options{Profile: theme.None})

func TestSlidersAreSetWhereTheyAreDrawn(t *testing.T) {
	dials := []Dial{
		{Knob: lab.Knob{Name: "a", Kind: lab.Percent, Min: .01, Max: 1, Step: .01, Value: .35}},
		{Knob: lab.Knob{Name: "b", Kind: lab.Number, Max: 100000, Step: 1, Whole: true, Value: 15}},
		{Knob: lab.Knob{Name: "c", Kind: lab.Duration, Unit: "ms", Min: .0001, Max: 10, Step: .001, Value: .004, Applies: lab.AppliesToNew}},
	}
	for _, w := range []int{40, 60, 99} {
		var d List
		d.Draw(plain, dials, nil, w, 5, true)
		for i := range dials {
			last := 0.0
			for x := range w + 2 {
				text := d.ValueAt(dials[i], x)
				k, err := dials[i].Parse(text)
				if err != nil {
					t.Fatalf("column %d sets %s to %q: %v", x, dials[i].Name, text, err)
				}
				dials[i].Knob = k
				if k.Value < last {
					t.Errorf("column %d sets %s to %s, less than the column before it", x, k.Name, text)
				}
				last = k.Value
				row := []rune(d.Draw(plain, dials, nil, w, 5, true)[i])
				if at := slices.Index(row, '●'); k.Kind == lab.Percent && d.OnSlider(x) && x > d.rail+1 && x < d.rail+d.railW && at+1 != x {
					t.Errorf("%d wide: column %d sets %s to %s, drawn at %d", w, x, k.Name, text, at+1)
				}
			}
			if min, max := d.ValueAt(dials[i], 0), d.ValueAt(dials[i], w+9); mustParse(dials[i], min) != dials[i].Min || mustParse(dials[i], max) != dials[i].Max {
				t.Errorf("the ends of %s are %s and %s", dials[i].Name, min, max)
			}
		}
	}
}

func mustParse(d Dial, text string) float64 {
	k, err := d.Parse(text)
	if err != nil {
		panic(err)
	}
	return k.Value
}

func TestTheSelectedKnobIsAlwaysSeen(t *testing.T) {
	var dials []Dial
	for i := range 12 {
		dials = append(dials, Dial{Owner: "policy", Knob: lab.Knob{Name: fmt.Sprintf("knob%d", i), Kind: lab.Number, Max: 10, Step: 1, Value: float64(i)}})
	}
	var d List
	for _, by := range []int{0, 5, 3, 20, -4, -1, -30, 11} {
		d.Move(by, len(dials))
		rows := d.Draw(plain, dials, nil, 40, 4, true)
		if len(rows) != 4 || !strings.Contains(strings.Join(rows, "\n"), "▸"+dials[d.Selected(12)].Name) {
			t.Errorf("after %d, knob %d is not in\n%s", by, d.Selected(12), strings.Join(rows, "\n"))
		}
	}
	if rows := d.Draw(plain, dials[:2], nil, 40, 4, true); !strings.HasPrefix(rows[1], "▸knob1") {
		t.Errorf("with fewer knobs, the last of them is not selected:\n%s", strings.Join(rows, "\n"))
	}
}

func TestSlidersLieWhereTheirValueIs(t *testing.T) {
	for _, c := range []struct {
		k    lab.Knob
		want string
	}{
		{lab.Knob{Kind: lab.Percent, Min: 0, Max: 1, Step: .01, Value: 0}, "├●──────────┤"},
		{lab.Knob{Kind: lab.Percent, Min: 0, Max: 1, Step: .01, Value: .5}, "├─────●─────┤"},
		{lab.Knob{Kind: lab.Percent, Min: 0, Max: 1, Step: .01, Value: 1}, "├──────────●┤"},
		{lab.Knob{Kind: lab.Number, Max: 100000, Step: 1, Value: 100000}, "├──────────●┤"},
		{lab.Knob{Kind: lab.Number, Max: 100000, Step: 1, Value: 100}, "├────●──────┤"},
		{lab.Knob{Kind: lab.Choice, Choices: []string{"a", "b"}, Text: "b"}, "2 of 2       "},
		{lab.Knob{Kind: lab.Number}, "├●──────────┤"},
	} {
		d := Dial{Knob: c.k}
		if got := d.slider(plain, 13, false); got != c.want {
			t.Errorf("%+v: %q, want %q", c.k, got, c.want)
		}
	}
}
