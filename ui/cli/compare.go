package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
)

// mostCompared is how many runs can be told apart side by side.
const mostCompared = 4

func (s *shell) historyCompare() *cobra.Command {
	c := &cobra.Command{
		Use: "compare A B…", Short: "two to four runs side by side", Args: compared,
		Long:    "Tells whether runs were offered the same load, what was set differently, their figures, and what may be said of them.",
		Example: "autoscale-lab history compare 41 42\nautoscale-lab history compare 41 42 --json | jq -r .verdict",
	}
	f := flagsOf(c)
	asJSON := f.truth("json", "print the comparison as JSON")
	return s.noted(c, f.place(), func(ctx context.Context, h History, args []string) error {
		records := make([]lab.Record, len(args))
		for i, id := range parseIDs(args) {
			var err error
			if records[i], err = h.Load(ctx, id); err != nil {
				return err
			}
		}
		cmp := report.Compare(records)
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

// compared wants the numbers of two to four different runs.
func compared(c *cobra.Command, args []string) error {
	if len(args) < 2 || len(args) > mostCompared {
		return usageError(fmt.Sprintf("%s: want the numbers of two to four runs: %s %s", path(c), c.Parent().CommandPath(), c.Use))
	}
	if err := ids(-1, -1)(c, args); err != nil {
		return err
	}
	all := parseIDs(args)
	for i, id := range all {
		if slices.Contains(all[:i], id) {
			return &lab.InputError{Field: path(c), Value: args[i], Want: "another run: one is not compared with itself"}
		}
	}
	return nil
}

func (s *shell) showComparison(c *report.Comparison) {
	for _, side := range c.Sides {
		r := &side.Runs[0]
		fmt.Fprintf(s.Out, "%s  run %d %s\n", s.bold(side.Letter), r.ID, strings.TrimSpace(lab.Clean(r.Name)+" "+r.Began.Local().Format("2006-01-02 15:04")))
	}
	fair := s.bold(c.Fairness())
	if c.Why != "" {
		fair += ": " + lab.Clean(c.Why)
	}
	fmt.Fprintf(s.Out, "\n%s\n\n", fair)
	d := &c.Differences
	head := []string{"SETTING"}
	for _, side := range c.Sides {
		head = append(head, side.Letter)
	}
	t := columns(head...)
	for _, f := range d.Differ {
		row := []string{f.Name}
		for _, v := range f.Values {
			if v == "" {
				v = unknown
			}
			row = append(row, cut(v, 40))
		}
		t.row(row...)
	}
	if len(d.Differ) > 0 {
		t.print(s.Out, s.bold)
	}
	fmt.Fprintf(s.Out, "%d of %d settings differ; same: %s\n\n", len(d.Differ), d.Fields, d.Same)
	head = c.Head()
	for i := 1; i < len(head); i++ {
		if head[i] != "" {
			head[i] = ">" + head[i]
		}
	}
	t = columns(head...)
	for i := range c.Metrics {
		t.row(c.Row(i)...)
	}
	t.print(s.Out, s.bold)
	if c.Caveat != "" {
		fmt.Fprintln(s.Out, c.Caveat)
	}
	if c.Verdict != "" {
		fmt.Fprintf(s.Out, "\n%s\n", s.bold(c.Verdict))
	}
}
