package flags

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"autoscale-lab/lab"
)

// AsInput is an error as a mistake in what was typed.
func AsInput(err error) *lab.InputError {
	var e *lab.InputError
	if errors.As(err, &e) {
		return e
	}
	return &lab.InputError{Field: "input", Want: err.Error()}
}

// Named names the flag where an error's field is the bare name of one.
func Named(flags *pflag.FlagSet, e *lab.InputError) *lab.InputError {
	field, rest, _ := strings.Cut(e.Field, " ")
	if flags.Lookup(field) == nil {
		return e
	}
	f := *e
	f.Field = strings.TrimSpace("--" + field + " " + rest)
	return &f
}

// From says by which flag a wrong spec came in.
func From(flag string, err error) error {
	e := *AsInput(err)
	if e.Field == "policy" || e.Field == flag { // of its kind
		e.Field = ""
	}
	e.Field = strings.TrimSpace("--" + flag + " " + e.Field)
	return &e
}
