// Package history is the shell's verbs on what was recorded.
//
//	Verb ─▶ history ─┬ list, show, compare, redecide ◀─ Notebook ─▶ text or JSON
//	                 ├ export ─ Save ─▶ files            ▲ Opener
//	                 ├ import ◀─ files ─▶ Deps.Import    │
//	                 └ name, note, baseline, delete, prune, backup, path
package history

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
	"autoscale-lab/ui/cli/show"
)

// Deps are the deeds behind the verbs.
type Deps struct {
	Open Opener
	// Import enters a run that ended elsewhere into the notebook at db, and
	// gives its number. Where it has no Version, that and the Commit are this
	// program's.
	Import func(ctx context.Context, db string, rec lab.Record) (int64, error)
}

// verbs is one invocation.
type verbs struct {
	shell.Stdio
	d Deps
}

// Verb is history with its verbs.
func Verb(io shell.Stdio, d Deps) *cobra.Command {
	s := &verbs{io, d}
	c := &cobra.Command{
		Use: "history", Short: "the runs that were recorded", Args: flags.NoArgs,
		Long: "Lists the recorded runs, the newest first, and shows, compares, names or deletes them.",
		Example: `autoscale-lab history
autoscale-lab history list --filter threshold --limit 5
autoscale-lab history show 42 --json
autoscale-lab history compare 41 42
autoscale-lab history name 42 'upper at 40 %'
autoscale-lab history rerun 42 --policy hpa:target=60
autoscale-lab history redecide 42 --policy hpa:target=60
autoscale-lab history export 42
autoscale-lab history import tuesday.csv
autoscale-lab history delete 40 41
autoscale-lab history prune --older 30d`,
	}
	s.list(c) // list is the default
	list := &cobra.Command{Use: "list", Short: "a table of runs, the newest first", Args: flags.NoArgs,
		Example: "autoscale-lab history list\nautoscale-lab history list --filter 'threshold completed' --limit 5 --json"}
	s.list(list)
	c.AddCommand(list, s.show(), s.compare(), s.name(), s.note(), s.baseline(), s.delete(), s.export(), s.takeIn(), s.redecide(), s.prune(), s.backup(), s.path())
	return c
}

// noted makes a verb that works on the notebook.
func (s *verbs) noted(c *cobra.Command, db *flags.Text, do func(ctx context.Context, h Notebook, args []string) error) *cobra.Command {
	c.RunE = func(c *cobra.Command, args []string) error {
		return s.d.Open.With(c.Context(), db.Notebook(), func(h Notebook) error { return do(c.Context(), h, args) })
	}
	return c
}

func (s *verbs) list(c *cobra.Command) {
	f := flags.Of(c)
	limit := 50
	dial := lab.Panel{lab.DialInt(lab.Knob{Name: "limit", Help: "most runs to list; 0: all", Min: 0, Max: 1e9}, &limit)}
	f.Knobs(dial.Knobs(), "limit")
	words := f.Text("filter", "WORDS", "", "only runs that hold all these words and conditions: wave policy:hpa policy:upper=40 'p95>200' outcome:crashed")
	var wanted filter.Conditions
	asJSON := f.Truth("json", "print the runs as a JSON array")
	db := f.Place()
	s.noted(c, db, func(ctx context.Context, h Notebook, _ []string) error {
		runs, err := filtered(ctx, h, wanted, limit)
		switch {
		case err != nil:
			return err
		case *asJSON:
			out := make([]show.Run, len(runs))
			for i := range runs {
				out[i] = show.RunOf(&runs[i])
			}
			return s.PrintJSON(out)
		case len(runs) == 0 && words.String() != "":
			fmt.Fprintf(s.Out, "no run has %q\n", words.String())
		case len(runs) == 0:
			fmt.Fprintln(s.Out, "no runs yet; the first: autoscale-lab run --duration 60s, or autoscale-lab for the workbench")
		default:
			s.runTable(runs)
		}
		return nil
	})
	inner := c.RunE
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if err := f.Turn(dial, "limit"); err != nil {
			return err
		}
		if wanted, err = filter.Parse(words.String()); err != nil {
			return err
		}
		return inner(c, args)
	}
}

// page is how many runs are looked through at a time.
const page = 500

