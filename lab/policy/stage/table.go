package stage

import (
	"strings"

	"autoscale-lab/lab"
)

// Rows splits a list in its compact spelling; an empty text is none.
func Rows(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	out := strings.Split(text, "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// Clash is the refusal of two rows of a list that do not go together.
func Clash(field, a, b, want string) error {
	return &lab.InputError{Field: field, Value: a + " and " + b, Want: want}
}
