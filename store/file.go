package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"autoscale-lab/lab"
	"autoscale-lab/store/disk"
	"autoscale-lab/store/driver"
)

// applicationID marks a SQLite file as a notebook of ours: "alab".
const applicationID = 0x616c6162

const (
	wantNotebook = "a notebook of autoscale-lab; this file is something else or damaged, and is left as it is"
	wantWritable = "a file that can be written"
)

func badPath(path, want string, err error) error {
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		want += " (" + lab.Clean(err.Error()) + ")"
	}
	return &lab.InputError{Field: "--db", Value: path, Want: want}
}

// refused turns an error of SQLite that is about the file itself into words
// for the user.
func refused(path string, err error) error {
	switch driver.Code(err) {
	case driver.NotADB, driver.Corrupt:
		return badPath(path, wantNotebook, nil)
	case driver.CantOpen, driver.ReadOnly, driver.Perm:
		return badPath(path, wantWritable, err)
	}
	return wrap("open "+path, err)
}

// creating keeps SQLite away from a file until create has closed it.
var creating sync.Mutex

// create makes the folder and an empty file, for their owner alone, if they
// are not there; SQLite itself would let everybody read it.
func create(path string) error {
	creating.Lock()
	defer creating.Unlock()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return badPath(path, wantPlace, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return badPath(path, wantPlace, err)
	}
	return f.Close()
}

// inspect looks at a file before anything is written to it: it must be empty,
// or a notebook that is not newer than this program. It lets SQLite do so,
// because closing a file gives up every lock that the process has on it
// (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
func inspect(path string, o options) (empty bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false, badPath(path, wantWritable, err)
	case info.IsDir():
		return false, badPath(path, "a file; this is a directory", nil)
	case !info.Mode().IsRegular(): // opening a pipe would wait for ever
		return false, badPath(path, "a file; this is something else", nil)
	case !disk.Writable(path):
		return false, badPath(path, wantWritable, nil)
	case info.Size() == 0:
		return true, nil
	}
	params := []string{"mode", "ro"}
	if _, err := os.Stat(path + "-journal"); err == nil {
		params[1] = "rw" // a write was cut short, and must be taken back before anything can be read
	}
	db, err := connect(path, o, 1, params...)
	if err != nil {
		return false, refused(path, err)
	}
	defer db.Close()
	id, err := pragma(db, "application_id")
	if err != nil {
		return false, refused(path, err)
	}
	if id != applicationID {
		var tables int
		if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
			return false, refused(path, err)
		}
		if id != 0 || tables > 0 { // else another lab is making it just now
			return false, badPath(path, wantNotebook, nil)
		}
	}
	version, err := pragma(db, "user_version")
	if err != nil {
		return false, refused(path, err)
	}
	return false, checkNewer(path, version)
}

func checkNewer(path string, version int64) error {
	if version > int64(len(migrations())) {
		return badPath(path, fmt.Sprintf("a notebook of version %d or older; this one is of version %d, made by a newer autoscale-lab, and is left as it is", len(migrations()), version), nil)
	}
	return nil
}
