package manifest

import (
	"fmt"
	"math"
	"strings"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
)

// readHPA reads a HorizontalPodAutoscaler.
//
// Source: k8s.io/api/autoscaling/v2 for the fields,
// k8s.io/kubernetes/pkg/apis/autoscaling/validation for what is allowed.
func readHPA(r *reader, m *reading) {
	doc := m.root
	if v := r.Text(document.Get(doc, "apiVersion"), "apiVersion"); v != "autoscaling/v2" {
		r.Bad(document.Get(doc, "apiVersion"), "apiVersion", "autoscaling/v2")
		r.Missing(doc, "apiVersion", "autoscaling/v2")
	}
	r.Fields(doc, "HorizontalPodAutoscaler", "apiVersion", "kind", "metadata", "spec", "status")
	spec := document.Get(doc, "spec")
	if spec == nil {
		r.Missing(doc, "spec", "a HorizontalPodAutoscaler's spec")
		return
	}
	r.Fields(spec, "spec", "scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior")
	ref := document.Get(spec, "scaleTargetRef")
	r.Fields(ref, "spec.scaleTargetRef", "apiVersion", "kind", "name")
	if document.Get(ref, "name") == nil || document.Get(ref, "kind") == nil {
		r.Missing(spec, "spec.scaleTargetRef", "kind and name of what is scaled")
	}
	r.limits(m, spec, "minReplicas", 1, "maxReplicas", 0)

	r.begin("hpa")
	metrics := r.List(document.Get(spec, "metrics"), "spec.metrics")
	for i, e := range metrics {
		r.hpaMetric(m, e, fmt.Sprintf("spec.metrics[%d]", i))
	}
	if len(metrics) == 0 {
		r.Note(spec, "spec.metrics: none; Kubernetes then takes CPU at 80 %%, and so does the lab")
		r.set(spec, "spec.metrics", "target", "80%")
	} else if len(m.goals) == 0 {
		r.Note(document.Get(spec, "metrics"), "spec.metrics: none of them is measured here; it runs with cpu at 50 %%")
	}
	r.goals(document.Get(spec, "metrics"), m.goals)
	r.behavior(m, "spec", "behavior")
}

// limits reads the least and the most instances; most 0 has to be given.
func (r *reader) limits(m *reading, spec *yaml.Node, minKey string, least int, maxKey string, most int) {
	if most == 0 && document.Get(spec, maxKey) == nil {
		r.Missing(spec, "spec."+maxKey, "a whole number, 1 or more")
	}
	low := r.Whole(document.Get(spec, minKey), "spec."+minKey, 0, math.MaxInt32, least)
	high := r.Whole(document.Get(spec, maxKey), "spec."+maxKey, 1, math.MaxInt32, most)
	if low > high {
		at := document.Get(spec, minKey)
		if at == nil {
			at = document.Get(spec, maxKey)
		}
		r.Bad(at, "spec."+minKey, fmt.Sprintf("at most %s, which is %d", maxKey, high))
	}
	if high > lab.MaxInstances {
		r.Note(document.Get(spec, maxKey), "spec.%s: %d: the lab starts at most %d instances", maxKey, high, lab.MaxInstances)
	}
	m.limited, m.limits = true, lab.Limits{Min: min(low, lab.MaxInstances), Max: min(high, lab.MaxInstances)}
}

