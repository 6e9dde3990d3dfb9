package ui

import (
	"os"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// looks are the words of a theme, by what they decide.
var looks = [][]string{
	{"auto", "dark", "light"},
	{"16", "256", "truecolor", "mono", "none"},
	{"unicode", "ascii"},
}

// look is the theme that some words ask for, where they say nothing what the
// terminal said of itself, then what the environment says.
func (m *model) look(words string) (theme.Options, error) {
	environ := m.cfg.Environ
	if environ == nil {
		environ = os.Environ()
	}
	o, err := theme.Detect(environ, words)
	said := split(words)
	if m.terminal.known && !slices.Contains(said, "dark") && !slices.Contains(said, "light") {
		o.Dark = m.terminal.dark
	}
	if m.terminal.wide && !slices.Contains(said, "unicode") {
		o.ASCII = true
	}
	return o, err
}

func split(words string) []string {
	return strings.FieldsFunc(strings.ToLower(words), func(r rune) bool { return r == ',' || r == ' ' })
}

// with is words with some put in, each in the place of those that decide the same.
func with(words, more string) string {
	out := split(words)
	for _, word := range split(more) {
		for _, same := range looks {
			if slices.Contains(same, word) {
				out = slices.DeleteFunc(out, func(w string) bool { return slices.Contains(same, w) })
			}
		}
		if word != "auto" {
			out = append(out, word)
		}
	}
	return strings.Join(out, ",")
}

// themed is a screen that keeps what it has drawn, and must draw it anew.
type themed interface{ SetTheme(*theme.Theme) }

// dress changes the look at once, and keeps the choice.
func (m *model) dress(word string) tea.Cmd {
	words := with(m.words, word)
	o, err := m.look(words)
	if err != nil {
		return screen.Complain(err)
	}
	m.words, m.kept.Theme = words, with(m.kept.Theme, word)
	*m.th = *theme.New(o)
	for _, name := range []string{atWorkbench, atHistory, atCompare, atReplay} {
		if t, ok := m.screenOf(name).(themed); ok {
			t.SetTheme(m.th)
		}
	}
	return tea.Batch(tea.ClearScreen, screen.Tell("theme: "+describe(o)))
}

// describe says what a look is.
func describe(o theme.Options) string {
	text := map[theme.Profile]string{theme.ANSI16: "16 colours", theme.ANSI256: "256 colours", theme.TrueColor: "true colour",
		theme.Mono: "no colours", theme.None: "no styles"}[o.Profile]
	if o.Dark {
		text += " on dark"
	} else {
		text += " on light"
	}
	if o.ASCII {
		text += ", ASCII"
	}
	return text
}

// lookBindings are the palette's rows about the look, without keys.
func (m *model) lookBindings() screen.Bindings {
	says := map[string]string{
		"auto": "theme: background as the terminal says", "dark": "theme: for a dark background", "light": "theme: for a light background",
		"16": "theme: the terminal's 16 colours", "256": "theme: 256 colours", "truecolor": "theme: true colour", "mono": "theme: no colours",
		"none": "theme: no styles at all", "unicode": "glyphs: Unicode", "ascii": "glyphs: ASCII",
	}
	var out screen.Bindings
	for _, words := range looks {
		for _, word := range words {
			out = append(out, screen.Binding{Group: "Look", Long: says[word], Do: func(string) tea.Cmd { return m.dress(word) }})
		}
	}
	return out
}
