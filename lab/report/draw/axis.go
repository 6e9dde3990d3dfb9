package draw

import (
	"fmt"
	"math"
	"strconv"

	"autoscale-lab/lab/numeral"

	"gonum.org/v1/plot"
)

// ticks are the ticks of an axis.
type ticks []plot.Tick

// Ticks is called by the chart.
func (t ticks) Ticks(_, _ float64) []plot.Tick { return t }

// spans are the lengths of time between two numbers of the time axis, seconds.
var spans = []float64{
	.1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600,
	86400, 2 * 86400, 7 * 86400, 14 * 86400, 28 * 86400, 91 * 86400, 365 * 86400,
}

const mostMoments = 12

// moments are the ticks of the time axis.
func (f *Figure) moments(numbered bool) ticks {
	step := spans[len(spans)-1]
	for _, s := range spans {
		if (f.right-f.left)/s <= mostMoments {
			step = s
			break
		}
	}
	var out ticks
	for k := math.Ceil(f.left/step-1e-9) + 0; k*step <= f.right*(1+1e-9); k++ {
		t := plot.Tick{Value: k * step}
		if numbered {
			t.Label = clock(t.Value, step)
		} else {
			t.Label = "" // a tick all the same
		}
		out = append(out, t)
	}
	return out
}

// clock is a moment: 0:30, 1:05:00 …, in days where that is the step.
func clock(s, step float64) string {
	sign := ""
	if s < -1e-9 {
		sign, s = "−", -s
	}
	whole := int(math.Round(s))
	switch {
	case step < 1:
		return sign + strconv.FormatFloat(s, 'f', 1, 64)
	case step >= 86400:
		return fmt.Sprintf("%s%d", sign, whole/86400)
	case step >= 3600:
		return fmt.Sprintf("%s%d:%02d", sign, whole/3600, whole/60%60)
	case whole >= 3600:
		return fmt.Sprintf("%s%d:%02d:%02d", sign, whole/3600, whole/60%60, whole%60)
	}
	return fmt.Sprintf("%s%d:%02d", sign, whole/60, whole%60)
}

// unit is what the numbers of a time axis of that length are.
func unit(length float64) string {
	switch {
	case length <= mostMoments*.5:
		return "s"
	case length > mostMoments*12*3600:
		return "days"
	case length > mostMoments*1800:
		return "h:min"
	}
	return "min:s"
}

// scale is where a panel's axis ends, a whole step above what is in it, and the
// step: 1, 2, 2.5 or 5 times a power of ten, so that there are about four.
func (k *panel) scale() (top, step float64) {
	m := k.least
	for _, s := range append(append([]series{}, k.series...), k.limits...) {
		m = max(m, s.top())
	}
	if k.most > 0 {
		m = min(m, k.most)
	}
	least := m / 4 // a step
	if k.whole {
		least = max(1, m/6)
	}
	power := math.Pow(10, math.Floor(math.Log10(least)))
	step = 10 * power
	for _, n := range []float64{5, 2.5, 2, 1} {
		if n*power >= least {
			step = n * power
		}
	}
	if k.whole {
		step = math.Ceil(step)
	}
	if k.full > 0 && m <= k.full {
		return math.Ceil(m/step) * step, step
	}
	return math.Ceil(m*1.04/step) * step, step
}

// steps are the ticks of a panel's axis.
func (k *panel) steps() ticks {
	top, step := k.scale()
	digits := 0
	for v := step; math.Abs(v-math.Round(v)) > 1e-6*v && digits < 6; v *= 10 {
		digits++
	}
	var out ticks
	for n := 0.0; n*step <= top*(1+1e-9); n++ {
		out = append(out, plot.Tick{Value: n * step, Label: numeral.Group(strconv.FormatFloat(n*step, 'f', digits, 64))})
	}
	return out
}
