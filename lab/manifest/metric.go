package manifest

import (
	"math"
	"strings"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy"
)

// goal is a metric with its target, and where the target stands.
type goal struct {
	metric string
	text   string     // of the target, as its knob takes it
	scale  float64    // the vendor's figure is the knob's value times this
	value  *yaml.Node // the figure
	entry  *yaml.Node // what of the manifest is about this metric
}

// figure is the vendor's figure for a target in the lab's spelling.
func (g goal) figure(target string) float64 {
	k, err := targetKnob(g.metric).Parse(target)
	if err != nil {
		return 0
	}
	return math.Round(k.Value*g.scale*1e9) / 1e9
}

// targetKnob is the knob of a target for a metric, from the least that several
// metrics may have.
func targetKnob(metric string) lab.Knob {
	rule, _ := policy.New("hpa") // there is one
	_ = rule.Set("metric", metric)
	k, _ := lab.Find(rule.Knobs(), "target")
	if k.Kind == lab.Number {
		k.Min = 0.001
	}
	return k
}

// goal is a metric whose target the vendor gives as a figure.
func (r *reader) goal(n *yaml.Node, field, metric string, figure, scale float64, entry *yaml.Node) goal {
	k := targetKnob(metric)
	k.Value = figure / scale
	if v := max(k.Min, min(k.Value, k.Max)); v != k.Value {
		was := k
		k.Value = v
		r.Note(n, "%s: %s is beyond the lab's range for %s (%s); it runs with %s", field, was.Show(), metric, k.Range(), k.Show())
	}
	return goal{metric, k.Spec(), scale, n, entry}
}

// goals sets metric and target, or metrics if there are several.
func (r *reader) goals(n *yaml.Node, all []goal) {
	if r.Err != nil || len(all) == 0 {
		return
	}
	k := targetKnob(all[0].metric)
	first, _ := k.Parse(all[0].text)
	r.set(n, "metric", "metric", all[0].metric)
	if r.Err != nil {
		return
	}
	if len(all) == 1 {
		if k, _ := lab.Find(r.rule.Knobs(), "target"); first.Value >= k.Min {
			r.set(n, "target", "target", all[0].text)
			return
		}
	}
	r.spec.Settings = r.spec.Settings[:len(r.spec.Settings)-1]
	_ = r.rule.Set("metric", "cpu")
	r.set(n, "metrics", "metrics", goalsText(all))
}

func goalsText(all []goal) string {
	var out []string
	for _, g := range all {
		out = append(out, g.metric+"/"+g.text)
	}
	return strings.Join(out, "|")
}

// goalsOf are the metrics and targets of a policy, whichever way it says them.
func goalsOf(rule lab.Tunable) []goal {
	knobs := rule.Knobs()
	list, _ := lab.Find(knobs, "metrics")
	var out []goal
	if list.Text != "" {
		for part := range strings.SplitSeq(list.Text, "|") {
			metric, target, _ := strings.Cut(part, "/")
			out = append(out, goal{metric: metric, text: target})
		}
		return out
	}
	metric, _ := lab.Find(knobs, "metric")
	target, _ := lab.Find(knobs, "target")
	return append(out, goal{metric: metric.Text, text: target.Spec()})
}

// names are what a manifest that is written anew calls the lab's metrics.
var names = map[string]string{
	"system-cpu": "node_cpu_utilization_percent",
	"rps":        "http_requests_per_second",
	"in-flight":  "http_requests_in_flight",
	"p95":        "http_request_latency_p95_seconds",
}

// recognize is the metric of the lab that a name, or a query, stands for, and
// the scale of its figures; false if it stands for none.
func recognize(name string) (metric string, scale float64, ok bool) {
	s := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
	any := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case any("latency", "duration", "responsetime", "p95", "requestsseconds"):
		if any("milli") || strings.HasSuffix(s, "ms") {
			return "p95", 1000, true
		}
		return "p95", 1, true
	case any("inflight", "concurren", "activerequests", "activeconnections"):
		return "in-flight", 1, true
	case any("perminute"):
		if any("requests") {
			return "rps", 60, true
		}
	case any("requestspersec", "requestrate", "httprequests", "requestcount", "rps", "qps"), any("rate", "persecond") && any("requests"):
		return "rps", 1, true
	case any("nodecpu", "systemcpu", "hostcpu"):
		return "system-cpu", 100, true
	case any("cpuutili"):
		return "cpu", 100, true
	}
	return "", 0, false
}
