package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/stat"
)

// caveat goes with figures of shadows.
const caveat = "a shadow does not feel its own decisions"

// ShadowColumn is what a shadow of one side comes to, in the figures that depend
// on desired alone: of repeats the median over the runs that have it. It is not
// judged, and does not count for the verdict.
type ShadowColumn struct {
	Side   int
	Policy string // its spec
	Title  string // "A·hpa"; of two of a kind "A·hpa 1" and "A·hpa 2"
}

// ofDesired are the figures that depend on desired alone, by name.
var ofDesired = map[string]func(*Desired) float64{
	"desired.instance_seconds": func(d *Desired) float64 { return d.InstanceSeconds },
	"desired.mean":             func(d *Desired) float64 { return d.Mean },
	"desired.peak":             func(d *Desired) float64 { return float64(d.Peak) },
	"scale.up_events":          func(d *Desired) float64 { return float64(d.Up) },
	"scale.down_events":        func(d *Desired) float64 { return float64(d.Down) },
	"oscillations":             func(d *Desired) float64 { return float64(d.Turns) },
}

// wishes are figures of what was decided, to hold those of shadows against.
var wishes = []metric{
	wish("desired.instance_seconds", "desired·s", "instance·s", 0, neutral(0, costs)),
	wish("desired.mean", "mean desired", "", 2, neutral(0, usually)),
	wish("desired.peak", "peak desired", "", 0, neutral(0, 0)),
}

func wish(name, label, unit string, digit int, rule stat.Rule) metric {
	return metric{name, label, unit, digit, rule, exact, nil, func(f *figures) float64 {
		if f.decided == nil {
			return unknown
		}
		return ofDesired[name](f.decided)
	}}
}

// wished is what a run's shadows wished for, by their specs, which are returned
// in their order. A shadow that came or went on the way is not in it: its
// figures would be those of another length of time.
func wished(rec *lab.Record) ([]string, map[string]*Desired) {
	ticks := RunTicks(rec)
	decisions := map[string][]lab.Decision{}
	var specs []string
	for i := range ticks {
		for _, s := range ticks[i].Shadows {
			if s.Policy == "" || len(decisions[s.Policy]) != i {
				continue
			}
			if i == 0 {
				specs = append(specs, s.Policy)
			}
			decisions[s.Policy] = append(decisions[s.Policy], s.Decision)
		}
	}
	out := map[string]*Desired{}
	specs = slices.DeleteFunc(specs, func(spec string) bool { return len(decisions[spec]) < len(ticks) })
	for _, spec := range specs {
		d := DesiredOf(rec, decisions[spec], nil)
		out[spec] = &d
	}
	return specs, out
}

// shadows adds the columns of the runs' shadows, and the figures of what was
// decided to hold them against.
func (c *Comparison) shadows(groups [][]lab.Record, sides [][]figures) {
	for i, group := range groups {
		var specs []string
		for j := range group {
			own, desired := wished(&group[j])
			for _, spec := range own {
				if !slices.Contains(specs, spec) {
					specs = append(specs, spec)
				}
			}
			sides[i][j].shadows = desired
		}
		c.columns(i, specs)
	}
	if len(c.Shadows) == 0 {
		return
	}
	c.Caveat = caveat
	for i, group := range groups {
		for j := range group {
			if rec := &group[j]; len(RunTicks(rec)) > 0 {
				d := DesiredOf(rec, Recorded(rec), nil)
				sides[i][j].decided = &d
			}
		}
	}
	for i := range wishes {
		m := wishes[i].compare(sides, leasts{})
		m.Group = "desired"
		c.Metrics = append(c.Metrics, m)
	}
	for i := range c.Metrics {
		m := &c.Metrics[i]
		for _, s := range c.Shadows {
			m.Shadows = append(m.Shadows, s.median(ofDesired[m.Name], sides[s.Side]))
		}
	}
}

// columns adds those of a side, its shadows given by their specs.
func (c *Comparison) columns(side int, specs []string) {
	first, kinds := len(c.Shadows), map[string]int{}
	for _, spec := range specs {
		kind, _, _ := strings.Cut(spec, ":")
		title := c.Sides[side].Letter + "·" + short(kind)
		kinds[title]++
		c.Shadows = append(c.Shadows, ShadowColumn{side, spec, title})
	}
	seen := map[string]int{}
	for i := range c.Shadows[first:] {
		if title := &c.Shadows[first+i].Title; kinds[*title] > 1 {
			seen[*title]++
			*title = fmt.Sprintf("%s %d", *title, seen[*title])
		}
	}
}

// median is over the runs that have the shadow; NaN without any, or if the
// figure does not depend on desired alone: of is nil.
func (s *ShadowColumn) median(of func(*Desired) float64, runs []figures) float64 {
	var values []float64
	for i := range runs {
		if d := runs[i].shadows[s.Policy]; d != nil && of != nil {
			values = append(values, of(d))
		}
	}
	return stat.Median(values)
}

// shadowed tells whether any shadow has a value.
func (m *Metric) shadowed() bool {
	return slices.ContainsFunc(m.Shadows, func(v float64) bool { return !math.IsNaN(v) })
}

// short is a text as it fits into a table's heading.
func short(text string) string {
	const most = 24
	if r := []rune(lab.Clean(text)); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return lab.Clean(text)
}
