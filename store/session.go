package store

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// session is one lab at work on the notebook. Once it has begun a run it holds
// the lock on a file of its own beside the notebook; the system lets go of it
// when the process ends, however it ends.
//
//	lab.db.<token>.lock   locked: its lab lives    free, or gone: it does not
type session struct {
	db, token string

	mu   sync.Mutex
	file *os.File
}

func newSession(db string) *session {
	return &session{db: db, token: strings.ToLower(rand.Text()[:12])}
}

func lockPath(db, token string) string { return db + "." + token + ".lock" }

// begin takes the lock, if it is not held yet.
func (s *session) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.file == nil {
		f, err := os.OpenFile(lockPath(s.db, s.token), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		got, err := tryLock(f)
		if got && stillThere(f) {
			s.file = f
			return nil
		}
		// Somebody looks at it just now, or has taken it for a dead lab's and
		// removed it.
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func stillThere(f *os.File) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(f.Name())
	return err == nil && os.SameFile(a, b)
}

func (s *session) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.file
	s.file = nil
	return discard(f)
}

// discard removes a lock file and lets go of it; nil is none.
func discard(f *os.File) error {
	if f == nil {
		return nil
	}
	err := os.Remove(f.Name())
	if cerr := f.Close(); cerr != nil {
		return cerr
	}
	if err != nil { // not every system can remove an open file
		err = os.Remove(f.Name())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// takeDead takes the lock of a lab that is gone; its file may be gone too.
func takeDead(db, token string) (f *os.File, dead bool, err error) {
	f, err = os.OpenFile(lockPath(db, token), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	if got, err := tryLock(f); err != nil || !got {
		f.Close()
		return nil, false, err
	}
	return f, true, nil
}

// sweep marks the runs of dead labs crashed, and clears their lock files away.
func (s *Store) sweep() error {
	runs := map[string][]int64{} // by session
	rows, err := s.r.Query("SELECT session, id FROM run WHERE outcome = ''")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var token string
		var id int64
		if err := rows.Scan(&token, &id); err != nil {
			return err
		}
		runs[token] = append(runs[token], id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	files, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	for _, f := range files {
		rest, ours := strings.CutPrefix(f.Name(), filepath.Base(s.path)+".")
		token, ok := strings.CutSuffix(rest, ".lock")
		if _, known := runs[token]; ours && ok && !known {
			runs[token] = nil
		}
	}
	var errs []error
	for token, ids := range runs {
		if token != s.session.token {
			errs = append(errs, s.bury(token, ids))
		}
	}
	return errors.Join(errs...)
}

// bury marks the runs of a lab crashed if it is gone.
func (s *Store) bury(token string, ids []int64) error {
	if token != filepath.Base(token) {
		return nil // no token of ours
	}
	lock, dead, err := takeDead(s.path, token)
	if err != nil || !dead {
		return err
	}
	for _, id := range ids {
		if err := s.markCrashed(context.Background(), id); err != nil {
			if lock != nil { // leave it for the next start
				lock.Close()
			}
			return err
		}
	}
	return discard(lock)
}
