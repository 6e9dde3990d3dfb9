package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/stat"
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
	if len(m.groups) == 1 {
		is := " is A"
		if len(m.groups[0]) > 1 {
			is = " are A"
		}
		lines = []string{m.cmp.Sides[0].Title() + is, "", "a adds what to compare with"}
	}
	if m.asked != nil {
		lines = []string{m.loading()}
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

func (m *Model) loading() string {
	sides := make([]string, len(m.asked))
	for i, ids := range m.asked {
		sides[i] = report.SpellSide(ids)
	}
	text := "loading runs " + strings.Join(sides, " and ")
	if g := m.got; g != nil {
		n := 0
		for _, ids := range m.asked {
			n += len(ids)
		}
		text += fmt.Sprintf(": %d of %d", n-g.left, n)
	}
	return text
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
	var sides []string
	for i := range m.cmp.Sides {
		sides = append(sides, m.side(i))
	}
	for _, line := range wrap(sides, " "+th.Dim.Paint(th.Bar)+" ", w-1) {
		rows = append(rows, th.Clip(" "+line, w))
	}
	return rows
}

// side is which runs a side is of, and how they were scaled.
func (m *Model) side(i int) string {
	th, s := m.th, &m.cmp.Sides[i]
	r := &s.Runs[0]
	text := m.letter(i) + " " + s.Title()
	if s.Baseline() {
		text += " " + th.Star
	}
	if name := s.Name(); name != "" {
		text += " " + th.Spell(name)
	}
	return text + " " + th.Dim.Paint(th.Spell(lab.Clean(r.Policy)+", "+span(r.Duration)))
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
		items = append(items, th.Spell(spellDifference(f.Name, m.cmp.BySide(f))))
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

// spellDifference is a setting and its value on each side: "upper 35% → 30%".
func spellDifference(name string, values []*string) string {
	for _, owner := range []string{"policy.", "load.", "fleet."} {
		name = strings.TrimPrefix(name, owner)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		if texts[i] = "—"; v != nil {
			texts[i] = *v
		}
	}
	if len(texts) > 2 {
		return name + " " + strings.Join(texts, " | ")
	}
	return name + " " + strings.Join(texts, " → ")
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
	t := m.roomiest(w)
	wide := t.width()
	if m.zoomed || w-wide < least {
		if m.focus == courses {
			return alone(courses, m.drawCharts(w, h))
		}
		return alone(figures, m.drawTable(t, w, h))
	}
	wide = min(max(wide, w*2/5), w-least)
	m.areas = [2]area{courses: {0, top, w - wide, h}, figures: {w - wide, top, wide, h}}
	return theme.HJoin(m.drawCharts(w-wide, h), m.drawTable(t, wide, h))
}

// roomiest is the fullest table that fits beside charts, or alone where there is
// no room for both. Shadows have columns where all of them fit; explain has their
// values too.
func (m *Model) roomiest(w int) *table {
	plain, room := m.cells(true, false, false), w
	kinds := []*table{m.cells(true, false, true)}
	switch {
	case m.zoomed:
		kinds = []*table{m.cells(true, true, true), kinds[0], m.cells(true, true, false)}
	case w-plain.width() >= least:
		room = w - least
	case len(m.groups) > 2:
		if short := m.cells(false, false, false); w-short.width() >= least {
			return short
		}
	}
	for _, t := range kinds {
		if t.width() <= room {
			return t
		}
	}
	return plain
}

func (m *Model) drawCharts(w, h int) []string {
	right := "at " + chart.Clock(m.charts.view.Cursor)
	title := "Course"
	if m.repeated() {
		title = "Course: medians of the runs"
	}
	return m.th.Box(title, right, m.charts.draw(max(w-2, 1), max(h-2, 0)), w, h, m.focus == courses)
}

// table is rows of cells, the heading first.
type table struct {
	rows    [][]string
	shadows []report.ShadowColumn // those with columns, behind the sides'
}

// cells are the table's columns: with the differences between the values or only
// their words, with what chance could have done or not, and with shadows or not.
func (m *Model) cells(deltas, odds, shadows bool) *table {
	t := &table{}
	head := m.cmp.Head()
	sides, beside := len(m.cmp.Sides), len(m.cmp.Shadows)
	if shadows {
		t.shadows = m.cmp.Shadows
	} else {
		head = slices.Delete(head, 1+sides, 1+sides+beside)
	}
	if !deltas {
		head = head[:1+sides+len(t.shadows)]
		for i := range sides - 1 {
			head = append(head, m.cmp.Sides[i+1].Letter)
		}
	}
	t.rows = append(make([][]string, 0, 1+len(m.cmp.Metrics)), head)
	for i := range m.cmp.Metrics {
		k := &m.cmp.Metrics[i]
		row := append(make([]string, 0, len(head)), k.Label)
		for side := range sides {
			row = append(row, k.Show(k.Value(side)))
		}
		for i := range t.shadows {
			row = append(row, k.Show(k.Shadows[i]))
		}
		for side := range k.Judged {
			if deltas {
				row = append(row, k.ShowDelta(k.Deltas[side]))
			}
			word := k.Mark(side)
			if text := k.Judged[side].Odds(); odds && text != "" {
				word += "  " + text
			}
			row = append(row, word)
		}
		t.rows = append(t.rows, row)
	}
	for _, row := range t.rows {
		for k := range row {
			row[k] = m.th.Spell(row[k])
		}
	}
	return t
}

// columns is how wide each column is.
func (t *table) columns() []int {
	wide := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			wide[i] = max(wide[i], theme.Width(cell))
		}
	}
	return wide
}

