package stat

import (
	"math"
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
