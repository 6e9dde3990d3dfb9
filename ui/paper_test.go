package ui

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
)

// paperRun is a run of a minute, made up: one instance, from the half on two.
func paperRun(id int64) lab.Record {
	e := lab.DefaultExperiment()
	value := func(v float64) *float64 { return &v }
	rec := lab.Record{Run: lab.Run{ID: id, Outcome: lab.Stopped, Began: time.Date(2026, 11, 24, 9, int(id%60), 0, 0, time.UTC),
		Duration: time.Minute, Experiment: e, Policy: e.Policy, Load: e.Load, Rig: "local", Version: "test"}}
	rec.Run.Summary.Latency.P95 = value(float64(id % 90))
	rec.Run.Summary.Instances = lab.InstanceSummary{Min: 1, Max: 5, Mean: value(1.5), Peak: 2}
	for i := range 60 {
		at := time.Duration(i+1) * time.Second
		s := lab.Sample{At: at, Span: time.Second, Desired: 1 + i/30, Limits: lab.Limits{Min: 1, Max: 5}, Capacity: 50, LoadOn: true, Level: 30}
		s.Generator = lab.Traffic{Offered: 30, Arrived: 30, OK: 30}
		s.Front = s.Generator
		for n := range s.Desired {
			s.Instances = append(s.Instances, lab.Instance{ID: fmt.Sprintf("i%d", n+1), Num: n + 1, PID: 4000 + n, Addr: fmt.Sprintf("127.0.0.1:%d", 5000+n),
				State: lab.Ready, EverReady: true, Size: 0.2, Enforced: true, CPU: lab.Reading{Value: 0.6 / float64(s.Desired), At: at, Window: time.Second, OK: true}})
		}
		t := lab.Tick{Sample: s, Decision: lab.Decision{Desired: s.Desired, Reason: "CPU is within 15 % and 35 %"}}
		if i == 30 {
			t.Events = []lab.Event{{At: at, Kind: lab.EventScaleUp, Text: "CPU 60 % > 35 %: 1 → 2"}}
		}
		rec.Ticks = append(rec.Ticks, t)
	}
	return rec
}

// paperSession drives nothing: every deed is taken, and shown as a new picture.
type paperSession struct {
	mu   sync.Mutex
	snap *engine.Snapshot
	sent int
}

func newPaperSession(t testing.TB) *paperSession {
	t.Helper()
	rec := paperRun(7)
	setup, err := engine.Setups(rec)
	if err != nil {
		t.Fatal(err)
	}
	rec.Run.Outcome = lab.Unfinished
	return &paperSession{snap: &engine.Snapshot{Rev: 1, At: time.Minute, Phase: engine.Running, Record: rec, Setup: setup(time.Minute), Desired: 2}}
}

func (p *paperSession) Snapshot() *engine.Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snap
}

func (p *paperSession) Send(a lab.Action) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
	if p.sent%7 == 0 {
		return &lab.InputError{Field: "upper", Value: a.To, Want: "more than lower"}
	}
	next := *p.snap
	next.Rev++
	switch a.Kind {
	case lab.ActLoad:
		next.Setup.LoadOn = a.To == "on"
	case lab.ActAutoscale:
		next.Setup.Autoscale = a.To == "on"
	case lab.ActNew:
		next.Phase = engine.Idle
	case lab.ActStop:
		next.Phase = engine.Kept
	default:
		next.Phase = engine.Running
	}
	p.snap = &next
	return nil
}

// paperStore is a notebook of some runs.
type paperStore struct {
	mu   sync.Mutex
	runs []lab.Run // newest first
	gone []lab.Run
}

func newPaperStore(n int) *paperStore {
	p := &paperStore{}
	for id := n; id > 0; id-- {
		p.runs = append(p.runs, paperRun(int64(id)).Run)
	}
	return p
}

func (p *paperStore) List(_ context.Context, limit int, before int64) ([]lab.Run, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []lab.Run
	for _, r := range p.runs {
		if (before == 0 || r.ID < before) && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (p *paperStore) Outline(ctx context.Context, id int64) (lab.Record, error) {
	return p.Load(ctx, id)
}

func (p *paperStore) Load(_ context.Context, id int64) (lab.Record, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.runs, func(r lab.Run) bool { return r.ID == id }) {
		return paperRun(id), nil
	}
	return lab.Record{}, fmt.Errorf("store: there is no run %d", id)
}

func (p *paperStore) move(from, to *[]lab.Run, ids []int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	*from = slices.DeleteFunc(*from, func(r lab.Run) bool {
		here := slices.Contains(ids, r.ID)
		if here {
			*to = append(*to, r)
		}
		return here
	})
	slices.SortFunc(*to, func(a, b lab.Run) int { return int(b.ID - a.ID) })
	return nil
}

func (p *paperStore) Delete(_ context.Context, ids ...int64) error {
	return p.move(&p.runs, &p.gone, ids)
}

func (p *paperStore) Restore(_ context.Context, ids ...int64) error {
	return p.move(&p.gone, &p.runs, ids)
}

func (p *paperStore) set(id int64, do func(*lab.Run)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.runs {
		if p.runs[i].ID == id {
			do(&p.runs[i])
		}
	}
	return nil
}

func (p *paperStore) SetName(_ context.Context, id int64, name string) error {
	return p.set(id, func(r *lab.Run) { r.Name = name })
}

func (p *paperStore) SetNote(_ context.Context, id int64, note string) error {
	return p.set(id, func(r *lab.Run) { r.Note = note })
}

func (p *paperStore) SetBaseline(_ context.Context, id int64, on bool) error {
	return p.set(id, func(r *lab.Run) { r.Baseline = on })
}

func (p *paperStore) Size() (int64, error) { return 12_300_000, nil }
