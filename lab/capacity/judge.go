// Package capacity finds, on paper, how many requests/s one instance carries
// with utilization and p95 within their targets:
//
//	Search.Next ─ a rate ─▶ somebody measures ─ Measured ─▶ Targets.Judge
//	     ▲                                                      │
//	     └──────────────────── Search.Add ◀──────── Step ───────┘
//
//	 4 ─ 16 ─ 64 ─ 256          climbs while it holds …
//	               256 ─────x 700
//	                     650 ─x     … and closes in between what held and what did not
package capacity

import (
	"fmt"
	"math"
	"time"

	"autoscale-lab/lab"
)

// Targets are what an instance must keep to.
type Targets struct {
	Utilization float64 // share of its size
	P95         time.Duration
}

// Measured is what one rate showed.
type Measured struct {
	PerSecond float64 // offered
	Span      time.Duration
	Traffic   lab.Traffic // as its sender saw it
	CPU       lab.Reading // mean over the Span, a share of size
	Broken    string      // what became of the instance meanwhile, in words; "" if it served
	Host      string      // why the figures may be the machine's; "" if they are not
	Foreign   int64       // requests that others sent
}

// Step is a rate that was tried, judged.
type Step struct {
	lab.CalibrationStep
	Why   string // it did not hold; "" if it did
	Clear bool   // so far off, and without doubt, that chance is no excuse
	Doubt string // why the instance may not be to blame
}

// What measuring is good for: utilization to half a percent of its target,
// requests under way to ten.
const (
	slack     = 1.005
	clearOver = 1.1 // times the target of utilization
	crowd     = 10
	maxFailed = 0.01 // of all that ended
	maxLate   = 0.01 // of all that were sent
	minEnded  = 0.95 // of all that were due, but for a few
	few       = 2
)

// Crowd tells whether more requests are under way than could be if p95 were
// within twice its target (Little's law: under way = rate × latency). Then
// there is nothing to wait for.
func (t Targets) Crowd(perSecond float64, inFlight int) bool {
	return float64(inFlight) > crowd+2*perSecond*t.P95.Seconds()
}

// Judge tells whether what was measured is within the targets.
func (t Targets) Judge(m Measured) Step {
	m.CPU = m.atRate()
	s := Step{CalibrationStep: lab.CalibrationStep{PerSecond: m.PerSecond, Utilization: m.CPU, Failed: m.Traffic.Failures()}}
	if m.Span > 0 {
		s.Served = float64(m.Traffic.OK) / m.Span.Seconds()
	}
	p95, answered := m.Traffic.Latency.Quantile(.95)
	if answered {
		s.P95 = p95
	}
	ended, inFlight := m.Traffic.Ended(), m.Traffic.InFlight
	full := false
	switch {
	case m.Broken != "":
		s.Why = m.Broken
	case m.CPU.OK && m.CPU.Value > t.Utilization*slack:
		full = true
		s.Why = fmt.Sprintf("CPU above %.4g %% of size", 100*t.Utilization)
		s.Clear = m.CPU.Value > t.Utilization*clearOver
	case t.Crowd(m.PerSecond, inFlight):
		s.Why, s.Clear = fmt.Sprintf("answers do not keep up: %d are awaited", inFlight), true
	case float64(ended+few) < minEnded*float64(m.Traffic.Offered):
		s.Why = fmt.Sprintf("answers do not keep up: %d to %d requests", ended, m.Traffic.Offered)
	case !answered:
		s.Why = "no good answer"
	case float64(s.Failed) > maxFailed*float64(ended):
		s.Why = fmt.Sprintf("%d of %d requests failed: %s", s.Failed, ended, worst(&m.Traffic))
	case p95 > t.P95:
		s.Why = "p95 above " + t.P95.String()
	}
	s.Held = s.Why == ""
	if !s.Held {
		s.Doubt = doubt(&m, full)
		s.Clear = s.Clear && s.Doubt == ""
	}
	return s
}

// atRate is utilization at the rate offered, where a little more or less was
// answered than came in: answers that fell into the next tick, or out of the
// one before.
func (m *Measured) atRate() lab.Reading {
	const edges = 0.1
	due, ended := m.PerSecond*m.Span.Seconds(), float64(m.Traffic.Ended())
	cpu := m.CPU
	if math.Abs(due-ended) <= edges*due {
		cpu.Value *= due / ended
	}
	return cpu
}

// doubt is why the instance may not be to blame that a rate did not hold. What
// CPU time it took is its own, however full the machine was.
func doubt(m *Measured, full bool) string {
	switch late := m.Traffic.Late; {
	case m.Foreign > 0:
		return fmt.Sprintf("%d requests came from elsewhere", m.Foreign)
	case full || m.Broken != "":
	case float64(late) > maxLate*float64(m.Traffic.Arrived):
		return fmt.Sprintf("%.0f %% of the requests were sent late: the load generator did not keep up", math.Ceil(100*float64(late)/float64(m.Traffic.Arrived)))
	case m.Host != "":
		return m.Host
	}
	return ""
}

// worst is the most frequent cause of failures.
func worst(t *lab.Traffic) lab.Cause {
	var most lab.Cause
	for c, n := range t.Failed {
		if n > t.Failed[most] {
			most = lab.Cause(c)
		}
	}
	return most
}
