package report

import (
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/stat"
)

// caveat goes with figures of shadows.
const caveat = "a shadow does not feel its own decisions"

// wish is a figure that depends on desired alone.
type wish struct {
	name, label, unit string
	rule              stat.Rule
	digit             int
	of                func(d *Desired) float64
}

var wishes = []wish{
	{"instance_seconds", "desired·s", "instance·s", neutral(0, costs), 0, func(d *Desired) float64 { return d.InstanceSeconds }},
	{"mean", "mean desired", "", neutral(0, usually), 2, func(d *Desired) float64 { return d.Mean }},
	{"peak", "peak desired", "", neutral(0, 0), 0, func(d *Desired) float64 { return float64(d.Peak) }},
	{"up", "desired up", "", neutral(0, 0), 0, func(d *Desired) float64 { return float64(d.Up) }},
	{"down", "desired down", "", neutral(0, 0), 0, func(d *Desired) float64 { return float64(d.Down) }},
	{"oscillations", "desired turns", "", neutral(0, 0), 0, func(d *Desired) float64 { return float64(d.turns()) }},
}

// turns is how often it turns back, by the rule of a run's oscillations.
func (d *Desired) turns() int {
	n, up, last := 0, false, time.Duration(0)
	for i, c := range d.Changes {
		if i > 0 && up != (c.To > c.From) && c.At-last <= oscillationWithin {
			n++
		}
		up, last = c.To > c.From, c.At
	}
	return n
}

// wished is what a run's shadows wished for, by their specs, and under "" what
// was decided. A shadow that came or went on the way is not in it: its figures
// would be those of another length of time.
func wished(rec *lab.Record) map[string]*Desired {
	ticks := RunTicks(rec)
	if len(ticks) == 0 {
		return nil
	}
	decisions := map[string][]lab.Decision{"": Recorded(rec)}
	for i := range ticks {
		for _, s := range ticks[i].Shadows {
			if s.Policy != "" && len(decisions[s.Policy]) == i {
				decisions[s.Policy] = append(decisions[s.Policy], s.Decision)
			}
		}
	}
	out := map[string]*Desired{}
	for spec, all := range decisions {
		if len(all) == len(ticks) {
			d := DesiredOf(rec, all, nil)
			out[spec] = &d
		}
	}
	return out
}

// shadows adds the figures of the runs' shadows, and those of what was decided
// to hold them against. Nothing of it counts for the verdict.
func (c *Comparison) shadows(groups [][]lab.Record, sides [][]figures) {
	var specs []string
	kinds := map[string]int{}
	for _, group := range groups {
		for i := range group {
			for _, t := range RunTicks(&group[i]) {
				for _, s := range t.Shadows {
					if s.Policy != "" && !slices.Contains(specs, s.Policy) {
						specs = append(specs, s.Policy)
						kinds[kindOf(s.Policy)]++
					}
				}
			}
		}
	}
	if len(specs) == 0 {
		return
	}
	c.Caveat = caveat
	for _, w := range wishes {
		for _, spec := range append([]string{""}, specs...) {
			k := metric{name: "desired." + w.name, label: w.label, unit: w.unit, rule: w.rule, digit: w.digit, of: func(f *figures) float64 {
				if d := f.wished[spec]; d != nil {
					return w.of(d)
				}
				return unknown
			}}
			if spec != "" {
				name := spec
				if kinds[kindOf(spec)] == 1 {
					name = kindOf(spec)
				}
				k.name, k.label = "shadow."+spec+"."+k.name, w.label+" "+short(name)+" (shadow)"
			}
			m := k.compare(sides, leasts{})
			m.Shadow, m.Group = spec, "desired, and by shadows"
			c.Metrics = append(c.Metrics, m)
		}
	}
}

func kindOf(spec string) string {
	kind, _, _ := strings.Cut(spec, ":")
	return kind
}

// short is a spec as it fits into a table.
func short(spec string) string {
	const most = 24
	if r := []rune(lab.Clean(spec)); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return lab.Clean(spec)
}
