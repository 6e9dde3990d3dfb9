//go:build !cgo

package driver

import (
	"errors"

	"modernc.org/sqlite"
)

// Name is the driver's at database/sql, Text what people know it by.
const (
	Name = "sqlite"
	Text = "modernc.org/sqlite, pure Go"
)

// Code is SQLite's primary result code for an error, 0 if it has none.
func Code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// Backup is an online backup under way (https://www.sqlite.org/backup.html).
type Backup struct{ under *sqlite.Backup }

// NewBackup begins to copy a driver's connection into the file of a DSN.
func NewBackup(from any, dsn string) (*Backup, error) {
	b, err := from.(interface {
		NewBackup(string) (*sqlite.Backup, error)
	}).NewBackup(dsn)
	if err != nil {
		return nil, err
	}
	return &Backup{b}, nil
}

// Copy copies so many more pages.
func (b *Backup) Copy(pages int) (done bool, err error) {
	more, err := b.under.Step(int32(pages))
	return !more, err
}

// End lets go of both files. What was not copied to the end is no notebook.
func (b *Backup) End() error {
	to, err := b.under.Commit()
	if err != nil {
		return err
	}
	return to.Close()
}
