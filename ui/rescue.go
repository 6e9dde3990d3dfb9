package ui

import (
	"os"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// Rescue remembers how the terminal is now, before Run. The func it returns
// brings it back to that from any goroutine, whatever has become of the window:
// for a program that must end at once.
func Rescue() func() {
	fd := int(os.Stdin.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return func() {} // no terminal, nothing to bring back
	}
	return func() {
		os.Stdout.WriteString(ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr +
			ansi.ResetModeBracketedPaste + ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable + ansi.ResetStyle)
		term.Restore(fd, state)
	}
}
