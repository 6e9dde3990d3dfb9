package report

import (
	"math"
	"slices"

	"autoscale-lab/lab"
	"autoscale-lab/lab/stat"
)

// metric is one figure of a run and how it is judged.
type metric struct {
	name  string // its path in a run's JSON
	label string // on a screen, the unit in it
	unit  string
	digit int // behind the point
	rule  stat.Rule
	slack slack                  // what the tolerance is at least, beside the rule
	alike alike                  // nil: always
	of    func(*figures) float64 // NaN: not known
}

// section is metrics under one heading of the table.
type section struct {
	heading string
	metrics []metric
}

// slack is a tolerance that depends on the runs.
type slack uint8

const (
	exact   slack = iota
	tick          // one interval, in seconds
	oneEach       // one instance a run, per hour
)

// Tolerances, as the design's Scores has them.
const (
	points  = 0.5 // of percentages
	usually = 0.05
	costs   = 0.02 // of what is paid
)

// figure makes a metric of a pointer into a run's scores.
func figure(name, label, unit string, digit int, rule stat.Rule, alike alike, of func(*lab.Scores) *float64) metric {
	return metric{name, label, unit, digit, rule, exact, alike, func(f *figures) float64 { return value(of(&f.sum.Scores)) }}
}

// total makes a metric of an amount or a count, which a run without ticks has
// none of.
func total(name, label, unit string, digit int, rule stat.Rule, alike alike, of func(*lab.Summary) float64) metric {
	return metric{name, label, unit, digit, rule, exact, alike, func(f *figures) float64 {
		if f.blank {
			return unknown
		}
		return of(&f.sum)
	}}
}

func (m metric) with(s slack) metric {
	m.slack = s
	return m
}

func latency(name, label string, of func(*lab.LatencySummary) *float64) metric {
	return metric{name, label, "ms", 1, lower(1, usually), exact, nil, func(f *figures) float64 { return value(of(&f.sum.Latency)) }}
}

// fit is the heading of how well supply met demand.
const fit = "fit to demand"

// sections are every figure, in the order of the table.
var sections = []section{
	{fit, []metric{
		figure("score", "score", "", 1, higher(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Score }),
		figure("elasticity.under_pct", "missing θU %", "%", 2, lower(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }),
		figure("elasticity.over_pct", "surplus θO %", "%", 2, lower(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.OverPct }),
		figure("elasticity.under_time_pct", "too few τU %", "%", 2, lower(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.UnderTimePct }),
		figure("elasticity.over_time_pct", "too many τO %", "%", 2, lower(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.OverTimePct }),
		figure("elasticity.over_running_pct", "surplus, running %", "%", 2, lower(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.OverRunningPct }),
		figure("elasticity.deviation_pct", "deviation σ %", "%", 2, lower(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.DeviationPct }),
		figure("elasticity.jitter_per_hour", "jitter j /h", "/h", 1, stat.Rule{Better: stat.Zero, Abs: 0, Rel: usually}, sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.JitterPerHour }).with(oneEach),
		figure("elasticity.instability_pct", "instability υ %", "%", 2, lower(points, usually), sameDemand, func(s *lab.Scores) *float64 { return s.Elasticity.InstabilityPct }),
	}},
	{"service", []metric{
		figure("slo.violation_pct", "slow or failed %", "%", 2, lower(points, usually), sameTarget, func(s *lab.Scores) *float64 { return s.SLO.ViolationPct }),
		figure("error_pct", "errors %", "%", 2, lower(points, usually), nil, func(s *lab.Scores) *float64 { return s.ErrorPct }),
		latency("latency_ms.p50", "p50 ms", func(l *lab.LatencySummary) *float64 { return l.P50 }),
		latency("latency_ms.p95", "p95 ms", func(l *lab.LatencySummary) *float64 { return l.P95 }),
		latency("latency_ms.p99", "p99 ms", func(l *lab.LatencySummary) *float64 { return l.P99 }),
		total("requests.ok", "requests ok", "", 0, neutral(0, 0), nil, func(s *lab.Summary) float64 {
			if s.Requests.OK+s.Requests.Failed == 0 && s.Requests.Offered > 0 { // a series that was imported tells only what was offered
				return unknown
			}
			return float64(s.Requests.OK)
		}),
	}},
	{"reaction", []metric{
		figure("reaction.first_breach_s", "first breach s", "s", 1, neutral(0, usually), sameBreach, func(s *lab.Scores) *float64 { return s.Reaction.FirstBreach }).with(tick),
		{"reaction.decision_s", "decision s", "s", 1, lower(0, usually), tick, sameBreach, func(f *figures) float64 { return f.reaction(f.sum.Reaction.Decision, unknown) }},
		{"reaction.new_ready_s", "new ready s", "s", 1, lower(0, usually), tick, sameBreach, func(f *figures) float64 { return f.reaction(f.sum.Reaction.NewReady, unknown) }},
		{"reaction.relief_s", "relief s", "s", 1, lower(0, usually), tick, sameBreach, func(f *figures) float64 { return f.reaction(f.sum.Reaction.Relief, math.Inf(1)) }},
		{"reaction.ready_after_load_s", "load→ready s", "s", 1, lower(0, usually), tick, sameBase, func(f *figures) float64 { return f.afterLoad }},
		figure("utilization.over_upper_s", "over upper s", "s", 0, lower(0, usually), sameUpper, func(s *lab.Scores) *float64 { return s.Utilization.OverUpper }).with(tick),
	}},
	{"cost", []metric{
		total("instance_seconds", "inst·seconds", "instance·s", 0, lower(0, costs), nil, func(s *lab.Summary) float64 { return s.InstanceSeconds }),
		total("ready_instance_seconds", "ready inst·s", "instance·s", 0, neutral(0, costs), nil, func(s *lab.Summary) float64 { return s.ReadyInstanceSeconds }),
		total("billed_instance_seconds.per_second", "billed by second", "instance·s", 0, lower(0, costs), samePace, func(s *lab.Summary) float64 { return s.Billed.PerSecond }),
		total("billed_instance_seconds.per_hour", "billed by hour", "instance·s", 0, lower(0, costs), samePace, func(s *lab.Summary) float64 { return s.Billed.PerHour }),
		total("cost.per_second", "cost by second", "", 4, lower(0, costs), samePace, func(s *lab.Summary) float64 { return s.Cost.PerSecond }),
		total("cost.per_hour", "cost by hour", "", 4, lower(0, costs), samePace, func(s *lab.Summary) float64 { return s.Cost.PerHour }),
	}},
	{"activity", []metric{
		total("oscillations", "oscillations", "", 0, lower(0, 0), samePace, func(s *lab.Summary) float64 { return float64(s.Oscillations) }),
		total("demand_oscillations", "oscill. of demand", "", 0, neutral(0, 0), sameDemand, func(s *lab.Summary) float64 { return float64(s.DemandOscillations) }),
		total("scale.up_events", "scaled up", "", 0, neutral(0, 0), nil, func(s *lab.Summary) float64 { return float64(s.Scale.Up) }),
		total("scale.down_events", "scaled down", "", 0, neutral(0, 0), nil, func(s *lab.Summary) float64 { return float64(s.Scale.Down) }),
	}},
	{"use", []metric{
		total("instances.mean", "mean ready", "", 2, neutral(0, usually), nil, func(s *lab.Summary) float64 { return value(s.Instances.Mean) }),
		total("instances.peak", "peak ready", "", 0, neutral(0, 0), nil, func(s *lab.Summary) float64 { return float64(s.Instances.Peak) }),
		figure("utilization.mean_pct", "CPU mean %", "%", 1, neutral(points, usually), nil, func(s *lab.Scores) *float64 { return s.Utilization.MeanPct }),
		figure("utilization.p95_pct", "CPU p95 %", "%", 1, neutral(points, usually), nil, func(s *lab.Scores) *float64 { return s.Utilization.P95Pct }),
		total("host.saturated_s", "saturated s", "s", 0, neutral(0, usually), nil, func(s *lab.Summary) float64 { return s.Saturated }).with(tick),
		figure("coverage_pct", "coverage %", "%", 1, neutral(points, usually), nil, func(s *lab.Scores) *float64 { return s.CoveragePct }),
	}},
}

