package flags

import "autoscale-lab/lab"

// MostInstances is the most instances of a fleet that is not the lab's.
const MostInstances = 10_000

// LimitDials are the limits of a fleet that is not the lab's.
func LimitDials(l *lab.Limits) lab.Panel {
	return lab.Panel{
		lab.DialInt(lab.Knob{Name: "min", Help: "fewest instances", Min: 0, Max: MostInstances}, &l.Min),
		lab.DialInt(lab.Knob{Name: "max", Help: "most instances", Min: 1, Max: MostInstances}, &l.Max),
	}
}

// LimitsOver is the limits by the flags --min and --max, where they were given,
// over those of a manifest, else over the run's; nil if there are but the run's.
func (f *Set) LimitsOver(manifest *lab.Limits, given, run lab.Limits) *lab.Limits {
	if manifest == nil && !f.Changed("min") && !f.Changed("max") {
		return nil
	}
	l := run
	if manifest != nil {
		l = *manifest
	}
	if f.Changed("min") {
		l.Min = given.Min
	}
	if f.Changed("max") {
		l.Max = given.Max
	}
	l.Max = max(l.Max, l.Min)
	return &l
}
