package aws

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// TargetTracking is target tracking of EC2 Auto Scaling. Each metric has two alarms
// over points of 60 s:
//
//	high: metric > target for 3 points         →  ⌈warm · metric/target⌉
//	low:  metric < 0.9 · target for 15 points  →  current − ⌊current · (1 − metric/target)⌋
//
// Adding 1.5 is 2, removing 1.5 is 1. With several metrics it goes out if any
// wants out, to the most that one wants, and in only if all want in. A missing
// point ends an alarm. Instances that warm up are out of the metric, count as
// asked for, and block going in. In goes gradually: a removal is judged by a
// point that began a whole point after the change before it, so that none is
// judged by instances that are gone.
//
// Source: docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html;
// the alarms as the service creates them.
type TargetTracking struct {
	aim        stage.Aim
	metrics    []stage.Goal // of several metrics; empty: aim alone
	low        float64
	highPoints int
	lowPoints  int
	scaleIn    bool
	warm       stage.Warmup
	resolution time.Duration

	alarms []Alarm // of each metric
	cool   stage.Cooldown
}

// NewTargetTracking holds 50 % of CPU.
func NewTargetTracking() *TargetTracking {
	return &TargetTracking{aim: stage.NewAim(0.5), low: 0.9, highPoints: 3, lowPoints: 15, scaleIn: true,
		warm: stage.Warmup{Length: 300 * time.Second}, resolution: time.Minute, alarms: make([]Alarm, 1)}
}

func (t *TargetTracking) panel() lab.Panel {
	return append(t.aim.Dials(),
		lab.DialTable(lab.Knob{Name: "metrics", Label: "metrics", Help: "several metrics with their targets, instead of metric and target: cpu/60%|rps/30"}, stage.SpellGoals(t.metrics), func(text string) error {
			goals, err := stage.ParseGoals("metrics", text)
			if err == nil {
				t.metrics, t.alarms = goals, make([]Alarm, max(1, len(goals)))
			}
			return err
		}),
		lab.DialFloat(lab.Knob{Name: "low", Label: "low alarm", Unit: "%", Help: "share of target below which it may go in", Kind: lab.Percent, Min: 0.1, Max: 1, Step: 0.05}, &t.low),
		dialPoints("high_points", "points in a row above target before it goes out", &t.highPoints),
		dialPoints("low_points", "points in a row below the low alarm before it goes in", &t.lowPoints),
		lab.DialToggle(lab.Knob{Name: "scale_in", Label: "scale in", Help: "whether it goes in at all"}, &t.scaleIn),
		t.warm.Dial("time from ready until an instance counts in the metric"),
		dialPoint(&t.resolution))
}

// Knobs are target, metric, metrics, and how its alarms stand.
func (t *TargetTracking) Knobs() []lab.Knob { return t.panel().Knobs() }

// Set turns one of them. Another metric starts without points.
func (t *TargetTracking) Set(name, text string) error {
	before := t.aim.Metric
	err := t.panel().Set(name, text)
	if t.aim.Metric != before {
		clear(t.alarms)
	}
	return err
}

// Fresh forgets all points.
func (t *TargetTracking) Fresh() {
	clear(t.alarms)
	t.cool = stage.Cooldown{}
}

// Decide acts when a point closes.
func (t *TargetTracking) Decide(s lab.Sample) lab.Decision { return t.DecideLagged(&s, &s) }

// DecideLagged is Decide with figures of before.
func (t *TargetTracking) DecideLagged(s, seen *lab.Sample) lab.Decision {
	t.cool.See(s)
	warming, _, until := t.warm.Count(s)
	current := max(0, s.Desired-warming)
	d := lab.Decision{Desired: s.Desired, Stages: make([]lab.Stage, 0, 6)}
	stage.NoteWarming(&d, current, warming)
	out, in := s.Desired, 0
	closed := false
	highRow, lowRow := 0, t.lowPoints
	say := "" // how far the alarms are, and why it goes in
	for i := range t.alarms {
		m, target, alarm := t.aim.Signal(), t.aim.Target(), &t.alarms[i]
		if len(t.metrics) > 0 {
			m, target = t.metrics[i].Signal, t.metrics[i].Target
		}
		closed = alarm.Add(t.warm.Read(m, seen), s, t.resolution) || closed
		p := alarm.Last()
		if !p.OK {
			lowRow = 0
			say = stage.Join(say, m.Label+" is not known")
			continue
		}
		low, ratio := t.low*target, p.Value/target
		above := alarm.Row(t.highPoints, func(v float64) bool { return v > target })
		below := alarm.Row(t.lowPoints, func(v float64) bool { return v < low })
		want := s.Desired
		switch {
		case above == t.highPoints:
			want = stage.Up(float64(current) * ratio)
			out = max(out, want)
			d.Reason = stage.Join(d.Reason, row(m, p, ">", target, above, t.highPoints))
		case below == t.lowPoints:
			want = current - stage.Down(float64(current)*(1-ratio))
			in = max(in, want)
			say = stage.Join(say, row(m, p, "<", low, below, t.lowPoints))
		case above > 0:
			say = stage.Join(say, row(m, p, ">", target, above, t.highPoints))
		case below > 0:
			say = stage.Join(say, row(m, p, "<", low, below, t.lowPoints))
		default:
			say = stage.Join(say, fmt.Sprintf("%s %s is within %s and %s", m.Label, m.Show(p.Value), m.Show(low), m.Show(target)))
		}
		highRow, lowRow = max(highRow, above), min(lowRow, below)
		d.Stages = append(d.Stages,
			lab.Stage{Name: "metric", Value: p.Value, Text: m.Label + ", newest point"},
			lab.Stage{Name: "ratio", Value: ratio},
			lab.Stage{Name: "raw", Value: float64(want)})
	}
	anyOut, allIn, first := highRow == t.highPoints, lowRow == t.lowPoints, &t.alarms[0]
	d.Next = stage.Waits(s.At, first.next(t.resolution), lab.Wait{What: "warm-up ends", At: until},
		first.due("earliest scale-out", highRow, t.highPoints, t.resolution),
		first.due("earliest scale-in", lowRow, t.lowPoints, t.resolution))
	if !anyOut {
		d.Reason = say
	}
	_, stale := t.cool.Until(first.from, t.resolution)
	switch {
	case (anyOut || allIn) && !closed:
		stage.Hold(&d, "alarm", "acts when a point closes")
	case anyOut && out > s.Desired:
		d.Desired = out
	case anyOut:
		stage.Hold(&d, "warm-up", fmt.Sprintf("the %d that warm up are enough", warming))
	case !allIn:
	case !t.scaleIn:
		stage.Hold(&d, "scale-in", "scaling in is off")
	case warming > 0:
		stage.Hold(&d, "warm-up", "scaling in is blocked by the warm-up")
	case stale:
		stage.Hold(&d, "gradually", "waits for a point after the last change")
	case in >= s.Desired:
		stage.Hold(&d, "round", "less than one to remove")
	default:
		d.Desired = in
	}
	return d
}
