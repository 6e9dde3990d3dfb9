package policy

import (
	"cmp"

	"autoscale-lab/lab"
)

// Manual asks for what the user sets; until he has set something, for what
// there is. It is never zero, from which no signal would bring it back.
type Manual struct {
	desired int
	found   int // instances there were at the first Decide
}

func (m *Manual) panel() lab.Panel {
	return lab.Panel{lab.DialInt(lab.Knob{Name: "desired", Label: "desired", Help: "instances; 0: as many as there are", Max: lab.MaxInstances}, &m.desired)}
}

// Knobs are desired alone.
func (m *Manual) Knobs() []lab.Knob { return m.panel().Knobs() }

// Set turns it.
func (m *Manual) Set(name, text string) error { return m.panel().Set(name, text) }

// Fresh forgets how many instances there were.
func (m *Manual) Fresh() { m.found = 0 }

// Decide is what was set.
func (m *Manual) Decide(s lab.Sample) lab.Decision {
	if m.found == 0 {
		m.found = s.Desired
	}
	want := max(1, cmp.Or(m.desired, m.found))
	return lab.Decision{Desired: want, Reason: "set by hand", Stages: []lab.Stage{{Name: "raw", Value: float64(want)}}}
}
