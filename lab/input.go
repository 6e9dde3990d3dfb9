package lab

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// InputError is bad input from outside: what was set, to what, and what is
// allowed. The shell ends with exit code 2 on one, the screen shows it red.
type InputError struct {
	Field string // "upper", "--duration", "policy"
	Value string // as it was given
	Want  string // what is allowed: "1 % to 100 %"
	Near  string // the nearest right name, if one is near
}

func (e *InputError) Error() string {
	s := fmt.Sprintf("%s: %q: want %s", e.Field, e.Value, e.Want)
	if e.Near != "" {
		s += fmt.Sprintf(" (did you mean %q?)", e.Near)
	}
	return s
}

// NotOneOf is the InputError for a name that is none of the names allowed.
func NotOneOf(field, value string, names []string) *InputError {
	return &InputError{Field: field, Value: value, Want: "one of " + strings.Join(names, ", "), Near: Nearest(value, names)}
}

// Nearest is the name that value was probably meant to be, or "".
func Nearest(value string, names []string) string {
	best, least := "", max(2, len(value)/2)+1
	for _, n := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(value), n); d < least {
			best, least = n, d
		}
	}
	return best
}
