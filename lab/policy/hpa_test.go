package policy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/kube"
)

func TestHPAWaterfall(t *testing.T) {
	g := grouped(t, "hpa:target=30,metric_age=0,period=0", 2)
	g.load = 1.8
	g.tick()
	g.now(4, "CPU 90 % for 30 %, wants 6, 4 by ScaleUpLimit: 2 → 4")
	g.stages("sample eligible ratio raw stabilise limit clamp")
	want := []lab.Stage{{Name: "sample", Value: 90, Text: "CPU"}, {Name: "eligible", Value: 2, Text: "2 of 2"}, {Name: "ratio", Value: 3},
		{Name: "raw", Value: 6}, {Name: "stabilise", Value: 6}, {Name: "limit", Value: 4, Text: "ScaleUpLimit"}, {Name: "clamp", Value: 4}}
	for i, s := range g.last.Stages {
		if s != want[i] {
			t.Errorf("stage %+v, want %+v", s, want[i])
		}
	}
}

func TestHPAStories(t *testing.T) {
	t.Run("a spike doubles it every 15 s, until the load is carried", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0", 2)
		g.load = 1
		g.pass(time.Minute)
		g.now(2, "CPU 50 % for 50 %, keep")
		g.load = 10
		if got := strings.Join(g.pass(2*time.Minute), " "); got != "1m1s 1m16s 1m31s 1m46s" {
			t.Errorf("changes at %s", got)
		}
		g.now(20, "CPU 50 % for 50 %, keep") // by way of 4, 8 and 16
	})
	t.Run("load off: the countdown to the first scale-in, and what holds it", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0", 4)
		g.load = 2
		g.pass(10 * time.Second)
		g.load = 0
		g.pass(20 * time.Second) // syncs at 1, 16: 4 and 0
		g.now(4, "held at 4 by the window")
		w := waiting(t, g, "earliest scale-in")
		if w.By != "the recommendation" || w.Since != time.Hour+time.Second || w.At != time.Hour+316*time.Second {
			t.Errorf("%+v", w)
		}
		g.next("next sync", time.Second)
		if got := strings.Join(g.pass(10*time.Minute), " "); got != "5m16s" {
			t.Errorf("changes at %s", got)
		}
		g.now(1, "CPU 0 % for 50 %")
	})
	t.Run("a dip shorter than the window changes nothing", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0", 4)
		for range 10 {
			g.load = 2
			g.pass(time.Minute)
			g.load = .1
			if got := g.pass(3 * time.Minute); len(got) > 0 {
				t.Fatalf("changes at %v", got)
			}
		}
	})
	t.Run("without a window it flaps", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0,down_window=0", 4)
		changes := 0
		for range 5 {
			g.load = 2
			changes += len(g.pass(time.Minute))
			g.load = .1
			changes += len(g.pass(time.Minute))
		}
		if changes < 8 {
			t.Errorf("%d changes", changes)
		}
	})
	t.Run("no metrics, no change; and it says so", func(t *testing.T) {
		g := grouped(t, "hpa", 3)
		g.load, g.blind = 3, true
		if got := g.pass(5 * time.Minute); len(got) > 0 {
			t.Errorf("changes at %v", got)
		}
		g.now(3, "CPU is not known: no metrics")
	})
	t.Run("an instance that boots at full CPU does not drive it out", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0", 2)
		g.boot = 40 * time.Second
		g.load = 1.6
		g.pass(30 * time.Second) // 80 %: 2 → 4
		g.pass(30 * time.Second)
		if g.desired != 4 {
			t.Errorf("%d while two boot", g.desired)
		}
	})
	t.Run("the metric's age delays it", func(t *testing.T) {
		g := grouped(t, "hpa", 2)
		g.load = 1
		g.pass(61 * time.Second) // syncs at 1, 16, 31, 46, 61
		g.load = 2
		if got := strings.Join(g.pass(time.Minute), " "); got != "1m31s" {
			t.Errorf("changes at %s: the sync at 1m16s knows of 1m1s", got)
		}
	})
	t.Run("two pods a minute, and no more", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0,up=2pods/60s", 2)
		g.load = 20
		if got := strings.Join(g.pass(3*time.Minute), " "); got != "1s 1m1s 2m1s" {
			t.Errorf("changes at %s", got)
		}
		g.now(8, "by ScaleUpLimit")
		w := waiting(t, g, "earliest scale-out")
		if w.By != "the change" || w.At != time.Hour+181*time.Second {
			t.Errorf("%+v", w)
		}
	})
	t.Run("what nobody did does not count: as a shadow, by hand", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0,up=2pods/60s", 2)
		g.load = 20
		for range 50 { // four syncs, and the size stays
			if d := g.tick(); d.Desired != 4 {
				t.Fatalf("at %s: %d, %q", g.at-time.Hour, d.Desired, d.Reason)
			}
			g.desired = 2
			g.fleet = g.fleet[:2]
		}
		g.desired = 3 // half of it came
		g.pass(15 * time.Second)
		g.now(4, "wants 6")
	})
	t.Run("scale-in disabled says so by never waiting", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0,down_select=disabled,down_window=0", 4)
		if got := g.pass(10 * time.Minute); len(got) > 0 {
			t.Errorf("changes at %v", got)
		}
		g.now(4, "4 by ScaleDownLimit")
		for _, w := range g.last.Next {
			if w.What != "next sync" {
				t.Errorf("%+v", w)
			}
		}
	})
	t.Run("of several metrics the largest counts, and a missing one stops only scale-in", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0,metrics=cpu:50|rps:10", 2)
		g.load, g.rps = 1, 60
		g.tick()
		g.now(4, "requests per instance 30 /s for 10 /s, wants 6")
		g = grouped(t, "hpa:metric_age=0,down_window=0,metrics=cpu:50|p95:100ms", 4)
		g.load = .1
		g.tick()
		g.now(4, "a metric is missing")
		g.load = 4
		g.pass(15 * time.Second)
		g.now(8, "CPU 100 % for 50 %, wants 8")
	})
	t.Run("at ten times the speed the window of five minutes is thirty seconds", func(t *testing.T) {
		g := grouped(t, "hpa:metric_age=0", 4)
		Hasten(g.policy.(Guard).Rule, 10)
		g.load = 2
		g.pass(5 * time.Second)
		g.load = 0
		g.pass(5 * time.Second)
		w := waiting(t, g, "earliest scale-in")
		if in := w.At - g.at; in < 20*time.Second || in > 30*time.Second {
			t.Errorf("in %s", in)
		}
		for g.at+time.Second < w.At {
			g.tick()
			g.now(4, "")
		}
		g.pass(2 * time.Second)
		g.now(1, "4 → 1")
	})
}

