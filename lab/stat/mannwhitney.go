package stat

import (
	"math"
	"slices"
)

// Known is the values that are not NaN.
func Known(values []float64) (out []float64) {
	for _, v := range values {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
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
