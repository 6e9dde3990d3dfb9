package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// What a file may hold at most: eight hours of a second's ticks of twenty busy
// instances.
const (
	maxBytes = 1 << 30
	maxTick  = 8 << 20   // of these in one tick
	maxHead  = 1 << 20   // and in what comes before the first
	maxCells = 4_000_000 // ticks, and instances in them
	longest  = 10 * 366 * 24 * time.Hour
)

// Head is how much of a file's beginning IsRun wants to see.
const Head = 256

var runBegins = regexp.MustCompile(`^(\x{FEFF})?\s*\{\s*"format"\s*:\s*"` + runFormat + `"`)

// IsRun tells by a file's beginning whether it is a run as WriteRun writes it,
// of whatever version.
func IsRun(head []byte) bool { return runBegins.Match(head) }

// ReadRun reads what WriteRun wrote. Texts are cleaned, but for the user's own
// command, its environment and folder. Whatever else is found is an
// *lab.InputError that says where in the file called name, and what.
func ReadRun(name string, r io.Reader) (lab.Record, error) {
	in := &metered{r: skipMark(r), most: maxHead}
	f := &runReader{name: name, in: in, dec: json.NewDecoder(in)}
	f.dec.DisallowUnknownFields()
	if err := f.file(); err != nil {
		return lab.Record{}, err
	}
	return f.rec, nil
}

// runReader goes through a file once.
type runReader struct {
	name string
	in   *metered
	dec  *json.Decoder
	rec  lab.Record
	tick int // that is being read, from 1; 0: none
	cell int
}

// file reads { "format": …, "version": …, "run": …, "ticks": … }.
func (f *runReader) file() error {
	if err := f.want(json.Delim('{')); err != nil {
		return err
	}
	keys := []string{"format", "version", "run", "ticks"}
	var seen []string
	for f.dec.More() {
		token, err := f.dec.Token()
		if err != nil {
			return f.broken(err)
		}
		key, _ := token.(string)
		switch {
		case !slices.Contains(keys, key):
			return f.bad(key, "only "+strings.Join(keys, ", ")+" at this place")
		case slices.Contains(seen, key):
			return f.bad(key, "it once")
		}
		seen = append(seen, key)
		if err := f.part(key); err != nil {
			return err
		}
	}
	if err := f.want(json.Delim('}')); err != nil {
		return err
	}
	for _, key := range keys {
		if !slices.Contains(seen, key) {
			return f.bad("", key+" before the end")
		}
	}
	if _, err := f.dec.Token(); err != io.EOF {
		return f.bad("more", "nothing after the end of the run")
	}
	if len(f.rec.Ticks) == 0 {
		return f.bad("ticks", "at least one: nothing of this run was recorded")
	}
	return f.check()
}

func (f *runReader) part(key string) error {
	switch key {
	case "format":
		var text string
		if err := f.dec.Decode(&text); err != nil {
			return f.broken(err)
		}
		if text != runFormat {
			return f.bad(text, fmt.Sprintf("format %q", runFormat))
		}
	case "version":
		var n int
		if err := f.dec.Decode(&n); err != nil {
			return f.broken(err)
		}
		if n > runVersion {
			return f.bad(fmt.Sprintf("version %d", n), fmt.Sprintf("version %d at most: it was written by a newer autoscale-lab", runVersion))
		}
		if n < 1 {
			return f.bad(fmt.Sprintf("version %d", n), "version 1")
		}
	case "run":
		var w writtenRun
		if err := f.dec.Decode(&w); err != nil {
			return f.broken(err)
		}
		if y := w.Began.Year(); !w.Began.IsZero() && (y < 1971 || y > 2200) {
			return f.bad(w.Began.Format(time.RFC3339), "began: a time from 1971 to 2200")
		}
		f.rec.Run = w.read()
	case "ticks":
		return f.ticks()
	}
	return nil
}

func (f *runReader) ticks() error {
	if err := f.want(json.Delim('[')); err != nil {
		return err
	}
	last := time.Duration(math.MinInt64)
	for f.dec.More() {
		f.tick++
		f.in.most = f.dec.InputOffset() + maxTick
		var t lab.Tick
		if err := f.dec.Decode(&t); err != nil {
			return f.broken(err)
		}
		s := &t.Sample
		switch {
		case s.At <= last:
			return f.bad(strconv.FormatInt(int64(s.At), 10), "at_ns after that of the tick before")
		case s.At.Abs() > longest || s.Span < 0 || s.Span > longest:
			return f.bad(fmt.Sprintf("at_ns %d, span_ns %d", s.At, s.Span), "less than 10 years")
		}
		if f.cell += 1 + len(s.Instances); f.cell > maxCells {
			return f.bad("more", fmt.Sprintf("at most %d ticks and instances in them", maxCells))
		}
		last = s.At
		f.rec.Ticks = append(f.rec.Ticks, t)
	}
	if err := f.want(json.Delim(']')); err != nil {
		return err
	}
	f.tick = 0
	return nil
}

