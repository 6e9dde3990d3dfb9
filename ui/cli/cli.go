// Package cli is the shell: its verbs turn flags into lab values, call the
// deeds that main supplies, and print.
//
//	args ─▶ Main ─▶ verb ─ flags ─▶ lab.Experiment ─▶ Deps.Run, Workbench …
//	              run, history …                          │
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
	"io"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/history"
	"autoscale-lab/ui/cli/run"
	"autoscale-lab/ui/cli/shell"
)

// GuardVerb is a verb that the program gives to itself: the process that ends
// what a dead lab left behind.
const GuardVerb = "__guard"

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// verbs is one invocation.
type verbs struct {
	shell.Stdio
	d Deps
}

// Main carries out one command line (without the program's name) and returns
// the exit code. Cancelling ctx is the interrupt.
func Main(ctx context.Context, args []string, stdio shell.Stdio, d Deps) int {
	out := &heard{Writer: stdio.Out}
	stdio.Out = out
	s := &verbs{stdio, d}
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
	if err == nil && out.err != nil { // a table cut off is not done
		err = fmt.Errorf("cli: %w", out.err)
	}
	return s.exit(ctx, cmd, err)
}

// heard keeps the first error of a Writer for one who does not look at each.
type heard struct {
	io.Writer
	err error
}

func (h *heard) Write(p []byte) (int, error) {
	n, err := h.Writer.Write(p)
	if h.err == nil {
		h.err = err
	}
	return n, err
}

// root is the tree's trunk, without a branch.
func (s *verbs) root() *cobra.Command {
	root := &cobra.Command{
		Use: shell.Name, Short: "a workbench for understanding autoscaling",
		SilenceErrors: true, SilenceUsage: true, DisableAutoGenTag: true,
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetHelpFunc(s.help)
	root.SetFlagErrorFunc(flags.InOurWords)
	root.PersistentFlags().BoolP("help", "h", false, "what the verb does, its flags and examples")
	root.PersistentFlags().Lookup("help").Hidden = true
	return root
}

// grow gives the root its own deed, the workbench, and all verbs.
func (s *verbs) grow(root *cobra.Command) {
	s.workbench(root)
	recorded := history.Verb(s.Stdio, s.d.History)
	made := run.Deps{Run: s.d.Run, Load: s.d.History.Open.Load, Algorithms: s.d.Algorithms}
	recorded.AddCommand(run.Again(s.Stdio, made))
	root.AddCommand(run.Verb(s.Stdio, made), s.calibrate(), s.app(), s.load(), s.balance(), recorded, s.policies(), s.shapes(), s.export(), s.version(), s.man())
	root.SetHelpCommand(s.helpVerb())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			tidyCompletion(c)
		}
	}
}

// exit says what went wrong, in one line, and gives the code for it.
func (s *verbs) exit(ctx context.Context, cmd *cobra.Command, err error) int {
	var input *lab.InputError
	var usage flags.UsageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, shell.ErrInterrupted), errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, shell.ErrSaid):
		return exitFailed
	case errors.As(err, &input):
		s.Complain(flags.Named(cmd.Flags(), input))
		return exitUsage
	case errors.As(err, &usage):
		s.Complain(usage)
		return exitUsage
	}
	s.Complain(err)
	return exitFailed
}
