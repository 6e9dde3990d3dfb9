package kube

import (
	"testing"
	"time"

	"autoscale-lab/lab"
)

// The rows are read: so many pods, each at so much of its request (negative:
// it reports nothing; above 1000: it is not ready, less 1000), are how many?
func TestHPAArithmetic(t *testing.T) {
	for _, c := range []struct {
		says    string
		current int
		usage   []int64
		target  int64
		want    int
	}{
		{"twice the target doubles", 2, []int64{600, 600}, 30, 4},
		{"a tenth above is tolerated", 2, []int64{330, 330}, 30, 2},
		{"a whole percent more is not", 2, []int64{340, 340}, 30, 3},
		{"the percent is cut off before the ratio: 33.9 % is 33 %", 2, []int64{339, 339}, 30, 2},
		{"a tenth below is tolerated", 10, []int64{270, 270, 270, 270, 270, 270, 270, 270, 270, 270}, 30, 10},
		{"half the target halves", 4, []int64{150, 150, 150, 150}, 30, 2},
		{"nothing used is no pod, before min", 3, []int64{0, 0, 0}, 30, 0},
		{"going out, a missing pod uses nothing", 3, []int64{600, 600, -1}, 30, 4},
		{"and that may end it", 2, []int64{600, -1}, 30, 2},
		{"going in, a missing pod uses all it requested", 4, []int64{100, 100, 100, -1}, 80, 2},
		{"and that may end it too", 2, []int64{100, -1}, 50, 2},
		{"one not ready does not count going in", 3, []int64{100, 100, 1500}, 50, 1},
		{"going out it uses nothing", 3, []int64{900, 900, 1900}, 60, 3},
		{"it is multiplied by the ready, not by the current", 5, []int64{900, 900}, 30, 6},
		{"only unready pods are no metrics", 2, []int64{1500, 1500}, 50, 2},
	} {
		m := hpaMetric{per: perPod{cpu: true, utilization: true, target: c.target}}
		var pods []pod
		for _, u := range c.usage {
			p := pod{conditioned: true, hasStart: true, started: noon - time.Minute, transition: noon - time.Minute, request: 1000, ready: true}
			r := reading{u, noon, 15 * time.Second, u >= 0}
			if u > 1000 {
				p.ready, r.value = false, u-1000
			}
			pods = append(pods, p)
			m.per.samples = append(m.per.samples, r)
		}
		ctl := controller{readiness: readiness{300 * time.Second, 30 * time.Second}, tolerance: tolerance{.1, .1}}
		var r result
		ctl.propose(noon, c.current, len(pods), pods, []hpaMetric{m}, &r)
		if r.err != nil {
			r.raw = c.current
		}
		if r.raw != c.want {
			t.Errorf("%s: %d, want %d (%v)", c.says, r.raw, c.want, r.err)
		}
	}
}

func TestBehaviorIsOnIfAskedFor(t *testing.T) {
	for _, c := range []struct {
		says, spec string
		on         bool
	}{
		{"by default it has no behavior", "hpa", false},
		{"spelling a default out changes nothing", "hpa:up=4pods/15s|100%/15s,down_window=300", false},
		{"one rule gives it one", "hpa:up=2pods/60s", true},
		{"a window too", "hpa:down_window=60", true},
		{"unless it is off", "hpa:behavior=off,down_window=60", false},
		{"or on in any case", "hpa:behavior=on", true},
	} {
		spec, err := lab.ParseSpec("policy", c.spec)
		if err != nil {
			t.Fatal(err)
		}
		h := NewHPA()
		if err := lab.Configure(h, spec); err != nil {
			t.Fatal(err)
		}
		if on := h.ctl.behavior.on; on != c.on {
			t.Errorf("%s: %s is %v", c.says, c.spec, on)
		}
	}
}

func TestWhatNobodyDidIsForgotten(t *testing.T) {
	h := NewHPA()
	if err := h.Set("up", "2pods/60s"); err != nil {
		t.Fatal(err)
	}
	at := time.Hour
	sync := func(n int) lab.Decision {
		at += 15 * time.Second
		s := lab.Sample{At: at, Span: time.Second, Desired: n, Limits: lab.Limits{Min: 1, Max: 20}}
		for range n {
			s.Instances = append(s.Instances, lab.Instance{State: lab.Ready, Size: 1, CPU: lab.Known(1, at, time.Second)})
		}
		return h.Decide(s)
	}
	for range 4 { // and the size stays
		if d := sync(2); d.Desired != 4 {
			t.Fatalf("at %s: %d, %q", at-time.Hour, d.Desired, d.Reason)
		}
	}
	if len(h.ctl.up) != 1 {
		t.Errorf("%+v: only the last may yet come", h.ctl.up)
	}
	if d := sync(3); d.Desired != 4 { // half of it came
		t.Errorf("%d, %q", d.Desired, d.Reason)
	}
	if u := h.ctl.up; len(u) != 2 || u[0].change != 1 || u[1].change != 1 {
		t.Errorf("%+v", u)
	}
}
