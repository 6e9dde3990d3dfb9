package lab

import (
	"slices"
	"time"
)

// Summary is a run in figures. What is not known is nil, never 0.
type Summary struct {
	Requests  RequestSummary  `json:"requests"`
	Latency   LatencySummary  `json:"latency_ms"`
	Instances InstanceSummary `json:"instances"`
	CPU       CPUSummary      `json:"cpu_pct"`
	Lab       LabSummary      `json:"lab_cpu_pct"`
	Scale     ScaleSummary    `json:"scale"`
	ErrorPct  *float64        `json:"error_pct"`
	Saturated float64         `json:"saturated_s"`     // time in which the host, not the instances, set the figures
	Spark     []float64       `json:"spark,omitempty"` // offered requests/s in at most 32 equal parts of the run, gaps left out
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

// CPUSummary is the mean instance CPU, in percent of size.
type CPUSummary struct {
	Mean *float64 `json:"mean"`
	P95  *float64 `json:"p95"`
}

// LabSummary is the lab's own CPU, in percent of one core.
type LabSummary struct {
	Total  *float64 `json:"total"`
	Screen *float64 `json:"screen"`
}

// ScaleSummary counts the changes of desired.
type ScaleSummary struct {
	Up   int `json:"up_events"`
	Down int `json:"down_events"`
}

// Tally sums a run up, tick by tick, in one pass.
type Tally struct {
	seen      Traffic
	limits    Limits
	peak      int
	desired   int
	begun     bool
	up, down  int
	known     time.Duration
	ready     float64 // ∫ ready dt, seconds
	cpu       []Point // value and its weight
	lab       mean
	screen    mean
	saturated time.Duration
	spark     spark
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
	v := m.sum / m.weight * scale
	return &v
}

// Add takes the next tick. Figures of a tick hold for the Span before it.
func (t *Tally) Add(tick *Tick) {
	s := &tick.Sample
	seen := s.Seen()
	t.seen.Add(&seen)
	t.limits = s.Limits
	t.peak = max(t.peak, s.Serving())
	t.desire(s.Desired) // the user may have changed it since the last decision
	t.desire(tick.Decision.Desired)
	if s.Gap {
		return
	}
	t.known += s.Span
	t.spark.add(s.Generator.Offered+s.Foreign.Offered, s.Span)
	t.ready += float64(s.Serving()) * s.Span.Seconds()
	if c := s.InstanceCPU(); c.OK {
		t.cpu = append(t.cpu, Point{s.Span, c.Value})
	}
	t.lab.add(s.Lab, s.Span)
	t.screen.add(s.Screen, s.Span)
	if s.Saturated != "" {
		t.saturated += s.Span
	}
}

func (t *Tally) desire(n int) {
	switch {
	case !t.begun:
		t.begun = true
	case n > t.desired:
		t.up++
	case n < t.desired:
		t.down++
	}
	t.desired = n
}

// Summary is the sum of the ticks so far.
func (t *Tally) Summary() Summary {
	seen := &t.seen
	s := Summary{
		Requests: RequestSummary{
			Offered: seen.Offered, Arrived: seen.Arrived, OK: seen.OK, Failed: seen.Failures(),
			Late: seen.Late, Dropped: seen.Dropped, InFlight: int64(seen.InFlight), ByCause: map[string]int64{},
		},
		Latency:   LatencyOf(seen.Latency),
		Instances: InstanceSummary{Min: t.limits.Min, Max: t.limits.Max, Peak: t.peak},
		Lab:       LabSummary{Total: t.lab.value(100), Screen: t.screen.value(100)},
		Scale:     ScaleSummary{Up: t.up, Down: t.down},
		Saturated: t.saturated.Seconds(),
		Spark:     t.spark.rates(),
	}
	for c, n := range seen.Failed {
		if n > 0 {
			s.Requests.ByCause[Cause(c).String()] = n
		}
	}
	if ended := seen.Ended(); ended > 0 {
		s.ErrorPct = ptr(100 * float64(seen.Failures()) / float64(ended))
	}
	if t.known > 0 {
		s.Instances.Mean = ptr(t.ready / t.known.Seconds())
	}
	s.CPU = t.cpuSummary()
	return s
}

func (t *Tally) cpuSummary() CPUSummary {
	var sum float64
	var total time.Duration
	for _, p := range t.cpu {
		sum += p.Value * p.At.Seconds()
		total += p.At
	}
	if total <= 0 {
		return CPUSummary{}
	}
	sorted := slices.Clone(t.cpu)
	slices.SortFunc(sorted, func(a, b Point) int {
		switch {
		case a.Value < b.Value:
			return -1
		case a.Value > b.Value:
			return 1
		}
		return 0
	})
	var seen time.Duration
	p95 := sorted[len(sorted)-1].Value
	for _, p := range sorted {
		if seen += p.At; 100*seen >= 95*total {
			p95 = p.Value
			break
		}
	}
	return CPUSummary{Mean: ptr(100 * sum / total.Seconds()), P95: ptr(100 * p95)}
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

func ptr(v float64) *float64 { return &v }
