package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

// workbench gives the root its own deed.
func (s *verbs) workbench(c *cobra.Command) {
	c.Long = "Without a verb, autoscale-lab opens the workbench: load, balancer, instances and the scaling policy on one screen, everything on it turned by keys, every run recorded. space starts the load, + raises it, ? lists the keys that work now, q leaves."
	c.Example = `autoscale-lab
autoscale-lab --policy threshold:upper=60,lower=30 --load constant:rate=80
autoscale-lab --app 'python3 app.py --port {port}' --size 0.5`
	c.Args = flags.NoArgs
	setup := flags.NewSetup(c, lab.DefaultExperiment(), s.d.Algorithms)
	setup.Group = "Screen and notebook"
	ascii := setup.Truth("ascii", "draw with ASCII characters only")
	def := ""
	if len(s.d.Themes) > 0 {
		def = s.d.Themes[0]
	}
	theme := setup.Text("theme", "NAME", def, "colours: "+strings.Join(s.d.Themes, ", "))
	db := setup.Place()
	flags.Complete(c, "theme", s.d.Themes)
	c.RunE = func(c *cobra.Command, _ []string) error {
		e, err := setup.Experiment()
		if err != nil {
			return err
		}
		if err := flags.OneOf("--theme", theme.String(), s.d.Themes); err != nil {
			return err
		}
		s.Notes(setup.Notes)
		if !s.FullScreen() {
			return flags.UsageError("the workbench needs a terminal; without one, use: autoscale-lab run")
		}
		return shell.Until(c.Context(), s.d.Workbench(c.Context(), e, Options{
			DB: db.Notebook(), ASCII: *ascii, Theme: theme.String(),
			PolicyGiven: c.Flags().Changed("policy"), LoadGiven: c.Flags().Changed("load"), Notes: strings.Join(setup.Notes, "\n"),
		}))
	}
}
