package policy

import (
	"fmt"
	"strconv"
	"time"

	"autoscale-lab/lab"
)

// Pilot flies the fleet: it holds the policy selected and, beside it, its
// shadows and the stick by which the user scales himself when autoscaling is
// off. The policy then goes on as the first of the shadows, so that its windows
// are warm when it returns. The loop and a stored run decided again use the
// same Pilot.
type Pilot struct {
	kind    string
	rule    Rule
	auto    bool
	speed   float64
	runner  Runner
	none    bool          // there may be no instance at all
	origin  time.Duration // when the run began
	stick   Manual
	left    map[string]string // specs of the kinds selected before: how their knobs stood
	shadows []shadow
}

// NewPilot has the policy of a spec, and autoscaling on.
func NewPilot(spec string) (*Pilot, error) {
	kind, rule, err := Parse(spec)
	if err != nil {
		return nil, err
	}
	return &Pilot{kind: kind, rule: rule, auto: true, speed: 1, left: map[string]string{}}, nil
}

// PilotOf is the Pilot of an experiment as it begins; bad input is a
// *lab.InputError.
func PilotOf(e *lab.Experiment) (*Pilot, error) {
	p, err := NewPilot(e.Policy)
	if err != nil {
		return nil, err
	}
	if !(e.Speed >= 0 && e.Speed <= MaxSpeed) {
		return nil, &lab.InputError{Field: "speed", Value: strconv.FormatFloat(e.Speed, 'g', -1, 64), Want: fmt.Sprintf("more than 0, at most %d", MaxSpeed)}
	}
	p.SetAutoscale(!e.ByHand)
	p.SetSpeed(e.Speed)
	for _, spec := range e.Shadows {
		if err := p.applyShadow(&lab.Action{Kind: lab.ActShadow, To: spec}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// MaxSpeed is the most that periods and windows are divided by.
const MaxSpeed = 1000

// SetSpeed divides every period and window of the policies by speed (not above
// 0: by 1). What is booting, and what requests take, stays real. It is set
// before the run begins.
func (p *Pilot) SetSpeed(speed float64) {
	if !(speed > 0) {
		speed = 1
	}
	p.speed = speed
	for r := range p.flying() {
		Hasten(r, speed)
	}
}

// Speed is what SetSpeed set.
func (p *Pilot) Speed() float64 { return p.speed }

// Period is the shortest real time between two decisions of the policy selected
// or of a shadow; 0: a tick. Where it is shorter than a tick, the tick has to be
// made shorter, and that has to be said.
func (p *Pilot) Period() time.Duration {
	least := time.Duration(0)
	for r := range p.flying() {
		if h, ok := r.(hasty); ok && h.Period() > 0 && (least == 0 || h.Period() < least) {
			least = h.Period()
		}
	}
	return least
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
func (p *Pilot) Spec() string { return spell(p.kind, p.rule).String() }

// Fresh is how a run begins at a moment of lab time: nothing seen yet, knobs as
// their Spec says, the stick at rest where the fleet is. What a Spec does not say
// (limits of a metric other than the one chosen) is forgotten, so that the run
// can be decided again from its record alone.
func (p *Pilot) Fresh(origin time.Duration) {
	p.origin = origin
	if program(p.rule) == nil {
		if rule, err := p.build(spell(p.kind, p.rule)); err == nil {
			p.rule = rule
		}
	}
	for r := range p.flying() {
		startAt(r, origin)
		r.Fresh()
	}
	p.stick = Manual{}
}

// build is a new rule of a spec. It is the one way in which rules are made while
// a run is under way: live, and when it is decided again.
func (p *Pilot) build(spec lab.Spec) (Rule, error) {
	rule, err := New(spec.Kind)
	if err != nil {
		return nil, err
	}
	p.prepare(rule)
	return rule, lab.Configure(rule, spec)
}

// stood is the spec of a kind as its knobs stand, or stood when it was left.
func (p *Pilot) stood(spec lab.Spec) (lab.Spec, error) {
	text, ok := p.left[spec.Kind]
	if spec.Kind == p.kind {
		text, ok = p.Spec(), true
	}
	if !ok {
		return spec, nil
	}
	return lab.ParseSpec("policy", text)
}

// Apply carries out an Action that concerns deciding (set policy.*, policy,
// shadow, autoscale, scale), and fills in its From and To; on an error nothing has
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
		if err := p.checkNone(p.kind, p.rule); err != nil {
			p.rule.Set(a.Name, before.Spec()) // was valid a moment ago
			return err
		}
		after, _ := lab.Find(p.rule.Knobs(), a.Name)
		a.From, a.To = before.Spec(), after.Spec()
	case lab.ActPolicy:
		spec, err := lab.ParseSpec("policy", a.To)
		if err != nil {
			return err
		}
		if len(spec.Settings) == 0 {
			if spec, err = p.stood(spec); err != nil {
				return err
			}
		}
		rule, err := p.build(spec)
		if err == nil {
			rule, err = p.build(spell(spec.Kind, rule)) // as from a record
		}
		if err == nil {
			err = p.checkNone(spec.Kind, rule)
		}
		if err != nil {
			return err
		}
		rest(p.rule)
		rule.Fresh()
		a.From = p.Spec()
		p.left[p.kind] = a.From
		p.kind, p.rule = spec.Kind, rule
		a.To = p.Spec()
		p.auto = true
	case lab.ActShadow:
		return p.applyShadow(a)
	case lab.ActAutoscale:
		on, err := lab.OnOff("autoscale", a.To)
		if err != nil {
			return err
		}
		a.From, a.To = lab.OnOffText(p.auto), lab.OnOffText(on)
		p.auto = on
		p.stick = Manual{desired: max(1, desired)} // nothing would bring it back from zero
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

// Decide is the decision, and what the shadows would have done; first of these,
// while the user scales himself, the policy.
func (p *Pilot) Decide(s lab.Sample) (lab.Decision, []lab.Shadow) {
	d := Guard{p.rule}.Decide(s)
	var beside []lab.Shadow
	if !p.auto {
		beside = append(beside, lab.Shadow{Policy: p.kind, Decision: d})
		d = Guard{&p.stick}.Decide(s)
	}
	for _, sh := range p.shadows {
		beside = append(beside, lab.Shadow{Policy: sh.brief, Decision: Guard{sh.rule}.Decide(s)})
	}
	return d, beside
}

// Redecide decides a recorded run again, with the deeds done to its policies on
// the way: one Decision and its Shadows a tick, identical to those recorded. What
// a program of the user's decided stands as it was recorded.
func Redecide(rec lab.Record) ([]lab.Tick, error) {
	p, err := PilotOf(&rec.Run.Experiment)
	if err != nil {
		return nil, err
	}
	p.Fresh(rec.Run.Origin)
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
		was := t
		t.Decision, t.Shadows = p.Decide(t.Sample)
		p.recall(&t, &was)
		out = append(out, t)
	}
	return out, nil
}

// recall puts back what programs have decided: they cannot be asked again.
func (p *Pilot) recall(t, was *lab.Tick) {
	n := 0
	keep := func(kind string) {
		if kind == "exec" && n < len(was.Shadows) {
			t.Shadows[n] = was.Shadows[n]
		}
		n++
	}
	if !p.auto {
		keep(p.kind)
	} else if p.kind == "exec" {
		t.Decision = was.Decision
	}
	for _, sh := range p.shadows {
		keep(sh.kind)
	}
}
