// Package driver is SQLite: by its C library, or, where there is no C compiler,
// in pure Go; and what the two do not do through database/sql.
package driver

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html).
const (
	Perm     = 3
	Busy     = 5
	ReadOnly = 8
	Corrupt  = 11
	CantOpen = 14
	NotADB   = 26
)
