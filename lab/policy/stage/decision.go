package stage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"autoscale-lab/lab"
)

// Whole makes a count of a whole number, whatever it is: NaN is 0, and what no
// fleet ever has is the most an int32 holds.
func Whole(v float64) int {
	if math.IsNaN(v) {
		return 0
	}
	return int(max(math.MinInt32, min(v, math.MaxInt32)))
}

// Up is v rounded up; a billionth beside a whole number is the arithmetic's, not
// the metric's.
func Up(v float64) int { return Whole(math.Ceil(v - 1e-9*max(1, math.Abs(v)))) }

// Down is v rounded down, likewise.
func Down(v float64) int { return Whole(math.Floor(v + 1e-9*max(1, math.Abs(v)))) }

// Unknown is the Decision of a policy that cannot tell.
func Unknown(s *lab.Sample, m *Signal) lab.Decision {
	return lab.Decision{Desired: s.Desired, Reason: fmt.Sprintf("%s is not known", m.Label)}
}

// Hold keeps what there is, for a reason.
func Hold(d *lab.Decision, stage, why string) {
	d.Reason += ", " + why
	d.Stages = append(d.Stages, lab.Stage{Name: stage, Value: float64(d.Desired), Text: why})
}

// Join is two clauses of a reason.
func Join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// Waits is what is still to come, soonest first.
func Waits(now time.Duration, all ...lab.Wait) []lab.Wait {
	out := make([]lab.Wait, 0, len(all))
	for _, w := range all {
		if w.At > now {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, Sooner)
	return out
}

// Sooner compares by moment.
func Sooner(a, b lab.Wait) int { return cmp.Compare(a.At, b.At) }
