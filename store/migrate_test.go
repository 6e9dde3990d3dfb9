package store

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

// The old notebook is one of schema version 1, and beside it stands what the
// program of that version read in it. They are never made anew. It was made by
// that program's own Recorder, in the session "oldlabtoken1", from codectest's
// ticks as they then were:
//
//	1  completed, packed in two chunks: Lesson(70, 2)
//	2  completed: Full(3), with shadows, events and no field that is zero
//	3  completed: Lesson(5, 1); named, noted, the baseline
//	4  its lab was killed, and nobody has looked since: Lesson(4, 2)
//	5  stopped, and not packed yet: Lesson(6, 1)
//
// each begun an hour after the other; VACUUM, gzip -9.
func oldNotebook(t *testing.T) (path string, want []lab.Record) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "lab.db")
	if err := os.WriteFile(path, unzipped(t, "testdata/notebook1.db.gz"), 0o600); err != nil {
		t.Fatal(err)
	}
	codectest.ByGoName(t, unzipped(t, "testdata/notebook1.json.gz"), &want)
	for i := range want {
		want[i].Run.Began = want[i].Run.Began.Local()
	}
	return path, want
}

func unzipped(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantAsBefore checks that every run reads as the old program read it, but for
// its scores, and but for the one whose lab was killed: it has been marked since.
func wantAsBefore(t *testing.T, s *Store, want []lab.Record) {
	t.Helper()
	for _, w := range want {
		got, err := s.Load(t.Context(), w.Run.ID)
		if err != nil {
			t.Fatal(err)
		}
		if w.Run.Outcome == lab.Unfinished {
			if r := got.Run; r.Outcome != lab.Crashed || r.Duration != w.Ticks[len(w.Ticks)-1].Sample.At || r.Summary.Requests.OK == 0 {
				t.Errorf("run %d stands as %+v", r.ID, r)
			}
			w.Run.Outcome, w.Run.Duration, w.Run.Changes, w.Run.Summary = got.Run.Outcome, got.Run.Duration, got.Run.Changes, got.Run.Summary
		}
		if s := got.Run.Summary.Scores; s.ScoreVersion != lab.ScoreVersion || w.Run.Duration > 0 && s.InstanceSeconds == 0 {
			t.Errorf("run %d has scores of version %d: %+v", w.Run.ID, s.ScoreVersion, s)
		}
		w.Run.Summary.Scores = got.Run.Summary.Scores // which it had not
		codectest.Same(t, w, got)
	}
	if n := len(listed(t, s, Query{})); n != len(want) {
		t.Errorf("%d runs, want %d", n, len(want))
	}
}

func TestTheNotebookOfAnEarlierReleaseIsRead(t *testing.T) {
	path, want := oldNotebook(t)
	s := openAt(t, path, options{patience: time.Hour})
	wantAsBefore(t, s, want)
	if v, err := pragma(s.r, "user_version"); err != nil || v != int64(len(migrations())) {
		t.Errorf("it is of version %d (%v)", v, err)
	}
	for table, want := range map[string]int{"run": 5, "tick": 82, "event": 15} {
		var n int
		if err := s.r.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != want {
			t.Errorf("%s has %d rows, want %d (%v)", table, n, want, err)
		}
	}
	recorded(t, s, codectest.Lesson(3, 1))
}

// A lab that is killed within a step leaves the notebook as it was, with either
// journal: what it wrote is taken back by the next start.
func TestAStepThatIsCutShortHarmsNothing(t *testing.T) {
	for name, far := range map[string]bool{"write-ahead log": false, "rollback journal": true} {
		t.Run(name, func(t *testing.T) {
			path, want := oldNotebook(t)
			o := options{busy: time.Second, patience: time.Hour, remote: func(string) bool { return far }}
			mode := "WAL"
			if far {
				mode = "DELETE"
			}
			db, err := connect(path, o, 1, "mode", "rw", "_txlock", "immediate", "_journal_mode", mode)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			step, err := migrationFiles.ReadFile(migrations()[1])
			if err != nil {
				t.Fatal(err)
			}
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			// As much again, so that it does not all stay in memory.
			if _, err := tx.Exec("PRAGMA cache_size = 2; " + string(step) + "; PRAGMA user_version = 2; UPDATE chunk SET data = zeroblob(50000)"); err != nil {
				t.Fatal(err)
			}
			old := unzipped(t, "testdata/notebook1.db.gz")
			copied := filepath.Join(t.TempDir(), "lab.db")
			written := false
			for _, suffix := range []string{"", "-journal", "-wal"} { // what a kill would leave
				b, err := os.ReadFile(path + suffix)
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				written = written || len(b) > len(old)
				if err := os.WriteFile(copied+suffix, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if !written {
				t.Fatal("nothing was written before the end of the step")
			}
			wantAsBefore(t, openAt(t, copied, o), want)
		})
	}
}

func TestAStepThatFailsIsTakenBack(t *testing.T) {
	path, want := oldNotebook(t)
	db, err := connect(path, options{busy: time.Second}, 1, "mode", "rw", "_txlock", "immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	step, err := migrationFiles.ReadFile(migrations()[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateTo(db, 2, string(step)+"; INSERT INTO nowhere VALUES (1)"); err == nil {
		t.Fatal("it does not fail")
	}
	if v, err := pragma(db, "user_version"); err != nil || v != 1 {
		t.Errorf("it is of version %d (%v)", v, err)
	}
	wantAsBefore(t, openAt(t, path, options{patience: time.Hour}), want)
}
