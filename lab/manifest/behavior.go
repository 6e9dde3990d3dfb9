package manifest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
	"autoscale-lab/lab/policy"
)

// directions are the two halves of a behavior: key and prefix of the knobs.
var directions = []struct{ key, knob string }{{"scaleUp", "up"}, {"scaleDown", "down"}}

// behaviorKnobs are those that only count with a behavior.
var behaviorKnobs = []string{"up", "up_select", "up_window", "up_tolerance", "down", "down_select", "down_window", "down_tolerance"}

// behavior reads an HPA's behavior at a path of the document.
func (r *reader) behavior(m *reading, path ...string) {
	b, field := document.Get(m.root, path...), strings.Join(path, ".")
	if b == nil || !r.Fields(b, field, "scaleUp", "scaleDown") {
		return
	}
	r.set(b, field, "behavior", "on")
	for _, d := range directions {
		n, at := document.Get(b, d.key), field+"."+d.key
		if n == nil || !r.Fields(n, at, "stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance") {
			continue
		}
		if rules := document.Get(n, "policies"); rules != nil {
			list := r.List(rules, at+".policies")
			var out []string
			for i, e := range list {
				out = append(out, r.scalingRule(e, fmt.Sprintf("%s.policies[%d]", at, i)))
			}
			if len(list) == 0 {
				r.Bad(rules, at+".policies", "at least one policy")
			}
			r.set(rules, at+".policies", d.knob, strings.Join(out, "|"))
		}
		if s := document.Get(n, "selectPolicy"); s != nil {
			r.set(s, at+".selectPolicy", d.knob+"_select", strings.ToLower(r.Word(s, at+".selectPolicy", "", "Max", "Min", "Disabled")))
		}
		if w := document.Get(n, "stabilizationWindowSeconds"); w != nil {
			r.set(w, at+".stabilizationWindowSeconds", d.knob+"_window", strconv.Itoa(r.Whole(w, at+".stabilizationWindowSeconds", 0, 3600, 0)))
		}
		if w := document.Get(n, "tolerance"); w != nil {
			v, ok := document.ParseQuantity(r.Text(w, at+".tolerance"))
			if !ok || v < 0 {
				r.Bad(w, at+".tolerance", "a quantity, 0 or more, as 0.05")
			}
			r.set(w, at+".tolerance", d.knob+"_tolerance", document.Trim(v*100)+"%")
		}
	}
}

func (r *reader) scalingRule(e *yaml.Node, field string) string {
	r.Fields(e, field, "type", "value", "periodSeconds")
	for _, key := range []string{"type", "value", "periodSeconds"} {
		if document.Get(e, key) == nil {
			r.Missing(e, field+"."+key, "type, value and periodSeconds")
		}
	}
	unit := "pods"
	if r.Word(document.Get(e, "type"), field+".type", "", "Pods", "Percent") == "Percent" {
		unit = "%"
	}
	return fmt.Sprintf("%d%s/%ds", r.Whole(document.Get(e, "value"), field+".value", 1, math.MaxInt32, 0), unit, r.Whole(document.Get(e, "periodSeconds"), field+".periodSeconds", 1, 1800, 0))
}

// behaves tells whether a policy works with a behavior.
func behaves(rule lab.Tunable) bool {
	on, _ := lab.Find(rule.Knobs(), "behavior")
	fresh, _ := policy.New("hpa")
	return on.Text == "on" || on.Text == "auto" && slices.ContainsFunc(behaviorKnobs, func(name string) bool { return differs(rule, fresh, name) })
}

// differs tells whether a knob of both stands differently.
func differs(a, b lab.Tunable, name string) bool {
	x, _ := lab.Find(a.Knobs(), name)
	y, _ := lab.Find(b.Knobs(), name)
	return x.Spec() != y.Spec()
}

// writeBehavior changes what differs of it.
func (m *reading) writeBehavior(t *document.Tree, want lab.Tunable, path ...string) {
	there := document.Get(m.root, path...)
	if !behaves(want) {
		if there != nil {
			t.Cut(document.Get(m.root, path[:len(path)-1]...), path[len(path)-1])
		}
		return
	}
	put := func(v *yaml.Node, keys ...string) { t.Put(m.root, v, append(slices.Clone(path), keys...)...) }
	for _, d := range directions {
		spelled := func(name string) string { k, _ := lab.Find(want.Knobs(), d.knob+name); return k.Spec() }
		changed := func(name string) bool { return differs(want, m.rule, d.knob+name) }
		seconds := func() *yaml.Node {
			k, _ := lab.Find(want.Knobs(), d.knob+"_window")
			return document.Number(math.Round(k.Value))
		}
		if changed("_window") {
			put(seconds(), d.key, "stabilizationWindowSeconds")
		}
		if changed("_select") {
			s := spelled("_select")
			put(document.Text(strings.ToUpper(s[:1])+s[1:]), d.key, "selectPolicy")
		}
		if changed("") {
			put(scalingRules(spelled("")), d.key, "policies")
		}
		if changed("_tolerance") {
			k, _ := lab.Find(want.Knobs(), d.knob+"_tolerance")
			put(document.Text(document.Trim(k.Value)), d.key, "tolerance")
		}
	}
	if document.Get(m.root, path...) == nil {
		put(document.Number(300), "scaleDown", "stabilizationWindowSeconds") // what it is anyway: with it there is a behavior
	}
}

// scalingRules is "4pods/15s|100%/15s" as a list of policies.
func scalingRules(list string) *yaml.Node {
	out := document.Sequence()
	for part := range strings.SplitSeq(list, "|") {
		amount, period, _ := strings.Cut(part, "/")
		kind, unit := "Pods", "pods"
		if strings.HasSuffix(amount, "%") {
			kind, unit = "Percent", "%"
		}
		value, _ := strconv.ParseFloat(strings.TrimSuffix(amount, unit), 64)
		seconds, _ := strconv.ParseFloat(strings.TrimSuffix(period, "s"), 64)
		out.Content = append(out.Content, document.Mapping("type", document.Text(kind), "value", document.Number(value), "periodSeconds", document.Number(seconds)))
	}
	return out
}
