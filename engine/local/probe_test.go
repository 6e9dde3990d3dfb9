package local

import (
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestStarvedIsTheShareLostOverTheLastSeconds(t *testing.T) {
	in := &instance{Instance: lab.Instance{Size: 0.2}}
	for i, lost := range []float64{0, 0, 0, 0, 0.1, 0.2, 0.3} { // half of its size, from the fifth second on
		in.starve(time.Duration(i)*time.Second, health{Lost: &lost})
		if known := in.Starved.OK; known != (i > 0) {
			t.Errorf("after %d s: known %v", i, known)
		}
	}
	if v := in.Starved.Value; v < 0.499 || v > 0.501 || in.Starved.Window != 3*time.Second {
		t.Errorf("starved %+v, want 0.5 over 3 s", in.Starved)
	}
	before := in.Starved
	in.starve(7*time.Second, health{})
	if in.Starved != before {
		t.Error("an app that does not say changed it")
	}
}
