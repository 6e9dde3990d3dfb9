package history

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/lab/report/file"
	"autoscale-lab/lab/series"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
	"autoscale-lab/ui/cli/show"
)

func (s *verbs) takeIn() *cobra.Command {
	c := &cobra.Command{
		Use: "import FILE…", Short: "an exported run, or what really happened, from CSV or Prometheus",
		Long: "Takes in a run that history export has written as JSON, as it was, or reads a series with a time and requests/s (rps), and any of ready and desired instances, their mean cpu, requests in_flight in all, and p95 latency; and records it as a run, to be shown, compared and decided again like any other. " +
			"CSV has a heading; times are RFC 3339 (UTC where there is no zone), seconds or milliseconds. JSON is what Prometheus answers to a range query: one series for each figure, known by its name or a label, or in files named after the figures. - is stdin. " +
			"A row's figures are of the time since the row before. Where rows are missing, the gap is marked.",
		Example: `autoscale-lab history import run-42.json
autoscale-lab history import tuesday.csv --column rps=requests_per_second --column ready=pods
autoscale-lab history import rps.json ready.json cpu.json --name 'last Tuesday' --min 2 --max 40
autoscale-lab history redecide 43 --policy hpa:target=60`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return flags.UsageError("history import: want " + c.Parent().CommandPath() + " " + c.Use)
			}
			if n := 1 + len(series.Figures); len(args) > n {
				return &lab.InputError{Field: "history import", Value: args[n], Want: fmt.Sprintf("at most %d files", n)}
			}
			return nil
		},
	}
	f := flags.Of(c)
	mapped := f.Many("column", "FIGURE=NAME", "what the series calls time, "+strings.Join(series.Figures, ", ")+" (repeatable)")
	units := f.Many("unit", "FIGURE=UNIT", "cpu=percent or ratio, p95=ms or s (percent and ms; Prometheus: ratio and s)")
	format := f.Text("format", strings.Join(series.Formats, "|"), "", "by default guessed")
	limits := lab.Limits{Min: 1}
	dials := flags.LimitDials(&limits)
	f.Knobs(dials.Knobs(), "min", "max")
	f.Lookup("max").DefValue = "twice the most there were"
	title := f.Text("name", "TEXT", "", "name of the run")
	asJSON := f.Truth("json", "print the run as JSON")
	db := f.Place()
	c.RunE = func(c *cobra.Command, args []string) error {
		o := series.Options{Format: format.String()}
		var err error
		if o.Columns, err = pairs("--column", mapped.Values); err != nil {
			return err
		}
		if o.Units, err = pairs("--unit", units.Values); err != nil {
			return err
		}
		if err := f.Turn(dials, "min", "max"); err != nil {
			return err
		}
		if f.Changed("max") && limits.Min > limits.Max {
			return &lab.InputError{Field: "--min", Value: fmt.Sprint(limits.Min), Want: fmt.Sprintf("at most max, which is %d", limits.Max)}
		}
		o.Limits = limits
		files, err := s.openFiles(args)
		defer func() {
			for _, in := range files {
				in.Close()
			}
		}()
		if err != nil {
			return err
		}
		whole, err := isRun(files)
		if err != nil {
			return err
		}
		var rec lab.Record
		var notes []string
		if whole {
			for _, flag := range []string{"column", "unit", "format", "min", "max"} {
				if f.Changed(flag) {
					return &lab.InputError{Field: "--" + flag, Value: f.Lookup(flag).Value.String(), Want: "it with a series only: " + files[0].name + " is a whole run"}
				}
			}
			rec, err = file.ReadRun(files[0].name, files[0])
		} else {
			rec, notes, err = readSeries(o, files)
			rec.Run.Name = lab.Clean(strings.TrimSuffix(files[0].name, filepath.Ext(files[0].name)))
		}
		if err != nil {
			return err
		}
		if text := lab.Clean(title.String()); text != "" {
			rec.Run.Name = text
		}
		if !whole {
			rec.Run.Experiment.Name = rec.Run.Name
		}
		id, err := s.d.Import(c.Context(), db.Notebook(), rec)
		if err != nil {
			return err
		}
		s.Notes(notes)
		rec.Run.ID, rec.Run.Baseline = id, false
		if *asJSON {
			return s.PrintJSON(show.RunOf(&rec.Run))
		}
		fmt.Fprintf(s.Out, "run %d: %s from %s, a row every %s, %d ticks\n", id, numeral.Length(rec.Run.Duration), rec.Run.Began.UTC().Format("2006-01-02 15:04:05 UTC"), numeral.Length(rec.Run.Experiment.Interval), len(rec.Ticks))
		if whole {
			fmt.Fprintf(s.Out, "now: %s history show %d\n", shell.Name, id)
		} else {
			fmt.Fprintf(s.Out, "now: %s history redecide %d --policy hpa:target=60\n", shell.Name, id)
		}
		return nil
	}
	return c
}

