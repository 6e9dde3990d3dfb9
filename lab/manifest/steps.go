package manifest

import (
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
	"autoscale-lab/lab/policy/aws"
)

// adjustmentTypes are the lab's words for AWS'.
var adjustmentTypes = [][2]string{{"change", "ChangeInCapacity"}, {"percent", "PercentChangeInCapacity"}, {"exact", "ExactCapacity"}}

// alarms reads the two alarms of step and simple scaling.
func (r *reader) alarms(m *reading) {
	knobs := [2]string{"upper", "lower"}
	m.goals = make([]goal, 2)
	first := true
	for side, s := range m.aws.sides {
		if s.alarm == nil {
			if s.policy != nil {
				k, _ := lab.Find(r.rule.Knobs(), knobs[side])
				r.Note(s.policy, "the alarm that calls it is not in the manifest: it runs with %s=%s", knobs[side], k.Spec())
			}
			continue
		}
		a := s.alarm
		if s.policy == nil {
			r.Note(a, "alarm %s is passed over: no policy of its direction is in the manifest", r.Text(document.Get(a, "AlarmName"), "AlarmName"))
			continue
		}
		r.Word(document.Get(a, "ComparisonOperator"), "ComparisonOperator", "", "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold")
		period := r.Whole(document.Get(a, "Period"), "Period", 1, 86400, 60)
		points := r.Whole(document.Get(a, "EvaluationPeriods"), "EvaluationPeriods", 1, math.MaxInt32, 1)
		if d := document.Get(a, "DatapointsToAlarm"); d != nil && r.Whole(d, "DatapointsToAlarm", 1, points, points) != points {
			r.Note(d, "DatapointsToAlarm: M of N points is not known here: all %d in a row", points)
		}
		name := r.Text(document.Get(a, "MetricName"), "MetricName")
		metric, scale, ok := cloudWatch(name, float64(period))
		if document.Get(a, "Threshold") == nil {
			r.Missing(a, "Threshold", "a number")
		}
		v := r.Float(document.Get(a, "Threshold"), "Threshold")
		if r.Err != nil {
			return
		}
		if !ok {
			k, _ := lab.Find(r.rule.Knobs(), knobs[side])
			r.Note(a, "nothing like %s is measured here: it runs with %s=%s", name, knobs[side], k.Spec())
			continue
		}
		if first {
			r.set(a, "MetricName", "metric", metric)
			r.set(document.Get(a, "EvaluationPeriods"), "EvaluationPeriods", "points", strconv.Itoa(points))
			r.set(document.Get(a, "Period"), "Period", "resolution", strconv.Itoa(period))
		} else {
			now := func(name, text string) {
				if k, _ := lab.Find(r.rule.Knobs(), name); k.Spec() != text {
					r.Note(a, "%s=%s: the lab has one %s for both alarms, %s", name, text, name, k.Spec())
				}
			}
			now("points", strconv.Itoa(points))
			now("resolution", lab.Knob{Kind: lab.Duration, Value: float64(period)}.Spec())
			if now("metric", metric); metric != m.goals[0].metric && m.goals[0].metric != "" {
				continue
			}
		}
		first = false
		g := r.goal(document.Get(a, "Threshold"), "Threshold", metric, v, scale, a)
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
			r.Note(m.root, "there is no policy that goes %s: it never does", [2]string{"out", "in"}[side])
			r.set(m.root, "policy", knob, text)
			continue
		}
		typ := r.Word(document.Get(o, "AdjustmentType"), "AdjustmentType", "", "ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity")
		if typ == "" {
			r.Missing(o, "AdjustmentType", "ChangeInCapacity, PercentChangeInCapacity or ExactCapacity")
			return
		}
		if how == "" {
			how = typ
			for _, a := range adjustmentTypes {
				if a[1] == typ {
					r.set(document.Get(o, "AdjustmentType"), "AdjustmentType", "adjust", a[0])
				}
			}
			if n := document.Get(o, "MinAdjustmentMagnitude"); n != nil {
				r.set(n, "MinAdjustmentMagnitude", "min_change", strconv.Itoa(r.Whole(n, "MinAdjustmentMagnitude", 0, math.MaxInt32, 0)))
			}
			r.warmup(o)
			if n := document.Get(o, "Cooldown"); n != nil && r.spec.Kind == "aws-simple" {
				r.set(n, "Cooldown", "cooldown", strconv.Itoa(r.Whole(n, "Cooldown", 0, math.MaxInt32, 0)))
			}
		} else if how != typ {
			r.Note(o, "AdjustmentType: %s: the lab has one for both directions, %s", typ, how)
		}
		if r.spec.Kind == "aws-step" {
			r.steps(m, side)
			continue
		}
		n := document.Get(o, "ScalingAdjustment")
		if n == nil {
			r.Missing(o, "ScalingAdjustment", "a whole number")
			return
		}
		v := r.Whole(n, "ScalingAdjustment", math.MinInt32, math.MaxInt32, 0)
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

// writeSides changes the policies and alarms of step and simple scaling.
func (m *reading) writeSides(t *document.Tree, want lab.Tunable) {
	find := func(name string) lab.Knob { k, _ := lab.Find(want.Knobs(), name); return k }
	changed := func(name string) bool { return differs(want, m.rule, name) }
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
					t.Put(s.policy, document.Text(a[1]), "AdjustmentType")
				}
			}
		}
		if changed("min_change") {
			t.Put(s.policy, document.Number(find("min_change").Value), "MinAdjustmentMagnitude")
		}
		if m.kind == "aws-simple" {
			if changed("cooldown") {
				t.Put(s.policy, document.Number(math.Round(find("cooldown").Value)), "Cooldown")
			}
			v := find([2]string{"out", "in"}[side]).Value
			if side == sideIn && find("adjust").Text != "exact" {
				v = -v
			}
			if changed([2]string{"out", "in"}[side]) || changed("adjust") {
				t.Put(s.policy, document.Number(v), "ScalingAdjustment")
			}
			continue
		}
		if changed("warmup") {
			t.Put(s.policy, document.Number(math.Round(find("warmup").Value)), "EstimatedInstanceWarmup")
		}
		if knob := [2]string{"steps", "in_steps"}[side]; changed(knob) || changed("metric") {
			unit := 1.0
			if s.alarm != nil {
				unit = m.unit(side)
			}
			if table, err := aws.ParseSteps(knob, find(knob).Text); err == nil {
				t.Put(s.policy, stepsNode(table, unit), "StepAdjustments")
			}
		}
	}
}

