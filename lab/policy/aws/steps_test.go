package aws

import (
	"slices"
	"testing"
)

func TestAdjust(t *testing.T) {
	for _, c := range []struct {
		says        string
		how         string
		a, n, least int
		want        int
	}{
		{"3 instances and 5 more are 8", byChange, 5, 3, 0, 8},
		{"exactly 4, whatever there is", byExact, 4, 9, 0, 4},
		{"12.7 more are 12", byPercent, 10, 127, 0, 139},
		{"0.67 more is 1", byPercent, 67, 1, 0, 2},
		{"0.58 fewer is 1", byPercent, -58, 1, 0, 0},
		{"6.67 fewer are 6", byPercent, -29, 23, 0, 17},
		{"a quarter of 4, but at least 2", byPercent, 25, 4, 2, 6},
		{"a quarter fewer of 4, but at least 2", byPercent, -25, 4, 2, 2},
		{"nothing stays nothing, whatever the least", byPercent, 0, 4, 2, 4},
		{"percent of nothing is nothing", byPercent, 50, 0, 0, 0},
	} {
		if got := Adjust(c.how, c.a, c.n, c.least); got != c.want {
			t.Errorf("%s: %d, want %d", c.says, got, c.want)
		}
	}
}

// Whatever is read as a step table reads the same as it is spelled, and finds at
// most one step for any metric.
func FuzzSteps(f *testing.F) {
	f.Add("0..10/+1|10../+3", 5.)
	f.Add("..-20/-30|-20..-10/-10|-10..0/0", -20.)
	f.Fuzz(func(t *testing.T, text string, delta float64) {
		table, err := ParseSteps("steps", text)
		if err != nil {
			return
		}
		again, err := ParseSteps("steps", table.String())
		if err != nil || !slices.Equal(again, table) {
			t.Fatalf("%q spells %q, which reads %v, %v", text, table.String(), again, err)
		}
		if s, ok := table.Find(delta); ok && (delta < s.Lower-1e-6 || delta > s.Upper+1e-6) {
			t.Fatalf("%v found %v", delta, s)
		}
	})
}
