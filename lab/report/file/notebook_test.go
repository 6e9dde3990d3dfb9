package file_test

import (
	"bytes"
	"io"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report/file"
	"autoscale-lab/store"
	"autoscale-lab/store/codec/codectest"
)

// What another notebook gives of an import is what the first gave, but for the
// number and the mark of the baseline.
func TestARunIsTheSameInAnotherNotebook(t *testing.T) {
	open := func(name string) *store.Store {
		s, err := store.Open(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	a, b := open("a.db"), open("b.db")
	for name, ticks := range map[string][]lab.Tick{"as measured": codectest.Lesson(90, 3), "every field": codectest.Full(3)} {
		e := lab.DefaultExperiment()
		e.Fleet.App, e.Fleet.Env, e.Seed = []string{"python3", "-c", "a\nb"}, []string{"K=V"}, 1<<64-1
		from := lab.Record{Ticks: ticks, Run: lab.Run{
			Name: name, Note: "beside a build", Outcome: lab.Stopped, Began: time.Now(), Origin: 3 * time.Second, Duration: 90*time.Second + 1, Experiment: e,
			Policy: "threshold", Load: e.Load, Rig: "local", Host: lab.Host{OS: "linux", Cores: 2}, Version: "0.9", Commit: "abc", Changes: 3, Incomplete: "the disk was full",
		}}
		from.Run.Summary = lab.SummaryOf(&from)
		id, err := a.Import(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		want, err := a.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var written bytes.Buffer
		if err := file.WriteRun(&written, &want); err != nil {
			t.Fatal(err)
		}
		rec, err := file.ReadRun("run.json", &written)
		if err != nil {
			t.Fatal(err)
		}
		if id, err = b.Import(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
		got, err := b.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if want.Run.ID = id; !reflect.DeepEqual(want, got) {
			t.Errorf("%s: want (-), got (+):\n%s", name, cmp.Diff(want, got))
		}
	}
}

// BenchmarkAnHour is a run of an hour with twenty instances.
func BenchmarkAnHour(b *testing.B) {
	ticks := codectest.Lesson(3600, 20)
	rec := lab.Record{Ticks: ticks, Run: lab.Run{ID: 1, Outcome: lab.Completed, Began: time.Now(), Duration: time.Hour, Experiment: lab.DefaultExperiment()}}
	rec.Run.Summary = lab.SummaryOf(&rec)
	var written bytes.Buffer
	if err := file.WriteRun(&written, &rec); err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(written.Len()))
		for b.Loop() {
			file.WriteRun(io.Discard, &rec)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(written.Len()))
		for b.Loop() {
			if _, err := file.ReadRun("f", bytes.NewReader(written.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, format := range []string{"html", "md", "png"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				files, err := file.Run(&rec, format)
				if err != nil || files[0].Write(io.Discard) != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
