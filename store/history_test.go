package store

import (
	"strings"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

func numbers(runs []lab.Run) (out []int64) {
	for _, r := range runs {
		out = append(out, r.ID)
	}
	return out
}

func listed(t *testing.T, s *Store, q Query) []lab.Run {
	t.Helper()
	runs, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func TestListGivesPagesNewestFirst(t *testing.T) {
	s := newStore(t)
	if got := listed(t, s, Query{Limit: 10}); len(got) != 0 {
		t.Errorf("a new notebook has %d runs", len(got))
	}
	fillRuns(t, s, 7)
	var pages [][]int64
	for before := int64(0); ; {
		page := listed(t, s, Query{Limit: 3, Before: before})
		if len(page) == 0 {
			break
		}
		pages, before = append(pages, numbers(page)), page[len(page)-1].ID
	}
	codectest.Same(t, [][]int64{{7, 6, 5}, {4, 3, 2}, {1}}, pages)
	if got := listed(t, s, Query{}); len(got) != 7 || got[0].Summary.Requests.OK == 0 || got[0].Experiment.Policy != "threshold" {
		t.Errorf("all: %+v", got)
	}
}

func TestListTouchesNoTicks(t *testing.T) {
	s := newStore(t)
	recorded(t, s, codectest.Lesson(3, 1))
	if _, err := s.w.Exec("DROP TABLE chunk; DROP TABLE tick; DROP TABLE event"); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, s, Query{Limit: 50}); len(got) != 1 || got[0].Summary.Requests.OK == 0 {
		t.Errorf("listed %+v", got)
	}
}

func TestNameNoteBaseline(t *testing.T) {
	s := newStore(t)
	fillRuns(t, s, 3)
	ctx := t.Context()
	for _, err := range []error{
		s.SetName(ctx, 1, " upper 40 % \x1b[31m"), s.SetNote(ctx, 1, "two\nlines"),
		s.SetBaseline(ctx, 2, true), s.SetBaseline(ctx, 3, true), s.SetBaseline(ctx, 1, false),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	runs := listed(t, s, Query{})
	if r := runs[2]; r.Name != "upper 40 %" || r.Note != "two lines" {
		t.Errorf("named %q, noted %q", r.Name, r.Note)
	}
	codectest.Same(t, []bool{true, false, false}, []bool{runs[0].Baseline, runs[1].Baseline, runs[2].Baseline})
	if err := s.SetBaseline(ctx, 3, false); err != nil {
		t.Fatal(err)
	}
	if listed(t, s, Query{})[0].Baseline {
		t.Error("it is still the baseline")
	}
}

// What people wrote while a run was under way is not undone by its end.
func TestTheEndOfARunKeepsWhatPeopleWrote(t *testing.T) {
	s := newStore(t)
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	if err := s.SetName(t.Context(), run.ID, "mine"); err != nil {
		t.Fatal(err)
	}
	run.Outcome = lab.Stopped
	if err := rec.End(run); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, s, Query{})[0]; got.Name != "mine" || got.Outcome != lab.Stopped {
		t.Errorf("%q, %q", got.Name, got.Outcome)
	}
}

func TestUnknownNumbersAreNamed(t *testing.T) {
	s := newStore(t)
	fillRuns(t, s, 1)
	ctx := t.Context()
	_, get := s.Get(ctx, 42)
	_, load := s.Load(ctx, 42)
	for _, err := range []error{
		get, load, s.SetName(ctx, 42, "x"), s.SetNote(ctx, 42, "x"), s.SetBaseline(ctx, 42, true),
		s.Delete(ctx, 1, 42), s.Restore(ctx, 1, 42), s.Recorder().End(lab.Run{ID: 42, Outcome: lab.Stopped}),
	} {
		wantInputError(t, err, "run", "42")
	}
	if got := listed(t, s, Query{}); len(got) != 1 {
		t.Error("a run was deleted beside an unknown one")
	}
}

func TestDeleteWithUndo(t *testing.T) {
	s, err := Open(t.TempDir() + "/lab.db")
	if err != nil {
		t.Fatal(err)
	}
	var runs []int64
	for range 3 {
		runs = append(runs, recorded(t, s, codectest.Lesson(3, 2)).Run.ID)
	}
	ctx := t.Context()
	if err := s.Delete(ctx, runs[0], runs[1]); err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, runs[2:], numbers(listed(t, s, Query{})))
	wantInputError(t, s.SetName(ctx, runs[0], "x"), "run")
	if err := s.Restore(ctx, runs[1]); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(ctx, runs[1]); err != nil || len(got.Ticks) != 3 {
		t.Errorf("had back with %d ticks, %v", len(got.Ticks), err)
	}
	// Another lab's start does not take the undo away.
	openAt(t, s.path, options{})
	if err := s.Restore(ctx, runs[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, runs[0], runs[2]); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, s.path, options{})
	wantInputError(t, s.Restore(ctx, runs[0]), "run")
	codectest.Same(t, runs[1:2], numbers(listed(t, s, Query{})))
	if err := s.Delete(ctx, runs[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.Exec("UPDATE run SET deleted = 1"); err != nil { // by a lab that then died
		t.Fatal(err)
	}
	again := openAt(t, s.path, options{})
	wantNothingLeft(t, again)
	if free, err := pragma(again.r, "freelist_count"); err != nil || free > 0 {
		t.Errorf("%d pages are not given back (%v)", free, err)
	}
	// A number is never used twice.
	if next := recorded(t, again, nil).Run.ID; next <= runs[2] {
		t.Errorf("number %d is used again", next)
	}
}

func TestHostileTextOfARunIsCleaned(t *testing.T) {
	s := newStore(t)
	want := recorded(t, s, nil)
	evil := "a\x1b]0;b\x07\u202ec\n"
	if _, err := s.w.Exec(`UPDATE run SET name = ?1, note = ?1, outcome = ?1, policy = ?1, load = ?1, rig = ?1, version = ?1, "commit" = ?1, incomplete = ?1,
		host = json_set(host, '$.cpu', ?1), experiment = json_set(experiment, '$.Policy', ?1, '$.Fleet.ReadyPath', ?1),
		summary = json_set(summary, '$.requests.by_cause', json_object(?1, 1))`, evil); err != nil {
		t.Fatal(err)
	}
	r, err := s.Get(t.Context(), want.Run.ID)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{r.Name, r.Note, string(r.Outcome), r.Policy, r.Load, r.Rig, r.Version, r.Commit, r.Incomplete, r.Host.CPU, r.Experiment.Policy, r.Experiment.Fleet.ReadyPath}
	for cause := range r.Summary.Requests.ByCause {
		texts = append(texts, cause)
	}
	for i, text := range texts {
		if strings.ContainsAny(text, "\x1b\x07\u202e\n") || text == "" {
			t.Errorf("text %d is %q", i, text)
		}
	}
	codectest.Same(t, want.Run.Experiment.Fleet.App, r.Experiment.Fleet.App)
}

// The tables for people with a sqlite3 shell say what the ticks say.
func TestPlainTables(t *testing.T) {
	s := newStore(t)
	rec := recorded(t, s, codectest.Lesson(12, 2))
	for i, tick := range rec.Ticks {
		var desired, ready int
		var cpu, offered, served, p95 float64
		if err := s.r.QueryRow("SELECT desired, ready, cpu, offered, served, p95 FROM tick WHERE run = ? AND at = ?", rec.Run.ID, tick.Sample.At).
			Scan(&desired, &ready, &cpu, &offered, &served, &p95); err != nil {
			t.Fatal(err)
		}
		want, _ := tick.Sample.Seen().Latency.Quantile(.95)
		codectest.Same(t, []any{tick.Decision.Desired, tick.Sample.Serving(), tick.Sample.InstanceCPU().Value, tick.Sample.OfferedRate(), tick.Sample.ServedRate(), want.Seconds()},
			[]any{desired, ready, cpu, offered, served, p95})
		if i%10 == 0 {
			var text string
			if err := s.r.QueryRow("SELECT text FROM event WHERE run = ? AND tick = ?", rec.Run.ID, tick.Sample.At).Scan(&text); err != nil || text != tick.Events[0].Text {
				t.Errorf("event %q, %v", text, err)
			}
		}
	}
}

func TestTheBaselineIsFound(t *testing.T) {
	s := newStore(t)
	fillRuns(t, s, 3)
	if _, ok, err := s.Baseline(t.Context()); ok || err != nil {
		t.Errorf("there is none: %v, %v", ok, err)
	}
	if err := s.SetBaseline(t.Context(), 2, true); err != nil {
		t.Fatal(err)
	}
	if r, ok, err := s.Baseline(t.Context()); !ok || err != nil || r.ID != 2 {
		t.Errorf("%d, %v, %v", r.ID, ok, err)
	}
	if err := s.Delete(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Baseline(t.Context()); ok || err != nil {
		t.Errorf("it is deleted: %v, %v", ok, err)
	}
}
