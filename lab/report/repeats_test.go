package report

import (
	"testing"

	"autoscale-lab/lab"
)

func TestRepeatsAreOfOneSeriesAndOfTheSameSettings(t *testing.T) {
	run := func(id int64, series, policy string) lab.Run {
		e := lab.DefaultExperiment()
		e.Series, e.Policy = series, policy
		return lab.Run{ID: id, Experiment: e}
	}
	runs := []lab.Run{
		run(7, "", "hpa"), run(6, "x", "hpa"), run(5, "x", "threshold"), run(4, "y", "hpa"), run(3, "x", "hpa"), run(2, "", "hpa"), run(1, "x", "threshold"),
	}
	for i, want := range [][]int64{{7}, {3, 6}, {1, 5}, {4}, {3, 6}, {2}, {1, 5}} {
		var got []int64
		for _, r := range Repeats(runs, &runs[i]) {
			got = append(got, r.ID)
		}
		if len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("repeats of run %d: %v, want %v", runs[i].ID, got, want)
		}
	}
	if d := Differ([]lab.Run{runs[1], runs[3]}); len(d.Differ) != 0 {
		t.Errorf("a series is no setting: %v", d.Differ)
	}
}
