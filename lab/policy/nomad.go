package policy

import (
	"fmt"
	"math"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Nomad is the target-value strategy of the Nomad Autoscaler:
//
//	factor = metric / target
//	|factor − 1| ≤ threshold  →  keep
//	else                         ⌈count · factor⌉; from 0, ⌈factor⌉
//
// no more than max_up above and max_down below the count; after a change, in
// either direction, nothing for the cooldown.
//
// Source: hashicorp/nomad-autoscaler, plugins/builtin/strategy/target-value,
// and the scaling policy's evaluation_interval, cooldown, max_scale_up, max_scale_down.
type Nomad struct {
	aim       stage.Aim
	threshold float64
	maxUp     int // 0: no limit
	maxDown   int
	cooldown  time.Duration

	cool stage.Cooldown
}

// NewNomad holds 50 % of CPU.
func NewNomad() *Nomad {
	return &Nomad{aim: stage.NewAim(0.5), threshold: 0.01, cooldown: 5 * time.Minute}
}

func (n *Nomad) panel() lab.Panel {
	return append(n.aim.Dials(),
		lab.DialFloat(lab.Knob{Name: "threshold", Label: "threshold", Unit: "%", Help: "change of the factor that does not count", Kind: lab.Percent, Max: 1, Step: 0.01}, &n.threshold),
		lab.DialInt(lab.Knob{Name: "max_up", Label: "max up", Help: "most instances added at once; 0: no limit", Max: lab.MaxInstances}, &n.maxUp),
		lab.DialInt(lab.Knob{Name: "max_down", Label: "max down", Help: "most instances removed at once; 0: no limit", Max: lab.MaxInstances}, &n.maxDown),
		lab.DialDuration(lab.Knob{Name: "cooldown", Label: "cooldown", Help: "pause after each change, in either direction", Max: 3600, Step: 10}, &n.cooldown))
}

// Knobs are target, metric, threshold, the limits of a change and the cooldown.
func (n *Nomad) Knobs() []lab.Knob { return n.panel().Knobs() }

// Set turns one of them.
func (n *Nomad) Set(name, text string) error { return n.panel().Set(name, text) }

// Fresh ends the cooldown.
func (n *Nomad) Fresh() { n.cool = stage.Cooldown{} }

// Decide holds the target.
func (n *Nomad) Decide(s lab.Sample) lab.Decision {
	n.cool.See(&s)
	m, target := n.aim.Signal(), n.aim.Target()
	d := lab.Decision{Desired: s.Desired}
	end, held := n.cool.Until(s.At, n.cooldown)
	if held {
		d.Next = []lab.Wait{{What: "cooldown", At: end}}
	}
	r := m.Read(&s)
	if !r.OK {
		d.Reason = m.Label + " is not known"
		return d
	}
	factor := r.Value / target
	d.Reason = fmt.Sprintf("%s %s is %.2f of %s", m.Label, m.Show(r.Value), factor, m.Show(target))
	d.Stages = append(make([]lab.Stage, 0, 6),
		lab.Stage{Name: "metric", Value: r.Value, Text: m.Label},
		lab.Stage{Name: "ratio", Value: factor})
	var want int
	switch off := factor - 1; {
	case s.Desired == 0:
		want = stage.Up(factor)
	case math.Abs(off) > n.threshold+1e-12:
		want = stage.Up(float64(s.Desired) * factor)
	default:
		stage.Hold(&d, "threshold", "near enough")
		return d
	}
	d.Stages = append(d.Stages, lab.Stage{Name: "raw", Value: float64(want)})
	limited := want
	if n.maxUp > 0 {
		limited = min(limited, s.Desired+n.maxUp)
	}
	if n.maxDown > 0 {
		limited = max(limited, s.Desired-n.maxDown)
	}
	if limited != want {
		d.Stages = append(d.Stages, lab.Stage{Name: "limit", Value: float64(limited), Text: fmt.Sprintf("wants %d", want)})
		d.Reason += fmt.Sprintf(", wants %d", want)
	}
	if held && limited != s.Desired {
		stage.Hold(&d, "cooldown", "held by the cooldown")
		return d
	}
	d.Desired = limited
	return d
}
