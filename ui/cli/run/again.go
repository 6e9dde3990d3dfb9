package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

// ofTheLoad are the flags that say what another run's load says already.
var ofTheLoad = []string{"load", "seed"}

// Again is history rerun.
func Again(io shell.Stdio, d Deps) *cobra.Command {
	s := &verbs{io, d}
	c := &cobra.Command{
		Use: "rerun ID", Short: "a run again: the same load and settings, but for what flags say", Args: flags.RunIDs(1, 1),
		Long: "Gives the load of a recorded run again: its arrivals, its seed and its length, and at the same moments what was turned on the load, killed, hung, drained and marked. " +
			"Settings are as they were when that run began, but for those that flags name: --policy above all. A fleet that was scaled by hand is left to the policy that --policy names. " + seriesHelp,
		Example: `autoscale-lab history rerun 42
autoscale-lab history rerun 42 --policy threshold:upper=60
autoscale-lab history rerun 42 --policy threshold --policy hpa:target=60 --repeat 5`,
	}
	f := s.runFlags(c)
	for _, name := range ofTheLoad {
		c.Flags().MarkHidden(name)
	}
	for _, name := range []string{"policy", "speed", "balance", "duration", "interval", "timeout", "slo", "price", "min", "max", "size", "work", "boot",
		"queue", "workers", "work-dist", "drain", "hang-kill", "port", "base-port", "ready-path", "start-timeout"} {
		f.Lookup(name).DefValue = "" // the run's
	}
	c.Flag("duration").Usage = "end it earlier"
	c.RunE = func(c *cobra.Command, args []string) error {
		id := flags.ParseIDs(args)[0]
		if err := f.noLoad(fmt.Sprintf("no such flag: the load is that of run %d (autoscale-lab run takes another)", id)); err != nil {
			return err
		}
		rec, err := s.replayed(c.Context(), f, flags.Path(c), id)
		if err != nil {
			return err
		}
		f.Base = rec.Run.Experiment
		f.Base.Repeats, f.Base.Series = 0, ""
		if app := f.Base.Fleet.App; len(app) > 0 && !f.Changed("app") { // which an import may have brought
			f.Notes = append(f.Notes, fmt.Sprintf("the command of run %d is started: %s", id, strings.Join(app, " ")))
		}
		if !f.Changed("name") {
			f.title.Values = []string{fmt.Sprintf("run %d again", id)}
		}
		return s.carryOut(c.Context(), f, rec)
	}
	return c
}

// noLoad refuses flags that contradict the load of another run.
func (f *runFlags) noLoad(want string) error {
	for _, name := range ofTheLoad {
		if f.Changed(name) {
			return &lab.InputError{Field: "--" + name, Value: f.Lookup(name).Value.String(), Want: want}
		}
	}
	return nil
}

// replayed is the run whose load is to be given again.
func (s *verbs) replayed(ctx context.Context, f *runFlags, field string, id int64) (*lab.Record, error) {
	groups, err := s.d.Load(ctx, f.db.Notebook(), []int64{id})
	if err != nil {
		return nil, err
	}
	rec := groups[0][0]
	if want := rec.Unrepeatable(); want != "" {
		return nil, &lab.InputError{Field: field, Value: fmt.Sprint(id), Want: want}
	}
	for i := range rec.Ticks {
		if rec.Ticks[i].Sample.Foreign.Offered > 0 {
			f.Notes = append(f.Notes, fmt.Sprintf("run %d had requests from elsewhere as well: those do not come again", id))
			break
		}
	}
	return &rec, nil
}

// cutTo is the length that --duration cuts a run's load to.
func (f *runFlags) cutTo(r *lab.Run) (time.Duration, error) {
	e := f.Base
	if err := f.Turn(flags.Dials(&e), "duration"); err != nil {
		return 0, err
	}
	if e.Duration == 0 || e.Duration > r.Duration+r.Experiment.Interval/2 {
		return 0, &lab.InputError{Field: "--duration", Value: f.Lookup("duration").Value.String(), Want: fmt.Sprintf("more than 0 s and at most %s: the load of run %d lasts no longer", numeral.Length(r.Duration), r.ID)}
	}
	return min(e.Duration, r.Duration), nil
}
