package aws

import (
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestTargetRounds(t *testing.T) {
	for _, c := range []struct {
		says    string
		n       int
		percent float64
		want    int
	}{
		{"it adds 1.5 as 2", 3, 75, 5},
		{"it adds 0.1 as 1", 5, 51, 6},
		{"it adds 3 as 3", 3, 100, 6},
		{"it removes 1.5 as 1", 3, 25, 2},
		{"it removes 1.9 as 1", 19, 45 - 1e-9, 18},
		{"it removes 0.6 as none", 3, 40, 3},
		{"it removes 4 of 10 as 4", 10, 30, 6},
		{"of no load one is left", 4, 0, 1},
	} {
		a := NewTargetTracking()
		a.highPoints, a.lowPoints, a.resolution = 1, 1, time.Second
		s := lab.Sample{At: time.Hour, Span: time.Second, Desired: c.n, Limits: lab.Limits{Min: 1, Max: 99}}
		for range c.n {
			s.Instances = append(s.Instances, lab.Instance{State: lab.Ready, CPU: lab.Known(c.percent/100, s.At, s.Span)})
		}
		if d := a.Decide(s); s.Limits.Clamp(d.Desired) != c.want {
			t.Errorf("%s: %d, want %d: %q", c.says, d.Desired, c.want, d.Reason)
		}
	}
}
