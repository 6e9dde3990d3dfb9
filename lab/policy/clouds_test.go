package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/kube"
	"autoscale-lab/lab/policy/stage"
)

func TestKnative(t *testing.T) {
	t.Run("steady, it sizes by the stable window", func(t *testing.T) {
		g := grouped(t, "knative:target=10", 1)
		g.busy = 7
		g.pass(2 * time.Minute)
		g.now(1, "concurrency 7 / 7 needs 1")
		g.busy = 7.5
		g.pass(2 * time.Minute)
		g.now(2, "needs 2")
	})
	t.Run("a spike of twice what is ready is panic, within six seconds", func(t *testing.T) {
		g := grouped(t, "knative:target=10", 1)
		g.busy = 5
		g.pass(2 * time.Minute)
		g.busy, g.boot = 60, 30*time.Second
		if c := g.pass(8 * time.Second); len(c) == 0 || c[0] > "2m3s" {
			t.Errorf("changes at %v", c)
		}
		g.now(9, "in panic")
		g.next("panic ends", 59*time.Second) // it looks every two
	})
	t.Run("in panic never less, and it ends a full stable window after the last time above", func(t *testing.T) {
		g := grouped(t, "knative:target=10", 1)
		g.busy = 7
		g.pass(2 * time.Minute)
		g.busy = 60
		g.pass(10 * time.Second)
		peak := g.desired
		g.busy = 7
		g.pass(30 * time.Second)
		g.now(peak, "in panic never less than 9")
		g.pass(2 * time.Minute)
		g.now(1, "needs 1")
	})
	t.Run("found with more than one ready it begins in panic", func(t *testing.T) {
		g := grouped(t, "knative", 4)
		g.pass(time.Minute)
		g.now(4, "in panic never less than 4")
		g.pass(4 * time.Second)
		g.now(2, "needs 0, 2 within one look")
		g.pass(4 * time.Second)
		g.now(1, "needs 0")
	})
	t.Run("to zero after a stable window of nothing, and back by what waits", func(t *testing.T) {
		g := grouped(t, "knative:target=10", 1)
		g.limits.Min = 0
		g.busy = 3
		g.pass(time.Minute)
		g.busy = 0
		g.pass(50 * time.Second)
		g.now(1, "needs 1")
		g.pass(time.Minute)
		g.now(0, "needs 0")
		g.queued = 3
		g.pass(3 * time.Second)
		if g.desired < 1 {
			t.Errorf("%d: %s", g.desired, g.last.Reason)
		}
	})
	t.Run("not to zero before it has seen a whole stable window", func(t *testing.T) {
		g := grouped(t, "knative:target=10", 1)
		g.limits.Min = 0
		g.tick()
		g.now(1, "not to zero before a whole window of 1m0s")
		g.next("to zero", 59*time.Second)
		if c := g.pass(70 * time.Second); !slices.Equal(c, []string{"1m1s"}) { // it looks every two
			t.Errorf("changes at %v", c)
		}
		g.now(0, "needs 0")
		g.pass(time.Minute)
		g.now(0, "needs 0")
	})
	t.Run("nor after a gap, or on another metric", func(t *testing.T) {
		k := kube.NewKnative()
		s := lab.Sample{Span: time.Second, Desired: 1, Limits: lab.Limits{Max: 9}}
		look := func(until int) (zero int) {
			for s.At < time.Duration(until)*time.Second {
				s.At += time.Second
				d := k.Decide(s)
				s.Gap = false
				if d.Desired == 0 {
					return int(s.At / time.Second)
				}
			}
			return 0
		}
		look(30)
		s.Gap = true
		if at := look(50); at != 0 {
			t.Errorf("zero at %d", at)
		}
		if err := k.Set("metric", "rps"); err != nil {
			t.Fatal(err)
		}
		if at := look(200); at != 110 {
			t.Errorf("zero at %d", at)
		}
	})
	t.Run("requests a second", func(t *testing.T) {
		g := grouped(t, "knative:metric=rps", 1)
		g.rps = 281 // 200 · 70 % is 140
		g.pass(2 * time.Minute)
		g.now(3, "rps 281 / 140 needs 3")
	})
	t.Run("a gap forgets the windows", func(t *testing.T) {
		k := kube.NewKnative()
		s := lab.Sample{At: time.Second, Span: time.Second, Desired: 1, Limits: lab.Limits{Min: 1, Max: 9}}
		s.Front.Busy = 500 * time.Second
		k.Decide(s)
		s.At, s.Gap, s.Front.Busy = 2*time.Second, true, 0
		if d := k.Decide(s); d.Stages[0].Value != 0 {
			t.Errorf("%+v", d)
		}
	})
}

