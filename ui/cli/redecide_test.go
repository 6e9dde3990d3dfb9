package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/history"
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
	d.History.Open = func(context.Context, string) (history.Notebook, error) { return stored{rec: hour(2)}, nil }
	_, out, said := invoke(t.Context(), t, shell.Stdio{}, d, "history", "redecide", "1", "--policy", "threshold:upper=50,lower=40")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	_, changes, _ := strings.Cut(out, "\n TIME")
	if said != "" || strings.Count(changes, "\n") != 42 || !strings.HasPrefix(lines[len(lines)-1], "… and ") {
		t.Errorf("%d lines, %q\n%s", len(lines), said, out)
	}
}

// BenchmarkRedecide is an hour of 20 instances, but for reading it from disk.
func BenchmarkRedecide(b *testing.B) {
	d := fakeDeps()
	h := stored{rec: hour(20)}
	d.History.Open = func(context.Context, string) (history.Notebook, error) { return h, nil }
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
