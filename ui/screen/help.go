package screen

import "autoscale-lab/ui/theme"

// Footer is the row of hints: what works now, as much of it as fits w cells.
func (t Bindings) Footer(th *theme.Theme, w int) string {
	row := ""
	for i, h := range t.hints(th, w-2) {
		if i > 0 {
			row += "  "
		}
		row += th.Key.Paint(h.shown)
		if h.says != "" {
			row += " " + h.says
		}
	}
	return theme.Fit(" "+row, w)
}

// Help is every binding that works now, by groups, in as many columns as fit,
// on h rows of w cells in a box. scroll is the first row shown; it is returned
// as far as there is something to scroll.
func (t Bindings) Help(th *theme.Theme, w, h, scroll int) ([]string, int) {
	var blocks [][]string
	keys, says := 0, 0
	for i := range t {
		if b := &t[i]; b.Works() && b.Long != "" {
			keys = max(keys, theme.Width(th.Spell(b.Shown)))
			says = max(says, theme.Width(th.Spell(b.Long)))
		}
	}
	for _, g := range t.groups() {
		block := []string{th.Bold.Paint(th.Spell(g))}
		for i := range t {
			if b := &t[i]; b.Works() && b.Long != "" && b.Group == g {
				shown := th.Spell(b.Shown)
				block = append(block, " "+th.Key.Paint(shown)+theme.Blank(keys-theme.Width(shown))+"  "+th.Spell(b.Long))
			}
		}
		blocks = append(blocks, append(block, ""))
	}
	inner := max(w-4, 0)
	n := max(1, min(inner/(keys+says+5), len(blocks)))
	rows := flow(blocks, n, inner/n)
	room := max(h-2, 0)
	scroll = max(0, min(scroll, len(rows)-room))
	right := "esc closes"
	if len(rows) > room {
		right = th.ArrowUp + th.ArrowDown + " more " + th.Middle + " " + right
	}
	shown := make([]string, 0, room)
	for i := scroll; i < min(scroll+room, len(rows)); i++ {
		shown = append(shown, " "+rows[i])
	}
	return th.Box("What works now", right, shown, w, h, true), scroll
}

// flow sets blocks into n columns of w cells, each block whole, evenly filled.
func flow(blocks [][]string, n, w int) []string {
	total := 0
	for _, b := range blocks {
		total += len(b)
	}
	columns := make([][]string, n)
	at := 0
	for _, b := range blocks {
		if have := len(columns[at]); have > 0 && at < n-1 && have+len(b)/2 > (total+n-1)/n {
			at++
		}
		columns[at] = append(columns[at], b...)
	}
	for i := range columns {
		for j := range columns[i] {
			columns[i][j] = theme.Fit(columns[i][j], w)
		}
		if len(columns[i]) == 0 {
			columns[i] = []string{theme.Blank(w)}
		}
	}
	return theme.HJoin(columns...)
}
