package lab

import (
	"math"
	"slices"
	"time"
)

// Score reads a run tick by tick, in one pass, and can be asked for its Scores
// at any moment; one and the same for live, stored and simulated runs. Every
// quantity is a step function: a tick's values hold until the next tick.
//
//	Add ─ moment of the tick ─▶ pending ─ next moment ─▶ settle: its values held so long
//	Scores(end) ─ the pending one held until the end ─▶ figures
//
// Its state is bounded, apart from one pair a tick for the utilization.
type Score struct {
	rules
	uppers bool // there was an upper
	limit  upperFollower

	pending *moment
	covered time.Duration

	supply, running area
	ready, demand   track // changes
	desired         track
	window          window
	unstable        time.Duration
	readyTime       float64 // ∫ ready dt, seconds

	ok, failed, missed, judged int64 // requests; judged are those with a histogram
	slowTime, p95Time          time.Duration
	used                       uses
	overUpper                  time.Duration

	over                           bool // a breach is on
	calm                           time.Duration
	breach, decided, grown, relief *time.Duration
	capacity                       float64
	calibrated                     bool
	lives                          map[string]*life // of those whose end is not known
	past                           paid             // of those that have ended
	seen                           time.Duration    // the last look at the instances
}

// rules are the lengths and amounts that figures depend on.
type rules struct {
	origin      time.Duration
	interval    time.Duration
	maxHold     time.Duration // 0: no limit
	target      time.Duration // of p95; 0: none
	oscillation time.Duration
	width       time.Duration // of a window of instability
	reliefHold  time.Duration
	billing     [2]billing
	price       float64
	fleet       float64 // requests/s of one instance, as the experiment sets it up
	measured    float64 // the same, calibrated; 0: it is not
}

// billing counts a lifetime in whole grains, and at least so much.
type billing struct{ grain, least time.Duration }

func (b billing) of(life time.Duration) time.Duration {
	return max(b.least, (life+b.grain-1)/b.grain*b.grain)
}

// NewScore begins to score a run. Its windows, holds and billing periods are
// divided by the run's speed; not how long a tick holds, for ticks are as long
// as ever.
func NewScore(run *Run) *Score {
	e := &run.Experiment
	speed := e.Speed
	if speed <= 0 {
		speed = 1
	}
	fast := func(d time.Duration) time.Duration { return max(1, time.Duration(float64(d)/speed)) } // whatever a file says
	interval := max(e.Interval, time.Millisecond)
	price := e.Price
	if price <= 0 {
		price = DefaultPrice
	}
	return newScore(rules{
		origin: run.Origin, interval: interval, maxHold: 5 * interval, target: e.SLO,
		oscillation: fast(time.Minute), width: fast(10 * time.Second), reliefHold: fast(5 * time.Second),
		billing: [2]billing{{fast(time.Second), fast(time.Minute)}, {fast(time.Hour), fast(time.Hour)}}, price: price,
		fleet: e.Fleet.Capacity(), measured: e.Calibrated,
	}, e.Policy)
}

func newScore(r rules, policy string) *Score {
	return &Score{rules: r, limit: newUpperFollower(policy, r.origin), lives: map[string]*life{}}
}

// moment is what the figures read of a tick. At counts from the run's beginning.
type moment struct {
	at                     time.Duration
	demand, ready, running count
	wished, wanted         count // before the decision, which a user may have changed since the last one, and by it
	p95                    value // seconds; +Inf: all that ended failed
	used                   value // utilization
	upper                  value
	ok, slow, failed       int64
	histogram              bool
}

type count struct {
	n  int
	ok bool
}

type value struct {
	v  float64
	ok bool
}

// Add takes the next tick. One at or before the run's beginning is left out.
func (s *Score) Add(t *Tick) {
	sample := &t.Sample
	for i := range t.Events {
		s.limit.follow(&t.Events[i])
	}
	if sample.At <= s.origin {
		return
	}
	seen := sample.Seen()
	m := moment{
		at:    sample.At - s.origin,
		ready: count{sample.Serving(), true}, running: count{sample.running(), true},
		wished: count{sample.Desired, true}, wanted: count{t.Decision.Desired, true},
		ok: seen.OK, slow: seen.Slow, failed: seen.Failures(), histogram: seen.OK == 0 || len(seen.Latency) > 0,
	}
	m.upper = value{s.limit.now.Value, s.limit.now.OK}
	if !sample.Gap { // else what was measured is not of this time
		s.capacity, s.calibrated = s.carries(sample), s.measured > 0
		m.demand = demanded(sample, s.capacity)
		cpu := sample.InstanceCPU()
		m.used = value{cpu.Value, cpu.OK}
		if p, ok := seen.Latency.Quantile(0.95); ok {
			m.p95 = value{p.Seconds(), true}
		} else if m.failed > 0 {
			m.p95 = value{math.Inf(1), true}
		}
	}
	for i := range sample.Instances {
		s.live(&sample.Instances[i], m.at)
	}
	s.forget(m.at)
	s.seen = m.at
	s.add(m)
}

