package compare

import (
	"fmt"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// Rows draws the screen as h rows of exactly w cells, the last of which is the
// status row.
//
//	┌ load identical          A 41   B 42 ┐
//	│ config differences                  │
//	│ charts on one axis │ table          │
//	│ verdict                             │
func (m *Model) Rows(w, h int) []string {
	if w < 1 || h < 1 {
		return nil
	}
	status := m.status(w)
	if !m.full() {
		return append(m.empty(w, h-len(status)), status...)
	}
	rows := m.header(w)
	if !m.zoomed {
		rows = append(rows, m.differences(w, h)...)
	}
	rows = append(rows, m.body(w, len(rows), h-len(rows)-len(status))...)
	rows = append(rows, status...)
	for len(rows) < h {
		rows = append(rows, theme.Blank(w))
	}
	return rows[len(rows)-h:]
}

// empty says how to get here with something to compare.
func (m *Model) empty(w, h int) []string {
	lines := []string{"nothing to compare yet", "", "2 shows the history: mark runs there with space, then press c"}
	if len(m.records) == 1 {
		lines = []string{fmt.Sprintf("run %d is A", m.records[0].Run.ID), "", "a adds the run to compare it with"}
	}
	if m.asked != nil {
		lines = []string{"loading runs " + strings.Trim(fmt.Sprint(m.asked), "[]")}
	}
	rows := make([]string, max(h, 0))
	for i := range rows {
		line := ""
		if n := i - max(0, (h-len(lines))/2); n >= 0 && n < len(lines) {
			line = m.th.Spell(lines[n])
			line = theme.Blank((w-theme.Width(line))/2) + line
		}
		rows[i] = theme.Fit(line, w)
	}
	return rows
}

// header says whether the comparison is fair, then which runs these are.
func (m *Model) header(w int) []string {
	th := m.th
	ink, sign := th.Good, th.Dot
	if !m.cmp.Same {
		ink, sign = th.Warn, "!"
	}
	fair := " " + ink.Paint(sign+" "+m.cmp.Fairness())
	right := th.Dim.Paint("time from the "+m.align.String()) + " "
	var rows []string
	switch why := th.Spell(lab.Clean(m.cmp.Why)); {
	case why == "":
		rows = []string{m.spaced(fair, right, w)}
	case theme.Width(fair)+theme.Width(why)+3 <= w:
		rows = []string{m.spaced(fair+": "+why, right, w)}
	default:
		rows = []string{m.spaced(fair, right, w)}
		for _, line := range wrap(strings.Fields(why), " ", w-4) {
			rows = append(rows, th.Clip("   "+line, w))
		}
	}
	var runs []string
	for i := range m.records {
		r := &m.records[i].Run
		text := m.letter(i) + fmt.Sprintf(" run %d", r.ID)
		if r.Baseline {
			text += " " + th.Star
		}
		if r.Name != "" {
			text += " " + th.Spell(lab.Clean(r.Name))
		}
		runs = append(runs, text+" "+th.Dim.Paint(th.Spell(lab.Clean(r.Policy)+", "+span(r.Duration))))
	}
	return append(rows, th.Clip(" "+strings.Join(runs, " "+th.Dim.Paint(th.Bar)+" "), w))
}

// spaced is a row whose right text goes before the left one is cut.
func (m *Model) spaced(left, right string, w int) string {
	if theme.Width(left)+2+theme.Width(right) > w {
		right = ""
	}
	return m.th.Row(left, right, w)
}

// letter is a run's letter in its colour.
func (m *Model) letter(i int) string { return m.th.Series[i].Paint(m.cmp.Sides[i].Letter) }

// differences is the box of what was set differently.
func (m *Model) differences(w, h int) []string {
	th, d := m.th, &m.cmp.Differences
	var items []string
	for _, f := range d.Differ {
		items = append(items, th.Spell(spellDifference(f)))
	}
	if len(items) == 0 {
		items = []string{"none"}
	}
	most := max(1, (h-16)/4)  // lines of what differs
	roomy := max(1, (h-16)/7) // with what is the same
	lines := wrap(items, "   ", w-4)
	same := th.Spell("same: " + d.Same)
	switch n := len(lines); {
	case n < roomy:
		lines = append(lines, th.Dim.Paint(same))
	case n <= most:
		lines[n-1] += " " + th.Dim.Paint(th.Bar+" "+same)
	default:
		lines = m.cut(items, most, w-4)
	}
	for i := range lines {
		lines[i] = " " + th.Clip(lines[i], max(w-4, 0))
	}
	right := fmt.Sprintf("%d of %d fields", len(d.Differ), d.Fields)
	return th.Box("Config differences", right, lines, w, len(lines)+2, false)
}

// cut joins as many items as fit into so many lines, and says how many do not.
func (m *Model) cut(items []string, most, w int) []string {
	for n := len(items) - 1; n > 0; n-- {
		more := m.th.Dim.Paint(fmt.Sprintf("and %d more", len(items)-n))
		if lines := wrap(append(items[:n:n], more), "   ", w); len(lines) <= most {
			return lines
		}
	}
	return wrap(items, "   ", w)[:most]
}

// spellDifference is a setting and its values: "upper 35% → 30%".
func spellDifference(d report.Difference) string {
	name := d.Name
	for _, owner := range []string{"policy.", "load.", "fleet."} {
		name = strings.TrimPrefix(name, owner)
	}
	values := make([]string, len(d.Values))
	for i, v := range d.Values {
		if values[i] = v; v == "" {
			values[i] = "—"
		}
	}
	if len(values) > 2 {
		return name + " " + strings.Join(values, " | ")
	}
	return name + " " + strings.Join(values, " → ")
}

// wrap joins items into lines of at most w cells, where they can be.
func wrap(items []string, gap string, w int) []string {
	var lines []string
	for _, item := range items {
		if n := len(lines); n > 0 && theme.Width(lines[n-1])+len(gap)+theme.Width(item) <= w {
			lines[n-1] += gap + item
			continue
		}
		lines = append(lines, item)
	}
	return lines
}

// least is the fewest cells in which charts can be read.
const least = 30

// body is charts and table beside one another, or the one in focus where there
// is no room for both. Of more than two runs the differences go first.
func (m *Model) body(w, top, h int) []string {
	m.areas = [2]area{}
	if h < 1 {
		return nil
	}
	alone := func(s spot, draw []string) []string {
		m.areas[s] = area{0, top, w, h}
		return draw
	}
	rows := m.cells(true)
	wide := tableWidth(rows)
	if w-wide < least && len(m.records) > 2 && !m.zoomed {
		if short := m.cells(false); w-tableWidth(short) >= least {
			rows, wide = short, tableWidth(short)
		}
	}
	if m.zoomed || w-wide < least {
		if m.focus == courses {
			return alone(courses, m.drawCharts(w, h))
		}
		return alone(figures, m.drawTable(rows, w, h))
	}
	wide = min(max(wide, w*2/5), w-least)
	m.areas = [2]area{courses: {0, top, w - wide, h}, figures: {w - wide, top, wide, h}}
	return theme.HJoin(m.drawCharts(w-wide, h), m.drawTable(rows, wide, h))
}

func (m *Model) drawCharts(w, h int) []string {
	right := "at " + chart.Clock(m.charts.view.Cursor)
	return m.th.Box("Course", right, m.charts.draw(max(w-2, 1), max(h-2, 0)), w, h, m.focus == courses)
}

// cells are the table's columns, the heading first, with or without the
// differences between the values and their words.
func (m *Model) cells(deltas bool) [][]string {
	rows := [][]string{m.cmp.Head()}
	for i := range m.cmp.Metrics {
		rows = append(rows, m.cmp.Row(i))
	}
	sides := len(m.cmp.Sides)
	for i, row := range rows {
		kept := row[:0]
		for k, cell := range row {
			if deltas || k <= sides || (k-sides)%2 == 0 {
				kept = append(kept, m.th.Spell(cell))
			}
		}
		if !deltas && i == 0 {
			for k := range sides - 1 {
				kept[1+sides+k] = m.cmp.Sides[k+1].Letter
			}
		}
		rows[i] = kept
	}
	return rows
}

// columns is how wide each column is.
func columns(rows [][]string) []int {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], theme.Width(cell))
		}
	}
	return wide
}

