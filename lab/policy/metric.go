package policy

import (
	"fmt"
	"math"
	"strings"

	"autoscale-lab/lab"
)

// metric is a signal that a policy can scale on.
type metric struct {
	name, label  string
	unit         string // "%", "/s", "", "ms"
	kind         lab.KnobKind
	least, most  float64
	step         float64
	upper, lower float64 // default limits
	read         func(*lab.Sample) lab.Reading
}

var metrics = []metric{
	{"cpu", "CPU", "%", lab.Percent, 0.01, 1, 0.01, 0.35, 0.15, (*lab.Sample).InstanceCPU},
	{"system-cpu", "system CPU", "%", lab.Percent, 0.01, 1, 0.01, 0.35, 0.15, func(s *lab.Sample) lab.Reading { return s.System }},
	{"rps", "requests per instance", "/s", lab.Number, 0, 100000, 1, 18, 8, func(s *lab.Sample) lab.Reading {
		return perInstance(s, s.PerSecond(s.Front.Offered))
	}},
	{"in-flight", "in flight per instance", "", lab.Number, 0, 10000, 0.1, 1, 0.1, func(s *lab.Sample) lab.Reading {
		return perInstance(s, s.Front.Busy.Seconds()/s.Span.Seconds())
	}},
	{"p95", "p95", "ms", lab.Duration, 0.001, 60, 0.005, 0.100, 0.010, func(s *lab.Sample) lab.Reading {
		p, ok := s.Front.Latency.Quantile(0.95)
		if !ok {
			return lab.Reading{}
		}
		return lab.Known(p.Seconds(), s.At, s.Span)
	}},
}

// perInstance shares a figure of the balancer among those that serve.
func perInstance(s *lab.Sample, v float64) lab.Reading {
	n := s.Count(lab.Ready)
	if n == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return lab.Reading{}
	}
	return lab.Known(v/float64(n), s.At, s.Span)
}

func metricNames() []string {
	out := make([]string, len(metrics))
	for i, m := range metrics {
		out[i] = m.name
	}
	return out
}

func findMetric(name string) *metric {
	for i := range metrics {
		if metrics[i].name == name {
			return &metrics[i]
		}
	}
	return &metrics[0]
}

// show spells a value of the metric as people read it, with one digit behind
// the point where that tells something.
func (m *metric) show(v float64) string {
	switch m.unit {
	case "%":
		v *= 100
	case "ms":
		v *= 1000
	}
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	if m.unit == "" {
		return text
	}
	return text + " " + m.unit
}

// dial binds a limit in the metric's own unit.
func (m *metric) dial(name, help string, v *float64) lab.Dial {
	return lab.DialFloat(lab.Knob{
		Name: name, Label: name, Unit: m.unit, Help: help, Kind: m.kind, Min: m.least, Max: m.most, Step: m.step,
	}, v)
}
