package aws

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// StepScaling is step scaling of EC2 Auto Scaling: two alarms, each with a table
// whose steps lie relative to its threshold, in the metric's own unit:
//
//	metric ≥ upper for so many points  →  the step of steps it falls into
//	metric ≤ lower for so many points  →  the step of in_steps it falls into
//
// Above the threshold a step is [lower, upper), below it (lower, upper]. The
// adjustment (Adjust) is made to the instances that are warm; those that warm
// up count as asked for, so that a breach that lasts adds what is lacking and
// no more, and they block going in.
//
// Source: docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html.
type StepScaling struct {
	bands      stage.Bands
	steps      Steps
	inSteps    Steps
	how        string
	least      int
	points     int
	warm       stage.Warmup
	resolution time.Duration

	alarm Alarm
}

// NewStepScaling adds 1 from upper on and 3 from 10 above it, and removes 1 from
// lower down.
func NewStepScaling() *StepScaling {
	steps, _ := ParseSteps("steps", "0..10/+1|10../+3")
	inSteps, _ := ParseSteps("in_steps", "..0/-1")
	return &StepScaling{bands: stage.NewBands(0.6, 0.4), steps: steps, inSteps: inSteps, how: byChange, points: 2,
		warm: stage.Warmup{Length: 300 * time.Second}, resolution: time.Minute}
}

func (a *StepScaling) panel() lab.Panel {
	return append(a.bands.Dials("the high alarm's threshold", "the low alarm's threshold"),
		lab.DialTable(lab.Knob{Name: "steps", Label: "steps", Help: "above upper, relative to it: from..below/adjustment"}, a.steps.String(), func(text string) error {
			return readSteps("steps", text, &a.steps)
		}),
		lab.DialTable(lab.Knob{Name: "in_steps", Label: "in steps", Help: "below lower, relative to it: above..to/adjustment"}, a.inSteps.String(), func(text string) error {
			return readSteps("in_steps", text, &a.inSteps)
		}),
		dialHow(&a.how),
		dialLeast(&a.least),
		dialPoints("points", "points in a row beyond a threshold before it acts", &a.points),
		a.warm.Dial("time from ready until an instance counts in the metric"),
		dialPoint(&a.resolution))
}

func readSteps(field, text string, into *Steps) error {
	t, err := ParseSteps(field, text)
	if err == nil {
		*into = t
	}
	return err
}

func dialHow(how *string) lab.Dial {
	return lab.DialChoice(lab.Knob{Name: "adjust", Label: "adjust", Help: "what an adjustment is: instances, percent of them, or how many there shall be", Choices: adjustments}, how)
}

func dialLeast(least *int) lab.Dial {
	return lab.DialInt(lab.Knob{Name: "min_change", Label: "min change", Help: "instances that a change by percent is at least", Max: lab.MaxInstances}, least)
}

// Knobs are the two thresholds with their tables, the metric, and how to adjust.
func (a *StepScaling) Knobs() []lab.Knob { return a.panel().Knobs() }

// Set turns one of them. Another metric starts without points.
func (a *StepScaling) Set(name, text string) error {
	before := a.bands.Metric
	err := a.panel().Set(name, text)
	if a.bands.Metric != before {
		a.alarm = Alarm{}
	}
	return err
}

// Check tells whether lower is below upper, and each table on its side.
func (a *StepScaling) Check() error {
	for _, s := range a.steps {
		if s.Lower < 0 {
			return &lab.InputError{Field: "steps", Value: s.String(), Want: "steps from 0 on; those below lower are in_steps"}
		}
	}
	for _, s := range a.inSteps {
		if s.Upper > 0 {
			return &lab.InputError{Field: "in_steps", Value: s.String(), Want: "steps up to 0; those above upper are steps"}
		}
	}
	return a.bands.Check()
}

// Fresh forgets all points.
func (a *StepScaling) Fresh() { a.alarm = Alarm{} }

// Decide acts when a point closes.
func (a *StepScaling) Decide(s lab.Sample) lab.Decision { return a.DecideLagged(&s, &s) }

// DecideLagged is Decide with figures of before.
func (a *StepScaling) DecideLagged(s, seen *lab.Sample) lab.Decision {
	m, b := a.bands.Signal(), a.bands.Band()
	closed := a.alarm.Add(a.warm.Read(m, seen), s, a.resolution)
	p := a.alarm.Last()
	next := a.alarm.next(a.resolution)
	if !p.OK {
		d := stage.Unknown(s, m)
		d.Next = []lab.Wait{next}
		return d
	}
	warming, _, until := a.warm.Count(s)
	current := max(0, s.Desired-warming)
	above := a.alarm.Row(a.points, func(v float64) bool { return v >= b.Upper })
	below := a.alarm.Row(a.points, func(v float64) bool { return v <= b.Lower })
	d := lab.Decision{Desired: s.Desired, Next: stage.Waits(s.At, next,
		a.alarm.due("earliest scale-out", above, a.points, a.resolution), a.alarm.due("earliest scale-in", below, a.points, a.resolution),
		lab.Wait{What: "warm-up ends", At: until}), Stages: make([]lab.Stage, 0, 6)}
	d.Stages = append(d.Stages, lab.Stage{Name: "metric", Value: p.Value, Text: m.Label + ", newest point"})
	stage.NoteWarming(&d, current, warming)

	table, threshold := a.steps, b.Upper
	switch {
	case above > 0:
		d.Reason = row(m, p, "≥", b.Upper, above, a.points)
	case below > 0:
		d.Reason = row(m, p, "≤", b.Lower, below, a.points)
		table, threshold = a.inSteps, b.Lower
	default:
		d.Reason = fmt.Sprintf("%s %s is within %s and %s", m.Label, m.Show(p.Value), m.Show(b.Lower), m.Show(b.Upper))
	}
	if max(above, below) < a.points {
		return d
	}
	step, ok := table.Find((p.Value - threshold) * m.Scale)
	if !ok {
		stage.Hold(&d, "step", "no step is meant for that")
		return d
	}
	want := Adjust(a.how, step.Change, current, a.least)
	d.Stages = append(d.Stages,
		lab.Stage{Name: "step", Value: float64(step.Change), Text: step.String() + " by " + a.how},
		lab.Stage{Name: "raw", Value: float64(want)})
	in := want < s.Desired && (step.Change < 0 || a.how == byExact)
	switch {
	case !closed:
		stage.Hold(&d, "alarm", "acts when a point closes")
	case want > s.Desired && (step.Change > 0 || a.how == byExact):
		d.Desired = want
	case in && warming > 0:
		stage.Hold(&d, "warm-up", "scaling in is blocked by the warm-up")
	case in:
		d.Desired = want
	case warming > 0 && step.Change > 0:
		stage.Hold(&d, "warm-up", fmt.Sprintf("the %d that warm up are enough", warming))
	default:
		stage.Hold(&d, "step", "no change")
	}
	return d
}
