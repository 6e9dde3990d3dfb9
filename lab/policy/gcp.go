package policy

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// GCP is the autoscaler of a Compute Engine managed instance group. It sizes
// for the peak of the load:
//
//	need    = ⌈initialized · metric/target⌉
//	desired = the most that was needed within stabilization
//	        ≥ the most that was desired within in_window, − in_max
//
// Instances that started less than initialization ago are out of the metric.
// The last line is the scale-in control, which is off while in_max is 0.
//
// Source: cloud.google.com/compute/docs/autoscaler/understanding-autoscaler-decisions.
type GCP struct {
	aim           stage.Aim
	stabilization time.Duration
	init          stage.Warmup
	inMax         int // 0: no scale-in control
	inWindow      time.Duration

	need, desired stage.Peak
}

// NewGCP holds 60 % of CPU.
func NewGCP() *GCP {
	return &GCP{aim: stage.NewAim(0.6), stabilization: 10 * time.Minute,
		init: stage.Warmup{Length: time.Minute, FromStart: true}, inWindow: 10 * time.Minute}
}

func (g *GCP) panel() lab.Panel {
	return append(g.aim.Dials(),
		lab.DialDuration(lab.Knob{Name: "stabilization", Label: "stabilization", Help: "it sizes for the peak of this time", Max: 3600, Step: 60}, &g.stabilization),
		lab.DialDuration(lab.Knob{Name: "initialization", Label: "initialization", Help: "time from the start until an instance counts in the metric", Max: 3600, Step: 10}, &g.init.Length),
		lab.DialInt(lab.Knob{Name: "in_max", Label: "in max", Help: "most instances below the peak of in_window; 0: no limit", Max: lab.MaxInstances}, &g.inMax),
		lab.DialDuration(lab.Knob{Name: "in_window", Label: "in window", Help: "time that in_max looks back", Max: 3600, Step: 60}, &g.inWindow))
}

// Knobs are target, metric, the two windows, initialization and in_max.
func (g *GCP) Knobs() []lab.Knob { return g.panel().Knobs() }

// Set turns one of them. Another metric starts without peaks.
func (g *GCP) Set(name, text string) error {
	before := g.aim.Metric
	err := g.panel().Set(name, text)
	if g.aim.Metric != before {
		g.Fresh()
	}
	return err
}

// Fresh forgets the peaks.
func (g *GCP) Fresh() { g.need, g.desired = stage.Peak{}, stage.Peak{} }

// Decide sizes for the peak.
func (g *GCP) Decide(s lab.Sample) lab.Decision { return g.DecideLagged(&s, &s) }

// DecideLagged is Decide with figures of before.
func (g *GCP) DecideLagged(s, seen *lab.Sample) lab.Decision {
	m, target := g.aim.Signal(), g.aim.Target()
	if s.Gap {
		g.Fresh()
	}
	if _, ok := g.need.Most(); !ok {
		g.need.Add(float64(s.Desired), s.At, g.stabilization)
		g.desired.Add(float64(s.Desired), s.At, g.inWindow)
	}
	r := g.init.Read(m, seen)
	initializing, n, _ := g.init.Count(seen)
	if !r.OK || n == 0 {
		return stage.Unknown(s, m)
	}
	ratio := r.Value / target
	need := stage.Up(float64(n) * ratio)
	g.need.Add(float64(need), s.At, g.stabilization)
	peak, _ := g.need.Most()
	want := int(peak.Value)

	d := lab.Decision{Desired: want, Stages: make([]lab.Stage, 0, 7)}
	d.Reason = fmt.Sprintf("%s %s of %s on %d needs %d", m.Label, m.Show(r.Value), m.Show(target), n, need)
	d.Stages = append(d.Stages, lab.Stage{Name: "metric", Value: r.Value, Text: m.Label})
	if initializing > 0 {
		d.Stages = append(d.Stages, lab.Stage{Name: "initialization", Value: float64(n), Text: fmt.Sprintf("%d initializing left out", initializing)})
	}
	d.Stages = append(d.Stages, lab.Stage{Name: "ratio", Value: ratio}, lab.Stage{Name: "raw", Value: float64(need)})
	var in, eases lab.Wait
	if want > need {
		stage.Hold(&d, "stabilise", fmt.Sprintf("but %d within %s", want, g.stabilization))
		in = lab.Wait{What: "earliest scale-in", At: peak.At + g.stabilization, By: "the peak", Since: peak.At}
	}
	g.desired.Forget(s.At, g.inWindow)
	if most, ok := g.desired.Most(); ok && g.inMax > 0 && want < int(most.Value)-g.inMax {
		d.Desired = int(most.Value) - g.inMax
		stage.Hold(&d, "scale-in control", fmt.Sprintf("not below %d − %d", int(most.Value), g.inMax))
		eases = lab.Wait{What: "scale-in control eases", At: most.At + g.inWindow, By: "the peak", Since: most.At}
	}
	d.Next = stage.Waits(s.At, in, eases)
	g.desired.Add(float64(s.Limits.Clamp(d.Desired)), s.At, g.inWindow)
	return d
}
