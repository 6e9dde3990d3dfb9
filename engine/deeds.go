package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"autoscale-lab/lab"
)

// carryOut does what an Action says, notes it as an Event and publishes. On an
// error nothing has changed.
func (s *Session) carryOut(ctx context.Context, a lab.Action) error {
	if a.By != lab.ByReplay {
		a.At = s.cfg.Clock.Now()
	}
	if a.By == "" {
		a.By = lab.ByUser
	}
	var err error
	switch a.Kind {
	case lab.ActNew, lab.ActStop:
		return s.endByHand(ctx, a.Kind)
	case lab.ActAgain:
		return s.again(ctx)
	case lab.ActSet, lab.ActPolicy, lab.ActShadow, lab.ActAutoscale, lab.ActShape, lab.ActLoad:
		if err = s.turn(&a, s.desired); err == nil {
			if a.Kind == lab.ActLoad && s.loadOn {
				s.beginByDeed(a)
			}
			if k, ok := lab.Find(s.exp.Fleet.Knobs(), a.Name); ok && a.Target == "fleet" && k.Applies == lab.AppliesToNew && a.From != a.To {
				s.stale = true
			}
			err = s.tellRig(ctx, a)
		}
	case lab.ActScale:
		err = s.scaleByHand(ctx, &a)
	case lab.ActBalance:
		if err = s.cfg.Rig.Apply(ctx, a); err == nil {
			err = s.turn(&a, s.desired)
		}
	case lab.ActKill, lab.ActHang, lab.ActResume, lab.ActDrain:
		if err = s.cfg.Rig.Apply(ctx, a); err == nil {
			s.beginByDeed(a)
		}
	case lab.ActMark:
		a.To = lab.Clean(a.To)
	default:
		err = &lab.InputError{Field: "action", Value: string(a.Kind), Want: "a known action"}
	}
	if err != nil {
		return err
	}
	if a.From != a.To || a.Target != "" && a.Name == "" || a.Kind == lab.ActMark {
		s.noteDeed(a)
	}
	s.pace(a.At)
	if a.Kind == lab.ActDrain && !s.pilot.Autoscale() && s.desired > s.handLimits().Min {
		// Nobody wants a replacement: the one just begun is the first to go.
		return s.carryOut(ctx, lab.Action{At: a.At, By: a.By, Kind: lab.ActScale, To: strconv.Itoa(s.desired - 1)})
	}
	s.publish()
	return nil
}

// tellRig passes on what was turned on the desk, as far as it concerns the rig.
func (s *Session) tellRig(ctx context.Context, a lab.Action) error {
	switch {
	case a.Kind == lab.ActShape, a.Kind == lab.ActSet && a.Target == "load":
		return s.cfg.Rig.Apply(ctx, lab.Action{At: a.At, By: a.By, Kind: lab.ActShape, To: s.load.Spec()})
	case a.Kind == lab.ActLoad, a.Kind == lab.ActSet && a.Target == "fleet":
		return s.cfg.Rig.Apply(ctx, a)
	}
	return nil
}

func (s *Session) endByHand(ctx context.Context, kind lab.ActionKind) error {
	if kind == lab.ActStop && s.phase != Running {
		return &lab.InputError{Field: "stop", Value: "no run", Want: "a run under way"}
	}
	err := s.finish(ctx, lab.Stopped)
	s.awaiting = nil
	if kind == lab.ActNew {
		s.phase, s.run = Idle, lab.Run{}
		s.publish()
	}
	return err
}

// again repeats the last run that was kept, or the one under way.
func (s *Session) again(ctx context.Context) error {
	if s.phase == Running {
		if err := s.finish(ctx, lab.Stopped); err != nil {
			return err
		}
	}
	switch {
	case s.last == nil:
		return &lab.InputError{Field: "again", Value: "no run", Want: "a run first (2 shows History: r there repeats any of them)"}
	case s.last.Duration == 0:
		return &lab.InputError{Field: "again", Value: "a run of hours", Want: "it to be repeated from History (2)"}
	}
	return s.repeat(ctx, *s.last)
}

