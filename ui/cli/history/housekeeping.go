package history

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/cli/flags"
)

func (s *verbs) prune() *cobra.Command {
	c := &cobra.Command{
		Use: "prune", Short: "delete old runs for good", Args: flags.NoArgs,
		Long: "Deletes what comes after the newest N runs (--keep), what began longer ago than a time (--older), or, with both, what is both; and gives the room back to the disk. " +
			"The baseline and runs with a note stay unless --all says otherwise. A run that is being recorded stays.",
		Example: "autoscale-lab history prune --older 30d --dry-run\nautoscale-lab history prune --keep 100 --all",
	}
	f := flags.Of(c)
	var o PruneOptions
	dial := lab.Panel{lab.DialInt(lab.Knob{Name: "keep", Help: "keep the newest N runs", Min: 1, Max: 1e9}, &o.Keep)}
	f.Knobs(dial.Knobs(), "keep")
	f.Lookup("keep").DefValue = ""
	older := f.Text("older", "TIME", "", "delete only what began longer ago: 30d, 12h; a bare number is days")
	f.BoolVar(&o.All, "all", false, "also the baseline and runs with a note")
	f.BoolVar(&o.DryRun, "dry-run", false, "only tell what would go")
	asJSON := f.Truth("json", "print what went as JSON")
	s.noted(c, f.Place(), func(ctx context.Context, h Notebook, _ []string) error {
		before, err := h.Size()
		if err != nil {
			return err
		}
		gone, err := h.Prune(ctx, o)
		if err != nil {
			return err
		}
		after, err := h.Size()
		if err != nil {
			return err
		}
		if *asJSON {
			return s.PrintJSON(struct {
				Runs   []int64 `json:"runs"`
				DryRun bool    `json:"dry_run"`
				Freed  int64   `json:"freed_bytes"`
				Size   int64   `json:"size_bytes"`
			}{append([]int64{}, gone...), o.DryRun, max(before-after, 0), after})
		}
		runs := fmt.Sprintf("%d runs: %s", len(gone), strings.ReplaceAll(report.SpellSide(gone), ",", ", "))
		if len(gone) == 1 {
			runs = fmt.Sprintf("run %d", gone[0])
		}
		switch {
		case len(gone) == 0:
			fmt.Fprintf(s.Out, "nothing to delete; the notebook takes %s\n", room(after))
		case o.DryRun:
			fmt.Fprintf(s.Out, "would delete %s\n", runs)
		default:
			fmt.Fprintf(s.Out, "deleted %s\n%s given back; the notebook takes %s\n", runs, room(max(before-after, 0)), room(after))
		}
		return nil
	})
	inner := c.RunE
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if err := f.Turn(dial, "keep"); err != nil {
			return err
		}
		if f.Changed("older") {
			if o.OlderThan, err = age(older.String()); err != nil {
				return err
			}
		}
		if !f.Changed("keep") && !f.Changed("older") {
			return flags.UsageError("history prune: want --keep N or --older TIME")
		}
		return inner(c, args)
	}
	return c
}

// age reads a time that may be in days; a bare number is.
func age(text string) (time.Duration, error) {
	const most = 36500 // days: a hundred years
	const day = 24 * time.Hour
	d, err := time.ParseDuration(text)
	if days, derr := strconv.ParseFloat(strings.TrimSuffix(text, "d"), 64); derr == nil && days <= most {
		d, err = time.Duration(days*float64(day)), nil
	}
	if err != nil || d <= 0 || d > most*day {
		return 0, &lab.InputError{Field: "--older", Value: text, Want: "a time of at most 36500d, like 30d or 12h"}
	}
	return d, nil
}

// room is a number of bytes as people read it.
func room(bytes int64) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%d kB", (bytes+999)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

func (s *verbs) backup() *cobra.Command {
	c := &cobra.Command{
		Use: "backup FILE", Short: "copy the notebook into another file", Args: oneFile,
		Long:    "Copies all runs into a file that is not there yet, also while a run is being recorded. The file is there when it is whole, and is a notebook like any other: --db FILE opens it.",
		Example: "autoscale-lab history backup lab-$(date +%F).db",
	}
	return s.noted(c, flags.Of(c).Place(), func(ctx context.Context, h Notebook, args []string) error {
		if err := h.Backup(ctx, args[0]); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "copied %s to %s\n", h.Path(), lab.Clean(args[0]))
		return nil
	})
}

func oneFile(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return flags.UsageError(fmt.Sprintf("%s: want %s %s", flags.Path(c), c.Parent().CommandPath(), c.Use))
	}
	if args[0] == "-" {
		return &lab.InputError{Field: flags.Path(c), Value: "-", Want: "the name of a file: a notebook is not written to stdout"}
	}
	return nil
}

func (s *verbs) path() *cobra.Command {
	c := &cobra.Command{Use: "path", Short: "where the notebook is, and how much room it takes", Args: flags.NoArgs, Example: "sqlite3 \"$(autoscale-lab history path)\" .schema\nautoscale-lab history path --json"}
	f := flags.Of(c)
	asJSON := f.Truth("json", "print path and size as JSON")
	return s.noted(c, f.Place(), func(_ context.Context, h Notebook, _ []string) error {
		size, err := h.Size()
		if err != nil {
			return err
		}
		free, err := h.Free()
		if err != nil {
			return err
		}
		switch {
		case *asJSON:
			return s.PrintJSON(struct {
				Path string `json:"path"`
				Size int64  `json:"size_bytes"`
				Free int64  `json:"free_bytes"`
			}{h.Path(), size, free})
		case s.OutTTY:
			fmt.Fprintf(s.Out, "%s  (%s, %s of it free for later runs)\n", h.Path(), room(size), room(free))
		default: // for other programs
			fmt.Fprintln(s.Out, h.Path())
		}
		return nil
	})
}
