package chart

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSeriesIsARing(t *testing.T) {
	s := NewSeries(3)
	for i := range 5 {
		s.Append(time.Duration(i)*sec, float64(i))
	}
	s.Append(1*sec, 99) // before the last: left out
	var got []float64
	for i := range s.Len() {
		got = append(got, s.at(i).y)
	}
	if d := cmp.Diff([]float64{2, 3, 4}, got); d != "" {
		t.Error(d)
	}
	if x, y, ok := s.Last(); x != 4*sec || y != 4 || !ok {
		t.Error(x, y, ok)
	}
	s.Reset()
	if _, _, ok := s.Last(); ok || s.Len() != 0 {
		t.Error("not empty after Reset")
	}
	s.Append(0, 7)
	if y, ok := s.At(0); y != 7 || !ok {
		t.Error("not usable after Reset")
	}
}

func TestSeriesAt(t *testing.T) {
	s := FromPoints([]time.Duration{10, 20, 30, 40}, []float64{1, 2, math.NaN(), 4})
	for _, c := range []struct {
		name string
		x    time.Duration
		y    float64
		ok   bool
	}{
		{"before the first", 9, 0, false},
		{"on a point", 10, 1, true},
		{"a value holds until the next", 19, 1, true},
		{"the next", 20, 2, true},
		{"in a gap", 35, 0, false},
		{"after the last", 99, 4, true},
	} {
		if y, ok := s.At(c.x); ok != c.ok || ok && y != c.y {
			t.Errorf("%s: %v %v", c.name, y, ok)
		}
	}
}

func TestColumns(t *testing.T) {
	s := FromPoints(
		[]time.Duration{1, 8, 21, 22, 29, 31, 35, 41, 55},
		[]float64{9, 3, 5, 8, 2, math.NaN(), 6, 7, 1},
	)
	got := s.columns(nil, 2, 10, 3) // columns 20, 30 and 40
	want := []column{
		{at: -2, min: 3, max: 9, last: 3}, // whence the line comes
		{at: 0, min: 2, max: 8, last: 2},
		{at: 1, min: 6, max: 6, last: 6, broken: true},
		{at: 2, min: 7, max: 7, last: 7},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(column{})); d != "" {
		t.Error(d)
	}
}

func TestInterpolate(t *testing.T) {
	ys := make([]float64, 8)
	interpolate(ys, []column{{at: -2, last: 0}, {at: 2, last: 4}, {at: 4, last: 8}, {at: 6, last: 1, broken: true}})
	want := []float64{2, 3, 4, 6, 8, math.NaN(), 1, math.NaN()}
	for i := range ys {
		if ys[i] != want[i] && !(math.IsNaN(ys[i]) && math.IsNaN(want[i])) {
			t.Errorf("at %d: %v, want %v", i, ys[i], want[i])
		}
	}
}
