// Package screen is what all screens share: the table of keys, from which
// footer and help are computed; the line one types in; and what a screen asks
// of the frame, as messages.
//
//	Bindings ─▶ Find (dispatch), Footer, Help
//	Toast, OpenRun, CompareRuns … ─▶ the frame
package screen

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Binding is one row of a screen's table of keys. What a key does, the footer
// and the help are all computed from the table, so that they agree.
type Binding struct {
	Keys  []string      // as the terminal library names them: "left", " ", "ctrl+c"
	Shown string        // as people read them: "←→", "space"
	Short func() string // what the footer says; nil keeps it out of the footer
	Rank  int           // in the footer: the greatest is cut first
	Long  string        // what the help says
	Each  []string      // what each of the first keys does, if not all the same: the palette's rows
	Group string        // its heading in the help
	When  func() bool   // whether it works now; nil: always
	Do    func(key string) tea.Cmd
}

// Works tells whether the binding does something now.
func (b *Binding) Works() bool { return b.When == nil || b.When() }

// Bindings is a table of them. The first that works and has the key gets it.
type Bindings []Binding

// Find is the binding that a key is for, or nil.
func (t Bindings) Find(key string) *Binding {
	for i := range t {
		if slices.Contains(t[i].Keys, key) && t[i].Works() {
			return &t[i]
		}
	}
	return nil
}

// Say makes a Short that never changes.
func Say(s string) func() string { return func() string { return s } }

// Does makes a Do of something that has no command.
func Does(do func()) func(string) tea.Cmd { return func(string) tea.Cmd { do(); return nil } }

// Alone makes a Do that is the same for all its keys.
func Alone(do func() tea.Cmd) func(string) tea.Cmd { return func(string) tea.Cmd { return do() } }

// Signed makes a Do that adds one for some keys ("right l"), and takes one for
// the others.
func Signed(up string, do func(by int) tea.Cmd) func(string) tea.Cmd {
	keys := strings.Fields(up)
	return func(key string) tea.Cmd {
		if slices.Contains(keys, key) {
			return do(1)
		}
		return do(-1)
	}
}

// Shift is Signed for what is done at once.
func Shift(up string, do func(by int)) func(string) tea.Cmd {
	return Signed(up, func(by int) tea.Cmd { do(by); return nil })
}

// Says makes a Do that tells why there is nothing to do.
func Says(text string) func(string) tea.Cmd { return func(string) tea.Cmd { return Tell(text) } }

// hint is a binding as the footer shows it.
type hint struct {
	rank, width int
	shown, says string
}

// hints is what works now and has something to say in the footer, cut by rank
// until it fits w cells with two between hints.
func (t Bindings) hints(th *theme.Theme, w int) []hint {
	var out []hint
	width := -2
	for i := range t {
		if b := &t[i]; b.Short != nil && b.Works() {
			h := hint{rank: b.Rank, shown: th.Spell(b.Shown), says: th.Spell(b.Short())}
			h.width = theme.Width(h.shown) + 1 + theme.Width(h.says) + 2
			width += h.width
			out = append(out, h)
		}
	}
	for width > w && len(out) > 0 {
		worst := 0
		for i, h := range out {
			if h.rank >= out[worst].rank {
				worst = i
			}
		}
		width -= out[worst].width
		out = slices.Delete(out, worst, worst+1)
	}
	return out
}

// groups are the headings of the bindings that work now, in order.
func (t Bindings) groups() []string {
	var out []string
	for i := range t {
		if g := t[i].Group; t[i].Works() && t[i].Long != "" && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// Toast is a message for the user, for some seconds, or, of an error, until a
// key is pressed. The frame shows it.
type Toast struct {
	Text  string
	Error bool
	Stays bool // until a key, though no error
}

// Tell makes a command that shows a toast.
func Tell(text string) tea.Cmd { return func() tea.Msg { return Toast{Text: text} } }

// Complain makes a command that shows an error, its package prefixes left out.
func Complain(err error) tea.Cmd {
	text := strings.TrimPrefix(err.Error(), "engine: ")
	if bad := (*lab.InputError)(nil); errors.As(err, &bad) && bad.Near != "" { // a list of all would not fit
		text = fmt.Sprintf("%s: %q: did you mean %s?", bad.Field, bad.Value, bad.Near)
	}
	return func() tea.Msg { return Toast{Text: text, Error: true} }
}
