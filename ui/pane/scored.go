package pane

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
)

// scoring is a run's scores, and the picture they are seen in.
type scoring struct {
	p *Picture
	*lab.Scores
}

// scored is a figure as it is shown: in the table, and in a cell if it has a
// place there.
type scored struct {
	group string
	name  string
	of    func(scoring) string
	says  func(scoring) string // what it is
	place int                  // among the cells, from 1; 0: none
	short string               // its name in a small cell
	long  string               // in a larger one; "": its name
	when  func(scoring) bool   // nil: always
	told  func(scoring) string // what stands for its name in a cell; nil: that
}

const (
	fit       = "Supply against demand"
	service   = "Service"
	use       = "Use and cost"
	decisions = "Decisions"
	basis     = "What the figures rest on"
)

// table is every figure, in its order.
var table = []scored{
	{fit, "score", func(s scoring) string { return plainly(s.Score, 1) }, func(s scoring) string {
		if why := s.without(); why != "" {
			return why
		}
		return "0 to 100: how well supply fitted demand, alone"
	}, 1, "score", "score, of 100", nil, nil},
	{fit, "demand", func(s scoring) string { return s.demand() }, func(s scoring) string { return "instances that the rate needs, " + s.moment() }, 0, "", "", scoring.present, nil},
	{fit, "ready", func(s scoring) string { return strconv.Itoa(s.p.Sample().Serving()) }, func(s scoring) string { return "instances that serve, " + s.moment() }, 0, "", "", scoring.present, nil},
	{fit, "missing θU", func(s scoring) string { return share(s.Elasticity.UnderPct) }, says("share of demand that was not ready, on average"), 3, "missing", "missing, of demand", nil, nil},
	{fit, "surplus θO", func(s scoring) string { return share(s.Elasticity.OverPct) }, says("ready beyond demand, in shares of it"), 4, "surplus", "surplus, of demand", nil, nil},
	{fit, "too few τU", func(s scoring) string { return share(s.Elasticity.UnderTimePct) }, says("of the time, fewer were ready than needed"), 9, "too few", "too few ready, of the time", nil, nil},
	{fit, "too many τO", func(s scoring) string { return share(s.Elasticity.OverTimePct) }, says("of the time, more were ready than needed"), 10, "too many", "too many ready, of the time", nil, nil},
	{fit, "instances missing", func(s scoring) string { return plainly(s.Elasticity.UnderInstances, 2) }, says("on average"), 0, "", "", nil, nil},
	{fit, "instances to spare", func(s scoring) string { return plainly(s.Elasticity.OverInstances, 2) }, says("on average"), 0, "", "", nil, nil},
	{fit, "surplus, running", func(s scoring) string { return share(s.Elasticity.OverRunningPct) }, says("as surplus, of all that run and are paid"), 0, "", "", nil, nil},
	{fit, "too many, running", func(s scoring) string { return share(s.Elasticity.OverRunningTimePct) }, says("of the time, more ran than needed"), 0, "", "", nil, nil},
	{fit, "jitter", func(s scoring) string { return perHour(s.Elasticity.JitterPerHour) }, says("steps of supply less those of demand"), 0, "", "", nil, nil},
	{fit, "instability υ", func(s scoring) string { return share(s.Elasticity.InstabilityPct) }, func(s scoring) string {
		return "of the time, they moved apart within " + s.span(10*time.Second)
	}, 0, "", "", nil, nil},
	{fit, "deviation σ", func(s scoring) string { return plainly(s.Elasticity.DeviationPct, 1) }, says("of the four shares from 0; score = 100 − σ"), 0, "", "", nil, nil},
	{fit, "speedup ε", func(s scoring) string { return plainly(s.Elasticity.Speedup, 2) }, says("times better than another run: see Compare"), 0, "", "", nil, nil},
	{fit, "speedup, by cost", func(s scoring) string { return plainly(s.Elasticity.SpeedupCost, 2) }, says("the same, times its cost over this one's"), 0, "", "", nil, nil},

	{service, "slow or failed", func(s scoring) string { return share(s.SLO.ViolationPct) }, func(s scoring) string { return "of all that ended; slow is over " + s.target() }, 5, "slow", "", nil, nil},
	{service, "slow, by time", func(s scoring) string { return share(s.SLO.ByTimePct) }, func(s scoring) string { return "of the time, p95 was over " + s.target() }, 0, "", "", nil, nil},
	{service, "errors", func(s scoring) string { return share(s.ErrorPct) }, says("of all that ended: no answer, timeout, 5xx"), 7, "errors", "", nil, nil},

	{use, "CPU mean", func(s scoring) string { return share(s.Utilization.MeanPct) }, says("of size, of the ready instances"), 0, "", "", nil, nil},
	{use, "CPU p95", func(s scoring) string { return share(s.Utilization.P95Pct) }, says("of size: no more in 95 % of their time"), 0, "", "", nil, nil},
	{use, "CPU over upper", func(s scoring) string { return seconds(s.Utilization.OverUpper) }, says("above the limit of the policy, if it has one"), 0, "", "", nil, nil},
	{use, "instance-seconds", func(s scoring) string { return seconds(&s.InstanceSeconds) }, says("all lifetimes, from start to end"), 15, "instance·s", "", nil, nil},
	{use, "ready seconds", func(s scoring) string { return seconds(&s.ReadyInstanceSeconds) }, says("the same, while they served"), 0, "", "", nil, nil},
	{use, "billed by second", func(s scoring) string { return seconds(&s.Billed.PerSecond) }, func(s scoring) string { return "each lifetime, " + s.span(time.Minute) + " at least" }, 0, "", "", nil, nil},
	{use, "billed by hour", func(s scoring) string { return seconds(&s.Billed.PerHour) }, says("each lifetime, by the hour begun"), 0, "", "", nil, nil},
	{use, "cost by second", func(s scoring) string { return money(s.Cost.PerSecond) }, scoring.price, 6, "cost", "", nil, nil},
	{use, "cost by hour", func(s scoring) string { return money(s.Cost.PerHour) }, scoring.price, 16, "cost by hour", "", nil, nil},

	{decisions, "scaled up", func(s scoring) string { return strconv.Itoa(s.Scale.Up) }, says("rises of the wish, whoever made them"), 0, "", "", nil, nil},
	{decisions, "scaled down", func(s scoring) string { return strconv.Itoa(s.Scale.Down) }, says("its falls"), 0, "", "", nil, nil},
	{decisions, "oscillations", func(s scoring) string { return strconv.Itoa(s.Oscillations) }, func(s scoring) string { return "turns of the wish within " + s.span(time.Minute) }, 8, "oscillations", "", nil, nil},
	{decisions, "of demand", func(s scoring) string { return strconv.Itoa(s.DemandOscillations) }, says("turns of demand: following it is no fault"), 0, "", "", nil, nil},
	{decisions, "first breach", scoring.breach, func(s scoring) string { return "of the run: p95 over " + s.target() + ", or CPU over upper" }, 11, "breach", "first breach", nil, nil},
	{decisions, "decided", func(s scoring) string { return s.after(s.Reaction.Decision) }, says("from the breach to the wish for more"), 12, "decided", "decided, after that", nil, nil},
	{decisions, "new ready", func(s scoring) string { return s.after(s.Reaction.NewReady) }, says("from the breach to one more that serves"), 13, "new ready", "one more ready, after that", nil, nil},
	{decisions, "relief", func(s scoring) string { return s.after(s.Reaction.Relief) }, func(s scoring) string { return "from the breach to " + s.span(5*time.Second) + " without one" }, 14, "relief", "relief, after that", nil, nil},

	{basis, "capacity", scoring.capacity, scoring.basis, 0, "", "", nil, nil},
	{basis, "known", func(s scoring) string { return share(s.CoveragePct) }, says("of the run; the rest lies between late ticks"), 0, "", "", nil, nil},
	{basis, "compared", func(s scoring) string { return seconds(&s.Elasticity.KnownS) }, says("in which supply and demand are known"), 0, "", "", nil, nil},
}

