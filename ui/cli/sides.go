package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
)

const (
	mostSides   = 4   // that can be told apart side by side
	mostRepeats = 100 // of one run: all of them are read into memory
)

// sideHelp is how sides are spelled.
const sideHelp = "A side is a run, or repeats of one: 41, or 41-45, or 41,43,45."

// parseSides reads sides, one a text: 41, or the repeats 41-45 or 41,43-45. No
// run may be there twice. Field is what a *lab.InputError is about.
func parseSides(field string, texts []string) ([][]int64, error) {
	var all []int64
	sides := make([][]int64, len(texts))
	for i, text := range texts {
		bad := func(want string) error { return &lab.InputError{Field: field, Value: text, Want: want} }
		for part := range strings.SplitSeq(text, ",") {
			from, to, ranged := strings.Cut(part, "-")
			if !ranged {
				to = from
			}
			first, last := runNumber(from), runNumber(to)
			switch {
			case first == 0 || last == 0:
				return nil, bad("the number of a run, or repeats of one as 41-45 or 41,43 (autoscale-lab history lists them)")
			case last < first:
				return nil, bad(fmt.Sprintf("%d-%d: from the lower number to the higher", last, first))
			case last-first >= mostRepeats:
				return nil, bad(fmt.Sprintf("at most %d runs a side", mostRepeats))
			}
			for id := first; id <= last; id++ {
				if slices.Contains(all, id) {
					return nil, bad(fmt.Sprintf("run %d but once: one is not compared with itself", id))
				}
				all, sides[i] = append(all, id), append(sides[i], id)
			}
		}
		if len(sides[i]) > mostRepeats {
			return nil, bad(fmt.Sprintf("at most %d runs a side", mostRepeats))
		}
	}
	return sides, nil
}

// spellSide writes a side as parseSides reads it.
func spellSide(ids []int64) string {
	ids = slices.Sorted(slices.Values(ids))
	var parts []string
	for i := 0; i < len(ids); {
		j := i
		for j+1 < len(ids) && ids[j+1] == ids[j]+1 {
			j++
		}
		part := strconv.FormatInt(ids[i], 10)
		if j > i {
			part += "-" + strconv.FormatInt(ids[j], 10)
		}
		parts, i = append(parts, part), j+1
	}
	return strings.Join(parts, ",")
}

// runNumber is the number of a run; 0 if it is none.
func runNumber(text string) int64 {
	id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || id < 1 {
		return 0
	}
	return id
}

// loadSides reads the runs of sides. One that there is not is a *lab.InputError.
func loadSides(ctx context.Context, h History, sides [][]int64) ([][]lab.Record, error) {
	out := make([][]lab.Record, len(sides))
	for i, ids := range sides {
		for _, id := range ids {
			rec, err := h.Load(ctx, id)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], rec)
		}
	}
	return out, nil
}

// besideBaseline puts the baseline before the side that is compared with it: the
// run alone, or, before several, with its repeats.
func besideBaseline(ctx context.Context, h History, field string, side []int64) ([][]int64, error) {
	runs, err := h.List(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	text := strconv.FormatInt(side[0], 10)
	i := slices.IndexFunc(runs, func(r lab.Run) bool { return r.Baseline })
	if i < 0 {
		return nil, &lab.InputError{Field: field, Value: text, Want: "two to four sides, or a baseline to compare it with (autoscale-lab history baseline ID makes one)"}
	}
	base := []int64{runs[i].ID}
	if len(side) > 1 {
		base = nil
		for _, r := range report.Repeats(runs, &runs[i]) {
			base = append(base, r.ID)
		}
	}
	for _, id := range side {
		if slices.Contains(base, id) {
			return nil, &lab.InputError{Field: field, Value: strconv.FormatInt(id, 10), Want: "other runs than the baseline's: one is not compared with itself"}
		}
	}
	return [][]int64{base, side}, nil
}

// compared wants one to four sides, of different runs.
func compared(c *cobra.Command, args []string) error {
	if len(args) < 1 || len(args) > mostSides {
		return usageError(fmt.Sprintf("%s: want two to four runs, or one beside the baseline: %s %s", path(c), c.Parent().CommandPath(), c.Use))
	}
	_, err := parseSides(path(c), args)
	return err
}
