package shell

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
	"autoscale-lab/lab/numeral"
)

// Unknown stands for what is not known.
const Unknown = "—"

// Figure is v with one decimal below a hundred, or — if it is not known.
func Figure(v *float64) string {
	if v == nil {
		return Unknown
	}
	digits := 1
	if math.Abs(*v) >= 100 {
		digits = 0
	}
	return strconv.FormatFloat(*v, 'f', digits, 64)
}

// Latency is the percentiles of a run or a load.
func Latency(l lab.LatencySummary) string {
	return fmt.Sprintf("p50 %s  p90 %s  p95 %s  p99 %s  p99.9 %s  max %s  ms",
		Figure(l.P50), Figure(l.P90), Figure(l.P95), Figure(l.P99), Figure(l.P999), Figure(l.Max))
}

// Causes is the failures by cause, the most frequent first; "" if none.
func Causes(by map[string]int64) string {
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
		words[i] = c.name + " " + numeral.Count(c.n)
	}
	return strings.Join(words, "  ")
}

// Cut shortens text to w columns.
func Cut(s string, w int) string { return ansi.Truncate(s, w, "…") }

// Rate is n over a time, in brackets behind it: (60.0/s, 3,600 rpm).
func Rate(n int64, d time.Duration) string {
	if d <= 0 {
		return ""
	}
	perSecond := float64(n) / d.Seconds()
	return fmt.Sprintf(" (%s/s, %s rpm)", Figure(&perSecond), numeral.Count(int64(perSecond*60+.5)))
}

// Line prints a line of a summary, its label in a column of its own.
func Line(w io.Writer, label, format string, a ...any) {
	fmt.Fprintf(w, "  %-12s %s\n", label, fmt.Sprintf(format, a...))
}
