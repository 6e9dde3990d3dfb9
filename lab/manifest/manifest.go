package manifest

import (
	"bytes"
	"cmp"
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

// MaxSize is the largest manifest that is read, in bytes.
const MaxSize = 1 << 20

// Formats are what can be read and written.
func Formats() []string { return []string{"hpa", "keda", "aws"} }

// Manifest is a policy as its vendor writes it, and what the lab makes of it.
// It does not change.
type Manifest struct {
	Format  string     // hpa, keda or aws
	Spec    lab.Spec   // the policy, as policy.Parse reads it
	Limited bool       // the manifest says how few and how many there may be
	Limits  lab.Limits // then that, the vendor's defaults included
	Notes   []string   // what of it the lab does not do, a line each

	file string
	data []byte
}

// reading is what is found in a tree, and where.
type reading struct {
	format, kind string
	root         *yaml.Node // of a Kubernetes object
	rule         policy.Rule
	limited      bool
	limits       lab.Limits
	goals        []goal
	source       source // of a KEDA trigger
	activation   *yaml.Node
	aws          awsNodes
}

// Read reads the first manifest of a known kind in data, YAML or JSON; of AWS,
// all policies and alarms that belong together. The name is the file's, for
// messages. An error is a *lab.InputError that names line and field.
func Read(name string, data []byte) (*Manifest, error) {
	name = lab.Clean(name)
	if len(data) > MaxSize {
		return nil, &lab.InputError{Field: name, Value: fmt.Sprintf("%d bytes", len(data)), Want: "at most 1 MB"}
	}
	t, err := document.Parse(name, data)
	if err != nil {
		return nil, err
	}
	r, m, err := read(name, t)
	if err != nil {
		return nil, err
	}
	return &Manifest{m.format, r.spec, m.limited, m.limits, r.Notes, name, bytes.Clone(data)}, nil
}

// read finds the manifest in a tree.
func read(name string, t *document.Tree) (*reader, *reading, error) {
	r, m := &reader{Reader: document.Reader{File: name}}, &reading{}
	var objects []*yaml.Node
	for _, d := range t.Docs {
		r.Unique(d)
		root := document.Follow(d.Content[0])
		switch items := cmpNode(document.Get(root, "items"), document.Get(root, "ScalingPolicies"), document.Get(root, "MetricAlarms")); {
		case document.Get(root) == nil: // an empty document
		case root.Kind == yaml.SequenceNode:
			objects = append(objects, root.Content...)
		case items != nil && items.Kind == yaml.SequenceNode:
			objects = append(objects, items.Content...)
		default:
			objects = append(objects, root)
		}
	}
	if r.Err != nil {
		return nil, nil, r.Err
	}
	var aws []*yaml.Node
	for _, o := range objects {
		o = document.Follow(o)
		format := formatOf(o)
		if m.format == "" {
			m.format, m.root = format, o
		}
		switch {
		case format == "aws" && m.format == "aws":
			aws = append(aws, o)
		case o != m.root || format == "":
			what := "an object of no known kind"
			if k := document.Get(o, "kind"); k != nil {
				what = document.Shorten(k.Value)
				if n := document.Get(o, "metadata", "name"); n != nil {
					what += " " + document.Shorten(n.Value)
				}
			}
			r.Note(o, "%s is passed over", what)
		}
	}
	switch m.format {
	case "hpa":
		readHPA(r, m)
	case "keda":
		readKEDA(r, m)
	case "aws":
		readAWS(r, m, aws)
	default:
		value := "no manifest of a known kind"
		if len(objects) == 0 {
			value = "empty"
		} else if k := document.Get(objects[0], "kind"); k != nil {
			value = "kind: " + document.Shorten(k.Value)
		}
		return nil, nil, &lab.InputError{Field: name, Value: value, Want: "a HorizontalPodAutoscaler (autoscaling/v2), a ScaledObject (keda.sh/v1alpha1) or the input of aws autoscaling put-scaling-policy"}
	}
	if r.Err != nil {
		return nil, nil, r.Err
	}
	if c, ok := r.rule.(lab.Checker); ok {
		if err := c.Check(); err != nil {
			if e, ok := err.(*lab.InputError); ok {
				e.Field = name + ": " + e.Field
			}
			return nil, nil, err
		}
	}
	m.kind, m.rule = r.spec.Kind, r.rule
	return r, m, nil
}

func cmpNode(all ...*yaml.Node) *yaml.Node {
	for _, n := range all {
		if n != nil {
			return n
		}
	}
	return nil
}

// formatOf tells what an object is, "" if it is nothing of ours.
func formatOf(o *yaml.Node) string {
	if kind := document.Get(o, "kind"); kind != nil {
		return map[string]string{"HorizontalPodAutoscaler": "hpa", "ScaledObject": "keda"}[kind.Value]
	}
	for _, key := range []string{"PolicyType", "TargetTrackingConfiguration", "StepAdjustments", "ScalingAdjustment", "AdjustmentType", "TargetValue", "ComparisonOperator", "AutoScalingGroupName"} {
		if document.Get(o, key) != nil {
			return "aws"
		}
	}
	return ""
}

// Write is the manifest with the policy of a spec in it, and limits, if their
// Max is not 0. What the spec and the manifest agree on stays as it stands. The
// notes, a line each, are what does not translate, which is a comment in the data
// too (and makes YAML of JSON), then what is to be filled in.
func (m *Manifest) Write(spec string, limits lab.Limits) (data []byte, notes []string, err error) {
	kind, rule, err := policy.Parse(spec)
	if err != nil {
		return nil, nil, err
	}
	want, notes, err := fit(m.Format, m.Spec.Kind, kind, rule)
	if err != nil {
		return nil, nil, err
	}
	t, err := document.Parse(m.file, m.data)
	if err != nil {
		return nil, nil, err
	}
	_, old, err := read(m.file, t)
	if err != nil {
		return nil, nil, err
	}
	switch m.Format {
	case "hpa":
		writeHPA(t, old, want)
	case "keda":
		writeKEDA(t, old, want)
	case "aws":
		writeAWS(t, old, want)
	}
	if limits.Max > 0 {
		old.writeLimits(t, limits)
	}
	if data, err = t.Bytes(); err != nil {
		return nil, nil, fmt.Errorf("manifest: write %s: %w", m.Format, err)
	}
	back, err := Read(m.file, data)
	if err != nil {
		return nil, nil, fmt.Errorf("manifest: write %s: it does not read back: %w", m.Format, err)
	}
	if back.Spec.Kind != m.Spec.Kind {
		return nil, nil, fmt.Errorf("manifest: write %s: it reads back as %s", m.Format, back.Spec.Kind)
	}
	_, got, err := policy.Parse(back.Spec.String())
	if err != nil {
		return nil, nil, fmt.Errorf("manifest: write %s: it does not read back: %w", m.Format, err)
	}
	notes = append(notes, lost(m.Format, want, got, old.rule)...)
	data = comment(data, notes)
	notes = append(notes, open(data, m.data)...)
	if limits.Max > 0 && m.Format == "aws" {
		notes = append(notes, fmt.Sprintf("limits %d..%d: belong to the Auto Scaling group (MinSize, MaxSize), not to its policies", limits.Min, limits.Max))
	}
	return data, notes, nil
}

// Write writes a policy in a vendor's form. The name is the object's; what the
// lab cannot know, such as a label of a load balancer, is left to be filled in;
// notes say so.
func Write(format, spec string, limits lab.Limits, name string) (data []byte, notes []string, err error) {
	if !slices.Contains(Formats(), format) {
		return nil, nil, lab.NotOneOf("format", format, Formats())
	}
	kind, rule, err := policy.Parse(spec)
	if err != nil {
		return nil, nil, err
	}
	to, ok := becomes[format][kind]
	if !ok {
		return nil, nil, notWritten(format, kind)
	}
	if format == "keda" && kind == "hpa" && goalsOf(rule)[0].metric == "cpu" {
		to = "keda-cpu"
	}
	m, err := Read(format, blank(to, objectName(name)))
	if err != nil {
		return nil, nil, err
	}
	m.Format = format
	if data, notes, err = m.Write(spec, limits); err == nil {
		notes = append(notes, open(m.data, nil)...)
	}
	return data, notes, err
}

// open are the notes on what stands in data, and not in before, to be filled in.
func open(data, before []byte) []string {
	var out []string
	for _, o := range []struct{ text, note string }{
		{"LOAD-BALANCER", "ResourceLabel is to be filled in: the load balancer and target group that the requests are counted at"},
		{`"GROUP"`, "AutoScalingGroupName is to be filled in"},
		{"prometheus.monitoring:9090", "serverAddress and query are to be filled in: where your Prometheus is, and what it calls requests"},
		{"name: http_request", "the metric's name is to be filled in: as your metrics adapter calls it"},
		{"name: node_cpu", "the metric's name is to be filled in: as your metrics adapter calls it"},
		{`"Namespace": "autoscale-lab"`, "MetricName, Namespace and Dimensions are to be filled in: as your service publishes them"},
	} {
		if bytes.Contains(data, []byte(o.text)) && !bytes.Contains(before, []byte(o.text)) && !slices.Contains(out, o.note) {
			out = append(out, o.note)
		}
	}
	return out
}

// objectName is a name that Kubernetes takes.
func objectName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(s))
	s = strings.Trim(s[:min(len(s), 63)], "-")
	if s == "" {
		return "web"
	}
	return s
}

