package kube

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Sums of values near the limits of int64 divide as whole numbers do.
func TestSumsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	edges := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, 1 << 62}
	value := func() int64 {
		if r.IntN(2) == 0 {
			return edges[r.IntN(len(edges))]
		}
		return int64(r.Uint64()) >> r.IntN(63)
	}
	for range 20000 {
		var s sum
		exact := new(big.Int)
		for range 1 + r.IntN(5) {
			v := value()
			s.add(v)
			exact.Add(exact, big.NewInt(v))
		}
		factor, by := uint64(1+99*r.IntN(2)), 1+r.Uint64()>>r.IntN(63)
		exact.Mul(exact, new(big.Int).SetUint64(factor))
		exact.Quo(exact, new(big.Int).SetUint64(by)) // toward zero
		got, ok := s.over(factor, by)
		// The least int64 is out of reach, which no mean and no percentage needs.
		fits := exact.IsInt64() && exact.Int64() != math.MinInt64
		if !fits && !ok && (got > 0) != (exact.Sign() > 0) {
			t.Fatalf("%+v × %d / %d = %d: beside the range on the wrong side", s, factor, by, got)
		}
		if ok != fits || ok && got != exact.Int64() {
			t.Fatalf("%+v × %d / %d = %d, %v; want %s", s, factor, by, got, ok, exact)
		}
	}
}

// The pods' own numbers stay in order whatever they report: never below none,
// never above what an int32 holds, and no utilization that wraps.
func TestProposalsAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		says    string
		usage   int64
		request int64
		target  int64
		want    int
		err     error
	}{
		{"as much as can be of as little as can be", math.MaxInt64, 1, 1, math.MaxInt32, nil},
		{"less than nothing is nothing", -5000, 1000, 50, 0, nil},
		{"of no request nothing can be said", 1000, 0, 50, 1, errNoMetrics},
		{"a missing request is a mistake", 1000, -1, 50, 1, errNoRequest},
		{"two billion percent of one percent is two billion", 20_000_000_000, 1000, 1, 2_000_000_000, nil},
	} {
		m := perPod{cpu: true, utilization: true, target: c.target, samples: []reading{{c.usage, noon, 0, true}}}
		pods := []pod{{conditioned: true, hasStart: true, ready: true, request: c.request}}
		got, err := m.replicas(pods, 1, readiness{}, tolerance{.1, .1}, noon)
		if max(0, got.replicas) != c.want || err != c.err {
			t.Errorf("%s: %d, %v", c.says, got.replicas, err)
		}
	}
}
