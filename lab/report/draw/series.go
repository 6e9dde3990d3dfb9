package draw

import (
	"math"
	"time"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
)

// series is a line: its values at moments that rise, in pieces where it is not
// known all along. X is seconds on the common axis.
type series struct {
	name   string // in the legend; "": not there
	ink    ink
	dash   []vg.Length
	width  vg.Length
	step   bool // a value holds to the next
	pieces []plotter.XYs
	end    float64 // to which the last value holds
}

// add appends a value; one that is not known ends the piece.
func (s *series) add(x float64, r lab.Reading) {
	if !r.OK || math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		s.cut()
		return
	}
	if len(s.pieces) == 0 {
		s.pieces = []plotter.XYs{{}}
	}
	last := len(s.pieces) - 1
	s.pieces[last] = append(s.pieces[last], plotter.XY{X: x, Y: r.Value})
}

func (s *series) cut() {
	if n := len(s.pieces); n > 0 && len(s.pieces[n-1]) > 0 {
		s.pieces = append(s.pieces, plotter.XYs{})
	}
}

// top is the greatest value.
func (s *series) top() float64 {
	m := 0.0
	for _, p := range s.pieces {
		for _, xy := range p {
			m = max(m, xy.Y)
		}
	}
	return m
}

// lines are the points to be joined by lines, no more than a pixel can show.
func (s *series) lines(left, right float64, columns int) []plotter.XYs {
	var out []plotter.XYs
	for i, p := range s.pieces {
		if len(p) == 0 {
			continue
		}
		p = thin(p, left, right, columns)
		if s.step {
			end := p[len(p)-1].X
			if i == len(s.pieces)-1 {
				end = max(end, s.end)
			}
			p = stairs(p, end)
		}
		if len(p) == 1 { // seen all the same
			p = append(p, p[0])
			p[0].X -= (right - left) / 500
		}
		out = append(out, p)
	}
	return out
}

// thin keeps, of the points in each column of pixels, the first, the least, the
// greatest and the last: what is drawn is the same.
func thin(p plotter.XYs, left, right float64, columns int) plotter.XYs {
	if len(p) <= 4*columns || right <= left {
		return p
	}
	column := func(x float64) int { return int((x - left) / (right - left) * float64(columns)) }
	out := make(plotter.XYs, 0, 4*columns)
	for i := 0; i < len(p); {
		low, high, j := i, i, i
		for ; j < len(p) && column(p[j].X) == column(p[i].X); j++ {
			if p[j].Y < p[low].Y {
				low = j
			}
			if p[j].Y > p[high].Y {
				high = j
			}
		}
		last := -1
		for _, k := range []int{i, min(low, high), max(low, high), j - 1} {
			if k > last {
				out, last = append(out, p[k]), k
			}
		}
		i = j
	}
	return out
}

// stairs holds each value to the next.
func stairs(p plotter.XYs, end float64) plotter.XYs {
	out := make(plotter.XYs, 0, 2*len(p)+1)
	for i, xy := range p {
		if i > 0 && xy.Y != p[i-1].Y {
			out = append(out, plotter.XY{X: xy.X, Y: p[i-1].Y})
		}
		if i == 0 || xy.Y != p[i-1].Y {
			out = append(out, xy)
		}
	}
	return append(out, plotter.XY{X: end, Y: p[len(p)-1].Y})
}

// read goes through the ticks of a run: zero is the lab time at 0 on the axis.
func read(rec *lab.Record, zero time.Duration, s series, of func(i int, sample *lab.Sample) lab.Reading) series {
	skipped := len(rec.Ticks) - len(report.RunTicks(rec))
	for i := skipped; i < len(rec.Ticks); i++ {
		sample := &rec.Ticks[i].Sample
		x := (sample.At - zero).Seconds()
		if sample.Gap {
			s.cut()
			continue
		}
		s.add(x, of(i, sample))
	}
	s.end = (rec.Run.Origin + rec.Run.Duration - zero).Seconds()
	return s
}

// figures of a sample.

func known(v float64) lab.Reading { return lab.Reading{Value: v, OK: true} }

func cpu(_ int, s *lab.Sample) lab.Reading {
	r := s.InstanceCPU()
	if r.Value *= 100; r.Value > 100 && r.Value < 110 {
		r.Value = 100 // full; what is above is the measurement's
	}
	return r
}

func ready(_ int, s *lab.Sample) lab.Reading  { return known(float64(s.Serving())) }
func sent(_ int, s *lab.Sample) lab.Reading   { return known(s.OfferedRate()) }
func served(_ int, s *lab.Sample) lab.Reading { return known(s.ServedRate()) }
func nothing(int, *lab.Sample) lab.Reading    { return lab.Reading{} }

func failed(_ int, s *lab.Sample) lab.Reading {
	seen := s.Seen()
	return known(s.PerSecond(seen.Failures()))
}

func latency(q float64) func(int, *lab.Sample) lab.Reading {
	return func(_ int, s *lab.Sample) lab.Reading {
		seen := s.Seen()
		d, ok := seen.Latency.Quantile(q)
		return lab.Reading{Value: float64(d) / 1e6, OK: ok}
	}
}

// knob is how a policy's limit to the CPU was turned on the way, in percent.
func knob(rec *lab.Record, zero time.Duration, name string, s series) series {
	spec, origin := rec.Run.Experiment.Policy, rec.Run.Origin
	turn := func(at time.Duration) {
		if at > origin {
			s.cut()
		}
		s.add((at - zero).Seconds(), limitIn(spec, name))
	}
	turn(origin)
	for i := range rec.Ticks {
		for _, e := range rec.Ticks[i].Events {
			a, before := e.Action, spec
			switch {
			case a == nil || e.At < origin:
				continue
			case a.Kind == lab.ActPolicy:
				spec = a.To
			case a.Kind == lab.ActSet && a.Target == "policy":
				spec = lab.WithKnob(spec, a.Name, a.To)
			}
			if limitIn(spec, name) != limitIn(before, name) {
				s.hold((e.At - zero).Seconds())
				turn(e.At)
			}
		}
	}
	s.end = (origin + rec.Run.Duration - zero).Seconds()
	s.step = true
	return s
}

// hold lets the last value hold to a moment.
func (s *series) hold(x float64) {
	if n := len(s.pieces); n > 0 {
		if p := s.pieces[n-1]; len(p) > 0 {
			s.pieces[n-1] = append(p, plotter.XY{X: x, Y: p[len(p)-1].Y})
		}
	}
}

// limitIn is the limit of a name to the CPU in a policy's spec.
func limitIn(spec, name string) lab.Reading {
	s, err := lab.ParseSpec("policy", spec)
	if err != nil {
		return lab.Reading{}
	}
	var r lab.Reading
	for _, k := range s.Settings {
		switch k.Name {
		case name:
			if v, err := (lab.Knob{Kind: lab.Percent, Max: 1}).Parse(k.Text); err == nil {
				r = known(100 * v.Value)
			}
		case "metric":
			if k.Text != lab.MetricCPU.Name {
				return lab.Reading{}
			}
		}
	}
	return r
}
