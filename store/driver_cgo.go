//go:build cgo

package store

import (
	"database/sql/driver"
	"errors"

	"github.com/mattn/go-sqlite3"
)

const (
	driverName = "sqlite3"
	driverText = "go-sqlite3, C"
)

// resultCode is SQLite's primary result code for an error, 0 if it has none.
func resultCode(err error) int {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return int(e.Code)
	}
	return 0
}

// backup is an online backup under way (https://www.sqlite.org/backup.html).
type backup struct {
	*sqlite3.SQLiteBackup
	to driver.Conn
}

// newBackup begins to copy a driver's connection into the file of a DSN.
func newBackup(from any, dsn string) (*backup, error) {
	to, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	b, err := to.(*sqlite3.SQLiteConn).Backup("main", from.(*sqlite3.SQLiteConn), "main")
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	return &backup{b, to}, nil
}

func (b *backup) step(pages int) (done bool, err error) { return b.Step(pages) }

func (b *backup) finish() error { return errors.Join(b.Finish(), b.to.Close()) }
