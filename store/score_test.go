package store

import (
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

// unscored makes runs as a lab left them that knew no scores.
func unscored(t *testing.T, s *Store, n int) (want []lab.Record) {
	t.Helper()
	for range n {
		want = append(want, recorded(t, s, codectest.Lesson(5, 2)))
	}
	if _, err := s.w.Exec("UPDATE run SET scored = 0, summary = json_remove(json_set(summary, '$.score_version', 0), '$.elasticity', '$.instance_seconds')"); err != nil {
		t.Fatal(err)
	}
	return want
}

func TestRunsOfOlderRulesAreScoredByTheNextStart(t *testing.T) {
	s := newStore(t)
	want := unscored(t, s, 3)
	again := openAt(t, s.path, options{patience: time.Hour})
	for _, w := range want {
		got, err := again.Get(t.Context(), w.Run.ID)
		if err != nil {
			t.Fatal(err)
		}
		codectest.Same(t, lab.SummaryOf(&w).Scores, got.Summary.Scores)
		got.Summary.Scores, w.Run.Summary.Scores = lab.Scores{}, lab.Scores{}
		codectest.Same(t, w.Run, got)
	}
	// They are scored once.
	if _, err := s.w.Exec("UPDATE run SET summary = json_set(summary, '$.instance_seconds', 12345)"); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, openAt(t, s.path, options{}), Query{})[0]; got.Summary.InstanceSeconds != 12345 {
		t.Error("it is scored again")
	}
}

func TestAStartScoresTheNewestRunsItHasTimeFor(t *testing.T) {
	s := newStore(t)
	unscored(t, s, 3)
	for _, want := range [][]int{{1, 0, 0}, {1, 1, 0}, {1, 1, 1}} { // by version, the newest first
		var got []int
		for _, r := range listed(t, openAt(t, s.path, options{patience: time.Nanosecond}), Query{}) {
			got = append(got, r.Summary.ScoreVersion)
		}
		codectest.Same(t, want, got)
	}
}

func TestWhatCannotBeScoredIsNotTriedForEver(t *testing.T) {
	s := newStore(t)
	unscored(t, s, 1)
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil { // under way: it is scored at its end
		t.Fatal(err)
	}
	if _, err := s.w.Exec("UPDATE chunk SET data = x'00'"); err != nil {
		t.Fatal(err)
	}
	openAt(t, s.path, options{patience: time.Hour})
	got, err := ids(t.Context(), s.r, "SELECT id FROM run WHERE scored < ?", lab.ScoreVersion)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, []int64{run.ID}, got)
}
