package history

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"autoscale-lab/ui/screentest"
)

// drawn is the rows as text, escape sequences made visible.
func drawn(m *Model, w, h int) string {
	return strings.ReplaceAll(strings.Join(m.Rows(w, h), "\n"), "\x1b", "␛") + "\n"
}

func TestHistoryLooksAsItDid(t *testing.T) {
	for _, size := range screentest.Sizes {
		for _, mode := range screentest.Looks {
			t.Run(fmt.Sprintf("%dx%d_%s", size[0], size[1], mode.Name), func(t *testing.T) {
				d := open(t, some(40), mode.Options)
				d.press("G", "up", " ", "up", " ", "up")
				d.wait()
				screentest.Golden(t, fmt.Sprintf("history_%dx%d_%s", size[0], size[1], mode.Name), drawn(d.Model, size[0], size[1]-1))
			})
		}
	}
}

func TestEveryStateLooksAsItDid(t *testing.T) {
	for _, c := range []struct {
		name  string
		store *shelf
		do    func(*desk)
	}{
		{"empty", some(0), func(*desk) {}},
		{"newest", some(12), func(d *desk) { d.wait() }},
		{"sorted", some(12), func(d *desk) { d.press("s", "s", "s", "s", "s", "s") }},
		{"filtering", some(12), func(d *desk) { d.press("/"); d.types("policy:thr p95>100") }},
		{"filter_wrong", some(12), func(d *desk) { d.press("/"); d.types("polcy:thr") }},
		{"filter_half", some(12), func(d *desk) { d.press("/"); d.types("hpa p95") }},
		{"filter_none", some(12), func(d *desk) { d.press("/"); d.types("zebra"); d.press("enter") }},
		{"filtered_marked", some(12), func(d *desk) { d.press("j", " ", "/"); d.types("p95>100"); d.press("enter", "j", " ") }},
		{"repeats_marked", some(12).inSeries("before", 1, 3).inSeries("after", 5, 9), func(d *desk) {
			d.press("s", "s", "s", "s", "s", "s", "s", "s", "s", "j", "j", "j", "j", "j", "m", "g", "j", " ")
			d.wait()
		}},
		{"by_score", some(12), func(d *desk) { d.press("s", "s", "s", "s", "s", "s", "s"); d.wait() }},
		{"recording", some(12), func(d *desk) { d.store.runs[11].Duration = 40e9; d.press("j", "k"); d.wait() }},
		{"exporting", some(12), func(d *desk) { d.press("j", " ", "j", "j", " ", "e", "right") }},
		{"naming", some(12), func(d *desk) { d.press("j", "n"); d.types("a name"); d.press("tab"); d.types("a note") }},
		{"deleted", some(12), func(d *desk) { d.press("j", "D", "D") }},
		{"crashed", some(12), func(d *desk) { d.press("G", "up", "up"); d.wait() }},
		{"ticks_unreadable", some(12), func(d *desk) {
			d.press("j")
			d.store.refuse = errors.New("store: load run 11: disk I/O error")
			d.wait()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, c.store, plain)
			c.do(d)
			screentest.Golden(t, "state_"+c.name, drawn(d.Model, 100, 29))
		})
	}
	t.Run("unreadable", func(t *testing.T) {
		s := some(3)
		s.refuse = errors.New("store: list runs: database is locked")
		screentest.Golden(t, "state_unreadable", drawn(open(t, s, plain).Model, 100, 29))
	})
}

// Whatever is pressed, however large the terminal: no panic, and every row has
// exactly as many cells as it should.
func TestAnyKeyAtAnySizeKeepsTheFrameWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for _, mode := range screentest.Looks {
		d := open(t, some(60), mode.Options)
		var keys []string
		for i := range d.bindings {
			keys = append(keys, d.bindings[i].Keys...)
		}
		keys = append(keys, "enter", "esc", "tab", "up", "down", "9", ">", "p95", "日", "backspace", `"`)
		for i := range 1500 {
			switch r.IntN(40) {
			case 0:
				d.store.refuse = errors.New("no")
			case 1, 2:
				d.store.refuse = nil
			case 3:
				d.wait()
			case 4:
				d.do(d.Open())
			}
			key := keys[r.IntN(len(keys))]
			d.press(key)
			w, h := 1+r.IntN(220), 1+r.IntN(60)
			rows := d.Rows(w, h)
			if len(rows) != h {
				t.Fatalf("%d: after %q at %dx%d: %d rows", i, key, w, h, len(rows))
			}
			for y, row := range rows {
				if n := ansi.StringWidth(row); n != w {
					t.Fatalf("%d: after %q at %dx%d: row %d has %d cells: %q", i, key, w, h, y, n, row)
				}
				if mode.Options.ASCII && strings.IndexFunc(row, func(r rune) bool { return r > 126 }) >= 0 {
					t.Fatalf("%d: after %q: row %d is not ASCII: %q", i, key, y, row)
				}
			}
		}
		if len(d.runs) == 0 || len(d.asked) == 0 {
			t.Errorf("%d runs, %d messages: the keys did nothing", len(d.runs), len(d.asked))
		}
	}
}

func TestLoadsInShort(t *testing.T) {
	for spec, want := range map[string]string{
		"constant:rate=60,spacing=even":      "constant 60/s",
		"closed/constant:threads=20":         "20 threads",
		"closed/ramp:threads=20,from=1":      "closed ramp 20 threads",
		"ramp:from=5,to=120":                 "ramp",
		"none":                               "none",
		"":                                   "",
		"of another version, who knows how:": "of another version, who knows how",
	} {
		if got := shortLoad(spec); got != want {
			t.Errorf("%q: %q, want %q", spec, got, want)
		}
	}
}
