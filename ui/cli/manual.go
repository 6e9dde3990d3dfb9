package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

// man prints manual pages made from the same words as the help.
func (s *verbs) man() *cobra.Command {
	return &cobra.Command{
		Use: "man [VERB]", Short: "the manual page of the program or of a verb",
		Long:    "Prints the page in the format of man, for reading or installing.",
		Example: "autoscale-lab man | man -l -\nautoscale-lab man history show > autoscale-lab-history-show.1",
		RunE: func(c *cobra.Command, args []string) error {
			about, err := find(c.Root(), args)
			if err == nil {
				_, err = fmt.Fprint(s.Out, manual(about, s.d.Version().Version))
			}
			return err
		},
	}
}

// manual is a verb's page in the format of man(7). Cobra's own is not used: it
// goes by way of Markdown, and the package init of the renderer was the dearest
// of all that each instance of a lab pays for at its start.
func manual(c *cobra.Command, version string) string {
	var b strings.Builder
	head := func(text string) { fmt.Fprintf(&b, ".SH %s\n", roff(strings.ToUpper(text))) }
	term := func(name, text string) { fmt.Fprintf(&b, ".TP\n\\fB%s\\fP\n%s\n", roff(name), roff(text)) }
	fmt.Fprintf(&b, ".nh\n.TH \"%s\" \"1\" \"\" \"%s %s\" \"%s\"\n", strings.ToUpper(pageName(c)), shell.Name, version, shell.Name)
	head("Name")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(pageName(c)), roff(c.Short))
	head("Synopsis")
	fmt.Fprintf(&b, "\\fB%s\\fP\n", roff(c.UseLine()))
	if c.Long != "" {
		head("Description")
		fmt.Fprintf(&b, "%s\n", roff(c.Long))
	}
	var related []string
	if c.HasParent() {
		related = append(related, pageName(c.Parent()))
	}
	if c.HasAvailableSubCommands() {
		head("Verbs")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				term(sub.Name(), sub.Short)
				related = append(related, pageName(sub))
			}
		}
	}
	for _, g := range flags.Groups(c.LocalFlags()) {
		head(g.Name)
		for _, f := range g.Flags {
			term(flagUsage(f))
		}
	}
	if c.Example != "" {
		head("Examples")
		fmt.Fprintf(&b, ".nf\n%s\n.fi\n", roff(c.Example))
	}
	head("Exit status")
	b.WriteString("0 done, 1 failed, 2 wrong input, 130 interrupted\n")
	if len(related) > 0 {
		head("See also")
		fmt.Fprintf(&b, "%s(1)\n", roff(strings.Join(related, "(1), ")))
	}
	return b.String()
}

// pageName is the name of a verb's manual page: autoscale-lab-history-show.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// roff is text as man(7) takes it literally.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line // else it would be an order
		}
	}
	return strings.Join(lines, "\n")
}
