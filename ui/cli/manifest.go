package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest"
	"autoscale-lab/lab/policy"
)

// asked is a policy as it was given on the command line.
type asked struct {
	given  string      // to be shown: a spec, or @FILE with what it came to
	spec   string      // as policy.Parse reads it
	limits *lab.Limits // of a manifest that has some
	from   *manifest.Manifest
	notes  []string // what of a manifest the lab does not do
}

// askPolicy reads a policy's spec, or, behind an @, the manifest in a file.
func askPolicy(flag, text string) (asked, error) {
	a := asked{given: text, spec: text}
	if file, ok := strings.CutPrefix(strings.TrimSpace(text), "@"); ok {
		m, err := readManifest("--"+flag, file)
		if err != nil {
			return a, err
		}
		a.from, a.notes, a.spec = m, m.Notes, m.Spec.String()
		if m.Limited {
			l := m.Limits
			a.limits = &l
		}
	}
	kind, rule, err := policy.Parse(a.spec)
	if err != nil {
		return a, ofFlag(flag, err)
	}
	if a.from != nil {
		a.given = policy.Brief(kind, rule) + " " + text
	}
	return a, nil
}

// readManifest reads a vendor's manifest from a file.
func readManifest(field, file string) (*manifest.Manifest, error) {
	if file == "" {
		return nil, &lab.InputError{Field: field, Value: "@", Want: "@FILE"}
	}
	in, _, err := openFile(field, file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, manifest.MaxSize+1))
	if err != nil {
		return nil, &lab.InputError{Field: field, Value: file, Want: "a file that can be read: " + reasonOf(err)}
	}
	return manifest.Read(filepath.Base(file), data)
}

func (s *shell) export() *cobra.Command {
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
				return usageError("export: want " + name + " " + c.Use)
			case !slices.Contains(formats, args[0]):
				return lab.NotOneOf("export", args[0], formats)
			}
			return nil
		},
	}
	f := flagsOf(c)
	spec := f.text("policy", "KIND", "", "the policy with its knobs, or @FILE: a vendor's manifest")
	run := f.text("run", "ID", "", "the policy that a run ended with")
	onto := f.text("onto", "FILE", "", "a manifest to be changed where the policy differs, and kept otherwise")
	e := lab.DefaultExperiment()
	limits := lab.Limits{Min: e.Fleet.Min, Max: e.Fleet.Max}
	dials := limitDials(&limits)
	f.knobs(dials.Knobs(), "min", "max")
	for _, name := range []string{"min", "max"} {
		f.Lookup(name).DefValue = "the run's or manifest's, or " + f.Lookup(name).DefValue
	}
	title := f.text("name", "TEXT", "web", "name of the object")
	db := f.place()
	complete(c, "policy", policy.Names())
	c.RunE = func(c *cobra.Command, args []string) error {
		if f.Changed("policy") == f.Changed("run") {
			return usageError("export: want --policy KIND or --run ID, one of them")
		}
		if err := f.turn(dials, "min", "max"); err != nil {
			return err
		}
		if f.Changed("min") && f.Changed("max") && limits.Min > limits.Max {
			return &lab.InputError{Field: "--min", Value: fmt.Sprint(limits.Min), Want: fmt.Sprintf("at most max, which is %d", limits.Max)}
		}
		var base *manifest.Manifest
		var err error
		if f.Changed("onto") {
			if base, err = readManifest("--onto", onto.String()); err != nil {
				return err
			}
			if base.Format != args[0] {
				return &lab.InputError{Field: "--onto", Value: onto.String(), Want: fmt.Sprintf("a manifest of %s: it is one of %s", args[0], base.Format)}
			}
		}
		var a asked
		if f.Changed("run") {
			a, err = s.askRun(c, db.notebook(), run.String())
		} else {
			a, err = askPolicy("policy", spec.String())
		}
		if err != nil {
			return err
		}
		if base == nil && a.from != nil && a.from.Format == args[0] {
			base = a.from
		}
		own := limits
		if base != nil && base.Limited {
			limits = base.Limits
		}
		if l := (limitsGiven{f.Changed("min"), f.Changed("max")}).over(a.limits, own, limits); l != nil {
			limits = *l
		}
		var data []byte
		var notes []string
		if base != nil {
			data, notes, err = base.Write(a.spec, limits)
		} else {
			data, notes, err = manifest.Write(args[0], a.spec, limits, lab.Clean(title.String()))
		}
		if err != nil {
			return err
		}
		s.notes(append(a.notes, notes...))
		_, err = s.Out.Write(data)
		return err
	}
	return c
}

// askRun is the policy that a run ended with, and its limits then.
func (s *shell) askRun(c *cobra.Command, db, text string) (a asked, err error) {
	if err := ids(1, 1)(c, []string{text}); err != nil {
		e := *asInput(err)
		e.Field = "--run"
		return a, &e
	}
	h, err := s.d.OpenHistory(c.Context(), db)
	if err != nil {
		return a, err
	}
	defer func() {
		if e := h.Close(); err == nil {
			err = e
		}
	}()
	return endedWith(c.Context(), h, parseIDs([]string{text})[0])
}

// endedWith does a run's deeds again, to see how its policy stood at the end.
func endedWith(ctx context.Context, h History, id int64) (asked, error) {
	rec, err := h.Load(ctx, id)
	if err != nil {
		return asked{}, err
	}
	p, err := policy.PilotOf(&rec.Run.Experiment)
	if err != nil {
		return asked{}, err
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
				return asked{}, err
			}
		}
		l = t.Sample.Limits
	}
	return asked{given: p.Spec(), spec: p.Spec(), limits: &l}, nil
}
