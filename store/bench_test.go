package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
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

// An hour of 20 instances with all their histograms.
func BenchmarkLoadHour(b *testing.B) {
	s := benchStore(b)
	rec := s.Recorder()
	run := lab.Run{Experiment: lab.DefaultExperiment()}
	if err := rec.Begin(&run); err != nil {
		b.Fatal(err)
	}
	recordAll(b, s, run.ID, codectest.Lesson(3600, 20))
	for _, packed := range []bool{false, true} {
		if packed {
			run.Outcome = lab.Stopped
			if err := rec.End(run); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprintf("packed=%t", packed), func(b *testing.B) {
			b.ReportAllocs()
			var size, chunks int64
			if err := s.r.QueryRow("SELECT sum(length(data)), count(*) FROM chunk").Scan(&size, &chunks); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if r, err := s.Load(b.Context(), run.ID); err != nil || len(r.Ticks) != 3600 {
					b.Fatal(len(r.Ticks), err)
				}
			}
			b.ReportMetric(float64(size)/1e6, "MB")
			b.ReportMetric(float64(chunks), "chunks")
		})
	}
}
