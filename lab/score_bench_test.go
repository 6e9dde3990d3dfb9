package lab

import (
	"testing"
	"time"
)

// BenchmarkScore: a tick of 20 instances added, and the figures asked for, in
// the second hour of a run.
func BenchmarkScore(b *testing.B) {
	run := Run{Experiment: DefaultExperiment()}
	t := NewTally(&run)
	tick := func(n int) *Tick {
		s := Sample{At: time.Duration(n) * time.Second, Span: time.Second, Desired: 20, Limits: Limits{1, 20}, Capacity: 50}
		for i := range 20 {
			s.Instances = append(s.Instances, Instance{ID: string(rune('a' + i)), PID: 1, State: Ready, CPU: Known(float64(n*7919%1009)/1009, s.At, s.Span)})
		}
		s.Generator = Traffic{Offered: 700, OK: 700, Latency: Hist{{time.Millisecond, 600}, {time.Duration(n%50) * time.Millisecond, 100}}}
		return &Tick{Sample: s, Decision: Decision{Desired: 20}}
	}
	n := 0
	for range 3600 {
		n++
		t.Add(tick(n))
	}
	next := tick(n + 1)
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			next.Sample.At += time.Second
			t.Add(next)
		}
	})
	b.Run("summary", func(b *testing.B) {
		for b.Loop() {
			t.Summary(next.Sample.At)
		}
	})
}
