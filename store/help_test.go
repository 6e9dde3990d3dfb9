package store

import (
	"context"
	"database/sql"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec"
	"autoscale-lab/store/codec/codectest"
)

// recordAll enters ticks in one transaction: a quick way to a long run.
func recordAll(t testing.TB, s *Store, id int64, ticks []lab.Tick) {
	t.Helper()
	if err := s.write(context.Background(), func(tx *sql.Tx) error {
		for _, tick := range ticks {
			if _, err := tx.Exec(insertChunk, id, tick.Sample.At, codec.Encode([]lab.Tick{tick}, 0)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// fillRuns enters n runs without ticks.
func fillRuns(t testing.TB, s *Store, n int) {
	t.Helper()
	summary := lab.SummaryOf(&lab.Record{Run: aRun(), Ticks: codectest.Lesson(3, 2)})
	texts, err := marshal(lab.DefaultExperiment(), lab.Host{OS: "linux"}, summary)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?)
			INSERT INTO run (session, key, name, note, outcome, began, duration, policy, load, rig, version, "commit", changes, incomplete, packed, scored, experiment, host, summary)
			SELECT 'none', i, 'run ' || i, '', 'completed', i*1000000000, 60000000000, 'threshold', 'constant:rate=15', 'local', '', '', 0, '', 1, ?, ?, ?, ? FROM n`, n, lab.ScoreVersion, texts[0], texts[1], texts[2])
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
