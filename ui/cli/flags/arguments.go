package flags

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"autoscale-lab/lab"
)

// UsageError is a wrong command line that is not about a value.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// InOurWords says in our words what pflag found.
func InOurWords(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		given := unknown.GetSpecifiedName()
		if s := unknown.GetSpecifiedShortnames(); s != "" {
			if given[0] >= '0' && given[0] <= '9' {
				return &lab.InputError{Field: Path(cmd), Value: "-" + s, Want: "no number below zero"}
			}
			return UsageError(fmt.Sprintf("-%s: unknown flag (flags have long names: %s --help lists them)", given, cmd.CommandPath()))
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
		return UsageError(fmt.Sprintf("--%s: unknown flag (%s)", given, hint))
	case errors.As(err, &bare):
		return UsageError(fmt.Sprintf("--%s: a value must follow", bare.GetSpecifiedName()))
	case errors.As(err, &bad):
		return &lab.InputError{Field: "--" + bad.GetFlag().Name, Value: bad.GetValue(), Want: "true or false"}
	}
	return UsageError(err.Error())
}

// NoArgs refuses arguments of a verb that takes none; of one that has verbs of
// its own, the argument was meant to be one of them.
func NoArgs(cmd *cobra.Command, args []string) error {
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
		return lab.NotOneOf(strings.TrimSpace(Path(cmd)+" verb"), args[0], verbs)
	}
	return &lab.InputError{Field: Path(cmd), Value: args[0], Want: "flags only"}
}

// Path is a verb's name with those of the verbs above it: history list.
func Path(c *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(c.CommandPath(), c.Root().Name()))
}

// RunIDs wants n arguments (-1: one or more), of which the first numbers (-1:
// all) are those of runs.
func RunIDs(numbers, n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 || n >= 0 && len(args) != n {
			return UsageError(fmt.Sprintf("%s: want %s %s", Path(c), c.Parent().CommandPath(), c.Use))
		}
		for i, a := range args {
			if id, err := strconv.ParseInt(a, 10, 64); (numbers < 0 || i < numbers) && (err != nil || id < 1) {
				return &lab.InputError{Field: Path(c), Value: a, Want: "the number of a run (autoscale-lab history lists them)"}
			}
		}
		return nil
	}
}

// ParseIDs is the numbers that ids has found good.
func ParseIDs(args []string) []int64 {
	out := make([]int64, len(args))
	for i, a := range args {
		out[i], _ = strconv.ParseInt(a, 10, 64)
	}
	return out
}

// OneOf refuses what is none of the names; nothing at all is the default.
func OneOf(field, value string, names []string) error {
	for _, n := range names {
		if n == value {
			return nil
		}
	}
	if value == "" {
		return nil
	}
	return lab.NotOneOf(field, value, names)
}
