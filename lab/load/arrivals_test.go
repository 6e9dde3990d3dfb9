package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// Shapes to come, to see that Arrivals asks of a shape only Level and Total.

// ramp rises from a to b within over and stays.
type ramp struct {
	a, b float64
	over time.Duration
}

func (r ramp) Level(t time.Duration) float64 {
	return r.a + (r.b-r.a)*min(t.Seconds()/r.over.Seconds(), 1)
}

func (r ramp) Total(t time.Duration) float64 {
	in, after := min(t, r.over).Seconds(), max(t-r.over, 0).Seconds()
	return r.a*in + (r.b-r.a)*in*in/(2*r.over.Seconds()) + r.b*after
}

// pulses is on at level c for the first half of every 2 s, and silent for the
// second.
type pulses struct{ c float64 }

func (p pulses) Level(t time.Duration) float64 {
	if t%(2*time.Second) < time.Second {
		return p.c
	}
	return 0
}

func (p pulses) Total(t time.Duration) float64 {
	return p.c * (math.Floor(t.Seconds()/2) + min(math.Mod(t.Seconds(), 2), 1))
}

// sine swings around mean, down to 0.
type sine struct{ mean, period float64 }

func (s sine) Level(t time.Duration) float64 {
	return s.mean * (1 + math.Sin(2*math.Pi*t.Seconds()/s.period))
}

func (s sine) Total(t time.Duration) float64 {
	w := 2 * math.Pi / s.period
	return s.mean * (t.Seconds() + (1-math.Cos(w*t.Seconds()))/w)
}

var profiles = map[string]lab.Profile{
	"15 a second":         constant{15},
	"a third a second":    constant{1.0 / 3},
	"20,000 a second":     constant{20000},
	"from nothing to 200": ramp{0, 200, 10 * time.Second},
	"from 100 to nothing": ramp{100, 0, 7 * time.Second},
	"pulses":              pulses{40},
	"a sine":              sine{30, 5},
}

// until is all that is due by t.
func until(a *Arrivals, t time.Duration) []time.Duration {
	var out []time.Duration
	for {
		at, ok := a.Next()
		if !ok || at > t {
			a.Retarget(a.load, t) // takes it back
			return out
		}
		out = append(out, at)
	}
}

func TestEvenArrivalsInvertTotal(t *testing.T) {
	const start = 3 * time.Second
	for name, p := range profiles {
		t.Run(name, func(t *testing.T) {
			a := NewArrivals(lab.Load{Shape: p}, start)
			for k := 1; k <= 500; k++ {
				at, ok := a.Next()
				if !ok {
					if p.Total(horizon) >= float64(k) {
						t.Fatalf("the %d-th is missing", k)
					}
					return
				}
				// ⌊Total⌋ steps from k−1 to k in that very nanosecond.
				if at -= start; p.Total(at) < float64(k) || p.Total(at-1) >= float64(k) {
					t.Fatalf("the %d-th is due at %v, where Total is %v; before, %v", k, at, p.Total(at), p.Total(at-1))
				}
			}
		})
	}
}

func TestAsManyAsTheFloorOfTotal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, p := range profiles {
		for range 50 {
			end := time.Duration(rng.Int64N(int64(12 * time.Second)))
			want := math.Floor(p.Total(end))
			if want > 50000 {
				continue
			}
			if got := len(until(NewArrivals(lab.Load{Shape: p}, 0), end)); float64(got) != want {
				t.Errorf("%s: %d in %v, Total is %v", name, got, end, p.Total(end))
			}
		}
	}
}

func TestSilenceIsNoArrival(t *testing.T) {
	a := NewArrivals(lab.Load{Shape: constant{0}}, time.Hour)
	if at, ok := a.Next(); ok {
		t.Fatalf("due at %v", at)
	}
	a.Retarget(lab.Load{Shape: constant{10}}, 2*time.Hour)
	if at, ok := a.Next(); !ok || at != 2*time.Hour+100*time.Millisecond {
		t.Fatalf("after the silence: %v, %v", at, ok)
	}
}

func TestRetargetKeepsTheUnfinishedPart(t *testing.T) {
	at := func(rate float64) lab.Load { return lab.Load{Shape: constant{rate}} }
	// 1 a second; after 0.75 of an interval 10 a second, so a quarter of 100 ms
	// is left to wait; and so on.
	a := NewArrivals(at(1), 0)
	if got, _ := a.Next(); got != time.Second {
		t.Fatal(got)
	}
	a.Retarget(at(10), 750*time.Millisecond)
	if got, _ := a.Next(); got != 775*time.Millisecond {
		t.Fatal(got)
	}
	if got, _ := a.Next(); got != 875*time.Millisecond {
		t.Fatal(got)
	}
	a.Retarget(at(10), 800*time.Millisecond) // the same: nothing moves
	if got, _ := a.Next(); got != 875*time.Millisecond {
		t.Fatal(got)
	}
	a.Retarget(at(0), 925*time.Millisecond) // half an interval waited
	if got, ok := a.Next(); ok {
		t.Fatal(got)
	}
	a.Retarget(at(5), 10*time.Second) // half of 200 ms left
	if got, _ := a.Next(); got != 10100*time.Millisecond {
		t.Fatal(got)
	}
}

