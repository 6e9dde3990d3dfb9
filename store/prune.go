package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
	"time"

	"autoscale-lab/lab"
)

// PruneOptions say which runs are to go. One of Keep and OlderThan is needed;
// of both, a run goes that fits both.
type PruneOptions struct {
	Keep      int           // only what comes after the newest so many; 0: any
	OlderThan time.Duration // only what began so long before Now; 0: any
	Now       time.Time
	All       bool // also the baseline, and runs with a note
	DryRun    bool // only tell which would go
}

// Prune deletes runs for good, gives their room back to the disk, and tells
// which they were, the oldest first. One that is being recorded stays.
func (s *Store) Prune(ctx context.Context, o PruneOptions) (gone []int64, err error) {
	if o.Keep <= 0 && o.OlderThan <= 0 {
		return nil, &lab.InputError{Field: "prune", Want: "--keep N or --older TIME"}
	}
	began := int64(math.MaxInt64)
	if o.OlderThan > 0 {
		began = o.Now.Add(-o.OlderThan).UnixNano()
	}
	const which = ` WHERE deleted IS NULL AND outcome <> '' AND began < ?1 AND (?2 OR NOT baseline AND note = '')
		AND id NOT IN (SELECT id FROM run WHERE deleted IS NULL ORDER BY id DESC LIMIT ?3)`
	if o.DryRun {
		gone, err = ids(ctx, s.r, "SELECT id FROM run"+which+" ORDER BY id", began, o.All, max(o.Keep, 0))
		return gone, wrap("prune", err)
	}
	// First they are all taken out of the history. What then cannot be removed
	// now is removed by a later start.
	err = s.write(ctx, func(tx *sql.Tx) error {
		gone, err = ids(ctx, tx, "UPDATE run SET deleted = ?4"+which+" RETURNING id", began, o.All, max(o.Keep, 0), time.Now().UnixNano())
		return err
	})
	if err != nil {
		return nil, wrap("prune", err)
	}
	slices.Sort(gone)
	for some := range slices.Chunk(gone, pruneRuns) {
		if err := s.purge(ctx, some); err != nil {
			return gone, wrap("prune", err)
		}
	}
	return gone, wrap("prune", s.checkpoint(ctx))
}

// pruneRuns is how many runs are removed at once: others want to write too.
const pruneRuns = 20

// checkpoint brings what is in the write-ahead log into the file and cuts the
// log off, as far as others let it.
func (s *Store) checkpoint(ctx context.Context) error {
	var busy, log, done int
	return s.w.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done)
}

// Size is the room that the notebook takes on the disk, in bytes, with what is
// still in the write-ahead log.
func (s *Store) Size() (bytes int64, err error) {
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(s.path + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return 0, wrap("size", err)
		}
		bytes += info.Size()
	}
	return bytes, nil
}

// Free is how much of the Size later runs will fill.
func (s *Store) Free() (bytes int64, err error) {
	pages, err := pragma(s.r, "freelist_count")
	size, serr := pragma(s.r, "page_size")
	return pages * size, wrap("size", cmp.Or(err, serr))
}
