package pane

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Instances is the table of the instances, one of which may be selected.
type Instances struct {
	th       *theme.Theme
	selected string // its ID
	top      int
	room     int             // rows drawn last
	list     []*lab.Instance // by number; rebuilt by See
}

// NewInstances makes a table with nothing selected.
func NewInstances(th *theme.Theme) *Instances { return &Instances{th: th} }

// See takes the instances of the newest tick. A selected one that is gone is
// no longer selected.
func (m *Instances) See(p *Picture) {
	all := p.Sample().Instances
	m.list = m.list[:0]
	found := false
	for i := range all {
		m.list = append(m.list, &all[i])
		found = found || all[i].ID == m.selected
	}
	slices.SortStableFunc(m.list, func(a, b *lab.Instance) int { return a.Num - b.Num })
	if !found {
		m.selected = ""
	}
}

// Selected is the selected instance, or nil.
func (m *Instances) Selected() *lab.Instance {
	for _, i := range m.list {
		if i.ID == m.selected {
			return i
		}
	}
	return nil
}

// Target is the instance a deed is done to: the selected one, or the newest
// that is alive; nil if there is none.
func (m *Instances) Target() *lab.Instance {
	if i := m.Selected(); i != nil {
		return i
	}
	for _, i := range slices.Backward(m.list) {
		if i.Alive() {
			return i
		}
	}
	return nil
}

// Move selects the instance that many rows away; with none selected, it comes
// from above the first or from below the last.
func (m *Instances) Move(by int) {
	if len(m.list) == 0 {
		return
	}
	at := slices.IndexFunc(m.list, func(i *lab.Instance) bool { return i.ID == m.selected })
	if at < 0 && by == -1 {
		at = len(m.list)
	}
	at += by
	m.selected = m.list[max(0, min(at, len(m.list)-1))].ID
}

// SelectRow selects the instance on a row of the pane as drawn last, its
// border being row 0. It tells whether there is one.
func (m *Instances) SelectRow(row int) bool {
	i := m.top + row - 2
	if row < 2 || row-2 >= m.room || i >= len(m.list) {
		return false
	}
	m.selected = m.list[i].ID
	return true
}

// Release selects none.
func (m *Instances) Release() { m.selected = "" }

// column is one of the table's, from the left; rank says which go first when
// there is no room.
type column struct {
	head  string
	width int
	rank  int
	left  bool
	cell  func(p *Picture, i *lab.Instance) string
}

const noteFrom = 4 // the first column that a note may cover

func (m *Instances) columns(w int) []column {
	nums, pids, ports, tails := 2, 5, 5, 3
	for _, i := range m.list {
		nums = max(nums, len(strconv.Itoa(i.Num)))
		pids = max(pids, len(strconv.Itoa(i.PID)))
		ports = min(max(ports, len(port(i.Addr))), 8)
		tails = max(tails, theme.Width(millis(i.Traffic.Latency, .95)))
	}
	state := max(5, min(w-(nums+1+1+ports+1+pids+1+5+5+1+tails), 8))
	all := []column{
		{"ID", nums, 0, false, func(_ *Picture, i *lab.Instance) string { return strconv.Itoa(i.Num) }},
		{"PORT", ports, 0, true, func(_ *Picture, i *lab.Instance) string { return port(i.Addr) }},
		{"PID", pids, 2, false, func(_ *Picture, i *lab.Instance) string {
			if i.PID == 0 {
				return unknown
			}
			return strconv.Itoa(i.PID)
		}},
		{"STATE", state, 0, true, func(_ *Picture, i *lab.Instance) string { return stateOf(i, state) }},
		{"CPU%", 4, 0, false, func(_ *Picture, i *lab.Instance) string { return percent(i.CPU) }},
		{"RPS", 4, 1, false, func(p *Picture, i *lab.Instance) string {
			if !i.EverReady || !p.Record.Run.Answered() {
				return unknown
			}
			return short(p.Sample().PerSecond(i.Traffic.OK))
		}},
		{"p95", tails, 1, false, func(_ *Picture, i *lab.Instance) string { return millis(i.Traffic.Latency, .95) }},
		{"INFL", 4, 5, false, func(_ *Picture, i *lab.Instance) string { return strconv.Itoa(i.Traffic.InFlight) }},
		{"AGE", 4, 6, false, func(p *Picture, i *lab.Instance) string { return age(p.At - i.Started) }},
		{"MEM", 5, 7, false, func(_ *Picture, i *lab.Instance) string { return bytes(i.Memory) }},
		{"", 12, 8, true, func(_ *Picture, i *lab.Instance) string { return m.bar(i.CPU, 12) }},
	}
	for {
		width := 0
		worst := 0
		for i, c := range all {
			width += c.width + 1
			if c.rank > all[worst].rank {
				worst = i
			}
		}
		if width <= w || all[worst].rank == 0 {
			return all
		}
		all = slices.Delete(all, worst, worst+1)
	}
}

