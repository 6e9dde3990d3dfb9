// Package run is the shell's verbs that carry experiments out.
//
//	Verb, Again ─ flags ─▶ variants, repeats ─▶ Engine ─ lab.Tick ─▶ progress
//	   ▲ Deps.Load: a run whose load is given again     └ lab.Run ──▶ text or JSON, expectations
//	several: each in its turn, then Deps.Load ─▶ report ─▶ what may be said of them
package run

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
	"autoscale-lab/ui/cli/show"
)

// Engine carries the experiment out without a screen: with its load, or, if a
// script is given, with what that says, as long as that says; status takes
// lines to say before it begins. Ticks come one at a time, from any goroutine, and
// none after it has returned. A run that was interrupted is kept, and
// returned with a nil error; one that never began has no Began.
type Engine func(ctx context.Context, e lab.Experiment, script *lab.Script, db string, status func(string), tick func(lab.Tick)) (lab.Run, error)

// Deps are the deeds behind the verbs.
type Deps struct {
	Run Engine
	// Load reads recorded runs from the notebook at db: those of each side. One
	// that there is not is a *lab.InputError.
	Load       func(ctx context.Context, db string, sides ...[]int64) ([][]lab.Record, error)
	Algorithms []string // of balancing, the default first
}

// verbs is one invocation.
type verbs struct {
	shell.Stdio
	d Deps
}

// Verb is run.
func Verb(io shell.Stdio, d Deps) *cobra.Command {
	s := &verbs{io, d}
	c := &cobra.Command{
		Use: "run", Short: "carry an experiment out without a screen, and record it",
		Long: "The same engine as the workbench, without its screen: starts the load at once, ends after --duration, prints a summary. The run is in the history like any other. Ctrl-C ends it early and keeps it. " + seriesHelp,
		Example: `autoscale-lab run --duration 60s --load constant:rate=60
autoscale-lab run --json --policy threshold:upper=60,lower=30 > run.json
autoscale-lab run --expect 'latency_ms.p95<200' --expect 'requests.failed==0'
autoscale-lab run --repeat 5 --policy threshold --policy hpa:target=60 --duration 2m
autoscale-lab run --replay-load 42 --policy hpa:target=60
autoscale-lab run --app 'python3 app.py --port {port}' --ready-path /healthz`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &lab.InputError{Field: "run", Value: args[0], Want: "flags only: this version does not read experiment files"}
			}
			return nil
		},
	}
	f := s.runFlags(c)
	f.Group = "Experiment"
	replayed := f.Text("replay-load", "ID", "", "the load of a recorded run again, with its seed, its length and what was done to its instances")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !f.Changed("replay-load") {
			return s.carryOut(c.Context(), f, nil)
		}
		id := report.RunNumber(replayed.String())
		if id == 0 {
			return &lab.InputError{Field: "--replay-load", Value: replayed.String(), Want: "the number of a run (autoscale-lab history lists them)"}
		}
		if err := f.noLoad(fmt.Sprintf("no --replay-load beside it: the load is that of run %d", id)); err != nil {
			return err
		}
		rec, err := s.replayed(c.Context(), f, "--replay-load", id)
		if err != nil {
			return err
		}
		f.Base.Load, f.Base.Seed, f.Base.Duration = rec.Run.Experiment.Load, rec.Run.Experiment.Seed, rec.Run.Experiment.Duration
		return s.carryOut(c.Context(), f, rec)
	}
	return c
}

// runFlags are the flags of a verb that carries experiments out.
type runFlags struct {
	*flags.Setup
	title, expect, db *flags.Text
	repeat            int
	json, ascii       *bool
}

func (s *verbs) runFlags(c *cobra.Command) *runFlags {
	e := lab.DefaultExperiment()
	e.Duration = 60 * time.Second
	f := &runFlags{Setup: flags.NewSetup(c, e, s.d.Algorithms), repeat: 1}
	f.Policy.List = true
	c.Flag("policy").Usage += " (repeatable: each is run)"
	f.Group = "Result"
	f.Knobs(f.repeats().Knobs(), "repeat")
	f.title = f.Text("name", "TEXT", "", "name of the run")
	f.expect = f.Many("expect", "CONDITION", "fail (exit code 1) unless it holds: a path into the JSON, such as latency_ms.p95<200 (repeatable)")
	f.json = f.Truth("json", "print the run as JSON, and nothing else; of several: {runs, comparison}")
	f.ascii = f.Truth("ascii", "draw the progress bar with ASCII characters")
	f.db = f.Place()
	return f
}

func (f *runFlags) repeats() lab.Panel {
	return lab.Panel{lab.DialInt(lab.Knob{Name: "repeat", Help: "runs of each policy; for statistics 5", Min: 1, Max: report.MostRepeats}, &f.repeat)}
}

// carryOut does what the flags say: one run, or several; with the load of a
// recorded one, if that is not nil. What is wrong is found before any begins.
func (s *verbs) carryOut(ctx context.Context, f *runFlags, of *lab.Record) error {
	variants, err := f.Variants()
	if err != nil {
		return err
	}
	if err := f.Turn(f.repeats(), "repeat"); err != nil {
		return err
	}
	var expected []expectation
	for _, text := range f.expect.Values {
		for i := range variants {
			x, err := parseExpect(text, variants[i].Experiment)
			if err != nil {
				return err
			}
			if i == 0 {
				expected = append(expected, x)
			}
		}
	}
	b := &batch{
		variants: variants, repeat: f.repeat, title: lab.Clean(f.title.String()), expected: expected,
		length: variants[0].Duration, json: *f.json, ascii: *f.ascii, db: f.db.Notebook(),
	}
	if of != nil {
		script := lab.ScriptOf(*of)
		if b.script = &script; f.Changed("duration") {
			if script.Duration, err = f.cutTo(&of.Run); err != nil {
				return err
			}
		}
		b.length = script.Duration
	}
	if len(variants) > 1 || f.Changed("repeat") {
		return s.carryOutSeries(ctx, f.Notes, b)
	}
	s.Notes(f.Notes)
	return s.carryOutOne(ctx, b)
}

func (s *verbs) carryOutOne(ctx context.Context, b *batch) error {
	e := b.variants[0].Experiment
	e.Name = b.title
	p := s.Progress(b.length, b.ascii, b.json)
	r, err := s.d.Run(ctx, e, b.script, b.db, s.Status(b.json), p.Tick)
	p.End()
	if r.Began.IsZero() {
		return shell.Until(ctx, err) // nothing has run
	}
	if b.json {
		if err := s.PrintJSON(show.RunOf(&r)); err != nil {
			return err
		}
	} else {
		show.Summary(s.Stdio, &r)
		if b.script != nil && r.ID > 0 {
			shell.Line(s.Out, "compare", "%s history compare %d %d", shell.Name, b.script.Run, r.ID)
		}
	}
	return s.verdict(ctx, &r, b.expected, err)
}

// verdict is whether a run that has been printed went as it should.
func (s *verbs) verdict(ctx context.Context, r *lab.Run, expected []expectation, err error) error {
	switch {
	case ctx.Err() != nil:
		return shell.ErrInterrupted
	case err != nil:
		return err
	case r.Outcome == lab.Aborted:
		return fmt.Errorf("the run failed")
	}
	if s.disappointed(r, expected, "") {
		return shell.ErrSaid
	}
	return nil
}

// disappointed says where a run is not as expected.
func (s *verbs) disappointed(r *lab.Run, expected []expectation, which string) (some bool) {
	for _, x := range expected {
		if text := x.failed(r); text != "" {
			s.Complain(flags.UsageError(which + text))
			some = true
		}
	}
	return some
}
