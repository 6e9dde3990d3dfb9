package pane

import (
	"cmp"
	"strconv"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Scores is the pane of the figures that a run is compared by: of a run under
// way so far, of any other the whole run's, wherever a cursor stands.
//
//	cells, the most telling first        every one with a line that explains it
//	│ score   71.2  demand 3 ready 2 │   │ missing (θU)  3.2 %  of demand, …  │
//	│ missing 3.2 %  surplus  14.6 % │   │ surplus (θO) 14.6 %  of demand, …  │
type Scores struct {
	th  *theme.Theme
	top int // first row of the table shown
}

// NewScores makes the pane.
func NewScores(th *theme.Theme) *Scores { return &Scores{th: th} }

// Move scrolls the table.
func (m *Scores) Move(by int) { m.top = max(0, m.top+min(by, 1<<20)) }

// leastCell is the cells of the screen that a figure takes with its name, and
// longCell those from which on it has its long name.
const leastCell, longCell = 17, 30

// Draw draws the figures that fit a box of w×h cells.
func (m *Scores) Draw(p *Picture, w, h int, focused bool) []string {
	room, inner := max(h-2, 0), max(w-2, 0)
	if p.unscored() {
		return m.th.Box("Scores", "", m.nothing(p, inner, room), w, h, focused)
	}
	s := scoring{p, &p.Record.Run.Summary.Scores}
	cells := make([]*scored, 0, len(inCells))
	for _, f := range inCells {
		if f.when == nil || f.when(s) {
			cells = append(cells, f)
		}
	}
	n := 1 // columns
	for most := (inner + 1) / (leastCell + 2); n < most && n*room < len(cells); {
		n++
	}
	width := (inner - 1 - 2*(n-1)) / n
	rows := make([]string, min(room, (len(cells)+n-1)/n))
	for y := range rows {
		for x := range n {
			if i := y*n + x; i < len(cells) {
				rows[y] += []string{" ", "  "}[min(x, 1)] + m.cell(s, cells[i], width)
			}
		}
	}
	return m.th.Box("Scores", m.title(s), rows, w, h, focused)
}

// cell is a figure with its name on w cells, the figure at the right.
func (m *Scores) cell(s scoring, f *scored, w int) string {
	th := m.th
	name := f.short
	if w >= longCell {
		name = cmp.Or(f.long, f.name)
	}
	if f.told != nil {
		return th.Row(th.Spell(f.told(s))+" ", m.value(s, f), w)
	}
	return th.Row(th.Dim.Paint(th.Spell(name))+" ", m.value(s, f), w)
}

// value is a figure in its ink.
func (m *Scores) value(s scoring, f *scored) string {
	text := m.th.Spell(f.of(s))
	if f.place == 1 {
		return m.th.Bold.Paint(text)
	}
	return text
}

// title says of how much of the run the figures are, and how much of that is
// known, where it is not all.
func (m *Scores) title(s scoring) string {
	run := &s.p.Record.Run
	text := "whole run"
	if !s.ended() {
		text = "so far " + Clock(run.Duration)
	}
	if !run.Doubtful() {
		return text
	}
	return m.th.Warn.Paint("! "+strconv.Itoa(int(*s.CoveragePct))+" % known") + " " + m.th.Middle + " " + text
}

// unscored tells whether there is no run that has figures.
func (p *Picture) unscored() bool {
	return p.Record.Run.Summary.ScoreVersion == 0 || p.Record.Run.Duration == 0
}

// nothing says why there are no figures.
func (m *Scores) nothing(p *Picture, w, room int) []string {
	text := "a run is scored as it goes: the first deed begins one"
	switch {
	case p.Record.Run.Outcome != lab.Unfinished:
		text = noTicks
	case !p.Idle:
		text = "the run has just begun: its figures come with the next tick"
	}
	var rows []string
	for _, line := range wrap(m.th.Spell(text), w-2, max(room, 1)) {
		rows = append(rows, " "+m.th.Dim.Paint(line))
	}
	return rows
}

// Table draws every figure, each with a line that says what it is, in a box of
// w×h cells.
func (m *Scores) Table(p *Picture, w, h int, focused bool) []string {
	th := m.th
	room, inner := max(h-2, 0), max(w-2, 0)
	if p.unscored() {
		return th.Box("Scores", "", m.nothing(p, inner, room), w, h, focused)
	}
	s := scoring{p, &p.Record.Run.Summary.Scores}
	const name, value = 20, 8
	rows := make([]string, 0, 64)
	group := ""
	for i := range table {
		f := &table[i]
		if f.when != nil && !f.when(s) {
			continue
		}
		if f.group != group {
			if group = f.group; len(rows) > 0 {
				rows = append(rows, "")
			}
			rows = append(rows, " "+th.Bold.Paint(th.Spell(group)))
		}
		text := m.value(s, f)
		row := " " + theme.Fit(" "+th.Spell(f.name), name) + " " + theme.Blank(value-theme.Width(text)) + text + "  " + th.Dim.Paint(th.Spell(f.says(s)))
		rows = append(rows, th.Clip(row, inner))
	}
	m.top = max(0, min(m.top, len(rows)-room))
	right := m.title(s)
	if len(rows) > room {
		right = th.ArrowUp + th.ArrowDown + " more  " + right
	}
	return th.Box("Scores", right, rows[m.top:min(m.top+room, len(rows))], w, h, focused)
}
