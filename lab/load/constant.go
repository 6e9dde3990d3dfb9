package load

import (
	"time"

	"autoscale-lab/lab"
)

// constant is a level that stays.
//
//	level ┤ ───────────────────────    Level(t) = c
//	      │                            Total(t) = c·t
//	    0 └───────────────────────▶ t
type constant struct{ level float64 }

func (c constant) Level(time.Duration) float64    { return c.level }
func (c constant) Total(at time.Duration) float64 { return c.level * max(at, 0).Seconds() }

func newConstant(m lab.Model) shape {
	if m == lab.Closed {
		return &constant{10}
	}
	return &constant{15}
}

func (c *constant) profile() lab.Profile { return *c }

func (c *constant) clone() shape { d := *c; return &d }

func (c *constant) panel(m lab.Model) lab.Panel { return lab.Panel{levelDial(m, &c.level)} }

func (c *constant) levelKnob(m lab.Model) string { return levelName(m) }

// silent is the load that is not sent.
type silent struct{ constant }

func newSilent(lab.Model) shape { return &silent{} }

func (s *silent) clone() shape { return &silent{} }

func (*silent) panel(lab.Model) lab.Panel { return nil }

func (*silent) levelKnob(lab.Model) string { return "" }
