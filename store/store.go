// Package store is the laboratory's notebook: one SQLite file with every run,
// all its ticks, and what people wrote beside it.
//
//	Recorder ─ Begin, Record, End ─▶ one writing connection ─▶ run, chunk (1 tick each), tick, event
//	                                     End packs: many short chunks ─▶ few long ones
//	List, Get ─▶ four reading connections ─▶ run              no tick is touched
//	Load ──────▶            "             ─▶ run + chunk ─▶ lab.Record
//	Import ─▶ all of a run at once, packed     Prune, Delete ─▶ room given back     Backup ─▶ another file
//	Open ─▶ file made 0600 ─▶ migrations ─▶ runs whose lab is gone: crashed ─▶ runs of older rules: scored
//
// A tick is kept with every field of it (codec), so that a recorded run can
// be decided again; the tables tick and event repeat the main figures for
// people with a sqlite3 shell, and are never read here.
//
// A file that is not a notebook, or a newer one, is left as it is. Errors that
// the user can mend are a *lab.InputError.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/disk"
	"autoscale-lab/store/driver"

	"github.com/adrg/xdg"
)

// PathVariable is the environment variable that names the notebook's file.
const PathVariable = "AUTOSCALE_LAB_DB"

// DefaultPath is where the notebook lies unless told otherwise: the file named
// by AUTOSCALE_LAB_DB, else autoscale-lab/lab.db in the XDG data folder.
func DefaultPath() (string, error) {
	if p := os.Getenv(PathVariable); p != "" {
		return p, nil
	}
	if _, err := os.UserHomeDir(); err != nil && os.Getenv("XDG_DATA_HOME") == "" {
		return "", &lab.InputError{Field: "--db", Want: "a file for the notebook: there is no home folder to put it in"}
	}
	return filepath.Join(xdg.DataHome, "autoscale-lab", "lab.db"), nil
}

// Store is an open notebook. It is safe for concurrent use.
type Store struct {
	path   string
	remote bool
	w      *sql.DB // one connection
	r      *sql.DB

	session *disk.Session
	stepped func() // after each step of a backup: for tests

	mu        sync.Mutex
	recorders int
	deleted   []int64 // by this Store, to be purged when it is closed
}

// options are what a test may want otherwise.
type options struct {
	busy   time.Duration          // how long to wait for another's lock
	remote func(path string) bool // whether a path lies on a network file system

	patience time.Duration // how long a start may take for scoring old runs
}

// Open opens the notebook, making it and its folder if there is none. Runs of
// labs that are gone are marked crashed. A *lab.InputError tells that the path
// is no place for a notebook; nothing is changed then.
func Open(path string) (*Store, error) {
	return open(path, options{})
}

func open(path string, o options) (_ *Store, err error) {
	s, err := prepare(path, &o)
	if err != nil {
		return nil, err
	}
	if err := create(s.path); err != nil {
		return nil, err
	}
	fresh, err := inspect(s.path, o)
	if err != nil {
		return nil, err
	}
	s.session = disk.NewSession(s.path)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	params := []string{"mode", "rw", "_txlock", "immediate", "_journal_mode", "WAL", "_synchronous", "FULL"}
	if s.remote { // a WAL needs shared memory, which no network file system has
		params[5] = "DELETE"
	}
	if fresh { // later this would write, and wait for other labs
		params = append(params, "_auto_vacuum", "INCREMENTAL")
	}
	if s.w, err = connect(s.path, o, 1, params...); err != nil {
		return nil, refused(s.path, err)
	}
	if err := migrate(s.w); err != nil {
		return nil, refused(s.path, err)
	}
	if s.r, err = connect(s.path, o, readers, "mode", "ro"); err != nil {
		return nil, refused(s.path, err)
	}
	// What is left to tidy up can wait for the next start.
	if err := errors.Join(s.sweep(), s.purgeOld(), s.packLeft(), s.score(o.patience)); err != nil && driver.Code(err) == driver.Corrupt {
		return nil, refused(s.path, err)
	}
	return s, nil
}

const readers = 4

func prepare(path string, o *options) (*Store, error) {
	o.busy = cmp.Or(o.busy, 5*time.Second)
	o.patience = cmp.Or(o.patience, 50*time.Millisecond)
	if o.remote == nil {
		o.remote = disk.Remote
	}
	abs, err := filepath.Abs(path)
	if err != nil || path == "" {
		return nil, badPath(path, "a file for the notebook", err)
	}
	return &Store{path: abs, remote: o.remote(filepath.Dir(abs))}, nil
}

// connect opens a pool whose every connection is set up by its DSN.
func connect(path string, o options, most int, params ...string) (*sql.DB, error) {
	q := url.Values{"_busy_timeout": {strconv.FormatInt(o.busy.Milliseconds(), 10)}, "_foreign_keys": {"1"}}
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	dsn := url.URL{Scheme: "file", Path: slashed(path), RawQuery: q.Encode()}
	db, err := sql.Open(driver.Name, dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	// SQLite does not wait for the lock that a change of the journal needs.
	for deadline := time.Now().Add(o.busy); ; time.Sleep(5 * time.Millisecond) {
		if err = db.Ping(); driver.Code(err) != driver.Busy || time.Now().After(deadline) {
			break
		}
	}
	if err == nil { // a read shows whether the file is one
		_, err = pragma(db, "schema_version")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// slashed is an absolute path as a file URI has it.
func slashed(path string) string {
	p := filepath.ToSlash(path)
	if p[0] != '/' { // C:/…
		p = "/" + p
	}
	return p
}

func pragma(db *sql.DB, name string) (v int64, err error) {
	err = db.QueryRow("PRAGMA " + name).Scan(&v)
	return v, err
}

// Close ends the Store's work; what was deleted is gone for good.
func (s *Store) Close() error {
	var errs []error
	if s.r != nil {
		errs = append(errs, s.r.Close())
	}
	if s.w != nil { // the last one, for only it can clear the WAL away
		s.mu.Lock()
		ids := s.deleted
		s.mu.Unlock()
		errs = append(errs, s.purge(context.Background(), ids), s.w.Close())
	}
	if s.session != nil {
		errs = append(errs, s.session.End())
	}
	return wrap("close", errors.Join(errs...))
}

// Path is the notebook's file.
func (s *Store) Path() string { return s.path }

// Remote tells that the notebook lies on a network file system, where it does
// without SQLite's write-ahead log: two labs then wait for each other longer.
func (s *Store) Remote() bool { return s.remote }

// Version names SQLite and its driver: "SQLite 3.51.0 (go-sqlite3, C)".
func Version() string {
	v := "unknown"
	if db, err := sql.Open(driver.Name, ":memory:"); err == nil {
		defer db.Close()
		_ = db.QueryRow("SELECT sqlite_version()").Scan(&v) // unknown, then
	}
	return fmt.Sprintf("SQLite %s (%s)", v, driver.Text)
}

// write runs do in one transaction of the writing connection.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// wrap says what the store was doing; a mistake of the user's stays as it is.
func wrap(deed string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*lab.InputError](err); ok {
		return err
	}
	return fmt.Errorf("store: %s: %w", deed, err)
}