// tableWidth is what a table takes: a blank before each column and at the end,
// and the box.
func tableWidth(rows [][]string) int {
	n := 3
	for _, w := range columns(rows) {
		n += w + 1
	}
	return n
}

// drawTable is the figures; what a narrow screen cuts is at the right.
func (m *Model) drawTable(rows [][]string, w, h int) []string {
	th := m.th
	wide := columns(rows)
	sides := len(m.cmp.Sides)
	each := (len(wide) - 1 - sides) / (sides - 1) // columns of a side's difference
	lines := make([]string, 0, len(rows))
	for i, row := range rows {
		line := ""
		for k, cell := range row {
			pad := theme.Blank(wide[k] - theme.Width(cell))
			word := k > sides && (k-sides)%each == 0
			switch {
			case i == 0 && k > 0 && k <= sides:
				line += " " + pad + m.letter(k-1)
			case i == 0 && (k == 0 || word):
				line += " " + th.Bold.Paint(cell) + pad
			case i == 0:
				line += " " + pad + th.Bold.Paint(cell)
			case word:
				line += " " + m.ink(i-1, (k-sides)/each-1).Paint(cell) + pad
			case k == 0:
				line += " " + cell + pad
			default:
				line += " " + pad + cell
			}
		}
		lines = append(lines, th.Clip(line, max(w-2, 0)))
	}
	m.seen = max(h-3, 1)
	n := len(lines) - 1
	m.top = max(0, min(m.top, n-m.seen))
	right := ""
	if last := min(m.top+m.seen, n); last-m.top < n {
		right = fmt.Sprintf("%d-%d of %d", m.top+1, last, n)
	}
	shown := append(lines[:1:1], lines[1+m.top:]...)
	return th.Box("Figures", right, shown, w, h, m.focus == figures)
}