// filtered is at most limit (0: all) of the wanted runs, newest first.
func filtered(ctx context.Context, h Notebook, wanted filter.Conditions, limit int) ([]lab.Run, error) {
	if wanted.Empty() {
		return h.List(ctx, limit, 0)
	}
	var out []lab.Run
	for before := int64(0); ; {
		runs, err := h.List(ctx, page, before)
		if err != nil || len(runs) == 0 {
			return out, err
		}
		for i := range runs {
			if wanted.Match(&runs[i]) {
				if out = append(out, runs[i]); len(out) == limit {
					return out, nil
				}
			}
		}
		before = runs[len(runs)-1].ID
	}
}

func (s *verbs) runTable(runs []lab.Run) {
	t := shell.Columns(">ID", "NAME", "STARTED", "POLICY", "LOAD", ">DURATION", ">INSTANCES", ">CPU p95 %", ">p95 ms", ">ERROR %", ">SCALED", ">SCORE", "OUTCOME")
	for i := range runs {
		r := &runs[i]
		star := ""
		if r.Baseline {
			star = "★ "
		}
		sum := &r.Summary
		lasted, limits, scaled := shell.Unknown, shell.Unknown, shell.Unknown
		if r.Outcome != lab.Unfinished {
			lasted = numeral.Length(r.Duration)
		}
		if sum.Instances.Max > 0 {
			limits, scaled = fmt.Sprintf("%d–%d", sum.Instances.Min, sum.Instances.Max), strconv.Itoa(sum.Scale.Up+sum.Scale.Down)
		}
		t.Row(strconv.FormatInt(r.ID, 10), shell.Cut(star+lab.Clean(r.Name), 20), r.Began.Local().Format("2006-01-02 15:04"),
			shell.Cut(lab.Clean(r.Policy), 16), shell.Cut(lab.Clean(shortLoad(r.Load)), 28), lasted,
			limits, shell.Figure(sum.Utilization.P95Pct), shell.Figure(sum.Latency.P95), shell.Figure(sum.ErrorPct),
			scaled, shell.Figure(sum.Score), filter.Outcome(r))
	}
	if s.OutTTY && s.Width > 0 {
		t.Fit(s.Width, "SCALED", "INSTANCES", "CPU p95 %", "STARTED", "DURATION", "ERROR %")
	}
	t.Print(s.Out, s.Bold)
}

// shortLoad is a load's kind and level, and of its other settings those that
// are not at their default: constant 60/s poisson, closed 20 threads.
func shortLoad(spec string) string {
	l, err := load.Parse(spec, load.Defaults{})
	if err != nil {
		return spec // of another version
	}
	usual, _ := load.Parse(l.Kind(), load.Defaults{}) // its kind has just been read
	words := []string{l.Kind()}
	if l.Model() == lab.Closed {
		words[0] = "closed"
		if shape := strings.TrimPrefix(l.Kind(), "closed/"); shape != "constant" {
			words = append(words, shape)
		}
	}
	for _, k := range l.Knobs() {
		switch was, _ := lab.Find(usual.Knobs(), k.Name); {
		case k.Name == l.LevelKnob() && k.Unit != "":
			words = append(words, k.Spec()+k.Unit)
		case k.Name == l.LevelKnob():
			words = append(words, k.Spec(), k.Label)
		case k.Spec() == was.Spec():
		case k.Kind == lab.Choice:
			words = append(words, k.Spec())
			usual.Set(k.Name, k.Spec()) // it may bring further knobs
		default:
			words = append(words, k.Name, k.Spec())
		}
	}
	return strings.Join(words, " ")
}

func (s *verbs) show() *cobra.Command {
	c := &cobra.Command{
		Use: "show ID", Short: "one run: its figures, settings and events", Args: flags.RunIDs(1, 1),
		Example: "autoscale-lab history show 42\nautoscale-lab history show 42 --json | jq .latency_ms.p95",
	}
	f := flags.Of(c)
	asJSON := f.Truth("json", "print the run as JSON")
	return s.noted(c, f.Place(), func(ctx context.Context, h Notebook, args []string) error {
		id := flags.ParseIDs(args)[0]
		if *asJSON {
			r, err := h.Get(ctx, id)
			if err == nil {
				err = speedUp(ctx, h, &r)
			}
			if err != nil {
				return err
			}
			return s.PrintJSON(show.RunOf(&r))
		}
		rec, err := h.Load(ctx, id)
		if err != nil {
			return err
		}
		s.showRun(&rec)
		return nil
	})
}

