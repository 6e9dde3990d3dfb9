package manifest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy"
)

// awsNodes are the policies and alarms that one policy of the lab is made of.
type awsNodes struct {
	tracking []*yaml.Node // of target tracking, each
	sides    [2]awsSide   // of step and simple scaling: out and in
}

// awsSide is a policy of step or simple scaling, and the alarm that calls it.
type awsSide struct{ policy, alarm *yaml.Node }

const (
	sideOut = iota
	sideIn
)

var awsPolicyFields = []string{"AutoScalingGroupName", "PolicyName", "PolicyType", "AdjustmentType", "MinAdjustmentStep", "MinAdjustmentMagnitude",
	"ScalingAdjustment", "Cooldown", "MetricAggregationType", "StepAdjustments", "EstimatedInstanceWarmup", "TargetTrackingConfiguration",
	"Enabled", "PredictiveScalingConfiguration", "PolicyARN", "Alarms"}

// adjustmentTypes are the lab's words for AWS'.
var adjustmentTypes = [][2]string{{"change", "ChangeInCapacity"}, {"percent", "PercentChangeInCapacity"}, {"exact", "ExactCapacity"}}

// readAWS reads what aws autoscaling put-scaling-policy and aws cloudwatch
// put-metric-alarm take, and describe-policies gives. The type of the first
// policy decides.
//
// Source: docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html,
// docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
func readAWS(r *reader, m *reading, all []*yaml.Node) {
	kind := ""
	for _, o := range all {
		if get(o, "ComparisonOperator") != nil {
			op := r.string(get(o, "ComparisonOperator"), "ComparisonOperator")
			side := sideOut
			if strings.HasPrefix(op, "Less") {
				side = sideIn
			}
			if m.aws.sides[side].alarm == nil {
				m.aws.sides[side].alarm = o
			} else {
				r.note(o, "alarm %s is passed over: there is one of that direction before", r.string(get(o, "AlarmName"), "AlarmName"))
			}
			continue
		}
		typ := r.policyType(o)
		if r.err != nil {
			return
		}
		if kind == "" {
			kind = typ
		}
		switch {
		case typ != kind:
			r.note(o, "policy %s is passed over: the first is of another type, and the lab runs one type at once", r.string(get(o, "PolicyName"), "PolicyName"))
		case kind == "aws-target":
			m.aws.tracking = append(m.aws.tracking, o)
		default:
			side := r.sideOf(o)
			if how := get(o, "AdjustmentType"); how != nil && how.Value == "ExactCapacity" && kind == "aws-simple" && m.aws.sides[sideOut].policy != nil {
				side = sideIn // a size has no direction: the first is out, the second in
			}
			if m.aws.sides[side].policy == nil {
				m.aws.sides[side].policy = o
			} else {
				r.note(o, "policy %s is passed over: there is one of that direction before", r.string(get(o, "PolicyName"), "PolicyName"))
			}
		}
	}
	if kind == "" {
		r.missing(m.root, "PolicyType", "a scaling policy beside the alarms")
	}
	if r.err != nil {
		return
	}
	r.begin(kind)
	if kind == "aws-target" {
		r.tracking(m)
	} else {
		r.alarms(m)
		r.adjustments(m)
	}
}

// policyType is the kind of the lab for a policy.
func (r *reader) policyType(o *yaml.Node) string {
	typ := get(o, "PolicyType")
	if typ == nil && (get(o, "TargetTrackingConfiguration") != nil || get(o, "TargetValue") != nil) {
		return "aws-target"
	}
	if !r.fields(o, "policy", awsPolicyFields...) {
		return ""
	}
	switch {
	case typ == nil && get(o, "StepAdjustments") != nil:
		return "aws-step"
	case typ == nil:
		return "aws-simple"
	}
	kinds := map[string]string{"TargetTrackingScaling": "aws-target", "StepScaling": "aws-step", "SimpleScaling": "aws-simple"}
	word := r.word(typ, "PolicyType", "", "TargetTrackingScaling", "StepScaling", "SimpleScaling", "PredictiveScaling")
	if word == "PredictiveScaling" {
		r.bad(typ, "PolicyType", "TargetTrackingScaling, StepScaling or SimpleScaling; the lab does not predict")
	}
	return kinds[word]
}

