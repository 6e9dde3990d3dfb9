package calibrate

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/lab/capacity"
)

// paperRig is one instance on paper, with a queue: requests that it cannot
// answer at once wait, and those that have waited for the timeout fail.
type paperRig struct {
	full    float64 // requests/s
	boot    time.Duration
	dies    bool    // again and again, before it is ready
	bends   float64 // requests/s above which it ends; 0: it bears all
	slow    float64 // requests/s above which p95 is a second; 0: it is not
	crowded string  // what the host says then
	broken  error   // of Observe, once the load is on

	now     func() time.Duration
	on      bool
	rate    float64
	last    time.Duration
	since   time.Duration // of the present process
	offered float64
	ended   float64
	waiting float64
	cpu     float64 // settles within a second or two of a change
	most    float64 // that ever waited
	closed  bool
}

const timeout = 10 * time.Second

func (r *paperRig) Open(context.Context) error       { return nil }
func (r *paperRig) Scale(context.Context, int) error { return nil }
func (r *paperRig) Close(context.Context) error      { r.closed = true; return nil }

func (r *paperRig) Apply(_ context.Context, a lab.Action) error {
	r.flow(r.now())
	switch a.Kind {
	case lab.ActLoad:
		r.on = a.To == "on"
	case lab.ActShape:
		spec, err := lab.ParseSpec("load", a.To)
		if err != nil {
			return err
		}
		for _, s := range spec.Settings {
			if s.Name == "rate" {
				r.rate, err = strconv.ParseFloat(s.Text, 64)
			}
		}
		return err
	}
	return nil
}

// flow lets time pass.
func (r *paperRig) flow(at time.Duration) {
	span := (at - r.last).Seconds()
	r.last = at
	if span <= 0 {
		return
	}
	came := 0.0
	if r.on {
		came = r.rate * span
	}
	served := min(came+r.waiting, r.full*span)
	r.offered, r.ended, r.waiting = r.offered+came, r.ended+served, r.waiting+came-served
	r.most = max(r.most, r.waiting)
	now := served / span / r.full
	r.cpu += (now - r.cpu) * min(1, span/.4)
}

func (r *paperRig) Observe(at time.Duration) (lab.Sample, []lab.Event, error) {
	if r.on && r.broken != nil {
		return lab.Sample{}, nil, r.broken
	}
	r.flow(at)
	var events []lab.Event
	var s lab.Sample
	wait := time.Duration(r.waiting / r.full * float64(time.Second))
	s.Generator.Offered, s.Generator.Arrived = int64(r.offered), int64(r.offered)
	ended := int64(r.ended)
	if wait > timeout {
		s.Generator.Failed[lab.CauseTimeout] = ended
	} else if s.Generator.OK = ended; ended > 0 {
		if r.slow > 0 && r.rate > r.slow {
			wait, s.Saturated = time.Second, r.crowded
		}
		s.Generator.Latency = lab.Hist{{Top: wait + 5*time.Millisecond, N: ended}}
	}
	r.offered, r.ended = r.offered-float64(int64(r.offered)), r.ended-float64(ended)
	s.Generator.InFlight = int(r.waiting)
	s.Front = s.Generator
	in := lab.Instance{ID: "i1", Num: 1, State: lab.Starting, Size: .2}
	switch {
	case r.dies, r.bends > 0 && r.on && r.rate > r.bends:
		events = append(events, lab.Event{At: at, Kind: lab.EventFailed, Text: "1 :5000 ended: exit status 3; last lines: no \x1b[31mconfig"})
		r.since, r.waiting = at, 0
	case at-r.since >= r.boot:
		in.State, in.EverReady, in.CPU = lab.Ready, true, lab.Known(r.cpu, at, interval)
	}
	s.Instances = []lab.Instance{in}
	return s, events, nil
}

// experiment is of the user's own app, so that nothing is expected of it.
func experiment() lab.Experiment {
	e := lab.DefaultExperiment()
	e.Fleet.App, e.Fleet.Boot, e.Policy, e.Fleet.Min, e.Fleet.Max = []string{"app"}, time.Hour, "hpa", 0, 7
	return e
}

type outcome struct {
	lab.Calibration
	err   error
	steps []capacity.Step // that were done
	rates map[float64]int // told of before they were
	took  time.Duration
}

func run(ctx context.Context, rig *paperRig, e lab.Experiment) outcome {
	clock := engine.NewRealClock() // in the bubble its time is virtual
	rig.now = clock.Now
	out := outcome{rates: map[float64]int{}}
	out.Calibration, out.err = Run(ctx, Config{Rig: rig, Clock: clock, Experiment: e, Host: lab.Host{OS: "paper", Cores: 2}}, func(s capacity.Step, done bool) {
		if done {
			out.steps = append(out.steps, s)
		} else {
			out.rates[s.PerSecond]++
		}
	})
	out.took = clock.Now()
	return out
}

func story(t *testing.T, name string, tell func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, tell) })
}

