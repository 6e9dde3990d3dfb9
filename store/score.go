package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec"
)

// score gives runs that have no scores, or those of older rules, scores from
// their ticks, the newest first, until its time is over: the rest is done by
// later starts. It always does one.
func (s *Store) score(patience time.Duration) error {
	ctx, begun := context.Background(), time.Now()
	left, err := ids(ctx, s.r, "SELECT id FROM run WHERE scored < ? AND outcome <> '' AND deleted IS NULL ORDER BY id DESC", lab.ScoreVersion)
	errs := []error{err}
	for _, id := range left {
		if err := s.scoreRun(ctx, id); err != nil {
			errs = append(errs, fmt.Errorf("score run %d: %w", id, err))
		}
		if time.Since(begun) > patience {
			break
		}
	}
	return errors.Join(errs...)
}

// scoreRun leaves the rest of the summary as it was recorded. A damaged run
// keeps what it has, and is not tried again.
func (s *Store) scoreRun(ctx context.Context, id int64) error {
	rec, err := s.load(ctx, id, codec.Outline)
	if errors.Is(err, codec.ErrDamaged) {
		rec.Run, err = getRun(ctx, s.r, id)
	} else if err == nil {
		rec.Run.Summary.Scores = lab.SummaryOf(&rec).Scores
	}
	if err != nil {
		return err
	}
	texts, err := marshal(rec.Run.Summary)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE run SET summary = ?, scored = ? WHERE id = ? AND scored < ?", texts[0], lab.ScoreVersion, id, lab.ScoreVersion)
		return err
	})
}
