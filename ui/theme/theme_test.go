package theme

import (
	"reflect"
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	rich := []string{"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=en_US.UTF-8"}
	for _, c := range []struct {
		name string
		env  []string
		wish string
		want Options
	}{
		{"the user's sixteen by default", rich, "", Options{ANSI16, true, false}},
		{"more where asked", rich, "truecolor", Options{TrueColor, true, false}},
		{"light, with 256", rich, "light,256", Options{ANSI256, false, false}},
		{"not more than the terminal has", []string{"TERM=xterm-256color"}, "truecolor", Options{ANSI256, true, false}},
		{"a plain terminal", []string{"TERM=vt220"}, "256", Options{ANSI16, true, false}},
		{"NO_COLOR", append(rich, "NO_COLOR=1"), "", Options{Mono, true, false}},
		{"NO_COLOR wins", append(rich, "NO_COLOR=1"), "truecolor", Options{Mono, true, false}},
		{"a dumb terminal", []string{"TERM=dumb"}, "", Options{None, true, true}},
		{"no terminal", nil, "16", Options{None, true, false}},
		{"the Linux console has no braille", []string{"TERM=linux"}, "", Options{ANSI16, true, true}},
		{"another charset", []string{"TERM=xterm", "LC_ALL=de_DE.ISO-8859-1"}, "", Options{ANSI16, true, true}},
		{"asked for", rich, "ascii, none", Options{None, true, true}},
		{"a light background", append(rich, "COLORFGBG=0;15"), "", Options{ANSI16, false, false}},
		{"a dark background", append(rich, "COLORFGBG=15;default;0"), "", Options{ANSI16, true, false}},
		{"a light one, but dark is wished", append(rich, "COLORFGBG=0;15"), "dark", Options{ANSI16, true, false}},
	} {
		got, err := Detect(c.env, c.wish)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	if _, err := Detect(rich, "dark,pink"); err == nil || !strings.Contains(err.Error(), `"pink"`) || !strings.Contains(err.Error(), "light") {
		t.Errorf("unknown word: %v", err)
	}
}

// styles returns every role's style.
func styles(t *Theme) map[string]Style {
	all := map[string]Style{}
	v := reflect.ValueOf(*t)
	for i := range v.NumField() {
		switch f := v.Field(i).Interface().(type) {
		case Style:
			all[v.Type().Field(i).Name] = f
		case [6]Style:
			for k, s := range f {
				all["Series"+string(rune('1'+k))] = s
			}
		}
	}
	return all
}

func TestProfiles(t *testing.T) {
	const roles = 22
	for _, c := range []struct {
		p           Profile
		has, hasNot string // in any style
	}{
		{None, "", "\x1b"},
		{Mono, "\x1b[1m", "3"},
		{ANSI16, "\x1b[36m", "38;"},
		{ANSI256, "38;5;", "38;2;"},
		{TrueColor, "38;2;", "38;5;"},
	} {
		for _, dark := range []bool{true, false} {
			all := styles(New(Options{Profile: c.p, Dark: dark}))
			if len(all) != roles {
				t.Fatalf("%d roles, want %d", len(all), roles)
			}
			joined := ""
			for _, s := range all {
				joined += string(s)
				if s != "" && Width(string(s)) != 0 {
					t.Errorf("%q is not a style", s)
				}
			}
			if !strings.Contains(joined, c.has) || strings.Contains(joined, c.hasNot) {
				t.Errorf("profile %d: %q", c.p, joined)
			}
		}
	}
	seen := map[Style]bool{}
	for _, s := range New(Options{Dark: true}).Series {
		if seen[s] {
			t.Errorf("two series are both %q", s)
		}
		seen[s] = true
	}
}

func TestPaint(t *testing.T) {
	if got := Style("\x1b[1m").Paint("x"); got != "\x1b[1mx\x1b[m" {
		t.Errorf("%q", got)
	}
	if got := Style("").Paint("x"); got != "x" {
		t.Errorf("%q", got)
	}
	if got := Style("\x1b[1m").Paint(""); got != "" {
		t.Errorf("%q", got)
	}
}

func TestSpell(t *testing.T) {
	text := "CPU 36 % ≥ 35 %: 3 → 4 … ü"
	if got := New(Options{}).Spell(text); got != text {
		t.Errorf("%q", got)
	}
	if got := New(Options{ASCII: true}).Spell(text); got != "CPU 36 % >= 35 %: 3 -> 4 ... ?" {
		t.Errorf("%q", got)
	}
}
