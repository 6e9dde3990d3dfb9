package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"math/rand/v2"
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
	img := contents(t, must(Comparison([][]lab.Record{{a}, {b}}, "png", offered.AtLoad)))["compare-42-43.png"]
	if p, err := png.Decode(strings.NewReader(img)); err != nil || p.Bounds().Dx() != 1440 {
		t.Errorf("%v", err)
	}
}

func TestWhatHasNoTicks(t *testing.T) {
	none := lab.Record{Run: lab.Run{ID: 7, Outcome: lab.Crashed, Experiment: lab.DefaultExperiment()}}
	refused := func(format string, files []File, err error) {
		t.Helper()
		var input *lab.InputError
		if !errors.As(err, &input) || input.Field != "format" || len(files) > 0 {
			t.Errorf("%s: %v", format, err)
		}
	}
	for _, format := range Formats {
		files, err := Run(&none, format)
		switch format {
		case "html", "md", "json":
			if err != nil || len(contents(t, files)) != 1 {
				t.Errorf("%s: %v", format, err)
			}
		default:
			refused(format, files, err)
		}
		files, err = Comparison([][]lab.Record{{none}, {none}}, format, offered.AtStart)
		switch format {
		case "svg", "png":
			refused(format, files, err)
		default:
			if err != nil || len(contents(t, files)) != 1 {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
	files, err := Run(&none, "pdf")
	refused("pdf", files, err)
	files, err = Comparison([][]lab.Record{{none}}, "", offered.AtStart)
	refused("", files, err)
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
		for len(a.Ticks) == 0 {
			a = randomRecord(r)
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
