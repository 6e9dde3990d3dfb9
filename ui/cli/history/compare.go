package history

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"autoscale-lab/lab/report"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/show"
)

func (s *verbs) compare() *cobra.Command {
	c := &cobra.Command{
		Use: "compare A [B…]", Short: "two to four runs, or groups of repeats, side by side", Args: compared,
		Long: "Tells whether runs were offered the same load, what was set differently, their figures, and what may be said of them. " + sideHelp +
			" One side alone is compared with the baseline, which is A then: with its repeats if the side has several runs.",
		Example: `autoscale-lab history compare 41 42
autoscale-lab history compare 41-45 46-50
autoscale-lab history compare 42
autoscale-lab history compare 41,43,45 42,44,46 --json | jq -r .verdict`,
	}
	f := flags.Of(c)
	asJSON := f.Truth("json", "print the comparison as JSON")
	return s.noted(c, f.Place(), func(ctx context.Context, h Notebook, args []string) error {
		sides, err := report.ParseSides(flags.Path(c), args)
		if err == nil && len(sides) == 1 {
			sides, err = besideBaseline(ctx, h, flags.Path(c), sides[0])
		}
		if err != nil {
			return err
		}
		groups, err := loadSides(ctx, h, sides)
		if err != nil {
			return err
		}
		for _, rec := range slices.Concat(groups...) {
			if err := report.Told(&rec); err != nil {
				return err
			}
		}
		cmp := report.CompareGroups(groups)
		if *asJSON {
			text, err := cmp.JSON()
			if err == nil {
				_, err = s.Out.Write(text)
			}
			return err
		}
		show.Comparison(s.Stdio, &cmp)
		return nil
	})
}
