package policy

import (
	"testing"
	"time"

	"autoscale-lab/lab"
)

// A decision in the steady state allocates little, however many instances it
// looks at: one is due every tick, live and when a run is decided again.
func TestADecisionAllocatesLittle(t *testing.T) {
	for _, c := range []struct {
		spec string
		step time.Duration // each a decision
		most float64
	}{
		{"threshold:upper=60%,lower=40%", time.Second, 4},
		{"hpa:target=50%", 15 * time.Second, 6},
	} {
		_, rule, err := Parse(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		s := lab.Sample{Span: c.step, Desired: 20, Limits: lab.Limits{Min: 1, Max: 40}, Instances: make([]lab.Instance, 20)}
		var d lab.Decision
		next := func() {
			s.At += c.step
			for i := range s.Instances {
				in := &s.Instances[i]
				in.Num, in.State, in.Size, in.CPU = i+1, lab.Ready, 1, lab.Known(0.5, s.At, s.Span)
			}
			d = rule.Decide(s)
		}
		for range 900 { // past every window
			next()
		}
		n := testing.AllocsPerRun(900, next)
		if t.Logf("%s: %g, %q", c.spec, n, d.Reason); n > c.most || d.Desired != 20 {
			t.Errorf("%s: %g allocations a decision, want at most %g; desired %d: %s", c.spec, n, c.most, d.Desired, d.Reason)
		}
	}
}
