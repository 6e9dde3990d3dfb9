package policy

import (
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Threshold is the prototype's rule:
//
//	metric > upper  →  desired + step
//	metric < lower  →  desired − step
//	else               desired
//
// after which nothing changes for the cooldown. The metric is averaged over
// resolution, so that one request more or less is not a breach.
type Threshold struct {
	bands      stage.Bands
	step       int
	cooldown   time.Duration
	resolution time.Duration

	window stage.Window
	cool   stage.Cooldown
	say    []byte // scratch
}

// NewThreshold has the prototype's limits: 35 % and 15 % of instance CPU.
func NewThreshold() *Threshold {
	return &Threshold{bands: stage.NewBands(0.35, 0.15), step: 1, cooldown: 3 * time.Second, resolution: 3 * time.Second}
}

func (t *Threshold) panel() lab.Panel {
	limits := t.bands.Dials("above it, one step up", "below it, one step down")
	return append(limits[:2:2],
		lab.DialInt(lab.Knob{Name: "step", Label: "step", Help: "instances per change", Min: 1, Max: lab.MaxInstances}, &t.step),
		lab.DialDuration(lab.Knob{Name: "cooldown", Label: "cooldown", Help: "pause after each change, in either direction", Max: 3600, Step: 1}, &t.cooldown),
		lab.DialDuration(lab.Knob{Name: "resolution", Label: "resolution", Help: "length the metric is averaged over", Max: 600, Step: 1}, &t.resolution),
		limits[2])
}

// Knobs are upper, lower, step, cooldown, resolution and metric.
func (t *Threshold) Knobs() []lab.Knob { return t.panel().Knobs() }

// Set turns one of them. Another metric starts with an empty window.
func (t *Threshold) Set(name, text string) error {
	before := t.bands.Metric
	err := t.panel().Set(name, text)
	if t.bands.Metric != before {
		t.window = stage.Window{}
	}
	return err
}

// Check tells whether lower is below upper.
func (t *Threshold) Check() error { return t.bands.Check() }

// Fresh empties the window and ends the cooldown.
func (t *Threshold) Fresh() { t.window, t.cool = stage.Window{}, stage.Cooldown{} }

// Decide makes one step, or none.
func (t *Threshold) Decide(s lab.Sample) lab.Decision { return t.DecideLagged(&s, &s) }

// DecideLagged is Decide with figures of before.
func (t *Threshold) DecideLagged(now, seen *lab.Sample) lab.Decision {
	m, b := t.bands.Signal(), t.bands.Band()
	t.cool.See(now)
	t.window.Add(m.Read(seen), max(t.resolution, seen.Span), now.Gap, seen.At)
	mean := t.window.Mean()
	d := lab.Decision{Desired: now.Desired}
	if !mean.OK {
		d.Reason = m.Label + " is not known"
		return d
	}
	up, down := mean.Value > b.Upper, mean.Value < b.Lower
	end, held := t.cool.Until(now.At, t.cooldown)

	// One string holds both texts: this runs every tick.
	say := append(t.say[:0], m.Label...)
	say = append(say, " over "...)
	say = append(say, mean.Window.Round(100*time.Millisecond).String()...)
	stage := len(say)
	say = append(append(say, m.Label...), ' ')
	say = m.Append(say, mean.Value)
	switch {
	case up:
		d.Desired += t.step
		say = m.Append(append(say, " > "...), b.Upper)
	case down:
		d.Desired -= t.step
		say = m.Append(append(say, " < "...), b.Lower)
	default:
		say = m.Append(append(say, " is within "...), b.Lower)
		say = m.Append(append(say, " and "...), b.Upper)
	}
	raw := d.Desired
	if held {
		d.Next = []lab.Wait{{What: "cooldown", At: end}}
		if up || down {
			d.Desired = now.Desired
			say = append(say, ", held by the cooldown"...)
		}
	}
	text := string(say)
	t.say = say
	d.Reason = text[stage:]
	d.Stages = append(make([]lab.Stage, 0, 4),
		lab.Stage{Name: "metric", Value: mean.Value, Text: text[:stage]},
		lab.Stage{Name: "raw", Value: float64(raw)})
	if held && (up || down) {
		d.Stages = append(d.Stages, lab.Stage{Name: "cooldown", Value: float64(d.Desired), Text: "held"})
	}
	return d
}
