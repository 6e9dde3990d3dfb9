package lab

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A series from elsewhere may be of hundreds of instances, and years long.
func TestYearsOfManyInstances(t *testing.T) {
	const day, n = 24 * time.Hour, 500
	s := NewScore(&Run{Experiment: Experiment{Interval: day}})
	for i := range n {
		s.lives[fmt.Sprint(i)] = &life{}
	}
	for d := range 4000 { // on 19 of 20 days at 40 %
		used := 0.4
		if d%20 == 7 {
			used = 0.9
		}
		s.add(moment{at: time.Duration(d) * day, ready: count{n, true}, demand: count{n - 200, true}, used: value{used, true}})
	}
	got := s.Scores(4000 * day)
	const seconds = 4000 * 86400. * n
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"ready", got.ReadyInstanceSeconds, seconds}, {"lived", got.InstanceSeconds, seconds},
		{"billed by the second", got.Billed.PerSecond, seconds}, {"by the hour", got.Billed.PerHour, seconds},
		{"too many", *got.Elasticity.OverInstances, 200},
		{"mean", *got.Utilization.MeanPct, 42.5}, {"p95", *got.Utilization.P95Pct, 40},
	} {
		if d := c.got/c.want - 1; d > 1e-9 || d < -1e-9 {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}

func TestUses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var u uses
	var each []float64 // as often as its weight
	for i := range 3000 {
		ratio, weight := float64(random.IntN(700))/700, random.IntN(4)
		u.add(ratio, int64(weight))
		each = append(each, slices.Repeat([]float64{ratio}, weight)...)
		if i%100 != 99 {
			continue
		}
		sorted := slices.Sorted(slices.Values(each))
		want := 100 * sorted[(95*len(sorted)+99)/100-1]
		if _, p95, ok := u.percent(); !ok || p95 != want {
			t.Fatalf("after %d: %v, %v, want %v", i+1, p95, ok, want)
		}
	}
}
