//go:build !cgo

package store

import (
	"errors"

	"modernc.org/sqlite"
)

const (
	driverName = "sqlite"
	driverText = "modernc.org/sqlite, pure Go"
)

// resultCode is SQLite's primary result code for an error, 0 if it has none.
func resultCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// backup is an online backup under way (https://www.sqlite.org/backup.html).
type backup struct{ *sqlite.Backup }

// newBackup begins to copy a driver's connection into the file of a DSN.
func newBackup(from any, dsn string) (*backup, error) {
	b, err := from.(interface {
		NewBackup(string) (*sqlite.Backup, error)
	}).NewBackup(dsn)
	return &backup{b}, err
}

func (b *backup) step(pages int) (done bool, err error) {
	more, err := b.Step(int32(pages))
	return !more, err
}

func (b *backup) finish() error {
	to, err := b.Commit()
	if err != nil {
		return err
	}
	return to.Close()
}
