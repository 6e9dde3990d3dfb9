package aws

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Step is an adjustment for a metric that far from its alarm's threshold;
// ∓Inf is an open end.
type Step struct {
	Lower, Upper float64 // in the metric's own unit, relative to the threshold
	Change       int
}

// Proven is how many reference cases prove the steps; the test that runs
// them holds this number against what passed.
const Proven = 13

// Steps is a step table, in ascending order.
type Steps []Step

// Find is the step a metric falls into that lies delta from the threshold:
// [Lower, Upper) above it, (Lower, Upper] below it.
func (t Steps) Find(delta float64) (Step, bool) {
	delta = math.Round(delta*1e9) / 1e9 // 0.7 − 0.6 is 0.1
	for _, s := range t {
		if delta >= 0 && s.Lower <= delta && delta < s.Upper {
			return s, true
		}
	}
	for _, s := range t {
		if delta <= 0 && s.Lower < delta && delta <= s.Upper {
			return s, true
		}
	}
	return Step{}, false
}

// How an adjustment changes the capacity, by its names in specs.
const (
	byChange  = "change"
	byPercent = "percent"
	byExact   = "exact"
)

var adjustments = []string{byChange, byPercent, byExact}

// Adjust is the capacity n after an adjustment:
//
//	change   n + a
//	exact    a
//	percent  n + n·a/100, the change rounded toward zero, but one that is not
//	         nothing is at least 1, and at least min
func Adjust(how string, a, n, least int) int {
	n64, a64 := int64(n), int64(a)
	switch how {
	case byExact:
		return a
	case byChange:
		return stage.Whole(float64(n64) + float64(a64))
	}
	change := math.Trunc(float64(n64) * float64(a64) / 100)
	if a == 0 {
		return n
	}
	if n != 0 {
		least = max(1, least)
	}
	if math.Abs(change) < float64(least) {
		change = math.Copysign(float64(least), float64(a64))
	}
	return stage.Whole(float64(n64) + change)
}

// ParseSteps reads "0..10/+1|10../+3": lower..upper/adjustment, an end left out
// is open.
func ParseSteps(field, text string) (Steps, error) {
	var t Steps
	for _, row := range stage.Rows(text) {
		s, ok := parseStep(row)
		if !ok {
			return nil, &lab.InputError{Field: field, Value: row, Want: "lower..upper/adjustment, as in 0..10/+1 or 10../+3"}
		}
		t = append(t, s)
	}
	slices.SortStableFunc(t, func(a, b Step) int { return cmp.Or(cmp.Compare(a.Lower, b.Lower), cmp.Compare(a.Upper, b.Upper)) })
	for i := 1; i < len(t); i++ {
		a, b := t[i-1], t[i]
		switch {
		case a.Upper > b.Lower:
			return nil, stage.Clash(field, a.String(), b.String(), "steps that do not overlap")
		case a.Upper < b.Lower:
			return nil, stage.Clash(field, a.String(), b.String(), "steps without a gap between them")
		}
	}
	if len(t) == 0 {
		return nil, nil
	}
	if first := t[0]; first.Lower < 0 && !math.IsInf(first.Lower, -1) {
		return nil, &lab.InputError{Field: field, Value: first.String(), Want: "a lowest step without a lower end, as in ..-10/-2"}
	}
	if last := t[len(t)-1]; last.Upper > 0 && !math.IsInf(last.Upper, 1) {
		return nil, &lab.InputError{Field: field, Value: last.String(), Want: "a highest step without an upper end, as in 10../+3"}
	}
	return t, nil
}

func parseStep(row string) (Step, bool) {
	between, change, ok := strings.Cut(row, "/")
	lower, upper, ok2 := strings.Cut(between, "..")
	s := Step{Lower: math.Inf(-1), Upper: math.Inf(1)}
	a, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(change), "%"))
	if !ok || !ok2 || err != nil || a < -1000 || a > 1000 {
		return s, false
	}
	s.Change = a
	for _, end := range []struct {
		text string
		v    *float64
	}{{lower, &s.Lower}, {upper, &s.Upper}} {
		if t := strings.TrimSpace(end.text); t != "" {
			v, err := strconv.ParseFloat(t, 64)
			if err != nil || math.IsNaN(v) || math.Abs(v) > 1e6 {
				return s, false
			}
			*end.v = math.Round(v*1e9) / 1e9
		}
	}
	return s, s.Lower < s.Upper && !(math.IsInf(s.Lower, -1) && math.IsInf(s.Upper, 1))
}

// String spells a step.
func (s Step) String() string {
	end := func(v float64) string {
		if math.IsInf(v, 0) {
			return ""
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	change := strconv.Itoa(s.Change)
	if s.Change > 0 {
		change = "+" + change
	}
	return end(s.Lower) + ".." + end(s.Upper) + "/" + change
}

// String spells the table as ParseSteps reads it.
func (t Steps) String() string {
	out := make([]string, len(t))
	for i, s := range t {
		out[i] = s.String()
	}
	return strings.Join(out, "|")
}
