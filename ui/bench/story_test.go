package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

// fake is a session on paper: it notes what is sent, turns knobs, and refuses
// what it is told to.
type fake struct {
	snap   *engine.Snapshot
	sent   []lab.Action
	refuse error
}

func (f *fake) Snapshot() *engine.Snapshot { return f.snap }

func (f *fake) Send(a lab.Action) error {
	if f.refuse != nil {
		return f.refuse
	}
	s := *f.snap
	s.Rev++
	set := &s.Setup
	switch a.Kind {
	case lab.ActSet:
		owner := map[string]*[]lab.Knob{"policy": &set.PolicyKnobs, "load": &set.LoadKnobs, "fleet": &set.FleetKnobs}[a.Target]
		turned := append([]lab.Knob(nil), *owner...)
		for i := range turned {
			if turned[i].Name == a.Name {
				k, err := turned[i].Parse(a.To)
				if err != nil {
					return err
				}
				turned[i] = k
			}
		}
		*owner = turned
	case lab.ActLoad:
		set.LoadOn = a.To == "on"
		if s.Phase = engine.Running; a.To == "on" {
			s.Record.Run.Origin = s.At
		}
	case lab.ActPolicy:
		set.Policy = a.To
	case lab.ActShadow:
		set.Shadows = slices.DeleteFunc(slices.Clone(set.Shadows), func(s string) bool { return s == a.From })
		if a.To != "" {
			set.Shadows = append(set.Shadows, a.To)
		}
	case lab.ActBalance:
		set.Balance = a.To
	case lab.ActShape:
		set.LoadKind = a.To
	case lab.ActAutoscale:
		set.Autoscale = a.To == "on"
	case lab.ActStop:
		s.Phase = engine.Kept
	case lab.ActNew:
		s.Phase, s.Record.Run = engine.Idle, lab.Run{}
	}
	f.sent = append(f.sent, a)
	f.snap = &s
	return nil
}

func setup() engine.Setup {
	upper, lower, cooldown, resolution, metric, rate, spacing := 0.35, 0.15, 3*time.Second, 3*time.Second, "cpu", 72.0, "even"
	step := 1
	fleet := lab.DefaultExperiment().Fleet
	return engine.Setup{
		Policy: "threshold", Autoscale: true, Balance: "least-connections",
		LoadKind: "constant", LevelKnob: "rate", LoadOn: true,
		PolicyKnobs: lab.Panel{
			lab.DialFloat(lab.Knob{Kind: lab.Percent, Name: "upper", Label: "upper", Help: "above it, one step up", Min: .01, Max: 1, Step: .01}, &upper),
			lab.DialFloat(lab.Knob{Kind: lab.Percent, Name: "lower", Label: "lower", Help: "below it, one step down", Min: .01, Max: 1, Step: .01}, &lower),
			lab.DialInt(lab.Knob{Name: "step", Label: "step", Help: "instances per change", Min: 1, Max: 100}, &step),
			lab.DialDuration(lab.Knob{Name: "cooldown", Label: "cooldown", Help: "pause after each change, in either direction", Max: 3600, Step: 1}, &cooldown),
			lab.DialDuration(lab.Knob{Name: "resolution", Label: "resolution", Help: "length the metric is averaged over", Max: 600, Step: 1}, &resolution),
			lab.DialChoice(lab.Knob{Name: "metric", Label: "metric", Help: "what it scales on", Choices: []string{"cpu", "system-cpu", "rps", "in-flight", "p95"}}, &metric),
		}.Knobs(),
		LoadKnobs: lab.Panel{
			lab.DialFloat(lab.Knob{Name: "rate", Label: "rate", Unit: "/s", Help: "requests a second", Max: 100000, Step: 5}, &rate),
			lab.DialChoice(lab.Knob{Name: "spacing", Label: "spacing", Help: "how the requests lie in time", Choices: []string{"even", "poisson"}}, &spacing),
		}.Knobs(),
		FleetKnobs: fleet.Knobs(),
	}
}

// story is a run of n seconds on paper: a wave of load, and instances that
// follow it; at its end the fifth instance is starting, or something is wrong.
func story(n int) *engine.Snapshot { return storyOf(n, 5) }

