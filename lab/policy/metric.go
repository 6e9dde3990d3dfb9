package policy

import "autoscale-lab/lab"

// signal is a metric with the range and the default of limits to it.
type signal struct {
	lab.Metric
	least, most, step float64
	upper, lower      float64
}

var signals = []signal{
	{lab.MetricCPU, 0.01, 1, 0.01, 0.35, 0.15},
	{lab.MetricSystemCPU, 0.01, 1, 0.01, 0.35, 0.15},
	{lab.MetricRPS, 0, 100000, 1, 18, 8},
	{lab.MetricInFlight, 0, 10000, 0.1, 1, 0.1},
	{lab.MetricP95, 0.001, 60, 0.005, 0.100, 0.010},
}

func signalNames() []string {
	out := make([]string, len(signals))
	for i, m := range signals {
		out[i] = m.Name
	}
	return out
}

// findSignal is the signal of a name that is known to be one.
func findSignal(name string) *signal {
	for i := range signals {
		if signals[i].Name == name {
			return &signals[i]
		}
	}
	return &signals[0]
}

// dial binds a limit in the metric's own unit.
func (m *signal) dial(name, help string, v *float64) lab.Dial {
	return lab.DialFloat(lab.Knob{
		Name: name, Label: name, Unit: m.Unit, Help: help, Kind: m.Kind, Min: m.least, Max: m.most, Step: m.step,
	}, v)
}
