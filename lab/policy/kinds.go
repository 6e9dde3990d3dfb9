package policy

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/aws"
	"autoscale-lab/lab/policy/kube"
)

// Rule is a policy with its knobs.
type Rule interface {
	lab.Policy
	lab.Tunable
	Fresh() // forgets all that it has seen, not how its knobs stand
}

// Kind is a kind of policy: its name, a line of help, and how to make a fresh
// one with default knobs.
type Kind struct {
	Name, Help string
	New        func() Rule
	Badge      string // what of it is certified, and what is not
}

var (
	badgeHPA  = fmt.Sprintf("decision logic: %d of %[1]d upstream cases (v1.37.2); metric delay and boot as set here", kube.Proven)
	badgeKEDA = fmt.Sprintf("1 to N as hpa: %d of %[1]d upstream cases; to zero and back from KEDA's documentation", kube.Proven)
	badgeStep = fmt.Sprintf("steps: %d of %[1]d documented cases; alarms and warm-up from AWS's documentation", aws.Proven)
)

const badgeDocs = "from its documentation: no reference cases exist"

// Each kind is made paced: with the period, metric age and resolution that it
// has in production; see Paced.
var kinds = []Kind{
	{"threshold", "one step up above an upper limit, one step down below a lower one", func() Rule { return paced(NewThreshold(), pace{}) }, "the prototype's own rule"},
	{"manual", "as many instances as you say", func() Rule { return paced(&Manual{}, pace{}) }, ""},
	{"schedule", "limits, and a size, by a table of times, over another policy or none", func() Rule { return NewSchedule() }, ""},
	{"hpa", "Kubernetes HorizontalPodAutoscaler v2", func() Rule { return paced(kube.NewHPA(), pace{period: 15 * time.Second, age: 15 * time.Second}) }, badgeHPA},
	{"keda", "KEDA: to zero and back, between them Kubernetes' HorizontalPodAutoscaler", func() Rule { return paced(kube.NewKEDA(), pace{period: 15 * time.Second, age: 15 * time.Second}) }, badgeKEDA},
	{"aws-target", "EC2 target tracking: alarms of 3 and 15 points, in gradually", func() Rule { return paced(aws.NewTargetTracking(), pace{age: time.Minute}) }, badgeDocs},
	{"aws-step", "EC2 step scaling: the further beyond the alarm, the larger the step", func() Rule { return paced(aws.NewStepScaling(), pace{age: time.Minute}) }, badgeStep},
	{"aws-simple", "EC2 simple scaling: one adjustment, then a cooldown once it is done", func() Rule { return paced(aws.NewSimpleScaling(), pace{age: time.Minute}) }, badgeDocs},
	{"knative", "Knative's KPA: concurrency over 60 s, and panic over 6 s", func() Rule {
		return paced(kube.NewKnative(), pace{period: 2 * time.Second, resolution: 2 * time.Second})
	}, badgeDocs},
	{"nomad", "Nomad's target-value: count times the factor, then 5 minutes of cooldown", func() Rule { return paced(NewNomad(), pace{period: 10 * time.Second}) }, badgeDocs},
	{"azure", "Azure's rules over 10 minutes, which do not go in if that would flap", func() Rule { return paced(NewAzure(), pace{}) }, badgeDocs},
	{"gcp", "Compute Engine: sized for the peak of the last 10 minutes", func() Rule { return paced(NewGCP(), pace{}) }, badgeDocs},
	{"exec", "your own, a program in any language", func() Rule { return paced(NewExec(), pace{}) }, ""},
}

// Kinds lists all kinds of policy, in the order in which the workbench walks
// through them.
func Kinds() []Kind { return kinds }

// Badges maps each kind to what of it is certified.
func Badges() map[string]string {
	out := map[string]string{}
	for _, k := range kinds {
		out[k.Name] = k.Badge
	}
	return out
}

// Names lists their names.
func Names() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.Name
	}
	return out
}

// New is a fresh policy of a kind.
func New(kind string) (Rule, error) {
	for _, k := range kinds {
		if k.Name == kind {
			return k.New(), nil
		}
	}
	return nil, lab.NotOneOf("policy", kind, Names())
}

// Parse is a fresh policy as a spec describes it, and its kind.
func Parse(text string) (string, Rule, error) {
	spec, err := lab.ParseSpec("policy", text)
	if err != nil {
		return "", nil, err
	}
	rule, err := New(spec.Kind)
	if err != nil {
		return "", nil, err
	}
	return spec.Kind, rule, lab.Configure(rule, spec)
}
