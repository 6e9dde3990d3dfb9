package loadgen

import (
	"testing"
	"time"
)

func TestEachCutHasItsOwnLatencies(t *testing.T) {
	var m meter
	m.init(0)
	for n := range int64(4) {
		for range n {
			m.offer(0, 0)
			m.good(0, 200, 2*time.Millisecond, time.Millisecond)
		}
		if c := m.cutAt(0); c.OK != n || c.Latency.Count() != n || c.Service.Count() != n {
			t.Errorf("cut %d: %d good, %d latencies, %d services", n, c.OK, c.Latency.Count(), c.Service.Count())
		}
	}
}
