package policy

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Azure is a pair of autoscale rules of Azure Monitor:
//
//	mean over window > upper  →  desired + out
//	mean over window < lower  →  desired − in, if that cannot flap
//
// each with a cooldown since the last change, whichever it was. Before going in
// from n to n′ it estimates what each of those left would carry, mean · n/n′; if
// that is above upper, the rule out would undo it at once, so it takes the
// largest step smaller than in for which it is not, or none. With upper 600: from
// 3 to 2 at 575 would be 575 · 3/2 = 862, which blocks it.
//
// Source: learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-best-practices
// and autoscale-flapping.
type Azure struct {
	bands         stage.Bands
	out, in       int
	window        time.Duration
	coolOut, cool time.Duration

	seen    stage.Window
	changes stage.Cooldown
}

// NewAzure goes out above 70 % CPU and in below 30 %.
func NewAzure() *Azure {
	return &Azure{bands: stage.NewBands(0.7, 0.3), out: 1, in: 1, window: 10 * time.Minute, coolOut: 5 * time.Minute, cool: 5 * time.Minute}
}

func (a *Azure) panel() lab.Panel {
	return append(a.bands.Dials("above it, out", "below it, in"),
		lab.DialInt(lab.Knob{Name: "out", Label: "out", Help: "instances added at once", Min: 1, Max: lab.MaxInstances}, &a.out),
		lab.DialInt(lab.Knob{Name: "in", Label: "in", Help: "instances removed at once", Min: 1, Max: lab.MaxInstances}, &a.in),
		lab.DialDuration(lab.Knob{Name: "window", Label: "window", Help: "length the metric is averaged over", Min: 1, Max: 3600, Step: 60}, &a.window),
		lab.DialDuration(lab.Knob{Name: "out_cooldown", Label: "out cooldown", Help: "least time from the last change until it goes out", Max: 3600, Step: 10}, &a.coolOut),
		lab.DialDuration(lab.Knob{Name: "in_cooldown", Label: "in cooldown", Help: "least time from the last change until it goes in", Max: 3600, Step: 10}, &a.cool))
}

// Knobs are the limits of the two rules, their steps and cooldowns, and the metric.
func (a *Azure) Knobs() []lab.Knob { return a.panel().Knobs() }

// Set turns one of them. Another metric starts with an empty window.
func (a *Azure) Set(name, text string) error {
	before := a.bands.Metric
	err := a.panel().Set(name, text)
	if a.bands.Metric != before {
		a.seen = stage.Window{}
	}
	return err
}

// Check tells whether lower is below upper.
func (a *Azure) Check() error { return a.bands.Check() }

// Fresh empties the window and ends the cooldowns.
func (a *Azure) Fresh() { a.seen, a.changes = stage.Window{}, stage.Cooldown{} }

// Decide applies the rule that fires.
func (a *Azure) Decide(s lab.Sample) lab.Decision {
	m, b := a.bands.Signal(), a.bands.Band()
	a.changes.See(&s)
	a.seen.Add(m.Read(&s), max(a.window, s.Span), s.Gap, s.At)
	mean := a.seen.Mean()
	if !mean.OK {
		return stage.Unknown(&s, m)
	}
	outEnd, outHeld := a.changes.Until(s.At, a.coolOut)
	inEnd, inHeld := a.changes.Until(s.At, a.cool)
	if !outHeld {
		outEnd = 0
	}
	if !inHeld {
		inEnd = 0
	}
	d := lab.Decision{Desired: s.Desired, Stages: make([]lab.Stage, 0, 5),
		Next: stage.Waits(s.At, lab.Wait{What: "earliest scale-out", At: outEnd, By: "the cooldown"}, lab.Wait{What: "earliest scale-in", At: inEnd, By: "the cooldown"})}
	d.Stages = append(d.Stages, lab.Stage{Name: "metric", Value: mean.Value, Text: m.Label + " over " + mean.Window.Round(100*time.Millisecond).String()})
	switch {
	case mean.Value > b.Upper:
		d.Reason = fmt.Sprintf("%s %s > %s", m.Label, m.Show(mean.Value), m.Show(b.Upper))
		want := s.Desired + a.out
		d.Stages = append(d.Stages, lab.Stage{Name: "raw", Value: float64(want)})
		if outHeld {
			stage.Hold(&d, "cooldown", "held by the cooldown")
			return d
		}
		d.Desired = want
	case mean.Value < b.Lower:
		d.Reason = fmt.Sprintf("%s %s < %s", m.Label, m.Show(mean.Value), m.Show(b.Lower))
		want := max(s.Desired-a.in, min(s.Limits.Min, s.Desired))
		d.Stages = append(d.Stages, lab.Stage{Name: "raw", Value: float64(want)})
		if inHeld {
			stage.Hold(&d, "cooldown", "held by the cooldown")
			return d
		}
		a.goIn(&d, m, mean.Value, b.Upper, want)
	default:
		d.Reason = fmt.Sprintf("%s %s is within %s and %s", m.Label, m.Show(mean.Value), m.Show(b.Lower), m.Show(b.Upper))
	}
	return d
}

// goIn goes down to want, or as far towards it as does not flap.
func (a *Azure) goIn(d *lab.Decision, m *stage.Signal, mean, upper float64, want int) {
	n := d.Desired
	after := func(left int) float64 { return mean * float64(n) / float64(left) }
	// The fewest that carry it: mean · n/left ≤ upper.
	least := 1
	if upper > 0 && mean > 0 {
		least = stage.Up(mean * float64(n) / upper)
	}
	switch left := max(want, least); {
	case want >= n:
		d.Desired = want
		return
	case want <= 0 || want >= least:
		d.Desired = want
	case left < n:
		d.Stages = append(d.Stages, lab.Stage{Name: "anti-flap", Value: float64(left), Text: fmt.Sprintf("at %d each would carry %s", want, m.Show(after(want)))})
		d.Reason += fmt.Sprintf(", in to %d only: %d would carry %s each", left, want, m.Show(after(want)))
		d.Desired = left
		return
	default:
		stage.Hold(d, "anti-flap", fmt.Sprintf("but %d would carry %s each and go out again", want, m.Show(after(want))))
		return
	}
	if want > 0 {
		d.Stages = append(d.Stages, lab.Stage{Name: "anti-flap", Value: after(want), Text: "what each would carry"})
		d.Reason += fmt.Sprintf(", %d would carry %s each", want, m.Show(after(want)))
	}
}
