package manifest

import (
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
)

// source is how a KEDA trigger spells its target and its activation, and where
// it says what it measures.
type source struct{ target, activation, about string }

var sources = map[string]source{
	"prometheus":  {"threshold", "activationThreshold", "query"},
	"metrics-api": {"targetValue", "activationTargetValue", "valueLocation"},
	"datadog":     {"queryValue", "activationQueryValue", "query"},
	"graphite":    {"threshold", "activationThreshold", "query"},
	"new-relic":   {"threshold", "activationThreshold", "nrql"},
	"influxdb":    {"thresholdValue", "activationThresholdValue", "query"},
}

// kedaTimes are knobs and where they stand in spec.
var kedaTimes = []struct{ knob, key string }{{"poll", "pollingInterval"}, {"cooldown", "cooldownPeriod"}}

// behaviorPath is where a ScaledObject keeps the behavior of its HPA.
var behaviorPath = []string{"spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"}

// readKEDA reads a ScaledObject. One that has CPU triggers alone is the lab's
// hpa, which is what KEDA makes of it: it does not go to zero.
//
// Source: keda.sh/docs/latest/reference/scaledobject-spec, keda.sh/docs/latest/scalers.
func readKEDA(r *reader, m *reading) {
	doc := m.root
	if v := r.Text(document.Get(doc, "apiVersion"), "apiVersion"); v != "keda.sh/v1alpha1" {
		r.Bad(document.Get(doc, "apiVersion"), "apiVersion", "keda.sh/v1alpha1")
		r.Missing(doc, "apiVersion", "keda.sh/v1alpha1")
	}
	r.Fields(doc, "ScaledObject", "apiVersion", "kind", "metadata", "spec", "status")
	spec := document.Get(doc, "spec")
	if spec == nil {
		r.Missing(doc, "spec", "a ScaledObject's spec")
		return
	}
	r.Fields(spec, "spec", "scaleTargetRef", "pollingInterval", "cooldownPeriod", "initialCooldownPeriod", "idleReplicaCount",
		"minReplicaCount", "maxReplicaCount", "fallback", "advanced", "triggers")
	r.Fields(document.Get(spec, "scaleTargetRef"), "spec.scaleTargetRef", "apiVersion", "kind", "name", "envSourceContainerName")
	if document.Get(spec, "scaleTargetRef", "name") == nil {
		r.Missing(spec, "spec.scaleTargetRef.name", "the name of what is scaled")
	}
	triggers := r.List(document.Get(spec, "triggers"), "spec.triggers")
	if len(triggers) == 0 {
		r.Missing(spec, "spec.triggers", "at least one trigger")
	}
	r.limits(m, spec, "minReplicaCount", 0, "maxReplicaCount", lab.MaxInstances)
	if r.Err != nil {
		return
	}
	onlyCPU := true
	for _, e := range triggers {
		onlyCPU = onlyCPU && document.Get(e, "type") != nil && document.Get(e, "type").Value == "cpu"
	}
	kind := "keda"
	if onlyCPU {
		kind = "hpa"
		r.Note(document.Get(spec, "triggers"), "spec.triggers: CPU alone is the HPA's work: it runs as hpa, and never goes to zero")
		m.limits.Min = max(1, m.limits.Min)
	}
	r.begin(kind)
	for i, e := range triggers {
		r.trigger(m, e, fmt.Sprintf("spec.triggers[%d]", i))
	}
	if len(m.goals) > 0 {
		r.goals(document.Get(spec, "triggers"), m.goals)
		if a := m.activation; a != nil {
			v := r.Float(a, "activation")
			r.set(a, "activation", "activation", document.Trim(v))
		}
	} else if r.Err == nil {
		r.Note(document.Get(spec, "triggers"), "spec.triggers: none of them is measured here; it runs with the requests per second that the lab takes itself")
	}
	for _, f := range kedaTimes {
		key, knob := f.key, f.knob
		n := document.Get(spec, key)
		if n == nil {
			continue
		}
		v := r.Whole(n, "spec."+key, 0, math.MaxInt32, 0)
		if kind == "keda" {
			r.set(n, "spec."+key, knob, strconv.Itoa(v))
		}
	}
	for _, key := range []string{"initialCooldownPeriod", "idleReplicaCount", "fallback"} {
		if n := document.Get(spec, key); n != nil {
			r.Note(n, "spec.%s: is not known here; it is left out", key)
		}
	}
	for _, key := range []string{"autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"} {
		if n := document.Get(doc, "metadata", "annotations", key); n != nil {
			r.Note(n, "metadata.annotations: %s: pausing is not known here; it runs all the same", key)
		}
	}
	r.Fields(document.Get(spec, "advanced"), "spec.advanced", "restoreToOriginalReplicaCount", "horizontalPodAutoscalerConfig", "scalingModifiers")
	if n := document.Get(spec, "advanced", "scalingModifiers"); n != nil {
		r.Note(n, "spec.advanced.scalingModifiers: a formula over triggers is not known here; it is left out")
	}
	r.Fields(document.Get(spec, "advanced", "horizontalPodAutoscalerConfig"), "spec.advanced.horizontalPodAutoscalerConfig", "name", "behavior")
	r.behavior(m, behaviorPath...)
}

