package report

import (
	"fmt"
	"slices"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
)

// Difference is a setting that is not the same in all runs: its values in
// their order, "" where a run has no such setting.
type Difference struct {
	Name   string
	Values []string
}

// Differences is what was set up differently.
type Differences struct {
	Differ []Difference
	Fields int    // how many were compared
	Same   string // the most telling of what is the same, as one line
}

// Differ compares the settings, the host and the version of runs.
func Differ(runs []lab.Run) Differences {
	var names []string
	values := map[string][]string{}
	for i := range runs {
		for _, s := range facts(&runs[i]) {
			if values[s.Name] == nil {
				values[s.Name] = make([]string, len(runs))
				names = append(names, s.Name)
			}
			values[s.Name][i] = lab.Clean(s.Text)
		}
	}
	d := Differences{Fields: len(names)}
	same := map[string]string{}
	for _, n := range names {
		if v := values[n]; slices.ContainsFunc(v, func(s string) bool { return s != v[0] }) {
			d.Differ = append(d.Differ, Difference{n, v})
		} else {
			same[n] = v[0]
		}
	}
	d.Same = telling(names, same)
	return d
}

// facts is all that a run was set up from, its settings first.
func facts(r *lab.Run) []lab.Setting {
	out := r.Experiment.Settings()
	if r.Experiment.Port > 0 && len(r.Experiment.Fleet.App) > 0 {
		out = append(out, lab.Setting{Name: "fleet.env", Text: strings.Join(r.Experiment.Fleet.Env, " ")})
	}
	h := r.Host
	return append(out,
		lab.Setting{Name: "changed on the way", Text: fmt.Sprint(r.Changes)},
		lab.Setting{Name: "rig", Text: r.Rig},
		lab.Setting{Name: "host.os", Text: strings.TrimSpace(h.OS + " " + h.Kernel)},
		lab.Setting{Name: "host.cpu", Text: h.CPU},
		lab.Setting{Name: "host.cores", Text: fmt.Sprint(h.Cores)},
		lab.Setting{Name: "host.memory_mb", Text: fmt.Sprint(h.MemoryMB)},
		lab.Setting{Name: "version", Text: strings.TrimSpace(r.Version + " " + r.Commit)},
	)
}

// mishaps adds what was done to the instances of runs, if that differs.
func (d *Differences) mishaps(groups [][]lab.Record) {
	m := Difference{Name: "done to instances"}
	for _, group := range groups {
		for i := range group {
			var deeds []string
			for _, a := range lab.ScriptOf(group[i]).Deeds {
				switch a.Kind {
				case lab.ActKill, lab.ActHang, lab.ActResume, lab.ActDrain:
					deeds = append(deeds, fmt.Sprintf("%s %s at %s", a.Kind, a.Target, numeral.Moment(a.At)))
				}
			}
			m.Values = append(m.Values, strings.Join(deeds, ", "))
		}
	}
	d.Fields++
	if slices.ContainsFunc(m.Values, func(s string) bool { return s != m.Values[0] }) {
		d.Differ = append(d.Differ, m)
	}
}

// telling puts what is the same into one line: policy, load, limits, fleet,
// host; then how much else.
func telling(names []string, same map[string]string) string {
	var out []string
	take := func(text string, fields ...string) {
		for _, f := range fields {
			if _, ok := same[f]; !ok {
				return
			}
		}
		out = append(out, text)
		for _, f := range fields {
			delete(same, f)
		}
	}
	kind := func(owner string) {
		if k, ok := same[owner]; ok {
			text := k
			for _, n := range names {
				if knob, mine := strings.CutPrefix(n, owner+"."); mine && same[n] != "" {
					text += " " + knob + " " + same[n]
					delete(same, n)
				}
			}
			take(text, owner)
		}
	}
	kind("load")
	take("seed "+same["seed"], "seed")
	kind("policy")
	take("min–max "+same["fleet.min"]+"–"+same["fleet.max"], "fleet.min", "fleet.max")
	take("size "+same["fleet.size"], "fleet.size")
	take("work "+same["fleet.work"], "fleet.work")
	take(same["balance"], "balance")
	take("host", "host.os", "host.cpu", "host.cores", "host.memory_mb")
	take("version "+same["version"], "version")
	if n := len(same); n > 0 && len(out) > 0 {
		out = append(out, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(out, ", ")
}