// sideOf tells whether a policy adds or removes.
func (r *reader) sideOf(o *yaml.Node) int {
	exact := get(o, "AdjustmentType") != nil && get(o, "AdjustmentType").Value == "ExactCapacity"
	for _, s := range r.list(get(o, "StepAdjustments"), "StepAdjustments") {
		upper := get(s, "MetricIntervalUpperBound")
		if exact && upper != nil && r.float(upper, "MetricIntervalUpperBound") <= 0 || !exact && r.float(get(s, "ScalingAdjustment"), "ScalingAdjustment") < 0 {
			return sideIn
		}
	}
	if a := get(o, "ScalingAdjustment"); a != nil && r.float(a, "ScalingAdjustment") < 0 {
		return sideIn
	}
	return sideOut
}

// tracking reads target tracking.
func (r *reader) tracking(m *reading) {
	for i, o := range m.aws.tracking {
		cfg := trackingOf(o)
		if cfg == o {
			r.fields(o, "TargetTrackingConfiguration", "PredefinedMetricSpecification", "CustomizedMetricSpecification", "TargetValue", "DisableScaleIn", "ScaleInCooldown", "ScaleOutCooldown")
		} else {
			r.fields(o, "policy", awsPolicyFields...)
			r.fields(cfg, "TargetTrackingConfiguration", "PredefinedMetricSpecification", "CustomizedMetricSpecification", "TargetValue", "DisableScaleIn")
		}
		value := get(cfg, "TargetValue")
		if value == nil {
			r.missing(o, "TargetTrackingConfiguration.TargetValue", "the value to hold")
			return
		}
		v := r.float(value, "TargetValue")
		if v <= 0 {
			r.bad(value, "TargetValue", "a number above 0")
		}
		for _, key := range []string{"ScaleInCooldown", "ScaleOutCooldown"} {
			if n := get(cfg, key); n != nil {
				r.note(n, "%s belongs to Application Auto Scaling; EC2's has a warm-up instead; it is left out", key)
			}
		}
		metric, scale, why := r.trackedMetric(cfg)
		if r.err != nil {
			return
		}
		if slices.ContainsFunc(m.goals, func(g goal) bool { return g.metric == metric }) {
			why = "the lab has " + metric + " once"
		}
		if why != "" {
			r.note(cfg, "%s; it is left out", why)
		} else {
			m.goals = append(m.goals, r.goal(value, "TargetValue", metric, v, scale, o))
		}
		if i > 0 {
			continue
		}
		if n := get(cfg, "DisableScaleIn"); n != nil {
			r.set(n, "DisableScaleIn", "scale_in", lab.OnOffText(!r.bool(n, "DisableScaleIn")))
		}
		r.warmup(o)
	}
	if len(m.goals) == 0 {
		r.note(m.aws.tracking[0], "none of its metrics is measured here; it runs with cpu at 50 %%")
		return
	}
	r.goals(m.goals[0].value, m.goals)
}

func trackingOf(o *yaml.Node) *yaml.Node {
	if cfg := get(o, "TargetTrackingConfiguration"); cfg != nil {
		return cfg
	}
	return o
}

func (r *reader) warmup(o *yaml.Node) {
	if n := get(o, "EstimatedInstanceWarmup"); n != nil {
		r.set(n, "EstimatedInstanceWarmup", "warmup", strconv.Itoa(r.whole(n, "EstimatedInstanceWarmup", 0, math.MaxInt32, 0)))
	}
}

