package shell

import (
	"fmt"
	"io"
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

// Print writes the table; bold dresses the heading.
func (t *Table) Print(w io.Writer, bold func(string) string) {
	width := make([]int, len(t.head))
	for _, r := range append(t.rows, t.head) {
		for i, c := range r {
			width[i] = max(width[i], ansi.StringWidth(c))
		}
	}
	line := func(r []string) string {
		var b strings.Builder
		for i, c := range r {
			if i > 0 {
				b.WriteString("  ")
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
