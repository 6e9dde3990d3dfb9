package report

import (
	"math"
	"slices"
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
	return number(p, 3)
}

// Judge compares the repeats of b with those of a. A value that is NaN is not
// known and left out; ±Inf are values beyond all others.
func (r Rule) Judge(a, b []float64) Judgement {
	j := Judgement{Word: WordUnknown, P: math.NaN(), LeastP: math.NaN()}
	a, b = r.tame(a), r.tame(b)
	ma, mb := Median(a), Median(b)
	if math.IsNaN(ma) || math.IsNaN(mb) {
		return j
	}
	if len(a) >= Claim && len(b) >= Claim {
		_, j.P, j.LeastP = MannWhitney(a, b)
	}
	better := WordWorse
	if (mb > ma) == (r.Better == Higher) {
		better = WordBetter
	}
	switch {
	case r.same(ma, mb):
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

// tame leaves out what is not known, and counts from zero where that is asked.
func (r Rule) tame(values []float64) []float64 {
	var out []float64
	for _, v := range values {
		if math.IsNaN(v) {
			continue
		}
		if r.Better == Zero {
			v = math.Abs(v)
		}
		out = append(out, v)
	}
	return out
}

func (r Rule) same(a, b float64) bool {
	if a == b {
		return true
	}
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		return false
	}
	return math.Abs(b-a) <= max(r.Abs, r.Rel*max(math.Abs(a), math.Abs(b)))
}

// Median is the middle value, or the mean of the two; NaN of none.
func Median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	if n%2 == 1 || s[n/2-1] == s[n/2] {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}

// exactUpTo is the greatest number of assignments that are counted one by one.
const exactUpTo = 200_000

// MannWhitney tests whether b tends to lie above or below a: u is the number of
// pairs with b > a, ties a half; p the share of all assignments of the pooled
// values to two sides of these sizes whose u lies at least as far from its mean
// as this one, and least the smallest such share. Above 200,000 assignments
// both come from the normal distribution, corrected for ties and by ½ for
// continuity (H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics
// 18, 1947). Both sides need a value.
func MannWhitney(a, b []float64) (u, p, least float64) {
	n, m := len(a), len(b)
	pool := slices.Concat(a, b)
	slices.Sort(pool)
	// Ranks, and their sums, are counted double: those of ties are whole then.
	rank := func(v float64) int {
		lo, _ := slices.BinarySearch(pool, v)
		hi := lo
		for hi < len(pool) && pool[hi] == v {
			hi++
		}
		return lo + hi + 1
	}
	// The smaller side is looked at: what the other's ranks sum to follows.
	k, small := m, b
	if n < m {
		k, small = n, a
	}
	sum, ranks := 0, make([]int, n+m)
	for _, v := range small {
		sum += rank(v)
	}
	for i, v := range pool {
		ranks[i] = rank(v)
	}
	mean := k * (n + m + 1)
	if u = float64(sum-k*(k+1)) / 2; n < m {
		u = float64(n*m) - u
	}
	off := func(sum int) int { return max(sum-mean, mean-sum) }
	low, high := 0, 0 // the outermost assignments
	for i := range k {
		low, high = low+ranks[i], high+ranks[n+m-1-i]
	}
	far := max(off(low), off(high))
	if choose(n+m, k) > exactUpTo {
		normal := tieCorrected(ranks, n, m)
		return u, normal(off(sum)), normal(far)
	}
	ways := subsetSums(ranks, k, high)
	share := func(atLeast int) float64 {
		hit, all := 0.0, 0.0
		for s, w := range ways {
			if all += w; off(s) >= atLeast {
				hit += w
			}
		}
		return hit / all
	}
	return u, share(off(sum)), share(far)
}

// subsetSums is in how many ways k of the ranks have each sum up to most.
func subsetSums(ranks []int, k, most int) []float64 {
	ways := make([][]float64, k+1)
	for i := range ways {
		ways[i] = make([]float64, most+1)
	}
	ways[0][0] = 1
	for _, r := range ranks {
		for i := k; i > 0; i-- {
			for s := r; s <= most; s++ {
				ways[i][s] += ways[i-1][s-r]
			}
		}
	}
	return ways[k]
}

// tieCorrected is the normal approximation of p, of double the distance of a
// rank sum from its mean.
func tieCorrected(ranks []int, n, m int) func(off int) float64 {
	all, ties := float64(n+m), 0.0
	for i := 0; i < len(ranks); {
		j := i
		for j < len(ranks) && ranks[j] == ranks[i] {
			j++
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	sigma := math.Sqrt(float64(n*m) / 12 * (all + 1 - ties/(all*(all-1))))
	return func(off int) float64 {
		if sigma == 0 {
			return 1
		}
		return math.Erfc(max(0, float64(off)/2-0.5) / sigma / math.Sqrt2)
	}
}

// choose is the number of ways to take k of n, or +Inf.
func choose(n, k int) float64 {
	c := 1.0
	for i := range min(k, n-k) {
		c = c * float64(n-i) / float64(i+1)
	}
	return math.Round(c)
}