// carries is the requests/s that one instance is counted on to carry; 0: it is
// not known.
func (r *rules) carries(sample *Sample) float64 {
	switch {
	case r.measured > 0 && r.fleet > 0 && sample.Capacity > 0: // turned since: in proportion
		return r.measured * sample.Capacity / r.fleet
	case r.measured > 0:
		return r.measured
	}
	return sample.Capacity * DemandUtilization
}

// demanded is the instances that the offered rate needs, of a capacity; a
// closed load has no rate of its own.
func demanded(sample *Sample, capacity float64) count {
	if capacity <= 0 || sample.Span <= 0 || sample.Model == Closed && (sample.LoadOn || sample.Generator.Offered > 0) {
		return count{}
	}
	return count{demandFor(sample.OfferedRate(), capacity, sample.Limits.Min), true}
}

// Demand is the instances that a sample's offered rate needs, as a run of the
// experiment is scored by; ok: it is known.
func (e *Experiment) Demand(sample *Sample) (n int, ok bool) {
	if sample.Gap {
		return 0, false
	}
	r := rules{fleet: e.Fleet.Capacity(), measured: e.Calibrated}
	d := demanded(sample, r.carries(sample))
	return d.n, d.ok
}

// demandFor is the instances that carry a rate. The 1e-9 keeps 7.7/0.7 at 11.
func demandFor(rate, capacity float64, least int) int {
	return max(least, int(math.Ceil(rate/capacity-1e-9)))
}

// add takes the next moment; of two at one time the last wins.
func (s *Score) add(m moment) {
	if s.pending != nil {
		if m.at < s.pending.at {
			return
		}
		s.settle(m.at)
	}
	s.pending = &m
}

// settle enters the pending moment, whose values held until then. One that held
// for no time has been overtaken by another at its own.
func (s *Score) settle(until time.Duration) {
	if until > s.pending.at {
		s.enter(s.pending, until)
	}
}

// ended is the score as if the run ended then. It shares what it only reads.
func (s *Score) ended(end time.Duration) *Score {
	c := *s
	c.used.fresh = slices.Clip(s.used.fresh)
	if c.pending != nil && c.pending.at <= end {
		c.enter(c.pending, end)
	}
	c.window.close(&c)
	if c.breach != nil && !c.over && c.relief == nil && end-c.calm >= c.reliefHold {
		calm := c.calm
		c.relief = &calm
	}
	return &c
}

// enter takes a moment whose values hold until then, or as long as a tick may.
func (s *Score) enter(m *moment, until time.Duration) {
	s.uppers = s.uppers || m.upper.ok
	s.follow(m)
	s.window.move(s, m, until)
	s.ok += m.ok
	s.failed += m.failed
	if m.histogram {
		s.missed += m.slow + m.failed
		s.judged += m.ok + m.failed
	}
	hold := until - m.at
	if s.maxHold > 0 {
		hold = min(hold, s.maxHold)
	}
	if hold <= 0 {
		return
	}
	s.covered += hold
	if m.ready.ok {
		s.readyTime += float64(m.ready.n) * hold.Seconds()
	}
	if m.demand.ok && m.ready.ok {
		s.supply.add(m.demand.n, m.ready.n, hold)
		s.window.hold(s, m.at, hold)
	}
	if m.demand.ok && m.running.ok {
		s.running.add(m.demand.n, m.running.n, hold)
	}
	if m.p95.ok {
		s.p95Time += hold
		if s.slow(m) {
			s.slowTime += hold
		}
	}
	if m.used.ok {
		if m.ready.ok && m.ready.n > 0 {
			s.used.add(m.used.v, int64(m.ready.n)*hold.Milliseconds())
		}
		if m.hot() {
			s.overUpper += hold
		}
	}
}

