package report

import (
	"strconv"
	"time"

	"autoscale-lab/lab"
)

// Desired is what a policy wished for over a run, as far as that can be told of
// desired alone: a step function, each tick's number holding to the next.
type Desired struct {
	Mean            float64
	Peak            int
	InstanceSeconds float64
	Up, Down        int
	Turns           int // times that it turned back, by the rule of a run's oscillations
	Changes         []DesiredChange
	Apart           time.Duration // in which it is not as another's
	FirstApart      time.Duration // run time of the first such moment, if Apart > 0
	Spark           []float64     // means of at most 32 equal parts of the run
}

// DesiredChange is one change of it.
type DesiredChange struct {
	At       time.Duration // run time
	From, To int
	Reason   string
}

// DesiredOf sums decisions up, one for each tick of the run; other may be nil.
func DesiredOf(rec *lab.Record, decisions, other []lab.Decision) Desired {
	ticks := RunTicks(rec)
	var d Desired
	within := max(1, time.Duration(float64(oscillationWithin)/pace(&rec.Run)))
	end := rec.Run.Origin + rec.Run.Duration
	if n := len(ticks); n > 0 {
		end = max(end, ticks[n-1].Sample.At)
	}
	var total, width time.Duration
	if len(ticks) > 0 {
		total = end - ticks[0].Sample.At
		width = total/sparkParts + 1
		d.Spark = make([]float64, min(sparkParts, int(total/width)+1))
	}
	for i := range ticks {
		at, until, n := ticks[i].Sample.At, end, decisions[i].Desired
		if i+1 < len(ticks) {
			until = ticks[i+1].Sample.At
		}
		d.InstanceSeconds += float64(n) * (until - at).Seconds()
		d.Peak = max(d.Peak, n)
		before := ticks[i].Sample.Desired
		if i > 0 {
			before = decisions[i-1].Desired
		}
		switch {
		case n > before:
			d.Up++
		case n < before:
			d.Down++
		}
		if n != before {
			d.change(DesiredChange{at - rec.Run.Origin, before, n, decisions[i].Reason}, within)
		}
		if other != nil && other[i].Desired != n {
			if d.Apart == 0 {
				d.FirstApart = at - rec.Run.Origin
			}
			d.Apart += max(until-at, 1)
		}
		d.spark(at-ticks[0].Sample.At, until-ticks[0].Sample.At, width, n)
	}
	for i := range d.Spark {
		from := time.Duration(i) * width
		d.Spark[i] /= max(min(width, total-from), 1).Seconds()
	}
	if total > 0 {
		d.Mean = d.InstanceSeconds / total.Seconds()
	} else {
		d.Mean = float64(d.Peak)
	}
	return d
}

// oscillationWithin is how soon a change of the other direction is a reversal,
// in a run of speed 1.
const oscillationWithin = time.Minute

// change adds the next change, which is a reversal if it comes so soon.
func (d *Desired) change(c DesiredChange, within time.Duration) {
	if n := len(d.Changes); n > 0 {
		last := &d.Changes[n-1]
		if (c.To > c.From) != (last.To > last.From) && c.At-last.At <= within {
			d.Turns++
		}
	}
	d.Changes = append(d.Changes, c)
}

const sparkParts = 32

// spark adds n for a stretch of time to the parts it lies in.
func (d *Desired) spark(from, to, width time.Duration, n int) {
	for from < to {
		i := int(from / width)
		next := min(to, time.Duration(i+1)*width)
		d.Spark[i] += float64(n) * (next - from).Seconds()
		from = next
	}
}

// Told tells whether there is anything of a run to be read: one without ticks
// is a *lab.InputError.
func Told(rec *lab.Record) error {
	if len(RunTicks(rec)) > 0 {
		return nil
	}
	return &lab.InputError{Field: "run", Value: strconv.FormatInt(rec.Run.ID, 10), Want: "a run with ticks: nothing of this one was recorded"}
}

// RunTicks are the ticks of a run that belong to it: not those before its
// Origin.
func RunTicks(rec *lab.Record) []lab.Tick {
	for i := range rec.Ticks {
		if rec.Ticks[i].Sample.At > rec.Run.Origin {
			return rec.Ticks[i:]
		}
	}
	return nil
}

// Recorded is what was decided in a run.
func Recorded(rec *lab.Record) []lab.Decision {
	ticks := RunTicks(rec)
	out := make([]lab.Decision, len(ticks))
	for i := range ticks {
		out[i] = ticks[i].Decision
	}
	return out
}
