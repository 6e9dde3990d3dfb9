// Package disk is what the notebook has to know of the file system it lies on:
// which labs are at work on it, whether it can be written, and whether it is on
// this machine at all.
package disk

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
)

// Session is one lab at work on the notebook. Once it has begun a run it holds
// the lock on a file of its own beside the notebook; the system lets go of it
// when the process ends, however it ends. It is safe for concurrent use.
//
//	lab.db.<token>.lock   locked: its lab lives    free, or gone: it does not
type Session struct {
	Token string // no other session has it
	db    string

	mu   sync.Mutex
	file *os.File
}

// NewSession is one that holds no lock yet.
func NewSession(db string) *Session {
	return &Session{db: db, Token: strings.ToLower(rand.Text()[:12])}
}

func lockPath(db, token string) string { return db + "." + token + ".lock" }

// Begin takes the lock, if it is not held yet.
func (s *Session) Begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.file == nil {
		f, err := os.OpenFile(lockPath(s.db, s.Token), os.O_RDWR|os.O_CREATE, 0o600)
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

// End lets go of the lock, if it is held, and removes its file.
func (s *Session) End() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.file
	s.file = nil
	return Discard(f)
}

// Discard removes a lock file and lets go of it; nil is none.
func Discard(f *os.File) error {
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

// TakeDead takes the lock of a lab that is gone, to be given to Discard or
// closed; its file may be gone too, and f is nil then.
func TakeDead(db, token string) (f *os.File, dead bool, err error) {
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
