package process

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	p, ok := parseStat(7, "7 (a) b (c) S 3 5 7 0 -1 4194560 1 2 3 4 11 12 250 50 20 0 1 0 4242 1 2")
	want := Info{PID: 7, Parent: 3, Group: 5, Born: 4242, Reaped: 3 * time.Second}
	if !ok || p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("7 (a) S 3 5 7 0 -1 4194560 1 2 3 4 11 12 250 50 20 0 1 0 4242 1 2")
	f.Fuzz(func(t *testing.T, text string) { parseStat(1, text) })
}

func TestOwnMemoryAndClockAreRead(t *testing.T) {
	if v, ok := pss(os.Getpid()); !ok || v < 1<<20 {
		t.Errorf("memory %v, %v", v, ok)
	}
	if d, ok := CPUTime(os.Getpid()); !ok || d <= 0 {
		t.Errorf("CPU time %v, %v", d, ok)
	}
	if d, ok := CPUTime(pid0); ok {
		t.Errorf("no such process, and its CPU time is %v", d)
	}
}

// BenchmarkProcesses is what following the trees of a user's commands costs at
// each Observe: one look at the machine's process table.
func BenchmarkProcesses(b *testing.B) {
	n := 0
	for b.Loop() {
		n = len(List())
	}
	b.ReportMetric(float64(n), "processes")
}

// BenchmarkCPUTime is what reading the clock of one built-in instance costs.
func BenchmarkCPUTime(b *testing.B) {
	for b.Loop() {
		CPUTime(os.Getpid())
	}
}

func BenchmarkPSS(b *testing.B) {
	for b.Loop() {
		pss(os.Getpid())
	}
}
