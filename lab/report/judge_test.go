package report

import (
	"math"
	"slices"
	"testing"
)

func TestBeyondExactCountingTheNormalDistributionTakesOver(t *testing.T) {
	// C(20, 10) is 184,756 and counted; C(22, 11) is not. The two must be close.
	side := func(n int, shift float64) (out []float64) {
		for i := range n {
			out = append(out, float64(i)+shift)
		}
		return out
	}
	for _, shift := range []float64{0.5, 2.5, 4.5} {
		a, b := side(10, 0), side(10, shift)
		_, exact, _ := MannWhitney(a, b)
		ranks := []int{}
		for i := range 20 {
			ranks = append(ranks, 2*(i+1))
		}
		u, _, _ := MannWhitney(a, b)
		if near := tieCorrected(ranks, 10, 10)(int(math.Abs(2*u - 100))); math.Abs(near-exact) > 0.02 {
			t.Errorf("shifted by %v: %v exactly, %v nearly", shift, exact, near)
		}
	}
	_, p, least := MannWhitney(side(30, 0), side(30, 100))
	if p != least || p > 1e-9 || p <= 0 {
		t.Errorf("30 + 30 apart: p %v, least %v", p, least)
	}
	if u, p, _ := MannWhitney([]float64{1}, side(1000, 2)); u != 1000 || math.Abs(p-2.0/1001) > 1e-12 {
		t.Errorf("1 + 1000 apart: u %v, p %v", u, p)
	}
	if _, p, least := MannWhitney(make([]float64, 15), make([]float64, 15)); p != 1 || least != 1 {
		t.Errorf("all tied: p %v, least %v", p, least)
	}
}

func TestWhatNeverCameLosesToAnyTimeAndNoBreachBeatsOne(t *testing.T) {
	r := Rule{Lower, 1, 0.05}
	never, none := math.Inf(1), math.Inf(-1)
	for _, c := range []struct {
		a, b float64
		want Word
	}{
		{3, never, WordWorse}, {never, 3, WordBetter}, {never, never, WordSame},
		{3, none, WordBetter}, {none, 3, WordWorse}, {none, none, WordSame}, {unknown, none, WordUnknown},
	} {
		if got := r.Judge([]float64{c.a}, []float64{c.b}).Word; got != c.want {
			t.Errorf("%v against %v: %q, want %q", c.b, c.a, got, c.want)
		}
	}
}

// Two sides of the same runs are never better or worse; swapped sides swap words.
func FuzzJudge(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
	f.Add(0.0, 0.0, 0.0, math.Inf(1), -1.0, math.NaN())
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g float64) {
		x, y := []float64{a, b, c}, []float64{d, e, g}
		for _, r := range []Rule{{Lower, 0.5, 0.05}, {Higher, 0, 0.05}, {Zero, 1, 0}, {Neutral, 0, 0}} {
			if w := r.Judge(x, x).Word; w != WordSame && w != WordUnknown {
				t.Fatalf("%v against itself: %q", x, w)
			}
			there, back := r.Judge(x, y), r.Judge(y, x)
			swapped := map[Word]Word{WordBetter: WordWorse, WordWorse: WordBetter}
			want, ok := swapped[there.Word]
			if !ok {
				want = there.Word
			}
			if back.Word != want {
				t.Fatalf("%v, %v: %q there, %q back", x, y, there.Word, back.Word)
			}
			if p := there.P; !math.IsNaN(p) && (p <= 0 || p > 1 || there.LeastP > p+1e-12) {
				t.Fatalf("%v, %v: p %v, least %v", x, y, p, there.LeastP)
			}
			if slices.Contains([]Word{WordBetter, WordWorse}, there.Word) && r.Better == Neutral {
				t.Fatalf("a neutral figure is %q", there.Word)
			}
		}
	})
}
