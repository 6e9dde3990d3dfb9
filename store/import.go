package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec"
)

// Import enters a record that was made elsewhere as a run of its own, all of it
// or nothing, and gives its number. Everything is kept but the number and the
// mark of the baseline; times count from the run's Origin. A run that has not
// ended, and ticks that are not in the order of time, are a *lab.InputError.
func (s *Store) Import(ctx context.Context, rec lab.Record) (id int64, err error) {
	if err := importable(&rec); err != nil {
		return 0, err
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		if id, err = insertRun(tx, s.session.Token, s.session.Token+"/"+rand.Text(), &rec.Run); err != nil {
			return err
		}
		rec.Run.ID = id
		if err := finish(tx, &rec.Run, ""); err != nil {
			return err
		}
		return importTicks(ctx, tx, &rec)
	})
	if err != nil {
		return 0, wrap("import a run", err)
	}
	return id, nil
}

func importable(rec *lab.Record) error {
	if o := rec.Run.Outcome; o == lab.Unfinished || o == lab.Discarded {
		return &lab.InputError{Field: "run", Value: string(o), Want: "a run that has ended"}
	}
	last := time.Duration(math.MinInt64)
	for i := range rec.Ticks {
		at := rec.Ticks[i].Sample.At
		if at < last || at == last && i > 0 {
			return &lab.InputError{Field: "ticks", Value: fmt.Sprintf("%s after %s", at, last), Want: "ticks in the order of time, each at a moment of its own"}
		}
		last = at
	}
	return nil
}

func importTicks(ctx context.Context, tx *sql.Tx, rec *lab.Record) error {
	tick, err := tx.Prepare(insertTick)
	if err != nil {
		return err
	}
	defer tick.Close()
	event, err := tx.Prepare(insertEvent)
	if err != nil {
		return err
	}
	defer event.Close()
	origin := rec.Run.Origin
	for i := range rec.Ticks {
		t := &rec.Ticks[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := tick.Exec(tickRow(rec.Run.ID, t.Sample.At-origin, t)...); err != nil {
			return err
		}
		if err := insertEvents(rec.Run.ID, origin, t, event); err != nil {
			return err
		}
	}
	err = writePacked(ctx, tx, rec.Run.ID, rec.Ticks, origin)
	if errors.Is(err, codec.ErrDamaged) {
		err = &lab.InputError{Field: "ticks", Want: "less in a tick: the notebook could not read it again"}
	}
	return err
}
