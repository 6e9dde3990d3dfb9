package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy"
)

// again decides a recorded run again, and says where it is not the same.
func (b *bench) again(i int) []lab.Tick {
	b.t.Helper()
	rec := b.notes.record(i)
	out, err := policy.Redecide(rec)
	if diff := cmp.Diff(rec.Ticks, out); err != nil || diff != "" {
		b.t.Errorf("%v; decided otherwise (-recorded +again):\n%s", err, diff)
	}
	return out
}

func names(shadows []lab.Shadow) []string {
	var out []string
	for _, s := range shadows {
		out = append(out, s.Policy)
	}
	return out
}

func TestShadows(t *testing.T) {
	story(t, "they see the same samples, are recorded, and feel nothing", func(t *testing.T) {
		b := open(t, &paperRig{noise: rand.New(rand.NewPCG(5, 6))}, func(c *Config) {
			c.Experiment.Shadows = []string{"hpa:period=5s,metric_age=0s,target=60", "threshold:upper=80"}
		})
		b.turn("load", "rate", "90")
		b.load("on")
		time.Sleep(20 * time.Second)
		b.send(lab.Action{Kind: lab.ActShadow, To: "threshold:metric=rps,upper=30"})
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		time.Sleep(10 * time.Second)
		live := b.Snapshot().Setup
		b.send(lab.Action{Kind: lab.ActShadow, From: "threshold:upper=80%"})
		time.Sleep(10 * time.Second)
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "on"})
		time.Sleep(10 * time.Second)
		for _, wrong := range []lab.Action{
			{Kind: lab.ActShadow, To: "hpo"},
			{Kind: lab.ActShadow, To: "threshold:metric=rps,upper=30"},
			{Kind: lab.ActShadow, From: "threshold:upper=80%"},
			{Kind: lab.ActShadow},
		} {
			var bad *lab.InputError
			if err := b.Send(wrong); !errors.As(err, &bad) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		b.close()
		ticks := b.again(0)
		hpa, half, other := "hpa:target=60%,period=5s,metric_age=0s", "threshold:upper=80%", "threshold:metric=rps,upper=30"
		for at, want := range map[int][]string{
			5: {hpa, half}, 25: {"threshold", hpa, half, other}, 35: {"threshold", hpa, other}, 45: {hpa, other},
		} {
			if got := names(ticks[at].Shadows); !slices.Equal(got, want) {
				t.Errorf("at %d: %v, want %v", at, got, want)
			}
		}
		if !slices.Equal(live.Shadows, []string{hpa, half, other}) {
			t.Errorf("the setup names %v", live.Shadows)
		}
		differ := 0
		for _, tick := range ticks {
			if tick.Shadows[len(tick.Shadows)-1].Decision.Desired != tick.Decision.Desired {
				differ++
			}
		}
		if differ == 0 {
			t.Error("the shadows always agree: the test tells nothing")
		}
		rec := b.notes.record(0)
		if s := rec.Run.Experiment.Shadows; len(s) != 2 || !strings.Contains(s[1], "lower=15%") {
			t.Errorf("recorded: %q", s)
		}
		at, err := Setups(rec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(live, at(rec.Ticks[28].Sample.At)); diff != "" {
			t.Errorf("of the stored run (-live +stored):\n%s", diff)
		}
	})
}

