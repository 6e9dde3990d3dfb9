package show

import (
	"fmt"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/cli/shell"
)

// Comparison prints a comparison for people.
func Comparison(s shell.Stdio, c *report.Comparison) {
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
	for _, col := range c.Shadows {
		fmt.Fprintf(s.Out, "%s: %s\n", col.Title, lab.Clean(col.Policy))
	}
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
	star, name, began := "", side.Name(), r.Began.Local().Format("2006-01-02 15:04")
	if side.Baseline() {
		star = "★ "
	}
	if name != "" {
		name = " " + name
	}
	if len(side.Runs) == 1 {
		return fmt.Sprintf("%srun %d%s %s", star, r.ID, name, began)
	}
	ids := make([]int64, len(side.Runs))
	for i := range side.Runs {
		ids[i] = side.Runs[i].ID
	}
	return fmt.Sprintf("%s%d runs: %s%s, since %s", star, len(ids), report.SpellSide(ids), name, began)
}

// Letter is the letter of the i-th policy: A, B … Z, then 27.
func Letter(i int) string {
	if i <= 26 {
		return string(rune('A' + i - 1))
	}
	return fmt.Sprint(i)
}