func storyOf(n, most int) *engine.Snapshot {
	const before = 12 // seconds before the run
	s := &engine.Snapshot{Rev: 1, Phase: engine.Running, Setup: setup()}
	s.Record.Run = lab.Run{ID: 42, Origin: before * time.Second, Duration: time.Duration(n) * time.Second, Experiment: lab.DefaultExperiment()}
	s.Record.Run.Experiment.Policy = "threshold:upper=35%,lower=15%"
	desired := 1
	var begun []time.Duration
	for t := 1; t <= before+n; t++ {
		at := time.Duration(t) * time.Second
		rate := 0.0
		if t > before {
			rate = 55 + 50*math.Sin(float64(t-before)/23) + 5*math.Sin(float64(t))
			rate *= float64(most) / 5
		}
		for len(begun) < desired {
			begun = append(begun, at)
		}
		sample := lab.Sample{
			At: at, Span: time.Second, Desired: desired, Limits: lab.Limits{Min: 1, Max: 5}, Capacity: 50, LoadOn: t > before, Level: rate,
			System: lab.Known(.3, at, time.Second), Lab: lab.Known(.014, at, time.Second), Gap: t == before+n/2,
		}
		ready := 0
		for _, b := range begun {
			if at > b {
				ready++
			}
		}
		ready = max(ready, 1)
		for i, b := range begun {
			in := lab.Instance{ID: fmt.Sprintf("i%d", i+1), Num: i + 1, PID: 41210 + 8*i, Addr: fmt.Sprintf("127.0.0.1:%d", 5000+i), Started: b, Size: .2, Enforced: true}
			if at > b || i == 0 {
				in.State, in.EverReady, in.ReadySince = lab.Ready, true, b
				in.CPU = lab.Known(min(1, rate/float64(ready)/50+.002*float64(i)), at, time.Second)
				in.Memory = lab.Known(float64(11+i)*(1<<20), at, 0)
				in.Traffic = traffic(int64(rate)/int64(ready), 4+rate/10)
				in.Traffic.InFlight = i % 2
			}
			sample.Instances = append(sample.Instances, in)
		}
		sample.Front = traffic(int64(rate), 4+rate/10)
		sample.Generator = sample.Front
		d := lab.Decision{Desired: desired, Reason: "CPU is within 15 % and 35 %"}
		var events []lab.Event
		if cpu := sample.InstanceCPU(); cpu.OK && t%5 == 0 {
			share := cpu.Value * 100
			switch {
			case cpu.Value > .35 && desired < most:
				d = lab.Decision{Desired: desired + 1, Reason: fmt.Sprintf("CPU %.1f %% > 35 %%: %d → %d", share, desired, desired+1), Next: []lab.Wait{{What: "cooldown", At: at + 2100*time.Millisecond}}}
				events = append(events, lab.Event{At: at, By: lab.ByPolicy, Kind: lab.EventScaleUp, Text: d.Reason},
					lab.Event{At: at, By: lab.ByLab, Kind: lab.EventReady, Instance: fmt.Sprint(desired + 1), Text: fmt.Sprintf("%d :%d ready after 12 ms", desired+1, 5000+desired)})
			case cpu.Value < .15 && desired > 1:
				d = lab.Decision{Desired: desired - 1, Reason: fmt.Sprintf("CPU %.1f %% < 15 %%: %d → %d", share, desired, desired-1)}
				events = append(events, lab.Event{At: at, By: lab.ByPolicy, Kind: lab.EventScaleDown, Text: d.Reason})
			case cpu.Value > .35:
				d.Reason = fmt.Sprintf("CPU %.1f %% > 35 %%: at max 5 (wants 6)", share)
				d.Stages = []lab.Stage{{Name: "clamp", Value: 5, Text: "at max 5 (wants 6)"}}
			}
		}
		desired = d.Desired
		begun = begun[:min(len(begun), desired)]
		if t == before {
			events = append(events, lab.Event{At: at, By: lab.ByUser, Kind: lab.EventAction, Text: "load on", Action: &lab.Action{Kind: lab.ActLoad, To: "on"}})
		}
		s.Record.Ticks = append(s.Record.Ticks, lab.Tick{Sample: sample, Decision: d, Events: events})
		s.At, s.Desired, s.Decision = at, desired, d
	}
	s.Record.Run.Summary = lab.SummaryOf(&s.Record)
	return s
}

// traffic is n good answers around ms milliseconds.
func traffic(n int64, ms float64) lab.Traffic {
	t := lab.Traffic{Offered: n, Arrived: n, OK: n, Busy: time.Duration(float64(n) * ms * 1e6)}
	for i, share := range []int64{n / 2, n/2 - n/20, n/20 - n/100, n / 100} {
		if share > 0 {
			top := time.Duration(ms*float64(i+1)*1000) * time.Microsecond
			t.Latency = append(t.Latency, lab.Bucket{Top: top, N: share})
		}
	}
	return t
}

var plain = screentest.Plain

// benchOf is a screen over a session on paper.
func benchOf(s *engine.Snapshot, o theme.Options) (*Model, *fake) {
	f := &fake{snap: s}
	return New(Config{
		Session: f, Theme: theme.New(o), URL: "127.0.0.1:8000",
		Policies: []string{"threshold", "manual"}, Balances: []string{"least-connections", "round-robin"},
		Shapes: []string{"constant", "none", "closed/constant"},
	}), f
}

// replayOf is a stored run of n seconds: the story, from its origin on, with
// some turns of knobs.
func replayOf(n, most int, o theme.Options) *Model {
	rec := storyOf(n, most).Record
	first := int(rec.Run.Origin / time.Second)
	rec.Ticks = rec.Ticks[first:]
	back := rec.Run.Origin
	rec.Run.Origin, rec.Run.Outcome, rec.Run.Began = 0, lab.Stopped, time.Date(2025, 3, 1, 12, 30, 0, 0, time.UTC)
	for i := range rec.Ticks {
		t := &rec.Ticks[i]
		t.Sample.At -= back
		for j := range t.Sample.Instances {
			t.Sample.Instances[j].Started -= back
		}
		for j := range t.Events {
			t.Events[j].At -= back
		}
		for j := range t.Decision.Next {
			t.Decision.Next[j].At -= back
		}
		if i%100 == 99 {
			t.Events = append(t.Events, lab.Event{At: t.Sample.At, By: lab.ByUser, Kind: lab.EventAction, Text: "upper 35 % → 40 %",
				Action: &lab.Action{At: t.Sample.At, Kind: lab.ActSet, Target: "policy", Name: "upper", From: "35%", To: "40%"}})
		}
	}
	return NewReplay(Config{Theme: theme.New(o), SetupAt: func(_ lab.Record, at time.Duration) engine.Setup {
		set := setup()
		if at >= 100*time.Second {
			set.PolicyKnobs[0], _ = set.PolicyKnobs[0].Parse("40%")
		}
		return set
	}}, rec)
}

// drawn is the rows as one text.
func drawn(m *Model, w, h int) string { return strings.Join(m.Rows(w, h), "\n") + "\n" }
