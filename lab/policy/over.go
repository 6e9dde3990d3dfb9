package policy

import (
	"slices"

	"autoscale-lab/lab"
)

// Over decides a recorded run by another policy: one Decision for each of its
// ticks from the Origin on, whatever was done to the run's own policy on the
// way. Speed is as in Pilot.SetSpeed. Where limits are given, they hold instead
// of the run's.
//
// The policy is a shadow: it reads the Samples as they were recorded, and so
// does not feel its own decisions. What it would have started did not lower the
// CPU, and desired, from which it counts, is what really was desired.
func Over(rec lab.Record, spec string, speed float64, limits *lab.Limits) ([]lab.Decision, error) {
	_, rule, err := Parse(spec)
	if err != nil {
		return nil, err
	}
	if speed > 0 {
		Hasten(rule, speed)
	}
	startAt(rule, rec.Run.Origin)
	guard := Guard{rule}
	out := make([]lab.Decision, 0, len(rec.Ticks))
	for i := range rec.Ticks {
		s := rec.Ticks[i].Sample
		if s.At <= rec.Run.Origin {
			continue
		}
		if limits != nil {
			s.Limits = *limits
		}
		out = append(out, guard.Decide(s))
	}
	return out, nil
}

// Beside is the run with what Over decides in it as one more shadow, under the
// policy's brief; a shadow of that brief that was there gives way. The record
// given is left as it is.
func Beside(rec lab.Record, spec string, speed float64) (lab.Record, error) {
	kind, rule, err := Parse(spec)
	if err != nil {
		return rec, err
	}
	brief := Brief(kind, rule)
	decisions, err := Over(rec, spec, speed, nil)
	if err != nil {
		return rec, err
	}
	rec.Ticks = slices.Clone(rec.Ticks)
	for i, ticks := 0, rec.Ticks[len(rec.Ticks)-len(decisions):]; i < len(ticks); i++ {
		others := slices.DeleteFunc(slices.Clone(ticks[i].Shadows), func(s lab.Shadow) bool { return s.Policy == brief })
		ticks[i].Shadows = append(others, lab.Shadow{Policy: brief, Decision: decisions[i]})
	}
	return rec, nil
}
