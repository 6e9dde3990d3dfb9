package policy

import (
	"strconv"
	"time"

	"autoscale-lab/lab"
)

// Pilot flies the fleet: it holds the policy selected and, beside it, the
// stick by which the user scales himself when autoscaling is off. The policy
// then goes on as a shadow, so that its windows are warm when it returns. The
// loop and a stored run decided again use the same Pilot.
type Pilot struct {
	kind  string
	rule  Rule
	auto  bool
	speed float64
	stick Manual
	rules map[string]Rule // that were selected before: they keep how their knobs stand
}

// NewPilot has the policy of a spec, and autoscaling on.
func NewPilot(spec string) (*Pilot, error) {
	kind, rule, err := Parse(spec)
	if err != nil {
		return nil, err
	}
	return &Pilot{kind: kind, rule: rule, auto: true, speed: 1, rules: map[string]Rule{}}, nil
}

// SetSpeed divides every period and window of the policies by speed (not above
// 0: by 1). What is booting, and what requests take, stays real. It is set
// before the run begins.
func (p *Pilot) SetSpeed(speed float64) {
	if !(speed > 0) {
		speed = 1
	}
	p.speed = speed
	Hasten(p.rule, speed)
	for _, r := range p.rules {
		Hasten(r, speed)
	}
}

// Speed is what SetSpeed set.
func (p *Pilot) Speed() float64 { return p.speed }

// Period is the real time between two decisions of the policy selected; 0: a
// tick. Where it is shorter than a tick, the tick has to be made shorter, and
// that has to be said.
func (p *Pilot) Period() time.Duration {
	if r, ok := p.rule.(hasty); ok {
		return r.Period()
	}
	return 0
}

// Kind is the kind of the policy selected.
func (p *Pilot) Kind() string { return p.kind }

// Autoscale tells whether the policy decides, and not the user.
func (p *Pilot) Autoscale() bool { return p.auto }

// SetAutoscale sets it.
func (p *Pilot) SetAutoscale(on bool) { p.auto = on }

// Knobs are those of the policy selected.
func (p *Pilot) Knobs() []lab.Knob { return p.rule.Knobs() }

// Spec spells the policy selected with all its knobs.
func (p *Pilot) Spec() string { return lab.SpecOf(p.kind, p.rule).String() }

// Fresh is how a run begins: nothing seen yet, knobs as they are, the stick at
// rest where the fleet is.
func (p *Pilot) Fresh() {
	p.rule.Fresh()
	p.stick = Manual{}
}

// Apply carries out an Action that concerns deciding (set policy.*, policy,
// autoscale, scale), and fills in its From and To; on an error nothing has
// changed. desired is how many instances are wished for now. Other Actions are
// none of a Pilot's business.
func (p *Pilot) Apply(a *lab.Action, desired int) error {
	switch a.Kind {
	case lab.ActSet:
		if a.Target != "policy" {
			return nil
		}
		before, _ := lab.Find(p.rule.Knobs(), a.Name)
		if err := lab.Turn(p.rule, a.Name, a.To); err != nil {
			return err
		}
		after, _ := lab.Find(p.rule.Knobs(), a.Name)
		a.From, a.To = before.Spec(), after.Spec()
	case lab.ActPolicy:
		spec, err := lab.ParseSpec("policy", a.To)
		if err != nil {
			return err
		}
		rule, ok := p.rules[spec.Kind]
		if !ok || len(spec.Settings) > 0 {
			if rule, err = New(spec.Kind); err != nil {
				return err
			}
			Hasten(rule, p.speed)
		}
		if err := lab.Configure(rule, spec); err != nil {
			return err
		}
		rule.Fresh()
		a.From = p.Spec()
		p.rules[p.kind] = p.rule
		p.kind, p.rule = spec.Kind, rule
		a.To = p.Spec()
		p.auto = true
	case lab.ActAutoscale:
		on, err := lab.OnOff("autoscale", a.To)
		if err != nil {
			return err
		}
		a.From, a.To = lab.OnOffText(p.auto), lab.OnOffText(on)
		p.auto = on
		p.stick = Manual{desired: desired}
	case lab.ActScale:
		stick := lab.Tunable(&p.stick)
		switch {
		case p.kind == "manual":
			stick = p.rule
		case p.auto:
			return &lab.InputError{Field: "desired", Value: a.To, Want: "autoscaling off first (a)"}
		}
		if err := lab.Turn(stick, "desired", a.To); err != nil {
			return err
		}
		a.From = strconv.Itoa(desired)
	}
	return nil
}

// Decide is the decision, and what the policy would have done while the user
// scales himself.
func (p *Pilot) Decide(s lab.Sample) (lab.Decision, []lab.Shadow) {
	d := Guard{p.rule}.Decide(s)
	if p.auto {
		return d, nil
	}
	return Guard{&p.stick}.Decide(s), []lab.Shadow{{Policy: p.kind, Decision: d}}
}

// Redecide decides a recorded run again, with the deeds done to its policy on
// the way: one Decision and its Shadows a tick, identical to those recorded.
func Redecide(rec lab.Record) ([]lab.Tick, error) {
	p, err := NewPilot(rec.Run.Experiment.Policy)
	if err != nil {
		return nil, err
	}
	p.SetAutoscale(!rec.Run.Experiment.ByHand)
	p.SetSpeed(rec.Run.Experiment.Speed)
	out := make([]lab.Tick, 0, len(rec.Ticks))
	for _, t := range rec.Ticks {
		if t.Sample.At <= rec.Run.Origin {
			continue
		}
		for _, e := range t.Events {
			if e.Action == nil {
				continue
			}
			a := *e.Action
			if err := p.Apply(&a, t.Sample.Desired); err != nil {
				return nil, err
			}
		}
		t.Decision, t.Shadows = p.Decide(t.Sample)
		out = append(out, t)
	}
	return out, nil
}
