// Package stat is what may be said of figures of two sides: a difference within
// the tolerance is none, and one that chance would give as easily is not shown.
//
//	Rule.Judge ─ Median ─────▶ Judgement: better, worse, same …
//	           └ MannWhitney ─▶ p
//
// It knows values, not runs. The rules are those of the design's Scores.
package stat

import (
	"fmt"
	"math"
	"strconv"
)

// Better says in which direction a figure is good.
type Better uint8

const (
	Neutral Better = iota // it is what it is
	Lower
	Higher
	Zero // the nearer, whichever side
)

// Rule is how a figure of two sides is judged.
type Rule struct {
	Better   Better
	Abs, Rel float64 // they are the same if |Δ| ≤ max(Abs, Rel·max(|a|, |b|))
}

// Word is a judgement.
type Word string

const (
	WordBetter   Word = "better"
	WordWorse    Word = "worse"
	WordSame     Word = "same"
	WordChanged  Word = "changed"      // a neutral figure is another
	WordNotShown Word = "not shown"    // they differ, but so they might by chance
	WordTooFew   Word = "too few runs" // no outcome of so few runs could show it
	WordUnknown  Word = "n/a"
)

// Claim is the number of runs a side from which chance can be reckoned with;
// below, a judgement speaks of these runs alone.
const Claim = 3

// significant is the greatest p that shows a difference.
const significant = 0.05

// Judgement is b against a.
type Judgement struct {
	Word Word
	P    float64 // two-sided, of Mann-Whitney's U; NaN with fewer than Claim runs a side
	// LeastP is the least p that these values could have given, in any order.
	LeastP float64
}

// Odds says p and the least p that these values allow: "p 0.032, least 0.008". It
// is "" where nothing differs, and below Claim runs a side.
func (j Judgement) Odds() string {
	if math.IsNaN(j.P) || j.Word == WordSame || j.Word == WordUnknown {
		return ""
	}
	return "p " + odds(j.P) + ", least " + odds(j.LeastP)
}

func odds(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return strconv.FormatFloat(p, 'f', 3, 64)
}

// Judge compares the repeats of b with those of a. A value that is NaN is not
// known and left out; ±Inf are values beyond all others.
func (r Rule) Judge(a, b []float64) Judgement {
	j := Judgement{Word: WordUnknown, P: math.NaN(), LeastP: math.NaN()}
	a, b = Known(a), Known(b)
	ma, mb := Median(a), Median(b)
	if math.IsNaN(ma) || math.IsNaN(mb) {
		return j
	}
	if len(a) >= Claim && len(b) >= Claim {
		_, j.P, j.LeastP = MannWhitney(a, b)
	}
	x, y := ma, mb
	if r.Better == Zero { // the sides differ by their values, and are good by how near they are
		x, y = math.Abs(ma), math.Abs(mb)
	}
	better := WordWorse
	if (y > x) == (r.Better == Higher) {
		better = WordBetter
	}
	switch {
	case r.same(ma, mb), r.Better == Zero && x == y:
		j.Word = WordSame
	case r.Better == Neutral:
		j.Word = WordChanged
	case math.IsNaN(j.P) || j.P <= significant:
		j.Word = better
	case j.LeastP > significant:
		j.Word = WordTooFew
	default:
		j.Word = WordNotShown
	}
	return j
}

// String says how a figure is judged: "lower is better, the same within 0.5 or
// 5 %".
func (r Rule) String() string {
	text := [...]string{"", "lower is better, ", "higher is better, ", "nearer zero is better, "}[r.Better]
	short := func(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }
	switch {
	case r.Abs > 0 && r.Rel > 0:
		return text + fmt.Sprintf("the same within %s or %s %%", short(r.Abs), short(100*r.Rel))
	case r.Abs > 0:
		return text + "the same within " + short(r.Abs)
	case r.Rel > 0:
		return text + fmt.Sprintf("the same within %s %%", short(100*r.Rel))
	}
	return text + "any difference counts"
}

func (r Rule) same(a, b float64) bool {
	if a == b {
		return true
	}
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		return false
	}
	within := max(r.Abs, r.Rel*max(math.Abs(a), math.Abs(b)))
	return math.Abs(b-a) <= within*(1+1e-9) // 0.57 and 1.07 lie 0.5 apart
}

// CanShow tells whether two sides of so many runs each can show a difference.
func CanShow(runs int) bool { return 2/choose(2*runs, runs) <= significant }
