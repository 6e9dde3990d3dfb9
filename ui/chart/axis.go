package chart

import (
	"math"
	"strconv"
	"time"
)

// Axis is the vertical axis. Without anything set it goes from zero (or below,
// where values are negative) to the next round number above all values and
// thresholds.
type Axis struct {
	Min, Max float64 // fixed ends, where Max > Min
	AtLeast  float64 // the upper end is never below
	Integer  bool    // counts: no label between whole numbers
	Unit     string  // put behind values in Legend, and behind the uppermost label where it fits
}

// scale is an axis that has been worked out for a height.
type scale struct {
	lo, hi float64
	step   float64 // between labels
}

// scaleFor finds round ends that hold lo..hi, with labels in 1-2-5 steps that
// lie at least a row and a half apart in h rows.
func (a Axis) scaleFor(lo, hi float64, h int) scale {
	lo, hi = min(lo, 0), max(hi, 0)
	if a.AtLeast > hi && a.AtLeast <= limit {
		hi = a.AtLeast
	}
	fixed := a.Max > a.Min && a.Max-a.Min <= limit
	if fixed {
		lo, hi = a.Min, a.Max
	}
	if !(hi-lo > 1e-9) {
		hi = lo + max(1, math.Abs(lo)*0.1)
	}
	step := roundStep((hi - lo) / float64(max(5, h/3)))
	if a.Integer {
		step = max(step, 1)
	}
	if !fixed {
		lo, hi = math.Floor(lo/step+1e-9)*step, max(0, math.Ceil(hi/step-1e-9)*step)
	}
	// Every k-th step has a label, the ends always.
	n := int(math.Round((hi - lo) / step))
	k := 1
	for k < n && (n%k != 0 || float64(h-1)*float64(k)/float64(n) < 1.5) {
		k++
	}
	return scale{lo: lo, hi: hi, step: step * float64(k)}
}

// roundStep is the least of 1, 2, 5 × 10ⁿ that is not below x > 0.
func roundStep(x float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*p >= x*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// row returns the row, counted from the top, of a value among n rows.
func (s scale) row(y float64, n int) int {
	f := (s.hi - y) / (s.hi - s.lo) * float64(n-1)
	return int(math.Round(max(0, min(float64(n-1), f))))
}

// Number writes a value in at most five characters or so: three digits and a
// metric prefix ("0.25", "72", "4.3k", "1.2M").
func Number(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "-"
	case a == 0:
		return "0"
	case a >= 1e15 || a < 0.001:
		return strconv.FormatFloat(v, 'e', 0, 64)
	}
	unit := ""
	for _, u := range []string{"k", "M", "G", "T"} {
		if math.Abs(v) < 999.5 {
			break
		}
		v, unit = v/1000, u
	}
	digits := 0
	switch a = math.Abs(v); {
	case a < 0.9995:
		digits = 3
	case a < 9.995:
		digits = 2
	case a < 99.95:
		digits = 1
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if digits > 0 {
		for s[len(s)-1] == '0' {
			s = s[:len(s)-1]
		}
		if s[len(s)-1] == '.' {
			s = s[:len(s)-1]
		}
	}
	return s + unit
}

// Clock writes a run's time: "01:24", "1:02:03".
func Clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	d = d.Truncate(time.Second)
	h, m, s := int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60
	if h > 0 {
		return sign + strconv.Itoa(h) + ":" + two(m) + ":" + two(s)
	}
	return sign + two(m) + ":" + two(s)
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// timeSteps are the round distances between time labels.
var timeSteps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// timeStep is the least round distance that leaves each label twelve cells.
func timeStep(window time.Duration, w int) time.Duration {
	for _, s := range timeSteps {
		if window/s <= time.Duration(max(1, w/12)) {
			return s
		}
	}
	return timeSteps[len(timeSteps)-1] * max(1, window/timeSteps[len(timeSteps)-1])
}

// ago writes a distance from now: "-45s", "-5m", "-1h30m".
func ago(d time.Duration) string {
	switch {
	case d == 0:
		return "now"
	case d < 2*time.Minute && d%time.Minute != 0 || d == time.Minute:
		return "-" + strconv.Itoa(int(d/time.Second)) + "s"
	}
	s := "-"
	if h := d / time.Hour; h > 0 {
		s += strconv.Itoa(int(h)) + "h"
	}
	if m := d / time.Minute % 60; m > 0 {
		s += strconv.Itoa(int(m)) + "m"
	}
	if sec := d / time.Second % 60; sec > 0 {
		s += strconv.Itoa(int(sec)) + "s"
	}
	return s
}
