package report

import (
	"fmt"
	"time"

	"autoscale-lab/lab"
)

// story is a run told second by second: how many instances are ready and
// wanted, what CPU they show, what p95 the clients saw.
type story struct {
	rec lab.Record
}

const zero = 10 * time.Second // lab time of the beginning

func newStory(id int64) *story {
	e := lab.DefaultExperiment()
	e.Policy, e.Load, e.Seed = "threshold:upper=35%,lower=15%,metric=cpu", "constant:rate=72,spacing=even", 7
	return &story{lab.Record{Run: lab.Run{
		ID: id, Outcome: lab.Completed, Began: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Origin: zero, Experiment: e, Policy: "threshold", Load: e.Load,
		Rig: "local", Version: "v1", Host: lab.Host{OS: "linux", CPU: "a CPU", Cores: 2, MemoryMB: 8192},
	}}}
}

// second adds a second; cpu in percent, p95 in ms, 0: nothing ended.
func (s *story) second(ready, desired int, cpu float64, p95 int) *story {
	n := len(s.rec.Ticks) + 1
	at := zero + time.Duration(n)*time.Second
	t := lab.Tick{Sample: lab.Sample{At: at, Span: time.Second, Desired: desired, Capacity: 50, LoadOn: true, Limits: lab.Limits{Min: 1, Max: 5}}, Decision: lab.Decision{Desired: desired}}
	for i := range ready {
		in := lab.Instance{ID: fmt.Sprint("i", i), Num: i + 1, PID: 100 + i, State: lab.Ready, Started: at}
		for _, before := range s.rec.Ticks {
			for _, old := range before.Sample.Instances {
				if old.ID == in.ID {
					in.Started = old.Started
				}
			}
		}
		if n == 1 {
			in.Started = 0 // before the run
		}
		in.CPU = lab.Known(cpu/100, at, time.Second)
		t.Sample.Instances = append(t.Sample.Instances, in)
	}
	if p95 > 0 {
		t.Sample.Generator = lab.Traffic{Offered: 72, Arrived: 72, OK: 72, Latency: lab.Hist{{Top: time.Duration(p95) * time.Millisecond, N: 72}}}
		t.Sample.Front = t.Sample.Generator
	}
	s.rec.Ticks = append(s.rec.Ticks, t)
	s.rec.Run.Duration = time.Duration(n) * time.Second
	return s
}

// seconds adds n of them.
func (s *story) seconds(n, ready, desired int, cpu float64, p95 int) *story {
	for range n {
		s.second(ready, desired, cpu, p95)
	}
	return s
}

// deed adds a deed, done at a moment of the run, to the tick after it.
func (s *story) deed(at time.Duration, kind lab.ActionKind, target, name, to string) *story {
	a := lab.Action{At: zero + at, By: lab.ByUser, Kind: kind, Target: target, Name: name, To: to}
	for i := range s.rec.Ticks {
		if t := &s.rec.Ticks[i]; t.Sample.At >= a.At {
			t.Events = append(t.Events, lab.Event{At: a.At, Kind: lab.EventAction, Action: &a})
			break
		}
	}
	return s
}

func (s *story) set(change func(*lab.Record)) *story { change(&s.rec); return s }

func steady(id int64) *story { return newStory(id).seconds(60, 2, 2, 30, 9) }