// trackedMetric is what a target tracking policy holds; why says that the lab
// does not know it.
func (r *reader) trackedMetric(cfg *yaml.Node) (metric string, scale float64, why string) {
	if p := get(cfg, "PredefinedMetricSpecification"); p != nil {
		r.fields(p, "PredefinedMetricSpecification", "PredefinedMetricType", "ResourceLabel")
		typ := get(p, "PredefinedMetricType")
		switch r.word(typ, "PredefinedMetricType", "", "ASGAverageCPUUtilization", "ALBRequestCountPerTarget", "ASGAverageNetworkIn", "ASGAverageNetworkOut") {
		case "ASGAverageCPUUtilization":
			return "cpu", 100, ""
		case "ALBRequestCountPerTarget":
			return "rps", 60, "" // a count per target in a minute
		}
		if typ == nil {
			r.missing(p, "PredefinedMetricType", "a type of metric")
			return "", 0, ""
		}
		return "", 0, typ.Value + " is not measured here"
	}
	c := get(cfg, "CustomizedMetricSpecification")
	if c == nil {
		r.missing(cfg, "PredefinedMetricSpecification", "what is measured")
		return "", 0, ""
	}
	name := r.string(get(c, "MetricName"), "MetricName")
	metric, scale, ok := cloudWatch(name, 60)
	if !ok {
		return "", 0, "nothing like CustomizedMetricSpecification " + name + " is measured here"
	}
	r.note(c, "CustomizedMetricSpecification: %s is taken as the lab's %s", name, metric)
	return metric, scale, ""
}

// cloudWatch is recognize, with AWS' own names; a count is one in that many
// seconds.
func cloudWatch(name string, period float64) (metric string, scale float64, ok bool) {
	switch name {
	case "CPUUtilization":
		return "cpu", 100, true
	case "RequestCountPerTarget", "RequestCount":
		return "rps", period, true
	}
	return recognize(name)
}

// awsMetric is a metric as CloudWatch names it.
func awsMetric(metric string) (name, namespace string) {
	switch metric {
	case "cpu":
		return "CPUUtilization", "AWS/EC2"
	}
	return names[metric], "autoscale-lab"
}

// alarms reads the two alarms of step and simple scaling.
func (r *reader) alarms(m *reading) {
	knobs := [2]string{"upper", "lower"}
	m.goals = make([]goal, 2)
	first := true
	for side, s := range m.aws.sides {
		if s.alarm == nil {
			if s.policy != nil {
				k, _ := lab.Find(r.rule.Knobs(), knobs[side])
				r.note(s.policy, "the alarm that calls it is not in the manifest: it runs with %s=%s", knobs[side], k.Spec())
			}
			continue
		}
		a := s.alarm
		if s.policy == nil {
			r.note(a, "alarm %s is passed over: no policy of its direction is in the manifest", r.string(get(a, "AlarmName"), "AlarmName"))
			continue
		}
		r.word(get(a, "ComparisonOperator"), "ComparisonOperator", "", "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold")
		period := r.whole(get(a, "Period"), "Period", 1, 86400, 60)
		points := r.whole(get(a, "EvaluationPeriods"), "EvaluationPeriods", 1, math.MaxInt32, 1)
		if d := get(a, "DatapointsToAlarm"); d != nil && r.whole(d, "DatapointsToAlarm", 1, points, points) != points {
			r.note(d, "DatapointsToAlarm: M of N points is not known here: all %d in a row", points)
		}
		name := r.string(get(a, "MetricName"), "MetricName")
		metric, scale, ok := cloudWatch(name, float64(period))
		if get(a, "Threshold") == nil {
			r.missing(a, "Threshold", "a number")
		}
		v := r.float(get(a, "Threshold"), "Threshold")
		if r.err != nil {
			return
		}
		if !ok {
			k, _ := lab.Find(r.rule.Knobs(), knobs[side])
			r.note(a, "nothing like %s is measured here: it runs with %s=%s", name, knobs[side], k.Spec())
			continue
		}
		if first {
			r.set(a, "MetricName", "metric", metric)
			r.set(get(a, "EvaluationPeriods"), "EvaluationPeriods", "points", strconv.Itoa(points))
			r.set(get(a, "Period"), "Period", "resolution", strconv.Itoa(period))
		} else {
			now := func(name, text string) {
				if k, _ := lab.Find(r.rule.Knobs(), name); k.Spec() != text {
					r.note(a, "%s=%s: the lab has one %s for both alarms, %s", name, text, name, k.Spec())
				}
			}
			now("points", strconv.Itoa(points))
			now("resolution", lab.Knob{Kind: lab.Duration, Value: float64(period)}.Spec())
			if now("metric", metric); metric != m.goals[0].metric && m.goals[0].metric != "" {
				continue
			}
		}
		first = false
		g := r.goal(get(a, "Threshold"), "Threshold", metric, v, scale, a)
		m.goals[side] = g
		r.set(g.value, "Threshold", knobs[side], g.text)
	}
}

