package history

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/ui/screen"
)

// table is what the keys do, in the order of footer and help.
func (m *Model) table() screen.Bindings {
	some := func() bool { return m.selected() != nil }
	list := func() bool { return len(m.shown) > 0 }
	move := func(by map[string]func() int) func(string) tea.Cmd {
		return func(key string) tea.Cmd {
			m.move(by[key]())
			return m.choose()
		}
	}
	steps := func(n int) func() int { return func() int { return n } }
	ask := func(what func(id int64) tea.Msg) func(string) tea.Cmd {
		return func(string) tea.Cmd {
			msg := what(m.selected().ID)
			return func() tea.Msg { return msg }
		}
	}

	return screen.Bindings{
		{Group: "Runs", Keys: []string{"up", "down", "k", "j"}, Shown: "↑↓", Short: screen.Say("run"), Rank: 9, Long: "another run (k j)", Each: []string{"the run above", "the run below"}, When: list,
			Do: move(map[string]func() int{"up": steps(-1), "k": steps(-1), "down": steps(1), "j": steps(1)})},
		{Group: "Runs", Keys: []string{"pgup", "pgdown", "ctrl+b", "ctrl+f"}, Shown: "pgup pgdn", Long: "a page up or down (ctrl+b ctrl+f)", Each: []string{"a page up", "a page down"}, When: list,
			Do: move(map[string]func() int{
				"pgup": func() int { return -m.visible }, "ctrl+b": func() int { return -m.visible },
				"pgdown": func() int { return m.visible }, "ctrl+f": func() int { return m.visible }})},
		{Group: "Runs", Keys: []string{"home", "end", "g", "G"}, Shown: "g G", Long: "first and last run (home end)", Each: []string{"the first run", "the last run"}, When: list,
			Do: move(map[string]func() int{
				"home": func() int { return -len(m.shown) }, "g": func() int { return -len(m.shown) },
				"end": func() int { return len(m.shown) }, "G": func() int { return len(m.shown) }})},
		{Group: "Runs", Keys: []string{"enter"}, Shown: "⏎", Short: screen.Say("open"), Rank: 2, Long: "look at the run, tick by tick", When: some,
			Do: ask(func(id int64) tea.Msg { return screen.OpenRun{ID: id} })},
		{Group: "Runs", Keys: []string{"r"}, Shown: "r", Short: screen.Say("again"), Rank: 8, Long: "its load again, seed and deeds as they were, with the settings as they are now", When: some,
			Do: ask(func(id int64) tea.Msg { return screen.RepeatRun{ID: id} })},
		{Group: "Runs", Keys: []string{"d"}, Shown: "d", Short: screen.Say("decide again"), Rank: 13, Long: "decide it again by another policy, shown beside what was", When: some, Do: screen.Does(m.typeSpec)},

		{Group: "Compare", Keys: []string{" "}, Shown: "space", Short: screen.Say("mark"), Rank: 3, Long: "mark the run as A, B, C, D, or unmark it", When: some, Do: screen.Alone(m.mark)},
		{Group: "Compare", Keys: []string{"m"}, Shown: "m", Short: screen.Say("repeats"), Rank: 14, Long: "mark it with all its repeats as one side, or unmark them", When: some, Do: screen.Alone(m.markRepeats)},
		{Group: "Compare", Keys: []string{"c"}, Shown: "c", Short: screen.Say("compare"), Rank: 4, Long: "compare what is marked: with the selected run, or the baseline, if it is one side", When: list, Do: screen.Alone(m.compare)},
		{Group: "Compare", Keys: []string{"b"}, Shown: "b", Short: screen.Say("baseline"), Rank: 12, Long: "make it the one that others are measured by ★, or no longer", When: some, Do: screen.Alone(m.baseline)},

		{Group: "Find", Keys: []string{"/"}, Shown: "/", Short: screen.Say("filter"), Rank: 5, Long: "words and conditions: wave policy:hpa policy:upper=40 p95>200", Do: screen.Does(m.typeFilter)},
		{Group: "Find", Keys: []string{"s"}, Shown: "s", Short: screen.Say("sort"), Rank: 7, Long: "sort by the next column", When: list, Do: screen.Alone(m.nextOrder)},
		{Group: "Find", Keys: []string{"esc"}, Shown: "esc", Long: "no filter; then no marks", When: func() bool { return m.text != "" || len(m.marks) > 0 }, Do: screen.Alone(m.escape)},

		{Group: "Keep", Keys: []string{"n"}, Shown: "n", Short: screen.Say("name"), Rank: 10, Long: "name the run, and note something", When: some, Do: screen.Does(m.typeName)},
		{Group: "Keep", Keys: []string{"D", "delete"}, Shown: "D", Short: screen.Say("delete"), Rank: 11, Long: "delete the run (delete)", When: some, Do: screen.Alone(m.remove)},
		{Group: "Keep", Keys: []string{"u"}, Shown: "u", Short: screen.Say("undo"), Rank: 1, Long: "have the deleted run back", When: func() bool { return len(m.undo) > 0 }, Do: screen.Alone(m.restore)},
		{Group: "Keep", Keys: []string{"e"}, Shown: "e", Short: screen.Say("export"), Rank: 15, Long: "export the run, or the comparison of what is marked, as a file", When: some, Do: screen.Alone(m.export)},
	}
}

