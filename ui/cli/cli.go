// Package cli is the shell: its verbs turn flags into lab values, call the
// deeds that main supplies, and print.
//
//	args ─▶ Main ─▶ verb ─ flags ─▶ lab.Experiment ─▶ Deps.Run, Workbench …
//	                  │                                   │
//	                  │          progress ◀─ lab.Tick ────┤
//	                  └─ text or JSON ◀───── lab.Run ─────┘
//
// Every flag is checked before anything is called. Exit codes: 0 done, 1 the
// run or an expectation failed, 2 wrong usage or input, 130 interrupted.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/flags"
)

const name = "autoscale-lab"

// GuardVerb is a verb that the program gives to itself: the process that ends
// what a dead lab left behind.
const GuardVerb = "__guard"

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

var (
	errInterrupted = errors.New("interrupted")
	errSaid        = errors.New("failed, and said so")
)

// usageError is a wrong command line that is not about a value.
type usageError string

func (e usageError) Error() string { return string(e) }

// shell is one invocation.
type shell struct {
	Stdio
	d Deps
}

// Main carries out one command line (without the program's name) and returns
// the exit code. Cancelling ctx is the interrupt.
func Main(ctx context.Context, args []string, stdio Stdio, d Deps) int {
	s := &shell{stdio, d}
	if args == nil {
		args = []string{} // nil would make cobra look at os.Args
	}
	cobra.MousetrapHelpText = "" // double-clicked on Windows, the workbench opens as it does elsewhere
	root := s.root()
	if len(args) > 0 && args[0] == GuardVerb {
		return s.exit(ctx, root, d.Guard(s.In))
	}
	s.grow(root)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return s.exit(ctx, cmd, err)
}

// root is the tree's trunk, without a branch.
func (s *shell) root() *cobra.Command {
	root := &cobra.Command{
		Use: name, Short: "a workbench for understanding autoscaling",
		SilenceErrors: true, SilenceUsage: true, DisableAutoGenTag: true,
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetHelpFunc(s.help)
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().BoolP("help", "h", false, "what the verb does, its flags and examples")
	root.PersistentFlags().Lookup("help").Hidden = true
	return root
}

// grow gives the root its own deed, the workbench, and all verbs.
func (s *shell) grow(root *cobra.Command) {
	s.workbench(root)
	root.AddCommand(s.run(), s.calibrate(), s.app(), s.load(), s.balance(), s.history(), s.policies(), s.shapes(), s.export(), s.version(), s.man())
	root.SetHelpCommand(s.helpVerb())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			tidyCompletion(c)
		}
	}
}

// exit says what went wrong, in one line, and gives the code for it.
func (s *shell) exit(ctx context.Context, cmd *cobra.Command, err error) int {
	var input *lab.InputError
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, errSaid):
		return exitFailed
	case errors.As(err, &input):
		s.complain(flags.Named(cmd.Flags(), input))
		return exitUsage
	case errors.As(err, &usage):
		s.complain(usage)
		return exitUsage
	}
	s.complain(err)
	return exitFailed
}

func (s *shell) complain(err error) {
	fmt.Fprintf(s.Err, "%s: %s\n", name, lab.Clean(err.Error()))
}

// flagError says in our words what pflag found.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		given := unknown.GetSpecifiedName()
		if s := unknown.GetSpecifiedShortnames(); s != "" {
			return usageError(fmt.Sprintf("-%s: unknown flag (flags have long names: %s --help lists them)", given, cmd.CommandPath()))
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		hint := cmd.CommandPath() + " --help lists them"
		if near := lab.Nearest(given, names); near != "" {
			hint = fmt.Sprintf("did you mean %q?", "--"+near)
		}
		return usageError(fmt.Sprintf("--%s: unknown flag (%s)", given, hint))
	case errors.As(err, &bare):
		return usageError(fmt.Sprintf("--%s: a value must follow", bare.GetSpecifiedName()))
	case errors.As(err, &bad):
		return &lab.InputError{Field: "--" + bad.GetFlag().Name, Value: bad.GetValue(), Want: "true or false"}
	}
	return usageError(err.Error())
}

// noArgs refuses arguments of a verb that takes none; of one that has verbs of
// its own, the argument was meant to be one of them.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var verbs []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			verbs = append(verbs, c.Name())
		}
	}
	if len(verbs) > 0 {
		return lab.NotOneOf(strings.TrimSpace(path(cmd)+" verb"), args[0], verbs)
	}
	return &lab.InputError{Field: path(cmd), Value: args[0], Want: "flags only"}
}

// path is a verb's name with those of the verbs above it: history list.
func path(c *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(c.CommandPath(), name))
}

// tty tells whether a full screen can be drawn.
func (s *shell) tty() bool { return s.InTTY && s.OutTTY && os.Getenv("TERM") != "dumb" }

// bold is text as a heading, on a terminal that has such.
func (s *shell) bold(text string) string {
	if !s.OutTTY || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// printJSON prints v, indented.
func (s *shell) printJSON(v any) error {
	text, err := indent(v)
	if err != nil {
		return fmt.Errorf("cli: encode: %w", err)
	}
	_, err = fmt.Fprintf(s.Out, "%s\n", text)
	return err
}
