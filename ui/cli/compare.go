package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

func (s *verbs) historyCompare() *cobra.Command {
	c := &cobra.Command{
		Use: "compare A [B…]", Short: "two to four runs, or groups of repeats, side by side", Args: compared,
		Long: "Tells whether runs were offered the same load, what was set differently, their figures, and what may be said of them. " + sideHelp +
			" One side alone is compared with the baseline, which is A then: with its repeats if the side has several runs.",
		Example: `autoscale-lab history compare 41 42
autoscale-lab history compare 41-45 46-50
autoscale-lab history compare 42
autoscale-lab history compare 41,43,45 42,44,46 --json | jq -r .verdict`,
	}
	f := flags.Of(c)
	asJSON := f.Truth("json", "print the comparison as JSON")
	return s.noted(c, f.Place(), func(ctx context.Context, h History, args []string) error {
		sides, err := report.ParseSides(flags.Path(c), args)
		if err == nil && len(sides) == 1 {
			sides, err = besideBaseline(ctx, h, flags.Path(c), sides[0])
		}
		if err != nil {
			return err
		}
		groups, err := loadSides(ctx, h, sides)
		if err != nil {
			return err
		}
		cmp := report.CompareGroups(groups)
		if *asJSON {
			text, err := cmp.JSON()
			if err == nil {
				_, err = s.Out.Write(text)
			}
			return err
		}
		s.showComparison(&cmp)
		return nil
	})
}

func (s *verbs) showComparison(c *report.Comparison) {
	for i := range c.Sides {
		fmt.Fprintf(s.Out, "%s  %s\n", s.Bold(c.Sides[i].Letter), sideTitle(&c.Sides[i]))
	}
	fair := s.Bold(c.Fairness())
	if c.Why != "" {
		fair += ": " + lab.Clean(c.Why)
	}
	fmt.Fprintf(s.Out, "\n%s\n", fair)
	for _, w := range c.Warnings {
		fmt.Fprintf(s.Out, "warning: %s\n", w)
	}
	fmt.Fprintln(s.Out)
	d := &c.Differences
	head := []string{"SETTING"}
	for _, side := range c.Sides {
		head = append(head, side.Letter)
	}
	t := shell.Columns(head...)
	for _, f := range d.Differ {
		row := []string{f.Name}
		for _, v := range c.BySide(f) {
			text := shell.Unknown
			if v != nil {
				text = *v
			}
			row = append(row, shell.Cut(text, 40))
		}
		t.Row(row...)
	}
	if len(d.Differ) > 0 {
		t.Print(s.Out, s.Bold)
	}
	fmt.Fprintf(s.Out, "%d of %d settings differ; same: %s\n\n", len(d.Differ), d.Fields, d.Same)
	head = c.Head()
	for i := 1; i < len(head); i++ {
		if head[i] != "" {
			head[i] = ">" + head[i]
		}
	}
	t = shell.Columns(head...)
	for i := range c.Metrics {
		t.Row(c.Row(i)...)
	}
	t.Print(s.Out, s.Bold)
	if c.Caveat != "" {
		fmt.Fprintln(s.Out, c.Caveat)
	}
	if c.Verdict != "" {
		fmt.Fprintf(s.Out, "\n%s\n", s.Bold(c.Verdict))
	}
}

// sideTitle names the runs of a side: run 42 NAME 2026-01-02 15:04, or 5 runs:
// 41-45 NAME, since …; the baseline has its star.
func sideTitle(side *report.Side) string {
	r := &side.Runs[0]
	began := r.Began.Local().Format("2006-01-02 15:04")
	title := lab.Clean(r.Name)
	if len(side.Runs) == 1 {
		return starred(r.Baseline, strings.Join(slices.DeleteFunc([]string{fmt.Sprint("run ", r.ID), title, began}, func(s string) bool { return s == "" }), " "))
	}
	var ids []int64
	baseline := false
	for i := range side.Runs {
		ids, baseline = append(ids, side.Runs[i].ID), baseline || side.Runs[i].Baseline
	}
	title = inSeries.ReplaceAllString(title, "")
	return starred(baseline, strings.TrimSpace(fmt.Sprintf("%d runs: %s %s", len(ids), report.SpellSide(ids), title))+", since "+began)
}

// inSeries is the end of the name of a run in a series.
var inSeries = regexp.MustCompile(` \d+/\d+$`)

func starred(is bool, text string) string {
	if is {
		return "★ " + text
	}
	return text
}