func TestCalibrate(t *testing.T) {
	story(t, "an app nobody knows", func(t *testing.T) {
		rig := &paperRig{full: 500, boot: 3 * time.Second}
		e := experiment()
		c := run(t.Context(), rig, e)
		if c.err != nil {
			t.Fatal(c.err)
		}
		if c.PerSecond < 388 || c.PerSecond > 402 || c.Utilization < .77 || c.Utilization > .803 || c.P95 > 6*time.Millisecond {
			t.Errorf("%.4g/s at CPU %.3f and p95 %s", c.PerSecond, c.Utilization, c.P95)
		}
		if c.Key != lab.CalibrationKey(&e, c.Host) || c.Target != .8 || c.SLO != e.SLO || c.At.IsZero() || c.Host.OS != "paper" {
			t.Errorf("%+v", c.Calibration)
		}
		if c.took > 70*time.Second || !rig.closed {
			t.Errorf("took %s, closed %t", c.took, rig.closed)
		}
		if len(c.Steps) != len(c.steps) || len(c.steps) > 12 {
			t.Errorf("%d steps, told of %d", len(c.Steps), len(c.steps))
		}
		for i, s := range c.steps {
			if s.CalibrationStep != c.Steps[i] || s.Held && (s.Served < .9*s.PerSecond || s.Served > 1.1*s.PerSecond) || c.rates[s.PerSecond] == 0 {
				t.Errorf("step %+v, told of %d times", s, c.rates[s.PerSecond])
			}
		}
	})

	story(t, "the built-in app as expected takes three rates", func(t *testing.T) {
		e := lab.DefaultExperiment()
		c := run(t.Context(), &paperRig{full: 50}, e)
		if c.err != nil || c.PerSecond != 40 {
			t.Errorf("%.4g/s, %v", c.PerSecond, c.err)
		}
		if len(c.steps) != 3 || c.took > 30*time.Second { // 40, 41.2 and that again
			t.Errorf("%d steps in %s", len(c.steps), c.took)
		}
	})

	story(t, "a rate far too high is broken off, and does not spoil the next", func(t *testing.T) {
		rig := &paperRig{full: 10} // 40/s are expected
		c := run(t.Context(), rig, lab.DefaultExperiment())
		if c.err != nil || c.PerSecond < 7.7 || c.PerSecond > 8.05 {
			t.Fatalf("%.4g/s, %v", c.PerSecond, c.err)
		}
		if first := c.steps[0]; first.Held || !strings.Contains(first.Why, "CPU above") || !first.Clear {
			t.Errorf("first %+v", first)
		}
		if rig.most > 3*(10+2*40*.2) {
			t.Errorf("%.0f requests waited", rig.most)
		}
		for _, s := range c.steps {
			if s.Held && s.P95 > 10*time.Millisecond {
				t.Errorf("at %v/s p95 is %s", s.PerSecond, s.P95)
			}
		}
	})

	story(t, "few requests are measured for longer", func(t *testing.T) {
		e := lab.DefaultExperiment()
		e.Fleet.Work = 80 * time.Millisecond
		c := run(t.Context(), &paperRig{full: 2.5}, e)
		if c.err != nil || c.steps[0].PerSecond != 2 || c.rates[2] < 25 {
			t.Errorf("%v, %d ticks of %v/s", c.err, c.rates[2], c.steps[0].PerSecond)
		}
	})

	story(t, "an instance that ends under load does not hold, and is waited for", func(t *testing.T) {
		c := run(t.Context(), &paperRig{full: 500, bends: 100, boot: 2 * time.Second}, experiment())
		if c.err != nil || c.PerSecond > 100 || c.PerSecond < 97 {
			t.Fatalf("%.4g/s, %v", c.PerSecond, c.err)
		}
		said := 0
		for _, s := range c.steps {
			if strings.HasPrefix(s.Why, "instance 1 :5000 ended: exit status 3") {
				said++
			}
		}
		if said < 2 {
			t.Errorf("steps %+v", c.steps)
		}
	})
}

func TestWhatCannotBeCalibrated(t *testing.T) {
	for _, c := range []struct {
		says string
		rig  paperRig
		want string
		took time.Duration // at most
	}{
		{"never ready", paperRig{full: 50, boot: time.Hour}, "no instance became ready within 30s", 31 * time.Second},
		{"ends before it is ready", paperRig{full: 50, dies: true}, "no instance becomes ready: 1 :5000 ended: exit status 3", 5 * time.Second},
		{"not even 1/s", paperRig{full: .9}, "one instance does not carry even 1/s: CPU above 80 % of size", 120 * time.Second},
		{"more than can be sent", paperRig{full: 1e6}, "at least 100000/s held, but more may: more than that cannot be sent", 120 * time.Second},
		{"more than the machine", paperRig{full: 1e6, slow: 3000, crowded: "the host's CPU is full (99 %)"}, "at least 2940/s held, but more may: the host's CPU is full (99 %); a smaller --size", 120 * time.Second},
		{"a slow instance", paperRig{full: 1e6, slow: .5}, "one instance does not carry even 1/s: p95 above 200ms", 120 * time.Second},
	} {
		story(t, c.says, func(t *testing.T) {
			got := run(t.Context(), &c.rig, experiment())
			if got.err == nil || !strings.HasPrefix(got.err.Error(), c.want) {
				t.Errorf("%v", got.err)
			}
			if got.PerSecond != 0 || got.Key != "" || !c.rig.closed || got.took > c.took {
				t.Errorf("%+v, closed %t, took %s", got.Calibration, c.rig.closed, got.took)
			}
		})
	}
	story(t, "a rig that breaks", func(t *testing.T) {
		rig := &paperRig{full: 50, broken: errors.New("out of order")}
		if got := run(t.Context(), rig, experiment()); !errors.Is(got.err, rig.broken) || !rig.closed {
			t.Error(got.err)
		}
	})
}

func TestInterrupted(t *testing.T) {
	story(t, "before it began", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		rig := &paperRig{full: 50}
		if got := run(ctx, rig, experiment()); !errors.Is(got.err, context.Canceled) || len(got.steps) > 0 || !rig.closed {
			t.Errorf("%v, %d steps", got.err, len(got.steps))
		}
	})
	story(t, "in the middle of a rate", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		rig := &paperRig{full: 500}
		got := run(ctx, rig, experiment())
		if !errors.Is(got.err, context.DeadlineExceeded) || got.PerSecond != 0 || !rig.closed || got.took > 10*time.Second {
			t.Errorf("%v, %+v, took %s", got.err, got.Calibration, got.took)
		}
	})
}
