package lab_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// dials has one knob of each kind.
type dials struct {
	ratio  float64
	wait   time.Duration
	work   time.Duration
	count  int
	metric string
	on     bool
}

func (d *dials) panel() lab.Panel {
	return lab.Panel{
		lab.DialFloat(lab.Knob{Name: "ratio", Kind: lab.Percent, Min: .01, Max: 1, Step: .01}, &d.ratio),
		lab.DialDuration(lab.Knob{Name: "wait", Min: 0, Max: 60, Step: 1}, &d.wait),
		lab.DialDuration(lab.Knob{Name: "work", Unit: "ms", Min: .0001, Max: 1, Step: .001}, &d.work),
		lab.DialInt(lab.Knob{Name: "count", Min: 1, Max: 9}, &d.count),
		lab.DialChoice(lab.Knob{Name: "metric", Choices: []string{"cpu", "rps"}}, &d.metric),
		lab.DialToggle(lab.Knob{Name: "on"}, &d.on),
	}
}

func (d *dials) Knobs() []lab.Knob           { return d.panel().Knobs() }
func (d *dials) Set(name, text string) error { return d.panel().Set(name, text) }
func (d *dials) Check() error {
	if d.metric == "rps" && d.count < 3 {
		return &lab.InputError{Field: "count", Value: "low", Want: "3 or more with rps"}
	}
	return nil
}

func TestKnobTexts(t *testing.T) {
	for _, c := range []struct{ name, text, spec, show string }{
		{"ratio", "40%", "40%", "40 %"},
		{"ratio", "40", "40%", "40 %"},
		{"ratio", " 36.5 % ", "36.5%", "36.5 %"},
		{"wait", "3", "3s", "3 s"},
		{"wait", "1m", "1m0s", "60 s"},
		{"wait", "500ms", "500ms", "0.5 s"},
		{"work", "4", "4ms", "4 ms"},
		{"work", "250us", "250µs", "0.25 ms"},
		{"count", "7", "7", "7"},
		{"metric", "RPS", "rps", "rps"},
		{"on", "yes", "on", "on"},
	} {
		d := &dials{count: 5}
		if err := d.Set(c.name, c.text); err != nil {
			t.Errorf("%s=%s: %v", c.name, c.text, err)
			continue
		}
		k, _ := lab.Find(d.Knobs(), c.name)
		if k.Spec() != c.spec || k.Show() != c.show {
			t.Errorf("%s=%s: spec %q, show %q; want %q, %q", c.name, c.text, k.Spec(), k.Show(), c.spec, c.show)
		}
		if err := d.Set(c.name, k.Spec()); err != nil {
			t.Errorf("%s does not take its own spec %q: %v", c.name, k.Spec(), err)
		}
	}
}

func TestKnobsRefuse(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"ratio", "0", `ratio: "0": want 1 % to 100 %`},
		{"ratio", "NaN", "want 1 % to 100 %"},
		{"wait", "-1s", "want 0 s to 60 s"},
		{"wait", "soon", "want 0 s to 60 s"},
		{"count", "2.5", "want a whole number, 1 to 9"},
		{"metric", "rsp", `want one of cpu, rps (did you mean "rps"?)`},
		{"on", "perhaps", "want on or off"},
		{"ratoi", "40", `did you mean "ratio"?`},
	} {
		d := &dials{ratio: .5, wait: time.Second, work: time.Millisecond, count: 5, metric: "cpu"}
		before := *d
		err := d.Set(c.name, c.text)
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s=%s says %v, want %q in it", c.name, c.text, err, c.says)
		}
		if *d != before {
			t.Errorf("%s=%s changed something", c.name, c.text)
		}
	}
}

func TestTurned(t *testing.T) {
	d := &dials{ratio: .35, wait: time.Second, count: 5, metric: "cpu"}
	for _, c := range []struct {
		name  string
		steps int
		want  string
	}{
		{"ratio", 1, "36%"}, {"ratio", -10, "25%"}, {"ratio", 1000, "100%"}, {"ratio", -1000, "1%"},
		{"wait", -5, "0s"}, {"count", 1, "6"}, {"metric", 1, "rps"}, {"metric", -1, "rps"}, {"metric", 2, "cpu"},
		{"on", 1, "on"}, {"on", 2, "off"},
	} {
		k, _ := lab.Find(d.Knobs(), c.name)
		if got := k.Turned(c.steps); got != c.want {
			t.Errorf("%s %+d: %q, want %q", c.name, c.steps, got, c.want)
		}
	}
}

func TestKnobsThatDisagreeChangeNothing(t *testing.T) {
	d := &dials{count: 5, metric: "rps"}
	if err := lab.Turn(d, "count", "2"); err == nil || d.count != 5 {
		t.Errorf("count %d, err %v", d.count, err)
	}
	if err := lab.Turn(d, "count", "4"); err != nil || d.count != 4 {
		t.Errorf("count %d, err %v", d.count, err)
	}
}

func TestAKnobSaysWhatItWantsForNoValue(t *testing.T) {
	spec, err := lab.ParseSpec("policy", "dials:count=3, wait= ,on=off")
	if err != nil || spec.String() != `dials:count=3,wait="",on=off` {
		t.Fatalf("%s, %v", spec, err)
	}
	if err := lab.Configure(&dials{count: 5}, spec); err == nil || err.Error() != `dials.wait: "": want 0 s to 60 s` {
		t.Error(err)
	}
	for _, text := range []string{"dials:wait", "dials:=3", "dials:count=3,"} {
		if _, err := lab.ParseSpec("policy", text); err == nil || !strings.HasSuffix(err.Error(), "want knob=value") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSpecQuotes(t *testing.T) {
	s, err := lab.ParseSpec("policy", `exec:command="python3 p.py --hosts a,b \"x\"",timeout=500ms`)
	if err != nil || len(s.Settings) != 2 || s.Settings[0].Text != `python3 p.py --hosts a,b "x"` || s.Settings[1].Text != "500ms" {
		t.Errorf("%+v, %v", s, err)
	}
	if text := s.String(); text != `exec:command="python3 p.py --hosts a,b \"x\"",timeout=500ms` {
		t.Errorf("it spells %s", text)
	}
	if s, err := lab.ParseSpec("policy", `exec:command="my policy" --port 1,timeout=1s`); err != nil || len(s.Settings) != 2 || s.Settings[0].Text != `"my policy" --port 1` {
		t.Errorf("%+v, %v", s, err)
	}
	for _, same := range []string{`exec:command=python3 -c "x=1:2" 'y'`, "a:b=c=d,e=f|g/h", `a:b="",c=1`} {
		if s, err := lab.ParseSpec("policy", same); err != nil || s.String() != same {
			t.Errorf("%s spells %s, %v", same, s, err)
		}
	}
}

func FuzzSpec(f *testing.F) {
	for _, s := range []string{"threshold", "threshold:upper=40,lower=20", "hpa:up=4pods/15s|100%/15s", ":", "a:=", "a:b=", "a:b=,c= ", "a:b=c,b=d", `e:c="p -x 1,2",t=5`, `a:b="\"c,d\" e"`, `a:b="c"d`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := lab.ParseSpec("policy", text)
		if err != nil {
			return
		}
		again, err := lab.ParseSpec("policy", s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q spells %q, which reads %q, %v", text, s, again, err)
		}
	})
}
