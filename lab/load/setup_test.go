package load

import (
	"errors"
	"testing"
	"time"

	"autoscale-lab/lab"
)

var defaults = Defaults{Seed: 7, Timeout: 3 * time.Second, MaxInFlight: 99}

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		spec, kind, level string
		model             lab.Model
		at                float64 // level
	}{
		"constant":                         {"constant:rate=15,spacing=even", "constant", "rate", lab.Open, 15},
		"constant:rate=0.5":                {"constant:rate=0.5,spacing=even", "constant", "rate", lab.Open, 0.5},
		"constant:spacing=Poisson,rate=60": {"constant:rate=60,spacing=poisson,seed=7", "constant", "rate", lab.Open, 60},
		" constant : rate = 20/s ":         {"constant:rate=20,spacing=even", "constant", "rate", lab.Open, 20},
		"closed":                           {"closed/constant:threads=10,think=0s", "closed/constant", "threads", lab.Closed, 10},
		"closed:threads=20":                {"closed/constant:threads=20,think=0s", "closed/constant", "threads", lab.Closed, 20},
		"closed/constant:think=250ms":      {"closed/constant:threads=10,think=250ms", "closed/constant", "threads", lab.Closed, 10},
		"none":                             {"none", "none", "", lab.Open, 0},
	} {
		t.Run(text, func(t *testing.T) {
			s, err := Parse(text, defaults)
			if err != nil {
				t.Fatal(err)
			}
			if s.Spec() != want.spec || s.Kind() != want.kind || s.LevelKnob() != want.level || s.Model() != want.model {
				t.Errorf("spec %q, kind %q, level knob %q, model %v", s.Spec(), s.Kind(), s.LevelKnob(), s.Model())
			}
			l := s.Load()
			if got := l.Shape.Level(time.Hour); got != want.at || l.Model != want.model {
				t.Errorf("level %v, model %v", got, l.Model)
			}
			if l.Seed != 7 || l.Timeout != 3*time.Second || l.MaxInFlight != 99 {
				t.Errorf("defaults lost: %+v", l)
			}
		})
	}
}

func TestParseMistakes(t *testing.T) {
	for text, want := range map[string]struct{ field, near string }{
		"":                           {"load", ""},
		"constnat":                   {"load", "constant"},
		"closed/constnt:threads=1":   {"load", "closed/constant"},
		"close:threads=3":            {"load", "closed"},
		"closed/none":                {"load", ""},
		"constant:rate=-3":           {"constant.rate", ""},
		"constant:rate=100001":       {"constant.rate", ""},
		"constant:rate=NaN":          {"constant.rate", ""},
		"constant:rate=fast":         {"constant.rate", ""},
		"constant:rat=3":             {"constant.rat", "rate"},
		"constant:threads=3":         {"constant.threads", ""},
		"constant:spacing=poison":    {"constant.spacing", "poisson"},
		"constant:rate":              {"load", ""},
		"constant:rate=1,rate=2":     {"load", ""},
		"closed:threads=1.5":         {"closed/constant.threads", ""},
		"closed:threads=-1":          {"closed/constant.threads", ""},
		"closed:think=-1s":           {"closed/constant.think", ""},
		"closed:rate=3":              {"closed/constant.rate", ""},
		"none:rate=1":                {"none.rate", ""},
		"closed:threads=20,think=1y": {"closed/constant.think", ""},
	} {
		t.Run(text, func(t *testing.T) {
			_, err := Parse(text, defaults)
			var bad *lab.InputError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, want an InputError", err)
			}
			if bad.Field != want.field || want.near != "" && bad.Near != want.near {
				t.Errorf("field %q near %q: %v", bad.Field, bad.Near, bad)
			}
		})
	}
}

func TestKindsAreWhatParseTakes(t *testing.T) {
	for _, k := range Kinds() {
		s, err := Parse(k.Name, defaults)
		if err != nil || s.Kind() != k.Name || s.Model() != k.Model || k.Help == "" {
			t.Errorf("%+v: %v, %v", k, s, err)
		}
	}
}

func TestALoadGivenDoesNotChange(t *testing.T) {
	for _, kind := range []string{"constant", "closed"} {
		s, _ := Parse(kind, defaults)
		given, clone, spec := s.Load(), s.Clone(), s.Spec()
		level := given.Shape.Level(0)
		if err := lab.Turn(s, s.LevelKnob(), "77"); err != nil {
			t.Fatal(err)
		}
		if s.Load().Shape.Level(0) != 77 || given.Shape.Level(0) != level || clone.Spec() != spec {
			t.Errorf("%s: turned %v, given %v, clone %s", kind, s.Load().Shape.Level(0), given.Shape.Level(0), clone.Spec())
		}
	}
}

// FuzzParse: whatever the text, it is refused as an InputError or spells itself
// again, and its load can be sent.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"constant:rate=15,spacing=poisson", "closed:threads=20,think=1m30s", "closed/constant", "none", "constant:rate=1e-300", "constant:rate=-1e-13"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text, defaults)
		if err != nil {
			if bad := new(lab.InputError); !errors.As(err, &bad) {
				t.Fatalf("not an InputError: %v", err)
			}
			return
		}
		again, err := Parse(s.Spec(), defaults)
		if err != nil || again.Spec() != s.Spec() {
			t.Fatalf("%q spells itself %q, which reads %v, %v", text, s.Spec(), again, err)
		}
		l := s.Load()
		if v := l.Shape.Level(time.Second); !(v >= 0 && v <= 1e5) || l.Think < 0 {
			t.Fatalf("%q: level %v, think %v", text, v, l.Think)
		}
		if l.Model == lab.Open {
			a := NewArrivals(l, 0)
			for last := time.Duration(0); last < time.Minute; {
				at, ok := a.Next()
				if !ok {
					break
				}
				if at < last {
					t.Fatalf("%q: %v after %v", text, at, last)
				}
				if last = at; at > 0 && l.Shape.Level(0) > 1000 {
					break
				}
			}
		}
	})
}