// steps reads a step table.
func (r *reader) steps(m *reading, side int) {
	n := document.Get(m.aws.sides[side].policy, "StepAdjustments")
	var table aws.Steps
	for i, s := range r.List(n, "StepAdjustments") {
		at := fmt.Sprintf("StepAdjustments[%d]", i)
		r.Fields(s, at, "MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment")
		if document.Get(s, "ScalingAdjustment") == nil {
			r.Missing(s, at+".ScalingAdjustment", "a whole number")
		}
		step := aws.Step{Lower: math.Inf(-1), Upper: math.Inf(1), Change: r.Whole(document.Get(s, "ScalingAdjustment"), at+".ScalingAdjustment", -1000, 1000, 0)}
		if b := document.Get(s, "MetricIntervalLowerBound"); b != nil {
			step.Lower = r.Float(b, at+".MetricIntervalLowerBound") * m.unit(side)
		}
		if b := document.Get(s, "MetricIntervalUpperBound"); b != nil {
			step.Upper = r.Float(b, at+".MetricIntervalUpperBound") * m.unit(side)
		}
		if side == sideOut && step.Lower < 0 {
			step.Lower = 0
		}
		if side == sideIn && step.Upper > 0 {
			step.Upper = 0
		}
		if step.Lower >= step.Upper {
			if b := document.Get(s, "MetricIntervalUpperBound"); side == sideOut && step.Upper <= 0 || side == sideIn && step.Lower >= 0 {
				r.Note(s, "%s: lies on the other side of the alarm's threshold; it is left out", at)
				continue
			} else {
				r.Bad(b, at+".MetricIntervalUpperBound", "more than the lower bound")
			}
		}
		table = append(table, step)
	}
	if len(table) == 0 {
		r.Missing(m.aws.sides[side].policy, "StepAdjustments", "at least one step")
		return
	}
	r.set(n, "StepAdjustments", [2]string{"steps", "in_steps"}[side], table.String())
}

// writeAlarm changes an alarm.
func (m *reading) writeAlarm(t *document.Tree, a *yaml.Node, side int, metric string, threshold lab.Knob, want lab.Tunable) {
	find := func(name string) lab.Knob { k, _ := lab.Find(want.Knobs(), name); return k }
	g := m.goals[side]
	old, _ := lab.Find(m.rule.Knobs(), threshold.Name)
	period, _ := lab.Find(m.rule.Knobs(), "resolution")
	another := differs(want, m.rule, "metric")
	if another {
		g.metric, g.scale = metric, scaleOf(metric)
		name, space := awsMetric(metric)
		t.Put(a, document.Text(name), "MetricName")
		t.Put(a, document.Text(space), "Namespace")
	}
	if differs(want, m.rule, "resolution") {
		if g.metric == "rps" && g.scale == period.Value { // a count in a period
			g.scale, another = find("resolution").Value, true
		}
		t.Put(a, document.Number(math.Round(find("resolution").Value)), "Period")
	}
	if g.metric != "" && (another || threshold.Spec() != old.Spec()) {
		t.Put(a, document.Number(g.figure(threshold.Spec())), "Threshold")
		m.goals[side] = g
	}
	if differs(want, m.rule, "points") {
		t.Put(a, document.Number(find("points").Value), "EvaluationPeriods")
		if document.Get(a, "DatapointsToAlarm") != nil {
			t.Put(a, document.Number(find("points").Value), "DatapointsToAlarm")
		}
	}
}

// stepsNode is a step table as AWS has it; unit is what reading multiplied by.
func stepsNode(table aws.Steps, unit float64) *yaml.Node {
	out := document.Sequence()
	for _, s := range table {
		n := document.Mapping()
		if !math.IsInf(s.Lower, 0) {
			n.Content = append(n.Content, document.Text("MetricIntervalLowerBound"), document.Number(s.Lower/unit))
		}
		if !math.IsInf(s.Upper, 0) {
			n.Content = append(n.Content, document.Text("MetricIntervalUpperBound"), document.Number(s.Upper/unit))
		}
		n.Content = append(n.Content, document.Text("ScalingAdjustment"), document.Number(float64(s.Change)))
		out.Content = append(out.Content, n)
	}
	return out
}
