package capacity

import (
	"fmt"
	"math"
	"strconv"

	"autoscale-lab/lab"
)

const (
	// Least is the lowest rate that is tried: 1 request/s.
	Least = 1.0
	// within is how near, as a ratio, the rate found is to one that does not hold.
	within = 1.03
	start  = 4.0 // where nothing is known
)

// Search says which rate to try next, from what those before showed. Where
// utilization is known it aims, since utilization is about proportional to the
// rate; else it halves. A rate that does not hold is tried once more, unless
// that was clear.
//
// Make one with NewSearch.
type Search struct {
	target float64 // of utilization
	most   float64 // that can be sent
	rate   float64 // to be tried next; 0: there is nothing left to try
	failed *Step   // rate has failed once
	lo, hi *Step   // the most that held, the least that did not
	aimed  int     // times in a row that aiming between the two was tried
}

// NewSearch begins at the rate that is expected to hold, or low if that is 0.
// It goes up to most.
func NewSearch(t Targets, expected, most float64) *Search {
	s := &Search{target: t.Utilization, most: most, rate: start}
	if expected > 0 {
		s.rate = expected
	}
	s.rate = round(min(max(s.rate, Least), most))
	return s
}

// Next is the rate to be tried next; false when the search is over.
func (s *Search) Next() (perSecond float64, ok bool) { return s.rate, s.rate > 0 }

// Rough tells that the next rate is so far from all that is known that a short
// look will do.
func (s *Search) Rough() bool {
	return s.hi == nil && (s.lo == nil && s.rate == start || s.lo != nil && s.rate >= 2*s.lo.PerSecond)
}

// Add takes what the rate of Next showed.
func (s *Search) Add(step Step) {
	switch {
	case step.Held:
		s.lo = &step
	case !step.Clear && s.failed == nil:
		s.failed = &step
		return
	case s.failed != nil && step.Doubt != "":
		s.hi = s.failed // which may be past doubt
	default:
		s.hi = &step
	}
	s.failed = nil
	switch {
	case s.lo == nil:
		s.rate = s.down()
	case s.hi == nil:
		s.rate = s.up()
	default:
		s.rate = s.between()
	}
}

// Found is the best step there was. Doubt says why one instance may carry more;
// "" if it does not.
func (s *Search) Found() (best lab.CalibrationStep, doubt string, err error) {
	switch {
	case s.lo == nil && s.hi == nil:
		return best, "", fmt.Errorf("capacity: nothing was tried")
	case s.lo == nil && s.hi.Doubt != "":
		return best, "", fmt.Errorf("not even %g/s held: %s; but %s", s.hi.PerSecond, s.hi.Why, s.hi.Doubt)
	case s.lo == nil:
		return best, "", fmt.Errorf("one instance does not carry even %g/s: %s", s.hi.PerSecond, s.hi.Why)
	case s.hi == nil:
		return s.lo.CalibrationStep, "more than that cannot be sent", nil
	}
	return s.lo.CalibrationStep, s.hi.Doubt, nil
}

// down is where to go when nothing has held yet.
func (s *Search) down() float64 {
	if s.hi.PerSecond <= Least {
		return 0
	}
	next := s.hi.PerSecond / 2
	if u := s.hi.Utilization; u.OK && u.Value > s.target && !s.hi.Clear {
		next = min(s.aim(s.hi), s.hi.PerSecond/within)
	}
	return round(max(next, Least))
}

// up is where to go while all has held: as far as utilization promises.
func (s *Search) up() float64 {
	if s.lo.PerSecond >= s.most {
		return 0
	}
	next := 4 * s.lo.PerSecond
	if u := s.lo.Utilization; !u.OK || u.Value > s.target/8 {
		next = 2 * s.lo.PerSecond
	}
	if aim := s.aim(s.lo); aim > 0 {
		next = min(next, max(aim, s.lo.PerSecond*within))
	}
	return round(min(next, s.most))
}

// between is where to go between what held and what did not; 0 when they are
// near enough.
func (s *Search) between() float64 {
	lo, hi := s.lo.PerSecond, s.hi.PerSecond
	if round(lo*within) >= hi {
		return 0
	}
	middle := round(math.Sqrt(lo * hi))
	aim := s.aim(s.lo)
	if l, h := s.lo.Utilization, s.hi.Utilization; l.OK && h.OK && h.Value > s.target && !s.hi.Clear {
		aim = lo + (hi-lo)*(s.target-l.Value)/(h.Value-l.Value)
	}
	if s.aimed++; aim <= lo/within || aim >= hi*within || s.aimed > 3 || lo*within*within >= hi {
		s.aimed = 0
		return middle
	}
	return round(min(max(aim, lo*within), hi/within))
}

// aim is the rate at which utilization would be on its target, were it
// proportional to the rate; 0 if that cannot be told.
func (s *Search) aim(from *Step) float64 {
	if u := from.Utilization; u.OK && u.Value >= s.target/16 {
		return from.PerSecond * s.target / u.Value
	}
	return 0
}

// round keeps three digits: a rate is read by people.
func round(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return v
}
