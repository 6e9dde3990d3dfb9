package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/shell"
)

// stored is a notebook of one run.
type stored struct {
	fakeHistory
	rec lab.Record
}

func (s stored) Load(context.Context, int64) (lab.Record, error) { return s.rec, nil }

// hour is a run of an hour, with that many instances.
func hour(instances int) lab.Record {
	rec := lab.Record{Run: storedRun(1)}
	rec.Run.Duration = time.Hour
	for i := range 3600 {
		at := time.Duration(i+1) * time.Second
		t := oneTick(1)
		t.Sample.At, t.Sample.Instances = at, nil
		for j := range instances {
			t.Sample.Instances = append(t.Sample.Instances, lab.Instance{
				ID: fmt.Sprint("i", j), Num: j, State: lab.Ready, EverReady: true, Started: -time.Hour, ReadySince: -time.Hour,
				CPU: lab.Known(.3+.4*float64(i/30%2), at, time.Second),
			})
		}
		rec.Ticks = append(rec.Ticks, t)
	}
	return rec
}

func TestALongTableIsCut(t *testing.T) {
	d := fakeDeps()
	d.OpenHistory = func(context.Context, string) (History, error) { return stored{rec: hour(2)}, nil }
	_, out, said := invoke(t.Context(), t, shell.Stdio{}, d, "history", "redecide", "1", "--policy", "threshold:upper=50,lower=40")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	_, changes, _ := strings.Cut(out, "\n TIME")
	if said != "" || strings.Count(changes, "\n") != shownChanges+2 || !strings.HasPrefix(lines[len(lines)-1], "… and ") {
		t.Errorf("%d lines, %q\n%s", len(lines), said, out)
	}
}

func TestPolicyLettersAndTimes(t *testing.T) {
	for i, want := range map[int]string{1: "A", 26: "Z", 27: "27"} {
		if got := letterOf(i); got != want {
			t.Errorf("policy %d is %s, want %s", i, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "00:00", 425 * time.Second: "07:05", 4025 * time.Second: "1:07:05"} {
		if got := stamp(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	if got := bars([]float64{0, 1, 2, 3.9999999999, 4}, 4); got != "▁▃▅██" {
		t.Errorf("bars %s", got)
	}
}

// BenchmarkRedecide is an hour of 20 instances, but for reading it from disk.
func BenchmarkRedecide(b *testing.B) {
	d := fakeDeps()
	h := stored{rec: hour(20)}
	d.OpenHistory = func(context.Context, string) (History, error) { return h, nil }
	b.Chdir(b.TempDir())
	for _, kind := range []string{"threshold", "hpa"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				if Main(b.Context(), []string{"history", "redecide", "1", "--policy", kind}, shell.Stdio{Out: io.Discard, Err: io.Discard}, d) != 0 {
					b.Fatal("failed")
				}
			}
		})
	}
}
