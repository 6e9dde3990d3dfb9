package draw

import (
	"fmt"
	"strings"
	"time"

	"gonum.org/v1/plot/vg"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report/offered"
)

// Figure is charts one below the other, on one time axis.
type Figure struct {
	title       string
	axis        string // what the time counts from
	panels      []panel
	flags       []flag
	left, right float64 // seconds
}

// panel is one chart.
type panel struct {
	label  string // of its axis, the unit in it
	series []series
	limits []series // drawn behind, and named in the legend too
	arrows []arrow
	least  float64 // the axis reaches this far at least
	most   float64 // and no farther; 0: as far as the values do
	full   float64 // what cannot be exceeded, if it is not: needs no room above
	whole  bool    // numbers between whole ones mean nothing
}

// lineWidth is that of a series; of repeats laid over one another, less.
const (
	lineWidth = 1.4
	thinWidth = 0.7
)

// mostRepeats is how many repeats of a side are drawn.
const mostRepeats = 10

// OfRun draws one run: its CPU and the policy's limits to it; the instances
// wished for, ready and needed; requests; latency and its target. Without ticks
// there is nothing to draw: see report.RunTicks.
func OfRun(rec *lab.Record) *Figure {
	r, zero := &rec.Run, rec.Run.Origin
	f := &Figure{title: name(r), axis: "time since the run began", flags: flags(rec, zero)}
	f.reach(rec, zero)
	get := func(name string, i ink, dash []vg.Length, width vg.Length, of func(int, *lab.Sample) lab.Reading) series {
		return read(rec, zero, series{name: name, ink: i, dash: dash, width: width}, of)
	}
	stepped := func(s series) series { s.step = true; return s }
	p95 := get("p95", first, solid, lineWidth, latency(.95))
	p99 := get("p99", fourth, dotted, 1, latency(.99))
	f.panels = []panel{
		{
			label: "CPU, % of size", least: 50, full: 100,
			series: []series{get("mean of the ready", first, solid, lineWidth, cpu)},
			limits: []series{
				knob(rec, zero, "upper", series{name: "upper", ink: limit, dash: dashed, width: 1}),
				knob(rec, zero, "lower", series{name: "lower", ink: limit, dash: dotted, width: 1}),
			},
		},
		{
			label: "instances", least: 2, whole: true, arrows: arrows(rec, zero),
			series: []series{
				stepped(get("needed", third, dotted, 1.2, func(_ int, s *lab.Sample) lab.Reading {
					n, ok := r.Experiment.Demand(s)
					return lab.Reading{Value: float64(n), OK: ok}
				})),
				stepped(get("desired", second, dashed, lineWidth, func(i int, _ *lab.Sample) lab.Reading {
					return known(float64(rec.Ticks[i].Decision.Desired))
				})),
				stepped(get("ready", first, solid, lineWidth, ready)),
			},
		},
		{
			label: "requests/s", least: 10,
			series: []series{
				get("offered", third, dashed, lineWidth, sent),
				get("served", first, solid, lineWidth, served),
				some(get("failed", second, solid, 1, failed)),
			},
		},
		{
			label: "latency, ms", least: 10, most: 3 * max(p95.top(), 10),
			series: []series{get("p50", third, dashed, 1, latency(.5)), p99, p95},
			limits: []series{f.target(r.Experiment.SLO, max(p95.top(), p99.top()))},
		},
	}
	if r.Rig == lab.RigImport { // how requests ended is not known, nor any other quantile
		f.panels[2].series = f.panels[2].series[:1]
		f.panels[3].series = []series{p95}
	}
	return f
}

// some is a series without one that is zero all along.
func some(s series) series {
	if s.top() == 0 {
		return series{}
	}
	return s
}

// OfSides draws sides, each a run or repeats of it, over one another: CPU,
// instances ready, requests served and p95, aligned as in offered.Align.
func OfSides(sides [][]lab.Record, at offered.Origin) *Figure {
	var all []lab.Record
	for _, side := range sides {
		all = append(all, side[:min(len(side), mostRepeats)]...)
	}
	f := &Figure{axis: "time since the runs began"}
	if at == offered.AtLoad {
		f.axis = "time since the load began"
	}
	f.panels = []panel{
		{label: "CPU, % of size", least: 50, full: 100},
		{label: "instances ready", least: 2, whole: true},
		{label: "served requests/s", least: 10},
		{label: "p95, ms", least: 10},
	}
	zeros := offered.Align(all, at)
	inks, strokes := []ink{first, second, third, fourth}, [][]vg.Length{solid, dashed, dotted, dashDot}
	for i, side := range sides {
		width := vg.Length(lineWidth)
		if len(side) > 1 {
			width = thinWidth
		}
		for j := range side[:min(len(side), mostRepeats)] {
			rec, zero := &side[j], zeros[0]
			zeros = zeros[1:]
			f.reach(rec, zero)
			s := series{ink: inks[i], dash: strokes[i], width: width}
			if j == 0 {
				s.name = legend(i, side)
				upper := knob(rec, zero, "upper", series{ink: inks[i], dash: dotted, width: thinWidth})
				f.panels[0].limits = append(f.panels[0].limits, upper)
			}
			of := []func(int, *lab.Sample) lab.Reading{cpu, ready, served, latency(.95)}
			if rec.Run.Rig == lab.RigImport {
				of[2] = nothing // how its requests ended is not known
			}
			for k, of := range of {
				part := s
				part.step = k == 1
				f.panels[k].series = append(f.panels[k].series, read(rec, zero, part, of))
				s.name = "" // in the first panel only
			}
		}
	}
	return f
}

// Titled is the figure with that above it, where it stands by itself.
func (f *Figure) Titled(text string) *Figure {
	f.title = clean(text)
	return f
}

// reach makes room for a run on the time axis.
func (f *Figure) reach(rec *lab.Record, zero time.Duration) {
	end := rec.Run.Origin + rec.Run.Duration
	if n := len(rec.Ticks); n > 0 {
		end = max(end, rec.Ticks[n-1].Sample.At)
	}
	f.left = min(f.left, (rec.Run.Origin - zero).Seconds())
	f.right = max(f.right, (end - zero).Seconds(), 1)
}

// target is the latency target, if latency comes anywhere near it.
func (f *Figure) target(slo time.Duration, top float64) series {
	s := series{ink: limit, dash: dashed, width: 1, step: true, end: f.right}
	if ms := float64(slo) / 1e6; slo > 0 && ms <= 3*top {
		s.name = "target"
		s.add(f.left, known(ms))
	}
	return s
}

func name(r *lab.Run) string {
	text := fmt.Sprintf("run %d", r.ID)
	if n := clean(r.Name); n != "" {
		text += ": " + cut(n, 60)
	}
	return text
}

// legend is how a side is called.
func legend(i int, side []lab.Record) string {
	r := &side[0].Run
	text := fmt.Sprintf("%c  run %d", 'A'+i, r.ID)
	if len(side) > 1 {
		text = fmt.Sprintf("%c  %d runs from %d", 'A'+i, len(side), r.ID)
	}
	if n := clean(r.Name); n != "" {
		text += " " + cut(n, 24)
	}
	return strings.TrimSpace(text)
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
