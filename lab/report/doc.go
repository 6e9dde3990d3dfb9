// Package report reads recorded runs side by side: whether they may be compared
// at all, what was set differently, their figures, and what may be said of them.
//
//	[]Record ─ Compare ─▶ Comparison ─▶ Markdown, CSV, JSON
//	             ├─ offered.Same is the comparison fair?
//	             ├─ Differ     settings and hosts
//	             ├─ measure    figures of one run, in one pass
//	             │    └─ Limits what a breach was, and whether it was turned
//	             ├─ stat.Rule better, worse, same …, by tolerance and Mann-Whitney U
//	             └─ verdict    one sentence that claims no more than the rules allow
//	Record, []Decision ─ DesiredOf ─▶ Desired   what a policy wished for
//
// It works on paper: no goroutine, no clock, no I/O. The rules are those of the
// design's Scores.
package report