func TestNomad(t *testing.T) {
	for _, c := range []struct {
		says    string
		spec    string
		n       int
		load    float64
		desired int
		reason  string
	}{
		{"twice the target is twice the count", "nomad", 3, 3, 6, "CPU 100 % is 2.00 of 50 %: 3 → 6"},
		{"within a hundredth nothing happens", "nomad", 4, 2.015, 4, "near enough"},
		{"just beyond it is rounded up", "nomad", 4, 2.03, 5, "4 → 5"},
		{"a share is rounded up on the way down too", "nomad", 4, 1.1, 3, "4 → 3"},
		{"no more than max_up at once", "nomad:max_up=2", 4, 4, 6, "wants 8"},
		{"no more than max_down at once", "nomad:max_down=1", 6, 0.6, 5, "wants 2"},
	} {
		g := grouped(t, c.spec, c.n)
		g.load = c.load
		g.tick()
		if g.desired != c.desired || !strings.Contains(g.last.Reason, c.reason) {
			t.Errorf("%s: %d, %q", c.says, g.desired, g.last.Reason)
		}
	}
	t.Run("every ten seconds, and then five minutes of nothing", func(t *testing.T) {
		g := grouped(t, "nomad", 1)
		g.load = 2.9
		if c := g.pass(6 * time.Minute); !slices.Equal(c, []string{"1s", "5m1s"}) {
			t.Errorf("changes at %v", c)
		}
		g.now(4, "held by the cooldown") // 1, 2, 4: CPU cannot be above 100 %
	})
	t.Run("a flap is held by the cooldown", func(t *testing.T) {
		g := grouped(t, "nomad", 2)
		g.load = 1.5
		g.pass(time.Minute)
		g.load = 0.5
		g.pass(time.Minute)
		g.now(3, "held by the cooldown")
	})
	t.Run("what is not known changes nothing", func(t *testing.T) {
		g := grouped(t, "nomad", 2)
		g.blind = true
		g.pass(time.Minute)
		g.now(2, "CPU is not known")
	})
}

// The figures of Azure's documentation on flapping, and the rest of its rule.
func TestAzureDoesNotFlap(t *testing.T) {
	for _, c := range []struct {
		says                string
		upper, lower, value float64
		in, n, want         int
		reason              string
	}{
		{"out at 600: 575 · 3/2 is 862, which blocks it", 600, 599, 575, 1, 3, 3, "2 would carry 862.5 /s each and go out again"},
		{"out at 80: 60 · 3/2 is 90, which blocks it", 80, 61, 60, 1, 3, 3, "2 would carry 90 /s"},
		{"out at 80: 50 · 3/2 is 75, which allows it", 80, 61, 50, 1, 3, 2, "2 would carry 75 /s each: 3 → 2"},
		{"a step of three shrinks to two: 40 · 6/3 is 80, 40 · 6/4 is 60", 70, 50, 40, 3, 6, 4, "in to 4 only: 3 would carry 80 /s each"},
		{"just at upper is not above it", 80, 61, 60, 1, 4, 3, "3 would carry 80 /s each: 4 → 3"},
		{"no load at all allows any step", 80, 61, 0, 5, 6, 1, "6 → 1"},
	} {
		a := NewAzure()
		a.bands.Metric, a.in = "rps", c.in
		*a.bands.Band() = stage.Band{Upper: c.upper, Lower: c.lower}
		s := lab.Sample{At: time.Second, Span: time.Second, Desired: c.n, Limits: lab.Limits{Min: 1, Max: 9}}
		for range c.n {
			s.Instances = append(s.Instances, lab.Instance{State: lab.Ready})
		}
		s.Front.Offered = int64(c.value * float64(c.n))
		if d := (Guard{a}).Decide(s); d.Desired != c.want || !strings.Contains(d.Reason, c.reason) {
			t.Errorf("%s: %d, %q", c.says, d.Desired, d.Reason)
		}
	}
}

