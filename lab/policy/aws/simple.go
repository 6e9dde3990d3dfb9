package aws

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// SimpleScaling is simple scaling of EC2 Auto Scaling: one adjustment, then nothing
// until the instances it asked for have started or ended, and the cooldown after
// that is over.
//
//	breach ──▶ adjust ──▶ instances start or end ──▶ cooldown ──▶ the next breach counts
//
// Source: docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scaling-cooldowns.html:
// the cooldown begins when the last instance has launched or terminated.
type SimpleScaling struct {
	bands      stage.Bands
	out, in    int
	how        string
	least      int
	points     int
	cooldown   time.Duration
	warm       stage.Warmup
	resolution time.Duration

	alarm   Alarm
	settled stage.Settled
}

// NewSimpleScaling adds 1 from 60 % CPU on and removes 1 from 40 % down.
func NewSimpleScaling() *SimpleScaling {
	return &SimpleScaling{bands: stage.NewBands(0.6, 0.4), out: 1, in: 1, how: byChange, points: 2, cooldown: 300 * time.Second,
		warm: stage.Warmup{Length: 300 * time.Second}, resolution: time.Minute}
}

func (a *SimpleScaling) panel() lab.Panel {
	return append(a.bands.Dials("the high alarm's threshold", "the low alarm's threshold"),
		lab.DialInt(lab.Knob{Name: "out", Label: "out", Help: "adjustment above upper", Max: 1000}, &a.out),
		lab.DialInt(lab.Knob{Name: "in", Label: "in", Help: "adjustment below lower", Max: 1000}, &a.in),
		dialHow(&a.how),
		dialLeast(&a.least),
		dialPoints("points", "points in a row beyond a threshold before it acts", &a.points),
		lab.DialDuration(lab.Knob{Name: "cooldown", Label: "cooldown", Help: "pause that begins when the last instance has started or ended", Max: 3600, Step: 10}, &a.cooldown),
		a.warm.Dial("time from ready until an instance counts in the metric"),
		dialPoint(&a.resolution))
}

// Knobs are the two thresholds with their adjustments, the metric and the cooldown.
func (a *SimpleScaling) Knobs() []lab.Knob { return a.panel().Knobs() }

// Set turns one of them. Another metric starts without points.
func (a *SimpleScaling) Set(name, text string) error {
	before := a.bands.Metric
	err := a.panel().Set(name, text)
	if a.bands.Metric != before {
		a.alarm = Alarm{}
	}
	return err
}

// Check tells whether lower is below upper.
func (a *SimpleScaling) Check() error { return a.bands.Check() }

// Fresh forgets all points and ends the cooldown.
func (a *SimpleScaling) Fresh() { a.alarm, a.settled = Alarm{}, stage.Settled{} }

// Decide acts when a point closes.
func (a *SimpleScaling) Decide(s lab.Sample) lab.Decision { return a.DecideLagged(&s, &s) }

// DecideLagged is Decide with figures of before.
func (a *SimpleScaling) DecideLagged(s, seen *lab.Sample) lab.Decision {
	m, b := a.bands.Signal(), a.bands.Band()
	a.settled.See(s)
	closed := a.alarm.Add(a.warm.Read(m, seen), s, a.resolution)
	p := a.alarm.Last()
	next := a.alarm.next(a.resolution)
	if !p.OK {
		d := stage.Unknown(s, m)
		d.Next = []lab.Wait{next}
		return d
	}
	warming, _, until := a.warm.Count(s)
	end, cooling := a.settled.Until(s.At, a.cooldown)
	if !cooling {
		end = 0
	}
	above := a.alarm.Row(a.points, func(v float64) bool { return v >= b.Upper })
	below := a.alarm.Row(a.points, func(v float64) bool { return v <= b.Lower })
	d := lab.Decision{Desired: s.Desired, Next: stage.Waits(s.At, next,
		a.alarm.due("earliest scale-out", above, a.points, a.resolution), a.alarm.due("earliest scale-in", below, a.points, a.resolution),
		lab.Wait{What: "cooldown", At: end}, lab.Wait{What: "warm-up ends", At: until}), Stages: make([]lab.Stage, 0, 6)}
	d.Stages = append(d.Stages, lab.Stage{Name: "metric", Value: p.Value, Text: m.Label + ", newest point"})
	stage.NoteWarming(&d, max(0, s.Desired-warming), warming)

	change := a.out
	switch {
	case above > 0:
		d.Reason = row(m, p, "≥", b.Upper, above, a.points)
	case below > 0:
		d.Reason = row(m, p, "≤", b.Lower, below, a.points)
		change = a.in
		if a.how != byExact {
			change = -a.in
		}
	default:
		d.Reason = fmt.Sprintf("%s %s is within %s and %s", m.Label, m.Show(p.Value), m.Show(b.Lower), m.Show(b.Upper))
	}
	if max(above, below) < a.points {
		return d
	}
	want := Adjust(a.how, change, s.Desired, a.least)
	d.Stages = append(d.Stages, lab.Stage{Name: "raw", Value: float64(want), Text: fmt.Sprintf("%+d by %s", change, a.how)})
	switch {
	case a.settled.Busy():
		stage.Hold(&d, "cooldown", "waits until the last instance has started or ended")
	case cooling:
		stage.Hold(&d, "cooldown", "held by the cooldown")
	case !closed:
		stage.Hold(&d, "alarm", "acts when a point closes")
	case want < s.Desired && warming > 0:
		stage.Hold(&d, "warm-up", "scaling in is blocked by the warm-up")
	default:
		d.Desired = want
	}
	return d
}
