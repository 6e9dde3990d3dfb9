package disk

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestASessionIsAliveWhileItHoldsItsLock(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lab.db")
	s := NewSession(db)
	if _, dead, err := TakeDead(db, s.Token); !dead || err != nil {
		t.Errorf("before it has begun: dead %t, %v", dead, err)
	}
	for range 2 {
		if err := s.Begin(); err != nil {
			t.Fatal(err)
		}
	}
	if f, dead, err := TakeDead(db, s.Token); dead || f != nil || err != nil {
		t.Errorf("at work: dead %t, %v, %v", dead, f, err)
	}
	for range 2 {
		if err := s.End(); err != nil {
			t.Fatal(err)
		}
	}
	if f, dead, err := TakeDead(db, s.Token); !dead || f != nil || err != nil {
		t.Errorf("ended: dead %t, %v, %v", dead, f, err)
	}
	wantFiles(t, filepath.Dir(db), 0)
}

func TestTheLockOfADeadSessionIsTakenOnce(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lab.db")
	if err := os.WriteFile(lockPath(db, "gone"), nil, 0o600); err != nil { // nobody holds it
		t.Fatal(err)
	}
	f, dead, err := TakeDead(db, "gone")
	if !dead || f == nil || err != nil {
		t.Fatalf("dead %t, %v, %v", dead, f, err)
	}
	if _, again, err := TakeDead(db, "gone"); again || err != nil {
		t.Errorf("taken twice (%v)", err)
	}
	if err := Discard(f); err != nil {
		t.Error(err)
	}
	if err := Discard(nil); err != nil {
		t.Error(err)
	}
	wantFiles(t, filepath.Dir(db), 0)
}

func wantFiles(t *testing.T, dir string, n int) {
	t.Helper()
	if files, err := os.ReadDir(dir); err != nil || len(files) != n {
		t.Errorf("%d files, want %d: %v (%v)", len(files), n, files, err)
	}
}

func TestWhatCanBeWrittenIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	if Writable(path) {
		t.Error("nothing can be written")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !Writable(path) {
		t.Error("a file of one's own cannot be written")
	}
	if runtime.GOOS == "linux" && Remote("/proc") {
		t.Error("/proc is called a network file system")
	}
}
