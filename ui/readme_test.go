//go:build !windows

package ui_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"autoscale-lab/lab/golden"
)

const (
	readme      = "../README.md"
	screenBegin = "<!-- screen -->\n```\n"
	screenEnd   = "```\n<!-- /screen -->\n"
)

var (
	titleRe = regexp.MustCompile(`[╭┏][─━] ([A-Z][A-Za-z ]*?) [─━]`)
	hintRe  = regexp.MustCompile(` q quit`)
)

// README shows a screen that the program has really drawn: -update draws it
// anew. Without, it must have the panes and the keys that the program has now.
func TestReadmeShowsTheScreenAsItIs(t *testing.T) {
	p := newPlace(t)
	updating := *golden.Update
	if updating {
		p.port = 8000 // as users will see it
	}
	x := p.open(100, 30)
	x.sees(`1 ready of 1`)
	x.keys(" ")
	x.sees(`● RUN 1 `)
	x.keys("++++++")
	x.sees(`2 ready of 2`)
	if updating {
		x.sees(`RUN 1 constant 00:2\d`)
		x.keys("++++++++")
		x.sees(`RUN 1 constant 00:4\d`)
	}
	now := x.text()
	x.keys("q")
	x.leaves()

	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if updating {
		block := screenBegin + tidy(now) + screenEnd
		if before, after, ok := cutBlock(text); ok {
			text = before + block + after
		} else {
			text = strings.Replace(text, "SCREEN\n", block, 1)
		}
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before, after, ok := cutBlock(text)
	if !ok {
		t.Fatalf("%s has no screen between %q and %q; run this test with -update", readme, screenBegin, screenEnd)
	}
	shown := strings.TrimSuffix(strings.TrimPrefix(text, before), after)
	if have, want := titles(shown), titles(now); len(want) < 6 || !slices.Equal(have, want) {
		t.Errorf("README's panes are %q, the program's %q: run this test with -update", have, want)
	}
	if have, want := keysOf(shown), keysOf(now); len(want) < 5 || !slices.Equal(have, want) {
		t.Errorf("README's keys are %q, the program's %q: run this test with -update", have, want)
	}
}

// cutBlock is what stands before and after README's screen.
func cutBlock(text string) (before, after string, ok bool) {
	before, rest, ok := strings.Cut(text, screenBegin)
	if !ok {
		return "", "", false
	}
	_, after, ok = strings.Cut(rest, screenEnd)
	return before, after, ok
}

// tidy is a screen without blanks at the ends of its rows.
func tidy(screen string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(screen, "\r\n "), "\n") {
		b.WriteString(strings.TrimRight(line, " \r") + "\n")
	}
	return b.String()
}

func titles(screen string) []string {
	var out []string
	for _, m := range titleRe.FindAllStringSubmatch(screen, -1) {
		out = append(out, m[1])
	}
	return out
}

// keysOf is the hints of the footer.
func keysOf(screen string) []string {
	for line := range strings.SplitSeq(screen, "\n") {
		if hintRe.MatchString(line) {
			return regexp.MustCompile(` {2,}`).Split(strings.TrimSpace(line), -1)
		}
	}
	return nil
}