// stateOf is an instance's state in w cells.
func stateOf(i *lab.Instance, w int) string {
	switch {
	case i.Hung && i.State == lab.Ready:
		return "hung"
	case w >= 8:
		return i.State.String()
	case i.State == lab.Starting:
		return "start"
	case i.State == lab.Draining:
		return "drain"
	case i.State == lab.Failed:
		return "fail"
	}
	return i.State.String()
}

// bar shows a share as a bar of w cells.
func (m *Instances) bar(r lab.Reading, w int) string {
	if !r.OK {
		return ""
	}
	n := int(max(0, min(r.Value, 1))*float64(w) + 0.5)
	return strings.Repeat(m.th.Fill, n) + strings.Repeat(m.th.Empty, w-n)
}

// Draw draws the table in a box of w×h cells.
func (m *Instances) Draw(p *Picture, w, h int, focused bool) []string {
	th := m.th
	cols := m.columns(w - 2)
	rows := make([]string, 0, h)
	head := ""
	for _, c := range cols {
		head += cell(c.head, c.width, c.left)
	}
	rows = append(rows, th.Dim.Paint(theme.Fit(head, w-2)))
	room := max(h-3, 0)
	m.room = room
	at := slices.IndexFunc(m.list, func(i *lab.Instance) bool { return i.ID == m.selected })
	if at < 0 {
		m.top = max(0, min(m.top, len(m.list)-room))
	} else {
		m.top = max(at-room+1, min(m.top, at, len(m.list)-room), 0)
	}
	for n := m.top; n < min(m.top+room, len(m.list)); n++ {
		rows = append(rows, m.row(p, m.list[n], cols, w-2, focused))
	}
	if len(m.list) == 0 {
		rows = append(rows, th.Dim.Paint(" none"))
	}
	s := p.Sample()
	right := fmt.Sprintf("%d ready of %d", s.Serving(), p.Desired)
	least, _ := lab.Find(p.FleetKnobs, "min")
	most, ok := lab.Find(p.FleetKnobs, "max")
	if ok {
		right += th.Spell(" (" + least.Show() + "–" + most.Show() + ")")
	}
	if hidden := len(m.list) - room; hidden > 0 && room > 0 {
		right += fmt.Sprintf(" %s %s%s", th.Middle, th.ArrowUp, th.ArrowDown)
	}
	return th.Box("Instances", right, rows, w, h, focused)
}

func (m *Instances) row(p *Picture, i *lab.Instance, cols []column, w int, focused bool) string {
	th := m.th
	ink := th.Text
	switch {
	case i.State == lab.Failed, i.Hung:
		ink = th.Bad
	case i.State != lab.Ready:
		ink = th.Dim
	}
	row := ""
	for n, c := range cols {
		if n >= noteFrom && i.Note != "" {
			break
		}
		row += cell(c.cell(p, i), c.width, c.left)
	}
	if i.Note != "" {
		row += " " + i.Note
	}
	row = th.Clip(th.Spell(row), w)
	if i.ID == m.selected {
		row = th.Select + row[1:] // of the ID's column, which begins with a space
		if focused {
			ink = th.Accent
		}
	}
	return ink.Paint(row)
}

// cell is a text in a column, with the space before it.
func cell(s string, w int, left bool) string {
	n := theme.Width(s)
	switch {
	case n > w:
		return " " + theme.Fit(s, w)
	case left:
		return " " + s + theme.Blank(w-n)
	}
	return theme.Blank(w-n+1) + s
}
