package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
)

// random sets every field of v, however deep, to anything it can hold.
func random(r *rand.Rand, v reflect.Value) {
	texts := []string{"", "plain", "1 → 2", "日本語 🎉", `"quoted" \ / </script> & 'x'`, "{\"sample\":", "|,;=SUM(A1)", "e\u0301"}
	floats := []float64{0, math.Copysign(0, -1), 1.0 / 3, math.Pi, math.MaxFloat64, math.SmallestNonzeroFloat64, -1e-300, 1e21, 123456789.123456789}
	ints := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1<<53 + 1, -(1<<53 + 1)}
	switch t := v.Type(); {
	case t == reflect.TypeFor[lab.Hist]():
		var h lab.Hist
		for range r.IntN(5) {
			top := time.Duration(1 + r.Int64N(1e12))
			if len(h) > 0 {
				top += h[len(h)-1].Top
			}
			h = append(h, lab.Bucket{Top: top, N: 1 + r.Int64N(math.MaxInt64)})
		}
		v.Set(reflect.ValueOf(h))
		return
	case t == reflect.TypeFor[time.Time]():
		if r.IntN(4) > 0 {
			v.Set(reflect.ValueOf(time.Unix(0, 1e18+r.Int64N(1e18))))
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) > 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(ints[r.IntN(len(ints))])
	case reflect.Uint8:
		v.SetUint(uint64(r.IntN(256)))
	case reflect.Uint64:
		v.SetUint(r.Uint64())
	case reflect.Float64:
		if v.SetFloat(floats[r.IntN(len(floats))]); r.IntN(2) > 0 {
			v.SetFloat(r.NormFloat64() * math.Pow(10, float64(r.IntN(600)-300)))
		}
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			random(r, v.Elem())
		}
	case reflect.Slice:
		if n := r.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				random(r, v.Index(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			random(r, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			random(r, v.Field(i))
		}
	case reflect.Map:
		if r.IntN(4) > 0 {
			v.Set(reflect.ValueOf(map[string]int64{"timeout": r.Int64(), "other": 0}))
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

func randomRecord(r *rand.Rand) lab.Record {
	var rec lab.Record
	random(r, reflect.ValueOf(&rec.Run).Elem())
	rec.Run.Outcome = []lab.Outcome{lab.Completed, lab.Stopped, lab.Aborted, lab.Crashed}[r.IntN(4)]
	rec.Run.Duration, rec.Run.Origin = time.Duration(r.Int64N(1e15)), time.Duration(r.Int64N(1e15)-5e14)
	e := &rec.Run.Experiment
	e.Speed, e.Price, e.Calibrated, e.Interval, e.SLO = 1000*r.Float64(), 1e6*r.Float64(), 1e9*r.Float64(), time.Duration(r.Int64N(1e15)), time.Duration(r.Int64N(1e15))
	at := time.Duration(-r.Int64N(1e10))
	for range 1 + r.IntN(5) {
		var t lab.Tick
		random(r, reflect.ValueOf(&t).Elem())
		at += time.Duration(1 + r.Int64N(1e10))
		t.Sample.At, t.Sample.Span = at, time.Duration(r.Int64N(1e10))
		rec.Ticks = append(rec.Ticks, t)
	}
	return rec
}

func text(t *testing.T, rec lab.Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteRun(&b, &rec); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestARunIsReadAsItWasWritten(t *testing.T) {
	for seed := range uint64(500) {
		want := randomRecord(rand.New(rand.NewPCG(seed, 0)))
		out := text(t, want)
		if !json.Valid([]byte(out)) || !IsRun([]byte(out)[:Head]) {
			t.Fatalf("seed %d: not JSON, or not known again: %s", seed, out)
		}
		got, err := ReadRun("x", strings.NewReader(out))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("seed %d: want (-), got (+):\n%s", seed, cmp.Diff(want, got))
		}
	}
}

func TestTextsOfAFileAreCleaned(t *testing.T) {
	rec := small()
	rec.Run.Name, rec.Run.Experiment.Fleet.App = "a\x1b[31mred\u202e\n", []string{"sh", "-c", "a\nb"}
	rec.Run.Summary.Requests.ByCause = map[string]int64{"time\nout": 3}
	rec.Ticks[0].Events[0].Text = "\x1b]0;title\x07killed\t"
	rec.Ticks[0].Sample.Instances[0].Note = "\u2028gone"
	got, err := ReadRun("x", strings.NewReader(text(t, rec)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{got.Run.Name, "ared  "}, {got.Ticks[0].Events[0].Text, "killed "}, {got.Ticks[0].Sample.Instances[0].Note, " gone"},
		{got.Run.Experiment.Fleet.App[2], "a\nb"}, // to the letter: it is to be run again, and cleaned where it is shown
		{fmt.Sprint(got.Run.Summary.Requests.ByCause), "map[time out:3]"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
}

// small is a run of two ticks.
func small() lab.Record {
	rec := lab.Record{Run: lab.Run{ID: 42, Outcome: lab.Completed, Began: time.Unix(1.8e9, 5), Duration: 2 * time.Second, Experiment: lab.DefaultExperiment(), Policy: "threshold", Load: "none"}}
	for i := range 2 {
		at := time.Duration(i+1) * time.Second
		rec.Ticks = append(rec.Ticks, lab.Tick{
			Sample:   lab.Sample{At: at, Span: time.Second, Front: lab.Traffic{OK: 9, Failed: lab.ByCause{3}, Latency: lab.Hist{{Top: 4 * time.Millisecond, N: 9}}}, Instances: []lab.Instance{{ID: "i1", Num: 1, State: lab.Ready}}},
			Decision: lab.Decision{Desired: 1},
			Events:   []lab.Event{{At: at, Kind: lab.EventReady, Text: "1 ready"}},
		})
	}
	return rec
}

func TestWhatIsNotAWholeRunIsRefused(t *testing.T) {
	good := text(t, small())
	with := func(old, new string) string {
		if strings.Count(good, old) == 0 {
			t.Fatalf("no %s in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	unended := small()
	unended.Run.Outcome = lab.Unfinished
	for _, c := range []struct{ says, file, want string }{
		{"empty", "", `^f byte 0: "the end": want the rest: the file is cut off$`},
		{"another JSON", `{"status": "success"}`, `^f byte 9: "status": want only format, version, run, ticks at this place$`},
		{"a word for a run", with(`"run": {`, `"run": 7, "x": {`), `^f byte \d+: "number": want an object$`},
		{"a list", `[1]`, `^f byte 1: "\[": want \{$`},
		{"another format", with(runFormat, "autoscale-lab comparison"), `"autoscale-lab comparison": want format "autoscale-lab run"`},
		{"a newer version", with(`"version": 1`, `"version": 2`), `"version 2": want version 1 at most: it was written by a newer autoscale-lab`},
		{"version 0", with(`"version": 1`, `"version": 0`), `"version 0": want version 1`},
		{"no version", with(`"version": 1,`, ``), `want version before the end`},
		{"version twice", with(`"version": 1`, `"version": 1, "version": 1`), `"version": want it once`},
		{"cut in a tick", good[:strings.LastIndex(good, `"decision"`)], `^f tick 2 byte \d+: "the end": want the rest: the file is cut off$`},
		{"cut after a tick", good[:strings.LastIndex(good, ",\n{")], `^f tick 1 byte \d+: "the end": want the rest`},
		{"cut before the last brace", strings.TrimSpace(good)[:len(good)-2], `"the end": want the rest`},
		{"more after it", good + "{}", `"more": want nothing after the end of the run`},
		{"a word for a number", with(`"num":1`, `"num":"one"`), `^f tick 1 byte \d+: "string": want sample.instances.num: a whole number$`},
		{"a fraction", with(`"num":1`, `"num":1.5`), `"number 1.5": want sample.instances.num: a whole number`},
		{"too great a number", with(`"num":1`, `"num":99999999999999999999`), `sample.instances.num: a whole number`},
		{"an unknown field", with(`"num":1`, `"numb":1`), `^f tick 1 byte \d+: "numb": want no field that version 1 does not know$`},
		{"an unknown state", with(`"ready"`, `"tired"`), `tired.* is none of starting, ready`},
		{"an unknown cause", with(`"timeout"`, `"boredom"`), `boredom.* is no cause of a failure`},
		{"a histogram that falls", with(`[[4000000,9]]`, `[[4000000,9],[3000000,1]]`), `a histogram is a list of pairs`},
		{"ticks that go back", with(`"at_ns":2000000000`, `"at_ns":1000000000`), `^f tick 2 byte \d+: "1000000000": want at_ns after that of the tick before$`},
		{"a tick in another century", with(`"at_ns":2000000000`, `"at_ns":2000000000000000000`), `want less than 10 years`},
		{"not JSON within", with(`"num":1`, `"num"=1`), `^f tick 1 byte \d+: "invalid character '=' after object key": want JSON$`},
		{"not JSON between", with("\n]}", "\n;]}"), `^f tick 3 byte .*want JSON`},
		{"a run that has not ended", text(t, unended), `"no outcome": want a run that has ended`},
		{"an unknown outcome", with(`"completed"`, `"discarded"`), `"discarded": want outcome: one of`},
		{"a time before there was time", with(`"began": "2027`, `"began": "0027`), `began: a time from 1971`},
		{"a speed of no policy", with(`"speed": 1`, `"speed": 1e12`), `"1e\+12": want speed: from 0 to 1000$`},
		{"an interval that is none", with(`"interval_ns": 1000000000`, `"interval_ns": -1`), `"-1": want interval_ns: from 0`},
		{"a tick too long", with(`"1 ready"`, `"`+strings.Repeat("x", maxTick)+`"`), `^f tick 1 byte \d+: "more": want at most 1 GB in all, 8 MB in one tick`},
		{"a head too long", with(`"name": ""`, `"name": "`+strings.Repeat("x", maxHead)+`"`), `^f byte \d+: "more": want .* 1 MB before the first$`},
	} {
		t.Run(c.says, func(t *testing.T) {
			rec, err := ReadRun("f", strings.NewReader(c.file))
			var input *lab.InputError
			if !errors.As(err, &input) || len(rec.Ticks) > 0 {
				t.Fatalf("%v", err)
			}
			if !regexp.MustCompile(c.want).MatchString(err.Error()) || len(err.Error()) > 200 {
				t.Errorf("said: %v", err)
			}
		})
	}
}

func TestEveryCutIsNoticed(t *testing.T) {
	good := strings.TrimSpace(text(t, small()))
	for n := range len(good) {
		if _, err := ReadRun("f", strings.NewReader(good[:n])); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Fatalf("cut at %d of %d: %v", n, len(good), err)
		}
	}
}

func TestAByteOrderMarkAndOtherSpacingAreRead(t *testing.T) {
	want := small()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text(t, want)), "\t", "   "); err != nil {
		t.Fatal(err)
	}
	file := "\uFEFF\n" + b.String()
	if !IsRun([]byte(file)[:Head]) {
		t.Error("it is not known again")
	}
	got, err := ReadRun("f", strings.NewReader(file))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestWhatIsNotARunIsNotTakenForOne(t *testing.T) {
	for _, head := range []string{"", "{", "time,rps\n1,2", `{"status":"success"}`, "\x1f\x8b\x08", "<!doctype html>", `{"format":"other"}`} {
		if IsRun([]byte(head)) {
			t.Errorf("%q", head)
		}
	}
}

// A field without a name of its own would be written by its name in Go.
func TestNamesAreInSnakeCase(t *testing.T) {
	rec := randomRecord(rand.New(rand.NewPCG(2, 0)))
	for len(rec.Ticks) < 5 {
		rec = randomRecord(rand.New(rand.NewPCG(rand.Uint64(), 0)))
	}
	dec := json.NewDecoder(strings.NewReader(text(t, rec)))
	names := regexp.MustCompile(`^[a-z0-9_]+$`)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				if !names.MatchString(k) {
					t.Errorf("field %q", k)
				}
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	var doc any
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	walk(doc)
}

func TestWhatCannotBeWrittenIsSaid(t *testing.T) {
	rec := small()
	rec.Ticks[1].Sample.Level = math.NaN()
	if err := WriteRun(io.Discard, &rec); err == nil || !strings.Contains(err.Error(), "run 42: tick 2") {
		t.Errorf("%v", err)
	}
}

func FuzzReadRun(f *testing.F) {
	var b bytes.Buffer
	rec := small()
	if err := WriteRun(&b, &rec); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		rec, err := ReadRun("f", bytes.NewReader(file))
		if err != nil {
			if input := (*lab.InputError)(nil); !errors.As(err, &input) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("%v", err)
			}
			return
		}
		var again bytes.Buffer
		if err := WriteRun(&again, &rec); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadRun("f", &again); err != nil || !reflect.DeepEqual(rec, got) {
			t.Fatalf("%v\n%s", err, cmp.Diff(rec, got))
		}
	})
}
