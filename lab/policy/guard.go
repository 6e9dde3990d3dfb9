package policy

import (
	"fmt"

	"autoscale-lab/lab"
)

// Guard stands around every policy. It clamps its wish to the Limits, ends its
// reason with what comes of it, and does nothing else.
type Guard struct{ Rule }

// Decide is the Rule's decision within the Sample's Limits.
func (g Guard) Decide(s lab.Sample) lab.Decision {
	d := g.Rule.Decide(s)
	want := d.Desired
	d.Desired = s.Limits.Clamp(want)
	stage := lab.Stage{Name: "clamp", Value: float64(d.Desired)}
	switch {
	case want > d.Desired:
		stage.Text = fmt.Sprintf("at max %d (wants %d)", s.Limits.Max, want)
	case want < d.Desired:
		stage.Text = fmt.Sprintf("at min %d", s.Limits.Min)
	}
	d.Stages = append(d.Stages, stage)
	if d.Desired != s.Desired {
		d.Reason += fmt.Sprintf(": %d → %d", s.Desired, d.Desired)
	}
	switch {
	case stage.Text == "":
	case d.Desired != s.Desired:
		d.Reason += ", " + stage.Text
	default:
		d.Reason += ": " + stage.Text
	}
	return d
}
