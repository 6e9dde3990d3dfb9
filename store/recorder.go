package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec"
)

// Recorder writes one run after the other. Each call is one transaction, on
// the disk when it returns; one that failed may be tried again, and does
// nothing twice. Calls come one at a time.
type Recorder struct {
	s      *Store
	number int // among the Recorders of its Store

	id     int64 // of the run under way, 0 if there is none
	origin time.Duration

	insertTick, insertChunk, insertEvent *sql.Stmt
}

// Recorder makes a Recorder; it needs no closing.
func (s *Store) Recorder() *Recorder {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recorders++
	return &Recorder{s: s, number: s.recorders}
}

// Begin enters a run and gives it its number.
func (r *Recorder) Begin(run *lab.Run) error {
	return wrap("begin a run", r.begin(run))
}

func (r *Recorder) begin(run *lab.Run) error {
	if err := r.s.session.Begin(); err != nil {
		return err
	}
	key := fmt.Sprintf("%s/%d/%d/%d", r.s.session.Token, r.number, run.Began.UnixNano(), run.Origin)
	var id int64
	err := r.s.write(context.Background(), func(tx *sql.Tx) (err error) {
		id, err = insertRun(tx, r.s.session.Token, key, run)
		return err
	})
	if err != nil {
		return err
	}
	r.id, r.origin, run.ID = id, run.Origin, id
	return nil
}

// insertRun enters a run that has no end yet, or finds it by its key.
func insertRun(tx *sql.Tx, session, key string, run *lab.Run) (id int64, err error) {
	texts, err := marshal(run.Experiment, run.Host, run.Summary)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(`INSERT INTO run (session, key, name, note, baseline, outcome, began, duration, policy, load, rig, version, "commit", changes, incomplete, experiment, host, summary)
		VALUES (?, ?, ?, ?, 0, '', ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET key = key RETURNING id`,
		session, key, run.Name, run.Note, run.Began.UnixNano(), run.Policy, run.Load, run.Rig,
		run.Version, run.Commit, run.Changes, run.Incomplete, texts[0], texts[1], texts[2]).Scan(&id)
	return id, err
}

func marshal(values ...any) ([]string, error) {
	texts := make([]string, len(values))
	for i, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		texts[i] = string(b)
	}
	return texts, nil
}

// Record enters a tick of the run under way.
func (r *Recorder) Record(tick lab.Tick) error {
	return wrap("record a tick", r.record(&tick))
}

func (r *Recorder) record(tick *lab.Tick) error {
	if r.id == 0 {
		return errors.New("no run is under way")
	}
	if err := r.prepare(); err != nil {
		return err
	}
	at := tick.Sample.At - r.origin
	row := tickRow(r.id, at, tick)
	chunk := codec.Encode([]lab.Tick{*tick}, r.origin)
	return r.s.write(context.Background(), func(tx *sql.Tx) error {
		res, err := tx.Stmt(r.insertTick).Exec(row...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // it is there already
		}
		if _, err := tx.Stmt(r.insertChunk).Exec(r.id, at, chunk); err != nil {
			return err
		}
		return insertEvents(r.id, r.origin, tick, tx.Stmt(r.insertEvent))
	})
}

const (
	insertTick  = "INSERT INTO tick VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
	insertChunk = "INSERT INTO chunk (run, at, data) VALUES (?, ?, ?)"
	insertEvent = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)

// tickRow is a tick as people with a sqlite3 shell see it.
func tickRow(id int64, at time.Duration, tick *lab.Tick) []any {
	s := &tick.Sample
	var cpu, p95 sql.NullFloat64
	if c := s.InstanceCPU(); c.OK {
		cpu = sql.NullFloat64{Float64: c.Value, Valid: true}
	}
	if d, ok := s.Seen().Latency.Quantile(.95); ok {
		p95 = sql.NullFloat64{Float64: d.Seconds(), Valid: true}
	}
	return []any{id, at, tick.Decision.Desired, s.Serving(), cpu, s.OfferedRate(), s.ServedRate(), p95}
}