// becomes is the kind that a kind is written as, by format.
var becomes = map[string]map[string]string{
	"hpa":  {"hpa": "hpa", "keda": "hpa", "aws-target": "hpa", "nomad": "hpa", "gcp": "hpa", "knative": "hpa"},
	"keda": {"keda": "keda", "hpa": "keda", "nomad": "keda", "knative": "keda"},
	"aws": {"aws-target": "aws-target", "aws-step": "aws-step", "aws-simple": "aws-simple", "threshold": "aws-simple", "azure": "aws-simple",
		"hpa": "aws-target", "keda": "aws-target", "nomad": "aws-target", "gcp": "aws-target"},
}

func notWritten(format, kind string) error {
	var kinds []string
	for _, k := range policy.Names() {
		if _, ok := becomes[format][k]; ok {
			kinds = append(kinds, k)
		}
	}
	e := lab.NotOneOf("policy", kind, kinds)
	e.Want, e.Near = "a policy that "+format+" has a form for: "+strings.Join(kinds, ", "), ""
	return e
}

// fit is a policy as one of another kind, with all that both know. The knobs
// that say how the lab measures are each kind's own.
func fit(format, to, kind string, rule policy.Rule) (policy.Rule, []string, error) {
	if kind == to {
		return rule, nil, nil
	}
	if becomes[format][kind] != to && !(becomes[format][kind] != "" && to == "hpa") {
		return nil, nil, notWritten(format, kind)
	}
	out, err := policy.New(to)
	if err != nil {
		return nil, nil, err
	}
	var taken, left, notes []string
	metric := true // the target is a figure of the same metric
	fresh, _ := policy.New(kind)
	knobs := rule.Knobs()
	slices.SortStableFunc(knobs, func(a, b lab.Knob) int { // a metric gives its limits their range
		return cmp.Compare(btoi(b.Name == "metric"), btoi(a.Name == "metric"))
	})
	for _, k := range knobs {
		switch {
		case k.Name == "period" || k.Name == "metric_age" || k.Name == "resolution":
		case k.Text == "" && k.Kind == lab.Table:
		case (metric || k.Name != "target") && out.Set(k.Name, alike(knobs, k)) == nil:
			taken = append(taken, k.Name)
			if is := alike(knobs, k); is != k.Spec() {
				notes = append(notes, kind+"."+k.Name+"="+k.Spec()+": written as "+to+"."+k.Name+"="+is)
			}
		case k.Name == "metric" || k.Name == "target" || differs(rule, fresh, k.Name):
			left = append(left, k.Name+"="+k.Spec())
			metric = metric && k.Name != "metric"
		}
	}
	if c, ok := out.(lab.Checker); ok {
		if err := c.Check(); err != nil {
			return nil, nil, err
		}
	}
	notes = append([]string{fmt.Sprintf("%s is written as %s; what both know is carried over: %s", kind, to, strings.Join(taken, ", "))}, notes...)
	for _, l := range left {
		notes = append(notes, kind+"."+l+": "+to+" has nothing like it")
	}
	if !metric {
		notes = append(notes, "metric and target are "+to+"'s own: "+goalsText(goalsOf(out)))
	}
	return out, notes, nil
}