// speedUp adds the speedup over the baseline, if that was offered the same load.
func speedUp(ctx context.Context, h Notebook, r *lab.Run) error {
	base, ok, err := h.Baseline(ctx)
	if err != nil || !ok || base.ID == r.ID {
		return err
	}
	groups, err := loadSides(ctx, h, [][]int64{{base.ID}, {r.ID}})
	if err != nil {
		return err
	}
	if same, _ := offered.Same(groups[0][0], groups[1][0]); same && base.Summary.Demand.Calibrated == r.Summary.Demand.Calibrated {
		r.Summary.Over(&base.Summary.Scores)
	}
	return nil
}

// shownEvents is how many of a run's events are printed, the last ones.
const shownEvents = 20

func (s *verbs) showRun(rec *lab.Record) {
	r := &rec.Run
	w := s.Out
	show.Summary(s.Stdio, r)
	shell.Line(w, "began", "%s", r.Began.Local().Format("2006-01-02 15:04:05"))
	if r.Host.OS != "" { // not where what ran is known from elsewhere only
		shell.Line(w, "on", "%s", lab.Clean(fmt.Sprintf("%s: %s %s, %s, %d cores, %s MB", r.Rig, r.Host.OS, r.Host.Kernel, r.Host.CPU, r.Host.Cores, numeral.Count(r.Host.MemoryMB))))
	}
	shell.Line(w, "by", "%s %s %s", shell.Name, r.Version, r.Commit)
	if r.Note != "" {
		shell.Line(w, "note", "%s", lab.Clean(r.Note))
	}
	fmt.Fprintf(w, "\n%s\n", s.Bold(fmt.Sprintf("settings (%d changed on the way)", r.Changes)))
	for _, set := range r.Settings() {
		fmt.Fprintf(w, "  %-20s %s\n", set.Name, lab.Clean(set.Text))
	}
	var events []lab.Event
	for i := range rec.Ticks {
		events = append(events, rec.Ticks[i].Events...)
	}
	if len(events) == 0 {
		return
	}
	last := events[max(0, len(events)-shownEvents):]
	fmt.Fprintf(w, "\n%s\n", s.Bold(fmt.Sprintf("events (%d of %d)", len(last), len(events))))
	for _, e := range last {
		at := int((e.At - r.Origin).Seconds())
		fmt.Fprintf(w, "  %02d:%02d  %-9s %s (%s)\n", at/60, at%60, e.Kind, lab.Clean(e.Text), e.By)
	}
}

func (s *verbs) name() *cobra.Command {
	c := &cobra.Command{Use: "name ID TEXT", Short: "name a run", Args: flags.RunIDs(1, 2), Example: "autoscale-lab history name 42 'upper at 40 %'"}
	return s.noted(c, flags.Of(c).Place(), func(ctx context.Context, h Notebook, args []string) error {
		return h.SetName(ctx, flags.ParseIDs(args[:1])[0], lab.Clean(args[1]))
	})
}

func (s *verbs) note() *cobra.Command {
	c := &cobra.Command{Use: "note ID TEXT", Short: "write a note to a run", Args: flags.RunIDs(1, 2), Example: "autoscale-lab history note 42 'beside a build'"}
	return s.noted(c, flags.Of(c).Place(), func(ctx context.Context, h Notebook, args []string) error {
		return h.SetNote(ctx, flags.ParseIDs(args[:1])[0], lab.Clean(args[1]))
	})
}

func (s *verbs) baseline() *cobra.Command {
	c := &cobra.Command{Use: "baseline ID", Short: "make a run the one that others are measured by", Args: flags.RunIDs(1, 1), Example: "autoscale-lab history baseline 42\nautoscale-lab history baseline 42 --off"}
	f := flags.Of(c)
	off := f.Truth("off", "no longer")
	return s.noted(c, f.Place(), func(ctx context.Context, h Notebook, args []string) error {
		return h.SetBaseline(ctx, flags.ParseIDs(args)[0], !*off)
	})
}

func (s *verbs) delete() *cobra.Command {
	c := &cobra.Command{Use: "delete ID…", Short: "delete runs", Args: flags.RunIDs(-1, -1), Example: "autoscale-lab history delete 40 41"}
	return s.noted(c, flags.Of(c).Place(), func(ctx context.Context, h Notebook, args []string) error {
		if err := h.Delete(ctx, flags.ParseIDs(args)...); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "deleted %s\n", strings.Join(args, ", "))
		return nil
	})
}