func TestAzure(t *testing.T) {
	const m = time.Minute
	t.Run("a spike counts once its mean over ten minutes does", func(t *testing.T) {
		g := grouped(t, "azure", 2)
		g.load = 1.2 // 60 %
		g.pass(15 * m)
		g.load = 2
		if c := g.pass(3 * m); !slices.Equal(c, []string{"17m31s"}) { // 60 + 40·t/10 > 70
			t.Errorf("changes at %v", c)
		}
		g.next("earliest scale-out", 4*m+31*time.Second)
	})
	t.Run("one a cooldown", func(t *testing.T) {
		g := grouped(t, "azure", 2)
		g.load = 20
		if c := g.pass(11 * m); !slices.Equal(c, []string{"1s", "5m1s", "10m1s"}) {
			t.Errorf("changes at %v", c)
		}
	})
	t.Run("each direction has its cooldown", func(t *testing.T) {
		g := grouped(t, "azure:window=10s,in_cooldown=10m,out_cooldown=1m", 3)
		g.load = 3
		g.pass(30 * time.Second)
		g.load = 0.4
		if c := g.pass(15 * m); !slices.Equal(c, []string{"10m1s"}) {
			t.Errorf("changes at %v", c)
		}
		g.load = 20
		if c := g.pass(m); len(c) != 1 {
			t.Errorf("changes at %v", c)
		}
	})
	t.Run("a dip of two minutes is none", func(t *testing.T) {
		g := grouped(t, "azure", 2)
		g.load = 1.2
		g.pass(12 * m)
		g.load = 0
		if c := g.pass(2 * m); c != nil {
			t.Errorf("changes at %v", c)
		}
	})
	t.Run("without data nothing happens", func(t *testing.T) {
		g := grouped(t, "azure", 2)
		g.blind = true
		g.pass(m)
		g.now(2, "CPU is not known")
	})
}

func TestGCP(t *testing.T) {
	const m = time.Minute
	t.Run("90 % of 60 % on two needs three, and the peak holds it for ten minutes", func(t *testing.T) {
		g := grouped(t, "gcp", 2)
		g.load = 1.8
		g.pass(m)
		g.now(3, "")
		g.load = 0.5
		g.pass(5 * m)
		g.now(3, "needs 1, but 3 within 10m0s")
		g.stages("metric ratio raw stabilise clamp")
		if c := g.pass(6 * m); len(c) == 0 {
			t.Error("still there after the peak")
		}
		g.now(1, "needs 1")
	})
	t.Run("those that initialize are out of the metric", func(t *testing.T) {
		g := grouped(t, "gcp", 2)
		g.load, g.boot = 1.8, 20*time.Second
		g.pass(50 * time.Second)
		g.now(3, "on 2 needs")
		g.stages("metric initialization ratio raw stabilise clamp")
		g.pass(20 * time.Second)
		g.now(3, "on 3 needs 3")
	})
	t.Run("with the scale-in control it falls by no more than two in ten minutes", func(t *testing.T) {
		g := grouped(t, "gcp:in_max=2,stabilization=60s", 8)
		g.load = 0.5
		if c := g.pass(30 * m); !slices.Equal(c, []string{"1m1s", "11m0s", "20m59s"}) {
			t.Errorf("changes at %v", c)
		}
		g.now(2, "not below 4 − 2")
		g.next("scale-in control eases", 58*time.Second)
	})
	t.Run("without data it keeps what there is", func(t *testing.T) {
		g := grouped(t, "gcp", 3)
		g.blind = true
		g.pass(20 * m)
		g.now(3, "CPU is not known")
	})
}

