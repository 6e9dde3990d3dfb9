package lab

import (
	"math"
	"strconv"
)

// Metric is a signal that a policy can scale on.
type Metric struct {
	Name, Label string
	Unit        string   // as people read it
	Kind        KnobKind // of a limit to it
	Scale       float64  // a value of Read × Scale is in Unit
	Read        func(*Sample) Reading
}

// The metrics there are, by their names in specs.
var (
	MetricCPU       = Metric{"cpu", "CPU", "%", Percent, 100, (*Sample).InstanceCPU}
	MetricSystemCPU = Metric{"system-cpu", "system CPU", "%", Percent, 100, func(s *Sample) Reading { return s.System }}
	MetricRPS       = Metric{"rps", "requests per instance", "/s", Number, 1, func(s *Sample) Reading {
		return s.perReady(s.PerSecond(s.Front.Offered))
	}}
	MetricInFlight = Metric{"in-flight", "in flight per instance", "", Number, 1, func(s *Sample) Reading {
		return s.perReady(s.Front.Busy.Seconds() / s.Span.Seconds())
	}}
	MetricP95 = Metric{"p95", "p95", "ms", Duration, 1000, func(s *Sample) Reading {
		p, ok := s.Front.Latency.Quantile(0.95)
		if !ok {
			return Reading{}
		}
		return Known(p.Seconds(), s.At, s.Span)
	}}
)

// perReady shares a figure of the balancer among the ready instances.
func (s *Sample) perReady(v float64) Reading {
	n := s.Count(Ready)
	if n == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return Reading{}
	}
	return Known(v/float64(n), s.At, s.Span)
}

// Show spells a value of Read as people read it, with one digit behind the
// point where that tells something: "36.2 %".
func (m *Metric) Show(v float64) string { return string(m.Append(nil, v)) }

// Append is Show at the end of dst.
func (m *Metric) Append(dst []byte, v float64) []byte {
	tenths := math.Round(v * m.Scale * 10)
	if n := int64(tenths); math.Abs(tenths) < 1e15 { // much quicker than a float's digits
		if n < 0 {
			dst, n = append(dst, '-'), -n
		}
		dst = strconv.AppendInt(dst, n/10, 10)
		if n%10 != 0 {
			dst = append(dst, '.', byte('0'+n%10))
		}
	} else {
		dst = strconv.AppendFloat(dst, tenths/10, 'f', -1, 64)
	}
	if m.Unit == "" {
		return dst
	}
	return append(append(dst, ' '), m.Unit...)
}
