package bench

import (
	"errors"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/theme"
)

// input is a text being typed: a knob's value, or a note.
type input struct {
	field  textinput.Model
	prompt string
	want   string // what is allowed
	bad    string // why the last try was refused
	at     spot   // whose selected dial it belongs to, or none
	done   func(text string) error
}

func newInput(prompt, want string, at spot, done func(string) error) *input {
	in := &input{field: textinput.New(), prompt: prompt, want: want, at: at, done: done}
	in.field.CharLimit = 200
	in.field.Cursor.SetMode(cursor.CursorStatic)
	in.field.Focus()
	return in
}

// Typing tells whether keys are text just now.
func (m *Model) Typing() bool { return m.input != nil }

// Type takes a key while Typing: enter tries the text, esc gives up.
func (m *Model) Type(msg tea.KeyMsg) tea.Cmd {
	in := m.input
	switch msg.String() {
	case "esc":
		m.input = nil
	case "enter":
		err := in.done(in.field.Value())
		var bad *lab.InputError
		switch {
		case err == nil:
			m.input = nil
			m.Sync()
		case errors.As(err, &bad):
			in.bad = bad.Error()
		default:
			m.input = nil
			return pane.Complain(err)
		}
	default:
		in.bad = ""
		in.field, _ = in.field.Update(msg)
	}
	return nil
}

// edit is what is typed into the selected dial of a pane, if something is.
func (m *Model) edit(s spot) *pane.Edit {
	if m.input == nil || m.input.at != s {
		return nil
	}
	return &pane.Edit{Text: m.input.field.Value(), Cursor: m.input.field.Position(), Bad: m.input.bad != ""}
}

func (in *input) status(th *theme.Theme, w int) string {
	if in.bad != "" {
		return th.Clip(th.Bad.Paint(th.Spell(" ! "+in.bad)), w)
	}
	text := in.field.Value()
	if in.at == none {
		at := in.field.Position()
		runes := []rune(text + " ")
		text = string(runes[:at]) + th.Cursor.Paint(string(runes[at])) + string(runes[at+1:])
	}
	left := " " + th.Bold.Paint(th.Spell(in.prompt)) + " " + text
	if in.want != "" {
		left += "  " + th.Dim.Paint(th.Spell(in.want))
	}
	return th.Clip(left, w)
}
