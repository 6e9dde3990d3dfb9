package store

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"autoscale-lab/lab"
	"autoscale-lab/store/driver"
)

// stepPages is how much of a backup is copied between two looks at its
// context: 256 kB.
const stepPages = 64

// Backup copies the notebook, as it stands at this moment, into a file that is
// not there yet, for its owner alone; runs may be recorded meanwhile. The file
// appears when it is whole: a backup that fails or is interrupted leaves
// nothing. A path that is no place for it is a *lab.InputError.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if path == "" {
		return badFile(path, wantPlace, nil)
	}
	if _, err := os.Lstat(path); err == nil {
		return badFile(path, wantNothing, nil)
	}
	beside, err := os.MkdirTemp(filepath.Dir(path), ".autoscale-lab-backup-*")
	if err != nil {
		return badFile(path, wantPlace, err)
	}
	defer func() { err = wrap("back up", errors.Join(err, os.RemoveAll(beside))) }()
	copied, err := filepath.Abs(filepath.Join(beside, filepath.Base(path)))
	if err == nil {
		err = create(copied)
	}
	if err != nil {
		return err
	}
	if err := s.copyTo(ctx, copied); err != nil {
		return err
	}
	if err := syncFile(copied); err != nil {
		return err
	}
	switch err := os.Link(copied, path); { // unlike Rename, never over another
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return badFile(path, wantNothing, nil)
	}
	return os.Rename(copied, path) // there are no links in this file system
}

const (
	wantPlace   = "a file in a folder that can be written"
	wantNothing = "a file that is not there yet"
)

func badFile(path, want string, err error) error {
	e, _ := errors.AsType[*lab.InputError](badPath(path, want, err))
	return &lab.InputError{Field: "file", Value: path, Want: e.Want}
}

// copyTo copies the notebook into an empty file. A transaction holds on to what
// it copies: otherwise each tick that is recorded would make it begin again.
func (s *Store) copyTo(ctx context.Context, path string) error {
	conn, err := s.r.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN; SELECT count(*) FROM sqlite_schema"); err != nil {
		return err
	}
	dsn := url.URL{Scheme: "file", Path: slashed(path), RawQuery: "mode=rw"}
	err = conn.Raw(func(from any) error {
		b, err := driver.NewBackup(from, dsn.String())
		if err != nil {
			return err
		}
		for done := false; err == nil && !done; {
			if done, err = b.Copy(stepPages); err == nil {
				err = ctx.Err()
			}
			if s.stepped != nil {
				s.stepped()
			}
		}
		return errors.Join(err, b.End())
	})
	_, end := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return errors.Join(err, end)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