func insertEvents(id int64, origin time.Duration, tick *lab.Tick, insert *sql.Stmt) error {
	for i, e := range tick.Events {
		if _, err := insert.Exec(id, tick.Sample.At-origin, i, e.At-origin, e.By, e.Kind, e.Instance, e.Text); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the statements that every tick needs. They end with the
// Store's connection.
func (r *Recorder) prepare() (err error) {
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&r.insertTick, insertTick},
		{&r.insertChunk, insertChunk},
		{&r.insertEvent, insertEvent},
	} {
		if *p.stmt == nil && err == nil {
			*p.stmt, err = r.s.w.Prepare(p.text)
		}
	}
	return err
}

// End enters how a run ended, and packs it; one that is Discarded is taken out.
// What people can write at any time (name, note, baseline) is left alone.
func (r *Recorder) End(run lab.Run) error {
	return wrap("end a run", r.end(run))
}

func (r *Recorder) end(run lab.Run) error {
	if r.id != 0 {
		run.ID = r.id
	}
	ctx := context.Background()
	if run.Outcome == lab.Discarded {
		if err := r.s.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.Exec("DELETE FROM run WHERE id = ?", run.ID)
			return err
		}); err != nil {
			return err
		}
	} else {
		if err := r.s.write(ctx, func(tx *sql.Tx) error { return finish(tx, &run, "") }); err != nil {
			return err
		}
		// A run reads the same packed or not: what fails is done at a later start.
		_ = r.s.pack(ctx, run.ID)
	}
	r.id = 0
	return nil
}

// finish writes a run's last figures. With a condition on its row it does
// nothing where that does not hold.
func finish(tx *sql.Tx, run *lab.Run, where string) error {
	texts, err := marshal(run.Summary)
	if err != nil {
		return err
	}
	res, err := tx.Exec("UPDATE run SET outcome = ?, duration = ?, policy = ?, load = ?, changes = ?, incomplete = ?, summary = ?, scored = ? WHERE id = ?"+where,
		run.Outcome, run.Duration, run.Policy, run.Load, run.Changes, run.Incomplete, texts[0], run.Summary.ScoreVersion, run.ID)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 && where == "" {
		return errors.Join(err, notFound(run.ID))
	}
	return nil
}

// markCrashed ends a run whose lab is gone, as far as its ticks tell.
func (s *Store) markCrashed(ctx context.Context, id int64) error {
	rec, err := s.load(ctx, id, codec.Outline)
	if errors.Is(err, codec.ErrDamaged) {
		rec.Run, err = getRun(ctx, s.r, id)
		rec.Run.Incomplete = codec.ErrDamaged.Error()
	}
	if err != nil {
		return err
	}
	run := &rec.Run
	run.Outcome = lab.Crashed
	for i := range rec.Ticks {
		t := &rec.Ticks[i]
		run.Duration = t.Sample.At
		for _, e := range t.Events {
			if e.Action != nil {
				followDeed(run, e.Action)
			}
		}
	}
	run.Summary = lab.SummaryOf(&rec)
	return s.write(ctx, func(tx *sql.Tx) error { return finish(tx, run, " AND outcome = ''") })
}

// followDeed brings a run's policy, load and count of changes up to a deed.
func followDeed(run *lab.Run, a *lab.Action) {
	switch a.Kind {
	case lab.ActMark, lab.ActLoad, lab.ActNew, lab.ActStop:
		return
	case lab.ActPolicy:
		run.Policy, _, _ = strings.Cut(a.To, ":")
	case lab.ActShape:
		run.Load = a.To
	case lab.ActSet:
		if spec, err := lab.ParseSpec("load", run.Load); err == nil && a.Target == "load" {
			for i := range spec.Settings {
				if spec.Settings[i].Name == a.Name {
					spec.Settings[i].Text = a.To
				}
			}
			run.Load = spec.String()
		}
	}
	run.Changes++
}