// adjustments reads how much step and simple scaling change.
func (r *reader) adjustments(m *reading) {
	how := ""
	for side, s := range m.aws.sides {
		o := s.policy
		if o == nil {
			text, knob := "0", [2]string{"out", "in"}[side]
			if r.spec.Kind == "aws-step" {
				text, knob = [2]string{"0../0", "..0/0"}[side], [2]string{"steps", "in_steps"}[side]
			}
			r.note(m.root, "there is no policy that goes %s: it never does", [2]string{"out", "in"}[side])
			r.set(m.root, "policy", knob, text)
			continue
		}
		typ := r.word(get(o, "AdjustmentType"), "AdjustmentType", "", "ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity")
		if typ == "" {
			r.missing(o, "AdjustmentType", "ChangeInCapacity, PercentChangeInCapacity or ExactCapacity")
			return
		}
		if how == "" {
			how = typ
			for _, a := range adjustmentTypes {
				if a[1] == typ {
					r.set(get(o, "AdjustmentType"), "AdjustmentType", "adjust", a[0])
				}
			}
			if n := get(o, "MinAdjustmentMagnitude"); n != nil {
				r.set(n, "MinAdjustmentMagnitude", "min_change", strconv.Itoa(r.whole(n, "MinAdjustmentMagnitude", 0, math.MaxInt32, 0)))
			}
			r.warmup(o)
			if n := get(o, "Cooldown"); n != nil && r.spec.Kind == "aws-simple" {
				r.set(n, "Cooldown", "cooldown", strconv.Itoa(r.whole(n, "Cooldown", 0, math.MaxInt32, 0)))
			}
		} else if how != typ {
			r.note(o, "AdjustmentType: %s: the lab has one for both directions, %s", typ, how)
		}
		if r.spec.Kind == "aws-step" {
			r.steps(m, side)
			continue
		}
		n := get(o, "ScalingAdjustment")
		if n == nil {
			r.missing(o, "ScalingAdjustment", "a whole number")
			return
		}
		v := r.whole(n, "ScalingAdjustment", math.MinInt32, math.MaxInt32, 0)
		if side == sideIn && typ != "ExactCapacity" {
			v = -v
		}
		r.set(n, "ScalingAdjustment", [2]string{"out", "in"}[side], strconv.Itoa(v))
	}
}

// unit is what a figure of the vendor times it is in the lab's own unit.
func (m *reading) unit(side int) float64 {
	for _, g := range []goal{m.goals[side], m.goals[1-side]} {
		if g.metric != "" {
			return shown(g.metric) / g.scale
		}
	}
	return 1
}

// shown is a metric's value times what is shown of it.
func shown(metric string) float64 {
	switch metric {
	case "cpu", "system-cpu":
		return 100
	case "p95":
		return 1000
	}
	return 1
}

