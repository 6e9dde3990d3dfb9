package stat

import (
	"math"
	"slices"
	"testing"
)

func TestWhatNeverCameLosesToAnyTimeAndNoBreachBeatsOne(t *testing.T) {
	r := Rule{Lower, 1, 0.05}
	never, none := math.Inf(1), math.Inf(-1)
	for _, c := range []struct {
		a, b float64
		want Word
	}{
		{3, never, WordWorse}, {never, 3, WordBetter}, {never, never, WordSame},
		{3, none, WordBetter}, {none, 3, WordWorse}, {none, none, WordSame}, {math.NaN(), none, WordUnknown},
	} {
		if got := r.Judge([]float64{c.a}, []float64{c.b}).Word; got != c.want {
			t.Errorf("%v against %v: %q, want %q", c.b, c.a, got, c.want)
		}
	}
}

func TestDecimalsThatLieAToleranceApartAreTheSame(t *testing.T) {
	for a := range 2000 { // 0.57 and 1.07 are further apart in binary
		x, y := float64(a)/100, float64(a+50)/100
		if got := (Rule{Lower, 0.5, 0}).Judge([]float64{x}, []float64{y}).Word; got != WordSame {
			t.Errorf("%v against %v: %q", y, x, got)
		}
		if got := (Rule{Lower, 0.5, 0}).Judge([]float64{x}, []float64{y + 1e-6}).Word; got != WordWorse {
			t.Errorf("%v and a little against %v: %q", y, x, got)
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
