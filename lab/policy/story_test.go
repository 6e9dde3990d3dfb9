package policy

import (
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// ward is a group of instances on paper, under a policy, in virtual time. Its
// load in cores is shared by those that are ready; each has one core.
type ward struct {
	t      *testing.T
	policy lab.Policy
	at     time.Duration
	boot   time.Duration
	limits lab.Limits
	load   float64 // cores
	rps    int64
	busy   float64 // mean in flight
	queued int
	blind  bool // nothing is measured

	desired int
	fleet   []lab.Instance
	last    lab.Decision
	changes []string // "60s 2→3"
}

// grouped is n warm instances under the policy of a spec.
func grouped(t *testing.T, spec string, n int) *ward {
	t.Helper()
	_, rule, err := Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	g := &ward{t: t, policy: Guard{rule}, limits: lab.Limits{Min: 1, Max: 20}, desired: n, at: time.Hour}
	for range n {
		g.start(0)
	}
	return g
}

func (g *ward) start(at time.Duration) {
	g.fleet = append(g.fleet, lab.Instance{ID: "i" + time.Duration(len(g.fleet)).String() + at.String(), Started: at, StateSince: at})
}

// tick is one second.
func (g *ward) tick() lab.Decision {
	g.at += time.Second
	for len(g.fleet) < g.desired {
		g.start(g.at - time.Second)
	}
	g.fleet = g.fleet[:g.desired]
	s := lab.Sample{At: g.at, Span: time.Second, Desired: g.desired, Limits: g.limits}
	ready := 0
	for i := range g.fleet {
		in := &g.fleet[i]
		if in.State == lab.Starting && g.at-in.Started >= g.boot {
			in.State, in.EverReady, in.ReadySince = lab.Ready, true, in.Started+g.boot
		}
		if in.State == lab.Ready {
			ready++
		}
	}
	if !g.blind {
		s.Front.Offered, s.Front.Busy, s.Front.Queued = g.rps, time.Duration(g.busy*1e9), g.queued
		for i := range g.fleet {
			if in := &g.fleet[i]; in.State == lab.Ready {
				in.CPU = lab.Known(min(1, g.load/float64(ready)), g.at, time.Second)
				in.Traffic.Arrived = g.rps / int64(ready)
			}
		}
	}
	s.Instances = append(s.Instances, g.fleet...)
	if g.blind {
		for i := range s.Instances {
			s.Instances[i].CPU = lab.Reading{}
		}
	}
	g.last = g.policy.Decide(s)
	if g.last.Reason == "" {
		g.t.Fatalf("at %s: no reason", g.at)
	}
	if g.last.Desired != g.desired {
		g.changes = append(g.changes, (g.at - time.Hour).String())
	}
	g.desired = g.last.Desired
	return g.last
}

// pass lets time pass, and tells when, since the story's beginning, the wish changed.
func (g *ward) pass(d time.Duration) []string {
	g.changes = nil
	for end := g.at + d; g.at < end; {
		g.tick()
	}
	return g.changes
}

// now checks what is wished for, and that the last reason says it.
func (g *ward) now(desired int, reason string) {
	g.t.Helper()
	if g.desired != desired || !strings.Contains(g.last.Reason, reason) {
		g.t.Errorf("at %s: %d, %q; want %d, %q", g.at-time.Hour, g.desired, g.last.Reason, desired, reason)
	}
}

// next checks that something is announced for a moment from now.
func (g *ward) next(what string, in time.Duration) {
	g.t.Helper()
	for _, w := range g.last.Next {
		if w.What == what {
			if w.At-g.at != in {
				g.t.Errorf("at %s: %s in %s, want %s", g.at-time.Hour, what, w.At-g.at, in)
			}
			return
		}
	}
	g.t.Errorf("at %s: next is %+v, want %s", g.at-time.Hour, g.last.Next, what)
}

// stages checks the names of the waterfall.
func (g *ward) stages(names string) {
	g.t.Helper()
	var got []string
	for _, s := range g.last.Stages {
		got = append(got, s.Name)
	}
	if strings.Join(got, " ") != names {
		g.t.Errorf("stages %q, want %q", strings.Join(got, " "), names)
	}
}
