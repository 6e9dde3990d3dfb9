package report

import (
	"math"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// metric is one figure of a run and how it is judged.
type metric struct {
	name  string // its path in a run's JSON
	label string // on a screen, the unit in it
	unit  string
	rule  Rule
	timed bool                   // the tolerance is at least an interval
	digit int                    // behind the point
	of    func(*figures) float64 // NaN: not known
	// alike tells of two runs whether their figures can be compared; nil: always.
	alike func(a, b *figures) bool
}

const (
	usually = 0.05 // relative tolerance
	costs   = 0.02 // of what is paid
)

// metrics is every figure, in the order of the table.
var metrics = []metric{
	{"utilization.over_upper_s", "over upper s", "s", Rule{Lower, 0, usually}, true, 0, func(f *figures) float64 { return f.overUpper }, sameUpper},
	{"reaction.first_breach_s", "first breach s", "s", Rule{Neutral, 0, usually}, true, 1, func(f *figures) float64 { return f.breach }, sameBreach},
	{"reaction.decision_s", "decision s", "s", Rule{Lower, 0, usually}, true, 1, func(f *figures) float64 { return f.decision }, sameBreach},
	{"reaction.new_ready_s", "new ready s", "s", Rule{Lower, 0, usually}, true, 1, func(f *figures) float64 { return f.newReady }, sameBreach},
	{"reaction.relief_s", "relief s", "s", Rule{Lower, 0, usually}, true, 1, func(f *figures) float64 { return f.relief }, sameBreach},
	{"reaction.ready_after_load_s", "load→ready s", "s", Rule{Lower, 0, usually}, true, 1, func(f *figures) float64 { return f.afterLoad }, sameBase},
	{"latency_ms.p50", "p50 ms", "ms", Rule{Lower, 1, usually}, false, 1, func(f *figures) float64 { return value(f.sum.Latency.P50) }, nil},
	{"latency_ms.p95", "p95 ms", "ms", Rule{Lower, 1, usually}, false, 1, func(f *figures) float64 { return value(f.sum.Latency.P95) }, nil},
	{"latency_ms.p99", "p99 ms", "ms", Rule{Lower, 1, usually}, false, 1, func(f *figures) float64 { return value(f.sum.Latency.P99) }, nil},
	{"error_pct", "errors %", "%", Rule{Lower, 0.5, usually}, false, 2, func(f *figures) float64 { return value(f.sum.ErrorPct) }, nil},
	{"requests.ok", "requests ok", "", Rule{Neutral, 0, 0}, false, 0, func(f *figures) float64 { return float64(f.sum.Requests.OK) }, nil},
	{"instance_seconds", "inst·seconds", "instance·s", Rule{Lower, 0, costs}, false, 0, func(f *figures) float64 { return f.paid }, nil},
	{"ready_instance_seconds", "ready inst·s", "instance·s", Rule{Neutral, 0, costs}, false, 0, func(f *figures) float64 { return f.ready }, nil},
	{"instances.mean", "mean ready", "", Rule{Neutral, 0, usually}, false, 2, func(f *figures) float64 { return value(f.sum.Instances.Mean) }, nil},
	{"instances.peak", "peak ready", "", Rule{Neutral, 0, 0}, false, 0, func(f *figures) float64 { return float64(f.sum.Instances.Peak) }, nil},
	{"oscillations", "oscillations", "", Rule{Lower, 0, 0}, false, 0, func(f *figures) float64 { return f.oscillations }, nil},
	{"scale.up_events", "scaled up", "", Rule{Neutral, 0, 0}, false, 0, func(f *figures) float64 { return float64(f.sum.Scale.Up) }, nil},
	{"scale.down_events", "scaled down", "", Rule{Neutral, 0, 0}, false, 0, func(f *figures) float64 { return float64(f.sum.Scale.Down) }, nil},
	{"cpu_pct.mean", "CPU mean %", "%", Rule{Neutral, 0.5, usually}, false, 1, func(f *figures) float64 { return value(f.sum.CPU.Mean) }, nil},
	{"cpu_pct.p95", "CPU p95 %", "%", Rule{Neutral, 0.5, usually}, false, 1, func(f *figures) float64 { return value(f.sum.CPU.P95) }, nil},
	{"host.saturated_s", "saturated s", "s", Rule{Neutral, 0, usually}, true, 0, func(f *figures) float64 { return f.sum.Saturated }, nil},
}

func value(p *float64) float64 {
	if p == nil {
		return unknown
	}
	return *p
}

var unknown = math.NaN()

// figures are what a run comes to. What is not known is NaN; a reaction that
// nothing asked for is -Inf, a relief that never came +Inf.
type figures struct {
	sum                                lab.Summary
	overUpper, paid, ready             float64 // seconds, instance·seconds
	oscillations                       float64
	breach, decision, newReady, relief float64 // seconds; the last three from the breach on

	// afterLoad is the time from the first load to the first tick with more
	// instances ready than base, which is how many were ready or wanted when it
	// came: unlike the reaction to a breach, it is the same whatever the limits
	// are. What gets ready up to base only starts up.
	afterLoad float64
	base      int

	ruled  ruled // what its upper follows from
	turned bool  // on the way
	slo    time.Duration

	wished map[string]*Desired // by shadow; "": what was decided
}

// The rules' lengths of time.
const (
	oscillationWithin = time.Minute     // a change of the other direction not later than this
	reliefHolds       = 5 * time.Second // without a breach
	maxHold           = 5               // intervals that a tick's values hold
)

// measure reads a run in one pass. A tick's values hold to the next tick, but
// at most five intervals, and the last one's to the run's end.
func measure(rec *lab.Record) figures {
	run := &rec.Run
	m := meter{run: run, slo: run.Experiment.SLO, interval: max(run.Experiment.Interval, time.Millisecond), end: run.Origin + run.Duration, lives: map[string]*life{}, f: figures{breach: unknown, decision: unknown, newReady: unknown, relief: unknown, afterLoad: unknown}}
	m.limits = Limits(rec)
	m.f.ruled, m.f.turned, m.f.slo = m.limits[0].of, len(m.limits) > 1, m.slo
	m.load, m.loaded = firstLoad(rec)
	if run.Outcome == lab.Unfinished || run.Outcome == lab.Crashed {
		if n := len(rec.Ticks); n > 0 {
			m.end = max(m.end, rec.Ticks[n-1].Sample.At+m.interval)
		}
	}
	var tally lab.Tally
	summed := run.Outcome != lab.Unfinished && run.Summary.Requests.ByCause != nil // it has been summed up
	for i := range rec.Ticks {
		t := &rec.Ticks[i]
		if t.Sample.At <= run.Origin {
			continue // from before
		}
		if !summed {
			tally.Add(t)
		}
		if t.Sample.At > m.end {
			continue
		}
		until := m.end
		if i+1 < len(rec.Ticks) {
			until = min(until, rec.Ticks[i+1].Sample.At)
		}
		m.add(t, min(until-t.Sample.At, maxHold*m.interval))
	}
	if m.f.sum = run.Summary; !summed {
		m.f.sum = tally.Summary()
	}
	return m.figures()
}

// meter is the state of one pass over a run.
type meter struct {
	run      *lab.Run
	slo      time.Duration
	interval time.Duration
	end      time.Duration
	limits   []Limit       // still to come
	load     time.Duration // run time at which it began
	loaded   bool          // it did
	based    bool          // the base is known
	upper    float64
	judged   bool // there is an upper
	once     bool // there was one
	f        figures

	desired, serving int
	begun            bool
	turned           time.Duration // when desired changed last
	way              int           // and in which direction

	over     bool          // a breach is on
	breached time.Duration // the first
	some     bool
	calm     time.Duration // since when there is none
	lives    map[string]*life
}

type life struct{ from, to, seen time.Duration }

func (m *meter) add(t *lab.Tick, hold time.Duration) {
	s := &t.Sample
	for len(m.limits) > 0 && m.limits[0].At <= s.At {
		m.upper, m.judged, m.limits = m.limits[0].Upper, m.limits[0].OK, m.limits[1:]
	}
	m.once = m.once || m.judged
	cpu := lab.Reading{}
	if !s.Gap {
		cpu = s.InstanceCPU()
	}
	if m.judged && cpu.OK && cpu.Value > m.upper {
		m.f.overUpper += hold.Seconds()
	}
	serving := s.Serving()
	m.f.ready += float64(serving) * hold.Seconds()
	m.breach(s, cpu)
	if m.some && s.At > m.breached && serving > m.serving && m.begun {
		first(&m.f.newReady, s.At-m.breached)
	}
	m.serving = serving
	m.grown(s, serving)
	m.desire(s.At, s.Desired) // the user may have changed it since the last decision
	m.desire(s.At, t.Decision.Desired)
	m.live(s)
}

// grown notes the first instance more than when the load came. How many that
// were is said by the last tick until then, or the run's first.
func (m *meter) grown(s *lab.Sample, serving int) {
	after := s.At - m.run.Origin - m.load
	switch {
	case !m.loaded:
	case after <= 0 || !m.based:
		m.f.base, m.based = max(serving, s.Desired), true
	case serving > m.f.base:
		first(&m.f.afterLoad, after)
	}
}

func first(v *float64, d time.Duration) {
	if math.IsNaN(*v) {
		*v = d.Seconds()
	}
}

// breach follows whether the service is over its limits: p95 above the target,
// or CPU above upper. An unknown signal is not over; of two unknown ones the
// state before holds.
func (m *meter) breach(s *lab.Sample, cpu lab.Reading) {
	if m.some && !m.over {
		m.relieved(s.At)
	}
	slow, known := false, cpu.OK && m.judged
	if !s.Gap && m.slo > 0 {
		seen := s.Seen()
		if p, ok := seen.Latency.Quantile(0.95); ok {
			slow, known = p > m.slo, true
		} else if seen.Failures() > 0 {
			slow, known = true, true
		}
	}
	if known {
		over := slow || m.judged && cpu.OK && cpu.Value > m.upper
		if m.over && !over {
			m.calm = s.At
		}
		m.over = over
	}
	if m.over && !m.some {
		m.some, m.breached = true, s.At
		m.f.breach = (s.At - m.run.Origin).Seconds()
	}
}

// relieved notes the first stretch without a breach that has lasted by now.
func (m *meter) relieved(now time.Duration) {
	if now-m.calm >= reliefHolds {
		first(&m.f.relief, m.calm-m.breached)
	}
}

// desire follows the wish for instances and counts how often it turns back.
func (m *meter) desire(at time.Duration, n int) {
	before, begun := m.desired, m.begun
	m.desired, m.begun = n, true
	if !begun || n == before {
		return
	}
	way := 1
	if n < before {
		way = -1
	}
	if m.way == -way && at-m.turned <= oscillationWithin {
		m.f.oscillations++
	}
	m.way, m.turned = way, at
	if way > 0 && m.some {
		first(&m.f.decision, at-m.breached)
	}
}

// live follows each process from its start to its end.
func (m *meter) live(s *lab.Sample) {
	for i := range s.Instances {
		in := &s.Instances[i]
		l := m.lives[in.ID]
		switch {
		case l == nil && in.PID == 0 && in.State == lab.Starting:
			continue // no process yet
		case l == nil:
			l = &life{from: max(in.Started, m.run.Origin)}
			m.lives[in.ID] = l
		}
		l.seen, l.to = s.At, 0
		if !in.Alive() {
			l.to = max(in.Ended, l.from)
		}
	}
}

func (m *meter) figures() figures {
	f := &m.f
	last := time.Duration(0)
	for _, l := range m.lives {
		last = max(last, l.seen)
	}
	for _, l := range m.lives {
		switch {
		case l.to == 0 && l.seen == last: // it outlived the run
			l.to = m.end
		case l.to == 0: // its end was not seen
			l.to = min(l.seen+m.interval, m.end)
		}
		f.paid += (min(l.to, m.end) - min(l.from, m.end)).Seconds()
	}
	if !m.once {
		f.overUpper = unknown
	}
	switch {
	case !m.some:
		f.decision, f.newReady, f.relief = math.Inf(-1), math.Inf(-1), math.Inf(-1)
	case !m.over:
		m.relieved(m.end)
		fallthrough
	default:
		if math.IsNaN(f.relief) {
			f.relief = math.Inf(1)
		}
	}
	if len(m.lives) == 0 && !m.begun { // no ticks
		f.paid, f.ready, f.oscillations, f.relief = unknown, unknown, unknown, unknown
		f.decision, f.newReady = unknown, unknown
	}
	return *f
}

// label of a side: A, B, C, D.
func letter(i int) string { return string(rune('A' + i)) }

// words puts texts into a list: "a, b and c".
func words(list []string) string {
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}
