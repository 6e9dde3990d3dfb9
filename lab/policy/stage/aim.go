package stage

import "autoscale-lab/lab"

// Aim is a metric and the value of it that a policy holds; each metric keeps
// its own.
type Aim struct {
	Metric  string
	targets map[string]*float64
}

// NewAim aims at that much instance CPU; at the other metrics' upper limits.
func NewAim(cpu float64) Aim {
	a := Aim{"cpu", map[string]*float64{}}
	for _, m := range signals {
		target := m.upper
		if m.Name == "cpu" || m.Name == "system-cpu" {
			target = cpu
		}
		a.targets[m.Name] = &target
	}
	return a
}

// Signal is the metric.
func (a *Aim) Signal() *Signal { return SignalOf(a.Metric) }

// Target is the value to hold, in the metric's own unit.
func (a *Aim) Target() float64 { return *a.targets[a.Metric] }

// Dials are target and metric.
func (a *Aim) Dials() lab.Panel {
	m := a.Signal()
	if m.Least == 0 {
		m = &Signal{Metric: m.Metric, Least: m.Step, Most: m.Most, Step: m.Step}
	}
	return lab.Panel{
		m.Dial("target", "the value to hold", a.targets[a.Metric]),
		lab.DialChoice(lab.Knob{Name: "metric", Label: "metric", Help: "what it scales on", Choices: SignalNames()}, &a.Metric),
	}
}

// Bands is a metric with an upper and a lower limit to it; each metric keeps
// its own.
type Bands struct {
	Metric string
	limits map[string]*Band
}

// NewBands has those limits of CPU, and the usual ones of the other metrics.
func NewBands(upper, lower float64) Bands {
	b := Bands{"cpu", map[string]*Band{}}
	for _, m := range signals {
		b.limits[m.Name] = &Band{m.upper, m.lower}
	}
	b.limits["cpu"] = &Band{upper, lower}
	b.limits["system-cpu"] = &Band{upper, lower}
	return b
}

// Band is the two limits, in the metric's own unit.
type Band struct{ Upper, Lower float64 }

// Signal is the metric.
func (b *Bands) Signal() *Signal { return SignalOf(b.Metric) }

// Band is the limits to it, which may be turned.
func (b *Bands) Band() *Band { return b.limits[b.Metric] }

// Dials are upper, lower and metric; what happens above and below is their help.
func (b *Bands) Dials(above, below string) lab.Panel {
	m := b.Signal()
	return lab.Panel{
		m.Dial("upper", above, &b.Band().Upper),
		m.Dial("lower", below, &b.Band().Lower),
		lab.DialChoice(lab.Knob{Name: "metric", Label: "metric", Help: "what it scales on", Choices: SignalNames()}, &b.Metric),
	}
}

// Check tells whether lower is below upper.
func (b *Bands) Check() error {
	if m, l := b.Signal(), b.Band(); l.Lower >= l.Upper {
		return &lab.InputError{Field: "lower", Value: m.Show(l.Lower), Want: "less than upper, which is " + m.Show(l.Upper)}
	}
	return nil
}
