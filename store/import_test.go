package store

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

func imported(t *testing.T, s *Store, rec lab.Record) lab.Record {
	t.Helper()
	id, err := s.Import(t.Context(), rec)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// plainRows are the tables for people, of one run.
func plainRows(t *testing.T, s *Store, id int64) (rows [][]any) {
	t.Helper()
	for _, q := range []string{
		"SELECT at, desired, ready, cpu, offered, served, p95, 0 FROM tick WHERE run = ? ORDER BY at",
		`SELECT tick, n, at, "by", kind, instance, text, 0 FROM event WHERE run = ? ORDER BY tick, n`,
	} {
		found, err := s.r.Query(q, id)
		if err != nil {
			t.Fatal(err)
		}
		defer found.Close()
		for found.Next() {
			row, to := make([]any, 8), make([]any, 8)
			for i := range row {
				to[i] = &row[i]
			}
			if err := found.Scan(to...); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func TestARunOfAnotherNotebookIsTheSameHere(t *testing.T) {
	from, to := newStore(t), newStore(t)
	recorded(t, to, nil) // so that the numbers differ
	for name, ticks := range map[string][]lab.Tick{
		"every field": codectest.Full(4), "more than one packed chunk": codectest.Lesson(packTicks+40, 2), "no tick": nil,
	} {
		t.Run(name, func(t *testing.T) {
			id := recorded(t, from, ticks).Run.ID
			if err := from.SetBaseline(t.Context(), id, true); err != nil {
				t.Fatal(err)
			}
			want, err := from.Load(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			got := imported(t, to, want)
			if got.Run.ID == id || got.Run.Baseline {
				t.Errorf("it is run %d, baseline %t", got.Run.ID, got.Run.Baseline)
			}
			if want, got := plainRows(t, from, id), plainRows(t, to, got.Run.ID); !reflect.DeepEqual(want, got) {
				t.Errorf("the plain tables differ: want %v\ngot  %v", want, got)
			}
			want.Run.ID, want.Run.Baseline = got.Run.ID, false
			if !reflect.DeepEqual(want, got) {
				codectest.Same(t, want, got)
				t.Error("it differs")
			}
		})
	}
}

func TestAnImportedRunCountsFromItsOrigin(t *testing.T) {
	s := newStore(t)
	want := lab.Record{Run: recorded(t, s, nil).Run, Ticks: codectest.Lesson(3, 1)}
	rec := want
	rec.Run.Origin = 90 * time.Second
	rec.Ticks = codectest.Lesson(3, 1)
	for i := range rec.Ticks {
		rec.Ticks[i].Sample.At += rec.Run.Origin
	}
	got := imported(t, s, rec)
	for i, w := range want.Ticks {
		if at := got.Ticks[i].Sample.At; at != w.Sample.At {
			t.Errorf("tick %d is at %s, want %s", i, at, w.Sample.At)
		}
	}
}

func TestAnImportIsAllOrNothing(t *testing.T) {
	s := newStore(t)
	from := newStore(t)
	rec := recorded(t, from, codectest.Lesson(packTicks+1, 1))
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Import(cut, rec); err == nil {
		t.Error("an interrupted one succeeds")
	}
	if _, err := s.w.Exec("CREATE TRIGGER full BEFORE UPDATE OF packed ON run BEGIN SELECT RAISE(ABORT, 'full'); END"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(t.Context(), rec); err == nil {
		t.Error("one that fails at its end succeeds")
	}
	unfinished, mixed, twice := rec, rec, rec
	unfinished.Run.Outcome = lab.Unfinished
	mixed.Ticks = []lab.Tick{rec.Ticks[1], rec.Ticks[0]}
	twice.Ticks = []lab.Tick{rec.Ticks[0], rec.Ticks[0]}
	for field, recs := range map[string][]lab.Record{"run": {unfinished}, "ticks": {mixed, twice}} {
		for _, r := range recs {
			_, err := s.Import(t.Context(), r)
			wantInputError(t, err, field)
		}
	}
	wantNothingLeft(t, s)
}

// Many equal points take a few bytes, and more memory than one chunk is given.
func TestTicksAreNotPackedBeyondReading(t *testing.T) {
	s := newStore(t)
	tick := func(at time.Duration, points int) lab.Tick {
		return lab.Tick{Sample: lab.Sample{At: at}, Decision: lab.Decision{Forecast: make([]lab.Point, points)}}
	}
	rec := lab.Record{Run: lab.Run{Outcome: lab.Completed}, Ticks: []lab.Tick{tick(0, 2_000_000), tick(1, 2_000_000)}}
	if got := imported(t, s, rec); len(got.Ticks) != 2 || len(got.Ticks[1].Decision.Forecast) != 2_000_000 {
		t.Errorf("read %d ticks", len(got.Ticks))
	}
	rec.Ticks = []lab.Tick{tick(0, 4_000_000)}
	_, err := s.Import(t.Context(), rec)
	wantInputError(t, err, "ticks", "less in a tick")
}

// A day and more of what another system measured.
func BenchmarkImport20000(b *testing.B) {
	var rec lab.Record
	rec.Run.Outcome = lab.Completed
	for i, t := range codectest.Lesson(100, 0) {
		for k := range 200 {
			t.Sample.At = time.Duration(200*i+k) * time.Second
			rec.Ticks = append(rec.Ticks, t)
		}
	}
	for b.Loop() {
		s, err := Open(filepath.Join(b.TempDir(), "lab.db"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Import(b.Context(), rec); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
