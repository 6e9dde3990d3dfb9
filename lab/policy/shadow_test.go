package policy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestBrief(t *testing.T) {
	for _, c := range []struct{ spec, brief string }{
		{"threshold", "threshold"},
		{"threshold:upper=35,lower=15", "threshold"},
		{"threshold:lower=20,upper=40", "threshold:upper=40%,lower=20%"},
		{"threshold:metric=rps", "threshold:metric=rps"},
		{"threshold:metric=rps,upper=40", "threshold:metric=rps,upper=40"},
		{"schedule:over=hpa,target=40", "schedule:over=hpa,target=40%"},
		{`exec:command="./mine a,b",timeout=50`, `exec:command="./mine a,b",timeout=50ms`},
	} {
		kind, rule, err := Parse(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		brief := Brief(kind, rule)
		if brief != c.brief {
			t.Errorf("%s in brief is %s, want %s", c.spec, brief, c.brief)
		}
		_, again, err := Parse(brief)
		if err != nil || lab.SpecOf(kind, again).String() != lab.SpecOf(kind, rule).String() {
			t.Errorf("%s does not say the same as %s: %v", brief, c.spec, err)
		}
	}
}

// runs counts the programs that are running.
type runs struct{ now int }

func (r *runs) Start(string, []lab.Setting, time.Duration) (func(lab.Sample) lab.Decision, func()) {
	r.now++
	return func(s lab.Sample) lab.Decision { return lab.Decision{Desired: s.Desired + 1} }, func() { r.now-- }
}

func TestExecRunsNoMoreThanItMust(t *testing.T) {
	p, err := PilotOf(&lab.Experiment{Policy: "exec", Shadows: []string{"exec:command=./other"}})
	if err != nil {
		t.Fatal(err)
	}
	r := &runs{}
	p.SetRunner(r)
	s := lab.Sample{Span: time.Second, Desired: 1, Limits: lab.Limits{Min: 1, Max: 5}}
	apply := func(a lab.Action) {
		t.Helper()
		if err := p.Apply(&a, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		what string
		do   func()
		want int
	}{
		{"set up", func() {}, 0},
		{"a run begins", func() { p.Fresh(0) }, 2},
		{"the next run begins", func() { p.Fresh(0) }, 2},
		{"it is asked", func() { p.Decide(s) }, 2},
		{"a knob is turned", func() { apply(lab.Action{Kind: lab.ActSet, Target: "policy", Name: "timeout", To: "1s"}) }, 2},
		{"another policy", func() { apply(lab.Action{Kind: lab.ActPolicy, To: "hpa"}) }, 1},
		{"back", func() { apply(lab.Action{Kind: lab.ActPolicy, To: "exec"}) }, 2},
		{"another command", func() { apply(lab.Action{Kind: lab.ActPolicy, To: "exec:command=./third"}) }, 2},
		{"no shadow", func() { apply(lab.Action{Kind: lab.ActShadow, From: "exec:command=./other"}) }, 1},
		{"by hand it is a shadow", func() { apply(lab.Action{Kind: lab.ActAutoscale, To: "off"}); p.Decide(s) }, 1},
	} {
		step.do()
		if r.now != step.want {
			t.Errorf("%s: %d run, want %d", step.what, r.now, step.want)
		}
	}
}

func TestExecBadInput(t *testing.T) {
	for _, c := range []struct{ spec, says string }{
		{"exec:command=echo $(date)", "no shell reads it"},
		{"exec:command=a | b", "no shell reads it"},
		{`exec:command="  "`, "no shell reads it"},
		{"exec:timeout=10s", "10 ms to 2000 ms"},
		{"exec:knobs=target", "name=value"},
		{"exec:knobs=a=1|a=2", "each name once"},
		{`exec:command="a,b`, "knob=value"},
		{"exec:comand=a", `did you mean "command"`},
	} {
		_, _, err := Parse(c.spec)
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s says %v, want %q in it", c.spec, err, c.says)
		}
	}
}

// By hand there is always an instance: nothing would bring the first one back.
func TestByHandIsNeverZero(t *testing.T) {
	none := lab.Sample{At: time.Second, Span: time.Second, Limits: lab.Limits{Max: 5}}
	off, err := NewPilot("keda")
	if err != nil {
		t.Fatal(err)
	}
	if err := off.Apply(&lab.Action{Kind: lab.ActAutoscale, To: "off"}, 0); err != nil {
		t.Fatal(err)
	}
	from, err := PilotOf(&lab.Experiment{Policy: "keda", ByHand: true})
	if err != nil {
		t.Fatal(err)
	}
	for says, p := range map[string]*Pilot{"switched off at zero": off, "off from the beginning": from} {
		if d, beside := p.Decide(none); d.Desired != 1 || len(beside) != 1 {
			t.Errorf("%s: %+v", says, d)
		}
	}
}

// A run begins with the policy that its record spells: what no spec says is
// forgotten, and nothing else.
func TestARunBeginsAsSpelled(t *testing.T) {
	for _, spec := range []string{"threshold:upper=99", `aws-step:steps=""`, `schedule:table="",over=aws-step,steps=""`, "schedule:over=hpa,metrics=cpu/50%", "exec:command=\"./a, b\""} {
		p, err := NewPilot(spec)
		if err != nil {
			t.Fatal(err)
		}
		before := p.Spec()
		p.Fresh(0)
		again, err := NewPilot(p.Spec())
		if err != nil || p.Spec() != before || again.Spec() != before {
			t.Errorf("%s: %v\n%s\n%s\n%s", spec, err, before, p.Spec(), again.Spec())
		}
		if err := p.Apply(&lab.Action{Kind: lab.ActPolicy, To: "manual"}, 1); err != nil {
			t.Fatal(err)
		}
		back := lab.Action{Kind: lab.ActPolicy, To: again.Kind()}
		if err := p.Apply(&back, 1); err != nil || back.To != before {
			t.Errorf("%s is back as %s (%v)", before, back.To, err)
		}
	}
}
