package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest"
	"autoscale-lab/lab/policy"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

func (s *verbs) export() *cobra.Command {
	formats := manifest.Formats()
	c := &cobra.Command{
		Use: "export " + strings.Join(formats, "|"), Short: "a policy in its vendor's own form",
		Long: "Prints a policy, or the one a run ended with, as a Kubernetes HorizontalPodAutoscaler (autoscaling/v2), a KEDA ScaledObject or AWS scaling policies. What does not translate is a comment in it and a line on stderr. With --onto, or from @FILE, the manifest given is kept, but for what was turned.",
		Example: `autoscale-lab export hpa --policy hpa:target=60,down_window=120s --min 2 --max 20 --name web
autoscale-lab export hpa --run 42 --onto hpa.yaml > tuned.yaml
autoscale-lab export keda --policy @hpa.yaml`,
		ValidArgs: formats,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return flags.UsageError("export: want " + shell.Name + " " + c.Use)
			case !slices.Contains(formats, args[0]):
				return lab.NotOneOf("export", args[0], formats)
			}
			return nil
		},
	}
	f := flags.Of(c)
	spec := f.Text("policy", "KIND", "", "the policy with its knobs, or @FILE: a vendor's manifest")
	run := f.Text("run", "ID", "", "the policy that a run ended with")
	onto := f.Text("onto", "FILE", "", "a manifest to be changed where the policy differs, and kept otherwise")
	e := lab.DefaultExperiment()
	limits := lab.Limits{Min: e.Fleet.Min, Max: e.Fleet.Max}
	dials := flags.LimitDials(&limits)
	f.Knobs(dials.Knobs(), "min", "max")
	for _, name := range []string{"min", "max"} {
		f.Lookup(name).DefValue = "the run's or manifest's, or " + f.Lookup(name).DefValue
	}
	title := f.Text("name", "TEXT", "web", "name of the object")
	db := f.Place()
	flags.Complete(c, "policy", policy.Names())
	c.RunE = func(c *cobra.Command, args []string) error {
		if f.Changed("policy") == f.Changed("run") {
			return flags.UsageError("export: want --policy KIND or --run ID, one of them")
		}
		if err := f.Turn(dials, "min", "max"); err != nil {
			return err
		}
		if f.Changed("min") && f.Changed("max") && limits.Min > limits.Max {
			return &lab.InputError{Field: "--min", Value: fmt.Sprint(limits.Min), Want: fmt.Sprintf("at most max, which is %d", limits.Max)}
		}
		var base *manifest.Manifest
		var err error
		if f.Changed("onto") {
			if base, err = flags.ReadManifest("--onto", onto.String()); err != nil {
				return err
			}
			if base.Format != args[0] {
				return &lab.InputError{Field: "--onto", Value: onto.String(), Want: fmt.Sprintf("a manifest of %s: it is one of %s", args[0], base.Format)}
			}
		}
		var a flags.Policy
		if f.Changed("run") {
			a, err = s.askRun(c, db.Notebook(), run.String())
		} else {
			a, err = flags.ParsePolicy("policy", spec.String())
		}
		if err != nil {
			return err
		}
		if base == nil && a.From != nil && a.From.Format == args[0] {
			base = a.From
		}
		own := limits
		if base != nil && base.Limited {
			limits = base.Limits
		}
		if l := f.LimitsOver(a.Limits, own, limits); l != nil {
			limits = *l
		}
		var data []byte
		var notes []string
		if base != nil {
			data, notes, err = base.Write(a.Spec, limits)
		} else {
			data, notes, err = manifest.Write(args[0], a.Spec, limits, lab.Clean(title.String()))
		}
		if err != nil {
			return err
		}
		s.Notes(append(a.Notes, notes...))
		_, err = s.Out.Write(data)
		return err
	}
	return c
}

// askRun is the policy that a run ended with, and its limits then.
func (s *verbs) askRun(c *cobra.Command, db, text string) (a flags.Policy, err error) {
	if err := flags.RunIDs(1, 1)(c, []string{text}); err != nil {
		e := *flags.AsInput(err)
		e.Field = "--run"
		return a, &e
	}
	groups, err := s.d.History.Open.Load(c.Context(), db, flags.ParseIDs([]string{text}))
	if err != nil {
		return a, err
	}
	return endedWith(&groups[0][0])
}

// endedWith does a run's deeds again, to see how its policy stood at the end.
func endedWith(rec *lab.Record) (flags.Policy, error) {
	p, err := policy.PilotOf(&rec.Run.Experiment)
	if err != nil {
		return flags.Policy{}, err
	}
	l := lab.Limits{Min: rec.Run.Experiment.Fleet.Min, Max: rec.Run.Experiment.Fleet.Max}
	for i := range rec.Ticks {
		t := &rec.Ticks[i]
		for _, e := range t.Events {
			if e.Action == nil || t.Sample.At <= rec.Run.Origin {
				continue
			}
			a := *e.Action
			if err := p.Apply(&a, t.Sample.Desired); err != nil {
				return flags.Policy{}, err
			}
		}
		l = t.Sample.Limits
	}
	return flags.Policy{Given: p.Spec(), Spec: p.Spec(), Limits: &l}, nil
}
