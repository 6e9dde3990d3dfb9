package policy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy"
)

// hour is a recorded hour of a wave over that many instances, decided by
// threshold.
func hour(instances int) lab.Record {
	pilot, err := policy.NewPilot("threshold:upper=60,lower=30")
	if err != nil {
		panic(err)
	}
	rec := lab.Record{Run: lab.Run{Duration: time.Hour, Experiment: lab.Experiment{Policy: pilot.Spec(), Interval: time.Second}}}
	desired := instances
	for i := range 3600 {
		at := time.Duration(i+1) * time.Second
		wave := .5 + .3*float64((i/30)%20)/20
		s := lab.Sample{At: at, Span: time.Second, Desired: desired, Limits: lab.Limits{Min: 1, Max: 100}, System: lab.Known(.4, at, time.Second)}
		s.Front = lab.Traffic{Offered: int64(900 * wave), Busy: time.Duration(wave * 1e10), Latency: lab.Hist{{Top: 5 * time.Millisecond, N: 400}, {Top: 20 * time.Millisecond, N: 40}}}
		s.Instances = make([]lab.Instance, instances)
		for j := range s.Instances {
			s.Instances[j] = lab.Instance{ID: fmt.Sprint("i", j), Num: j, State: lab.Ready, EverReady: true, Started: -time.Hour, ReadySince: -time.Hour, Size: .2, CPU: lab.Known(wave, at, time.Second)}
		}
		d, _ := pilot.Decide(s)
		desired = d.Desired
		rec.Ticks = append(rec.Ticks, lab.Tick{Sample: s, Decision: d})
	}
	return rec
}

// Over is what a shadow would have shown, had it been there.
func TestOverDecidesAsAShadowDoes(t *testing.T) {
	rec := hour(3)
	for _, kind := range policy.Names() {
		if kind == "exec" {
			continue // needs its program
		}
		for _, speed := range []float64{1, 10} {
			e := rec.Run.Experiment
			e.Speed, e.Shadows = speed, []string{kind}
			pilot, err := policy.PilotOf(&e)
			if err != nil {
				t.Fatal(err)
			}
			over, err := policy.Over(rec, kind, speed, nil)
			if err != nil || len(over) != len(rec.Ticks) {
				t.Fatalf("%s: %d decisions, %v", kind, len(over), err)
			}
			for i := range rec.Ticks {
				_, shadows := pilot.Decide(rec.Ticks[i].Sample)
				if diff := cmp.Diff(shadows[0].Decision, over[i]); diff != "" {
					t.Fatalf("%s at %v: (-shadow +over)\n%s", kind, rec.Ticks[i].Sample.At, diff)
				}
			}
		}
	}
}

func TestOverBeginsAtTheOriginAndKeepsToTheLimits(t *testing.T) {
	rec := hour(3)
	rec.Run.Origin = 100 * time.Second
	over, err := policy.Over(rec, "manual:desired=50", 1, &lab.Limits{Min: 2, Max: 7})
	if err != nil || len(over) != 3500 || over[0].Desired != 7 {
		t.Errorf("%d decisions, %v", len(over), err)
	}
	if _, err := policy.Over(rec, "nothing", 1, nil); err == nil {
		t.Error("no such policy, and no error")
	}
}

// A table counts from the run's beginning, not the session's, in a run decided
// live, again, and by another.
func TestScheduleCountsFromTheOrigin(t *testing.T) {
	const spec, origin = "schedule:table=0s/1..5|10s/1..5/4", 95 * time.Second
	live, err := policy.NewPilot("threshold")
	if err != nil {
		t.Fatal(err)
	}
	live.Fresh(origin)
	if err := live.Apply(&lab.Action{Kind: lab.ActPolicy, To: spec}, 1); err != nil { // selected in the run, or before it
		t.Fatal(err)
	}
	rec := lab.Record{Run: lab.Run{Origin: origin, Experiment: lab.Experiment{Policy: spec, Shadows: []string{spec}}}}
	desired := 1
	for n := 1; n <= 20; n++ {
		s := lab.Sample{At: origin + time.Duration(n)*time.Second, Span: time.Second, Desired: desired, Limits: lab.Limits{Min: 1, Max: 9}}
		d, _ := live.Decide(s)
		rec.Ticks = append(rec.Ticks, lab.Tick{Sample: s, Decision: d})
		if want := 1 + min(n/10, 1)*3; d.Desired != want {
			t.Errorf("%d s after the beginning: %d, want %d", n, d.Desired, want)
		}
		if n == 3 && d.Next[0].At != origin+10*time.Second {
			t.Errorf("next %+v", d.Next)
		}
		desired = d.Desired
	}
	again, err := policy.Redecide(rec)
	over, err2 := policy.Over(rec, spec, 1, nil)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for i := range rec.Ticks {
		for _, d := range []lab.Decision{again[i].Decision, again[i].Shadows[0].Decision, over[i]} {
			if diff := cmp.Diff(rec.Ticks[i].Decision, d); diff != "" {
				t.Fatalf("tick %d (-live +again):\n%s", i, diff)
			}
		}
	}
}

// BenchmarkOver is an hour of 20 instances decided again: at most 50 ms.
func BenchmarkOver(b *testing.B) {
	rec := hour(20)
	for _, kind := range []string{"threshold", "hpa", "keda", "knative", "aws-target", "azure", "gcp"} {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := policy.Over(rec, kind, 1, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What is decided again stands beside, once, in a copy.
func TestBesideAddsAShadow(t *testing.T) {
	rec := hour(2)
	rec.Run.Origin = 10 * time.Second
	other := lab.Shadow{Policy: "nomad", Decision: lab.Decision{Desired: 7}}
	for i := range rec.Ticks {
		rec.Ticks[i].Shadows = []lab.Shadow{{Policy: "hpa:target=60%"}, other}
	}
	over, err := policy.Over(rec, "hpa:target=60", 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.Beside(rec, "hpa:target=60", 10)
	if err != nil || len(got.Ticks) != len(rec.Ticks) || len(over) != len(rec.Ticks)-10 {
		t.Fatalf("%d ticks, %d decisions, %v", len(got.Ticks), len(over), err)
	}
	for i := range got.Ticks {
		was := []lab.Shadow{{Policy: "hpa:target=60%"}, other}
		if diff := cmp.Diff(was, rec.Ticks[i].Shadows); diff != "" {
			t.Fatalf("tick %d of the record given: %s", i, diff)
		}
		if i >= 10 {
			was = []lab.Shadow{other, {Policy: "hpa:target=60%", Decision: over[i-10]}}
		}
		if diff := cmp.Diff(was, got.Ticks[i].Shadows); diff != "" {
			t.Fatalf("tick %d: %s", i, diff)
		}
	}
	if _, err := policy.Beside(rec, "hpaa", 1); err == nil {
		t.Error("a policy that does not exist has decided")
	}
}