func waiting(t *testing.T, g *ward, what string) lab.Wait {
	t.Helper()
	for _, w := range g.last.Next {
		if w.What == what {
			return w
		}
	}
	t.Fatalf("at %s: next is %+v, want %s", g.at, g.last.Next, what)
	return lab.Wait{}
}

func TestHPASpecs(t *testing.T) {
	for _, c := range []struct{ spec, says string }{
		{"hpa:up=4", "hpa.up: \"4\": want pods or percent"},
		{"hpa:up=4pods/0s", "in a period of 1s to 1800s"},
		{"hpa:up=0pods/15s", "want pods or percent"},
		{"hpa:down=5cats/15s", "want pods or percent"},
		{"hpa:metrics=cpu", "want metric/target"},
		{"hpa:metrics=cup/60", `did you mean "cpu"?`},
		{"hpa:metrics=cpu/60|cpu/70", "each metric once"},
		{"hpa:metrics=rps/0", "hpa.metrics"},
		{"hpa:target=0", "want 1 % to 100 %"},
		{"hpa:up_select=most", "want one of max, min, disabled"},
		{"hpa:upp=1", `did you mean "up"?`},
	} {
		_, _, err := Parse(c.spec)
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q says %v, want %q in it", c.spec, err, c.says)
		}
	}
}

