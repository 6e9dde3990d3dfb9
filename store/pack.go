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
		var long [][]lab.Tick
		room := 0
		err := eachChunk(ctx, tx, id, func(data []byte) error {
			ticks, err := codec.Decode(data)
			if err != nil || len(ticks) == 0 {
				return err
			}
			if room -= len(data); room < 0 || len(long[len(long)-1])+len(ticks) > packTicks {
				long, room = append(long, nil), packBytes-len(data)
			}
			last := &long[len(long)-1]
			*last = append(*last, ticks...)
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM chunk WHERE run = ?", id); err != nil {
			return err
		}
		for _, ticks := range long {
			if _, err := tx.ExecContext(ctx, insertChunk, id, ticks[0].Sample.At, codec.Encode(ticks, 0)); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE run SET packed = 1 WHERE id = ?", id)
		return err
	})
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
	rows, err := s.r.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	errs := []error{rows.Err()}
	for _, id := range ids {
		errs = append(errs, do(ctx, id))
	}
	return errors.Join(errs...)
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
