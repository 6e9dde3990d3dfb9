package history

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"autoscale-lab/lab"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// form is what is being typed: the filter, a run's name and note, or the policy
// to decide it again by.
type form struct {
	run    int64 // 0: the filter
	spec   bool  // the policy, not name and note
	labels []string
	fields []*screen.Field
	at     int // the field that takes the keys
}

func newForm(run int64, labels []string, texts ...string) *form {
	f := &form{run: run, labels: labels}
	for _, text := range texts {
		f.fields = append(f.fields, screen.NewField(text, 200))
	}
	return f
}

func (m *Model) typeFilter() { m.form = newForm(0, []string{"filter"}, m.text) }

func (m *Model) typeName() {
	r := m.selected()
	m.form = newForm(r.ID, []string{"name", "note"}, r.Name, r.Note)
}

// typeSpec begins with what was typed last: it may have been refused.
func (m *Model) typeSpec() {
	m.form = newForm(m.selected().ID, []string{"policy"}, m.spec)
	m.form.spec = true
}

// Typing tells whether keys are text just now.
func (m *Model) Typing() bool { return m.form != nil || m.exporting != nil }

// Type takes a key while Typing. A filter is looked for with every key: enter
// keeps it, esc clears it. A name is written by enter, a policy asked for.
func (m *Model) Type(msg tea.KeyMsg) tea.Cmd {
	f := m.form
	switch {
	case m.exporting != nil:
		return m.choosing(msg.String())
	case f == nil:
		return nil
	}
	filter := f.run == 0
	switch key := msg.String(); {
	case key == "esc":
		m.form = nil
		if filter {
			m.setFilter("")
		}
	case key == "enter":
		switch {
		case f.spec:
			m.form = nil
			return m.redecide(f)
		case !filter:
			m.form = nil
			return m.write(f)
		case m.bad == nil:
			m.form = nil
		}
	case filter && (key == "up" || key == "down"):
		m.move(map[string]int{"up": -1, "down": 1}[key])
	case key == "tab" || key == "down" || key == "shift+tab" || key == "up":
		f.at = (f.at + 1) % len(f.fields) // there are two at most
	default:
		f.fields[f.at].Type(msg)
		if filter {
			m.setFilter(f.fields[0].Text())
		}
	}
	return m.choose()
}

// redecide asks for the run with what a policy would have decided in it.
func (m *Model) redecide(f *form) tea.Cmd {
	m.spec = strings.TrimSpace(lab.Clean(f.fields[0].Text()))
	if m.spec == "" {
		return nil
	}
	msg := screen.RedecideRun{ID: f.run, Spec: m.spec}
	return func() tea.Msg { return msg }
}

// write keeps a name and a note.
func (m *Model) write(f *form) tea.Cmd {
	tidy := func(i int) string { return strings.TrimSpace(lab.Clean(f.fields[i].Text())) }
	id, name, note := f.run, tidy(0), tidy(1)
	return m.tell(func(ctx context.Context) error {
		return errors.Join(m.store.SetName(ctx, id, name), m.store.SetNote(ctx, id, note))
	}, func() tea.Cmd {
		if r := m.find(id); r != nil {
			r.Name, r.Note = name, note
		}
		return nil
	}, nil)
}

// field draws a text being typed in w cells, so that its cursor is seen.
func (f *form) field(th *theme.Theme, i, w int) string {
	if i != f.at {
		return th.Clip(th.Spell(f.fields[i].Text()), w)
	}
	return theme.Fit(f.fields[i].Draw(th, w), w)
}

// typed is the status line while something is typed.
func (m *Model) typed(w int) string {
	th, f := m.th, m.form
	switch {
	case f.spec:
		right := th.Dim.Paint(th.Spell(fmt.Sprintf("as hpa:target=60 · ⏎ decides run %d again · esc ", f.run)))
		const left = " policy: "
		if room := w - len(left) - theme.Width(right) - 2; room > 10 {
			return th.Row(left+f.field(th, 0, room), right, w)
		}
		return theme.Fit(left+f.field(th, 0, w-len(left)), w)
	case f.run != 0:
		return th.Clip(th.Dim.Paint(th.Spell(" tab other field · ⏎ keeps both · esc leaves them as they were")), w)
	case m.bad != nil:
		text := m.bad.Error()
		var bad *lab.InputError
		if errors.As(m.bad, &bad) && bad.Near != "" {
			text = fmt.Sprintf("%s: did you mean %s?", bad.Value, bad.Near)
		}
		left := " / " + f.field(th, 0, min(w/3, max(12, ansi.StringWidth(f.fields[0].Text())+2)))
		return th.Clip(left+"  "+th.Bad.Paint(th.Spell("! "+lab.Clean(text))), w)
	}
	right := th.Dim.Paint(th.Spell(fmt.Sprintf("%d of %d · ⏎ keeps · esc clears ", len(m.shown), len(m.runs))))
	if room := w - 3 - theme.Width(right) - 2; room > 10 {
		return th.Row(" / "+f.field(th, 0, room), right, w)
	}
	return theme.Fit(" / "+f.field(th, 0, w-3), w)
}
