package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

// A lab records a tick after each step of the backup, which holds what was
// there when it began.
func TestBackupWhileARunIsRecorded(t *testing.T) {
	s := newStore(t)
	want := recorded(t, s, codectest.Lesson(2*packTicks, 20))
	if err := s.SetNote(t.Context(), want.Run.ID, "mine"); err != nil {
		t.Fatal(err)
	}
	want.Run.Note = "mine"
	other := openAt(t, s.path, options{busy: time.Millisecond})
	rec := other.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	ticks := codectest.Lesson(40, 20)
	n := 0
	record := func() {
		if err := rec.Record(ticks[n]); err != nil {
			t.Error(err)
		}
		n++
	}
	record()
	s.stepped = record
	path := filepath.Join(t.TempDir(), "100% safe?.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if n < 3 {
		t.Fatalf("%d ticks were recorded: the backup took too few steps to tell", n)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	copied := openAt(t, path, options{})
	got, err := copied.Load(t.Context(), want.Run.ID)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, want, got)
	got, err = copied.Load(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, ticks[:1], got.Ticks)
	if got.Run.Outcome != lab.Crashed {
		t.Errorf("nobody records it in the copy, and it is %q", got.Run.Outcome)
	}
	if mode, err := pragma(copied.w, "auto_vacuum"); err != nil || mode != 2 {
		t.Errorf("auto_vacuum %d (%v)", mode, err)
	}
	record() // and the original goes on
}

func TestABackupThatIsCutShortLeavesNothing(t *testing.T) {
	s := newStore(t)
	recorded(t, s, codectest.Lesson(2*packTicks, 20))
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	s.stepped = cancel
	if err := s.Backup(ctx, filepath.Join(dir, "lab.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("it gave %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	s.stepped = nil
	t.Chdir(dir)
	if err := s.Backup(t.Context(), "lab.db"); err != nil { // it can be had again, also by a name alone
		t.Error(err)
	}
}

func TestABackupGoesOverNothing(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	there, late := filepath.Join(dir, "there"), filepath.Join(dir, "late")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, word := range map[string]string{
		there: "not there yet", s.path: "not there yet", dir: "not there yet",
		filepath.Join(dir, "none", "lab.db"): "folder", filepath.Join(there, "lab.db"): "folder", "": "folder",
	} {
		wantInputError(t, s.Backup(t.Context(), path), "file", word)
	}
	s.stepped = func() { // another puts a file there meanwhile
		if err := os.WriteFile(late, []byte("mine"), 0o600); err != nil {
			t.Error(err)
		}
	}
	wantInputError(t, s.Backup(t.Context(), late), "file", "not there yet")
	for _, path := range []string{there, late} {
		if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
			t.Errorf("%s is %q (%v)", path, b, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left are %v %v", left, err)
	}
}
