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
