package history

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report/file"
)

// recorded is run 42, of a number of ticks.
func recorded(ticks int) lab.Record {
	rec := lab.Record{Run: lab.Run{ID: 42, Outcome: lab.Completed, Experiment: lab.DefaultExperiment()}}
	for i := range ticks {
		rec.Ticks = append(rec.Ticks, lab.Tick{Sample: lab.Sample{At: time.Duration(i+1) * time.Second, Span: time.Second}})
	}
	return rec
}

func exported(t *testing.T, rec lab.Record, format string) []file.File {
	t.Helper()
	files, err := file.Run(&rec, format)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func inFolder(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAnExportIsWholeOrNotThere(t *testing.T) {
	folder := t.TempDir()
	rec := recorded(2)
	rec.Ticks[1].Sample.Level = math.NaN() // which JSON cannot hold
	if err := Save(folder, exported(t, rec, "json"), false); err == nil {
		t.Fatal("what cannot be written was")
	}
	if left := inFolder(t, folder); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.WriteFile(filepath.Join(folder, "run-42.json"), []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Save(folder, exported(t, rec, "json"), true); err == nil {
		t.Fatal("what cannot be written was")
	}
	if text, _ := os.ReadFile(filepath.Join(folder, "run-42.json")); string(text) != "before" {
		t.Errorf("the file before is now %q", text)
	}
}

func TestThreeFilesOrNone(t *testing.T) {
	folder := t.TempDir()
	rec := recorded(1)
	last := filepath.Join(folder, "run-42-events.csv")
	if err := os.WriteFile(last, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Save(folder, exported(t, rec, "csv"), false)
	if input := (*lab.InputError)(nil); !errors.As(err, &input) || input.Value != "run-42-events.csv" {
		t.Errorf("%v", err)
	}
	if left := inFolder(t, folder); !slices.Equal(left, []string{"run-42-events.csv"}) {
		t.Errorf("left: %v", left)
	}
	if err := Save(folder, exported(t, rec, "csv"), true); err != nil {
		t.Fatal(err)
	}
	if left := inFolder(t, folder); len(left) != 3 {
		t.Errorf("left: %v", left)
	}
}

func TestAnExportDoesNotFollowALink(t *testing.T) {
	folder, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(elsewhere, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(folder, "run-42.md")); err != nil {
		t.Skip(err) // not everybody may, on Windows
	}
	files := exported(t, recorded(1), "md")
	if err := Save(folder, files, false); err == nil {
		t.Error("written over a link without being told")
	}
	if err := Save(folder, files, true); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(elsewhere); string(text) != "secret" {
		t.Errorf("what the link led to is now %q", text)
	}
}

func TestAnExportIsNoFolder(t *testing.T) {
	for _, name := range []string{".", "..", "/"} {
		files := exported(t, recorded(1), "md")
		files[0].Name = name
		folder := t.TempDir()
		err := Save(folder, files, true)
		if input := (*lab.InputError)(nil); !errors.As(err, &input) {
			t.Errorf("%s: %v", name, err)
		}
		if left := inFolder(t, folder); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}
