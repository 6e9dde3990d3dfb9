package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"autoscale-lab/lab"
)

const unknown = "—"

// count is n with its thousands apart: 3,600.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// figure is v with one decimal below a hundred, or — if it is not known.
func figure(v *float64) string {
	if v == nil {
		return unknown
	}
	digits := 1
	if math.Abs(*v) >= 100 {
		digits = 0
	}
	return strconv.FormatFloat(*v, 'f', digits, 64)
}

// clock is a length of time as people read it: 60 s, 5 m 30 s, 2 h 5 m.
func clock(d time.Duration) string {
	d = d.Round(100 * time.Millisecond)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, d%time.Minute
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %d m", h, m)
	case m > 0 && d > 100*time.Second:
		return fmt.Sprintf("%d m %.0f s", m, math.Floor(s.Seconds()))
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

func latencyLine(l lab.LatencySummary) string {
	return fmt.Sprintf("p50 %s  p90 %s  p95 %s  p99 %s  p99.9 %s  max %s  ms",
		figure(l.P50), figure(l.P90), figure(l.P95), figure(l.P99), figure(l.P999), figure(l.Max))
}

// causesLine is the failures by cause, the most frequent first; "" if none.
func causesLine(by map[string]int64) string {
	type cause struct {
		name string
		n    int64
	}
	var all []cause
	for name, n := range by {
		if n > 0 {
			all = append(all, cause{name, n})
		}
	}
	slices.SortFunc(all, func(a, b cause) int {
		if a.n != b.n {
			return int(b.n - a.n)
		}
		return strings.Compare(a.name, b.name)
	})
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = c.name + " " + count(c.n)
	}
	return strings.Join(words, "  ")
}

// table prints rows under a heading, the named columns aligned right.
type table struct {
	head  []string
	right []bool
	rows  [][]string
}

// columns begins a table; a name with a leading > is of a column aligned right.
func columns(names ...string) *table {
	t := &table{}
	for _, n := range names {
		n, right := strings.CutPrefix(n, ">")
		t.head, t.right = append(t.head, n), append(t.right, right)
	}
	return t
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table; bold dresses the heading.
func (t *table) print(w io.Writer, bold func(string) string) {
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

// cut shortens text to w columns.
func cut(s string, w int) string { return ansi.Truncate(s, w, "…") }
