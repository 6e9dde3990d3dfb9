package page

import (
	"math"
	"strconv"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
)

// sparkWidth is how many parts of a run a spark tells apart.
const sparkWidth = 60

// sparks are the run's curves as text.
func sparks(rec *lab.Record) []Spark {
	ticks := report.RunTicks(rec)
	var out []Spark
	for _, c := range []struct {
		name, unit string
		most       float64 // of the scale at least
		of         func(*lab.Sample) lab.Reading
	}{
		{"load", "requests/s", 0, func(s *lab.Sample) lab.Reading { return lab.Known(s.OfferedRate(), 0, 0) }},
		{"ready", "instances", 0, func(s *lab.Sample) lab.Reading { return lab.Known(float64(s.Serving()), 0, 0) }},
		{"CPU", "%", 1, func(s *lab.Sample) lab.Reading { return s.InstanceCPU() }},
		{"p95", "ms", 0, func(s *lab.Sample) lab.Reading {
			seen := s.Seen()
			d, ok := seen.Latency.Quantile(.95)
			return lab.Reading{Value: float64(d) / 1e6, OK: ok}
		}},
	} {
		parts := inParts(rec, ticks, c.of)
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range parts {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
		if math.IsInf(high, 0) {
			continue
		}
		scale := 1.0
		if c.unit == "%" {
			scale = 100
		}
		digits := func(v float64) string {
			if v *= scale; math.Abs(v) >= 100 || v == math.Trunc(v) {
				return strconv.FormatFloat(v, 'f', 0, 64)
			}
			return strconv.FormatFloat(v, 'f', 1, 64)
		}
		out = append(out, Spark{c.name, curve(parts, max(high, c.most)), digits(low) + " to " + digits(high) + " " + c.unit})
	}
	return out
}

// inParts is the mean of a figure in equal parts of the run; NaN where none of
// it is known.
func inParts(rec *lab.Record, ticks []lab.Tick, of func(*lab.Sample) lab.Reading) []float64 {
	total := max(rec.Run.Duration, ticks[len(ticks)-1].Sample.At-rec.Run.Origin)
	n := min(sparkWidth, len(ticks))
	sum, weight := make([]float64, n), make([]float64, n)
	for i := range ticks {
		s := &ticks[i].Sample
		r := of(s)
		if !r.OK || s.Gap {
			continue
		}
		middle := s.At - rec.Run.Origin - s.Span/2
		k := max(0, min(n-1, int(float64(n)*float64(middle)/float64(max(total, time.Nanosecond)))))
		sum[k] += r.Value * s.Span.Seconds()
		weight[k] += s.Span.Seconds()
	}
	out := make([]float64, n)
	for k := range out {
		out[k] = sum[k] / weight[k] // 0/0 is NaN
	}
	return out
}

// curve draws values from 0 to top as blocks.
func curve(values []float64, top float64) string {
	blocks := []rune("▁▂▃▄▅▆▇█")
	out := make([]rune, len(values))
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			out[i] = ' '
		case top <= 0:
			out[i] = blocks[0]
		default:
			out[i] = blocks[max(0, min(len(blocks)-1, int(v/top*float64(len(blocks)))))]
		}
	}
	return string(out)
}
