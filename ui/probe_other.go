//go:build !linux && !darwin

package ui

import (
	"os"
	"time"
)

// probe knows no way here of asking the terminal that surely ends in time.
func probe(_, _ *os.File, _ time.Duration) terminal { return terminal{} }
