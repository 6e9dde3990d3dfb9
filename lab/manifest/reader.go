package manifest

import (
	"math"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
	"autoscale-lab/lab/policy"
)

// reader reads fields, and knobs of the policy they describe.
type reader struct {
	document.Reader
	rule policy.Rule
	spec lab.Spec
}

// begin is a fresh policy whose knobs are then set.
func (r *reader) begin(kind string) {
	r.spec = lab.Spec{Kind: kind}
	r.rule, _ = policy.New(kind) // one of ours
}

// set sets a knob; a number that it does not reach becomes the nearest that it
// does, with a note.
func (r *reader) set(n *yaml.Node, field, knob, text string) {
	if r.Err != nil {
		return
	}
	k, _ := lab.Find(r.rule.Knobs(), knob)
	if k.Kind <= lab.Duration {
		free := k
		free.Min, free.Max = math.Inf(-1), math.Inf(1)
		if v, err := free.Parse(text); err == nil && (v.Value < k.Min || v.Value > k.Max) {
			v.Value = max(k.Min, min(v.Value, k.Max))
			r.Note(n, "%s: %s is beyond the lab's range (%s); it runs with %s", field, text, k.Range(), v.Show())
			text = v.Spec()
		}
	}
	if err := r.rule.Set(knob, text); err != nil {
		want := err.Error()
		if e, ok := err.(*lab.InputError); ok {
			want = e.Want
			if e.Value != text && e.Value != "" {
				want += ", not " + e.Value
			}
		}
		r.Bad(n, field, want)
		return
	}
	k, _ = lab.Find(r.rule.Knobs(), knob)
	r.spec.Settings = append(r.spec.Settings, lab.Setting{Name: knob, Text: k.Spec()})
}
