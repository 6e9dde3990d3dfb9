package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"autoscale-lab/lab"
)

const (
	MostSides   = 4   // that can be told apart side by side
	MostRepeats = 100 // of one run: all of them are read into memory
)

// ParseSides reads sides, one a text: 41, or the repeats 41-45 or 41,43-45. No
// run may be there twice. Field is what a *lab.InputError is about.
func ParseSides(field string, texts []string) ([][]int64, error) {
	var all []int64
	sides := make([][]int64, len(texts))
	for i, text := range texts {
		bad := func(want string) error { return &lab.InputError{Field: field, Value: text, Want: want} }
		for part := range strings.SplitSeq(text, ",") {
			from, to, ranged := strings.Cut(part, "-")
			if !ranged {
				to = from
			}
			first, last := RunNumber(from), RunNumber(to)
			switch {
			case first == 0 || last == 0:
				return nil, bad("the number of a run, or repeats of one as 41-45 or 41,43 (autoscale-lab history lists them)")
			case last < first:
				return nil, bad(fmt.Sprintf("%d-%d: from the lower number to the higher", last, first))
			case last-first >= MostRepeats:
				return nil, bad(fmt.Sprintf("at most %d runs a side", MostRepeats))
			}
			for n := range last - first + 1 { // last may be the greatest number there is
				id := first + n
				if slices.Contains(all, id) {
					return nil, bad(fmt.Sprintf("run %d but once: one is not compared with itself", id))
				}
				all, sides[i] = append(all, id), append(sides[i], id)
			}
		}
		if len(sides[i]) > MostRepeats {
			return nil, bad(fmt.Sprintf("at most %d runs a side", MostRepeats))
		}
	}
	return sides, nil
}

// SpellSide writes a side as ParseSides reads it.
func SpellSide(ids []int64) string {
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

// RunNumber is the number of a run; 0 if it is none.
func RunNumber(text string) int64 {
	id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || id < 1 {
		return 0
	}
	return id
}

var ofSeries = regexp.MustCompile(` *[0-9]+/[0-9]+$`)

// Title says which runs a side is of: run 42, or 5 runs 41-45.
func (s *Side) Title() string {
	if len(s.Runs) == 1 {
		return fmt.Sprintf("run %d", s.Runs[0].ID)
	}
	ids := make([]int64, len(s.Runs))
	for i := range s.Runs {
		ids[i] = s.Runs[i].ID
	}
	return fmt.Sprintf("%d runs %s", len(ids), SpellSide(ids))
}

// Name is the first run's; of repeats without its number among them.
func (s *Side) Name() string {
	title := lab.Clean(s.Runs[0].Name)
	if len(s.Runs) > 1 {
		title = ofSeries.ReplaceAllString(title, "")
	}
	return title
}

// Baseline tells whether the run that others are measured by is among them.
func (s *Side) Baseline() bool {
	return slices.ContainsFunc(s.Runs, func(r lab.Run) bool { return r.Baseline })
}
