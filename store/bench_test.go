package store

import (
	"path/filepath"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"

	"golang.org/x/sync/errgroup"
)

func benchStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(filepath.Join(b.TempDir(), "lab.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// One tick of 20 instances with all their histograms, on the disk.
func BenchmarkRecordTick(b *testing.B) {
	s := benchStore(b)
	ticks := codectest.Lesson(60, 20)
	rec := s.Recorder()
	if err := rec.Begin(&lab.Run{Experiment: lab.DefaultExperiment()}); err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		t := ticks[i%len(ticks)]
		t.Sample.At = time.Duration(i) * time.Second
		if err := rec.Record(t); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkList50Of10000(b *testing.B) {
	s := benchStore(b)
	fillRuns(b, s, 10_000)
	for b.Loop() {
		if runs, err := s.List(b.Context(), Query{Limit: 50}); err != nil || len(runs) != 50 {
			b.Fatal(len(runs), err)
		}
	}
}

// All of them in pages, as a screen reads them in the background.
func BenchmarkListAll10000InPages(b *testing.B) {
	s := benchStore(b)
	fillRuns(b, s, 10_000)
	for b.Loop() {
		n := 0
		for before, limit := int64(0), 100; ; limit = 1000 {
			runs, err := s.List(b.Context(), Query{Limit: limit, Before: before})
			if err != nil {
				b.Fatal(err)
			}
			if n += len(runs); len(runs) < limit {
				break
			}
			before = runs[len(runs)-1].ID
		}
		if n != 10_000 {
			b.Fatal(n)
		}
	}
}

// hours are runs of an hour of 20 instances with all their histograms, of which
// so many are packed.
func hours(b *testing.B, s *Store, n, packed int) []int64 {
	b.Helper()
	var ids []int64
	ticks := codectest.Lesson(3600, 20)
	for i := range n {
		rec := s.Recorder()
		run := lab.Run{Experiment: lab.DefaultExperiment(), Outcome: lab.Stopped}
		if err := rec.Begin(&run); err != nil {
			b.Fatal(err)
		}
		recordAll(b, s, run.ID, ticks)
		if i < packed {
			if err := rec.End(run); err != nil {
				b.Fatal(err)
			}
		}
		ids = append(ids, run.ID)
	}
	return ids
}

func BenchmarkLoadHour(b *testing.B) {
	s := benchStore(b)
	for i, id := range hours(b, s, 2, 1) {
		b.Run([]string{"packed", "under way"}[i], func(b *testing.B) {
			b.ReportAllocs()
			var size, chunks int64
			if err := s.r.QueryRow("SELECT sum(length(data)), count(*) FROM chunk WHERE run = ?", id).Scan(&size, &chunks); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if r, err := s.Load(b.Context(), id); err != nil || len(r.Ticks) != 3600 {
					b.Fatal(len(r.Ticks), err)
				}
			}
			b.ReportMetric(float64(size)/1e6, "MB")
			b.ReportMetric(float64(chunks), "chunks")
		})
	}
}

// What a comparison of four such runs has to read.
func BenchmarkLoadFourHours(b *testing.B) {
	s := benchStore(b)
	ids := hours(b, s, 4, 4)
	b.ReportAllocs()
	for b.Loop() {
		var loads errgroup.Group
		for _, id := range ids {
			loads.Go(func() error {
				_, err := s.Outline(b.Context(), id)
				return err
			})
		}
		if err := loads.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// Of that, what SQLite takes.
func BenchmarkReadFourHours(b *testing.B) {
	s := benchStore(b)
	ids := hours(b, s, 4, 4)
	for b.Loop() {
		for _, id := range ids {
			tx, err := s.r.BeginTx(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			if err := eachChunk(b.Context(), tx, id, func([]byte) error { return nil }); err != nil {
				b.Fatal(err)
			}
			if err := tx.Rollback(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
