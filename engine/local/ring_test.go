package local

import (
	"strings"
	"testing"

	"autoscale-lab/lab"
)

func TestRingKeepsTheLastLinesAndCutsLongOnes(t *testing.T) {
	var l ring
	l.fill(strings.NewReader(strings.Repeat("old\n", 3*ringLines) + strings.Repeat("y", 200<<10) + "\n\x1b[2Jclean\xff\r\nno end"))
	got := l.tail(4)
	want := []string{"old", strings.Repeat("y", lineBytes), "clean\uFFFD", "no end"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: %.40q, want %.40q", i, got[i], want[i])
		}
	}
	if n := len(l.tail(1 << 20)); n != ringLines {
		t.Errorf("keeps %d lines", n)
	}
}

func FuzzRing(f *testing.F) {
	f.Add([]byte("a\nb\x1b[31m\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var l ring
		l.fill(strings.NewReader(string(text)))
		for _, line := range l.tail(ringLines) {
			if line != lab.Clean(line) {
				t.Errorf("%q is not clean", line)
			}
		}
	})
}
