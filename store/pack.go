package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec"
)

// A packed chunk is made of at most so many ticks, and so many bytes.
const (
	packTicks = 64
	packBytes = 1 << 20
)

// pack writes an ended run's ticks anew in long chunks, which take a fraction
// of the room and are read many times as fast.
func (s *Store) pack(ctx context.Context, id int64) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var ticks []lab.Tick
		err := eachChunk(ctx, tx, id, func(data []byte) error {
			some, err := codec.Decode(data, codec.Whole)
			ticks = append(ticks, some...)
			return err
		})
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM chunk WHERE run = ?", id); err != nil {
			return err
		}
		return writePacked(ctx, tx, id, ticks, 0)
	})
}

// writePacked writes all ticks of a run in long chunks.
func writePacked(ctx context.Context, tx *sql.Tx, id int64, ticks []lab.Tick, origin time.Duration) error {
	for len(ticks) > 0 {
		chunk, n, err := longChunk(ticks, origin)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insertChunk, id, ticks[0].Sample.At-origin, chunk); err != nil {
			return err
		}
		ticks = ticks[n:]
	}
	_, err := tx.ExecContext(ctx, "UPDATE run SET packed = 1 WHERE id = ?", id)
	return err
}

// longChunk is a chunk of the first n ticks: not too long, and not more than
// one chunk is given room for when it is read, which many equal things in few
// bytes could be.
func longChunk(ticks []lab.Tick, origin time.Duration) (chunk []byte, n int, err error) {
	for n = min(len(ticks), packTicks); ; n /= 2 {
		chunk = codec.Encode(ticks[:n], origin)
		_, err = codec.Decode(chunk, codec.Whole)
		if n == 1 || err == nil && len(chunk) <= packBytes {
			return chunk, n, err
		}
	}
}

// packLeft packs what an earlier lab could not.
func (s *Store) packLeft() error {
	return s.each("SELECT id FROM run WHERE outcome <> '' AND NOT packed AND deleted IS NULL", s.pack)
}

// purgeOld removes what an earlier lab deleted, and was stopped before it
// could be removed. Another's undo may still be open for a moment.
func (s *Store) purgeOld() error {
	return s.each("SELECT id FROM run WHERE deleted < ?", func(ctx context.Context, id int64) error {
		return s.purge(ctx, []int64{id})
	}, time.Now().Add(-time.Minute).UnixNano())
}

func (s *Store) each(query string, do func(ctx context.Context, id int64) error, args ...any) error {
	ctx := context.Background()
	found, err := ids(ctx, s.r, query, args...)
	errs := []error{err}
	for _, id := range found {
		errs = append(errs, do(ctx, id))
	}
	return errors.Join(errs...)
}

// ids are the numbers that a query selects.
func ids(ctx context.Context, q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, query string, args ...any) (ids []int64, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// purge removes runs that are deleted, and gives their room back to the disk.
func (s *Store) purge(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := s.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "DELETE FROM run WHERE id = ? AND deleted IS NOT NULL", id); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	rows, err := s.w.QueryContext(ctx, "PRAGMA incremental_vacuum") // each step of it frees a page
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}
