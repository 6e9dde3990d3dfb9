package aws

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Alarm gathers a metric into points, its means over intervals of one length
// that follow each other, as CloudWatch does, and tells how many of the newest
// in a row are beyond a limit. An interval without any reading is a missing
// point; it ends every such row, so that nothing is concluded from no data. The
// zero Alarm has seen nothing.
type Alarm struct {
	points      []lab.Reading // newest last
	begin       time.Duration // of the point under way
	from        time.Duration // beginning of the newest point
	sum, weight float64
	tick        time.Duration // from the Sample before to the latest
	at          time.Duration // of the latest
	under       bool          // a point is under way
}

// most points an Alarm keeps.
const most = 60

// Add puts in what was read from a Sample; true if that closed a point. A gap
// forgets everything.
func (a *Alarm) Add(r lab.Reading, s *lab.Sample, length time.Duration) bool {
	if s.Gap {
		*a = Alarm{points: a.points[:0]}
	}
	a.tick = s.At - a.at
	if !a.under {
		a.tick = s.Span
		a.begin, a.under = s.At-s.Span, true
	}
	a.at = s.At
	if r.OK {
		weight := max(s.Span, 1).Seconds()
		a.sum += r.Value * weight
		a.weight += weight
	}
	if s.At+a.tick/2 < a.begin+length { // a tick is not cut: the nearest one closes the point
		return false
	}
	point := lab.Reading{At: s.At, Window: s.At - a.begin}
	if a.weight > 0 {
		point.Value, point.OK = a.sum/a.weight, true
	}
	if len(a.points) == most {
		a.points = append(a.points[:0], a.points[1:]...)
	}
	a.points = append(a.points, point)
	a.from, a.begin, a.sum, a.weight = a.begin, s.At, 0, 0
	return true
}

// Last is the newest point.
func (a *Alarm) Last() lab.Reading {
	if len(a.points) == 0 {
		return lab.Reading{}
	}
	return a.points[len(a.points)-1]
}

// Row is how many of the newest points in a row are beyond, at most n.
func (a *Alarm) Row(n int, beyond func(float64) bool) int {
	row := 0
	for row < n && row < len(a.points) {
		if p := a.points[len(a.points)-1-row]; !p.OK || !beyond(p.Value) {
			break
		}
		row++
	}
	return row
}

// next is when the point under way closes.
func (a *Alarm) next(length time.Duration) lab.Wait {
	return lab.Wait{What: "next point", At: a.begin + length}
}

// due is when a row that has begun is as long as n, if all goes on like that.
func (a *Alarm) due(what string, row, n int, length time.Duration) lab.Wait {
	if row == 0 || row >= n {
		return lab.Wait{}
	}
	return lab.Wait{What: what, At: a.begin + time.Duration(n-row)*length, By: "the alarm"}
}

func dialPoint(v *time.Duration) lab.Dial {
	return lab.DialDuration(lab.Knob{Name: "resolution", Label: "resolution", Help: "length of a point, which the metric is averaged over", Min: 1, Max: 600, Step: 10}, v)
}

func dialPoints(name, help string, v *int) lab.Dial {
	return lab.DialInt(lab.Knob{Name: name, Label: name, Help: help, Min: 1, Max: most}, v)
}

// row says how far an alarm is.
func row(m *stage.Signal, r lab.Reading, than string, limit float64, n, of int) string {
	return fmt.Sprintf("%s %s %s %s (%d of %d points)", m.Label, m.Show(r.Value), than, m.Show(limit), n, of)
}