// width is what a table takes: a sign or a blank before each column, a blank at
// the end, and the box.
func (t *table) width() int {
	n := 3
	for _, w := range t.columns() {
		n += w + 1
	}
	return n
}

// drawTable is the figures under their headings, and below them the selected
// one explained; what a narrow screen cuts is at the right.
func (m *Model) drawTable(t *table, w, h int) []string {
	th := m.th
	inner := max(w-2, 0)
	wide := t.columns()
	m.metric = max(0, min(m.metric, len(m.cmp.Metrics)-1))

	var below []string
	if room := m.explained(h); room > 0 {
		below = m.explain(inner-2, room)
	}
	m.seen = h - 3
	if len(below) > 0 {
		m.seen -= 1 + len(below)
	}
	m.seen = max(m.seen, 1)
	lines := make([]int, 0, len(t.rows)+8) // metrics; of a heading the one below it, less than 0
	group, at := "", 0
	for i := range m.cmp.Metrics {
		if g := m.cmp.Metrics[i].Group; g != group {
			group = g
			lines = append(lines, -1-i)
		}
		if i == m.metric {
			at = len(lines)
		}
		lines = append(lines, i)
	}
	from := at
	if at > 0 && lines[at-1] < 0 {
		from-- // its heading with it, where there is room
	}
	m.top = max(min(m.top, from, len(lines)-m.seen), at-m.seen+1, 0)
	last := min(m.top+m.seen, len(lines))
	m.lines = lines[m.top:last]

	shown := []string{m.tableRow(t, wide, -1, inner)}
	for _, i := range m.lines {
		if i < 0 {
			shown = append(shown, m.rule(m.cmp.Metrics[-1-i].Group, inner))
			continue
		}
		shown = append(shown, m.tableRow(t, wide, i, inner))
	}
	for len(shown) < 1+m.seen {
		shown = append(shown, "")
	}
	if len(below) > 0 {
		shown = append(shown, m.rule("", inner))
	}
	for _, line := range below {
		shown = append(shown, " "+line)
	}
	right := fmt.Sprintf("%d of %d", m.metric+1, len(m.cmp.Metrics))
	return th.Box("Figures", right, shown, w, h, m.focus == figures)
}

// rule is a line across, with a title in it.
func (m *Model) rule(title string, w int) string {
	text := strings.Repeat("─", max(w-2, 0))
	if title != "" {
		text = title + " " + strings.Repeat("─", max(w-3-theme.Width(title), 0))
	}
	return m.th.Clip(" "+m.th.Dim.Paint(m.th.Spell(text)), w)
}

// tableRow is a row of the table: of a metric, or the heading (-1).
func (m *Model) tableRow(t *table, wide []int, metric, w int) string {
	th := m.th
	sides := len(m.cmp.Sides)
	values := sides + len(t.shadows)
	each := (len(wide) - 1 - values) / (sides - 1) // columns of a side's difference
	line := ""
	for k, cell := range t.rows[1+metric] {
		pad := theme.Blank(wide[k] - theme.Width(cell))
		word := k > values && (k-values)%each == 0
		switch {
		case metric < 0 && k > 0 && k <= sides:
			line += " " + pad + m.letter(k-1)
		case metric < 0 && k > sides && k <= values:
			line += " " + pad + th.Series[t.shadows[k-1-sides].Side].Paint(cell)
		case metric < 0 && (k == 0 || word):
			line += " " + th.Bold.Paint(cell) + pad
		case metric < 0:
			line += " " + pad + th.Bold.Paint(cell)
		case word:
			line += " " + m.ink(metric, (k-values)/each-1).Paint(cell) + pad
		case k == 0 && metric == m.metric:
			line += th.Accent.Paint(th.Select) + th.Bold.Paint(cell) + pad
		case k == 0:
			line += " " + cell + pad
		default:
			line += " " + pad + cell
		}
	}
	return th.Clip(line, w)
}