// However the level is turned, the requests due are as many as the integral of
// what it was, and no two are nearer than the highest level allows, nor farther
// than the lowest.
func TestRetargetMakesNoBurstAndNoGap(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		rate := 1 + 99*rng.Float64()
		now, total, n := time.Duration(0), 0.0, 0
		least, most := rate, rate
		last := time.Duration(0)
		a := NewArrivals(lab.Load{Shape: constant{rate}}, 0)
		for range 30 {
			end := now + time.Duration(rng.Int64N(int64(300*time.Millisecond)))
			for _, at := range until(a, end) {
				gap := (at - last).Seconds()
				if at < now || gap < 1/most-1e-6 || gap > 1/least+1e-6 {
					t.Fatalf("seed %d: due at %v after %v, levels %v to %v", seed, at, last, least, most)
				}
				n, last, least, most = n+1, at, rate, rate
			}
			total += rate * (end - now).Seconds()
			if d := total - float64(n); d < -1e-6 || d >= 1+1e-6 {
				t.Fatalf("seed %d: %d due, the integral is %v", seed, n, total)
			}
			now, rate = end, 1+99*rng.Float64()
			least, most = min(least, rate), max(most, rate)
			a.Retarget(lab.Load{Shape: constant{rate}}, now)
		}
	}
}

func TestPoissonArrivals(t *testing.T) {
	l := lab.Load{Shape: constant{100}, Spacing: lab.Poisson, Seed: 42}
	all := until(NewArrivals(l, 0), 200*time.Second)
	if again := until(NewArrivals(l, 0), 200*time.Second); !slices.Equal(all, again) {
		t.Error("the same seed, other arrivals")
	}
	l.Seed++
	if other := until(NewArrivals(l, 0), 200*time.Second); slices.Equal(all, other) {
		t.Error("another seed, the same arrivals")
	}
	// 20,000 expected with a standard deviation of 141; gaps have a coefficient
	// of variation of 1, and e⁻¹ of them are longer than the mean.
	n := float64(len(all))
	if math.Abs(n-20000) > 5*math.Sqrt(20000) {
		t.Errorf("%v arrivals", n)
	}
	var sum, squares, long float64
	for i := 1; i < len(all); i++ {
		gap := (all[i] - all[i-1]).Seconds() * 100
		sum, squares = sum+gap, squares+gap*gap
		if gap > 1 {
			long++
		}
	}
	mean := sum / n
	if cv := math.Sqrt(squares/n-mean*mean) / mean; math.Abs(cv-1) > 0.05 || math.Abs(long/n-1/math.E) > 0.02 {
		t.Errorf("coefficient of variation %v, %v longer than the mean", cv, long/n)
	}
}

// A Poisson load that is turned up and down all the time stays one.
func TestRetargetedPoissonKeepsItsRate(t *testing.T) {
	l := lab.Load{Shape: constant{100}, Spacing: lab.Poisson, Seed: 1}
	a, n, last := NewArrivals(l, 0), 0, time.Duration(0)
	for now := time.Duration(0); now < 100*time.Second; now += 3 * time.Millisecond {
		for _, at := range until(a, now) {
			if at < last {
				t.Fatalf("%v after %v", at, last)
			}
			n, last = n+1, at
		}
		a.Retarget(l, now)
	}
	if math.Abs(float64(n)-10000) > 5*100 {
		t.Errorf("%d of 10000", n)
	}
}

func TestSkip(t *testing.T) {
	a := NewArrivals(lab.Load{Shape: constant{10}}, 0)
	a.Next() // 100 ms
	if n := a.Skip(time.Hour + 50*time.Millisecond); n != 35999 {
		t.Errorf("skipped %d", n)
	}
	if at, _ := a.Next(); at != time.Hour+100*time.Millisecond {
		t.Errorf("then due at %v: the spacing is lost", at)
	}
	if n := a.Skip(time.Hour + 70*time.Millisecond); n != 0 {
		t.Errorf("skipped %d that were not due", n)
	}
	if at, _ := a.Next(); at != time.Hour+100*time.Millisecond {
		t.Errorf("then due at %v: one that was not due is lost", at)
	}

	p := NewArrivals(lab.Load{Shape: constant{10}, Spacing: lab.Poisson, Seed: 3}, 0)
	if n := p.Skip(time.Hour); math.Abs(float64(n)-36000) > 5*math.Sqrt(36000) {
		t.Errorf("skipped %d", n)
	}
	if at, ok := p.Next(); !ok || at < time.Hour {
		t.Errorf("then due at %v", at)
	}
}

func BenchmarkNext(b *testing.B) {
	for _, p := range []string{"15 a second", "a sine"} {
		for _, spacing := range []lab.Spacing{lab.Even, lab.Poisson} {
			b.Run(p+"/"+spacing.String(), func(b *testing.B) {
				a := NewArrivals(lab.Load{Shape: profiles[p], Spacing: spacing}, 0)
				for b.Loop() {
					a.Next()
				}
			})
		}
	}
}
