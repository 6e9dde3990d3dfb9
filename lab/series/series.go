// Package series makes a run of what really happened elsewhere, as monitoring
// kept it: in CSV, or as Prometheus answers.
//
//	Source … ─ csv, prometheus ─▶ points of each figure ─ record ─▶ lab.Record, remarks
//
// It works on paper: what it reads is handed to it.
package series

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// Rig is the Rig of a run that was made of a series.
const Rig = lab.RigImport

// What a series may hold at most.
const (
	maxBytes = 64 << 20
	maxRows  = 1_000_000
	maxCells = 2_000_000 // ticks, and instances in them
	maxLong  = 10 * 366 * 24 * time.Hour
)

// Source is a file of a series.
type Source struct {
	Name string // for what is wrong with it
	io.Reader
}

// Options say how a series is to be read.
type Options struct {
	Format  string            // csv or prometheus; "": by the first character
	Columns map[string]string // what the series calls time, rps, ready …, where it does so otherwise
	Units   map[string]string // cpu: percent or ratio; p95: ms or s. Default: percent and ms, but Prometheus' own: ratio and s
	Limits  lab.Limits        // of the fleet; a Max of 0: twice the most instances there were, at least 10
	Began   time.Time         // if the times in it are seconds from its beginning
}

// Figures are the names of what a series may tell beside its time.
var Figures = []string{"rps", "ready", "desired", "cpu", "in_flight", "p95"}

// Formats are the names of the formats.
var Formats = []string{"csv", "prometheus"}

// figureKind is what the values of one figure must be.
type figureKind struct {
	most  float64 // in the lab's unit
	whole bool
	units []unit // the first is CSV's, the second Prometheus'
}

type unit struct {
	name, sign string
	scale      float64 // × is in the lab's unit
}

var figureKinds = map[string]figureKind{
	"rps":       {most: 1e9},
	"ready":     {most: 10_000, whole: true},
	"desired":   {most: 10_000, whole: true},
	"cpu":       {most: 100, units: []unit{{"percent", "%", .01}, {"ratio", "", 1}}},
	"in_flight": {most: 1e6},
	"p95":       {most: lab.MaxLatency.Seconds(), units: []unit{{"ms", "ms", .001}, {"s", "s", 1}}},
}

// read is the value of a cell; false if it says that there is none.
func (k figureKind) read(text string, u unit) (v float64, known bool, err error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "", "-", "null", "nan", "+inf", "inf", "undefined":
		return 0, false, nil
	}
	number := text
	for _, other := range k.units {
		if bare, ok := strings.CutSuffix(text, other.sign); ok && other.sign != "" {
			number, u = strings.TrimSpace(bare), other
			break // "ms" stands before "s"
		}
	}
	v, err = strconv.ParseFloat(number, 64)
	v *= u.scale
	if err != nil || !(v >= 0 && v <= k.most*(1+1e-9)) || k.whole && v != math.Trunc(v) {
		want := "a number"
		if k.whole {
			want = "a whole number"
		}
		return 0, false, &lab.InputError{Value: cutText(text), Want: fmt.Sprintf("%s, 0 to %s%s", want, strconv.FormatFloat(k.most/u.scale, 'f', -1, 64), u.sign)}
	}
	return v, true, nil
}

// points are one figure's values, in ascending order of time.
type points struct {
	at []time.Duration // since 1970, or since the series' beginning
	v  []float64
}

// add puts the next value in; of two at one time the later holds.
func (p *points) add(at time.Duration, v float64) {
	if n := len(p.at); n > 0 && p.at[n-1] == at {
		p.v[n-1] = v
		return
	}
	p.at, p.v = append(p.at, at), append(p.v, v)
}

// step is the usual time between two points; the lesser of two, since what is
// missing makes it longer.
func (p *points) step() time.Duration {
	if len(p.at) < 2 {
		return 0
	}
	steps := make([]time.Duration, len(p.at)-1)
	for i := range steps {
		steps[i] = p.at[i+1] - p.at[i]
	}
	slices.Sort(steps)
	return steps[(len(steps)-1)/2]
}

// reader gathers what the sources tell.
type reader struct {
	Options
	points map[string]*points
	from   map[string]string // the source of each
	notes  []string
}