// hpaMetric reads one entry of metrics.
func (r *reader) hpaMetric(m *reading, e *yaml.Node, field string) {
	blocks := map[string][]string{
		"Resource":          {"resource", "name", "target"},
		"ContainerResource": {"containerResource", "name", "container", "target"},
		"Pods":              {"pods", "metric", "target"},
		"Object":            {"object", "describedObject", "metric", "target"},
		"External":          {"external", "metric", "target"},
	}
	if !r.Fields(e, field, "type", "resource", "containerResource", "pods", "object", "external") {
		return
	}
	kind := r.Word(document.Get(e, "type"), field+".type", "", "Resource", "ContainerResource", "Pods", "Object", "External")
	block, ok := blocks[kind]
	if !ok {
		r.Missing(e, field+".type", "one of Resource, ContainerResource, Pods, Object, External")
		return
	}
	body, at := document.Get(e, block[0]), field+"."+block[0]
	if body == nil {
		r.Missing(e, at, "what the type "+kind+" is about")
		return
	}
	r.Fields(body, at, block[1:]...)
	name := r.Text(document.Get(body, "name"), at+".name")
	if kind != "Resource" && kind != "ContainerResource" {
		r.Fields(document.Get(body, "metric"), at+".metric", "name", "selector")
		name = r.Text(document.Get(body, "metric", "name"), at+".metric.name")
	}
	if name == "" {
		r.Missing(body, at+".name", "the metric's name")
	}
	target := document.Get(body, "target")
	r.Fields(target, at+".target", "type", "averageUtilization", "averageValue", "value")
	types := map[string]string{"Utilization": "averageUtilization", "AverageValue": "averageValue", "Value": "value"}
	typ := r.Word(document.Get(target, "type"), at+".target.type", "", "Utilization", "AverageValue", "Value")
	value := document.Get(target, types[typ])
	if typ == "" || value == nil {
		r.Missing(body, at+".target", "a type (Utilization, AverageValue, Value) and the value it names")
		return
	}
	at += ".target." + types[typ]
	var v float64
	if typ == "Utilization" {
		v = float64(r.Whole(value, at, 1, math.MaxInt32, 0))
	} else {
		v = r.Quantity(value, at)
	}
	if r.Err != nil {
		return
	}
	out := func(why string) { r.Note(e, "%s: %s; it is left out", field, why) }
	metric, scale, known := "cpu", 100.0, true
	switch {
	case kind == "Resource" || kind == "ContainerResource":
		if name != "cpu" {
			out("the lab does not scale on " + name)
			return
		}
		if typ != "Utilization" {
			out("CPU as an absolute amount (" + value.Value + ") is not known here, only as a share of what is requested")
			return
		}
	default:
		metric, scale, known = recognize(name)
		wants := map[string]string{"rps": "AverageValue", "in-flight": "AverageValue", "p95": "Value", "system-cpu": "Value"}[metric]
		switch {
		case !known || wants == "":
			out("nothing like " + kind + " metric " + name + " is measured here")
			return
		case wants != typ:
			out(metric + " with a target of type " + typ + " is not known here, only " + wants)
			return
		}
	}
	for _, g := range m.goals {
		if g.metric == metric {
			out("the lab has " + metric + " once, and that is in the list before")
			return
		}
	}
	switch {
	case kind == "ContainerResource":
		r.Note(e, "%s: an instance is one container: taken as CPU of the whole", field)
	case kind != "Resource":
		r.Note(e, "%s: %s is taken as the lab's %s", field, name, metric)
	}
	m.goals = append(m.goals, r.goal(value, at, metric, v, scale, e))
}

// hpaEntry is a metric in the form of a HorizontalPodAutoscaler.
func hpaEntry(metric string, v float64) *yaml.Node {
	if metric == "cpu" {
		return document.Mapping("type", document.Text("Resource"), "resource", document.Mapping("name", document.Text("cpu"),
			"target", document.Mapping("type", document.Text("Utilization"), "averageUtilization", document.Number(math.Round(v)))))
	}
	kind, typ := "Pods", "AverageValue"
	if metric == "p95" || metric == "system-cpu" {
		kind, typ = "External", "Value"
	}
	return document.Mapping("type", document.Text(kind), strings.ToLower(kind), document.Mapping("metric", document.Mapping("name", document.Text(names[metric])),
		"target", document.Mapping("type", document.Text(typ), strings.ToLower(typ[:1])+typ[1:], document.Text(document.SpellQuantity(v)))))
}

// scaleOf is the scale of the figures under those names.
func scaleOf(metric string) float64 {
	if metric == "cpu" {
		return 100
	}
	_, scale, _ := recognize(names[metric])
	return scale
}

// writeHPA changes what differs.
func writeHPA(t *document.Tree, m *reading, want lab.Tunable) {
	wanted := goalsOf(want)
	if goalsText(wanted) != goalsText(goalsOf(m.rule)) {
		m.writeGoals(t, wanted)
	}
	m.writeBehavior(t, want, "spec", "behavior")
}

// writeGoals changes the targets, takes out the metrics that are not wanted,
// and puts in those that are new. Metrics that the lab does not know stay.
func (m *reading) writeGoals(t *document.Tree, wanted []goal) {
	list := document.Get(m.root, "spec", "metrics")
	keep := map[*yaml.Node]bool{}
	var entries []*yaml.Node
	for _, w := range wanted {
		g := goal{metric: w.metric, scale: scaleOf(w.metric)}
		for _, have := range m.goals {
			if have.metric == w.metric {
				g = have
				keep[g.entry] = true
			}
		}
		switch v := g.figure(w.text); {
		case g.entry == nil:
			entries = append(entries, hpaEntry(g.metric, v))
		case g.text == w.text:
		case g.metric == "cpu":
			t.Put(g.value, document.Number(math.Round(v)))
		default:
			t.Put(g.value, document.Text(document.SpellQuantity(v)))
		}
	}
	var left []*yaml.Node
	if list != nil {
		for _, e := range list.Content {
			mine := false
			for _, g := range m.goals {
				mine = mine || g.entry == document.Follow(e)
			}
			if !mine || keep[document.Follow(e)] {
				left = append(left, e)
			}
		}
	}
	if len(entries) == 0 && list != nil && len(left) == len(list.Content) {
		return
	}
	t.Anew()
	if list == nil {
		t.Put(m.root, document.Sequence(entries...), "spec", "metrics")
		return
	}
	list.Content = append(left, entries...)
}
