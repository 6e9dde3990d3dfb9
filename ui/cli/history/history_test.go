package history

import "testing"

func TestALoadInShort(t *testing.T) {
	for spec, want := range map[string]string{
		"constant":                               "constant 15/s",
		"constant:rate=60,spacing=even":          "constant 60/s",
		"constant:rate=0.5,spacing=poisson":      "constant 0.5/s poisson",
		"constant:rate=6,spacing=poisson,seed=7": "constant 6/s poisson seed 7",
		"closed:threads=20":                      "closed 20 threads",
		"closed/constant:threads=20,think=1s":    "closed 20 threads think 1s",
		"closed/constant:threads=10,think=0s":    "closed 10 threads",
		"none":                                   "none",
		"sawtooth:low=3 of a version to come":    "sawtooth:low=3 of a version to come",
	} {
		if got := shortLoad(spec); got != want {
			t.Errorf("%s is %q, want %q", spec, got, want)
		}
	}
}
