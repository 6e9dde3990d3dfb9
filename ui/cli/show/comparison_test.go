package show

import "testing"

func TestLettersGoOnAsNumbers(t *testing.T) {
	for i, want := range map[int]string{1: "A", 26: "Z", 27: "27"} {
		if got := Letter(i); got != want {
			t.Errorf("policy %d is %s, want %s", i, got, want)
		}
	}
}
