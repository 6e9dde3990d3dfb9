package stage

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
)

// Warmup sets the instances apart that do not yet count as what they will be:
// the starting ones, and those that have been ready for less than Length. They
// are out of the metric, but were asked for already.
//
//	started ──boot──▶ ready ──Length──▶ warm
type Warmup struct {
	Length    time.Duration
	FromStart bool // Length counts from the start, boot included
}

// Warming tells whether an instance is one of them. One that is ready since
// nobody knows when, as in figures from elsewhere, is not.
func (w Warmup) Warming(in *lab.Instance, at time.Duration) bool {
	return in.State == lab.Starting || in.State == lab.Ready && in.ReadySince > 0 && at < w.end(in)
}

func (w Warmup) end(in *lab.Instance) time.Duration {
	if w.FromStart {
		return in.Started + w.Length
	}
	return in.ReadySince + w.Length
}

// Count is how many warm up, how many are ready and warm, and when the last of
// those that are ready will be warm.
func (w Warmup) Count(s *lab.Sample) (warming, warm int, until time.Duration) {
	for i := range s.Instances {
		in := &s.Instances[i]
		switch {
		case w.Warming(in, s.At):
			warming++
			if in.State == lab.Ready {
				until = max(until, w.end(in))
			}
		case in.State == lab.Ready:
			warm++
		}
	}
	return warming, warm, until
}

// Read is a metric of the warm instances alone. What is measured of the
// service or of the machine as a whole (p95, system CPU) cannot be told apart.
func (w Warmup) Read(m *Signal, s *lab.Sample) lab.Reading {
	warming, warm, _ := w.Count(s)
	if warming == 0 || m.Name == "system-cpu" || m.Name == "p95" {
		return m.Read(s)
	}
	if warm == 0 {
		return lab.Reading{}
	}
	var sum float64
	n := 0
	for i := range s.Instances {
		in := &s.Instances[i]
		if in.State != lab.Ready || w.Warming(in, s.At) || m.Name == "cpu" && !in.CPU.OK {
			continue
		}
		n++
		switch m.Name {
		case "cpu":
			sum += in.CPU.Value
		case "rps":
			sum += s.PerSecond(in.Traffic.Arrived)
		case "in-flight":
			if s.Span > 0 {
				sum += in.Traffic.Busy.Seconds() / s.Span.Seconds()
			}
		}
	}
	if n == 0 {
		return lab.Reading{}
	}
	return lab.Known(sum/float64(n), s.At, s.Span)
}

// Dial is the knob warmup.
func (w *Warmup) Dial(help string) lab.Dial {
	return lab.DialDuration(lab.Knob{Name: "warmup", Label: "warm-up", Help: help, Max: 3600, Step: 10}, &w.Length)
}

// NoteWarming notes how many are warm.
func NoteWarming(d *lab.Decision, current, warming int) {
	if warming > 0 {
		d.Stages = append(d.Stages, lab.Stage{Name: "warm-up", Value: float64(current), Text: fmt.Sprintf("%d warming left out", warming)})
	}
}
