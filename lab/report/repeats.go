package report

import (
	"cmp"
	"slices"

	"autoscale-lab/lab"
)

// Repeats are those among runs that are of one series with a run, and of the same
// settings, itself included, the oldest first: the side of a comparison that it
// stands for. Without a series it is alone.
func Repeats(runs []lab.Run, of *lab.Run) []lab.Run {
	if of.Experiment.Series == "" {
		return []lab.Run{*of}
	}
	var out []lab.Run
	settings := of.Experiment.Settings()
	for i := range runs {
		e := &runs[i].Experiment
		if e.Series == of.Experiment.Series && slices.Equal(e.Settings(), settings) {
			out = append(out, runs[i])
		}
	}
	slices.SortFunc(out, func(a, b lab.Run) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
