package manifest

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
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

// readAWS reads what aws autoscaling put-scaling-policy and aws cloudwatch
// put-metric-alarm take, and describe-policies gives. The type of the first
// policy decides.
//
// Source: docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html,
// docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
func readAWS(r *reader, m *reading, all []*yaml.Node) {
	kind := ""
	for _, o := range all {
		if document.Get(o, "ComparisonOperator") != nil {
			op := r.Text(document.Get(o, "ComparisonOperator"), "ComparisonOperator")
			side := sideOut
			if strings.HasPrefix(op, "Less") {
				side = sideIn
			}
			if m.aws.sides[side].alarm == nil {
				m.aws.sides[side].alarm = o
			} else {
				r.Note(o, "alarm %s is passed over: there is one of that direction before", r.Text(document.Get(o, "AlarmName"), "AlarmName"))
			}
			continue
		}
		typ := r.policyType(o)
		if r.Err != nil {
			return
		}
		if kind == "" {
			kind = typ
		}
		switch {
		case typ != kind:
			r.Note(o, "policy %s is passed over: the first is of another type, and the lab runs one type at once", r.Text(document.Get(o, "PolicyName"), "PolicyName"))
		case kind == "aws-target":
			m.aws.tracking = append(m.aws.tracking, o)
		default:
			side := r.sideOf(o)
			if how := document.Get(o, "AdjustmentType"); how != nil && how.Value == "ExactCapacity" && kind == "aws-simple" && m.aws.sides[sideOut].policy != nil {
				side = sideIn // a size has no direction: the first is out, the second in
			}
			if m.aws.sides[side].policy == nil {
				m.aws.sides[side].policy = o
			} else {
				r.Note(o, "policy %s is passed over: there is one of that direction before", r.Text(document.Get(o, "PolicyName"), "PolicyName"))
			}
		}
	}
	if kind == "" {
		r.Missing(m.root, "PolicyType", "a scaling policy beside the alarms")
	}
	if r.Err != nil {
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
	typ := document.Get(o, "PolicyType")
	if typ == nil && (document.Get(o, "TargetTrackingConfiguration") != nil || document.Get(o, "TargetValue") != nil) {
		return "aws-target"
	}
	if !r.Fields(o, "policy", awsPolicyFields...) {
		return ""
	}
	switch {
	case typ == nil && document.Get(o, "StepAdjustments") != nil:
		return "aws-step"
	case typ == nil:
		return "aws-simple"
	}
	kinds := map[string]string{"TargetTrackingScaling": "aws-target", "StepScaling": "aws-step", "SimpleScaling": "aws-simple"}
	word := r.Word(typ, "PolicyType", "", "TargetTrackingScaling", "StepScaling", "SimpleScaling", "PredictiveScaling")
	if word == "PredictiveScaling" {
		r.Bad(typ, "PolicyType", "TargetTrackingScaling, StepScaling or SimpleScaling; the lab does not predict")
	}
	return kinds[word]
}

// sideOf tells whether a policy adds or removes.
func (r *reader) sideOf(o *yaml.Node) int {
	exact := document.Get(o, "AdjustmentType") != nil && document.Get(o, "AdjustmentType").Value == "ExactCapacity"
	for _, s := range r.List(document.Get(o, "StepAdjustments"), "StepAdjustments") {
		upper := document.Get(s, "MetricIntervalUpperBound")
		if exact && upper != nil && r.Float(upper, "MetricIntervalUpperBound") <= 0 || !exact && r.Float(document.Get(s, "ScalingAdjustment"), "ScalingAdjustment") < 0 {
			return sideIn
		}
	}
	if a := document.Get(o, "ScalingAdjustment"); a != nil && r.Float(a, "ScalingAdjustment") < 0 {
		return sideIn
	}
	return sideOut
}

func (r *reader) warmup(o *yaml.Node) {
	if n := document.Get(o, "EstimatedInstanceWarmup"); n != nil {
		r.set(n, "EstimatedInstanceWarmup", "warmup", strconv.Itoa(r.Whole(n, "EstimatedInstanceWarmup", 0, math.MaxInt32, 0)))
	}
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

// writeAWS changes what differs.
func writeAWS(t *document.Tree, m *reading, want lab.Tunable) {
	if m.kind == "aws-target" {
		m.writeTrackings(t, want)
	} else {
		m.writeSides(t, want)
	}
}
