package offered

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// story is a run told second by second.
type story struct{ rec lab.Record }

const zero = 10 * time.Second // lab time of the beginning

func newStory(id int64) *story {
	e := lab.DefaultExperiment()
	e.Load, e.Seed = "constant:rate=72,spacing=even", 7
	return &story{lab.Record{Run: lab.Run{ID: id, Outcome: lab.Completed, Origin: zero, Experiment: e}}}
}

// seconds adds n of them, with so many requests in each.
func (s *story) seconds(n int, requests int64) *story {
	for range n {
		s.rec.Run.Duration += time.Second
		t := lab.Tick{Sample: lab.Sample{At: zero + s.rec.Run.Duration, Span: time.Second, LoadOn: true}}
		t.Sample.Generator.Offered = requests
		s.rec.Ticks = append(s.rec.Ticks, t)
	}
	return s
}

// deed adds a deed, done at a moment of the run, to the tick after it.
func (s *story) deed(at time.Duration, kind lab.ActionKind, target, name, to string) *story {
	a := lab.Action{At: zero + at, By: lab.ByUser, Kind: kind, Target: target, Name: name, To: to}
	t := &s.rec.Ticks[max(0, (at+time.Second-1)/time.Second-1)]
	t.Events = append(t.Events, lab.Event{At: a.At, Kind: lab.EventAction, Action: &a})
	return s
}

func (s *story) set(change func(*lab.Record)) *story { change(&s.rec); return s }

func steady(id int64) *story { return newStory(id).seconds(60, 72) }