// ink is the colour of a judgement.
func (m *Model) ink(metric, side int) theme.Style {
	switch m.cmp.Metrics[metric].Judged[side].Word {
	case report.WordBetter:
		return m.th.Good
	case report.WordWorse:
		return m.th.Bad
	}
	return m.th.Dim
}

// status is what is typed, else the verdict, on as many rows as it takes, below
// the caveat on shadows.
func (m *Model) status(w int) []string {
	rows := m.verdict(w)
	if m.input == nil && m.full() && m.asked == nil && m.cmp.Caveat != "" {
		rows = append([]string{m.th.Clip(m.th.Dim.Paint(" "+m.cmp.Caveat), w)}, rows...)
	}
	return rows
}

func (m *Model) verdict(w int) []string {
	th := m.th
	switch {
	case m.input != nil:
		return []string{m.input.status(th, w)}
	case !m.full():
		return []string{theme.Blank(w)}
	case m.asked != nil:
		return []string{th.Clip(th.Dim.Paint(" loading "+strings.Trim(fmt.Sprint(m.asked), "[]")), w)}
	case m.cmp.Verdict == "":
		text := "no verdict: these runs were not offered the same load"
		if m.cmp.Unsure {
			text = "no verdict: not known whether these runs were offered the same load"
		}
		return []string{th.Clip(th.Warn.Paint(" ! ")+text, w)}
	}
	lines := wrap(strings.Fields(th.Spell(m.cmp.Verdict)), " ", w-2)
	for i := range lines {
		lines[i] = th.Clip(" "+th.Bold.Paint(lines[i]), w)
	}
	return lines
}
