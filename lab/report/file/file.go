package file

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/report/draw"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/lab/report/page"
)

// Formats are the names of the formats, which are the ends of files' names.
var Formats = []string{"html", "md", "csv", "json", "svg", "png"}

// FormatOf is the format that a file's name ends in; "" if in none.
func FormatOf(name string) string {
	ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
	if slices.Contains(Formats, ext) {
		return ext
	}
	return ""
}

// File is a file to be written.
type File struct {
	Name  string // without a folder: run-42.html
	write func(io.Writer) error
}

// Write writes what is in it.
func (f *File) Write(w io.Writer) error { return f.write(w) }

func inMemory(name string, data []byte) File {
	return File{name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}}
}

// Run is a run in a format: one file, but for CSV one for each of its Tables.
// A format that there is not, and a run without ticks, are a *lab.InputError.
func Run(rec *lab.Record, format string) ([]File, error) {
	name := fmt.Sprintf("run-%d.%s", rec.Run.ID, format)
	if err := canWrite(format, *rec); err != nil {
		return nil, err
	}
	switch format {
	case "json":
		return []File{{name, func(w io.Writer) error { return WriteRun(w, rec) }}}, nil
	case "csv":
		var out []File
		for _, table := range Tables {
			out = append(out, File{fmt.Sprintf("run-%d-%s.csv", rec.Run.ID, table), func(w io.Writer) error { return WriteTable(w, rec, table) }})
		}
		return out, nil
	case "md":
		return []File{inMemory(name, page.OfRun(rec).Markdown())}, nil
	case "html":
		chart := inPage(draw.OfRun(rec), "Charts of "+page.Title(&rec.Run)+": CPU, instances, requests and latency over time")
		return []File{{name, func(w io.Writer) error { return page.OfRun(rec).HTML(w, chart) }}}, nil
	case "svg":
		return []File{{name, draw.OfRun(rec).SVG}}, nil
	case "png":
		return []File{{name, draw.OfRun(rec).PNG}}, nil
	}
	panic("file: a format without a writer: " + format)
}

// canWrite tells whether there is such a format, and something of each run.
func canWrite(format string, records ...lab.Record) error {
	if !slices.Contains(Formats, format) {
		return lab.NotOneOf("format", format, Formats)
	}
	for i := range records {
		if err := report.Told(&records[i]); err != nil {
			return err
		}
	}
	return nil
}

// inPage is a chart to stand in a page.
func inPage(f *draw.Figure, label string) *page.Chart {
	return &page.Chart{SVG: f.Inline(label), Light: draw.CSS(false), Dark: draw.CSS(true)}
}

// Comparison is two to four sides, each a run or repeats of one, in a format;
// its charts are aligned at. A format that there is not, and a run without
// ticks, are a *lab.InputError.
func Comparison(sides [][]lab.Record, format string, at offered.Origin) ([]File, error) {
	if err := canWrite(format, slices.Concat(sides...)...); err != nil {
		return nil, err
	}
	c := report.CompareGroups(sides)
	name := "compare"
	for _, s := range c.Sides {
		name += "-" + numbers(s.Runs)
	}
	name += "." + format
	switch format {
	case "json":
		text, err := c.JSON()
		return []File{inMemory(name, text)}, err
	case "csv":
		return []File{inMemory(name, c.CSV())}, nil
	case "md":
		return []File{inMemory(name, c.Markdown())}, nil
	case "html":
		chart := inPage(draw.OfSides(sides, at), "Charts of the runs laid over one another: CPU, instances, requests and p95 over time")
		return []File{{name, func(w io.Writer) error { return page.OfSides(&c).HTML(w, chart) }}}, nil
	case "svg":
		return []File{{name, draw.OfSides(sides, at).Titled(c.Fairness()).SVG}}, nil
	case "png":
		return []File{{name, draw.OfSides(sides, at).Titled(c.Fairness()).PNG}}, nil
	}
	panic("file: a format without a writer: " + format)
}

// numbers are those of a side's runs: 41, 41..45, or 41+2more.
func numbers(runs []lab.Run) string {
	first, last := runs[0].ID, runs[len(runs)-1].ID
	switch n := len(runs) - 1; {
	case n == 0:
		return fmt.Sprint(first)
	case last-first == int64(n):
		return fmt.Sprintf("%d..%d", first, last)
	default:
		return fmt.Sprintf("%d+%dmore", first, n)
	}
}
