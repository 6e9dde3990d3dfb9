package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"autoscale-lab/store/disk"
)

// sweep marks the runs of dead labs crashed, and clears their lock files away.
func (s *Store) sweep() error {
	runs := map[string][]int64{} // by session
	rows, err := s.r.Query("SELECT session, id FROM run WHERE outcome = ''")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var token string
		var id int64
		if err := rows.Scan(&token, &id); err != nil {
			return err
		}
		runs[token] = append(runs[token], id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	files, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	for _, f := range files {
		rest, ours := strings.CutPrefix(f.Name(), filepath.Base(s.path)+".")
		token, ok := strings.CutSuffix(rest, ".lock")
		if _, known := runs[token]; ours && ok && !known {
			runs[token] = nil
		}
	}
	var errs []error
	for token, ids := range runs {
		if token != s.session.Token {
			errs = append(errs, s.bury(token, ids))
		}
	}
	return errors.Join(errs...)
}

// bury marks the runs of a lab crashed if it is gone.
func (s *Store) bury(token string, ids []int64) error {
	if token != filepath.Base(token) {
		return nil // no token of ours
	}
	lock, dead, err := disk.TakeDead(s.path, token)
	if err != nil || !dead {
		return err
	}
	for _, id := range ids {
		if err := s.markCrashed(context.Background(), id); err != nil {
			if lock != nil { // leave it for the next start
				lock.Close()
			}
			return err
		}
	}
	return disk.Discard(lock)
}
