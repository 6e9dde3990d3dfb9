package policy

import (
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// walk leads a policy from second to second, an hour into the lab's time.
type walk struct {
	t      *testing.T
	policy lab.Policy
	at     time.Duration
	limits lab.Limits

	desired int
	last    lab.Decision
	changes []string // when desired changed
}

// walking is at n under the policy of a spec.
func walking(t *testing.T, spec string, n int) *walk {
	t.Helper()
	_, rule, err := Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return &walk{t: t, policy: Guard{rule}, limits: lab.Limits{Min: 1, Max: 20}, desired: n, at: time.Hour}
}

// sample is the next second's, with nothing in it yet.
func (w *walk) sample() lab.Sample {
	w.at += time.Second
	return lab.Sample{At: w.at, Span: time.Second, Desired: w.desired, Limits: w.limits}
}

// decide hands a sample over and does what is decided.
func (w *walk) decide(s lab.Sample) lab.Decision {
	w.last = w.policy.Decide(s)
	if w.last.Reason == "" {
		w.t.Fatalf("at %s: no reason", w.at)
	}
	if w.last.Desired != w.desired {
		w.changes = append(w.changes, (w.at - time.Hour).String())
	}
	w.desired = w.last.Desired
	return w.last
}

// see is one second of something measured.
func (w *walk) see(fill func(*lab.Sample)) *walk {
	s := w.sample()
	for range w.desired {
		s.Instances = append(s.Instances, lab.Instance{State: lab.Ready})
	}
	fill(&s)
	w.decide(s)
	return w
}

// cpu is one second of that much on every instance.
func (w *walk) cpu(v float64) *walk { return w.see(cpu(v)) }

func cpu(v float64) func(*lab.Sample) {
	return func(s *lab.Sample) {
		for i := range s.Instances {
			s.Instances[i].CPU = lab.Known(v, s.At, s.Span)
		}
	}
}

// now checks what is wished for, and that the last reason says it.
func (w *walk) now(desired int, reason string) {
	w.t.Helper()
	if w.desired != desired || !strings.Contains(w.last.Reason, reason) {
		w.t.Errorf("at %s: %d, %q; want %d, %q", w.at-time.Hour, w.desired, w.last.Reason, desired, reason)
	}
}

// next checks that something is announced for a moment from now.
func (w *walk) next(what string, in time.Duration) {
	w.t.Helper()
	for _, n := range w.last.Next {
		if n.What == what {
			if n.At-w.at != in {
				w.t.Errorf("at %s: %s in %s, want %s", w.at-time.Hour, what, n.At-w.at, in)
			}
			return
		}
	}
	w.t.Errorf("at %s: next is %+v, want %s", w.at-time.Hour, w.last.Next, what)
}

// stages checks the names of the waterfall.
func (w *walk) stages(names string) {
	w.t.Helper()
	var got []string
	for _, s := range w.last.Stages {
		got = append(got, s.Name)
	}
	if strings.Join(got, " ") != names {
		w.t.Errorf("stages %q, want %q", strings.Join(got, " "), names)
	}
}

// ward is a walk of a group of instances on paper. Its load in cores is shared
// by those that are ready; each has one core.
type ward struct {
	*walk
	boot   time.Duration
	load   float64 // cores
	rps    int64
	busy   float64 // mean in flight
	queued int
	blind  bool // nothing is measured
	fleet  []lab.Instance
}

// grouped is n warm instances under the policy of a spec.
func grouped(t *testing.T, spec string, n int) *ward {
	t.Helper()
	g := &ward{walk: walking(t, spec, n)}
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
	s := g.sample()
	for len(g.fleet) < g.desired {
		g.start(g.at - time.Second)
	}
	g.fleet = g.fleet[:g.desired]
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
	return g.decide(s)
}

// pass lets time pass, and tells when, since the story's beginning, the wish changed.
func (g *ward) pass(d time.Duration) []string {
	g.changes = nil
	for end := g.at + d; g.at < end; {
		g.tick()
	}
	return g.changes
}