// steps reads a step table.
func (r *reader) steps(m *reading, side int) {
	n := get(m.aws.sides[side].policy, "StepAdjustments")
	var table policy.Steps
	for i, s := range r.list(n, "StepAdjustments") {
		at := fmt.Sprintf("StepAdjustments[%d]", i)
		r.fields(s, at, "MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment")
		if get(s, "ScalingAdjustment") == nil {
			r.missing(s, at+".ScalingAdjustment", "a whole number")
		}
		step := policy.Step{Lower: math.Inf(-1), Upper: math.Inf(1), Change: r.whole(get(s, "ScalingAdjustment"), at+".ScalingAdjustment", -1000, 1000, 0)}
		if b := get(s, "MetricIntervalLowerBound"); b != nil {
			step.Lower = r.float(b, at+".MetricIntervalLowerBound") * m.unit(side)
		}
		if b := get(s, "MetricIntervalUpperBound"); b != nil {
			step.Upper = r.float(b, at+".MetricIntervalUpperBound") * m.unit(side)
		}
		if side == sideOut && step.Lower < 0 {
			step.Lower = 0
		}
		if side == sideIn && step.Upper > 0 {
			step.Upper = 0
		}
		if step.Lower >= step.Upper {
			if b := get(s, "MetricIntervalUpperBound"); side == sideOut && step.Upper <= 0 || side == sideIn && step.Lower >= 0 {
				r.note(s, "%s: lies on the other side of the alarm's threshold; it is left out", at)
				continue
			} else {
				r.bad(b, at+".MetricIntervalUpperBound", "more than the lower bound")
			}
		}
		table = append(table, step)
	}
	if len(table) == 0 {
		r.missing(m.aws.sides[side].policy, "StepAdjustments", "at least one step")
		return
	}
	r.set(n, "StepAdjustments", [2]string{"steps", "in_steps"}[side], table.String())
}

// writeAWS changes what differs.
func writeAWS(t *tree, m *reading, want lab.Tunable) {
	find := func(name string) lab.Knob { k, _ := lab.Find(want.Knobs(), name); return k }
	changed := func(name string) bool { return differs(want, m.rule, name) }
	if m.kind == "aws-target" {
		m.writeTracking(t, goalsOf(want))
		if changed("scale_in") {
			t.put(trackingOf(m.aws.tracking[0]), toggle(find("scale_in").Text == "off"), "DisableScaleIn")
		}
		if changed("warmup") && trackingOf(m.aws.tracking[0]) != m.aws.tracking[0] {
			t.put(m.aws.tracking[0], number(math.Round(find("warmup").Value)), "EstimatedInstanceWarmup")
		}
		return
	}
	metric := find("metric").Text
	for side, s := range m.aws.sides {
		if s.alarm != nil && s.policy != nil {
			m.writeAlarm(t, s.alarm, side, metric, find([2]string{"upper", "lower"}[side]), want)
		}
		if s.policy == nil {
			continue
		}
		if changed("adjust") {
			for _, a := range adjustmentTypes {
				if a[0] == find("adjust").Text {
					t.put(s.policy, text(a[1]), "AdjustmentType")
				}
			}
		}
		if changed("min_change") {
			t.put(s.policy, number(find("min_change").Value), "MinAdjustmentMagnitude")
		}
		if m.kind == "aws-simple" {
			if changed("cooldown") {
				t.put(s.policy, number(math.Round(find("cooldown").Value)), "Cooldown")
			}
			v := find([2]string{"out", "in"}[side]).Value
			if side == sideIn && find("adjust").Text != "exact" {
				v = -v
			}
			if changed([2]string{"out", "in"}[side]) || changed("adjust") {
				t.put(s.policy, number(v), "ScalingAdjustment")
			}
			continue
		}
		if changed("warmup") {
			t.put(s.policy, number(math.Round(find("warmup").Value)), "EstimatedInstanceWarmup")
		}
		if knob := [2]string{"steps", "in_steps"}[side]; changed(knob) || changed("metric") {
			unit := 1.0
			if s.alarm != nil {
				unit = m.unit(side)
			}
			if table, err := policy.ParseSteps(knob, find(knob).Text); err == nil {
				t.put(s.policy, stepsNode(table, unit), "StepAdjustments")
			}
		}
	}
}

// writeTracking changes targets; the first policy takes another metric, and
// further ones come and go.
func (m *reading) writeTracking(t *tree, wanted []goal) {
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
				t.put(g.value, number(g.figure(w.text)))
			}
			used[g.entry] = true
		case i == 0:
			o := m.aws.tracking[0]
			cfg := trackingOf(o)
			t.cut(cfg, "PredefinedMetricSpecification")
			t.cut(cfg, "CustomizedMetricSpecification")
			t.put(cfg, trackingConfig(w))
			used[o] = true
		default:
			t.add(mapping("AutoScalingGroupName", text("NAME"), "PolicyName", text("track-"+w.metric), "PolicyType", text("TargetTrackingScaling"), "TargetTrackingConfiguration", trackingConfig(w)), m.root)
		}
	}
	for _, g := range m.goals {
		if root := t.docs[0].Content[0]; !used[g.entry] && root.Kind == yaml.SequenceNode {
			root.Content = slices.DeleteFunc(root.Content, func(n *yaml.Node) bool { return n == g.entry })
			t.rebuilt = true
		}
	}
}

