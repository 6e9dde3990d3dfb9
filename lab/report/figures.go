package report

import (
	"cmp"
	"math"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report/offered"
)

// figures are what a run comes to.
type figures struct {
	sum lab.Summary
	run *lab.Run

	// afterLoad is the time from the first load to the first tick with more
	// instances ready than base, which is how many were ready or wanted when it
	// came: unlike the reaction to a breach, it is the same whatever the limits
	// are. What gets ready up to base only starts up.
	afterLoad float64
	base      int

	rule   lab.UpperRule // what its upper follows from
	turned bool          // on the way
	blank  bool          // there are no ticks

	decided *Desired            // if anything has a shadow
	shadows map[string]*Desired // by their specs
}

// measure reads a run. What it was summed up to is believed: ticks may be
// missing; but scores of other rules are not.
func measure(rec *lab.Record) figures {
	run := &rec.Run
	f := figures{sum: run.Summary, run: run, afterLoad: unknown, blank: len(rec.Ticks) == 0}
	switch {
	case run.Outcome == lab.Unfinished || f.sum.Requests.ByCause == nil: // not summed up yet
		f.sum = lab.SummaryOf(rec)
	case f.sum.ScoreVersion != lab.ScoreVersion:
		f.sum.Scores = lab.SummaryOf(rec).Scores
	}
	uppers := lab.Uppers(rec)
	f.rule, f.turned = uppers[0].Rule, len(uppers) > 1
	f.grow(rec)
	return f
}

// grow finds the first instance more than when the load came. How many that
// were is said by the last tick until then, or the run's first.
func (f *figures) grow(rec *lab.Record) {
	load, loaded := offered.First(rec)
	if !loaded {
		return
	}
	var before *lab.Sample // the last tick until the load, or the first
	based := false
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		if s.At <= rec.Run.Origin {
			continue
		}
		after := s.At - rec.Run.Origin - load
		switch {
		case after <= 0 || before == nil:
			before = s
			continue
		case !based:
			f.base, based = max(before.Serving(), before.Desired), true
		}
		if len(s.Instances) > f.base && s.Serving() > f.base {
			f.afterLoad = after.Seconds()
			return
		}
	}
	if before != nil && !based {
		f.base = max(before.Serving(), before.Desired)
	}
}

var unknown = math.NaN()

func value(p *float64) float64 {
	if p == nil {
		return unknown
	}
	return *p
}

// reaction is a time from the first breach on: −Inf where there was none, if
// what would be one was measured. What never came is not known, but a relief
// that never came is +Inf.
func (f *figures) reaction(p *float64, never float64) float64 {
	switch {
	case f.blank, f.sum.Reaction.FirstBreach == nil && f.sum.SLO.ByTimePct == nil && f.sum.Utilization.OverUpper == nil:
		return unknown
	case f.sum.Reaction.FirstBreach == nil:
		return math.Inf(-1)
	case p == nil:
		return never
	}
	return *p
}

// alike tells of two runs why a figure of theirs cannot be compared; "" if it
// can.
type alike func(a, b *figures) string

// unless gives a reason where something does not hold.
func unless(holds bool, why string) string {
	if holds {
		return ""
	}
	return why
}

// sameUpper: one upper, of one policy and metric, held in both from beginning
// to end.
func sameUpper(a, b *figures) string {
	return cmp.Or(unless(!a.turned && !b.turned, "upper was turned on the way"), unless(a.rule == b.rule, "upper is not the same"))
}

// sameTarget: one latency target.
func sameTarget(a, b *figures) string {
	return unless(a.run.Experiment.SLO == b.run.Experiment.SLO, "the latency targets differ")
}

// samePace: windows, holds and billing periods of one length.
func samePace(a, b *figures) string {
	return unless(pace(a.run) == pace(b.run), "the speeds differ")
}

// pace is how many times faster than the clock a run's windows are.
func pace(run *lab.Run) float64 {
	if s := run.Experiment.Speed; s > 0 {
		return s
	}
	return 1
}

// sameBreach: a breach is the same thing in both.
func sameBreach(a, b *figures) string {
	return cmp.Or(sameUpper(a, b), sameTarget(a, b), samePace(a, b))
}

// sameDemand: the capacity of an instance is known in one way, so that the
// demand is counted with one measure.
func sameDemand(a, b *figures) string {
	return cmp.Or(unless(a.sum.Demand.Calibrated == b.sum.Demand.Calibrated, "the capacity was calibrated in one, and reckoned in the other"), samePace(a, b))
}

// sameBase: the first instance above those that were there is the same one: the
// second, say.
func sameBase(a, b *figures) string {
	return unless(a.base == b.base, "another number of instances when the load came")
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
