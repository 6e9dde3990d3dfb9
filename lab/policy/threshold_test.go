package policy

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestThreshold(t *testing.T) {
	t.Run("above upper one step up, then the cooldown holds", func(t *testing.T) {
		w := walking(t, "threshold", 1)
		w.cpu(.36).now(2, "CPU 36 % > 35 %: 1 → 2")
		w.cpu(.36).now(2, "held by the cooldown")
		if d := w.last; len(d.Next) != 1 || d.Next[0].At-w.at != 2*time.Second {
			t.Errorf("next %+v", d.Next)
		}
		w.cpu(.36).now(2, "held")
		w.cpu(.36).now(3, "2 → 3")
	})
	t.Run("exactly at a limit nothing happens", func(t *testing.T) {
		w := walking(t, "threshold", 3)
		w.cpu(.35).now(3, "within")
		w = walking(t, "threshold", 3)
		w.cpu(.15).now(3, "within")
	})
	t.Run("below lower one step down, never below min", func(t *testing.T) {
		w := walking(t, "threshold:cooldown=0", 2)
		w.cpu(.1).now(1, "CPU 10 % < 15 %: 2 → 1")
		w.cpu(.1).now(1, "at min 1")
	})
	t.Run("at max it says what it wants", func(t *testing.T) {
		w := walking(t, "threshold:step=3", 5)
		w.limits.Max = 5
		w.cpu(.9).now(5, "at max 5 (wants 8)")
	})
	t.Run("a single request more in one second is no breach", func(t *testing.T) {
		w := walking(t, "threshold", 1)
		w.cpu(.34)
		w.cpu(.34)
		w.cpu(.36).now(1, "within")
	})
	t.Run("what is not known changes nothing", func(t *testing.T) {
		w := walking(t, "threshold", 1)
		w.see(func(*lab.Sample) {}).now(1, "CPU is not known")
	})
	t.Run("a gap empties the window", func(t *testing.T) {
		w := walking(t, "threshold", 2)
		w.cpu(.34)
		w.cpu(.34)
		w.see(func(s *lab.Sample) { cpu(.4)(s); s.Gap = true }).now(3, "CPU 40 %")
	})
	t.Run("limits lowered from outside are kept at once", func(t *testing.T) {
		w := walking(t, "threshold", 5)
		w.limits.Max = 3
		w.cpu(.2).now(3, "5 → 3, at max 3")
	})
	t.Run("a hung instance counts", func(t *testing.T) {
		w := walking(t, "threshold", 2)
		w.see(func(s *lab.Sample) {
			cpu(.6)(s)
			s.Instances[1].CPU, s.Instances[1].Hung = lab.Known(0, s.At, s.Span), true
		}).now(2, "CPU 30 %")
	})
}

func TestThresholdMetrics(t *testing.T) {
	hist := func(d time.Duration) lab.Hist {
		h := lab.NewHistogram()
		h.Record(d)
		return h.Cut()
	}
	for _, c := range []struct {
		spec string
		fill func(*lab.Sample)
		want string
	}{
		{"threshold:metric=system-cpu", func(s *lab.Sample) { s.System = lab.Known(.5, s.At, s.Span) }, "system CPU 50 % > 35 %: 1 → 2"},
		{"threshold:metric=rps,upper=20,lower=5", func(s *lab.Sample) { s.Front.Offered = 21 }, "requests per instance 21 /s > 20 /s: 1 → 2"},
		{"threshold:upper=20,lower=5,metric=rps", func(s *lab.Sample) { s.Front.Offered = 21 }, "> 20 /s"},
		{"threshold:metric=in-flight,upper=2", func(s *lab.Sample) { s.Front.Busy = 2500 * time.Millisecond }, "in flight per instance 2.5 > 2: 1 → 2"},
		{"threshold:metric=p95,upper=50ms", func(s *lab.Sample) { s.Front.Latency = hist(60 * time.Millisecond) }, "> 50 ms: 1 → 2"},
	} {
		w := walking(t, c.spec, 1)
		w.see(c.fill).now(2, c.want)
	}
}

func TestSpecsRefused(t *testing.T) {
	for _, c := range []struct{ spec, says string }{
		{"treshold", `policy: "treshold": want one of threshold, manual, `},
		{"threshold:uper=40", `threshold.uper: "40": want a knob: one of upper, lower, step, cooldown, resolution, metric, period, metric_age (did you mean "upper"?)`},
		{"threshold:upper=10", "threshold.lower: \"15 %\": want less than upper, which is 10 %"},
		{"threshold:upper=0", "want 1 % to 100 %"},
		{"threshold:step=1.5", "want a whole number, 1 to 100"},
		{"threshold:upper", "want knob=value"},
		{"threshold:upper=1,upper=2", "want upper once"},
		{"", "want kind:knob=value"},
	} {
		_, _, err := Parse(c.spec)
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q says %v, want %q in it", c.spec, err, c.says)
		}
	}
}

func TestKindsSpellThemselves(t *testing.T) {
	for _, k := range Kinds() {
		rule := k.New()
		spec := lab.SpecOf(k.Name, rule).String()
		kind, again, err := Parse(spec)
		if err != nil || kind != k.Name || lab.SpecOf(kind, again).String() != spec {
			t.Errorf("%s spells %q, which reads %v", k.Name, spec, err)
		}
		if k.Help == "" {
			t.Errorf("%s has no help", k.Name)
		}
	}
}

// Whatever is measured, whatever the knobs: within the limits, the same for
// the same samples, and no change without a reason.
func FuzzPolicies(f *testing.F) {
	f.Add(uint8(0), .5, 3, 1, 5, int64(10))
	f.Add(uint8(1), math.Inf(1), -7, 2, 2, int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, which uint8, value float64, desired, low, high int, offered int64) {
		if low < 1 || high < low || high > lab.MaxInstances {
			return
		}
		kind := Kinds()[int(which)%len(Kinds())]
		a, b := Guard{kind.New()}, Guard{kind.New()}
		for i := range 20 {
			s := lab.Sample{At: time.Duration(i+1) * time.Second, Span: time.Second, Desired: desired, Limits: lab.Limits{Min: low, Max: high}}
			s.Front.Offered = offered
			s.Instances = []lab.Instance{{State: lab.Ready, CPU: lab.Known(value, s.At, s.Span)}}
			d, again := a.Decide(s), b.Decide(s)
			switch {
			case d.Desired < low || d.Desired > high:
				t.Fatalf("%d is not within %d and %d", d.Desired, low, high)
			case d.Desired != again.Desired || d.Reason != again.Reason:
				t.Fatalf("two answers: %+v, %+v", d, again)
			case d.Reason == "":
				t.Fatal("no reason")
			}
			desired = d.Desired
		}
	})
}

func BenchmarkThreshold(b *testing.B) {
	g := Guard{NewThreshold()}
	s := lab.Sample{Span: time.Second, Desired: 20, Limits: lab.Limits{Min: 1, Max: 20}}
	for range 20 {
		s.Instances = append(s.Instances, lab.Instance{State: lab.Ready, CPU: lab.Known(.3, 0, time.Second)})
	}
	for b.Loop() {
		s.At += time.Second
		g.Decide(s)
	}
}
