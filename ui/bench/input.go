package bench

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/knobs"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// input is a text being typed: a knob's value, or a note.
type input struct {
	field  *screen.Field
	prompt string
	want   string // what is allowed
	bad    string // why the last try was refused
	at     spot   // whose selected dial it belongs to, or none
	done   func(text string) error
}

func newInput(prompt, want string, at spot, done func(string) error) *input {
	return &input{field: screen.NewField("", 200), prompt: prompt, want: want, at: at, done: done}
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
		err := in.done(in.field.Text())
		var bad *lab.InputError
		switch {
		case err == nil:
			m.input = nil
			m.Sync()
		case errors.As(err, &bad):
			in.bad = bad.Error()
		default:
			m.input = nil
			return screen.Complain(err)
		}
	default:
		in.bad = ""
		in.field.Type(msg)
	}
	return nil
}

// edit is what is typed into the selected dial of a pane, if something is.
func (m *Model) edit(s spot) *knobs.Edit {
	if m.input == nil || m.input.at != s {
		return nil
	}
	return &knobs.Edit{Field: m.input.field, Bad: m.input.bad != ""}
}

func (in *input) status(th *theme.Theme, w int) string {
	if in.bad != "" {
		return th.Clip(th.Bad.Paint(th.Spell(" ! "+in.bad)), w)
	}
	left := " " + th.Bold.Paint(th.Spell(in.prompt)) + " "
	if in.at == none {
		left += in.field.Draw(th, w-theme.Width(left))
	} else { // its cursor is in the pane
		left += th.Spell(in.field.Text())
	}
	if in.want != "" {
		left += "  " + th.Dim.Paint(th.Spell(in.want))
	}
	return th.Clip(left, w)
}
