package document

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// ParseQuantity reads a number of Kubernetes: 100, 0.5, 500m, 2k, 1Gi, 1e3.
func ParseQuantity(s string) (float64, bool) {
	scale := 1.0
	if i := strings.LastIndexAny(s, "0123456789."); i >= 0 && i+1 < len(s) {
		at := slices.Index(suffixes, s[i+1:])
		if at < 0 {
			return 0, false
		}
		scale, s = factors[at], s[:i+1]
	}
	if strings.ContainsAny(s, "_xXpPiIn") { // Go's own spellings
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	v *= scale
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}

var (
	suffixes = []string{"n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	factors  = []float64{1e-9, 1e-6, 1e-3, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18, 1 << 10, 1 << 20, 1 << 30, 1 << 40, 1 << 50, 1 << 60}
)

// SpellQuantity spells one: whole numbers as they are, others in thousandths.
func SpellQuantity(v float64) string {
	if v == math.Trunc(v) {
		return Trim(v)
	}
	return Trim(max(1, math.Round(v*1000))) + "m"
}
