package manifest

import (
	"math"
	"slices"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
)

// tracking reads target tracking.
func (r *reader) tracking(m *reading) {
	for i, o := range m.aws.tracking {
		cfg := trackingOf(o)
		if cfg == o {
			r.Fields(o, "TargetTrackingConfiguration", "PredefinedMetricSpecification", "CustomizedMetricSpecification", "TargetValue", "DisableScaleIn", "ScaleInCooldown", "ScaleOutCooldown")
		} else {
			r.Fields(o, "policy", awsPolicyFields...)
			r.Fields(cfg, "TargetTrackingConfiguration", "PredefinedMetricSpecification", "CustomizedMetricSpecification", "TargetValue", "DisableScaleIn")
		}
		value := document.Get(cfg, "TargetValue")
		if value == nil {
			r.Missing(o, "TargetTrackingConfiguration.TargetValue", "the value to hold")
			return
		}
		v := r.Float(value, "TargetValue")
		if v <= 0 {
			r.Bad(value, "TargetValue", "a number above 0")
		}
		for _, key := range []string{"ScaleInCooldown", "ScaleOutCooldown"} {
			if n := document.Get(cfg, key); n != nil {
				r.Note(n, "%s belongs to Application Auto Scaling; EC2's has a warm-up instead; it is left out", key)
			}
		}
		metric, scale, why := r.trackedMetric(cfg)
		if r.Err != nil {
			return
		}
		if slices.ContainsFunc(m.goals, func(g goal) bool { return g.metric == metric }) {
			why = "the lab has " + metric + " once"
		}
		if why != "" {
			r.Note(cfg, "%s; it is left out", why)
		} else {
			m.goals = append(m.goals, r.goal(value, "TargetValue", metric, v, scale, o))
		}
		if i > 0 {
			continue
		}
		if n := document.Get(cfg, "DisableScaleIn"); n != nil {
			r.set(n, "DisableScaleIn", "scale_in", lab.OnOffText(!r.Toggle(n, "DisableScaleIn")))
		}
		r.warmup(o)
	}
	if len(m.goals) == 0 {
		r.Note(m.aws.tracking[0], "none of its metrics is measured here; it runs with cpu at 50 %%")
		return
	}
	r.goals(m.goals[0].value, m.goals)
}

func trackingOf(o *yaml.Node) *yaml.Node {
	if cfg := document.Get(o, "TargetTrackingConfiguration"); cfg != nil {
		return cfg
	}
	return o
}

// trackedMetric is what a target tracking policy holds; why says that the lab
// does not know it.
func (r *reader) trackedMetric(cfg *yaml.Node) (metric string, scale float64, why string) {
	if p := document.Get(cfg, "PredefinedMetricSpecification"); p != nil {
		r.Fields(p, "PredefinedMetricSpecification", "PredefinedMetricType", "ResourceLabel")
		typ := document.Get(p, "PredefinedMetricType")
		switch r.Word(typ, "PredefinedMetricType", "", "ASGAverageCPUUtilization", "ALBRequestCountPerTarget", "ASGAverageNetworkIn", "ASGAverageNetworkOut") {
		case "ASGAverageCPUUtilization":
			return "cpu", 100, ""
		case "ALBRequestCountPerTarget":
			return "rps", 60, "" // a count per target in a minute
		}
		if typ == nil {
			r.Missing(p, "PredefinedMetricType", "a type of metric")
			return "", 0, ""
		}
		return "", 0, typ.Value + " is not measured here"
	}
	c := document.Get(cfg, "CustomizedMetricSpecification")
	if c == nil {
		r.Missing(cfg, "PredefinedMetricSpecification", "what is measured")
		return "", 0, ""
	}
	name := r.Text(document.Get(c, "MetricName"), "MetricName")
	metric, scale, ok := cloudWatch(name, 60)
	if !ok {
		return "", 0, "nothing like CustomizedMetricSpecification " + name + " is measured here"
	}
	r.Note(c, "CustomizedMetricSpecification: %s is taken as the lab's %s", name, metric)
	return metric, scale, ""
}