// trigger reads one entry of triggers.
func (r *reader) trigger(m *reading, e *yaml.Node, field string) {
	if !r.Fields(e, field, "type", "name", "metadata", "authenticationRef", "metricType", "useCachedMetrics") {
		return
	}
	kind := r.Text(document.Get(e, "type"), field+".type")
	if kind == "" {
		r.Missing(e, field+".type", "the kind of trigger, as prometheus or cpu")
	}
	meta := document.Get(e, "metadata")
	out := func(why string) { r.Note(e, "%s: %s; it is left out", field, why) }
	typ := r.Word(document.Get(e, "metricType"), field+".metricType", "", "AverageValue", "Value", "Utilization")
	if r.Err != nil {
		return
	}
	if kind == "cpu" {
		v := document.Get(meta, "value")
		switch {
		case v == nil:
			r.Missing(e, field+".metadata.value", "the target")
		case r.spec.Kind != "hpa":
			out("the lab's keda watches requests alone, not CPU beside them")
		case typ == "AverageValue" || typ == "" && r.Text(document.Get(meta, "type"), field+".metadata.type") == "AverageValue":
			out("CPU as an absolute amount is not known here, only as a share of what is requested")
		case len(m.goals) > 0:
			out("the lab has cpu once")
		default:
			m.goals = append(m.goals, r.goal(v, field+".metadata.value", "cpu", r.Float(v, field+".metadata.value"), 100, e))
		}
		return
	}
	src, ok := sources[kind]
	if !ok {
		out("a trigger of type " + kind + " has nothing here to measure")
		return
	}
	about := r.Text(document.Get(meta, src.about), field+".metadata."+src.about)
	metric, scale, known := recognize(about)
	target := document.Get(meta, src.target)
	at := field + ".metadata." + src.target
	switch {
	case target == nil:
		r.Missing(e, at, "the target of one instance")
	case !known || metric != "rps" && metric != "in-flight":
		out("nothing like " + document.Shorten(about) + " is measured here for keda, only requests per second and in flight")
	case len(m.goals) > 0:
		out("the lab's keda watches one metric, and that is in the list before")
	default:
		v := r.Float(target, at)
		if v <= 0 {
			r.Bad(target, at, "a number above 0")
		}
		if r.Err != nil {
			return
		}
		r.Note(e, "%s: %s is taken as the lab's %s", field, document.Shorten(about), metric)
		if typ == "Value" {
			r.Note(e, "%s.metricType: Value: taken as AverageValue, the target of one instance", field)
		}
		m.goals = append(m.goals, r.goal(target, at, metric, v, scale, e))
		m.source, m.activation = src, document.Get(meta, src.activation)
	}
}

// queries are what a trigger that is written anew asks Prometheus.
var queries = map[string]string{
	"rps":       "sum(rate(http_requests_total[1m]))",
	"in-flight": "sum(http_requests_in_flight)",
}

// writeKEDA changes what differs.
func writeKEDA(t *document.Tree, m *reading, want lab.Tunable) {
	wanted := goalsOf(want)[0]
	if m.kind == "hpa" {
		for _, g := range m.goals {
			if w := goalsOf(want); g.text != w[0].text && w[0].metric == "cpu" {
				t.Put(g.value, document.Text(document.Trim(math.Round(g.figure(w[0].text)))))
			}
		}
	} else if len(m.goals) > 0 {
		g, meta := m.goals[0], document.Get(m.goals[0].entry, "metadata")
		another := g.metric != wanted.metric
		if another {
			g.metric, g.scale = wanted.metric, 1
			t.Put(meta, document.Text(queries[g.metric]), m.source.about)
		}
		if another || g.text != wanted.text {
			t.Put(meta, document.Text(document.Trim(g.figure(wanted.text))), m.source.target)
		}
		if k, _ := lab.Find(want.Knobs(), "activation"); another || differs(want, m.rule, "activation") {
			t.Put(meta, document.Text(document.Trim(k.Value)), m.source.activation)
		}
	}
	for _, f := range kedaTimes {
		if k, ok := lab.Find(want.Knobs(), f.knob); ok && differs(want, m.rule, f.knob) {
			t.Put(m.root, document.Number(math.Round(k.Value)), "spec", f.key)
		}
	}
	m.writeBehavior(t, want, behaviorPath...)
}
