package lab

import (
	"cmp"
	"math"
	"time"
)

// ScoreVersion says by which rules a run was scored. It grows when the same
// ticks would come to other figures.
const ScoreVersion = 1

// Scores are the figures by which runs are compared: how well supply met
// demand, what it cost, and how soon it came. What is not known is nil, never 0.
type Scores struct {
	ScoreVersion         int              `json:"score_version"` // 0: not scored
	Score                *float64         `json:"score"`         // 0..100: 100 − σ, fit to demand only
	Elasticity           ElasticityScore  `json:"elasticity"`
	Demand               DemandBasis      `json:"demand"`
	SLO                  SLOScore         `json:"slo"`
	ErrorPct             *float64         `json:"error_pct"`
	Utilization          UtilizationScore `json:"utilization"`
	InstanceSeconds      float64          `json:"instance_seconds"` // Σ lifetimes, process start to exit
	ReadyInstanceSeconds float64          `json:"ready_instance_seconds"`
	Billed               Billed           `json:"billed_instance_seconds"`
	Cost                 Billed           `json:"cost"`
	Scale                ScaleSummary     `json:"scale"`
	Oscillations         int              `json:"oscillations"`        // reversals of desired
	DemandOscillations   int              `json:"demand_oscillations"` // the same of demand
	Reaction             ReactionScore    `json:"reaction"`
	CoveragePct          *float64         `json:"coverage_pct"` // of the run's duration that its ticks tell of
}

// ElasticityScore is supply against demand, over the time in which both are
// known (N. Herbst et al., ACM TOMPECS 3(4), 2018; deviation and speedup are
// our reading of them).
type ElasticityScore struct {
	UnderPct           *float64 `json:"under_pct"`             // θU: missing share of demand
	OverPct            *float64 `json:"over_pct"`              // θO: surplus in shares of demand
	UnderTimePct       *float64 `json:"under_time_pct"`        // τU
	OverTimePct        *float64 `json:"over_time_pct"`         // τO
	UnderInstances     *float64 `json:"under_instances"`       // mean instances missing
	OverInstances      *float64 `json:"over_instances"`        // mean instances too many
	OverRunningPct     *float64 `json:"over_running_pct"`      // θO with all that run for supply
	OverRunningTimePct *float64 `json:"over_running_time_pct"` // τO with all that run for supply
	JitterPerHour      *float64 `json:"jitter_per_hour"`       // instance steps of supply − of demand
	InstabilityPct     *float64 `json:"instability_pct"`       // υ: time in which they move differently
	DeviationPct       *float64 `json:"deviation_pct"`         // σ
	Speedup            *float64 `json:"speedup"`               // ε over a baseline
	SpeedupCost        *float64 `json:"speedup_cost_adjusted"`
	KnownS             float64  `json:"known_s"`
}

// DemandBasis is what one instance was counted on to carry at the end.
type DemandBasis struct {
	CapacityRPS *float64 `json:"capacity_rps"`
	Calibrated  bool     `json:"calibrated"` // else size/work × DemandUtilization
}

// SLOScore is how far the latency target was missed.
type SLOScore struct {
	ByRequestPct *float64 `json:"by_request_pct"` // slow or failed, of all that ended
	ByTimePct    *float64 `json:"by_time_pct"`    // of the time with a p95
	ViolationPct *float64 `json:"violation_pct"`  // by request, else by time
}

// UtilizationScore is the CPU of the ready instances, in percent of size,
// weighted by their number.
type UtilizationScore struct {
	MeanPct   *float64 `json:"mean_pct"`
	P95Pct    *float64 `json:"p95_pct"`
	OverUpper *float64 `json:"over_upper_s"` // nil: the policy has no upper
}

// Billed is paid time, or money, by two schemes: by the second with a minute at
// least, and by the hour begun.
type Billed struct {
	PerSecond float64 `json:"per_second"`
	PerHour   float64 `json:"per_hour"`
}

// ScaleSummary counts the changes of desired, whoever made them.
type ScaleSummary struct {
	Up   int `json:"up_events"`
	Down int `json:"down_events"`
}

// ReactionScore is what followed the first breach (p95 above target, or CPU
// above upper): seconds from the run's beginning, and from the breach on.
type ReactionScore struct {
	FirstBreach *float64 `json:"first_breach_s"`
	Decision    *float64 `json:"decision_s"`
	NewReady    *float64 `json:"new_ready_s"`
	Relief      *float64 `json:"relief_s"`
}

// WhyNone says why there is no score of a run with ticks; "" if there is one.
func (s *Scores) WhyNone(m Model) string {
	switch {
	case s.Score != nil:
		return ""
	case m == Closed:
		return "a closed load has no rate of its own"
	case s.Demand.CapacityRPS == nil:
		return "what an instance carries is not known"
	}
	return "supply and demand were not known together"
}

