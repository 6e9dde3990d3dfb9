package cli

import "testing"

func TestTextIsNoOrderInAManualPage(t *testing.T) {
	for text, want := range map[string]string{
		"plain":               "plain",
		"--size 0.2":          `\-\-size 0.2`,
		".TH\n'br\na.b 'c'":   "\\&.TH\n\\&'br\na.b 'c'",
		`C:\new`:              `C:\enew`,
		"$(x) \\fB \"q\" <Y>": `$(x) \efB "q" <Y>`,
	} {
		if got := roff(text); got != want {
			t.Errorf("roff(%q) = %q, want %q", text, got, want)
		}
	}
}
