// Package shell is what the verbs have in common: where they read and print,
// how they end, and how figures, tables and progress look in a terminal.
//
//	System ─▶ Stdio ─ Bold, Say, Notes, Complain, PrintJSON ─▶ stdout, stderr
//	            └──── Progress ◀─ lab.Tick, lab.Traffic
//	Columns ─▶ Table ─ Row, Print ─▶ stdout      Figure, Rate, Latency … ─▶ words
package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"autoscale-lab/lab"
)

// Name is the program's.
const Name = "autoscale-lab"

// What ends a verb without a word of its own.
var (
	ErrInterrupted = errors.New("interrupted")
	ErrSaid        = errors.New("failed, and said so")
)

// Stdio is where a verb reads from and prints to, and which of the three are
// terminals.
type Stdio struct {
	In                    io.Reader
	Out, Err              io.Writer
	InTTY, OutTTY, ErrTTY bool
	Width                 int // columns of the terminal; 0 if there is none
}

// System is the process's own Stdio.
func System() Stdio {
	is := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	s := Stdio{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY: is(os.Stdin), OutTTY: is(os.Stdout), ErrTTY: is(os.Stderr),
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && s.Width == 0 {
			s.Width = w
		}
	}
	return s
}

// FullScreen tells whether a full screen can be drawn.
func (s Stdio) FullScreen() bool { return s.InTTY && s.OutTTY && os.Getenv("TERM") != "dumb" }

// Bold is text as a heading, on a terminal that has such.
func (s Stdio) Bold(text string) string {
	if !s.OutTTY || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// PrintJSON prints v, indented.
func (s Stdio) PrintJSON(v any) error {
	text, err := Indent(v)
	if err != nil {
		return fmt.Errorf("shell: encode: %w", err)
	}
	_, err = fmt.Fprintf(s.Out, "%s\n", text)
	return err
}

// Complain says on stderr what went wrong, in one line.
func (s Stdio) Complain(err error) {
	fmt.Fprintf(s.Err, "%s: %s\n", Name, lab.Clean(err.Error()))
}

// Notes says on stderr what should be known.
func (s Stdio) Notes(lines []string) {
	for _, l := range lines {
		fmt.Fprintf(s.Err, "%s: note: %s\n", Name, lab.Clean(l))
	}
}

// Status takes what is to be said before a run begins.
func (s Stdio) Status(quiet bool) func(string) {
	return func(text string) {
		if !quiet {
			fmt.Fprintln(s.Err, lab.Clean(text))
		}
	}
}

// Say prints a line of what a server has to tell.
func (s Stdio) Say(text string) { fmt.Fprintln(s.Out, lab.Clean(text)) }

// Until is the error of a deed that an interrupt may have ended.
func Until(ctx context.Context, err error) error {
	if err == nil && ctx.Err() != nil {
		return ErrInterrupted
	}
	return err
}

// Known is v, or nil if there is nothing in it.
func Known[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// Indent is v as JSON for people and jq alike; < and > stay as they are.
func Indent(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
