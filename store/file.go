package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"autoscale-lab/lab"
)

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html).
const (
	sqlitePerm     = 3
	sqliteBusy     = 5
	sqliteReadOnly = 8
	sqliteCorrupt  = 11
	sqliteCantOpen = 14
	sqliteNotADB   = 26
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
	switch resultCode(err) {
	case sqliteNotADB, sqliteCorrupt:
		return badPath(path, wantNotebook, nil)
	case sqliteCantOpen, sqliteReadOnly, sqlitePerm:
		return badPath(path, wantWritable, err)
	}
	return wrap("open "+path, err)
}

// create makes the folder and an empty file, for their owner alone, if they
// are not there; SQLite itself would let everybody read it.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return badPath(path, "a file in a folder that can be written", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return badPath(path, "a file in a folder that can be written", err)
	}
	return f.Close()
}

// inspect looks at a file before SQLite may write to it: it must be empty, or
// a notebook that is not newer than this program.
func inspect(path string, o options) (empty bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false, badPath(path, wantWritable, err)
	case info.IsDir():
		return false, badPath(path, "a file; this is a directory", nil)
	case !info.Mode().IsRegular(): // opening a pipe would wait for ever
		return false, badPath(path, "a file; this is something else", nil)
	case info.Size() == 0:
		return true, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, badPath(path, "a file that can be read", err)
	}
	defer f.Close()
	var head [100]byte // https://www.sqlite.org/fileformat.html#the_database_header
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return false, badPath(path, wantNotebook, nil)
	}
	switch binary.BigEndian.Uint32(head[68:]) {
	case applicationID:
		return false, checkNewer(path, int64(binary.BigEndian.Uint32(head[60:])))
	case 0: // another lab may be making it just now, and the header still be in its WAL
		return false, inspectTables(path, o)
	}
	return false, badPath(path, wantNotebook, nil)
}

func inspectTables(path string, o options) error {
	db, err := connect(path, o, 1, "mode", "ro")
	if err != nil {
		return refused(path, err)
	}
	defer db.Close()
	id, err := pragma(db, "application_id")
	if err != nil {
		return refused(path, err)
	}
	var tables int
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return refused(path, err)
	}
	if id != applicationID && tables > 0 {
		return badPath(path, wantNotebook, nil)
	}
	return nil
}

func checkNewer(path string, version int64) error {
	if version > int64(len(migrations())) {
		return badPath(path, fmt.Sprintf("a notebook of version %d or older; this one is of version %d, made by a newer autoscale-lab, and is left as it is", len(migrations()), version), nil)
	}
	return nil
}

// writable tells whether the file and its folder can be written.
func writable(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	f.Close()
	f, err = os.CreateTemp(filepath.Dir(path), ".autoscale-lab-*")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}
