package cli

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

const (
	helpWidth  = 100 // at most
	flagColumn = 24
)

// help prints what a verb does. It asks the terminal nothing.
func (s *verbs) help(c *cobra.Command, _ []string) {
	width := helpWidth
	if s.OutTTY && s.Width > 2*flagColumn {
		width = min(width, s.Width)
	}
	var b strings.Builder
	head := func(text string) { fmt.Fprintf(&b, "\n%s\n", s.Bold(text)) }
	fmt.Fprintf(&b, "%s: %s\n", s.Bold(c.CommandPath()), c.Short)
	if c.Long != "" {
		fmt.Fprintf(&b, "\n%s\n", wrapped(c.Long, width-2))
	}
	head("Usage")
	if c.Runnable() {
		fmt.Fprintf(&b, "  %s\n", c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s VERB [flags]\n", c.CommandPath())
		head("Verbs")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	if c.Example != "" {
		head("Examples")
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(c.Example, "\n", "\n  "))
	}
	for _, g := range flags.Groups(c.LocalFlags()) {
		head(g.Name)
		for _, f := range g.Flags {
			b.WriteString(flagHelp(f, width))
		}
	}
	head("More")
	fmt.Fprintf(&b, "  %s VERB --help, %s man VERB\n", shell.Name, shell.Name)
	fmt.Fprintf(&b, "  Exit codes: 0 done, 1 failed, 2 wrong input, 130 interrupted\n")
	fmt.Fprint(c.OutOrStdout(), b.String())
}

// wrapped breaks a text into lines at its blanks alone: a --flag stays whole.
func wrapped(text string, width int) string {
	const hyphen = "\u2011" // one that does not break
	return strings.ReplaceAll(ansi.Wordwrap(strings.ReplaceAll(text, "-", hyphen), width, ""), hyphen, "-")
}

func flagHelp(f *pflag.Flag, width int) string {
	left, usage := flagUsage(f)
	lines := strings.Split(wrapped(usage, width-flagColumn-2), "\n")
	return fmt.Sprintf("%-*s %s\n", flagColumn, "  "+left, strings.Join(lines, "\n"+strings.Repeat(" ", flagColumn+1)))
}

// flagUsage is how a flag is written, and what it does.
func flagUsage(f *pflag.Flag) (left, usage string) {
	left, usage = "--"+f.Name, f.Usage
	if kind := f.Value.Type(); kind != "bool" {
		left += " " + kind
	}
	if d := f.DefValue; d != "" && d != "false" {
		usage += " (" + d + ")"
	}
	return left, usage
}

// helpVerb is help VERB, the same as VERB --help.
func (s *verbs) helpVerb() *cobra.Command {
	return &cobra.Command{
		Use: "help [VERB]", Short: "what a verb does", Example: "autoscale-lab help run",
		RunE: func(c *cobra.Command, args []string) error {
			about, err := find(c.Root(), args)
			if err != nil {
				return err
			}
			s.help(about, nil)
			return nil
		},
	}
}

// find is the verb of that path.
func find(root *cobra.Command, path []string) (*cobra.Command, error) {
	at := root
	for _, word := range path {
		var names []string
		var next *cobra.Command
		for _, c := range at.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, c.Name())
			}
			if c.Name() == word {
				next = c
			}
		}
		if next == nil {
			return nil, lab.NotOneOf("verb", word, names)
		}
		at = next
	}
	return at, nil
}

func (s *verbs) version() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "version, commit, Go, SQLite", Args: flags.NoArgs, Example: "autoscale-lab version --json"}
	asJSON := flags.Of(c).Truth("json", "print them as JSON")
	c.RunE = func(*cobra.Command, []string) error {
		v := s.d.Version()
		if *asJSON {
			return s.PrintJSON(v)
		}
		fmt.Fprintf(s.Out, "%s %s\ncommit %s\n%s\n%s\n", shell.Name, v.Version, v.Commit, v.Go, v.SQLite)
		return nil
	}
	return c
}

// tidyCompletion gives cobra's completion verb our manners.
func tidyCompletion(c *cobra.Command) {
	c.Short = "completion scripts for bash, zsh, fish and powershell"
	c.Example = "source <(autoscale-lab completion bash)\nautoscale-lab completion zsh > \"${fpath[1]}/_autoscale-lab\"\nautoscale-lab completion fish > ~/.config/fish/completions/autoscale-lab.fish"
	c.Long = ""
	c.Args = flags.NoArgs
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}
