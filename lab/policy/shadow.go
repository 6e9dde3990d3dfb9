package policy

import (
	"iter"
	"slices"

	"autoscale-lab/lab"
)

// shadow is another policy that is given the same Samples. It never feels what
// it decides: Sample.Desired is what the policy selected has decided.
type shadow struct {
	brief, kind string
	rule        Rule
}

// Shadows are the briefs of the shadows, in the order in which they were added.
func (p *Pilot) Shadows() []string {
	out := make([]string, len(p.shadows))
	for i, sh := range p.shadows {
		out[i] = sh.brief
	}
	return out
}

// ShadowSpecs spells them with all their knobs.
func (p *Pilot) ShadowSpecs() []string {
	var out []string
	for _, sh := range p.shadows {
		out = append(out, spell(sh.kind, sh.rule).String())
	}
	return out
}

// applyShadow adds the shadow of spec To, or takes away that of spec From.
func (p *Pilot) applyShadow(a *lab.Action) error {
	find := func(text string) (sh shadow, at int, err error) {
		if sh.kind, sh.rule, err = Parse(text); err != nil {
			return sh, 0, err
		}
		sh.brief = Brief(sh.kind, sh.rule)
		return sh, slices.IndexFunc(p.shadows, func(o shadow) bool { return o.brief == sh.brief }), nil
	}
	if a.To != "" {
		sh, at, err := find(a.To)
		if err != nil {
			return err
		}
		if at >= 0 {
			return &lab.InputError{Field: "shadow", Value: sh.brief, Want: "one that is not there yet"}
		}
		p.prepare(sh.rule)
		sh.rule.Fresh()
		p.shadows = append(p.shadows[:len(p.shadows):len(p.shadows)], sh)
		a.From, a.To = "", sh.brief
		return nil
	}
	sh, at, err := find(a.From)
	if err != nil {
		return err
	}
	if at < 0 {
		return lab.NotOneOf("shadow", sh.brief, p.Shadows())
	}
	rest(p.shadows[at].rule)
	p.shadows = slices.Delete(slices.Clone(p.shadows), at, at+1)
	a.From = sh.brief
	return nil
}

// spell spells a policy with all its knobs; one that is empty, where a fresh
// one's is not, too.
func spell(kind string, rule Rule) lab.Spec {
	spec := lab.Spec{Kind: kind}
	for _, k := range rule.Knobs() {
		text := k.Spec()
		if text == "" {
			if fresh, err := New(kind); err == nil {
				if was, ok := lab.Find(fresh.Knobs(), k.Name); ok && was.Spec() == "" {
					continue
				}
			}
		}
		spec.Settings = append(spec.Settings, lab.Setting{Name: k.Name, Text: text})
	}
	return spec
}

// Brief spells a policy with the knobs that stand otherwise than a fresh one's.
func Brief(kind string, rule Rule) string {
	spec := lab.Spec{Kind: kind}
	fresh, err := New(kind)
	if err != nil {
		return kind
	}
	for again := true; again; { // a choice may bring others, and other defaults
		again = false
		for _, k := range rule.Knobs() {
			was, ok := lab.Find(fresh.Knobs(), k.Name)
			if k.Kind == lab.Choice && ok && was.Text != k.Text {
				spec.Settings = append(spec.Settings, lab.Setting{Name: k.Name, Text: k.Text})
				again = fresh.Set(k.Name, k.Text) == nil
			}
		}
	}
	for _, k := range rule.Knobs() {
		if was, _ := lab.Find(fresh.Knobs(), k.Name); was.Spec() != k.Spec() {
			spec.Settings = append(spec.Settings, lab.Setting{Name: k.Name, Text: k.Spec()})
		}
	}
	return spec.String()
}

// flying are the rules that decide: the policy selected, and its shadows.
func (p *Pilot) flying() iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		if !yield(p.rule) {
			return
		}
		for _, sh := range p.shadows {
			if !yield(sh.rule) {
				return
			}
		}
	}
}

// prepare gives a new rule what the others have: the speed, the run's origin,
// and the runner.
func (p *Pilot) prepare(r Rule) {
	Hasten(r, p.speed)
	startAt(r, p.origin)
	if e := program(r); e != nil {
		e.runner = p.runner
	}
}

// SetRunner sets by whom the user's own programs are run. They are started when
// a run begins.
func (p *Pilot) SetRunner(runner Runner) {
	p.runner = runner
	for r := range p.flying() {
		p.prepare(r)
	}
}

// program is the rule that is a program, or nil.
func program(r Rule) *Exec {
	if paced, ok := r.(*Paced); ok {
		r = paced.rule
	}
	e, _ := r.(*Exec)
	return e
}

// rest is for a rule that will not be asked for a while.
func rest(r Rule) {
	if e := program(r); e != nil {
		e.Rest()
	}
}

// SetNone sets whether there may be no instance at all, and tells whether the
// policy selected can do with that: only some bring the first one back. While it
// is set, no other kind can be selected.
func (p *Pilot) SetNone(may bool) error {
	before := p.none
	p.none = may
	if err := p.checkNone(p.kind, p.rule); err != nil {
		p.none = before
		return err
	}
	return nil
}

func (p *Pilot) checkNone(kind string, r Rule) error {
	if c, ok := r.(*Schedule); ok {
		kind = c.over
	}
	if p.none && !slices.Contains(zeroKinds, kind) {
		return &lab.InputError{Field: "min", Value: "0", Want: "1 or more under " + kind + ": only keda, knative and exec go to zero and come back"}
	}
	return nil
}

// zeroKinds are those that bring the first instance back.
var zeroKinds = []string{"keda", "knative", "exec"}
