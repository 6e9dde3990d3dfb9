package lab

import "time"

// life is a process: when it started, was last seen, and ended (0: not yet).
type life struct {
	from, seen, to time.Duration
	ended          bool
}

// paid is what lifetimes come to, in microseconds: of many instances over years,
// nanoseconds would not fit.
type paid struct{ lived, perSecond, perHour int64 }

func (p *paid) add(b *[2]billing, life time.Duration) {
	p.lived += life.Microseconds()
	p.perSecond += b[0].of(life).Microseconds()
	p.perHour += b[1].of(life).Microseconds()
}

// begun tells whether an instance has a process, or had one: it may be backing
// off from its first.
func (i *Instance) begun() bool { return i.PID != 0 || i.EverReady }

// running is the number of instances that are paid for.
func (s *Sample) running() int {
	n := 0
	for i := range s.Instances {
		if in := &s.Instances[i]; in.Alive() && in.begun() {
			n++
		}
	}
	return n
}

// live follows a process from its start to its end.
func (s *Score) live(in *Instance, at time.Duration) {
	l := s.lives[in.ID]
	if l == nil {
		if !in.begun() {
			return
		}
		if !in.Alive() && in.Ended < s.origin {
			return // it is only told of in the run
		}
		l = &life{from: max(in.Started-s.origin, 0)}
		s.lives[in.ID] = l
	}
	l.seen = at
	if l.ended = !in.Alive(); l.ended {
		l.to = max(in.Ended-s.origin, l.from)
	}
}

// forget enters those that have ended and are no longer told of.
func (s *Score) forget(at time.Duration) {
	for id, l := range s.lives {
		if l.ended && l.seen < at {
			s.past.add(&s.billing, l.to-l.from)
			delete(s.lives, id)
		}
	}
}

// lifetimes are those of all processes within the run. One that is no longer
// told of, though its end was not seen, ended an interval after the last word.
func (s *Score) lifetimes(end time.Duration) paid {
	sum := s.past
	for _, l := range s.lives {
		to := end
		switch {
		case l.ended:
			to = min(l.to, end)
		case l.seen < s.seen:
			to = min(l.seen+s.interval, end)
		}
		if l.from <= end {
			sum.add(&s.billing, max(to-l.from, 0))
		}
	}
	return sum
}
