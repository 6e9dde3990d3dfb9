package lab

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sparkOf(ticks ...Sample) []float64 {
	t := NewTally(&Run{Origin: -1})
	for _, s := range ticks {
		t.Add(&Tick{Sample: s})
	}
	return t.Summary(0).Spark
}

// steady is so many seconds of ticks in which each second offers more.
func steady(seconds int) (out []Sample) {
	for i := range seconds {
		out = append(out, Sample{Span: time.Second, Generator: Traffic{Offered: int64(i + 1)}})
	}
	return out
}

func TestARunOfAnyLengthHasASparkline(t *testing.T) {
	for _, c := range []struct {
		name  string
		ticks []Sample
		want  []float64
	}{
		{"nothing", nil, nil},
		{"one tick", steady(1), []float64{1}},
		{"ours and everybody else's", []Sample{{Span: 2 * time.Second, Generator: Traffic{Offered: 4}, Foreign: Traffic{Offered: 6}}}, []float64{5}},
		{"a gap is left out", []Sample{{Span: time.Second, Generator: Traffic{Offered: 4}}, {Span: time.Hour, Gap: true}, {Span: time.Second, Generator: Traffic{Offered: 8}}}, []float64{4, 8}},
		{"no time at all", []Sample{{Generator: Traffic{Offered: 4}}}, nil},
		{"ticks of unequal length", []Sample{{Span: time.Second, Generator: Traffic{Offered: 10}}, {Span: 1500 * time.Millisecond, Generator: Traffic{Offered: 30}}}, []float64{10, 20, 20}},
		{"one part too many", steady(33), []float64{1.5, 3.5, 5.5, 7.5, 9.5, 11.5, 13.5, 15.5, 17.5, 19.5, 21.5, 23.5, 25.5, 27.5, 29.5, 31.5, 33}},
	} {
		if d := cmp.Diff(c.want, sparkOf(c.ticks...)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	for _, n := range []int{32, 1000, 3600, 100_000} {
		got := sparkOf(steady(n)...)
		if len(got) <= 16 && n > 32 || len(got) > 32 {
			t.Errorf("%d ticks: %d parts", n, len(got))
		}
		for i := 1; i < len(got); i++ {
			if got[i] <= got[i-1] {
				t.Errorf("%d ticks: it does not rise at %d: %v", n, i, got)
				break
			}
		}
	}
	if got := sparkOf(Sample{Span: time.Second}, Sample{Span: 1<<63 - 1}, Sample{Span: 1<<63 - 1}); len(got) > 32 {
		t.Errorf("%v", got)
	}
}
