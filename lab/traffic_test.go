package lab_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// What was cut in parts and merged says the same as what was recorded whole,
// and quantiles are right to two digits.
func TestHistogram(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	whole, part := lab.NewHistogram(), lab.NewHistogram()
	var merged lab.Hist
	var all []time.Duration
	for i := range 5000 {
		d := time.Duration(rng.ExpFloat64() * float64(20*time.Millisecond))
		all = append(all, d)
		whole.Record(d)
		part.Record(d)
		if i%700 == 0 {
			merged = merged.Merge(part.Cut())
		}
	}
	merged = merged.Merge(part.Cut())
	h := whole.Cut()
	if !slices.Equal(h, merged) {
		t.Error("merged parts are not the whole")
	}
	if whole.Cut() != nil {
		t.Error("a cut left something behind")
	}
	slices.Sort(all)
	for _, q := range []float64{.5, .9, .95, .99, 1} {
		got, _ := h.Quantile(q)
		want := all[int(q*float64(len(all)))-1]
		if diff := (got - want).Abs(); float64(diff) > .02*float64(want)+float64(time.Microsecond) {
			t.Errorf("p%g is %s, want %s", 100*q, got, want)
		}
	}
	if _, ok := lab.Hist(nil).Quantile(.5); ok {
		t.Error("an empty histogram has a median")
	}
}

func TestTally(t *testing.T) {
	tally := lab.NewTally(&lab.Run{Experiment: lab.Experiment{Interval: time.Second}})
	h := lab.NewHistogram()
	tick := func(at int, desired, decided, ready int, cpu float64, ok, refused int64, lat time.Duration) {
		s := lab.Sample{At: time.Duration(at) * time.Second, Span: time.Second, Desired: desired, Limits: lab.Limits{Min: 1, Max: 5}}
		for range ready {
			s.Instances = append(s.Instances, lab.Instance{State: lab.Ready, CPU: lab.Known(cpu, s.At, s.Span)})
		}
		s.Generator.Offered, s.Generator.Arrived, s.Generator.OK = ok+refused, ok+refused, ok
		s.Generator.Failed[lab.CauseRefused] = refused
		for range ok {
			h.Record(lat)
		}
		s.Generator.Latency = h.Cut()
		tally.Add(&lab.Tick{Sample: s, Decision: lab.Decision{Desired: decided}})
	}
	tick(1, 1, 2, 1, .4, 90, 10, 10*time.Millisecond)
	tick(2, 2, 2, 2, .2, 100, 0, 20*time.Millisecond)
	tick(3, 3, 1, 3, .2, 100, 0, 20*time.Millisecond) // raised by hand in between
	s := tally.Summary(3 * time.Second)
	if s.Requests.Offered != 300 || s.Requests.OK != 290 || s.Requests.Failed != 10 || s.Requests.ByCause["status_503"] != 10 {
		t.Errorf("requests %+v", s.Requests)
	}
	if s.Scale.Up != 2 || s.Scale.Down != 1 {
		t.Errorf("scale %+v", s.Scale)
	}
	if *s.Instances.Mean != 2 || s.Instances.Peak != 3 || *s.Utilization.P95Pct != 40 || *s.ErrorPct != 100*10./300 {
		t.Errorf("instances %+v, CPU %v, errors %v", s.Instances, *s.Utilization.P95Pct, *s.ErrorPct)
	}
	if p := *s.Latency.P50; p < 19.9 || p > 20.2 {
		t.Errorf("p50 %v ms", p)
	}
	if empty := lab.NewTally(&lab.Run{}).Summary(0); empty.Latency.P95 != nil || empty.ErrorPct != nil || empty.Utilization.MeanPct != nil || empty.Score != nil {
		t.Error("a run without ticks knows figures")
	}
}