func TestSpeed(t *testing.T) {
	story(t, "a period below the tick makes the tick shorter, and says so", func(t *testing.T) {
		b := open(t, &paperRig{}, func(c *Config) { c.Experiment.Policy, c.Experiment.Speed = "hpa", 30 })
		b.turn("load", "rate", "90")
		b.load("on")
		time.Sleep(20 * time.Second)
		if s := b.Snapshot(); s.Setup.Speed != 30 || s.Setup.Interval != 500*time.Millisecond || s.Last().Sample.Span != 500*time.Millisecond {
			t.Errorf("%+v, the last tick took %s", s.Setup, s.Last().Sample.Span)
		}
		up := b.Snapshot().Desired
		b.load("off")
		time.Sleep(12 * time.Second) // 360 s of its own
		if down := b.Snapshot().Desired; up < 2 || down != 1 {
			t.Errorf("%d, then %d", up, down)
		}
		b.send(lab.Action{Kind: lab.ActPolicy, To: "threshold"})
		time.Sleep(5 * time.Second)
		if s := b.Snapshot(); s.Last().Sample.Span != time.Second || s.Last().Sample.Gap {
			t.Errorf("under threshold a tick takes %s", s.Last().Sample.Span)
		}
		b.send(lab.Action{Kind: lab.ActShadow, To: "hpa:period=1s"})
		time.Sleep(5 * time.Second)
		if s := b.Snapshot(); s.Last().Sample.Span != shortestTick {
			t.Errorf("with a shadow a tick takes %s", s.Last().Sample.Span)
		}
		b.close()
		b.again(0)
		var said []string
		for _, tick := range b.notes.ticks[0] {
			for _, e := range tick.Events {
				if e.Kind == lab.EventWarning {
					said = append(said, e.Text)
				}
			}
		}
		want := []string{
			"a tick takes 500ms instead of 1s, since a policy decides as often",
			"a tick takes 1s again",
			"a tick takes 100ms instead of 1s: the shortest there is, though a policy decides every 33.333333ms",
		}
		if !slices.Equal(said, want) {
			t.Errorf("said %q", said)
		}
		if e := b.notes.runs[0].Experiment; e.Speed != 30 || e.Interval != time.Second {
			t.Errorf("recorded: speed %g, interval %s", e.Speed, e.Interval)
		}
	})
	story(t, "a tick that becomes shorter while it is under way is no gap", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.load("on")
		time.Sleep(2900 * time.Millisecond)
		b.send(lab.Action{Kind: lab.ActShadow, To: "hpa:period=100ms"})
		time.Sleep(50 * time.Millisecond)
		if s := b.Snapshot().Last().Sample; s.Gap || s.Span < 800*time.Millisecond {
			t.Errorf("the interval under way: %s, gap %t", s.Span, s.Gap)
		}
		time.Sleep(260 * time.Millisecond)
		b.rig.change(func() { b.rig.deaf = 750 * time.Millisecond })
		time.Sleep(100 * time.Millisecond)
		b.rig.change(func() { b.rig.deaf = 0 })
		time.Sleep(2 * time.Second)
		b.close()
		var gaps []time.Duration
		for _, tick := range b.notes.ticks[0] {
			if tick.Sample.Gap {
				gaps = append(gaps, tick.Sample.Span)
			}
		}
		if len(gaps) != 1 || gaps[0] > 900*time.Millisecond {
			t.Errorf("of the short ticks one of 750 ms is a gap: %v", gaps)
		}
	})
	t.Run("none below zero", func(t *testing.T) {
		e := lab.DefaultExperiment()
		e.Speed = -1
		var bad *lab.InputError
		if _, err := New(Config{Rig: &paperRig{}, Clock: NewRealClock(), Experiment: e}); !errors.As(err, &bad) {
			t.Error(err)
		}
	})
}

func TestScaleToZero(t *testing.T) {
	story(t, "keda: none, the first by a request, and none again", func(t *testing.T) {
		b := open(t, &paperRig{boot: 2 * time.Second}, func(c *Config) {
			c.Experiment.Policy, c.Experiment.Fleet.Min, c.Experiment.Speed = "keda", 0, 15
		})
		time.Sleep(3 * time.Second)
		if s := b.Snapshot(); s.Desired != 0 || s.Last().Sample.Running() != 0 {
			t.Errorf("before the load: %d", s.Desired)
		}
		b.turn("load", "rate", "10")
		b.load("on")
		time.Sleep(10 * time.Second)
		if s := b.Snapshot(); s.Desired != 1 || s.Last().Sample.Serving() != 1 {
			t.Errorf("under load: %d, %s", s.Desired, s.Decision.Reason)
		}
		for _, wrong := range []lab.Action{
			{Kind: lab.ActPolicy, To: "threshold"},
			{Kind: lab.ActPolicy, To: "schedule:over=hpa"},
		} {
			if err := b.Send(wrong); err == nil || !strings.Contains(err.Error(), "1 or more under") {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		if kind := b.Snapshot().Setup.Policy; kind != "keda" {
			t.Errorf("the policy is %s now", kind)
		}
		b.load("off")
		time.Sleep(30 * time.Second) // 450 s of its own
		if s := b.Snapshot(); s.Desired != 0 || s.Last().Sample.Running() != 0 {
			t.Errorf("after the cooldown: %d, %s", s.Desired, s.Decision.Reason)
		}
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		if err := b.Send(lab.Action{Kind: lab.ActScale, To: "0"}); err == nil {
			t.Error("zero by hand")
		}
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "on"})
		b.turn("fleet", "min", "1")
		time.Sleep(4 * time.Second)
		if s := b.Snapshot(); s.Desired != 1 {
			t.Errorf("at min 1: %d, %s", s.Desired, s.Decision.Reason)
		}
		b.send(lab.Action{Kind: lab.ActPolicy, To: "threshold"})
		if err := b.Send(lab.Action{Kind: lab.ActSet, Target: "fleet", Name: "min", To: "0"}); err == nil || !strings.Contains(err.Error(), "under threshold") {
			t.Errorf("threshold at min 0: %v", err)
		}
		if k, _ := lab.Find(b.Snapshot().Setup.FleetKnobs, "min"); k.Value != 1 {
			t.Errorf("min is %g now", k.Value)
		}
		time.Sleep(2500 * time.Millisecond)
		b.close()
		b.again(0)
	})
	story(t, "a headless run begins with none", func(t *testing.T) {
		b := open(t, &paperRig{boot: time.Second}, func(c *Config) {
			c.Headless, c.Experiment.Duration = true, 20*time.Second
			c.Experiment.Policy, c.Experiment.Fleet.Min = "knative:metric=rps,target=10", 0
		})
		if err := <-b.done; err != nil {
			t.Error(err)
		}
		if s := b.notes.runs[0].Summary; s.Instances.Peak < 2 || s.Instances.Min != 0 {
			t.Errorf("%+v", s.Instances)
		}
	})
}

