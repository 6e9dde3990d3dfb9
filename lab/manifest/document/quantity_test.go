package document

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
)

func TestQuantitiesAreKubernetes(t *testing.T) {
	for _, s := range []string{"0", "1", "100", "0.5", ".5", "5.", "500m", "1500m", "2k", "3M", "1G", "1T", "1P", "1E", "1Ki", "2Mi", "1.5Gi", "1e3", "1E3", "1e-3", "2u", "3n", "+5", "-5", "-500m",
		"", "5q", "1 000", "1_000", "0x10", "Inf", "NaN", "1kk", "5 m", "1e", "--1", "1.2.3", "1K"} {
		got, ok := ParseQuantity(s)
		want, err := resource.ParseQuantity(s)
		if ok != (err == nil) || ok && got != want.AsApproximateFloat64() {
			t.Errorf("%q: got %v %v, Kubernetes %v %v", s, got, ok, want.AsApproximateFloat64(), err)
		}
	}
	for v, want := range map[float64]string{30: "30", 0.5: "500m", 1.2345: "1235m", 0.0001: "1m", 1e6: "1000000"} {
		if got := SpellQuantity(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
		if _, err := resource.ParseQuantity(SpellQuantity(v)); err != nil {
			t.Error(err)
		}
	}
}
