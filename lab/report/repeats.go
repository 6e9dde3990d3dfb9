package report

import (
	"slices"
	"time"

	"autoscale-lab/lab"
)

// Repeats are the numbers of those among runs that are of one series with a run,
// and of the same settings, itself included, the oldest first: the side of a
// comparison that it stands for. Broken are those of them that did not end in
// good order, which are left out. So is a copy, which an import may have brought:
// to count one run twice would make more of it than there is. Without a series a
// run is alone.
func Repeats(runs []lab.Run, of *lab.Run) (ids, broken []int64) {
	ids = []int64{of.ID}
	if of.Experiment.Series == "" {
		return ids, nil
	}
	settings := of.Experiment.Settings()
	began := []time.Time{of.Began}
	for i := range runs {
		r := &runs[i]
		e := &r.Experiment
		if r.ID == of.ID || e.Series != of.Experiment.Series || !slices.Equal(e.Settings(), settings) || slices.ContainsFunc(began, r.Began.Equal) {
			continue
		}
		began = append(began, r.Began)
		if r.Outcome == lab.Completed || r.Outcome == lab.Stopped {
			ids = append(ids, r.ID)
		} else {
			broken = append(broken, r.ID)
		}
	}
	slices.Sort(ids)
	slices.Sort(broken)
	return ids, broken
}
