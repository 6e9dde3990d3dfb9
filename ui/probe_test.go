package ui

import "testing"

func TestTheTerminalsAnswersAreUnderstood(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		want         terminal
	}{
		{"dark, narrow", "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[5;6R", terminal{answered: true, known: true, dark: true}},
		{"light, ended by a bell", "\x1b]11;rgb:ffff/ffff/f0f0\a\x1b[5;6R", terminal{answered: true, known: true}},
		{"two digits a colour", "\x1b]11;rgb:ff/ff/ff\a\x1b[5;6R", terminal{answered: true, known: true}},
		{"wide signs", "\x1b[12;11R", terminal{answered: true, wide: true}},
		{"one wide sign", "\x1b[12;7R", terminal{answered: true, wide: true}},
		{"keys pressed meanwhile", "q \x1b[5;6R", terminal{answered: true}},
		{"not yet all", "\x1b]11;rgb:ffff/ff", terminal{}},
		{"the colour alone", "\x1b]11;rgb:0000/0000/0000\x1b\\", terminal{known: true, dark: true}},
		{"no colour", "\x1b]11;pink?\a\x1b[1;6R", terminal{answered: true}},
		{"nothing", "", terminal{}},
	} {
		if got := understand([]byte(c.answer)); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func FuzzUnderstand(f *testing.F) {
	f.Add([]byte("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[5;6R"))
	f.Add([]byte("\x1b]11;\a\x1b[;R"))
	f.Fuzz(func(t *testing.T, answer []byte) { understand(answer) })
}
