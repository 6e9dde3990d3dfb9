package ui

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/theme"
)

func TestChoicesAreWrittenWholeAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not", "yet", "ui.json")
	want := Choices{Theme: "light,256", NoMouse: true, Load: "constant:rate=20", Policy: "threshold:upper=40",
		Screens: map[string]map[string]string{"history": {"sort": "p95"}}}
	if err := want.write(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadChoices(path)
	if err != nil || !got.equal(&want) || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	if len(left) != 1 {
		t.Errorf("beside it lies %v", left)
	}
}

func TestChoicesThatCannotBeReadAreNone(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	os.WriteFile(broken, []byte(`{"theme": "li`), 0o600)
	for path, tells := range map[string]bool{"": false, filepath.Join(dir, "none"): false, broken: true, dir: true} {
		got, err := ReadChoices(path)
		if !reflect.DeepEqual(got, Choices{}) || (err != nil) != tells {
			t.Errorf("%q: %+v, %v", path, got, err)
		}
	}
	m, _, _ := window(t, Config{ConfigPath: broken})
	shows(t, m, "is not understood and ignored")
}

func TestAPlaceThatCannotBeWrittenIsNoFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	m, _, _ := window(t, Config{ConfigPath: filepath.Join(file, "ui.json")})
	press(m, "M")
	if msg := m.save()(); msg != nil {
		t.Errorf("it says %v", msg)
	}
	shows(t, m, "the mouse selects text now")
}

func TestWhatIsChosenIsThereTheNextTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ui.json")
	rich := []string{"TERM=xterm-256color", "COLORTERM=truecolor"}
	m, _, timers := window(t, Config{ConfigPath: path, Environ: rich, Theme: "auto"})
	if m.th.ASCII || !m.th.Dark || m.th.Profile != theme.ANSI16 {
		t.Fatalf("it begins with %+v", m.th.Options)
	}
	for _, words := range []string{"glyphs ascii", "light background", "256"} {
		press(m, ":", words, "enter")
	}
	press(m, "M")
	waits := 0
	for _, msg := range *timers {
		if _, ok := msg.(keep); ok {
			waits++
			_, cmd := m.Update(msg)
			cmd()
		}
	}
	if waits != 1 {
		t.Errorf("it was written %d times", waits)
	}
	next, _, _ := window(t, Config{ConfigPath: path, Environ: rich, Theme: "auto"})
	want := theme.Options{Profile: theme.ANSI256, ASCII: true}
	if next.th.Options != want {
		t.Errorf("the next begins with %+v", next.th.Options)
	}
	if next.Init() != nil {
		t.Error("the next takes the mouse")
	}
	flagged, _, _ := window(t, Config{ConfigPath: path, Environ: rich, Theme: "dark,unicode"})
	if want := (theme.Options{Profile: theme.ANSI256, Dark: true}); flagged.th.Options != want {
		t.Errorf("with --theme dark it is %+v", flagged.th.Options)
	}
	if flagged.save() != nil {
		t.Error("a flag is kept as a choice")
	}
}

func TestTheTerminalsWordIsTakenWhereNothingElseIsSaid(t *testing.T) {
	env := []string{"TERM=xterm-256color", "COLORFGBG=15;0"}
	for _, c := range []struct {
		name, theme string
		terminal    terminal
		want        theme.Options
	}{
		{"it says nothing", " ", terminal{}, theme.Options{Dark: true}},
		{"light", " ", terminal{known: true}, theme.Options{}},
		{"light, but dark was asked for", "dark", terminal{known: true}, theme.Options{Dark: true}},
		{"wide", " ", terminal{known: true, dark: true, wide: true}, theme.Options{Dark: true, ASCII: true}},
		{"wide, but Unicode was asked for", "unicode", terminal{known: true, dark: true, wide: true}, theme.Options{Dark: true}},
	} {
		m, _, _ := window(t, Config{Environ: env, Theme: c.theme, terminal: c.terminal})
		if m.th.Options != c.want {
			t.Errorf("%s: %+v", c.name, m.th.Options)
		}
	}
}

func TestTheMouseIsGivenAndTaken(t *testing.T) {
	m, _, _ := window(t, Config{})
	if msg := m.Init()(); msg != tea.EnableMouseCellMotion() {
		t.Errorf("it begins with %v", msg)
	}
	_, cmd := m.Update(runes("M"))
	if batch := cmd().(tea.BatchMsg); batch[0]() != tea.DisableMouse() {
		t.Error("M does not release the mouse")
	}
	_, cmd = m.Update(runes("M"))
	if batch := cmd().(tea.BatchMsg); batch[0]() != tea.EnableMouseCellMotion() {
		t.Error("M does not take it back")
	}
	m.kept.NoMouse = false
	if _, cmd := m.Update(tea.ResumeMsg{}); cmd() != tea.EnableMouseCellMotion() {
		t.Error("it is not taken again after a pause")
	}
}

func TestWithWordsTheSameAreReplaced(t *testing.T) {
	for _, c := range [][3]string{
		{"", "light", "light"}, {"light,256", "dark", "256,dark"}, {"dark,ascii", "unicode", "dark,unicode"},
		{"light,16", "auto", "16"}, {"mono", "truecolor,light", "truecolor,light"},
	} {
		if got := with(c[0], c[1]); got != c[2] {
			t.Errorf("%s with %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
	all := strings.Join(theme.Names, ",")
	for _, words := range looks {
		for _, w := range words {
			if !strings.Contains(all, w) {
				t.Errorf("the theme does not know %q", w)
			}
		}
	}
}