// speedupFloor is the least elasticity figure, in points, that a ratio is made
// of: a zero stays finite.
const speedupFloor = 0.1

// Over adds the speedup over a baseline: the geometric mean of the ratios of
// θU, θO, τU and τO, and that same by what was paid.
func (s *Scores) Over(base *Scores) { s.over(base, speedupFloor) }

func (s *Scores) over(base *Scores, floor float64) {
	e, b := &s.Elasticity, &base.Elasticity
	product := 1.0
	for _, p := range [...][2]*float64{{b.UnderPct, e.UnderPct}, {b.OverPct, e.OverPct}, {b.UnderTimePct, e.UnderTimePct}, {b.OverTimePct, e.OverTimePct}} {
		if p[0] == nil || p[1] == nil {
			return
		}
		product *= max(*p[0], floor) / max(*p[1], floor)
	}
	if e.Speedup = ptr(math.Pow(product, 0.25)); e.Speedup != nil && s.InstanceSeconds > 0 {
		e.SpeedupCost = ptr(*e.Speedup * base.InstanceSeconds / s.InstanceSeconds)
	}
}

// Scores are the figures of the run as if it ended at end, which counts from
// its beginning. Ticks after it are not to have been added.
func (s *Score) Scores(end time.Duration) Scores {
	c := s.ended(end)
	r := &c.rules
	out := Scores{
		ScoreVersion: ScoreVersion, ReadyInstanceSeconds: c.readyTime,
		Scale: ScaleSummary{c.desired.up, c.desired.down}, Oscillations: c.desired.turns, DemandOscillations: c.demand.turns,
		Elasticity: c.elasticity(), Utilization: c.utilization(), Reaction: c.reaction(end),
		Demand: DemandBasis{Calibrated: c.calibrated},
	}
	if c.capacity > 0 {
		out.Demand.CapacityRPS = ptr(c.capacity)
	}
	if σ := out.Elasticity.DeviationPct; σ != nil {
		out.Score = ptr(max(0, 100-*σ))
	}
	if end > 0 {
		out.CoveragePct = share(c.covered, end)
	}
	out.ErrorPct = share(c.failed, c.ok+c.failed)
	out.SLO = SLOScore{ByRequestPct: share(c.missed, c.judged), ByTimePct: share(c.slowTime, c.p95Time)}
	out.SLO.ViolationPct = cmp.Or(out.SLO.ByRequestPct, out.SLO.ByTimePct)
	life := c.lifetimes(end)
	out.InstanceSeconds = float64(life.lived) / 1e6
	out.Billed = Billed{float64(life.perSecond) / 1e6, float64(life.perHour) / 1e6}
	out.Cost = Billed{out.Billed.PerSecond / 3600 * r.price, out.Billed.PerHour / 3600 * r.price}
	return out
}

// share is a in percent of b, nil of nothing.
func share[N int64 | time.Duration](a, b N) *float64 {
	if b <= 0 {
		return nil
	}
	return ptr(100 * float64(a) / float64(b))
}

func (s *Score) elasticity() ElasticityScore {
	T := s.supply.known.Seconds()
	out := ElasticityScore{KnownS: T}
	if r := s.running.known.Seconds(); r > 0 {
		out.OverRunningPct, out.OverRunningTimePct = ptr(100/r*s.running.over), share(s.running.overTime, s.running.known)
	}
	if T <= 0 {
		return out
	}
	a := &s.supply
	out.UnderPct, out.OverPct = ptr(100/T*a.under), ptr(100/T*a.over)
	out.UnderTimePct, out.OverTimePct = share(a.underTime, a.known), share(a.overTime, a.known)
	out.UnderInstances, out.OverInstances = ptr(a.missing/T), ptr(a.surplus/T)
	out.JitterPerHour = ptr(float64(s.ready.steps-s.demand.steps) / T * 3600)
	out.InstabilityPct = share(s.unstable, a.known)
	sum := 0.0
	for _, p := range []*float64{out.UnderPct, out.OverPct, out.UnderTimePct, out.OverTimePct} {
		sum += math.Pow(*p, 4)
	}
	out.DeviationPct = ptr(math.Pow(sum, 0.25))
	return out
}

func (s *Score) utilization() UtilizationScore {
	var out UtilizationScore
	if s.uppers {
		out.OverUpper = ptr(s.overUpper.Seconds())
	}
	if mean, p95, ok := s.used.percent(); ok {
		out.MeanPct, out.P95Pct = ptr(mean), ptr(p95)
	}
	return out
}

func (s *Score) reaction(end time.Duration) ReactionScore {
	if s.breach == nil {
		return ReactionScore{}
	}
	after := func(at *time.Duration) *float64 {
		if at == nil {
			return nil
		}
		return ptr((*at - *s.breach).Seconds())
	}
	return ReactionScore{FirstBreach: ptr(s.breach.Seconds()), Decision: after(s.decided), NewReady: after(s.grown), Relief: after(s.relief)}
}
