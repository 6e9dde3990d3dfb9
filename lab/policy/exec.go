package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mvdan.cc/sh/v3/shell"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Exec is the user's own policy: a program that is given every Sample and
// answers with a Decision. On paper there are no programs: a Runner runs it
// (engine/external), and where there is none, as with a stored run, Exec keeps
// what there is.
//
//	Fresh ─▶ Runner.Start ─▶ ask, ask … ─▶ stop ◀─ Rest, or a knob turned
type Exec struct {
	command string
	knobs   []lab.Setting // the program's own
	limit   time.Duration

	runner Runner
	ask    func(lab.Sample) lab.Decision // nil: not running
	stop   func()
}

// Runner runs programs that decide. ask waits no longer than limit, and keeps
// Sample.Desired where there is no answer; stop does not wait. Both are called
// by one goroutine.
type Runner interface {
	Start(command string, knobs []lab.Setting, limit time.Duration) (ask func(lab.Sample) lab.Decision, stop func())
}

// NewExec has the command of the README's example.
func NewExec() *Exec { return &Exec{command: "python3 policy.py", limit: 500 * time.Millisecond} }

func (e *Exec) panel() lab.Panel {
	command := lab.Knob{Name: "command", Label: "command", Kind: lab.Text, Text: e.command,
		Help: "program and arguments, read by no shell; in double quotes if there is a comma in it"}
	return lab.Panel{
		lab.DialTable(lab.Knob{Name: "knobs", Label: "knobs", Help: "the program's own, given to it when it starts: target=60|step=2"}, spellPairs(e.knobs), func(text string) error {
			knobs, err := readPairs(text)
			if err == nil {
				e.knobs = knobs
			}
			return err
		}),
		lab.DialText(command, func(text string) error {
			if _, err := shell.Fields(text, func(name string) string { return "$" + name }); err != nil || strings.TrimSpace(text) == "" {
				return &lab.InputError{Field: "command", Value: text, Want: "a program and its arguments, as in 'python3 policy.py'; no shell reads it"}
			}
			e.command = text
			return nil
		}),
		lab.DialDuration(lab.Knob{Name: "timeout", Label: "timeout", Unit: "ms", Help: "how long it may take to decide; the lab waits for it", Min: 0.01, Max: 2, Step: 0.05}, &e.limit),
	}
}

// Knobs are the program's own, the command and its time limit.
func (e *Exec) Knobs() []lab.Knob { return e.panel().Knobs() }

// Set turns one of them. A program that runs is ended and started anew with it.
func (e *Exec) Set(name, text string) error {
	if err := e.panel().Set(name, text); err != nil {
		return err
	}
	if e.ask != nil {
		e.Fresh()
	}
	return nil
}

// Fresh starts the program, anew if it runs.
func (e *Exec) Fresh() {
	e.Rest()
	if e.runner != nil {
		e.ask, e.stop = e.runner.Start(e.command, slices.Clone(e.knobs), e.limit)
	}
}

// Rest ends the program, if it runs, until it is asked again.
func (e *Exec) Rest() {
	if e.stop != nil {
		e.stop()
	}
	e.ask, e.stop = nil, nil
}

// Decide is what the program says.
func (e *Exec) Decide(s lab.Sample) lab.Decision {
	if e.ask == nil {
		e.Fresh()
	}
	if e.ask == nil {
		return lab.Decision{Desired: s.Desired, Reason: "your own program is asked only while the lab runs"}
	}
	return e.ask(s)
}

// readPairs reads "target=60|step=2".
func readPairs(text string) ([]lab.Setting, error) {
	var out []lab.Setting
	for _, pair := range stage.Rows(text) {
		name, value, ok := strings.Cut(pair, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || slices.ContainsFunc(out, func(s lab.Setting) bool { return s.Name == name }) {
			return nil, &lab.InputError{Field: "knobs", Value: pair, Want: "name=value|name=value, each name once"}
		}
		out = append(out, lab.Setting{Name: name, Text: value})
	}
	return out, nil
}

func spellPairs(pairs []lab.Setting) string {
	out := make([]string, len(pairs))
	for i, p := range pairs {
		out[i] = fmt.Sprintf("%s=%s", p.Name, p.Text)
	}
	return strings.Join(out, "|")
}