// explained is on how many of h rows the selected figure is explained.
func (m *Model) explained(h int) int {
	n := 3
	if m.repeated() {
		n += len(m.groups)
	}
	n += len(m.cmp.Shadows)
	if h < 8 {
		return 0
	}
	return min(n, h/3)
}

// explain says of the selected figure what it is and how it is judged: why there
// is no judgement, or, of repeats, all their values and what chance could do;
// and what shadows come to, with what they are.
func (m *Model) explain(w, room int) []string {
	th, k := m.th, &m.cmp.Metrics[m.metric]
	name := th.Spell(k.Label)
	lines := wrap(strings.Fields(th.Spell(k.Meaning())), " ", w-theme.Width(name)-2)
	if len(lines) == 0 {
		lines = []string{""}
	}
	lines = append([]string{th.Bold.Paint(name) + "  " + lines[0]}, lines[1:]...)
	for side := range k.Judged {
		if why := k.Why[side]; why != "" {
			lines = append(lines, th.Warn.Paint("n/a")+" "+th.Spell(why))
			if len(k.Judged) > 1 {
				lines[len(lines)-1] = m.letter(side+1) + " " + lines[len(lines)-1]
			}
		}
	}
	if m.repeated() {
		for side, values := range k.Values {
			items := []string{m.letter(side) + " "}
			for _, v := range values {
				items = append(items, th.Spell(k.Show(v)))
			}
			if side > 0 {
				if odds := k.Judged[side-1].Odds(); odds != "" {
					items = append(items, th.Dim.Paint(" "+odds+" possible"))
				}
			}
			lines = append(lines, wrap(items, " ", w)...)
		}
	}
	for i, v := range k.Shadows {
		if s := &m.cmp.Shadows[i]; !math.IsNaN(v) {
			lines = append(lines, th.Series[s.Side].Paint(th.Spell(s.Title))+"  "+th.Spell(k.Show(v))+"  "+th.Dim.Paint(th.Spell(lab.Clean(s.Policy))))
		}
	}
	lines = append(lines, wrap(strings.Fields(k.Rule.String()), " ", w)...)
	for i, line := range lines {
		if i > 0 {
			lines[i] = th.Clip(line, max(w, 0))
		}
	}
	if len(lines) > room {
		lines = lines[:room]
	}
	for len(lines) < room {
		lines = append(lines, "")
	}
	return lines
}

// ink is the colour of a judgement.
func (m *Model) ink(metric, side int) theme.Style {
	switch m.cmp.Metrics[metric].Judged[side].Word {
	case stat.WordBetter:
		return m.th.Good
	case stat.WordWorse:
		return m.th.Bad
	}
	return m.th.Dim
}

// status is what is typed, else the verdict, on as many rows as it takes, below
// the caveat on shadows.
func (m *Model) status(w int) []string {
	rows := m.verdict(w)
	if m.Typing() || !m.full() || m.asked != nil {
		return rows
	}
	if m.cmp.Verdict == "" { // it would say so
		for _, text := range m.cmp.Warnings {
			rows = append([]string{m.th.Clip(m.th.Warn.Paint(" ! ")+m.th.Spell(lab.Clean(text)), w)}, rows...)
		}
	}
	if m.cmp.Caveat != "" {
		rows = append([]string{m.th.Clip(m.th.Dim.Paint(" "+m.cmp.Caveat), w)}, rows...)
	}
	return rows
}

func (m *Model) verdict(w int) []string {
	th := m.th
	switch {
	case m.input != nil:
		return []string{m.input.status(th, w)}
	case m.choice != nil:
		return []string{m.choice.Draw(th, w)}
	case !m.full():
		return []string{theme.Blank(w)}
	case m.asked != nil:
		return []string{th.Clip(th.Dim.Paint(" "+m.loading()), w)}
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
