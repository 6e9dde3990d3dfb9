package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// palette is a list of every action that works now, filtered as one types.
type palette struct {
	field *screen.Field
	at    int // the selected action
	first int // the first shown
}

// deed is one row of it.
type deed struct {
	key         string // as the terminal library names it
	shown, text string
	group       string
	do          func(key string) tea.Cmd
}

func newPalette() *palette { return &palette{field: screen.NewField("", 100)} }

// names of keys as people read them, where they are not the library's.
var names = map[string]string{
	" ": "space", "left": "←", "right": "→", "up": "↑", "down": "↓", "enter": "⏎", "shift+left": "⇧←", "shift+right": "⇧→",
}

// deedsOf lists what a table of keys can do now.
func deedsOf(t screen.Bindings) []deed {
	var out []deed
	for i := range t {
		b := &t[i]
		if !b.Works() || b.Long == "" || b.Do == nil {
			continue
		}
		if len(b.Each) == 0 {
			d := deed{shown: b.Shown, text: b.Long, group: b.Group, do: b.Do}
			if len(b.Keys) > 0 {
				d.key = b.Keys[0]
			}
			out = append(out, d)
			continue
		}
		for j, text := range b.Each {
			key := b.Keys[j]
			out = append(out, deed{key: key, shown: cmp.Or(names[key], key), text: text, group: b.Group, do: b.Do})
		}
	}
	return out
}

// matching is the deeds that fit what is typed, the best first.
func matching(deeds []deed, typed string) []deed {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return deeds
	}
	type scored struct {
		deed
		score int
	}
	var found []scored
	for _, d := range deeds {
		score, ok := fits(typed, d.text+" "+d.group)
		if typed == d.key || typed == d.shown {
			score, ok = 1000, true
		}
		if ok {
			found = append(found, scored{d, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return b.score - a.score })
	out := make([]deed, len(found))
	for i := range found {
		out[i] = found[i].deed
	}
	return out
}

// fits tells whether every word typed is in a text, if need be with other
// letters in between, and how well: whole beats scattered, the beginning of a
// word beats its middle, early beats late.
func fits(typed, text string) (score int, ok bool) {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(typed)) {
		if i := strings.Index(text, word); i >= 0 {
			score += 200 - min(i, 50)
			if i == 0 || text[i-1] == ' ' {
				score += 100
			}
			continue
		}
		rest, gaps := text, 0
		for _, r := range word {
			i := strings.IndexRune(rest, r)
			if i < 0 {
				return 0, false
			}
			gaps += i
			rest = rest[i+len(string(r)):]
		}
		score += 50 - min(gaps, 50)
	}
	return score, true
}

// deeds is everything that the palette offers now, in the order shown.
func (m *model) deeds() []deed {
	all := slices.Concat(m.screen.Bindings(), m.bindings)
	if s, ok := m.screen.(offering); ok {
		all = append(all, s.Palette()...)
	}
	return matching(deedsOf(append(all, m.lookBindings()...)), m.palette.field.Text())
}

func (m *model) paletteKey(msg tea.KeyMsg) tea.Cmd {
	p := m.palette
	switch msg.String() {
	case "esc":
		m.palette = nil
	case "enter":
		return m.choose()
	case "up", "ctrl+p", "shift+tab":
		p.at--
	case "down", "ctrl+n", "tab":
		p.at++
	case "pgup":
		p.at -= m.h - 5
	case "pgdown":
		p.at += m.h - 5
	default:
		before := p.field.Text()
		if p.field.Type(msg); p.field.Text() != before {
			p.at = 0
		}
	}
	if m.palette != nil {
		p.at = max(0, min(p.at, len(m.deeds())-1))
	}
	return nil
}

// choose closes the palette and does what is selected.
func (m *model) choose() tea.Cmd {
	deeds, at := m.deeds(), m.palette.at
	if at >= len(deeds) {
		return nil
	}
	m.palette = nil
	return deeds[at].do(deeds[at].key)
}

func (m *model) paletteMouse(msg tea.MouseMsg) tea.Cmd {
	p, n := m.palette, len(m.deeds())
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		p.at = max(0, p.at-1)
	case msg.Button == tea.MouseButtonWheelDown:
		p.at = max(0, min(p.at+1, n-1))
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		if i := p.first + msg.Y - 2; msg.Y >= 2 && msg.Y < m.h-2 && i < n {
			p.at = i
			return m.choose()
		}
	}
	return nil
}

// paletteRows draws it on h rows of w cells.
func (m *model) paletteRows(w, h int) []string {
	p, th := m.palette, m.th
	deeds := m.deeds()
	p.at = max(0, min(p.at, len(deeds)-1))
	room := max(h-3, 1)
	p.first = max(0, min(max(p.first, p.at-room+1), p.at))
	rows := []string{" " + th.Key.Paint(":") + " " + p.field.Draw(th, w-5)}
	keys := 0
	for _, d := range deeds {
		keys = max(keys, theme.Width(th.Spell(d.shown)))
	}
	for i := p.first; i < min(p.first+room, len(deeds)); i++ {
		d := deeds[i]
		sign := " "
		if i == p.at {
			sign = th.Accent.Paint(th.Select)
		}
		left := sign + " " + th.Key.Paint(theme.Fit(th.Spell(d.shown), keys)) + "  " + th.Spell(d.text)
		rows = append(rows, th.Row(left, th.Dim.Paint(th.Spell(d.group))+" ", w-2))
	}
	if len(deeds) == 0 {
		rows = append(rows, "   no action is called that: backspace widens the search")
	}
	return th.Box("Actions", fmt.Sprintf("%d that work now", len(deeds)), rows, w, h, true)
}
