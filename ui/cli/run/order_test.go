package run

import (
	"fmt"
	"testing"

	"autoscale-lab/ui/cli/flags"
)

func TestTheSeedShufflesEachRound(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(50) {
		b := batch{variants: make([]flags.Variant, 2), repeat: 2}
		b.variants[0].Seed = seed
		seen[fmt.Sprint(b.order())] = true
	}
	if len(seen) != 4 {
		t.Errorf("of the four orders of two rounds of two there were %v", seen)
	}
}