func TestKEDAStories(t *testing.T) {
	zero := func(spec string, n int) *ward {
		g := grouped(t, spec, n)
		g.limits.Min = 0
		return g
	}
	t.Run("nothing for the cooldown is zero, from whatever size", func(t *testing.T) {
		g := zero("keda:metric_age=0,down_window=600", 4)
		g.rps = 72
		g.pass(30 * time.Second)
		g.rps = 0
		g.pass(20 * time.Second) // a sync after the poll that saw the last of it
		w := waiting(t, g, "to zero")
		if w.By != "the activity" {
			t.Errorf("%+v", w)
		}
		g.pass(10 * time.Minute)
		g.now(0, "inactive")
	})
	t.Run("at zero a request is one instance at the next poll, and the HPA goes on from there", func(t *testing.T) {
		g := zero("keda:metric_age=0", 0)
		g.pass(time.Minute)
		g.now(0, "inactive: at zero")
		g.rps = 90
		if got := g.pass(35 * time.Second); len(got) == 0 {
			t.Fatal("still at zero")
		}
		g.pass(time.Minute)
		if g.desired != 5 {
			t.Errorf("%d, want 90/18", g.desired)
		}
	})
	t.Run("one request in 17 s wakes it at the next poll, however old its figures", func(t *testing.T) {
		for _, metric := range []string{"rps", "in-flight"} {
			for first := 2; first < 32; first++ { // polls at 1 and 31
				g := zero("keda:metric="+metric, 0)
				for n := 1; n <= 31; n++ {
					g.rps, g.busy = 0, 0
					if n >= first && (n-first)%17 == 0 {
						g.rps, g.busy = 1, .2
					}
					g.tick()
				}
				if g.desired != 1 || !strings.Contains(g.last.Reason, "active: ") {
					t.Errorf("%s, a request at %d s: %d, %q", metric, first, g.desired, g.last.Reason)
				}
			}
		}
	})
	t.Run("a request in 17 s keeps it from zero", func(t *testing.T) {
		g := zero("keda:cooldown=60s", 1)
		for n := range 600 {
			g.rps = 0
			if n%17 == 0 {
				g.rps = 1
			}
			g.tick()
			if g.desired != 1 {
				t.Fatalf("at %d: %d, %q", n, g.desired, g.last.Reason)
			}
		}
	})
	t.Run("below the activation threshold it stays at zero", func(t *testing.T) {
		g := zero("keda:metric_age=0,activation=10", 0)
		g.rps = 10
		g.pass(5 * time.Minute)
		g.now(0, "inactive")
	})
	t.Run("what the balancer holds is a signal", func(t *testing.T) {
		g := zero("keda:metric_age=0,metric=in-flight", 0)
		g.queued = 3
		g.tick()
		g.now(1, "active: 3 in all > 0: 0 → 1")
	})
	t.Run("the cooldown is not what holds N to 1", func(t *testing.T) {
		g := zero("keda:metric_age=0,cooldown=3600,down_window=60", 4)
		g.rps = 72
		g.pass(30 * time.Second)
		g.rps = 5
		g.pass(3 * time.Minute)
		g.now(1, "keep")
	})
	t.Run("where min is 1 it never goes to zero", func(t *testing.T) {
		g := grouped(t, "keda:metric_age=0", 2)
		g.pass(20 * time.Minute)
		g.now(1, "")
	})
}

func BenchmarkHPA(b *testing.B) {
	g := Guard{paced(kube.NewHPA(), pace{})} // a sync every tick
	s := lab.Sample{Span: time.Second, Desired: 20, Limits: lab.Limits{Min: 1, Max: 20}}
	for range 20 {
		s.Instances = append(s.Instances, lab.Instance{State: lab.Ready, Size: 0.2, CPU: lab.Known(.3, 0, time.Second)})
	}
	b.ReportAllocs()
	for b.Loop() {
		s.At += 15 * time.Second
		g.Decide(s)
	}
}
