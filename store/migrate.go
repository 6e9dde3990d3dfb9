package store

import (
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the names of the schema's steps, in order. A notebook's
// version (PRAGMA user_version) is how many of them it has seen. A change of
// what a chunk may hold is a step too, so that an older lab refuses the file.
func migrations() []string {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return names
}

// migrate takes the steps that are missing, each in one transaction.
func migrate(db *sql.DB) error {
	for i, name := range migrations() {
		if have, err := pragma(db, "user_version"); err != nil {
			return err
		} else if have > int64(i) {
			continue
		}
		step, err := migrationFiles.ReadFile(name)
		if err != nil {
			return err
		}
		if err := migrateTo(db, i+1, string(step)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func migrateTo(db *sql.DB, version int, step string) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	var have int
	if err := tx.QueryRow("PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have < version { // else another lab has done it meanwhile
		if _, err := tx.Exec(fmt.Sprintf("%s; PRAGMA application_id = %d; PRAGMA user_version = %d", step, applicationID, version)); err != nil {
			return err
		}
	}
	return tx.Commit()
}
