package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report/offered"
)

// begins is how the files of a format begin.
var begins = map[string]string{"html": "<!doctype html>", "md": "# ", "svg": "<?xml", "png": "\x89PNG", "json": "{"}

func contents(t *testing.T, files []File) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range files {
		var once, again bytes.Buffer
		if err := errors.Join(f.Write(&once), f.Write(&again)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), again.Bytes()) {
			t.Errorf("%s is not the same a second time", f.Name)
		}
		out[f.Name] = once.String()
	}
	return out
}

func TestARunInEveryFormat(t *testing.T) {
	rec := eventful()
	for _, format := range Formats {
		files, err := Run(&rec, format)
		if err != nil {
			t.Fatal(format, err)
		}
		got := contents(t, files)
		if format == "csv" {
			if len(got) != 3 || got["run-42-ticks.csv"] == "" || got["run-42-instances.csv"] == "" || got["run-42-events.csv"] == "" {
				t.Errorf("csv: %d files", len(got))
			}
			continue
		}
		if text := got["run-42."+format]; len(got) != 1 || !strings.HasPrefix(text, begins[format]) {
			t.Errorf("%s: %d files, %.40q", format, len(got), text)
		}
	}
	if page := contents(t, must(Run(&rec, "html")))["run-42.html"]; !strings.Contains(page, `<figure><svg viewBox=`) || !strings.Contains(page, "--chart-a:#0072B2") {
		t.Error("no chart in the page")
	}
}

func must(files []File, err error) []File {
	if err != nil {
		panic(err)
	}
	return files
}

func TestAComparisonInEveryFormat(t *testing.T) {
	a, b, c := eventful(), eventful(), eventful()
	b.Run.ID, c.Run.ID = 43, 50
	for _, format := range Formats {
		for name, sides := range map[string][][]lab.Record{
			"compare-42-43":           {{a}, {b}},
			"compare-42..43-50":       {{a, b}, {c}},
			"compare-42+1more-43":     {{a, c}, {b}},
			"compare-42-43-50-42..43": {{a}, {b}, {c}, {a, b}},
		} {
			files, err := Comparison(sides, format, offered.AtStart)
			if err != nil {
				t.Fatal(format, err)
			}
			got := contents(t, files)
			if text := got[name+"."+format]; len(got) != 1 || !strings.HasPrefix(text, begins[format]) {
				t.Errorf("%s: %v %.40q", format, files[0].Name, text)
			}
		}
	}
	text := contents(t, must(Comparison([][]lab.Record{{a}, {b}}, "json", offered.AtStart)))["compare-42-43.json"]
	if !json.Valid([]byte(text)) {
		t.Error("no JSON")
	}
	// A picture alone must not pass off an unfair comparison as a fair one.
	other := eventful()
	other.Run.ID, other.Run.Experiment.Seed, other.Run.Experiment.Load = 44, 7, "constant:rate=99"
	if s := contents(t, must(Comparison([][]lab.Record{{a}, {b}}, "svg", offered.AtLoad)))["compare-42-43.svg"]; !strings.Contains(s, "load identical") {
		t.Error("the picture does not say that the load was identical")
	}
	if s := contents(t, must(Comparison([][]lab.Record{{a}, {other}}, "svg", offered.AtLoad)))["compare-42-44.svg"]; !strings.Contains(s, "not a fair comparison") {
		t.Error("the picture does not say that the load differs")
	}
	img := contents(t, must(Comparison([][]lab.Record{{a}, {b}}, "png", offered.AtLoad)))["compare-42-43.png"]
	if p, err := png.Decode(strings.NewReader(img)); err != nil || p.Bounds().Dx() != 1440 {
		t.Errorf("%v", err)
	}
}

// A run of which nothing was recorded is in no format, and a format that there
// is not is that first.
func TestWhatCannotBeWritten(t *testing.T) {
	none := lab.Record{Run: lab.Run{ID: 7, Outcome: lab.Crashed, Experiment: lab.DefaultExperiment()}}
	some := small()
	for _, format := range append([]string{"pdf", ""}, Formats...) {
		field := "run"
		if !slices.Contains(Formats, format) {
			field = "format"
		}
		for _, write := range []func() ([]File, error){
			func() ([]File, error) { return Run(&none, format) },
			func() ([]File, error) {
				return Comparison([][]lab.Record{{some}, {none}}, format, offered.AtStart)
			},
		} {
			files, err := write()
			if input, ok := errors.AsType[*lab.InputError](err); !ok || input.Field != field || len(files) > 0 {
				t.Errorf("%q: %v", format, err)
			}
		}
	}
}

func TestFormatByName(t *testing.T) {
	for name, want := range map[string]string{"a.html": "html", "x/y.PNG": "png", "run": "", "run.pdf": "", "json": "", ".md": "md", "a.b.csv": "csv"} {
		if got := FormatOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// What a file says may be out of all proportion: it can be summed up, compared
// and written down all the same.
func TestWhateverIsInARunItCanBeReported(t *testing.T) {
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b := randomRecord(r), randomRecord(r)
		for b.Ticks[len(b.Ticks)-1].Sample.At <= 0 {
			b = randomRecord(r)
		}
		a.Run.Origin, b.Run.Origin = a.Ticks[0].Sample.At-1, 0
		a.Run.ID, b.Run.ID = 1, 2
		a.Run.Experiment.Speed = []float64{1e300, 1e-300, -1, 1e12, 1}[seed%5]
		a.Run.Summary = lab.SummaryOf(&a)
		for _, format := range Formats {
			for _, f := range append(must(Run(&a, format)), must(Comparison([][]lab.Record{{a}, {b}}, format, offered.AtLoad))...) {
				if err := f.Write(io.Discard); err != nil {
					t.Errorf("seed %d: %s: %v", seed, f.Name, err)
				}
			}
		}
	}
}