func (s *Score) slow(m *moment) bool {
	return m.p95.ok && s.target > 0 && m.p95.v > s.target.Seconds()
}

func (m *moment) hot() bool { return m.used.ok && m.upper.ok && m.used.v > m.upper.v }

// follow notes what changed at a moment: the wish, the instances, the demand,
// and whether the service is over its limits. An unknown signal is not over;
// with both unknown the state before holds.
func (s *Score) follow(m *moment) {
	if s.breach != nil && !s.over && s.relief == nil && m.at-s.calm >= s.reliefHold {
		calm := s.calm
		s.relief = &calm
	}
	if m.p95.ok && s.target > 0 || m.used.ok && m.upper.ok {
		over := s.slow(m) || m.hot()
		if s.over && !over {
			s.calm = m.at
		}
		s.over = over
	}
	if s.over && s.breach == nil {
		s.breach = &m.at
	}
	more := s.ready.follow(m.ready, m.at, s.oscillation)
	if more && s.breach != nil && s.grown == nil && m.at > *s.breach {
		s.grown = &m.at
	}
	byHand := s.desired.follow(m.wished, m.at, s.oscillation)
	more = s.desired.follow(m.wanted, m.at, s.oscillation)
	if (more || byHand) && s.breach != nil && s.decided == nil {
		s.decided = &m.at
	}
	s.demand.follow(m.demand, m.at, s.oscillation)
}

// area is supply against demand.
type area struct {
	known               time.Duration
	under, over         float64 // ∫ of shares of demand, seconds
	underTime, overTime time.Duration
	missing, surplus    float64 // ∫ of instances, seconds
}

func (a *area) add(demand, supply int, hold time.Duration) {
	a.known += hold
	off := supply - demand
	instances := math.Abs(float64(off)) * hold.Seconds()
	part := instances / float64(max(demand, 1))
	switch {
	case off < 0:
		a.under += part
		a.underTime += hold
		a.missing += instances
	case off > 0:
		a.over += part
		a.overTime += hold
		a.surplus += instances
	}
}

// track follows a number of instances and counts its changes; what is unknown
// is passed over.
type track struct {
	known    bool
	n        int
	steps    int // Σ |Δ|
	up, down int
	turns    int // changes of the other direction soon after the last
	way      int
	turned   time.Duration
}

// follow tells whether it has risen.
func (t *track) follow(c count, at, soon time.Duration) bool {
	if !c.ok {
		return false
	}
	by := c.n - t.n
	first := !t.known
	t.known, t.n = true, c.n
	if first || by == 0 {
		return false
	}
	way := 1
	if by < 0 {
		way, by = -1, -by
		t.down++
	} else {
		t.up++
	}
	t.steps += by
	if t.way == -way && at-t.turned <= soon {
		t.turns++
	}
	t.way, t.turned = way, at
	return way > 0
}

// window is the present one of the windows in which supply and demand should
// move the same way.
type window struct {
	k              int64 // which one
	known          time.Duration
	supply, demand net
}

// net is the change of a number within the window: against the last known one
// before it, else the first.
type net struct {
	known        bool
	before, last int
}

func (n *net) move(c count) {
	if !c.ok {
		return
	}
	if !n.known {
		n.known, n.before = true, c.n
	}
	n.last = c.n
}

// move takes the values of a moment, unless it is the end itself, which is in
// no window.
func (w *window) move(s *Score, m *moment, until time.Duration) {
	if until <= m.at {
		return
	}
	w.reach(s, int64(m.at/s.width))
	w.supply.move(m.ready)
	w.demand.move(m.demand)
}

// hold takes known time from a moment on.
func (w *window) hold(s *Score, from, hold time.Duration) {
	to := from + hold
	edge := time.Duration(w.k+1) * s.width
	w.known += min(to, edge) - from
	if to > edge { // nothing moves in the windows between
		w.reach(s, int64(to/s.width))
		w.known = to - max(from, time.Duration(w.k)*s.width)
	}
}

// reach goes on to another window.
func (w *window) reach(s *Score, k int64) {
	if k != w.k {
		w.close(s)
		w.k = k
	}
}

// close ends the window.
func (w *window) close(s *Score) {
	if sign(w.supply.last-w.supply.before) != sign(w.demand.last-w.demand.before) {
		s.unstable += w.known
	}
	w.known = 0
	w.supply.before, w.demand.before = w.supply.last, w.demand.last
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