// alike is what a knob says in the other kinds' words. Knative's concurrency is
// requests in flight, and it sizes for target · utilization.
func alike(knobs []lab.Knob, k lab.Knob) string {
	switch share, ok := lab.Find(knobs, "utilization"); {
	case k.Name == "metric" && k.Text == "concurrency":
		return "in-flight"
	case k.Name == "target" && ok:
		return strconv.FormatFloat(math.Round(k.Value*share.Value*1e6)/1e6, 'f', -1, 64)
	}
	return k.Spec()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// writeLimits sets the least and the most. AWS has them in the group.
func (m *reading) writeLimits(t *document.Tree, limits lab.Limits) {
	k, ok := map[string][2]string{"hpa": {"minReplicas", "maxReplicas"}, "keda": {"minReplicaCount", "maxReplicaCount"}}[m.format]
	if ok && limits.Min != m.limits.Min {
		t.Put(m.root, document.Number(float64(limits.Min)), "spec", k[0])
	}
	if ok && limits.Max != m.limits.Max {
		t.Put(m.root, document.Number(float64(limits.Max)), "spec", k[1])
	}
}

// lost are the knobs that did not come back as they were wanted, if they were
// turned at all: differ from what was there before.
func lost(format string, want, got, before policy.Rule) []string {
	var out []string
	if w, g := goalsText(goalsOf(want)), goalsText(goalsOf(got)); w != g {
		out = append(out, fmt.Sprintf("metric and target %s: written as %s", w, g))
	}
	same, on := behaves(want) == behaves(got), behaves(want)
	for _, k := range want.Knobs() {
		switch {
		case k.Name == "metric" || k.Name == "target" || k.Name == "metrics":
		case k.Name == "behavior" && same, !on && slices.Contains(behaviorKnobs, k.Name), !differs(want, got, k.Name):
		default:
			is, _ := lab.Find(got.Knobs(), k.Name)
			if why := elsewhere[format+"."+k.Name]; why != "" {
				out = append(out, k.Name+"="+k.Spec()+": "+why)
			} else if !differs(got, before, k.Name) {
				out = append(out, k.Name+"="+k.Spec()+": has no field here")
			} else {
				out = append(out, k.Name+"="+k.Spec()+": written as "+is.Spec())
			}
		}
	}
	return out
}

// elsewhere is where what is not in a manifest is set.
var elsewhere = map[string]string{
	"hpa.period":              "a flag of kube-controller-manager: --horizontal-pod-autoscaler-sync-period",
	"hpa.cpu_initialization":  "a flag of kube-controller-manager: --horizontal-pod-autoscaler-cpu-initialization-period",
	"hpa.initial_readiness":   "a flag of kube-controller-manager: --horizontal-pod-autoscaler-initial-readiness-delay",
	"hpa.metric_age":          "how old the cluster's figures are; a flag of metrics-server: --metric-resolution",
	"hpa.resolution":          "how the cluster measures; a flag of metrics-server: --metric-resolution",
	"keda.period":             "a flag of kube-controller-manager: --horizontal-pod-autoscaler-sync-period",
	"keda.cpu_initialization": "a flag of kube-controller-manager: --horizontal-pod-autoscaler-cpu-initialization-period",
	"keda.initial_readiness":  "a flag of kube-controller-manager: --horizontal-pod-autoscaler-initial-readiness-delay",
	"keda.metric_age":         "how old the cluster's figures are, not a setting of it",
	"keda.resolution":         "the range in the trigger's own query",
	"aws.metric_age":          "how late CloudWatch is, not a setting of it",
	"aws.low":                 "AWS sets the low alarm itself",
	"aws.high_points":         "AWS sets the high alarm itself",
	"aws.upper":               "the alarm that calls the policy is not in the manifest",
	"aws.lower":               "the alarm that calls the policy is not in the manifest",
	"aws.points":              "the alarm that calls the policy is not in the manifest",
	"aws.low_points":          "AWS sets the low alarm itself",
}

// comment puts notes at the top of the data, those that are not there yet.
func comment(data []byte, notes []string) []byte {
	var out []byte
	for _, n := range notes {
		line := "# autoscale-lab: " + lab.Clean(n) + "\n"
		if !bytes.Contains(data, []byte(line)) {
			out = append(out, line...)
		}
	}
	return append(out, data...)
}
