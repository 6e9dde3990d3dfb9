package policy

import "autoscale-lab/lab"

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
}

// Each kind is made paced: with the period, metric age and resolution that it
// has in production; see Paced.
var kinds = []Kind{
	{"threshold", "one step up above an upper limit, one step down below a lower one", func() Rule { return paced(NewThreshold(), pace{}) }},
	{"manual", "as many instances as you say", func() Rule { return paced(&Manual{}, pace{}) }},
}

// Kinds lists all kinds of policy, in the order in which the workbench walks
// through them.
func Kinds() []Kind { return kinds }

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
