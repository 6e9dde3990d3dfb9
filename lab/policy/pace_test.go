package policy

import (
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// witness is a rule that keeps what it was shown, and wants one more each time.
type witness struct {
	now, seen []lab.Sample
	res       time.Duration // of its own, if above 0
}

func (w *witness) Knobs() []lab.Knob {
	if w.res == 0 {
		return nil
	}
	return lab.Panel{lab.DialDuration(lab.Knob{Name: "resolution", Max: 600}, &w.res)}.Knobs()
}
func (w *witness) Set(string, string) error { return nil }
func (w *witness) Fresh()                   { w.now, w.seen = nil, nil }
func (w *witness) Decide(s lab.Sample) lab.Decision {
	return w.DecideLagged(&s, &s)
}

func (w *witness) DecideLagged(now, seen *lab.Sample) lab.Decision {
	n, s := *now, *seen
	n.Instances, s.Instances = append([]lab.Instance{}, n.Instances...), append([]lab.Instance{}, s.Instances...)
	w.now, w.seen = append(w.now, n), append(w.seen, s)
	return lab.Decision{Desired: len(w.now), Reason: "one more", Next: []lab.Wait{{What: "doom", At: now.At + 20*time.Second}}}
}

// second is the sample of a second: offered and CPU tell which.
func second(n int) lab.Sample {
	at := time.Duration(n) * time.Second
	s := lab.Sample{At: at, Span: time.Second, Desired: n}
	s.Front.Offered = int64(n)
	s.Instances = []lab.Instance{{ID: "i1", State: lab.Ready, ReadySince: time.Second, CPU: lab.Known(float64(n)/100, at, time.Second)}}
	return s
}

func TestPace(t *testing.T) {
	run := func(w *witness, set pace, speed float64, seconds int) []lab.Decision {
		p := paced(w, set)
		Hasten(p, speed)
		var out []lab.Decision
		for n := 1; n <= seconds; n++ {
			out = append(out, p.Decide(second(n)))
		}
		return out
	}
	// led is the same where what is decided is done, and at some seconds others
	// set desired.
	led := func(set pace, seconds int, others map[int]int) []lab.Decision {
		p := paced(&witness{}, set)
		var out []lab.Decision
		desired := 1
		for n := 1; n <= seconds; n++ {
			s := second(n)
			if v, ok := others[n]; ok {
				desired = v
			}
			s.Desired, s.Limits = desired, lab.Limits{Min: 1, Max: 9}
			out = append(out, Guard{p}.Decide(s))
			desired = out[n-1].Desired
		}
		return out
	}
	t.Run("without a period every tick is decided, on what is", func(t *testing.T) {
		var w witness
		run(&w, pace{}, 1, 3)
		if len(w.now) != 3 || w.seen[2].Front.Offered != 3 {
			t.Errorf("%d decisions", len(w.now))
		}
	})
	t.Run("in between the last decision is repeated, and counts down", func(t *testing.T) {
		var w witness
		run(&w, pace{period: 15 * time.Second}, 1, 31)
		if len(w.now) != 3 || w.now[1].At != 16*time.Second || w.now[2].At != 31*time.Second {
			t.Fatalf("decided %d times", len(w.now))
		}
		d := led(pace{period: 15 * time.Second}, 31, nil)
		for i, want := range map[int]int{0: 1, 14: 1, 15: 2, 29: 2, 30: 3} {
			if d[i].Desired != want || !strings.HasPrefix(d[i].Reason, "one more") {
				t.Errorf("at %ds: %+v", i+1, d[i])
			}
		}
		if n := d[3].Next; len(n) != 2 || n[0] != (lab.Wait{What: "next sync", At: 16 * time.Second}) || n[1].What != "doom" {
			t.Errorf("next %+v", n)
		}
	})
	t.Run("what others have changed in between it leaves until the next", func(t *testing.T) {
		d := led(pace{period: 15 * time.Second}, 31, map[int]int{20: 5, 22: 2})
		for i, want := range map[int]int{18: 2, 19: 5, 20: 5, 21: 2, 29: 2, 30: 3} {
			if d[i].Desired != want {
				t.Errorf("at %ds: %+v", i+1, d[i])
			}
		}
		if d[19].Reason != "changed by others: kept until the next sync" || d[19].Next[0].What != "next sync" || len(d[18].Stages) != 1 {
			t.Errorf("%+v", d[19])
		}
	})
	t.Run("what is over is not announced any more", func(t *testing.T) {
		var w witness
		d := run(&w, pace{period: time.Minute}, 1, 40)
		if n := d[39].Next; len(n) != 1 || n[0].What != "next sync" {
			t.Errorf("next %+v", n)
		}
	})
	t.Run("figures are as old as they should be, the fleet is as it is", func(t *testing.T) {
		var w witness
		run(&w, pace{age: 10 * time.Second}, 1, 30)
		if now, seen := w.now[29], w.seen[29]; now.At != 30*time.Second || now.Desired != 30 || seen.At != 20*time.Second || seen.Front.Offered != 20 {
			t.Errorf("%v of %v", seen.At, now.At)
		}
		if s := w.seen[5]; len(s.Instances) > 0 || s.Front.Offered != 0 || s.InstanceCPU().OK {
			t.Errorf("it knows of %+v before anything is old enough", s)
		}
	})
	t.Run("figures are counted up and averaged over the resolution", func(t *testing.T) {
		var w witness
		run(&w, pace{period: 10 * time.Second, resolution: 4 * time.Second}, 1, 21)
		s := w.seen[2] // 18, 19, 20, 21
		if s.Span != 4*time.Second || s.Front.Offered != 78 || s.PerSecond(s.Front.Offered) != 19.5 {
			t.Errorf("%s, %d", s.Span, s.Front.Offered)
		}
		if c := s.Instances[0].CPU; c.Value < .1949 || c.Value > .1951 || c.Window != 4*time.Second || c.At != 21*time.Second {
			t.Errorf("%+v", c)
		}
	})
	t.Run("a rule with a resolution of its own misses nothing within it", func(t *testing.T) {
		w := witness{res: 5 * time.Second}
		run(&w, pace{period: 10 * time.Second}, 1, 21)
		if s := w.seen[2]; s.Span != 5*time.Second || s.Front.Offered != 17+18+19+20+21 {
			t.Errorf("%s, %d", s.Span, s.Front.Offered)
		}
	})
	t.Run("at ten times the speed all passes as fast, but rates are real", func(t *testing.T) {
		var w witness
		d := run(&w, pace{period: 50 * time.Second, age: 20 * time.Second}, 10, 21)
		if len(w.now) != 5 {
			t.Errorf("%d decisions in 21 s of a period of 5", len(w.now))
		}
		now, seen := w.now[4], w.seen[4]
		if now.At != 210*time.Second || seen.At != 190*time.Second || seen.PerSecond(seen.Front.Offered) != 19 {
			t.Errorf("%v, %v, %v", now.At, seen.At, seen.PerSecond(seen.Front.Offered))
		}
		if in := seen.Instances[0]; in.ReadySince != 10*time.Second || in.CPU.At != 190*time.Second || in.CPU.Window != 10*time.Second {
			t.Errorf("%+v", in)
		}
		if n := d[20].Next; n[0] != (lab.Wait{What: "doom", At: 23 * time.Second}) || n[1].At != 26*time.Second {
			t.Errorf("next %+v: in real time", n)
		}
	})
	t.Run("a gap forgets what was before, and is told at the next decision", func(t *testing.T) {
		var w witness
		p := paced(&w, pace{period: 5 * time.Second, resolution: 5 * time.Second})
		for n := 1; n <= 11; n++ {
			s := second(n)
			s.Gap = n == 9
			p.Decide(s)
		}
		if !w.now[2].Gap || w.now[1].Gap || w.seen[2].Span != 3*time.Second {
			t.Errorf("%v, %s", w.now[2].Gap, w.seen[2].Span)
		}
	})
}

// What an instance did is no less if the figures are merged.
func TestMergedTraffic(t *testing.T) {
	var w witness
	p := paced(&w, pace{period: 3 * time.Second, resolution: 3 * time.Second})
	for n := 1; n <= 4; n++ {
		s := second(n)
		s.Instances[0].Traffic.Arrived = 1
		if n == 3 { // came later
			s.Instances = append(s.Instances, lab.Instance{ID: "i2", Traffic: lab.Traffic{Arrived: 7}})
		}
		if n == 4 {
			s.Instances = append(s.Instances, lab.Instance{ID: "i2", Traffic: lab.Traffic{Arrived: 8}})
		}
		p.Decide(s)
	}
	if in := w.seen[1].Instances; in[0].Traffic.Arrived != 3 || in[1].Traffic.Arrived != 15 || in[1].CPU.OK {
		t.Errorf("%+v", in)
	}
}

// The policies of a run at another speed are decided again as they were.
func TestPilotSpeed(t *testing.T) {
	p, err := NewPilot("hpa")
	if err != nil {
		t.Fatal(err)
	}
	p.SetSpeed(30)
	if p.Period() != 500*time.Millisecond {
		t.Errorf("a period of %s: 15 s at 30", p.Period())
	}
	if err := p.Apply(&lab.Action{Kind: lab.ActPolicy, To: "keda"}, 1); err != nil {
		t.Fatal(err)
	}
	if p.Period() != 500*time.Millisecond || p.Speed() != 30 {
		t.Errorf("a policy selected later has a period of %s", p.Period())
	}
	p.SetSpeed(0)
	if p.Period() != 15*time.Second {
		t.Errorf("0 is not 1: %s", p.Period())
	}
}
