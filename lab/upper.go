package lab

import "time"

// Upper is the limit to the mean instance CPU that a run's policy has from a
// moment on.
type Upper struct {
	At    time.Duration // lab time
	Value float64       // a share: 0.35
	OK    bool          // there is one
	Rule  UpperRule
}

// UpperRule is what a limit follows from, as it was spelled.
type UpperRule struct{ Policy, Metric, Upper string }

// Uppers is how a run's limit was turned on the way, the one it began with
// first: a single one held all the time.
func Uppers(rec *Record) []Upper {
	f := newUpperFollower(rec.Run.Experiment.Policy, rec.Run.Origin)
	out := []Upper{f.now}
	for i := range rec.Ticks {
		for j := range rec.Ticks[i].Events {
			if f.follow(&rec.Ticks[i].Events[j]) {
				out = append(out, f.now)
			}
		}
	}
	return out
}

// upperFollower reads a policy's limit from its spec and the deeds that turn it.
type upperFollower struct {
	policy string
	origin time.Duration
	now    Upper
}

func newUpperFollower(policy string, origin time.Duration) upperFollower {
	return upperFollower{policy, origin, upperOf(policy, origin)}
}

// follow tells whether an event has turned the limit.
func (f *upperFollower) follow(e *Event) bool {
	a := e.Action
	switch {
	case a == nil || e.At < f.origin:
		return false
	case a.Kind == ActPolicy:
		f.policy = a.To
	case a.Kind == ActSet && a.Target == "policy":
		f.policy = WithKnob(f.policy, a.Name, a.To)
	default:
		return false
	}
	l := upperOf(f.policy, e.At)
	if l.Rule == f.now.Rule {
		return false
	}
	f.now = l
	return true
}

// upperOf is the limit in a policy's spec.
func upperOf(policy string, at time.Duration) Upper {
	l := Upper{At: at}
	spec, err := ParseSpec("policy", policy)
	if err != nil {
		return l
	}
	l.Rule.Policy = spec.Kind
	for _, s := range spec.Settings {
		switch s.Name {
		case "upper":
			k, err := Knob{Kind: Percent, Max: 1}.Parse(s.Text)
			l.Rule.Upper, l.Value, l.OK = s.Text, k.Value, err == nil
		case "metric":
			l.Rule.Metric = s.Text
		}
	}
	if l.Rule.Metric != "" && l.Rule.Metric != MetricCPU.Name {
		l.Value, l.OK = 0, false
	}
	return l
}
