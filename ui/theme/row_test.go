package theme

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func TestFit(t *testing.T) {
	for _, c := range []struct {
		name, in string
		w        int
		want     string
	}{
		{"padded", "ab", 4, "ab  "},
		{"as it is", "abcd", 4, "abcd"},
		{"cut", "abcdef", 4, "abcd"},
		{"nothing", "ab", 0, ""},
		{"less than nothing", "ab", -3, ""},
		{"a style is no width", "\x1b[31mab\x1b[m", 3, "\x1b[31mab\x1b[m "},
		{"a style ends inside the cut", "\x1b[31mabcdef\x1b[m", 3, "\x1b[31mabc\x1b[m"},
		{"signs of one cell", "→●▲⣿┤≥…", 8, "→●▲⣿┤≥… "},
		{"wide letters", "世界", 5, "世界 "},
		{"half a wide letter", "世界", 3, "世 "},
		{"line ends and tabs", "a\nb\tc\r", 6, "a b c "},
		{"other escapes", "a\x1b[2Jb\x1b]0;x\ac", 14, "a [2Jb ]0;x c "},
		{"half an escape", "ab\x1b[", 5, "ab [ "},
	} {
		if got := Fit(c.in, c.w); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestClipAndRow(t *testing.T) {
	u, a := New(Options{Profile: None}), New(Options{Profile: None, ASCII: true})
	for _, c := range []struct{ name, got, want string }{
		{"clip", u.Clip("a long name", 6), "a lon…"},
		{"clip in ASCII", a.Clip("a long name", 6), "a lon~"},
		{"clip to one cell", u.Clip("→→→", 1), "…"},
		{"row", u.Row("left", "right", 12), "left   right"},
		{"row, left is cut", u.Row("left text", "right", 10), "left…right"},
		{"row, right has no room", u.Row("left", "right", 4), "left"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestBox(t *testing.T) {
	u := New(Options{Profile: None})
	for _, c := range []struct {
		name string
		got  []string
		want string
	}{
		{"light", u.Box("CPU", "now 36 %", []string{"one", "two", "three"}, 22, 4, false), `
╭─ CPU ─── now 36 % ─╮
│one                 │
│two                 │
╰────────────────────╯`},
		{"focused", u.Box("CPU", "", []string{"one"}, 12, 4, true), `
┏━ CPU ━━━━┓
┃one       ┃
┃          ┃
┗━━━━━━━━━━┛`},
		{"no room for both", u.Box("Instances", "4 of 5", nil, 17, 2, false), `
╭─ Instances ───╮
╰───────────────╯`},
		{"title cut", u.Box("Instances", "4 of 5", nil, 10, 2, false), `
╭─ Ins… ─╮
╰────────╯`},
		{"two by two", u.Box("Instances", "4 of 5", nil, 2, 2, false), "\n╭╮\n╰╯"},
		{"a single row", u.Box("Instances", "", []string{"abc"}, 2, 1, false), "\nab"},
		{"nothing", u.Box("Instances", "", []string{"abc"}, 0, 5, false), "\n"},
	} {
		if d := cmp.Diff(strings.Split(c.want, "\n")[1:], append([]string{}, c.got...)); d != "" && len(c.got) > 0 {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestHJoin(t *testing.T) {
	got := HJoin([]string{"aa", "bb"}, nil, []string{"x"}, []string{"1", "2", "3"})
	if d := cmp.Diff([]string{"aax1", "bb 2", "   3"}, got); d != "" {
		t.Error(d)
	}
}

// Whatever comes in, a row has the width asked for and is one line.
func FuzzFit(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[1;31mred\x1b[m →", "世界\u0301", "👩‍👩‍👧 x", "\xff\xe2\x1b[", "a\u200bb\tc\n\x9b31m", "🇩🇪🇩", "▶\ufe0f©"} {
		f.Add(s, 5)
	}
	th := New(Options{Dark: true})
	f.Fuzz(func(t *testing.T, s string, w int) {
		w %= 200
		for _, got := range []string{Fit(s, w), th.Clip(s, w), th.Row(s, "r", w), th.Row("left", s, w)} {
			if n := ansi.StringWidth(got); n != max(0, w) {
				t.Fatalf("%q in %d: %d cells: %q", s, w, n, got)
			}
			if Width(got) != max(0, w) {
				t.Fatalf("Width(%q) = %d, not %d", got, Width(got), w)
			}
			if strings.ContainsAny(got, "\n\r\t") {
				t.Fatalf("a line end in %q", got)
			}
		}
		for _, r := range th.Box(s, s, []string{s}, w, 3, true) {
			if n := ansi.StringWidth(r); n != max(0, w) {
				t.Fatalf("box of %q in %d: %d cells: %q", s, w, n, r)
			}
		}
	})
}

// The short way of measuring agrees with the library on every rune it claims.
func TestNarrowRunes(t *testing.T) {
	for r := rune(0x80); r < 0x30000; r++ {
		if narrow(r) && ansi.StringWidth(string(r)) != 1 {
			t.Errorf("%U %q is %d cells", r, r, ansi.StringWidth(string(r)))
		}
	}
	for _, g := range []Glyphs{unicodeGlyphs, asciiGlyphs} {
		for _, s := range []string{g.Up, g.Down, g.Dot, g.Circle, g.Square, g.Cross, g.Star, g.Play, g.Diamond, g.Select, g.Left,
			g.Right, g.ArrowUp, g.ArrowDown, g.Enter, g.Shift, g.Bar, g.Middle, g.Dash, g.Ellipsis, g.Approx, g.Delta, g.Times,
			g.Tick, g.Corner, g.AxisTick, g.AxisLine, g.Dashes, g.CursorLine, g.SlideLeft, g.SlideLine, g.SlideKnob,
			g.SlideRight, g.Fill, g.Empty, g.Light.TopLeft, g.Heavy.V} {
			if ansi.StringWidth(s) != 1 || Width(s) != 1 {
				t.Errorf("glyph %q is %d cells", s, ansi.StringWidth(s))
			}
		}
	}
}

func BenchmarkFit(b *testing.B) {
	row := "\x1b[36m" + strings.Repeat("⣿", 60) + "\x1b[m   35"
	b.ReportAllocs()
	for b.Loop() {
		Fit(row, 65)
	}
}
