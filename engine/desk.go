package engine

import (
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/policy"
)

// desk is everything that can be turned, as it stands: the loop's own, and,
// for a stored run, the one that its deeds lead to.
type desk struct {
	exp    lab.Experiment
	given  lab.Fleet // as it was at first: what the calibration is of
	pilot  *policy.Pilot
	load   *load.Setup
	loads  map[string]*load.Setup // of the kinds selected before
	loadOn bool
}

// newDesk is the desk of an experiment; bad input is a *lab.InputError.
func newDesk(exp lab.Experiment) (desk, error) {
	d := desk{exp: exp, given: exp.Fleet, loads: map[string]*load.Setup{}}
	var err error
	if d.pilot, err = policy.PilotOf(&exp); err != nil {
		return d, err
	}
	if d.load, err = d.parseLoad(exp.Load, exp.Seed); err != nil {
		return d, err
	}
	if err := exp.Fleet.Check(); err != nil {
		return d, err
	}
	return d, d.pilot.SetNone(exp.Fleet.Min == 0)
}

func (d *desk) parseLoad(text string, seed uint64) (*load.Setup, error) {
	return load.Parse(text, load.Defaults{Seed: seed, Timeout: d.exp.Timeout, MaxInFlight: d.exp.MaxInFlight})
}

// setup is how everything stands, as data.
func (d *desk) setup() Setup {
	return Setup{
		Policy: d.pilot.Kind(), Autoscale: d.pilot.Autoscale(), Balance: d.exp.Balance,
		LoadKind: d.load.Kind(), LoadModel: d.load.Model(), LevelKnob: d.load.LevelKnob(), LoadOn: d.loadOn,
		Shadows: d.pilot.Shadows(), Speed: d.pilot.Speed(), Interval: d.interval(),
		PolicyKnobs: d.pilot.Knobs(), LoadKnobs: d.load.Knobs(), FleetKnobs: d.exp.Fleet.Knobs(),
	}
}

// experiment is the experiment as it stands, its specs spelled whole.
func (d *desk) experiment() lab.Experiment {
	e := d.exp
	e.Policy, e.Load, e.ByHand = d.pilot.Spec(), d.load.Spec(), !d.pilot.Autoscale()
	e.Shadows, e.Speed = d.pilot.ShadowSpecs(), d.pilot.Speed()
	if e.Fleet.Size != d.given.Size || e.Fleet.Work != d.given.Work {
		e.Calibrated = 0 // of another instance
	}
	return e
}

// interval is the length of a tick: as set, or a policy's period if that is
// shorter, within reason.
func (d *desk) interval() time.Duration {
	least := d.exp.Interval
	if p := d.pilot.Period(); p > 0 {
		least = min(least, max(p, shortestTick))
	}
	return least
}

// shortestTick is the shortest that a period makes a tick: measuring takes its
// time too.
const shortestTick = 100 * time.Millisecond

// turn changes what an Action changes on the desk, and fills in its From and
// To; on an error nothing has changed. desired is how many instances are
// wished for now. Actions that change nothing here it lets pass.
func (d *desk) turn(a *lab.Action, desired int) error {
	switch a.Kind {
	case lab.ActSet:
		return d.set(a, desired)
	case lab.ActPolicy, lab.ActShadow, lab.ActAutoscale, lab.ActScale:
		return d.pilot.Apply(a, desired)
	case lab.ActLoad:
		on, err := lab.OnOff("load", a.To)
		if err != nil {
			return err
		}
		a.From, a.To = lab.OnOffText(d.loadOn), lab.OnOffText(on)
		d.loadOn = on
	case lab.ActShape:
		return d.reshape(a)
	case lab.ActBalance:
		a.From, d.exp.Balance = d.exp.Balance, a.To
	}
	return nil
}

func (d *desk) set(a *lab.Action, desired int) error {
	switch a.Target {
	case "policy":
		return d.pilot.Apply(a, desired)
	case "load":
		next := d.load.Clone()
		err := turnKnob(next, a)
		if err == nil {
			d.load = next
		}
		return err
	case "fleet":
		next := d.exp.Fleet
		if err := turnKnob(&next, a); err != nil {
			return err
		}
		if err := d.pilot.SetNone(next.Min == 0); err != nil {
			return err
		}
		d.exp.Fleet = next
		return nil
	}
	return lab.NotOneOf("knob's owner", a.Target, []string{"policy", "load", "fleet"})
}

// turnKnob turns a knob and says from what to what.
func turnKnob(t lab.Tunable, a *lab.Action) error {
	before, _ := lab.Find(t.Knobs(), a.Name)
	if err := lab.Turn(t, a.Name, a.To); err != nil {
		return err
	}
	after, _ := lab.Find(t.Knobs(), a.Name)
	a.From, a.To = before.Spec(), after.Spec()
	return nil
}

// reshape changes to the load of a spec; a kind alone comes back with the knobs
// it had before.
func (d *desk) reshape(a *lab.Action) error {
	next, err := d.parseLoad(a.To, d.exp.Seed)
	if err != nil {
		return err
	}
	if known, ok := d.loads[next.Kind()]; ok && next.Kind() != d.load.Kind() {
		if spec, _ := lab.ParseSpec("load", a.To); len(spec.Settings) == 0 {
			next = known
		}
	}
	d.loads[d.load.Kind()] = d.load
	a.From, a.To = d.load.Spec(), next.Spec()
	d.load = next
	return nil
}

// Setups gives how everything stood at any moment of a recorded run, what was
// done at that very moment included: a func that may be asked again and again,
// quickest in the order of time. Deeds that can't be read are passed over.
func Setups(rec lab.Record) (func(at time.Duration) Setup, error) {
	if _, err := newDesk(rec.Run.Experiment); err != nil {
		return nil, err
	}
	type deed struct {
		action  lab.Action
		desired int
	}
	var deeds []deed
	for i := range rec.Ticks {
		for _, e := range rec.Ticks[i].Events {
			if e.Action != nil && e.At >= rec.Run.Origin {
				deeds = append(deeds, deed{*e.Action, rec.Ticks[i].Sample.Desired})
			}
		}
	}
	var d desk
	done := len(deeds) + 1 // of deeds, on d: none yet, so that d is made first
	return func(at time.Duration) Setup {
		if done > len(deeds) || done > 0 && deeds[done-1].action.At > at {
			d, _ = newDesk(rec.Run.Experiment) // was good a moment ago
			done = 0
		}
		for ; done < len(deeds) && deeds[done].action.At <= at; done++ {
			a := deeds[done].action
			d.turn(&a, deeds[done].desired)
		}
		return d.setup()
	}, nil
}
