package history

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/cli/flags"
)

// sideHelp is how sides are spelled.
const sideHelp = "A side is a run, or repeats of one: 41, or 41-45, or 41,43,45."

// besideBaseline puts the baseline before the side that is compared with it: the
// run alone, or, before several, with its repeats.
func besideBaseline(ctx context.Context, h Notebook, field string, side []int64) ([][]int64, error) {
	ref, ok, err := h.Baseline(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &lab.InputError{Field: field, Value: strconv.FormatInt(side[0], 10), Want: "two to four sides, or a baseline to compare it with (autoscale-lab history baseline ID makes one)"}
	}
	if slices.Contains(side, ref.ID) {
		return nil, &lab.InputError{Field: field, Value: strconv.FormatInt(ref.ID, 10), Want: "other runs than the baseline: one is not compared with itself"}
	}
	base := []int64{ref.ID}
	if len(side) > 1 {
		runs, err := h.List(ctx, 0, 0)
		if err != nil {
			return nil, err
		}
		base, _ = report.Repeats(runs, &ref)
		base = slices.DeleteFunc(base, func(id int64) bool { return slices.Contains(side, id) })
	}
	return [][]int64{base, side}, nil
}

// compared wants one to four sides, of different runs.
func compared(c *cobra.Command, args []string) error {
	if len(args) < 1 || len(args) > report.MostSides {
		return flags.UsageError(fmt.Sprintf("%s: want two to four runs, or one beside the baseline: %s %s", flags.Path(c), c.Parent().CommandPath(), c.Use))
	}
	_, err := report.ParseSides(flags.Path(c), args)
	return err
}