// firstRow is where the first run is drawn: below header, border and heading.
const firstRow = 3

// Mouse takes what the mouse does, in cells of Rows: the wheel selects the next
// run, a click that on which it is.
func (m *Model) Mouse(msg tea.MouseMsg) tea.Cmd {
	if m.form != nil || len(m.shown) == 0 || msg.Action != tea.MouseActionPress {
		return nil
	}
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		m.move(-1)
	case tea.MouseButtonWheelDown:
		m.move(1)
	case tea.MouseButtonLeft:
		if y := msg.Y - firstRow; y >= 0 && y < m.visible && m.top+y < len(m.shown) {
			m.move(m.top + y - m.cursor)
		}
	}
	return m.choose()
}

func (m *Model) nextOrder() tea.Cmd {
	all := filter.Orders()
	m.SetSort(all[(slices.Index(all, m.order)+1)%len(all)])
	m.cursor = 0 // the first is what was asked for
	m.id, m.moved = 0, true
	m.move(0)
	return m.choose()
}

func (m *Model) escape() tea.Cmd {
	if m.text == "" {
		m.marks = nil
		return nil
	}
	m.setFilter("")
	return m.choose()
}

// told is the answer to a deed: what follows if it went well, or if it failed.
type told struct {
	err  error
	then func() tea.Cmd
	fail func()
}

func (m *Model) tell(deed func(context.Context) error, then func() tea.Cmd, fail func()) tea.Cmd {
	return func() tea.Msg { return told{deed(m.ctx), then, fail} }
}

// done shows what a deed has changed. A reading of the list that is under way
// may have missed it, and begins anew.
func (m *Model) done(t told) tea.Cmd {
	var cmds []tea.Cmd
	switch {
	case t.err == nil:
		cmds = append(cmds, t.then())
	case t.fail != nil:
		t.fail()
		fallthrough
	default:
		cmds = append(cmds, screen.Complain(t.err))
	}
	m.arrange()
	if m.loading {
		cmds = append(cmds, m.Reread())
	}
	return tea.Batch(append(cmds, m.choose())...)
}

func (m *Model) baseline() tea.Cmd {
	id, on := m.selected().ID, !m.selected().Baseline
	return m.tell(func(ctx context.Context) error { return m.store.SetBaseline(ctx, id, on) }, func() tea.Cmd {
		for _, r := range m.runs { // there is one at most
			r.Baseline = on && r.ID == id || !on && r.ID != id && r.Baseline
		}
		return nil
	}, nil)
}

// undoTime is how long a deleted run can be had back.
const undoTime = 8 * time.Second

// offered says that an offer of undo has been up long enough.
type offered struct{ offer int }

func (m *Model) remove() tea.Cmd {
	r := m.selected()
	if r.Outcome == lab.Unfinished {
		return screen.Complain(fmt.Errorf("run %d is still being recorded: it can be deleted when it has ended", r.ID))
	}
	m.take(r.ID)
	m.moved = true
	m.arrange()
	return tea.Batch(m.choose(), m.tell(func(ctx context.Context) error { return m.store.Delete(ctx, r.ID) }, func() tea.Cmd {
		m.take(r.ID) // a reading of the list may have brought it back
		m.undo = append(m.undo, r)
		m.offer++
		return m.after(undoTime, offered{m.offer})
	}, func() { m.put(r) }))
}

func (m *Model) restore() tea.Cmd {
	r := m.undo[len(m.undo)-1]
	return m.tell(func(ctx context.Context) error { return m.store.Restore(ctx, r.ID) }, func() tea.Cmd {
		m.undo = slices.DeleteFunc(m.undo, func(u *lab.Run) bool { return u == r })
		m.put(r)
		m.id, m.moved = r.ID, true
		return screen.Tell(fmt.Sprintf("run %d is back", r.ID))
	}, nil)
}

// take takes a run out of the list.
func (m *Model) take(id int64) {
	m.runs = slices.DeleteFunc(m.runs, func(r *lab.Run) bool { return r.ID == id })
	m.unmark(func(mark int64) bool { return mark == id })
}

// put puts a run into the list, unless a reading has done so.
func (m *Model) put(r *lab.Run) {
	if m.find(r.ID) == nil {
		m.runs = slices.Insert(m.runs, m.place(r.ID), r)
	}
}