// remember keeps what it takes to do the run again that has just ended. One so
// long that its first ticks are gone has a script without duration.
func (s *Session) remember() {
	script := lab.Script{}
	if len(s.ticks) > 0 && s.ticks[0].Sample.At-s.ticks[0].Sample.Span <= s.run.Origin {
		script = lab.ScriptOf(lab.Record{Run: s.run, Ticks: s.ticks})
	}
	s.last = &script
}

// repeat puts a run's load in again. The run begins at the next tick at which
// the fleet stands as it did then: at its minimum, ready, none of it started
// under other settings.
func (s *Session) repeat(ctx context.Context, script lab.Script) error {
	next, err := s.parseLoad(script.Load, script.Seed)
	if err != nil {
		return err
	}
	if s.phase == Running {
		if err := s.finish(ctx, lab.Stopped); err != nil {
			return err
		}
	}
	s.load, s.exp.Seed, s.awaiting = next, script.Seed, &script
	if err := s.tellRig(ctx, lab.Action{At: s.cfg.Clock.Now(), By: lab.ByReplay, Kind: lab.ActShape}); err != nil {
		return err
	}
	s.note(lab.Event{At: s.cfg.Clock.Now(), By: lab.ByLab, Kind: lab.EventRun, Text: fmt.Sprintf("the load of run %d again, as soon as the fleet stands", script.Run)})
	s.publish()
	return nil
}

// renew replaces instances that were started under other settings than those
// that the next run will say it had.
func (s *Session) renew(ctx context.Context) error {
	if !s.stale || s.phase == Running {
		return nil
	}
	s.stale = false
	return errors.Join(s.scale(ctx, 0), s.scale(ctx, s.exp.Fleet.Min))
}

// resume begins the run that is awaited, if the fleet stands.
func (s *Session) resume(ctx context.Context) {
	sample := &s.ticks[len(s.ticks)-1].Sample
	if n := s.exp.Fleet.Min; s.stale || s.phase == Running || sample.Serving() != n || sample.Running() != n || s.desired != n {
		return
	}
	script := *s.awaiting
	s.begin(s.cfg.Clock.Now(), script)
	for len(s.script.Deeds) > 0 && s.script.Deeds[0].At <= 0 {
		s.perform(ctx)
	}
	s.publish()
}

// perform carries out the next deed of the script. One that cannot be done
// again, because there is no such instance now, is said and passed over.
func (s *Session) perform(ctx context.Context) {
	a := s.script.Deeds[0]
	s.script.Deeds = s.script.Deeds[1:]
	a.At += s.run.Origin
	a.Target = s.atPlace(a.Target)
	if err := s.carryOut(ctx, a); err != nil {
		s.note(lab.Event{At: a.At, By: lab.ByReplay, Kind: lab.EventWarning, Text: fmt.Sprintf("%s could not be repeated: %v", a.Kind, err)})
	}
}

// atPlace is the ID of the instance at a script's place ("#2"), or of the
// newest if there are not so many; anything else it leaves as it is.
func (s *Session) atPlace(target string) string {
	n, err := strconv.Atoi(strings.TrimPrefix(target, "#"))
	if err != nil || !strings.HasPrefix(target, "#") || len(s.ticks) == 0 {
		return target
	}
	for _, i := range s.ticks[len(s.ticks)-1].Sample.Instances {
		if !i.Alive() {
			continue
		}
		target = i.ID
		if n--; n == 0 {
			break
		}
	}
	return target
}

// beginByDeed begins a run if none is under way.
func (s *Session) beginByDeed(a lab.Action) {
	if s.phase != Running {
		s.begin(a.At, lab.Script{})
	}
}

func (s *Session) scaleByHand(ctx context.Context, a *lab.Action) error {
	n, err := strconv.Atoi(a.To)
	limits := s.handLimits()
	if err != nil || limits.Clamp(n) != n {
		return &lab.InputError{Field: "desired", Value: a.To, Want: fmt.Sprintf("a whole number, %d to %d", limits.Min, limits.Max)}
	}
	if s.phase != Running { // the deed must come after the beginning that it causes
		probe := *a
		if err := s.pilot.Apply(&probe, s.desired); err != nil {
			return err
		}
		s.begin(a.At, lab.Script{})
	}
	if err := s.pilot.Apply(a, s.desired); err != nil {
		return err
	}
	if n == s.desired {
		return nil
	}
	return s.scale(ctx, n)
}

