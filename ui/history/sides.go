package history

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/screen"
)

// A side of a comparison is a run, or repeats of one. marks are those that the
// user has put together, A first.

// sideOf is the place of the side that a run is marked in, or -1.
func (m *Model) sideOf(id int64) int {
	return slices.IndexFunc(m.marks, func(side []int64) bool { return slices.Contains(side, id) })
}

// letter is the name of a marked run's side, or "".
func (m *Model) letter(id int64) string {
	if i := m.sideOf(id); i >= 0 {
		return string("ABCD"[i])
	}
	return ""
}

// spellSide is "42", or "×5 41-45".
func spellSide(ids []int64) string {
	if len(ids) == 1 {
		return fmt.Sprintf(" %d", ids[0])
	}
	return fmt.Sprintf("×%d %s", len(ids), report.SpellSide(ids))
}

// mark makes the selected run a side, or takes away the one that it is in.
func (m *Model) mark() tea.Cmd { return m.markSide([]int64{m.selected().ID}) }

// markRepeats makes the selected run and its repeats one side.
func (m *Model) markRepeats() tea.Cmd {
	r := m.selected()
	ids, out := m.repeats(r)
	if len(ids) < 2 && m.sideOf(r.ID) < 0 {
		return screen.Tell(fmt.Sprintf("run %d has no repeats: autoscale-lab run --repeat 5 makes some; space marks it alone", r.ID))
	}
	marked := m.markSide(ids)
	if m.sideOf(r.ID) < 0 || len(out) == 0 {
		return marked
	}
	return screen.Tell(fmt.Sprintf("left out, as not whole: %s", report.SpellSide(out)))
}

// repeats are a run and those made with it in one series, and out of them those
// that did not end in good order.
func (m *Model) repeats(r *lab.Run) (ids, out []int64) {
	var series []lab.Run
	for _, other := range m.runs {
		if s := r.Experiment.Series; s != "" && other.Experiment.Series == s {
			series = append(series, *other)
		}
	}
	return report.Repeats(series, r)
}

func (m *Model) markSide(ids []int64) tea.Cmd {
	if i := m.sideOf(m.id); i >= 0 {
		same := slices.Equal(m.marks[i], ids) || len(ids) == 1
		if m.marks = slices.Delete(m.marks, i, i+1); same {
			return nil
		}
	}
	m.unmark(func(id int64) bool { return slices.Contains(ids, id) })
	if len(m.marks) == report.MostSides {
		return screen.Tell("four sides are marked: space on one of them takes its mark away, esc all")
	}
	m.marks = append(m.marks, ids)
	return nil
}

// unmark takes runs out of the sides that they are in.
func (m *Model) unmark(which func(id int64) bool) {
	for i := range m.marks {
		m.marks[i] = slices.DeleteFunc(m.marks[i], which)
	}
	m.marks = slices.DeleteFunc(m.marks, func(side []int64) bool { return len(side) == 0 })
}

// asked is what c compares now: the sides that are marked; one alone with the
// selected run, or, where that is in it, with the baseline, as A. Else says why
// there is nothing to compare.
func (m *Model) asked() (sides [][]int64, baseline bool, why string) {
	r := m.selected()
	sides = slices.Clone(m.marks)
	switch {
	case len(sides) > 1 || r == nil && len(sides) == 0:
		return sides, false, ""
	case len(sides) == 1 && r != nil && m.sideOf(r.ID) < 0:
		return append(sides, []int64{r.ID}), false, ""
	case len(sides) == 0:
		sides = [][]int64{{r.ID}}
	}
	if b := m.base; b != nil {
		base := []int64{b.ID}
		if len(sides[0]) > 1 {
			base, _ = m.repeats(b)
		}
		if !slices.ContainsFunc(base, func(id int64) bool { return slices.Contains(sides[0], id) }) {
			return [][]int64{base, sides[0]}, true, ""
		}
	}
	if len(m.marks) == 0 {
		return nil, false, "nothing to compare yet: space marks a run, then c on another"
	}
	return nil, false, fmt.Sprintf("%s marked: select another run to compare with, then c", spellMarked(sides[0]))
}

func spellMarked(ids []int64) string {
	if len(ids) == 1 {
		return fmt.Sprintf("run %d is", ids[0])
	}
	return fmt.Sprintf("runs %s are", report.SpellSide(ids))
}

func (m *Model) compare() tea.Cmd {
	sides, baseline, why := m.asked()
	if len(sides) < 2 {
		return screen.Tell(why)
	}
	for i := range sides {
		sides[i] = slices.Clone(sides[i])
	}
	show := func() tea.Msg { return screen.CompareRuns{Sides: sides} }
	if !baseline {
		return show
	}
	return tea.Batch(show, screen.Tell("compared with the baseline ★, which is A"))
}

// marked says what is marked, and what c would do.
func (m *Model) marked() string {
	th := m.th
	var parts []string
	for i, ids := range m.marks {
		parts = append(parts, th.Accent.Paint(string("ABCD"[i]))+th.Spell(spellSide(ids)))
	}
	sides, baseline, _ := m.asked()
	hint := "c on another run compares them"
	switch {
	case baseline:
		hint = fmt.Sprintf("c compares with the baseline ★ %s, as A", report.SpellSide(sides[0]))
		if len(m.marks) == 1 {
			hint += "; on another run, with that one"
		}
	case len(m.marks) > 1:
		hint = "c compares them"
	case len(sides) == 2:
		hint = "c compares with " + report.SpellSide(sides[1])
	}
	if len(m.marks) == 0 {
		return th.Dim.Paint(th.Spell("space marks a run, m all its repeats; " + map[bool]string{true: hint, false: "c on another compares the two"}[baseline]))
	}
	return strings.Join(append(parts, th.Dim.Paint(th.Spell(hint))), "  ")
}

// export asks for the format in which what is selected, or marked, is written.
func (m *Model) export() tea.Cmd {
	r := m.selected()
	sides, what := [][]int64{{r.ID}}, fmt.Sprintf("run %d", r.ID)
	switch {
	case len(m.formats) == 0:
		return screen.Tell(fmt.Sprintf("nothing can be exported here; at the shell: autoscale-lab history export %d", r.ID))
	case len(m.marks) > 1:
		sides, what = m.marks, "the comparison"
		for i := range sides {
			what += " " + string("ABCD"[i]) + spellSide(sides[i])
		}
	}
	out := make([][]int64, len(sides))
	for i := range sides {
		out[i] = slices.Clone(sides[i])
	}
	m.exporting = &exporting{screen.NewExport(what, m.formats), out}
	return nil
}

// exporting is what is to be exported once the format is chosen.
type exporting struct {
	*screen.Chooser
	sides [][]int64
}

// choosing takes a key while the format is chosen.
func (m *Model) choosing(key string) tea.Cmd {
	item, done := m.exporting.Type(key)
	if !done {
		return nil
	}
	sides := m.exporting.sides
	if m.exporting = nil; item < 0 {
		return nil
	}
	msg := screen.ExportRuns{Sides: sides, Format: m.formats[item]}
	return func() tea.Msg { return msg }
}
