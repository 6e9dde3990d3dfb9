//go:build cgo

package store

import (
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
