package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec"

	"golang.org/x/sync/errgroup"
)

// Query says which runs to list.
type Query struct {
	Limit  int   // at most so many; 0 = all
	Before int64 // only runs with a smaller number: the next page; 0 = from the newest
}

const runColumns = `id, name, note, baseline, outcome, began, duration, policy, load, rig, version, "commit", changes, incomplete, experiment, host, summary`

// List gives runs, newest first, with their summaries, without touching ticks.
func (s *Store) List(ctx context.Context, q Query) ([]lab.Run, error) {
	rows, err := s.r.QueryContext(ctx, "SELECT "+runColumns+` FROM run
		WHERE deleted IS NULL AND id < ? ORDER BY id DESC LIMIT ?`, cmp.Or(q.Before, math.MaxInt64), cmp.Or(q.Limit, -1))
	if err != nil {
		return nil, wrap("list runs", err)
	}
	defer rows.Close()
	var runs []lab.Run
	for rows.Next() {
		run, err := scanRun(rows)
		if err != nil {
			return nil, wrap("list runs", err)
		}
		runs = append(runs, run)
	}
	return runs, wrap("list runs", rows.Err())
}

// Get gives one run without its ticks. An unknown number is a *lab.InputError.
func (s *Store) Get(ctx context.Context, id int64) (lab.Run, error) {
	run, err := getRun(ctx, s.r, id)
	return run, wrap(fmt.Sprintf("get run %d", id), err)
}

func getRun(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, id int64) (lab.Run, error) {
	run, err := scanRun(q.QueryRowContext(ctx, "SELECT "+runColumns+" FROM run WHERE id = ? AND deleted IS NULL", id))
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(id)
	}
	return run, err
}

func notFound(id int64) error {
	return &lab.InputError{Field: "run", Value: fmt.Sprint(id), Want: "the number of a recorded run (autoscale-lab history lists them)"}
}

// scanRun reads a row of runColumns, and cleans its texts. The user's own
// command, its environment and its folder are kept to the letter, so that they
// can be run again.
func scanRun(row interface{ Scan(...any) error }) (run lab.Run, err error) {
	var began int64
	var experiment, host, summary []byte
	if err := row.Scan(&run.ID, &run.Name, &run.Note, &run.Baseline, &run.Outcome, &began, &run.Duration, &run.Policy, &run.Load, &run.Rig,
		&run.Version, &run.Commit, &run.Changes, &run.Incomplete, &experiment, &host, &summary); err != nil {
		return run, err
	}
	run.Began = time.Unix(0, began)
	if err := errors.Join(json.Unmarshal(experiment, &run.Experiment), json.Unmarshal(host, &run.Host), json.Unmarshal(summary, &run.Summary)); err != nil {
		return run, fmt.Errorf("run %d: %w", run.ID, err)
	}
	e := &run.Experiment
	for _, s := range []*string{&run.Name, &run.Note, (*string)(&run.Outcome), &run.Policy, &run.Load, &run.Rig, &run.Version, &run.Commit, &run.Incomplete,
		&e.Name, &e.Policy, &e.Load, &e.Balance, &e.Fleet.WorkDist, &e.Fleet.ReadyPath, &e.Series} {
		*s = lab.Clean(*s)
	}
	cleanHost(&run.Host)
	for cause, n := range run.Summary.Requests.ByCause {
		if c := lab.Clean(cause); c != cause {
			delete(run.Summary.Requests.ByCause, cause)
			run.Summary.Requests.ByCause[c] = n
		}
	}
	return run, nil
}

// Load gives a run with all its ticks, also one that is under way. Empty lists
// are nil. An unknown number is a *lab.InputError.
func (s *Store) Load(ctx context.Context, id int64) (lab.Record, error) {
	rec, err := s.load(ctx, id, codec.Whole)
	return rec, wrap(fmt.Sprintf("load run %d", id), err)
}

// Outline is Load, in a third of the time, of what runs are scored and compared
// by: of instances their lives, states and CPU, of histograms the latency that
// clients saw.
func (s *Store) Outline(ctx context.Context, id int64) (lab.Record, error) {
	rec, err := s.load(ctx, id, codec.Outline)
	return rec, wrap(fmt.Sprintf("load run %d", id), err)
}

