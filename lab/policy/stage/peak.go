package stage

import (
	"time"

	"autoscale-lab/lab"
)

// Peak is the most of what was put in over the time just past. It keeps only
// what can still become the most: each value smaller than the one before it.
// The zero Peak is empty.
type Peak struct{ down []lab.Point }

// Add puts in v as of now, and forgets what is older than length.
func (p *Peak) Add(v float64, now, length time.Duration) {
	for n := len(p.down); n > 0 && p.down[n-1].Value <= v; n-- {
		p.down = p.down[:n-1]
	}
	p.down = append(p.down, lab.Point{At: now, Value: v})
	p.Forget(now, length)
}

// Forget drops what is older than length; what was put in just now stays.
func (p *Peak) Forget(now, length time.Duration) {
	old := 0
	for old < len(p.down) && p.down[old].At <= now-length && p.down[old].At < now {
		old++
	}
	p.down = append(p.down[:0], p.down[old:]...)
}

// Most is the greatest value and when it was last put in; false while empty.
func (p *Peak) Most() (lab.Point, bool) {
	if len(p.down) == 0 {
		return lab.Point{}, false
	}
	return p.down[0], true
}