func TestSchedule(t *testing.T) {
	at := func(spec string) *ward {
		g := grouped(t, spec, 1)
		g.at, g.limits.Max = 0, 10
		return g
	}
	sec := time.Second
	t.Run("limits and a size by the clock of the lab", func(t *testing.T) {
		g := at("schedule:table=0s/1..5|60s/3..5/4|120s/1..2")
		g.pass(59 * sec)
		g.now(1, "as scheduled")
		g.next("schedule 1m0s/3..5/4", sec)
		g.pass(sec)
		g.now(4, "scheduled for 1m0s: 4: 1 → 4")
		g.pass(60 * sec)
		g.now(2, "scheduled within 1 and 2: 4 → 2")
	})
	t.Run("a size is set once, then the policy beneath is free within the limits", func(t *testing.T) {
		g := at("schedule:table=10s/2..6/5,over=threshold,cooldown=0s,resolution=1s")
		g.pass(11 * sec)
		g.now(4, "CPU 0 % < 15 %")
		g.pass(10 * sec)
		g.now(2, "")
		g.load = 5
		g.pass(10 * sec)
		g.now(6, "")
	})
	t.Run("a size holds until a slower policy beneath decides again", func(t *testing.T) {
		g := at("schedule:table=0s/1..5|50s/2..5/4,over=hpa,behavior=on,down_window=0")
		g.load = .4
		g.pass(49 * sec) // syncs at 1, 16, 31, 46, 61
		g.now(1, "")
		g.pass(sec)
		g.now(4, "scheduled for 50s: 4: 1 → 4")
		if c := g.pass(10 * sec); c != nil {
			t.Errorf("changes at %v", c)
		}
		g.now(4, "changed by others: kept until the next sync")
		g.pass(20 * sec)
		g.now(2, "wants 1")
	})
	t.Run("the lab's own limits hold all the same", func(t *testing.T) {
		g := at("schedule:table=0s/6..8/7")
		g.limits.Max = 5
		g.pass(sec)
		g.now(5, "at max 5 (wants 7)")
	})
	t.Run("speed hastens the policy beneath, not the table", func(t *testing.T) {
		g := at("schedule:table=0s/1..9|100s/1..3,over=azure")
		Hasten(g.policy.(Guard).Rule, 10)
		g.load = 20
		if c := g.pass(100 * sec); len(c) < 4 || c[0] != "-59m59s" || c[1] != "-59m29s" || c[len(c)-1] != "-58m20s" {
			t.Errorf("changes at %v", c) // one in 30 s, and the table at 100 s
		}
	})
	t.Run("knobs of the policy beneath, in any order", func(t *testing.T) {
		_, a, err := Parse("schedule:metric=rps,upper=20,lower=5,over=threshold")
		_, b, err2 := Parse("schedule:over=threshold,lower=5,upper=20,metric=rps")
		if err != nil || err2 != nil || lab.SpecOf("", a).String() != lab.SpecOf("", b).String() {
			t.Errorf("%v, %v: %s, %s", err, err2, lab.SpecOf("", a), lab.SpecOf("", b))
		}
	})
	for _, c := range []struct{ table, says string }{
		{"60s/1..5|30s/1..5", `schedule.table: "1m0s/1..5 and 30s/1..5": want rows in order of time`},
		{"0s/1..5|0s/2..5", "each time once"},
		{"0s/5..1", "0 ≤ min ≤ desired ≤ max ≤ 100"},
		{"0s/1..5/6", "0 ≤ min"},
		{"0s/1..500", "0 ≤ min"},
		{"-5s/1..5", "0 ≤ min"},
		{"0s", "from/min..max"},
	} {
		_, _, err := Parse("schedule:table=" + c.table)
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q says %v, want %q in it", c.table, err, c.says)
		}
	}
}

// Whatever is read as a schedule reads the same as it is spelled.
func FuzzSlots(f *testing.F) {
	f.Add("0s/1..5|60s/3..5/4|120s/1..5")
	f.Fuzz(func(t *testing.T, text string) {
		slots, err := ParseSlots(text)
		if err != nil {
			return
		}
		c := Schedule{table: slots}
		again, err := ParseSlots(c.text())
		if err != nil || !slices.Equal(again, slots) {
			t.Fatalf("%q spells %q, which reads %v, %v", text, c.text(), again, err)
		}
	})
}

// Every kind under a group that answers, with what it is said to promise.
func BenchmarkDecide(b *testing.B) {
	for _, k := range Kinds() {
		b.Run(k.Name, func(b *testing.B) {
			g := Guard{k.New()}
			s := lab.Sample{Span: time.Second, Desired: 20, Limits: lab.Limits{Min: 1, Max: 20}}
			for range 20 {
				s.Instances = append(s.Instances, lab.Instance{State: lab.Ready, CPU: lab.Known(.3, 0, time.Second)})
			}
			s.At = time.Hour
			b.ReportAllocs()
			for b.Loop() {
				s.At += time.Second
				g.Decide(s)
			}
		})
	}
}
