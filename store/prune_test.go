package store

import (
	"slices"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

func TestPruneTakesWhatIsOldAndNotWanted(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	// Runs 1 to 7 began 7 days to 1 day ago. 2 is the baseline, 3 has a note, 5
	// has a name, 6 is being recorded.
	filled := func(t *testing.T) *Store {
		s := newStore(t)
		fillRuns(t, s, 7)
		if _, err := s.w.Exec(`UPDATE run SET began = ? - (8-id)*86400000000000, name = '', note = CASE id WHEN 3 THEN 'mine' ELSE '' END,
			baseline = id = 2, outcome = CASE id WHEN 6 THEN '' ELSE 'completed' END`, now.UnixNano()); err != nil {
			t.Fatal(err)
		}
		if err := s.SetName(t.Context(), 5, "named"); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, tt := range []struct {
		name string
		o    PruneOptions
		gone []int64
	}{
		{"all but the newest two", PruneOptions{Keep: 2}, []int64{1, 4, 5}},
		{"all but the newest two, whatever they are", PruneOptions{Keep: 2, All: true}, []int64{1, 2, 3, 4, 5}},
		{"none: there are not so many", PruneOptions{Keep: 7, All: true}, nil},
		{"what is older than three and a half days", PruneOptions{OlderThan: 7 * day / 2}, []int64{1, 4}},
		{"what is older, whatever it is", PruneOptions{OlderThan: time.Hour, All: true}, []int64{1, 2, 3, 4, 5, 7}},
		{"what is older and not among the newest", PruneOptions{OlderThan: time.Hour, Keep: 4}, []int64{1}},
		{"none: all are younger", PruneOptions{OlderThan: 30 * day}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := filled(t)
			tt.o.Now, tt.o.DryRun = now, true
			told, err := s.Prune(t.Context(), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(listed(t, s, Query{})); n != 7 {
				t.Errorf("telling has left %d runs of 7", n)
			}
			tt.o.DryRun = false
			gone, err := s.Prune(t.Context(), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			codectest.Same(t, tt.gone, told)
			codectest.Same(t, tt.gone, gone)
			left := numbers(listed(t, s, Query{}))
			for id := int64(1); id <= 7; id++ {
				if slices.Contains(left, id) == slices.Contains(tt.gone, id) {
					t.Errorf("run %d: left are %v", id, left)
				}
			}
			for _, id := range gone { // for good
				wantInputError(t, s.Restore(t.Context(), id), "run")
			}
		})
	}
	_, err := newStore(t).Prune(t.Context(), PruneOptions{All: true, Now: now})
	wantInputError(t, err, "prune", "--keep")
}

func TestPruneGivesTheRoomBack(t *testing.T) {
	s := newStore(t)
	empty := sizeOf(t, s)
	for range 3 {
		recorded(t, s, codectest.Lesson(packTicks, 5))
	}
	full := sizeOf(t, s)
	if full < empty+100_000 {
		t.Fatalf("three runs take %d bytes more than nothing", full-empty)
	}
	if _, err := s.w.Exec("UPDATE run SET note = ''"); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Prune(t.Context(), PruneOptions{OlderThan: time.Nanosecond, Now: time.Now()}); err != nil || len(gone) != 3 {
		t.Fatal(gone, err)
	}
	wantNothingLeft(t, s)
	if free, err := s.Free(); err != nil || free > 0 {
		t.Errorf("%d bytes are free (%v)", free, err)
	}
	if now := sizeOf(t, s); now > empty+20_000 {
		t.Errorf("%d bytes are left of %d, %d when it was empty", now, full, empty)
	}
}

func sizeOf(t *testing.T, s *Store) int64 {
	t.Helper()
	size, err := s.Size()
	if err != nil {
		t.Fatal(err)
	}
	return size
}

func TestFreeIsWhatPackingLeft(t *testing.T) {
	s := newStore(t)
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	recordAll(t, s, run.ID, codectest.Lesson(packTicks, 5))
	if free, err := s.Free(); err != nil || free != 0 {
		t.Errorf("before: %d bytes (%v)", free, err)
	}
	run.Outcome = lab.Stopped
	if err := rec.End(run); err != nil {
		t.Fatal(err)
	}
	if free, err := s.Free(); err != nil || free == 0 || free >= sizeOf(t, s) {
		t.Errorf("after: %d bytes (%v)", free, err)
	}
}
