package screen

import (
	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/theme"
)

// Field is a line of text being typed.
type Field struct{ in textinput.Model }

// NewField makes one of at most so many letters, its cursor at the end.
func NewField(text string, most int) *Field {
	f := &Field{textinput.New()}
	f.in.CharLimit = most
	f.in.Cursor.SetMode(cursor.CursorStatic)
	f.in.SetValue(text)
	f.in.Focus()
	return f
}

// Text is what has been typed.
func (f *Field) Text() string { return f.in.Value() }

// Type takes a key, or what was pasted: text, or a move of the cursor.
func (f *Field) Type(msg tea.KeyMsg) { f.in, _ = f.in.Update(msg) }

// Draw draws the text, with its cursor, on at most w cells: of a longer one the
// part around the cursor.
func (f *Field) Draw(th *theme.Theme, w int) string { return f.DrawIn(th, "", w) }

// DrawIn is Draw with the text in a style of its own.
func (f *Field) DrawIn(th *theme.Theme, ink theme.Style, w int) string {
	mark := ""
	if th.Cursor == "" { // nothing can be painted
		mark, w = "_", w-1
	}
	var letters []string
	for _, r := range f.in.Value() {
		letters = append(letters, th.Spell(string(r)))
	}
	letters = append(letters, " ")
	at := f.in.Position()
	from, to, width := at, at+1, theme.Width(letters[at])
	grow := func(i int) bool {
		if i < 0 || i == len(letters) || width+theme.Width(letters[i]) > w {
			return false
		}
		width += theme.Width(letters[i])
		return true
	}
	before, after := "", ""
	for grow(from - 1) {
		from--
		before = letters[from] + before
	}
	for grow(to) {
		after += letters[to]
		to++
	}
	return ink.Paint(before) + mark + th.Cursor.Paint(letters[at]) + ink.Paint(after)
}
