package kube

import (
	"testing"
	"time"

	"autoscale-lab/lab"
)

// One look after a minute at a steady load whose last six seconds were another,
// with a target of 10 in flight each.
func TestKnativeLooks(t *testing.T) {
	for _, c := range []struct {
		says         string
		ready        int
		steady, last float64
		maxUp        float64
		want         int
		panics       bool
	}{
		{"25 in flight need three", 3, 25, 25, 1000, 3, false},
		{"the short window wants twice what is ready, so it panics", 2, 10, 40, 1000, 4, true},
		{"three are one and a half times what is ready, so it does not", 2, 10, 30, 1000, 2, false},
		{"no more than half of nine go at once", 9, 5, 5, 1000, 4, false},
		{"from two ready one stays", 2, 0, 0, 1000, 1, false},
		{"from one ready none stays", 1, 0, 0, 1000, 0, false},
		{"with none ready, one stands for it", 0, 10, 20, 1000, 2, true},
		{"no more than max_up times what is ready", 2, 100, 100, 1.5, 3, true},
	} {
		k := NewKnative()
		*k.targets["concurrency"], k.utilization, k.maxUp, k.began = 10, 1, c.maxUp, true
		var d lab.Decision
		for at := 1; at <= 60; at++ {
			s := lab.Sample{At: time.Duration(at) * time.Second, Span: time.Second, Desired: c.ready}
			for range c.ready {
				s.Instances = append(s.Instances, lab.Instance{State: lab.Ready})
			}
			s.Front.Busy = time.Duration(c.steady * 1e9)
			if at > 54 {
				s.Front.Busy = time.Duration(c.last * 1e9)
			}
			if at == 60 {
				k.panicking, k.most = false, 0
			}
			d = k.Decide(s)
		}
		if d.Desired != c.want || k.panicking != c.panics {
			t.Errorf("%s: %d, panic %t: %q", c.says, d.Desired, k.panicking, d.Reason)
		}
	}
}
