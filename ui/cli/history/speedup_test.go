package history

import (
	"context"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// shelf is a notebook whose first run is the baseline.
type shelf struct {
	Notebook
	records []lab.Record
}

func (s shelf) Baseline(context.Context) (lab.Run, bool, error) { return s.records[0].Run, true, nil }

func (s shelf) Load(_ context.Context, id int64) (lab.Record, error) { return s.records[id-1], nil }

// stood is a run in which so many instances stood all the time, two being needed.
func stood(id int64, ready int, load string) lab.Record {
	e := lab.DefaultExperiment()
	e.Load = load
	rec := lab.Record{Run: lab.Run{ID: id, Outcome: lab.Completed, Experiment: e, Duration: 10 * time.Second}}
	for at := time.Second; at <= rec.Run.Duration; at += time.Second {
		s := lab.Sample{At: at, Span: time.Second, Capacity: 50, LoadOn: true, Limits: lab.Limits{Min: 1, Max: 9}, Desired: ready}
		s.Generator = lab.Traffic{Offered: 80, OK: 80}
		for i := range ready {
			s.Instances = append(s.Instances, lab.Instance{ID: string(rune('a' + i)), PID: 1, State: lab.Ready})
		}
		rec.Ticks = append(rec.Ticks, lab.Tick{Sample: s, Decision: lab.Decision{Desired: ready}})
	}
	rec.Run.Summary = lab.SummaryOf(&rec)
	return rec
}

func TestSpeedupIsOverABaselineOfTheSameLoad(t *testing.T) {
	const load = "constant:rate=80,spacing=even"
	s := shelf{records: []lab.Record{stood(1, 4, load), stood(2, 3, load), stood(3, 3, "constant:rate=90,spacing=even")}}
	for id, want := range map[int64]bool{1: false, 2: true, 3: false} {
		r := s.records[id-1].Run
		if err := speedUp(t.Context(), s, &r); err != nil {
			t.Fatal(err)
		}
		e := r.Summary.Elasticity
		if (e.Speedup != nil) != want || want && (*e.Speedup <= 1 || *e.SpeedupCost <= *e.Speedup) {
			t.Errorf("run %d: speedup %v, by cost %v", id, e.Speedup, e.SpeedupCost)
		}
	}
}
