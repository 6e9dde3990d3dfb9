package stage

import "autoscale-lab/lab"

// Signal is a metric with the range, the step and the defaults of limits to it,
// in its own unit.
type Signal struct {
	lab.Metric
	Least, Most, Step float64
	upper, lower      float64
}

var signals = []Signal{
	{lab.MetricCPU, 0.01, 1, 0.01, 0.35, 0.15},
	{lab.MetricSystemCPU, 0.01, 1, 0.01, 0.35, 0.15},
	{lab.MetricRPS, 0, 100000, 1, 18, 8},
	{lab.MetricInFlight, 0, 10000, 0.1, 1, 0.1},
	{lab.MetricP95, 0.001, 60, 0.005, 0.100, 0.010},
}

// SignalNames lists what a policy can scale on.
func SignalNames() []string {
	out := make([]string, len(signals))
	for i, m := range signals {
		out[i] = m.Name
	}
	return out
}

// SignalOf is the signal of a name that is known to be one.
func SignalOf(name string) *Signal {
	for i := range signals {
		if signals[i].Name == name {
			return &signals[i]
		}
	}
	return &signals[0]
}

// Dial binds a limit in the metric's own unit.
func (m *Signal) Dial(name, help string, v *float64) lab.Dial {
	return lab.DialFloat(lab.Knob{
		Name: name, Label: name, Unit: m.Unit, Help: help, Kind: m.Kind, Min: m.Least, Max: m.Most, Step: m.Step,
	}, v)
}

// Instance is the one of that ID in a sample, which is probably the i-th; nil if
// there is none.
func Instance(s *lab.Sample, id string, i int) *lab.Instance {
	if i < len(s.Instances) && s.Instances[i].ID == id {
		return &s.Instances[i]
	}
	for j := range s.Instances {
		if s.Instances[j].ID == id {
			return &s.Instances[j]
		}
	}
	return nil
}
