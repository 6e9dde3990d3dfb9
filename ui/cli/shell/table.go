package shell

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Table prints rows under a heading, the named columns aligned right.
type Table struct {
	head  []string
	right []bool
	rows  [][]string
}

// Columns begins a table; a name with a leading > is of a column aligned right.
func Columns(names ...string) *Table {
	t := &Table{}
	for _, n := range names {
		n, right := strings.CutPrefix(n, ">")
		t.head, t.right = append(t.head, n), append(t.right, right)
	}
	return t
}

// Row adds a row.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Fit leaves columns out, those named first before the others, until the rest
// is at most as wide as a terminal.
func (t *Table) Fit(width int, leave ...string) {
	for _, name := range leave {
		all := -gap
		for _, w := range t.widths() {
			all += w + gap
		}
		i := slices.Index(t.head, name)
		if all <= width || i < 0 {
			return
		}
		t.head, t.right = slices.Delete(t.head, i, i+1), slices.Delete(t.right, i, i+1)
		for k := range t.rows {
			t.rows[k] = slices.Delete(t.rows[k], i, i+1)
		}
	}
}

// gap is between two columns.
const gap = 2

func (t *Table) widths() []int {
	width := make([]int, len(t.head))
	for _, r := range append(t.rows, t.head) {
		for i, c := range r {
			width[i] = max(width[i], ansi.StringWidth(c))
		}
	}
	return width
}

// Print writes the table; bold dresses the heading.
func (t *Table) Print(w io.Writer, bold func(string) string) {
	width := t.widths()
	line := func(r []string) string {
		var b strings.Builder
		for i, c := range r {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", gap))
			}
			pad := strings.Repeat(" ", width[i]-ansi.StringWidth(c))
			if t.right[i] {
				b.WriteString(pad + c)
			} else {
				b.WriteString(c + pad)
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	fmt.Fprintln(w, bold(line(t.head)))
	for _, r := range t.rows {
		fmt.Fprintln(w, line(r))
	}
}
