package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
	"autoscale-lab/store/driver"

	"github.com/adrg/xdg"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("AUTOSCALE_LAB_TEST_CHILD"); path != "" {
		recordUntilKilled(path)
	}
	goleak.VerifyTestMain(m)
}

// openAt opens a notebook with the options given, to be closed at the end.
func openAt(t *testing.T, path string, o options) *Store {
	t.Helper()
	s, err := open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newStore(t *testing.T) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "lab.db"), options{})
}

func wantInputError(t *testing.T, err error, field string, words ...string) {
	t.Helper()
	in, ok := errors.AsType[*lab.InputError](err)
	if !ok {
		t.Fatalf("want an InputError, got %v", err)
	}
	if in.Field != field {
		t.Errorf("field %q, want %q", in.Field, field)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
}

func TestDefaultPath(t *testing.T) {
	t.Setenv(PathVariable, "/elsewhere/x.db")
	if p, err := DefaultPath(); err != nil || p != "/elsewhere/x.db" {
		t.Errorf("named by the environment: %q, %v", p, err)
	}
	t.Setenv(PathVariable, "")
	data := t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	if p, err := DefaultPath(); err != nil || p != filepath.Join(data, "autoscale-lab", "lab.db") {
		t.Errorf("in the data folder: %q, %v", p, err)
	}
	if runtime.GOOS == "linux" {
		t.Setenv("HOME", "")
		t.Setenv("XDG_DATA_HOME", "")
		_, err := DefaultPath()
		wantInputError(t, err, "--db", "home")
	}
}

func TestOpenMakesFolderAndFileForTheOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "50% of #1?", "lab.db")
	s := openAt(t, path, options{})
	if s.Path() != path {
		t.Errorf("path %q, want %q", s.Path(), path)
	}
	if runtime.GOOS != "windows" {
		for _, p := range []string{path, path + "-wal", path + "-shm"} {
			if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", p, info, err)
			}
		}
	}
	if v := Version(); !strings.Contains(v, "SQLite 3.") || !strings.Contains(v, driver.Text) {
		t.Errorf("version %q", v)
	}
}

// What the DSN says must hold, with either driver, for each connection.
func TestConnectionsAreSetUp(t *testing.T) {
	s := newStore(t)
	for _, tt := range []struct {
		pool *sql.DB
		want map[string]string
	}{
		{s.w, map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000", "foreign_keys": "1", "auto_vacuum": "2"}},
		{s.r, map[string]string{"busy_timeout": "5000", "foreign_keys": "1", "journal_mode": "wal"}},
	} {
		for name, want := range tt.want {
			var got string
			if err := tt.pool.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %q (%v), want %q", name, got, err, want)
			}
		}
	}
	if _, err := s.r.Exec("DELETE FROM run"); driver.Code(err) != driver.ReadOnly {
		t.Errorf("a reader writes: %v", err)
	}
	if got := s.w.Stats().MaxOpenConnections; got != 1 {
		t.Errorf("%d writing connections", got)
	}
	other := openAt(t, s.path, options{busy: time.Millisecond})
	err := s.write(t.Context(), func(tx *sql.Tx) error { // has written nothing yet
		_, err := other.w.Exec("UPDATE run SET note = ''")
		return err
	})
	if driver.Code(err) != driver.Busy {
		t.Errorf("transactions do not begin at once: %v", err)
	}
}

func TestForeignFilesAreRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	notebook := func(change string) []byte {
		path := filepath.Join(t.TempDir(), "lab.db")
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if change != "" {
			if _, err := s.w.Exec(change); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	foreign := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open(driver.Name, foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	good := notebook("")
	scrambled := bytes.Clone(good)
	for i := 100; i < len(scrambled); i++ {
		scrambled[i] ^= 0x5a
	}
	for _, tt := range []struct {
		name string
		data []byte
		word string
	}{
		{"a text", []byte("dear diary"), "something else or damaged"},
		{"a long text", bytes.Repeat([]byte("dear diary, "), 1000), "something else or damaged"},
		{"another program's database", theirs, "something else or damaged"},
		{"another program's, by its mark", notebook("PRAGMA application_id = 7"), "something else or damaged"},
		{"a newer notebook", notebook("PRAGMA user_version = 99"), "newer"},
		{"a truncated one", good[:len(good)/2], "something else or damaged"},
		{"one cut within its head", good[:50], "something else or damaged"},
		{"a scrambled one", scrambled, "something else or damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(tt.name, " ", "-"))
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path)
			if err == nil {
				s.Close()
				t.Fatal("it is taken")
			}
			wantInputError(t, err, "--db", tt.word)
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, tt.data) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestBadPlacesAreRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{"": "a file", dir: "a directory", filepath.Join(file, "lab.db"): "folder"}
	if runtime.GOOS == "linux" {
		cases["/dev/null"] = "something else"
		cases["/proc/autoscale/lab.db"] = "folder" // nobody can write there, root neither
	}
	for path, word := range cases {
		_, err := Open(path)
		wantInputError(t, err, "--db", word)
	}
}

func TestAFileThatCannotBeWrittenIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("nothing is forbidden to this user")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "lab.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, forbid := range map[string]func() error{
		"file":   func() error { return os.Chmod(path, 0o400) },
		"folder": func() error { return errors.Join(os.Chmod(path, 0o600), os.Chmod(dir, 0o500)) },
	} {
		if err := forbid(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil {
			t.Errorf("%s: it is opened all the same", name)
		} else {
			wantInputError(t, err, "--db", "written")
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// A lab on a network file system, killed within a transaction, leaves a journal
// that must be rolled back before anything can be read.
func TestAJournalThatWasLeftIsRolledBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	far := options{remote: func(string) bool { return true }}
	s := openAt(t, path, far)
	want := recorded(t, s, codectest.Lesson(3, 1))
	copied := filepath.Join(t.TempDir(), "lab.db")
	err := s.write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("PRAGMA cache_size = 2; UPDATE run SET name = 'half done'; UPDATE chunk SET data = zeroblob(100000)"); err != nil {
			return err
		}
		for _, suffix := range []string{"", "-journal"} { // what a kill would leave
			b, err := os.ReadFile(path + suffix)
			if err != nil {
				return err
			}
			if err := os.WriteFile(copied+suffix, b, 0o600); err != nil {
				return err
			}
			if suffix == "" && !bytes.Contains(b, []byte("half done")) {
				return errors.New("nothing was written before the end of the transaction")
			}
		}
		return errors.New("killed")
	})
	if err == nil || err.Error() != "killed" {
		t.Fatal(err)
	}
	again := openAt(t, copied, far)
	got, err := again.Load(t.Context(), want.Run.ID)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, want, got)
}

func TestNetworkFileSystemHasNoWAL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	local := openAt(t, path, options{})
	rec := recorded(t, local, codectest.Lesson(3, 1))
	if local.Remote() {
		t.Skip("the test's folder lies on a network file system")
	}
	if err := local.w.Close(); err != nil { // as if it had ended: a WAL is given up only by the last one
		t.Fatal(err)
	}
	if err := local.r.Close(); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path, options{remote: func(string) bool { return true }})
	var mode string
	if err := s.w.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "delete" || !s.Remote() {
		t.Errorf("journal %q (%v), remote %t", mode, err, s.Remote())
	}
	if got, err := s.Load(t.Context(), rec.Run.ID); err != nil {
		t.Error(err)
	} else {
		codectest.Same(t, rec, got)
	}
	recorded(t, s, codectest.Lesson(3, 1))
}

// Labs that start at the same moment on no file at all, and then record.
func TestManyAtOnceAreNeverLockedOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	const labs = 4
	var wg sync.WaitGroup
	errs := make(chan error, labs)
	ticks := codectest.Lesson(30, 2)
	for i := range labs {
		wg.Go(func() {
			errs <- func() error {
				s, err := Open(path)
				if err != nil {
					return err
				}
				rec := s.Recorder()
				run := lab.Run{Name: fmt.Sprint(i), Outcome: lab.Stopped}
				if err := rec.Begin(&run); err != nil {
					return err
				}
				for _, tick := range ticks {
					if err := rec.Record(tick); err != nil {
						return err
					}
					if _, err := s.List(context.Background(), Query{}); err != nil {
						return err
					}
				}
				if err := rec.End(run); err != nil {
					return err
				}
				if got, err := s.Load(context.Background(), run.ID); err != nil || len(got.Ticks) != len(ticks) {
					return fmt.Errorf("%d ticks, %w", len(got.Ticks), err)
				}
				return s.Close()
			}()
		})
	}
	wg.Wait()
	for range labs {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestSchemaIsStrict(t *testing.T) {
	s := newStore(t)
	var loose int
	if err := s.r.QueryRow("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict").Scan(&loose); err != nil || loose > 0 {
		t.Errorf("%d tables are not strict (%v)", loose, err)
	}
	if v, err := pragma(s.r, "user_version"); err != nil || v != int64(len(migrations())) {
		t.Errorf("version %d (%v)", v, err)
	}
}