// trackingConfig is a target tracking configuration for a goal.
func trackingConfig(g goal) *yaml.Node {
	switch g.metric {
	case "cpu":
		g.scale = 100
		return mapping("PredefinedMetricSpecification", mapping("PredefinedMetricType", text("ASGAverageCPUUtilization")), "TargetValue", number(g.figure(g.text)))
	case "rps":
		g.scale = 60
		return mapping("PredefinedMetricSpecification", mapping("PredefinedMetricType", text("ALBRequestCountPerTarget"), "ResourceLabel", text("app/LOAD-BALANCER/ID/targetgroup/GROUP/ID")), "TargetValue", number(g.figure(g.text)))
	}
	g.scale = scaleOf(g.metric)
	name, space := awsMetric(g.metric)
	return mapping("CustomizedMetricSpecification", mapping("MetricName", text(name), "Namespace", text(space), "Statistic", text("Average")), "TargetValue", number(g.figure(g.text)))
}

// add puts another object beside one: into the list it is in, or into one that
// both make.
func (t *tree) add(o, beside *yaml.Node) {
	t.rebuilt = true
	if g := get(beside, "AutoScalingGroupName"); g != nil {
		t.put(o, text(g.Value), "AutoScalingGroupName")
	}
	root := t.docs[0].Content[0]
	if root.Kind != yaml.SequenceNode {
		root = sequence(root)
		t.docs[0].Content[0] = root
	}
	root.Content = append(root.Content, o)
}

// writeAlarm changes an alarm.
func (m *reading) writeAlarm(t *tree, a *yaml.Node, side int, metric string, threshold lab.Knob, want lab.Tunable) {
	find := func(name string) lab.Knob { k, _ := lab.Find(want.Knobs(), name); return k }
	g := m.goals[side]
	old, _ := lab.Find(m.rule.Knobs(), threshold.Name)
	period, _ := lab.Find(m.rule.Knobs(), "resolution")
	another := differs(want, m.rule, "metric")
	if another {
		g.metric, g.scale = metric, scaleOf(metric)
		name, space := awsMetric(metric)
		t.put(a, text(name), "MetricName")
		t.put(a, text(space), "Namespace")
	}
	if differs(want, m.rule, "resolution") {
		if g.metric == "rps" && g.scale == period.Value { // a count in a period
			g.scale, another = find("resolution").Value, true
		}
		t.put(a, number(math.Round(find("resolution").Value)), "Period")
	}
	if g.metric != "" && (another || threshold.Spec() != old.Spec()) {
		t.put(a, number(g.figure(threshold.Spec())), "Threshold")
		m.goals[side] = g
	}
	if differs(want, m.rule, "points") {
		t.put(a, number(find("points").Value), "EvaluationPeriods")
		if get(a, "DatapointsToAlarm") != nil {
			t.put(a, number(find("points").Value), "DatapointsToAlarm")
		}
	}
}

// stepsNode is a step table as AWS has it; unit is what reading multiplied by.
func stepsNode(table policy.Steps, unit float64) *yaml.Node {
	out := sequence()
	for _, s := range table {
		n := mapping()
		if !math.IsInf(s.Lower, 0) {
			n.Content = append(n.Content, text("MetricIntervalLowerBound"), number(s.Lower/unit))
		}
		if !math.IsInf(s.Upper, 0) {
			n.Content = append(n.Content, text("MetricIntervalUpperBound"), number(s.Upper/unit))
		}
		n.Content = append(n.Content, text("ScalingAdjustment"), number(float64(s.Change)))
		out.Content = append(out.Content, n)
	}
	return out
}