// opened is a file that is to be read.
type opened struct {
	name string
	*bufio.Reader
	io.Closer
	changed time.Time // last
}

// openFiles opens files of the user's; - is stdin. What has been opened is to be
// closed in any case.
func (s *verbs) openFiles(paths []string) (files []opened, err error) {
	for _, path := range paths {
		if path == "-" {
			files = append(files, opened{"stdin", bufio.NewReader(s.In), io.NopCloser(s.In), time.Now()})
			continue
		}
		in, info, err := flags.Open("file", path)
		if err != nil {
			return files, err
		}
		files = append(files, opened{filepath.Base(path), bufio.NewReader(in), in, info.ModTime()})
	}
	return files, nil
}

// isRun tells whether what is to be imported is a whole run rather than a
// series.
func isRun(files []opened) (bool, error) {
	for _, in := range files {
		head, _ := in.Peek(file.Head) // what is wrong shows again when it is read
		bad := func(what, want string) error { return &lab.InputError{Field: in.name, Value: what, Want: want} }
		switch page := bytes.TrimLeft(head, "\uFEFF \t\r\n"); {
		case file.IsRun(head) && len(files) > 1:
			return false, bad("a whole run", "it alone, a run at a time")
		case file.IsRun(head):
			return true, nil
		case bytes.HasPrefix(head, []byte("\x1f\x8b")):
			return false, bad("gzip", "it unpacked: gunzip it before")
		case isObjectOf(page, "runs"):
			return false, bad("a comparison", "the JSON of one run, as history export 42 --format json writes it")
		case isObjectOf(page, "id"):
			return false, bad("the figures of a run", "the whole run, as history export 42 --format json writes it")
		case bytes.HasPrefix(page, []byte("<")):
			return false, bad("HTML or XML", "the JSON of a run, or a series as CSV or from Prometheus")
		}
	}
	return false, nil
}

// isObjectOf tells whether JSON begins with a key.
func isObjectOf(head []byte, key string) bool {
	rest, ok := bytes.CutPrefix(head, []byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(`"`+key+`"`))
}

// readSeries reads the files that a series is in, and what is to be said of it.
func readSeries(o series.Options, files []opened) (lab.Record, []string, error) {
	o.Began = files[0].changed
	var sources []series.Source
	for _, in := range files {
		sources = append(sources, series.Source{Name: in.name, Reader: in})
	}
	return series.Read(o, sources...)
}

// pairs reads NAME=VALUE flags.
func pairs(flag string, texts []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.TrimSpace(value) == "" {
			return nil, &lab.InputError{Field: flag, Value: text, Want: "FIGURE=NAME"}
		}
		if _, twice := out[name]; twice {
			return nil, &lab.InputError{Field: flag, Value: text, Want: name + " once"}
		}
		out[name] = strings.TrimSpace(value)
	}
	return out, nil
}