// Read makes a Record of what really happened, as monitoring kept it:
// time, requests/s and any of ready and desired instances, mean instance CPU,
// requests in flight (of all instances) and p95, from CSV with a heading or
// from answers of Prometheus to range queries, one or several.
//
//	time ─────●─────●─────●───────────────────●─────▶
//	           rps: of the step that ends here │
//	                        └──── a gap ───────┘ a tick of its own, marked
//
// The rows are those of rps. Other figures hold to their next value, for two
// and a half of their steps at most; counts of instances until they change.
// All traffic is Foreign, for our generator sent none. How requests ended is
// not known: none counts as OK or failed. The policy that decided is not known
// either: it is written down as manual. Instances of the first row are taken to
// be an hour old.
//
// It also returns what should be said about it. What is wrong with a series is
// an *lab.InputError that names source, line and column.
func Read(o Options, sources ...Source) (lab.Record, []string, error) {
	r := &reader{Options: o, points: map[string]*points{}, from: map[string]string{}}
	if err := r.check(); err != nil {
		return lab.Record{}, nil, err
	}
	for _, s := range sources {
		if err := r.source(s, len(sources)); err != nil {
			return lab.Record{}, nil, err
		}
	}
	rec, err := r.record(sources)
	return rec, r.notes, err
}

// check looks at the options.
func (r *reader) check() error {
	if r.Format != "" && !slices.Contains(Formats, r.Format) {
		return lab.NotOneOf("format", r.Format, Formats)
	}
	for name := range r.Columns {
		if all := append([]string{"time"}, Figures...); !slices.Contains(all, name) {
			return lab.NotOneOf("column", name, all)
		}
	}
	for name, u := range r.Units {
		units := figureKinds[name].units
		if units == nil {
			return lab.NotOneOf("unit", name, []string{"cpu", "p95"})
		}
		if u != units[0].name && u != units[1].name {
			return lab.NotOneOf("unit "+name, u, []string{units[0].name, units[1].name})
		}
	}
	return nil
}

// unit is how a figure is counted in a format.
func (r *reader) unit(figure, format string) unit {
	units := figureKinds[figure].units
	switch {
	case units == nil:
		return unit{scale: 1}
	case r.Units[figure] == units[1].name, r.Units[figure] == "" && format == "prometheus":
		return units[1]
	}
	return units[0]
}

// wanted is the name by which a figure is looked for.
func (r *reader) wanted(figure string) string {
	if name, ok := r.Columns[figure]; ok {
		return name
	}
	return figure
}

// named tells whether a name in a series is the one wanted.
func named(name, want string) bool {
	plain := strings.NewReplacer("-", "_", " ", "_")
	return name == want || strings.EqualFold(plain.Replace(strings.TrimSpace(name)), plain.Replace(want))
}

// enter makes room for a figure's points from a source.
func (r *reader) enter(figure, source string) (*points, error) {
	if before, twice := r.from[figure]; twice {
		return nil, &lab.InputError{Field: source, Value: figure, Want: "it once: it is in " + before + " too"}
	}
	p := &points{}
	r.points[figure], r.from[figure] = p, source
	return p, nil
}

// source reads one.
func (r *reader) source(s Source, of int) error {
	text, err := io.ReadAll(io.LimitReader(s, maxBytes+1))
	if err != nil {
		return fmt.Errorf("series: read %s: %w", s.Name, err)
	}
	if len(text) > maxBytes {
		return &lab.InputError{Field: s.Name, Value: "more than 64 MB", Want: "at most 64 MB"}
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	format := r.Format
	if format == "" {
		format = "csv"
		if first := bytes.TrimLeft(text[:min(len(text), 1024)], " \t\r\n"); bytes.HasPrefix(first, []byte("{")) {
			format = "prometheus"
		}
	}
	if format == "csv" {
		return r.csv(s.Name, text)
	}
	return r.prometheus(s.Name, text, of)
}

// tooMany is the error for a series that is too long.
func tooMany(source string) error {
	return &lab.InputError{Field: source, Value: "more than 1,000,000 rows", Want: "at most 1,000,000 rows: take a longer step"}
}

// cutText is a text from outside, short enough for a line.
func cutText(s string) string {
	s = lab.Clean(s)
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// moment reads a time: RFC 3339 and its relatives (without a zone: UTC),
// seconds or milliseconds since 1970, or seconds since the beginning.
func moment(text string) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return since(v)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -0700 MST", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006/01/02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return time.Duration(t.UnixNano()), t.Year() >= 1971 && t.Year() < 2200
		}
	}
	return 0, false
}

// since is a number as a time.
func since(v float64) (time.Duration, bool) {
	if v >= 1e11 {
		v /= 1e3
	}
	whole, part := math.Modf(v)
	return time.Duration(whole)*time.Second + time.Duration(math.Round(part*1e6))*time.Microsecond, v >= 0 && v < 7.2e9
}

// firstDate is the least time that is a date, and not a length.
const firstDate = 31_536_000 * time.Second

// base is a file's name without folder and ending.
func base(name string) string {
	name = filepath.Base(name)
	return strings.TrimSuffix(name, filepath.Ext(name))
}
