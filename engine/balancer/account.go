package balancer

import (
	"time"

	"autoscale-lab/lab"
)

// account counts requests since its last cut. Guarded by the balancer's lock,
// but for spare, which is Observe's.
type account struct {
	lab.Traffic
	busy        time.Duration // Σ ends − Σ beginnings since the last cut: with what is in flight, ∫ in flight dt
	hist, spare *lab.Histogram
	quiet       chan struct{} // closed when none is in flight, if anybody waits for it
}

func newAccount() account {
	return account{hist: lab.NewHistogram(), spare: lab.NewHistogram()}
}

// ending is how a request ended: well, or for a cause.
type ending struct {
	failed  bool
	cause   lab.Cause
	latency time.Duration
}

func (a *account) enter(at time.Duration) {
	a.Offered++
	a.InFlight++
	a.busy -= at
}

func (a *account) leave(at time.Duration, e ending, slo time.Duration) {
	a.InFlight--
	a.busy += at
	if e.failed {
		a.Failed[e.cause]++
	} else {
		a.OK++
		a.hist.Record(e.latency)
		if slo > 0 && e.latency > slo {
			a.Slow++
		}
	}
	if a.InFlight == 0 && a.quiet != nil {
		close(a.quiet)
		a.quiet = nil
	}
}

// whenQuiet is closed as soon as none is in flight.
func (a *account) whenQuiet() <-chan struct{} {
	quiet := a.quiet
	if quiet == nil {
		quiet = make(chan struct{})
		if a.InFlight == 0 {
			close(quiet)
		} else {
			a.quiet = quiet
		}
	}
	return quiet
}

// cut takes the counts up to at and begins anew. Its latencies stay in spare.
// The sums may wrap around; their difference does not.
func (a *account) cut(at time.Duration) lab.Traffic {
	t, open := a.Traffic, time.Duration(a.InFlight)*at
	t.Busy = a.busy + open
	a.Traffic = lab.Traffic{InFlight: t.InFlight, Queued: t.Queued}
	a.busy = -open
	a.hist, a.spare = a.spare, a.hist
	return t
}

// moment is when something is counted. It never goes back, or what came before
// a cut and is counted after it would have lasted less than nothing. Under the
// lock.
func (b *Balancer) moment(now time.Duration) time.Duration {
	b.latest = max(b.latest, now)
	return b.latest
}

// Observe is all that was counted since the last Observe, up to lab time at:
// of the front, of what of that was foreign, and of each instance that was in
// the pool, had requests in flight, or ended some since.
//
// Every request is Offered to the front; it has Arrived once it was given to
// an instance, however often it had to be. Each attempt counts with the
// instance it was made at, so there Arrived is Offered, and a refused
// connection is a failure of the instance even if another one answered.
// One held is in flight at the front, and Queued, from its arrival on.
// Latency and Service are the same: the front's from the request's arrival, an
// instance's from the pick, both to the end of the answer's body (of an
// upgraded connection: to the upgrade).
func (b *Balancer) Observe(at time.Duration) (front, foreign lab.Traffic, byInstance map[string]lab.Traffic) {
	b.observing.Lock()
	defer b.observing.Unlock()

	type part struct {
		m *member
		t lab.Traffic
	}
	b.mu.Lock()
	at = b.moment(at)
	front, foreign = b.front.cut(at), b.foreign.cut(at)
	parts := make([]part, 0, len(b.members))
	for id, m := range b.members {
		parts = append(parts, part{m, m.cut(at)})
		if !m.pooled && m.InFlight == 0 {
			delete(b.members, id)
		}
	}
	b.mu.Unlock()

	front.Latency = b.front.spare.Cut()
	front.Service = front.Latency
	foreign.Latency = b.foreign.spare.Cut()
	foreign.Service = foreign.Latency
	byInstance = make(map[string]lab.Traffic, len(parts))
	for _, p := range parts {
		t := p.t
		t.Latency = p.m.spare.Cut()
		t.Service = t.Latency
		byInstance[p.m.id] = t
	}
	return front, foreign, byInstance
}