// inCells is the figures that have a place among the cells, in their order.
var inCells = func() []*scored {
	all := []*scored{
		{place: 2, told: scoring.needs, of: scoring.serves, when: scoring.newest},
		{place: 17, told: scoring.counted, of: scoring.capacity},
	}
	for i := range table {
		if table[i].place > 0 {
			all = append(all, &table[i])
		}
	}
	slices.SortFunc(all, func(a, b *scored) int { return a.place - b.place })
	return all
}()

func says(text string) func(scoring) string { return func(scoring) string { return text } }

// ended tells whether the run has ended.
func (s scoring) ended() bool { return s.p.Record.Run.Outcome != lab.Unfinished }

// at is the picture's moment, from the run's beginning.
func (s scoring) at() time.Duration { return s.p.At - s.p.Record.Run.Origin }

// newest tells whether the moment is the last that the figures tell of; present,
// whether it belongs to the run.
func (s scoring) newest() bool  { return !s.ended() && s.at() >= s.p.Record.Run.Duration }
func (s scoring) present() bool { return !s.ended() || s.at() <= s.p.Record.Run.Duration }

func (s scoring) moment() string {
	if s.newest() {
		return "just now"
	}
	return "at " + Clock(s.at())
}

// demand is the instances that are needed at the moment.
func (s scoring) demand() string {
	n, ok := s.p.Record.Run.Experiment.Demand(s.p.Sample())
	if !ok {
		return unknown
	}
	return strconv.Itoa(n)
}

