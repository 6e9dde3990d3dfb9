package chart

import (
	"math"
	"strings"

	"autoscale-lab/ui/theme"
)

// Slider draws ├────●───────┤, w cells with the knob where value lies between
// lo and hi. Below three cells it is the knob alone.
func Slider(t *theme.Theme, value, lo, hi float64, w int, style theme.Style) string {
	if w < 3 {
		return theme.Fit(t.SlideKnob, w)
	}
	k := int(math.Round(share(value, lo, hi) * float64(w-3)))
	return t.Dim.Paint(t.SlideLeft+strings.Repeat(t.SlideLine, k)) + style.Paint(t.SlideKnob) +
		t.Dim.Paint(strings.Repeat(t.SlideLine, w-3-k)+t.SlideRight)
}

// SliderAt returns the value that the cell x of a slider w wide stands for.
func SliderAt(x, w int, lo, hi float64) float64 {
	if w < 4 {
		return lo
	}
	return lo + (hi-lo)*max(0, min(1, float64(x-1)/float64(w-3)))
}

// Spark draws values as one row of w cells, scaled from zero to their maximum.
// More values than cells: each cell shows the highest of its share. Fewer: they
// stand at the left. One that is not finite is a blank.
func Spark(t *theme.Theme, values []float64, w int) string {
	if w < 1 {
		return ""
	}
	top := 0.0
	for _, v := range values {
		if known(v) {
			top = max(top, v)
		}
	}
	var b strings.Builder
	n := min(w, len(values))
	for i := range n {
		part := values[i*len(values)/n : (i+1)*len(values)/n]
		v := math.Inf(-1)
		for _, p := range part {
			if known(p) {
				v = max(v, p)
			}
		}
		if math.IsInf(v, 0) {
			b.WriteByte(' ')
			continue
		}
		last := len(t.Levels) - 1
		b.WriteRune(t.Levels[int(math.Round(share(v, 0, top)*float64(last)))])
	}
	b.WriteString(theme.Blank(w - n))
	return b.String()
}

// share is where value lies between lo and hi, 0 to 1; 0 where that means
// nothing.
func share(value, lo, hi float64) float64 {
	if f := (value - lo) / (hi - lo); f > 0 {
		return min(1, f)
	}
	return 0
}

func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