func lower(abs, rel float64) stat.Rule   { return stat.Rule{Better: stat.Lower, Abs: abs, Rel: rel} }
func higher(abs, rel float64) stat.Rule  { return stat.Rule{Better: stat.Higher, Abs: abs, Rel: rel} }
func neutral(abs, rel float64) stat.Rule { return stat.Rule{Better: stat.Neutral, Abs: abs, Rel: rel} }

// speedups are ε over A: the geometric mean of the ratios of four elasticity
// figures, and that same by what was paid.
var speedups = []metric{
	{"elasticity.speedup", "speedup ε over A", "", 2, higher(0, usually), exact, sameDemand, nil},
	{"elasticity.speedup_cost_adjusted", "ε by what was paid", "", 2, higher(0, usually), exact, sameDemand, nil},
}

// speedups adds the speedups of all sides over the medians of A.
func (c *Comparison) speedups(sides [][]figures) {
	if len(sides) < 2 {
		return
	}
	base := lab.Scores{InstanceSeconds: c.find("instance_seconds").Value(0)}
	e := &base.Elasticity
	for name, p := range map[string]**float64{
		"elasticity.under_pct": &e.UnderPct, "elasticity.over_pct": &e.OverPct,
		"elasticity.under_time_pct": &e.UnderTimePct, "elasticity.over_time_pct": &e.OverTimePct,
	} {
		*p = finite(c.find(name).Value(0))
	}
	over := func(f *figures) lab.ElasticityScore {
		s := f.sum.Scores
		s.Over(&base)
		return s.Elasticity
	}
	for i, of := range []func(*figures) float64{
		func(f *figures) float64 { return value(over(f).Speedup) },
		func(f *figures) float64 { return value(over(f).SpeedupCost) },
	} {
		k := speedups[i]
		k.of = of
		m := k.compare(sides, leasts{})
		m.Group = fit
		at := slices.IndexFunc(c.Metrics, func(m Metric) bool { return m.Group != fit })
		c.Metrics = slices.Insert(c.Metrics, at, m)
	}
}
