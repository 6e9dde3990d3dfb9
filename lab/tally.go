package lab

import (
	"math"
	"time"
)

// Summary is a run in figures. What is not known is nil, never 0.
type Summary struct {
	Requests  RequestSummary  `json:"requests"`
	Latency   LatencySummary  `json:"latency_ms"`
	Instances InstanceSummary `json:"instances"`
	Lab       LabSummary      `json:"lab_cpu_pct"`
	Saturated float64         `json:"saturated_s"`     // time in which the host, not the instances, set the figures
	Spark     []float64       `json:"spark,omitempty"` // offered requests/s in at most 32 equal parts of the run, gaps left out
	Scores
}

// RequestSummary counts the requests of a run.
type RequestSummary struct {
	Offered  int64            `json:"offered"`
	Arrived  int64            `json:"arrived"`
	OK       int64            `json:"ok"`
	Failed   int64            `json:"failed"`
	Late     int64            `json:"late"`
	Dropped  int64            `json:"dropped"`
	InFlight int64            `json:"in_flight"` // sent, and not yet ended at the end
	ByCause  map[string]int64 `json:"by_cause"`
}

// LatencySummary is the latency of all good answers, in milliseconds.
type LatencySummary struct {
	P50  *float64 `json:"p50"`
	P90  *float64 `json:"p90"`
	P95  *float64 `json:"p95"`
	P99  *float64 `json:"p99"`
	P999 *float64 `json:"p999"`
	Max  *float64 `json:"max"`
}

// InstanceSummary: the limits at the end; mean and peak of the ready ones.
type InstanceSummary struct {
	Min  int      `json:"min"`
	Max  int      `json:"max"`
	Mean *float64 `json:"mean"`
	Peak int      `json:"peak"`
}

// LabSummary is the lab's own CPU, in percent of one core.
type LabSummary struct {
	Total  *float64 `json:"total"`
	Screen *float64 `json:"screen"`
}

// Tally sums a run up, tick by tick, in one pass.
type Tally struct {
	score     *Score
	last      time.Duration // of the last tick
	interval  time.Duration
	seen      Traffic
	limits    Limits
	peak      int
	known     time.Duration
	ready     float64 // ∫ ready dt, seconds
	lab       mean
	screen    mean
	saturated time.Duration
	spark     spark
}

// NewTally begins to sum up a run.
func NewTally(run *Run) *Tally {
	return &Tally{score: NewScore(run), interval: run.Experiment.Interval}
}

// SummaryOf sums up a run from its ticks. One that has no end, or whose lab
// died, is taken to end an interval after its last tick.
func SummaryOf(rec *Record) Summary {
	t := NewTally(&rec.Run)
	for i := range rec.Ticks {
		t.Add(&rec.Ticks[i])
	}
	end := rec.Run.Duration
	if rec.Run.Outcome == Unfinished || rec.Run.Outcome == Crashed {
		end = max(end, t.last+t.interval)
	}
	return t.Summary(end)
}

type mean struct{ sum, weight float64 }

func (m *mean) add(r Reading, span time.Duration) {
	if r.OK {
		m.sum += r.Value * span.Seconds()
		m.weight += span.Seconds()
	}
}

func (m *mean) value(scale float64) *float64 {
	if m.weight <= 0 {
		return nil
	}
	return ptr(m.sum / m.weight * scale)
}

// Add takes the next tick. Counts of a tick are of the Span before it. One at
// or before the run's beginning is left out.
func (t *Tally) Add(tick *Tick) {
	s := &tick.Sample
	t.score.Add(tick)
	if s.At <= t.score.origin {
		return
	}
	t.last = s.At - t.score.origin
	seen := s.Seen()
	t.seen.Add(&seen)
	t.limits = s.Limits
	t.peak = max(t.peak, s.Serving())
	if s.Gap {
		return
	}
	t.known += s.Span
	t.spark.add(s.Generator.Offered+s.Foreign.Offered, s.Span)
	t.ready += float64(s.Serving()) * s.Span.Seconds()
	t.lab.add(s.Lab, s.Span)
	t.screen.add(s.Screen, s.Span)
	if s.Saturated != "" {
		t.saturated += s.Span
	}
}

// Summary is the sum of the ticks so far, of a run that ends at end, which
// counts from its beginning.
func (t *Tally) Summary(end time.Duration) Summary {
	seen := &t.seen
	s := Summary{
		Requests: RequestSummary{
			Offered: seen.Offered, Arrived: seen.Arrived, OK: seen.OK, Failed: seen.Failures(),
			Late: seen.Late, Dropped: seen.Dropped, InFlight: int64(seen.InFlight), ByCause: map[string]int64{},
		},
		Latency:   LatencyOf(seen.Latency),
		Instances: InstanceSummary{Min: t.limits.Min, Max: t.limits.Max, Peak: t.peak},
		Lab:       LabSummary{Total: t.lab.value(100), Screen: t.screen.value(100)},
		Saturated: t.saturated.Seconds(),
		Spark:     t.spark.rates(),
		Scores:    t.score.Scores(end),
	}
	for c, n := range seen.Failed {
		if n > 0 {
			s.Requests.ByCause[Cause(c).String()] = n
		}
	}
	if t.known > 0 {
		s.Instances.Mean = ptr(t.ready / t.known.Seconds())
	}
	return s
}

// LatencyOf is the percentiles of a histogram, in milliseconds.
func LatencyOf(h Hist) LatencySummary {
	q := func(q float64) *float64 {
		d, ok := h.Quantile(q)
		if !ok {
			return nil
		}
		return ptr(float64(d) / 1e6)
	}
	return LatencySummary{P50: q(.50), P90: q(.90), P95: q(.95), P99: q(.99), P999: q(.999), Max: q(1)}
}

// ptr is v; nil if it is beyond all numbers, as what a file says may come to.
func ptr(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
