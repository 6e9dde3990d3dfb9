package history

import (
	"fmt"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/history/preview"
	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/theme"
)

// column is one of the table's.
type column struct {
	title string
	order string // the one of filter.Orders that goes by it
	rank  int    // of the columns that do not fit, the greatest goes first
	least int    // cells
	most  int    // it grows to, where there is room
	right bool   // aligned to the right
	text  func(m *Model, r *lab.Run, w int) string
	ink   func(th *theme.Theme, r *lab.Run) theme.Style
}

// prefix is the cells before the first column: selection, mark, baseline.
const prefix = 4

// columns is those that fit w cells, each as wide as it can be. That which the
// list is sorted by is always among them.
func (m *Model) columns(w int) []column {
	cols := make([]column, len(allColumns))
	copy(cols, allColumns)
	if len(m.runs) > 0 {
		cols[0].least = max(cols[0].least, len(strconv.FormatInt(m.runs[0].ID, 10)))
	}
	cols[1].least = max(10, min(m.longest, 10+(w-86)/5)) // names, as far as there is room
	cols[1].most = max(cols[1].least, min(m.longest, 40))
	width := prefix - 1
	for i := range cols {
		c := &cols[i]
		if c.order == m.order {
			c.rank = 0
			c.least = max(c.least, len(c.title)+1) // with its arrow
		}
		width += c.least + 1
	}
	for width > w && len(cols) > 1 {
		worst := 0
		for i, c := range cols {
			if c.rank >= cols[worst].rank {
				worst = i
			}
		}
		width -= cols[worst].least + 1
		cols = append(cols[:worst:worst], cols[worst+1:]...)
	}
	for room := w - width; room > 0; {
		grown := false
		for i := range cols {
			if c := &cols[i]; c.least < c.most && room > 0 {
				c.least++
				room--
				grown = true
			}
		}
		if !grown {
			break
		}
	}
	return cols
}

var allColumns = []column{
	{title: "ID", order: "id", rank: 0, least: 4, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string { return strconv.FormatInt(r.ID, 10) }},
	{title: "NAME", order: "name", rank: 1,
		text: func(_ *Model, r *lab.Run, _ int) string { return name(r) },
		ink:  func(th *theme.Theme, r *lab.Run) theme.Style { return preview.Ink(th, r.Outcome) }},
	{title: "STARTED", order: "started", rank: 9, least: 11, most: 16,
		text: func(_ *Model, r *lab.Run, w int) string { return started(r.Began, w) },
		ink:  func(th *theme.Theme, _ *lab.Run) theme.Style { return th.Dim }},
	{title: "POLICY", rank: 2, least: 9, most: 14,
		text: func(_ *Model, r *lab.Run, _ int) string { return shortPolicy(r) }},
	{title: "LOAD", rank: 3, least: 13, most: 24,
		text: func(_ *Model, r *lab.Run, _ int) string { return shortLoad(r.Load) }},
	{title: "LENGTH", order: "duration", rank: 5, least: 7, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string {
			if r.Outcome == lab.Unfinished {
				return preview.Unknown
			}
			return pane.Clock(r.Duration)
		}},
	{title: "INST", rank: 10, least: 5, most: 6, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string {
			if s := &r.Summary.Instances; s.Max > 0 {
				return fmt.Sprintf("%d–%d", s.Min, s.Max)
			}
			return preview.Unknown
		}},
	{title: "CPU95%", order: "cpu", rank: 8, least: 6, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string { return preview.Figure(r.Summary.Utilization.P95Pct) }},
	{title: "p95 ms", order: "p95", rank: 6, least: 6, most: 7, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string { return preview.Figure(r.Summary.Latency.P95) }},
	{title: "ERR%", order: "error", rank: 7, least: 5, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string { return preview.Figure(r.Summary.ErrorPct) },
		ink: func(th *theme.Theme, r *lab.Run) theme.Style {
			if e := r.Summary.ErrorPct; e != nil && *e >= 0.05 {
				return th.Bad
			}
			return ""
		}},
	{title: "SCALED", order: "scaled", rank: 12, least: 6, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string {
			if r.Outcome == lab.Unfinished || r.Blank() {
				return preview.Unknown
			}
			return strconv.Itoa(r.Summary.Scale.Up + r.Summary.Scale.Down)
		}},
	{title: "SCORE", order: "score", rank: 4, least: 5, right: true,
		text: func(_ *Model, r *lab.Run, _ int) string { return preview.Figure(r.Summary.Score) }},
	{title: "REQUESTS/s", rank: 11, least: 10, most: 32,
		text: func(m *Model, r *lab.Run, w int) string { return chart.Spark(m.th, r.Summary.Spark, w) },
		ink:  func(th *theme.Theme, _ *lab.Run) theme.Style { return th.Series[1] }},
}

// name is a run's name; before it stands how it ended, if not well.
func name(r *lab.Run) string {
	switch r.Outcome {
	case lab.Completed, lab.Stopped:
		return r.Name
	}
	return strings.TrimSpace(filter.Outcome(r) + " " + r.Name)
}

func shortPolicy(r *lab.Run) string {
	if r.Experiment.ByHand {
		return "by hand"
	}
	kind, _, _ := strings.Cut(r.Policy, ":")
	return kind
}

// heading is the titles, with an arrow at what the list is sorted by.
func (m *Model) heading(cols []column, w int) string {
	th := m.th
	var b strings.Builder
	b.WriteString(theme.Blank(prefix - 1))
	for _, c := range cols {
		ink, title := th.Dim, c.title
		if c.order == m.order {
			ink = th.Accent
			if title += th.ArrowDown; c.order == "name" {
				title = c.title + th.ArrowUp
			}
		}
		b.WriteString(" " + ink.Paint(align(th, title, c)))
	}
	return theme.Fit(b.String(), w)
}

// row is one run. The selected one is in reverse, and has a sign before it.
func (m *Model) row(cols []column, r *lab.Run, selected bool, w int) string {
	th := m.th
	paint := func(ink theme.Style, text string) string {
		if selected {
			return text
		}
		return ink.Paint(text)
	}
	var b strings.Builder
	if selected {
		b.WriteString(th.Select)
	} else {
		b.WriteByte(' ')
	}
	b.WriteString(paint(th.Accent, theme.Fit(m.letter(r.ID), 1)))
	if r.Baseline {
		b.WriteString(paint(th.Warn, th.Star))
	} else {
		b.WriteByte(' ')
	}
	for _, c := range cols {
		ink := theme.Style("")
		if c.ink != nil {
			ink = c.ink(th, r)
		}
		b.WriteByte(' ')
		b.WriteString(paint(ink, align(th, th.Spell(c.text(m, r, c.least)), c)))
	}
	if selected {
		return th.Selected.Paint(theme.Fit(b.String(), w))
	}
	return b.String()
}

// align makes a text as wide as its column.
func align(th *theme.Theme, text string, c column) string {
	if n := theme.Width(text); c.right && n < c.least {
		return theme.Blank(c.least-n) + text
	}
	return th.Clip(text, c.least)
}