// handLimits are what the user may set by hand: not zero, which nothing would
// bring back from.
func (s *Session) handLimits() lab.Limits {
	return lab.Limits{Min: max(1, s.exp.Fleet.Min), Max: s.exp.Fleet.Max}
}

// noteDeed puts a deed among the events. Turning one knob many times within a
// tick is one event, except for the load, whose every moment counts.
func (s *Session) noteDeed(a lab.Action) {
	changes := 0
	switch a.Kind {
	case lab.ActSet, lab.ActPolicy, lab.ActShape, lab.ActBalance, lab.ActAutoscale, lab.ActScale:
		changes = 1
	}
	if n := len(s.pending); a.Kind == lab.ActSet && a.Target != "load" && n > 0 {
		if last := s.pending[n-1].Action; last != nil && last.Kind == lab.ActSet && last.Target == a.Target && last.Name == a.Name {
			a.From = last.From
			s.pending = append([]lab.Event(nil), s.pending[:n-1]...) // a Snapshot may hold the old one
			if changes = 0; a.From == a.To {
				changes = -1 // turned back before it was felt
			}
		}
	}
	if s.phase == Running {
		s.run.Changes += changes
	}
	if changes < 0 {
		return
	}
	kind := lab.EventAction
	switch {
	case a.Kind == lab.ActMark:
		kind = lab.EventMark
	case a.Kind == lab.ActScale:
		kind = scaleEvent(a.From, a.To)
	}
	s.note(lab.Event{At: a.At, By: a.By, Kind: kind, Instance: instanceOf(a), Text: s.describe(a), Action: &a})
}

func scaleEvent(from, to string) lab.EventKind {
	f, _ := strconv.Atoi(from)
	if t, _ := strconv.Atoi(to); t < f {
		return lab.EventScaleDown
	}
	return lab.EventScaleUp
}

func instanceOf(a lab.Action) string {
	switch a.Kind {
	case lab.ActKill, lab.ActHang, lab.ActResume, lab.ActDrain:
		return a.Target
	}
	return ""
}

// describe says a deed in words.
func (s *Session) describe(a lab.Action) string {
	change := func(what, from, to string) string { return fmt.Sprintf("%s %s → %s", what, from, to) }
	switch a.Kind {
	case lab.ActSet:
		knobs := s.exp.Fleet.Knobs()
		switch a.Target {
		case "policy":
			knobs = s.pilot.Knobs()
		case "load":
			knobs = s.load.Knobs()
		}
		if k, ok := lab.Find(knobs, a.Name); ok {
			from, err := k.Parse(a.From)
			if err == nil {
				return change(k.Label, from.Show(), k.Show())
			}
		}
		return change(a.Name, a.From, a.To)
	case lab.ActPolicy, lab.ActShape:
		from, _ := lab.ParseSpec("", a.From)
		to, _ := lab.ParseSpec("", a.To)
		if from.Kind == to.Kind {
			return change(string(a.Kind), a.From, a.To)
		}
		return change(map[lab.ActionKind]string{lab.ActPolicy: "policy", lab.ActShape: "load"}[a.Kind], from.Kind, to.Kind)
	case lab.ActShadow:
		if a.To == "" {
			return "no shadow " + a.From
		}
		return "shadow " + a.To
	case lab.ActLoad:
		return "load " + a.To
	case lab.ActBalance:
		return change("balance", a.From, a.To)
	case lab.ActAutoscale:
		return "autoscaling " + a.To
	case lab.ActScale:
		return change("by hand:", a.From, a.To)
	case lab.ActMark:
		return a.To
	}
	return string(a.Kind) + " " + s.nameOf(a.Target)
}

// nameOf is what people call an instance.
func (s *Session) nameOf(id string) string {
	if n := len(s.ticks); n > 0 {
		for _, i := range s.ticks[n-1].Sample.Instances {
			if i.ID == id {
				return fmt.Sprintf("instance %d", i.Num)
			}
		}
	}
	return id
}