// writeTrackings changes what differs of target tracking.
func (m *reading) writeTrackings(t *document.Tree, want lab.Tunable) {
	find := func(name string) lab.Knob { k, _ := lab.Find(want.Knobs(), name); return k }
	changed := func(name string) bool { return differs(want, m.rule, name) }
	m.writeTracking(t, goalsOf(want))
	if changed("scale_in") {
		t.Put(trackingOf(m.aws.tracking[0]), document.Toggle(find("scale_in").Text == "off"), "DisableScaleIn")
	}
	if changed("warmup") && trackingOf(m.aws.tracking[0]) != m.aws.tracking[0] {
		t.Put(m.aws.tracking[0], document.Number(math.Round(find("warmup").Value)), "EstimatedInstanceWarmup")
	}
}

// writeTracking changes targets; the first policy takes another metric, and
// further ones come and go.
func (m *reading) writeTracking(t *document.Tree, wanted []goal) {
	if goalsText(wanted) == goalsText(goalsOf(m.rule)) {
		return
	}
	used := map[*yaml.Node]bool{}
	for i, w := range wanted {
		var g goal
		for _, have := range m.goals {
			if have.metric == w.metric {
				g = have
			}
		}
		switch {
		case g.entry != nil:
			if g.text != w.text {
				t.Put(g.value, document.Number(g.figure(w.text)))
			}
			used[g.entry] = true
		case i == 0:
			o := m.aws.tracking[0]
			cfg := trackingOf(o)
			t.Cut(cfg, "PredefinedMetricSpecification")
			t.Cut(cfg, "CustomizedMetricSpecification")
			t.Put(cfg, trackingConfig(w))
			used[o] = true
		default:
			add(t, document.Mapping("AutoScalingGroupName", document.Text("GROUP"), "PolicyName", document.Text("track-"+w.metric), "PolicyType", document.Text("TargetTrackingScaling"), "TargetTrackingConfiguration", trackingConfig(w)), m.root)
		}
	}
	for _, g := range m.goals {
		if root := t.Docs[0].Content[0]; !used[g.entry] && root.Kind == yaml.SequenceNode {
			root.Content = slices.DeleteFunc(root.Content, func(n *yaml.Node) bool { return n == g.entry })
			t.Anew()
		}
	}
}

// trackingConfig is a target tracking configuration for a goal.
func trackingConfig(g goal) *yaml.Node {
	switch g.metric {
	case "cpu":
		g.scale = 100
		return document.Mapping("PredefinedMetricSpecification", document.Mapping("PredefinedMetricType", document.Text("ASGAverageCPUUtilization")), "TargetValue", document.Number(g.figure(g.text)))
	case "rps":
		g.scale = 60
		return document.Mapping("PredefinedMetricSpecification", document.Mapping("PredefinedMetricType", document.Text("ALBRequestCountPerTarget"), "ResourceLabel", document.Text("app/LOAD-BALANCER/ID/targetgroup/TARGETS/ID")), "TargetValue", document.Number(g.figure(g.text)))
	}
	g.scale = scaleOf(g.metric)
	name, space := awsMetric(g.metric)
	return document.Mapping("CustomizedMetricSpecification", document.Mapping("MetricName", document.Text(name), "Namespace", document.Text(space), "Statistic", document.Text("Average")), "TargetValue", document.Number(g.figure(g.text)))
}

// add puts another object beside one: into the list it is in, or into one that
// both make.
func add(t *document.Tree, o, beside *yaml.Node) {
	t.Anew()
	if g := document.Get(beside, "AutoScalingGroupName"); g != nil {
		t.Put(o, document.Text(g.Value), "AutoScalingGroupName")
	}
	root := t.Docs[0].Content[0]
	if root.Kind != yaml.SequenceNode {
		root = document.Sequence(root)
		t.Docs[0].Content[0] = root
	}
	root.Content = append(root.Content, o)
}
