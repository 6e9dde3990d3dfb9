//go:build cgo

package driver

import (
	sqldriver "database/sql/driver"
	"errors"

	"github.com/mattn/go-sqlite3"
)

// Name is the driver's at database/sql, Text what people know it by.
const (
	Name = "sqlite3"
	Text = "go-sqlite3, C"
)

// Code is SQLite's primary result code for an error, 0 if it has none.
func Code(err error) int {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return int(e.Code)
	}
	return 0
}

// Backup is an online backup under way (https://www.sqlite.org/backup.html).
type Backup struct {
	under *sqlite3.SQLiteBackup
	to    sqldriver.Conn
}

// NewBackup begins to copy a driver's connection into the file of a DSN.
func NewBackup(from any, dsn string) (*Backup, error) {
	to, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	b, err := to.(*sqlite3.SQLiteConn).Backup("main", from.(*sqlite3.SQLiteConn), "main")
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	return &Backup{b, to}, nil
}

// Copy copies so many more pages.
func (b *Backup) Copy(pages int) (done bool, err error) { return b.under.Step(pages) }

// End lets go of both files. What was not copied to the end is no notebook.
func (b *Backup) End() error { return errors.Join(b.under.Finish(), b.to.Close()) }
