package report

import (
	"slices"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestRepeatsAreOfOneSeriesAndOfTheSameSettings(t *testing.T) {
	run := func(id int64, series, policy string) lab.Run {
		e := lab.DefaultExperiment()
		e.Series, e.Policy = series, policy
		return lab.Run{ID: id, Experiment: e, Outcome: lab.Completed, Began: time.Unix(id, 0)}
	}
	runs := []lab.Run{
		run(7, "", "hpa"), run(6, "x", "hpa"), run(5, "x", "threshold"), run(4, "y", "hpa"), run(3, "x", "hpa"), run(2, "", "hpa"), run(1, "x", "threshold"),
	}
	for i, want := range [][]int64{{7}, {3, 6}, {1, 5}, {4}, {3, 6}, {2}, {1, 5}} {
		if got, broken := Repeats(runs, &runs[i]); !slices.Equal(got, want) || broken != nil {
			t.Errorf("repeats of run %d: %v, want %v; broken: %v", runs[i].ID, got, want, broken)
		}
	}
	if d := Differ([]lab.Run{runs[1], runs[3]}); len(d.Differ) != 0 {
		t.Errorf("a series is no setting: %v", d.Differ)
	}
}

func TestWhatBrokeOrIsACopyIsNoRepeat(t *testing.T) {
	var runs []lab.Run
	for id, outcome := range []lab.Outcome{lab.Completed, lab.Stopped, lab.Aborted, lab.Crashed, lab.Unfinished, lab.Completed} {
		e := lab.DefaultExperiment()
		e.Series = "x"
		runs = append(runs, lab.Run{ID: int64(id), Experiment: e, Outcome: outcome, Began: time.Unix(int64(id%5), 0)}) // 5 is 0 again
	}
	for of, want := range map[int][2][]int64{
		0: {{0, 1}, {2, 3, 4}},
		1: {{0, 1}, {2, 3, 4}},
		3: {{0, 1, 3}, {2, 4}}, // asked for by itself
		5: {{1, 5}, {2, 3, 4}},
	} {
		if ids, broken := Repeats(runs, &runs[of]); !slices.Equal(ids, want[0]) || !slices.Equal(broken, want[1]) {
			t.Errorf("repeats of run %d: %v, broken %v, want %v", of, ids, broken, want)
		}
	}
}
