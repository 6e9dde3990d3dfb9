package stage

import (
	"time"

	"autoscale-lab/lab"
)

// Window averages a metric over the time just past. The zero Window is empty.
type Window struct{ points []lab.Reading }

// Add puts in what was measured over the Span that ended at r.At, and forgets
// what is older than length. A gap forgets everything: what was before it says
// nothing of now. An unknown reading is passed over.
func (w *Window) Add(r lab.Reading, length time.Duration, gap bool, now time.Duration) {
	if gap {
		w.points = w.points[:0]
	}
	if r.OK {
		w.points = append(w.points, r)
	}
	keep := 0
	for keep < len(w.points) && w.points[keep].At <= now-length {
		keep++
	}
	w.points = append(w.points[:0], w.points[keep:]...)
}

// Mean is the mean of what is in the window, weighted by the length that each
// reading was measured over; unknown while the window is empty.
func (w *Window) Mean() lab.Reading {
	var out lab.Reading
	var weight float64
	for _, p := range w.points {
		out.Value += p.Value * p.Window.Seconds()
		weight += p.Window.Seconds()
		out.Window += p.Window
		out.At = p.At
	}
	if weight <= 0 {
		return lab.Reading{}
	}
	out.Value /= weight
	out.OK = true
	return out
}

// Empty tells whether nothing is in it.
func (w *Window) Empty() bool { return len(w.points) == 0 }
