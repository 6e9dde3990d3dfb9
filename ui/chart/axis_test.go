package chart

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func TestScale(t *testing.T) {
	for _, c := range []struct {
		name   string
		axis   Axis
		lo, hi float64
		h      int
		want   string
	}{
		{"percent in six rows", Axis{}, 0, 42, 6, "0..50 by 50"},
		{"percent in ten rows", Axis{}, 0, 42, 10, "0..50 by 10"},
		{"a peak on a round number", Axis{}, 0, 40, 6, "0..40 by 20"},
		{"nothing but zero", Axis{}, 0, 0, 6, "0..1 by 1"},
		{"counts are whole", Axis{Integer: true}, 0, 1, 12, "0..1 by 1"},
		{"counts are whole, more of them", Axis{Integer: true}, 0, 5, 12, "0..5 by 1"},
		{"never below", Axis{AtLeast: 100}, 3, 7, 4, "0..100 by 100"},
		{"below zero", Axis{}, -30, 20, 10, "-30..20 by 10"},
		{"all below zero", Axis{}, -30, -20, 10, "-30..0 by 10"},
		{"fixed", Axis{Min: 0, Max: 100}, 0, 999, 9, "0..100 by 20"},
		{"constant and small", Axis{}, 0.02, 0.02, 9, "0..0.02 by 0.005"},
		{"two rows", Axis{}, 0, 72, 2, "0..80 by 80"},
		{"one row", Axis{}, 0, 72, 1, "0..80 by 80"},
	} {
		s := c.axis.scaleFor(c.lo, c.hi, c.h)
		if got := fmt.Sprintf("%.3g..%.3g by %.3g", s.lo, s.hi, s.step); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.25: "0.25", 0.2: "0.2", 4: "4", 4.25: "4.25", 36.24: "36.2", 72: "72", 320: "320", 999.7: "1k",
		4320: "4.32k", 15000: "15k", 1.2e6: "1.2M", -5: "-5", 1e300: "1e+300", 0.0004: "4e-04", math.Inf(1): "-",
	} {
		if got := Number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "now", 15 * sec: "-15s", time.Minute: "-60s", 90 * sec: "-90s", 2 * time.Minute: "-2m",
		5 * time.Minute: "-5m", 150 * sec: "-2m30s", 90 * time.Minute: "-1h30m",
	} {
		if got := ago(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		84 * sec: "01:24", 3723 * sec: "1:02:03", -5 * sec: "-00:05", 1999 * time.Millisecond: "00:01",
	} {
		if got := Clock(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for _, w := range Windows { // four labels in fifty-six cells, or so
		if n := w / timeStep(w, 56); n < 2 || n > 4 {
			t.Errorf("%v: %d labels", w, n)
		}
	}
}

func TestSliderAtIsItsValue(t *testing.T) {
	for v := 0.0; v <= 17; v++ {
		if got := SliderAt(1+int(v), 20, 0, 17); math.Abs(got-v) > 1e-9 {
			t.Errorf("cell %v stands for %v", 1+v, got)
		}
	}
	if SliderAt(-5, 20, 2, 9) != 2 || SliderAt(99, 20, 2, 9) != 9 || SliderAt(1, 1, 2, 9) != 2 {
		t.Error("beyond the ends")
	}
}
