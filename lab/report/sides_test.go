package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"autoscale-lab/lab"
)

func TestSidesAreReadAndSpelled(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  string // the sides spelled, or the start of what is wrong
	}{
		{[]string{"41", "42"}, "[41] [42]"},
		{[]string{"41-45", " 46 - 48,50"}, "[41-45] [46-48,50]"},
		{[]string{"3,1,2"}, "[1-3]"},
		{[]string{"41", "41"}, `a: "41": want run 41 but once`},
		{[]string{"41-45", "45"}, `a: "45": want run 45 but once`},
		{[]string{"5-1"}, `a: "5-1": want 1-5: from the lower`},
		{[]string{"0"}, `a: "0": want the number of a run`},
		{[]string{"x-3"}, `a: "x-3": want the number of a run`},
		{[]string{"1-200"}, `a: "1-200": want at most 100`},
	} {
		sides, err := ParseSides("a", c.texts)
		got := fmt.Sprint(err)
		if err == nil {
			var all []string
			for _, s := range sides {
				all = append(all, "["+SpellSide(s)+"]")
			}
			got = strings.Join(all, " ")
		} else if bad := (*lab.InputError)(nil); !errors.As(err, &bad) {
			t.Errorf("%q: %v is not the user's mistake", c.texts, err)
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: %s, want %s", c.texts, got, c.want)
		}
	}
}

func FuzzParseSides(f *testing.F) {
	for _, s := range []string{"41", "41-45", "41,43,45", "1-2,2-3", "9223372036854775807-9223372036854775807", "-", ",", "1-1-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sides, err := ParseSides("x", []string{text})
		if err != nil {
			return
		}
		back, err := ParseSides("x", []string{SpellSide(sides[0])})
		if err != nil || len(back[0]) != len(sides[0]) || len(sides[0]) == 0 {
			t.Errorf("%q is %v, back %v (%v)", text, sides, back, err)
		}
	})
}