func TestSameLoad(t *testing.T) {
	exp := func(change func(*lab.Experiment)) func(*lab.Record) {
		return func(r *lab.Record) { change(&r.Run.Experiment) }
	}
	poisson := exp(func(e *lab.Experiment) { e.Load = "constant:rate=72,spacing=poisson" })
	seed := exp(func(e *lab.Experiment) { e.Seed = 8 })
	seeded := func(n int) func(*lab.Record) {
		return exp(func(e *lab.Experiment) { e.Load = fmt.Sprintf("constant:rate=72,spacing=poisson,seed=%d", n) })
	}
	for _, c := range []struct {
		says string
		a, b *story
		why  string // "" is the same
	}{
		{"the same settings", steady(1), steady(2), ""},
		{"another policy is no other load", steady(1), steady(2).set(exp(func(e *lab.Experiment) { e.Policy = "manual" })), ""},
		{"another rate", steady(1), steady(2).set(exp(func(e *lab.Experiment) { e.Load = "constant:rate=80,spacing=even" })), "at 00:00 rate=72, not rate=80"},
		{"another seed, with even arrivals", steady(1), steady(2).set(seed), ""},
		{"another seed, with random arrivals", steady(1).set(poisson), steady(2).set(poisson).set(seed), "random arrivals from seed 7, not 8"},
		{"a load with a seed of its own, in runs of other seeds", steady(1).set(seeded(5)), steady(2).set(seeded(5)).set(seed), ""},
		{"loads with other seeds of their own", steady(1).set(seeded(5)), steady(2).set(seeded(6)), "seed=5, not"},
		{"random arrivals later on", steady(1).deed(9*time.Second, lab.ActSet, "load", "spacing", "poisson"), steady(2).deed(9*time.Second, lab.ActSet, "load", "spacing", "poisson").set(seed), "random"},
		{"the rate turned at the same moment", steady(1).deed(9*time.Second, lab.ActSet, "load", "rate", "80"), steady(2).deed(9*time.Second, lab.ActSet, "load", "rate", "80"), ""},
		{"the rate turned a moment later", steady(1).deed(9*time.Second, lab.ActSet, "load", "rate", "80"), steady(2).deed(9300*time.Millisecond, lab.ActSet, "load", "rate", "80"), "constant:rate=80,spacing=even at 00:09, not at 00:09.3"},
		{"the rate turned in one only", steady(1), steady(2).deed(9*time.Second, lab.ActSet, "load", "rate", "80"), "constant:rate=80,spacing=even at 00:09 in run 2 only"},
		{"another shape in the first only", steady(1).deed(9*time.Second, lab.ActShape, "", "", "none"), steady(2), "no load at 00:09 in run 1 only"},
		{"turning the policy is no other load", steady(1), steady(2).deed(9*time.Second, lab.ActSet, "policy", "upper", "40%"), ""},
		{"a kill is no other load", steady(1), steady(2).deed(9*time.Second, lab.ActKill, "i0", "", ""), ""},
		{"on from the start, or by the first deed", steady(1), steady(2).deed(0, lab.ActLoad, "", "", "on"), ""},
		{"switched on later", steady(1), steady(2).deed(5*time.Second, lab.ActLoad, "", "", "on"), "at 00:00 constant:rate=72,spacing=even, not no load"},
		{"switched off in one", steady(1), steady(2).deed(40*time.Second, lab.ActLoad, "", "", "off"), "no load"},
		{"turned while it is off, and back", steady(1).deed(5*time.Second, lab.ActLoad, "", "", "off"),
			steady(2).deed(5*time.Second, lab.ActLoad, "", "", "off").deed(7*time.Second, lab.ActSet, "load", "rate", "80"), ""},
		{"an interval longer", steady(1), steady(2).seconds(1, 72), ""},
		{"two intervals longer", steady(1), steady(2).seconds(2, 72), "for 60.0 s, not 62.0 s"},
		{"another shape", steady(1), steady(2).set(exp(func(e *lab.Experiment) { e.Load = "ramp:from=1,to=80" })), "at 00:00 constant:rate=72,spacing=even, not ramp:from=1,to=80"},
		{"no ticks", steady(1), newStory(3), "run 3 has no ticks"},
		{"neither has ticks", newStory(1), newStory(3), "run 1 has no ticks"},
		{"ticks are lost", steady(1), steady(3).set(func(r *lab.Record) { r.Run.Incomplete = "the notebook could not keep up" }), "run 3 is not whole"},
		{"one is still recorded", steady(1), steady(5).set(func(r *lab.Record) { r.Run.Outcome = lab.Unfinished }), "run 5 is still being recorded"},
		{"one is recorded, and has no ticks yet", newStory(5).set(func(r *lab.Record) { r.Run.Outcome = lab.Unfinished }), steady(1), "run 5 is still being recorded"},
		{"an imported series", steady(1), steady(2).set(func(r *lab.Record) { r.Run.Rig = lab.RigImport }), "run 2 is a series, of which it is not known when each request came"},
		{"requests from elsewhere", steady(1), steady(2).set(func(r *lab.Record) { r.Ticks[7].Sample.Foreign.Offered = 1 }), "run 2 had requests from elsewhere"},
		{"requests from elsewhere before the run", steady(1), steady(2).set(func(r *lab.Record) {
			r.Ticks = append([]lab.Tick{{Sample: lab.Sample{At: zero, Foreign: lab.Traffic{Offered: 3}}}}, r.Ticks...)
		}), ""},
	} {
		for range 2 {
			same, why := Same(c.a.rec, c.b.rec)
			if same != (c.why == "") || !strings.Contains(why, c.why) {
				t.Errorf("%s: %t, %q, want %q", c.says, same, why, c.why)
			}
			if c.why != "" {
				break // the words depend on the order
			}
			c.a, c.b = c.b, c.a
		}
	}
}

func TestRunsAreAlignedAtTheirFirstLoad(t *testing.T) {
	late := steady(2).deed(5*time.Second, lab.ActLoad, "", "", "on")
	visited := newStory(3).seconds(9, 0).seconds(9, 72).set(func(r *lab.Record) {
		r.Run.Experiment.Load = "none"
		for i := range r.Ticks {
			r.Ticks[i].Sample.Foreign, r.Ticks[i].Sample.Generator = r.Ticks[i].Sample.Generator, lab.Traffic{}
		}
	})
	records := []lab.Record{steady(1).rec, late.rec, visited.rec}
	for _, c := range []struct {
		at   Origin
		want []time.Duration
	}{
		{AtStart, []time.Duration{zero, zero, zero}},
		{AtLoad, []time.Duration{zero, zero + 5*time.Second, zero + 9*time.Second}},
	} {
		got := Align(records, c.at)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("from the %s: %v, want %v", c.at, got, c.want)
		}
	}
}
