package report

import (
	"time"

	"autoscale-lab/lab"
)

// Limit is the limit to the mean instance CPU that a run's policy had from a
// moment on.
type Limit struct {
	At    time.Duration // lab time
	Upper float64       // a share: 0.35
	OK    bool          // there was one
	of    ruled
}

// ruled is what a limit follows from, as it was spelled.
type ruled struct{ policy, metric, upper string }

// Limits is how a run's limit was turned on the way, the one it began with
// first: a single one held all the time.
func Limits(rec *lab.Record) []Limit {
	policy := rec.Run.Experiment.Policy
	out := []Limit{limitOf(policy, rec.Run.Origin)}
	for i := range rec.Ticks {
		for _, e := range rec.Ticks[i].Events {
			a := e.Action
			switch {
			case a == nil || e.At < rec.Run.Origin:
				continue
			case a.Kind == lab.ActPolicy:
				policy = a.To
			case a.Kind == lab.ActSet && a.Target == "policy":
				policy = withKnob(policy, a.Name, a.To)
			default:
				continue
			}
			if l := limitOf(policy, e.At); l.of != out[len(out)-1].of {
				out = append(out, l)
			}
		}
	}
	return out
}

// limitOf is the limit in a policy's spec.
func limitOf(policy string, at time.Duration) Limit {
	l := Limit{At: at}
	spec, err := lab.ParseSpec("policy", policy)
	if err != nil {
		return l
	}
	l.of.policy = spec.Kind
	for _, s := range spec.Settings {
		switch s.Name {
		case "upper":
			k, err := lab.Knob{Kind: lab.Percent, Max: 1}.Parse(s.Text)
			l.of.upper, l.Upper, l.OK = s.Text, k.Value, err == nil
		case "metric":
			l.of.metric = s.Text
		}
	}
	if l.of.metric != "" && l.of.metric != lab.MetricCPU.Name {
		l.Upper, l.OK = 0, false
	}
	return l
}

// sameUpper tells whether time above upper is the same figure in two runs: one
// upper, of one policy and metric, held in both from beginning to end.
func sameUpper(a, b *figures) bool {
	return !a.turned && !b.turned && a.ruled == b.ruled
}

// sameBreach tells whether a breach is the same thing in two runs, so that
// times until one, or from one on, can be compared.
func sameBreach(a, b *figures) bool { return sameUpper(a, b) && a.slo == b.slo }

// sameBase tells whether the first instance above those that were there is the
// same one in two runs: the second, say.
func sameBase(a, b *figures) bool { return a.base == b.base }