// programs is an External on paper: programs that add one every third sample.
type programs struct {
	opened, closed bool
	log            []string
	says           []lab.Event
}

func (p *programs) Open(context.Context) error  { p.opened = true; return nil }
func (p *programs) Close(context.Context) error { p.closed = true; return nil }

func (p *programs) Observe(at, _ time.Duration) []lab.Event {
	out := p.says
	for i := range out {
		out[i].At = at
	}
	p.says = nil
	return out
}

func (p *programs) Start(command string, knobs []lab.Setting, limit time.Duration) (func(lab.Sample) lab.Decision, func()) {
	if !p.opened || p.closed {
		p.log = append(p.log, "not open")
	}
	p.log = append(p.log, fmt.Sprint("start ", command, knobs, limit))
	p.says = append(p.says, lab.Event{Kind: lab.EventWarning, Text: "I am here"})
	n := 0
	return func(s lab.Sample) lab.Decision {
		n++
		return lab.Decision{Desired: s.Desired + n%3/2, Reason: fmt.Sprint("sample ", n)}
	}, func() { p.log = append(p.log, "stop") }
}

func TestPrograms(t *testing.T) {
	story(t, "one is started with the run, and its decisions stand when the run is decided again", func(t *testing.T) {
		p := &programs{}
		b := open(t, &paperRig{}, func(c *Config) {
			c.External = p
			c.Experiment.Policy = `exec:command="./mine --hosts a,b",knobs=target=60`
			c.Experiment.Shadows = []string{"exec:command=./other"}
		})
		time.Sleep(2500 * time.Millisecond)
		b.load("on")
		time.Sleep(7 * time.Second)
		if s := b.Snapshot(); s.Desired != 3 || !strings.HasPrefix(s.Decision.Reason, "sample") {
			t.Errorf("%d, %q", s.Desired, s.Decision.Reason)
		}
		b.turn("policy", "knobs", "target=70")
		b.send(lab.Action{Kind: lab.ActPolicy, To: "hpa"})
		time.Sleep(2 * time.Second)
		b.send(lab.Action{Kind: lab.ActPolicy, To: "exec"})
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		time.Sleep(2 * time.Second)
		b.close()
		want := []string{
			"start ./mine --hosts a,b[{target 60}] 500ms", "start ./other[] 500ms",
			"stop", "start ./mine --hosts a,b[{target 70}] 500ms", "stop",
			"start ./mine --hosts a,b[{target 70}] 500ms",
		}
		if diff := cmp.Diff(want, p.log); diff != "" || !p.closed {
			t.Errorf("closed %t, did:\n%s", p.closed, diff)
		}
		b.again(0)
		if _, err := Setups(b.notes.record(0)); err != nil {
			t.Error(err)
		}
		told := false
		for _, e := range b.notes.ticks[0][0].Events {
			told = told || e.Text == "I am here"
		}
		if !told {
			t.Errorf("what a program said is not in the record: %+v", b.notes.ticks[0][0].Events)
		}
	})
	story(t, "where none can be run, what there is stays, with a word", func(t *testing.T) {
		b := open(t, &paperRig{}, func(c *Config) { c.Experiment.Policy = "exec" })
		b.load("on")
		time.Sleep(3 * time.Second)
		if s := b.Snapshot(); s.Desired != 1 || !strings.Contains(s.Decision.Reason, "only while the lab runs") {
			t.Errorf("%d, %q", s.Desired, s.Decision.Reason)
		}
		b.close()
	})
}