func (s *Store) load(ctx context.Context, id int64, detail codec.Detail) (lab.Record, error) {
	tx, err := s.r.BeginTx(ctx, nil) // one view of both tables
	if err != nil {
		return lab.Record{}, err
	}
	defer tx.Rollback()
	run, err := getRun(ctx, tx, id)
	if err != nil {
		return lab.Record{}, err
	}
	var parts []*[]lab.Tick
	decoders := new(errgroup.Group)
	decoders.SetLimit(runtime.GOMAXPROCS(0))
	err = eachChunk(ctx, tx, id, func(data []byte) error {
		part, kept := new([]lab.Tick), buffers.Get().(*[]byte)
		parts = append(parts, part)
		*kept = append((*kept)[:0], data...)
		decoders.Go(func() (err error) {
			*part, err = codec.Decode(*kept, detail)
			buffers.Put(kept)
			return err
		})
		return nil
	})
	if err := errors.Join(err, decoders.Wait()); err != nil {
		return lab.Record{}, err
	}
	n := 0
	for _, p := range parts {
		n += len(*p)
	}
	ticks := make([]lab.Tick, 0, n)
	for _, p := range parts {
		ticks = append(ticks, *p...)
	}
	return lab.Record{Run: run, Ticks: ticks}, nil
}

// buffers are for chunks on their way to a decoder.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// eachChunk hands a run's chunks over, in order; data is good until do returns.
func eachChunk(ctx context.Context, tx *sql.Tx, id int64, do func(data []byte) error) error {
	rows, err := tx.QueryContext(ctx, "SELECT data FROM chunk WHERE run = ? ORDER BY at", id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var data sql.RawBytes
		if err := rows.Scan(&data); err != nil {
			return err
		}
		if err := do(data); err != nil {
			return err
		}
	}
	return rows.Err()
}

// SetName gives a run a name.
func (s *Store) SetName(ctx context.Context, id int64, name string) error {
	return s.set(ctx, id, "name", strings.TrimSpace(lab.Clean(name)))
}

// SetNote writes a note beside a run.
func (s *Store) SetNote(ctx context.Context, id int64, note string) error {
	return s.set(ctx, id, "note", strings.TrimSpace(lab.Clean(note)))
}

// Baseline is the run that others are measured by, if there is one.
func (s *Store) Baseline(ctx context.Context) (run lab.Run, ok bool, err error) {
	run, err = scanRun(s.r.QueryRowContext(ctx, "SELECT "+runColumns+" FROM run WHERE baseline AND deleted IS NULL"))
	if errors.Is(err, sql.ErrNoRows) {
		return lab.Run{}, false, nil
	}
	return run, err == nil, wrap("find the baseline", err)
}

// SetBaseline makes a run the baseline, of which there is at most one, or no
// longer.
func (s *Store) SetBaseline(ctx context.Context, id int64, on bool) error {
	return s.set(ctx, id, "baseline", on)
}

func (s *Store) set(ctx context.Context, id int64, column string, value any) error {
	return wrap(fmt.Sprintf("set the %s of run %d", column, id), s.write(ctx, func(tx *sql.Tx) error {
		if value == true {
			if _, err := tx.ExecContext(ctx, "UPDATE run SET baseline = 0 WHERE baseline"); err != nil {
				return err
			}
		}
		res, err := tx.ExecContext(ctx, "UPDATE run SET "+column+" = ? WHERE id = ? AND deleted IS NULL", value, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, notFound(id))
		}
		return nil
	}))
}

// Delete takes runs out of the history, all of them or none. They can be had
// back (Restore) until the Store is closed. A run under way cannot be deleted.
func (s *Store) Delete(ctx context.Context, ids ...int64) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		now := time.Now().UnixNano()
		for _, id := range ids {
			run, err := getRun(ctx, tx, id)
			if err != nil {
				return err
			}
			if run.Outcome == lab.Unfinished {
				return &lab.InputError{Field: "run", Value: fmt.Sprint(id), Want: "a run that has ended; this one is still being recorded"}
			}
			if _, err := tx.ExecContext(ctx, "UPDATE run SET deleted = ? WHERE id = ?", now, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.mu.Lock()
		s.deleted = append(s.deleted, ids...)
		s.mu.Unlock()
	}
	return wrap("delete runs", err)
}

// Restore brings deleted runs back, all of them or none.
func (s *Store) Restore(ctx context.Context, ids ...int64) error {
	return wrap("restore runs", s.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			res, err := tx.ExecContext(ctx, "UPDATE run SET deleted = NULL WHERE id = ?", id)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, notFound(id))
			}
		}
		return nil
	}))
}