// check looks at the whole, and cleans its texts.
func (f *runReader) check() error {
	ended := []lab.Outcome{lab.Completed, lab.Stopped, lab.Aborted, lab.Crashed}
	r := &f.rec.Run
	switch {
	case r.Outcome == lab.Unfinished:
		return f.bad("no outcome", "a run that has ended: export it again when it has")
	case !slices.Contains(ended, r.Outcome):
		return f.bad(string(r.Outcome), fmt.Sprintf("outcome: one of %v", ended))
	case r.Duration < 0 || r.Duration > longest || r.Origin.Abs() > longest:
		return f.bad(fmt.Sprintf("duration_ns %d, origin_ns %d", r.Duration, r.Origin), "less than 10 years")
	}
	e := &r.Experiment
	for _, n := range []struct {
		name    string
		v, most float64 // as can be set, or more
	}{
		{"speed", e.Speed, 1000}, {"price", e.Price, 1e6}, {"calibrated_rps", e.Calibrated, 1e9},
		{"interval_ns", float64(e.Interval), float64(longest)}, {"slo_ns", float64(e.SLO), float64(longest)},
	} {
		if n.v < 0 || n.v > n.most {
			return f.bad(strconv.FormatFloat(n.v, 'g', -1, 64), fmt.Sprintf("%s: from 0 to %g", n.name, n.most))
		}
	}
	fleet := &r.Experiment.Fleet
	app, env, cwd := fleet.App, fleet.Env, fleet.Cwd
	fleet.App, fleet.Env, fleet.Cwd = nil, nil, ""
	clean(reflect.ValueOf(&f.rec).Elem())
	fleet.App, fleet.Env, fleet.Cwd = app, env, cwd
	return nil
}

// want takes the next token, which must be this one.
func (f *runReader) want(d json.Delim) error {
	token, err := f.dec.Token()
	if err != nil {
		return f.broken(err)
	}
	if token != d {
		return f.bad(fmt.Sprint(token), d.String())
	}
	return nil
}

// bad is what is wrong at the place that has been reached.
func (f *runReader) bad(value, want string) error {
	where := f.name
	if f.tick > 0 {
		where += fmt.Sprintf(" tick %d", f.tick)
	}
	return &lab.InputError{Field: fmt.Sprintf("%s byte %d", where, f.dec.InputOffset()), Value: cut(value), Want: want}
}

// broken says in our words what the decoder found.
func (f *runReader) broken(err error) error {
	var kind *json.UnmarshalTypeError
	var grammar *json.SyntaxError
	field, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case errors.Is(err, errTooLong):
		return f.bad("more", "at most 1 GB in all, 8 MB in one tick and 1 MB before the first")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return f.bad("the end", "the rest: the file is cut off")
	case errors.As(err, &kind):
		return f.bad(kind.Value, strings.TrimPrefix(kind.Field+": "+kindName(kind.Type), ": "))
	case unknown:
		return f.bad(strings.Trim(field, `"`), fmt.Sprintf("no field that version %d does not know", runVersion))
	case errors.As(err, &grammar):
		return f.bad(grammar.Error(), "JSON")
	}
	if f.in.err != nil && f.in.err != io.EOF {
		return fmt.Errorf("file: read %s: %w", f.name, f.in.err)
	}
	return f.bad(strings.TrimPrefix(err.Error(), "json: "), "what autoscale-lab writes")
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// cut is a text from outside, short enough for a line.
func cut(s string) string {
	if r := []rune(lab.Clean(s)); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return lab.Clean(s)
}

// clean cleans all texts in v.
func clean(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(lab.Clean(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			clean(v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			clean(v.Field(i))
		}
	case reflect.Slice:
		switch v.Type().Elem().Kind() {
		case reflect.String, reflect.Struct, reflect.Pointer:
			if v.Type() == reflect.TypeFor[lab.Hist]() {
				return
			}
			for i := range v.Len() {
				clean(v.Index(i))
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if c := lab.Clean(k.String()); c != k.String() {
				value := v.MapIndex(k)
				v.SetMapIndex(k, reflect.Value{})
				v.SetMapIndex(reflect.ValueOf(c), value)
			}
		}
	}
}

var errTooLong = errors.New("too long")

// metered is a reader that gives no more than most bytes, and maxBytes at all.
type metered struct {
	r          io.Reader
	read, most int64
	err        error
}

func (m *metered) Read(p []byte) (int, error) {
	room := min(m.most, maxBytes) - m.read
	if room <= 0 {
		return 0, errTooLong
	}
	n, err := m.r.Read(p[:min(int64(len(p)), room)])
	m.read += int64(n)
	m.err = err
	return n, err
}

// skipMark leaves out a byte order mark.
func skipMark(r io.Reader) io.Reader {
	mark := []byte("\uFEFF")
	head := make([]byte, len(mark))
	n, _ := io.ReadFull(r, head)
	return io.MultiReader(bytes.NewReader(bytes.TrimPrefix(head[:n], mark)), r)
}