// needs and serves are demand and supply of the moment, in a few letters: "demand
// 3", "ready 2".
func (s scoring) needs() string {
	if s.demand() == unknown && s.p.Model == lab.Closed {
		return "no demand"
	}
	return "demand " + s.demand()
}

func (s scoring) serves() string {
	if s.demand() == unknown && s.p.Model == lab.Closed {
		return "closed"
	}
	return "ready " + strconv.Itoa(s.p.Sample().Serving())
}

// without says why supply cannot be compared with demand; "" where it can.
func (s scoring) without() string {
	switch {
	case s.Score != nil:
		return ""
	case s.Elasticity.KnownS == 0 && !s.ended() && s.p.Model != lab.Closed && (s.Demand.CapacityRPS != nil || s.p.Last() == nil):
		return "none yet"
	}
	return "none: " + s.WhyNone(s.p.Model)
}

// capacity is what an instance is counted on to carry; counted says in a few
// letters how that is known, and basis in a line.
func (s scoring) capacity() string {
	if s.Demand.CapacityRPS == nil {
		return unknown
	}
	return short(*s.Demand.CapacityRPS) + " /s"
}

func (s scoring) counted() string {
	switch {
	case s.Demand.CapacityRPS == nil:
		return "capacity"
	case s.Demand.Calibrated:
		return "calibrated"
	}
	return "size/work×0.8"
}

func (s scoring) basis() string {
	switch {
	case s.Demand.CapacityRPS == nil:
		return "of one instance; not known: calibrate it"
	case s.Demand.Calibrated:
		return "that one instance carries, calibrated"
	}
	return "counted on of one: size/work × 0.8"
}

func (s scoring) target() string {
	if t := s.p.Record.Run.Experiment.SLO; t > 0 {
		return strconv.FormatFloat(t.Seconds()*1000, 'g', -1, 64) + " ms"
	}
	return "a target"
}

func (s scoring) price() string {
	return "at " + money(cmp.Or(max(s.p.Record.Run.Experiment.Price, 0), lab.DefaultPrice)) + " for an instance's hour"
}

// span is a length of the rules, which the run's speed divides.
func (s scoring) span(d time.Duration) string {
	if v := s.p.Record.Run.Experiment.Speed; v > 0 {
		d = time.Duration(float64(d) / v)
	}
	return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + " s"
}

// breach is when the first breach was: none, if what would be one was measured.
func (s scoring) breach() string {
	switch {
	case s.Reaction.FirstBreach != nil:
		return Clock(time.Duration(*s.Reaction.FirstBreach * 1e9))
	case s.SLO.ByTimePct != nil || s.Utilization.OverUpper != nil:
		return "none"
	}
	return unknown
}

// after is how long after the breach something came, or that it has not.
func (s scoring) after(d *float64) string {
	switch {
	case d != nil:
		return plainly(d, 1) + " s"
	case s.Reaction.FirstBreach == nil:
		return unknown
	case s.ended():
		return "never"
	}
	return "not yet"
}

// share shows a percentage; one that is not quite 0 or 100 does not look it.
func share(v *float64) string {
	switch {
	case v == nil:
		return unknown
	case *v > 0 && *v < 0.05:
		return "<0.1 %"
	case *v < 100 && *v >= 99.95:
		return ">99.9 %"
	}
	return short(*v) + " %"
}

// plainly shows a figure in so many digits behind the point.
func plainly(v *float64, digits int) string {
	if v == nil {
		return unknown
	}
	return strconv.FormatFloat(*v, 'f', digits, 64)
}

func perHour(v *float64) string {
	if v == nil {
		return unknown
	}
	return strconv.FormatFloat(*v, 'f', 0, 64) + " /h"
}

func seconds(v *float64) string {
	if v == nil {
		return unknown
	}
	return numeral.Count(int64(math.Round(*v))) + " s"
}

// money shows an amount, to a hundredth of a cent below one.
func money(v float64) string {
	if v < 1 {
		return strconv.FormatFloat(v, 'f', 4, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
