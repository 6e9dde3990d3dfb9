package load

import (
	"math"
	"math/rand/v2"
	"time"

	"autoscale-lab/lab"
)

// Arrivals is a cursor over the moments at which an open load's requests are
// due: a pure function of profile, start and seed.
//
// It counts in units of Total, in which every shape is a straight line, and
// turns a count back into a moment by looking for the first nanosecond at which
// Total has reached it:
//
//	Total ┤             ╱          goal₃   even:    goalₖ = k
//	      │          ╱ ┊           goal₂   poisson: goalₖ = goalₖ₋₁ − ln(1−U)
//	      │    __╱┊    ┊
//	      │ ╱┊    ┊    ┊           goal₁
//	      └──┴────┴────┴──────▶ t
//
// So with even spacing exactly ⌊Total(t)⌋ requests are due in [0, t], the first
// of them one interval after the start. A Poisson process of a varying rate is
// one of rate 1 on the axis of its integrated rate (Çinlar, Introduction to
// Stochastic Processes, 1975, ch. 4.7).
//
// It is not safe for concurrent use.
type Arrivals struct {
	load  lab.Load
	start time.Duration
	rng   *rand.Rand

	base  float64       // even: the k-th goal is base+k, so that no error adds up
	k     float64       //
	goal  float64       // Total at which the next request is due …
	given bool          // … or was, if it has been given already
	last  time.Duration // since start: no further request is due before
}

// NewArrivals begins at lab time start, where the profile's time is 0.
func NewArrivals(l lab.Load, start time.Duration) *Arrivals {
	a := &Arrivals{load: l, start: start, rng: newRand(l.Seed)}
	a.rebase(0)
	a.advance()
	return a
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x10ad)) }

// Next is the moment, in lab time, at which the next request is due; false if
// no further one will ever be, unless the load is changed.
func (a *Arrivals) Next() (time.Duration, bool) {
	if a.given {
		a.advance()
		a.given = false
	}
	at, ok := reach(a.load.Shape, a.goal, a.last)
	if !ok {
		return 0, false
	}
	a.given, a.last = true, at
	return a.start + at, true
}

// Retarget makes l the load from lab time now on. The request under way keeps
// the part of its interval that it has waited already, and only the rest goes
// on at the new level: no burst, no gap. If Next has given a moment after now,
// it is taken back. What was due before now and has not been taken is skipped.
// The profile's time goes on from the start.
func (a *Arrivals) Retarget(l lab.Load, now time.Duration) {
	a.Skip(now)
	t := a.since(now)
	rest := a.goal - a.load.Shape.Total(t)
	if l.Seed != a.load.Seed {
		a.rng = newRand(l.Seed)
	}
	a.load = l
	a.rebase(l.Shape.Total(t) + rest) // the next request is the 0th
}

// Skip passes over every request due by now that Next has not given, and tells
// how many they were (with Poisson spacing: how many were to be expected). It
// takes the same time however many.
func (a *Arrivals) Skip(now time.Duration) int64 {
	t := a.since(now)
	if a.given && a.last <= t {
		a.advance()
	}
	a.given, a.last = false, t
	over := a.load.Shape.Total(t) - a.goal
	if over < 0 {
		return 0
	}
	if a.load.Spacing == lab.Poisson {
		a.goal += over // the process has no memory
		a.advance()
		return int64(math.Round(over)) + 1
	}
	n := math.Floor(over) + 1
	a.k += n
	a.goal = a.base + a.k
	return int64(n)
}

func (a *Arrivals) since(now time.Duration) time.Duration { return max(now-a.start, 0) }

// rebase counts from that Total on.
func (a *Arrivals) rebase(total float64) { a.base, a.k, a.goal = total, 0, total }

// advance sets the goal to the next request's.
func (a *Arrivals) advance() {
	if a.load.Spacing == lab.Poisson {
		a.goal -= math.Log1p(-a.rng.Float64())
		a.rebase(a.goal)
		return
	}
	a.k++
	a.goal = a.base + a.k
}

// horizon is as far as reach looks: a hundred years.
const horizon = 100 * 365 * 24 * time.Hour

// reach is the first moment at or after from at which p's Total is goal or
// more; false if that is beyond the horizon. It needs nothing of p but that
// Total never falls: it guesses by the Level, then doubles its steps away from
// the guess until the moment lies between two of them, and halves.
func reach(p lab.Profile, goal float64, from time.Duration) (time.Duration, bool) {
	if p.Total(from) >= goal {
		return from, true
	}
	lo, hi := from, horizon // Total(lo) < goal <= Total(hi), once hi is known
	guess := from + 1
	if ahead := (goal - p.Total(from)) / p.Level(from) * 1e9; ahead >= 1 && ahead < float64(horizon-from) {
		guess += time.Duration(ahead) - 1
	}
	if p.Total(guess) < goal {
		lo = guess
		for step := time.Duration(1); ; step *= 2 {
			if step >= horizon-lo {
				if p.Total(horizon) < goal {
					return 0, false
				}
				break
			}
			if p.Total(lo+step) >= goal {
				hi = lo + step
				break
			}
			lo += step
		}
	} else {
		hi = guess
		for step := time.Duration(1); step < hi-from; step *= 2 {
			if p.Total(hi-step) < goal {
				lo = hi - step
				break
			}
			hi -= step
		}
	}
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; p.Total(mid) >= goal {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, true
}
