package compare

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

func TestTheScreenLooksAsItDid(t *testing.T) {
	for _, size := range screentest.Sizes {
		for _, mode := range screentest.Looks {
			t.Run(fmt.Sprintf("%dx%d_%s", size[0], size[1], mode.Name), func(t *testing.T) {
				m := shown(t, mode.Options, 41, 42)
				screentest.Golden(t, fmt.Sprintf("compare_%dx%d_%s", size[0], size[1], mode.Name), drawn(m, size[0], size[1]-1))
			})
		}
	}
}

func TestEveryStateLooksAsItDid(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h int
		ids  any // sides, or runs
		keys string
	}{
		{"empty", 100, 29, []int64(nil), ""},
		{"one_run", 100, 29, []int64{41}, ""},
		{"load_differs", 100, 29, []int64{41, 45}, ""},
		{"four_runs", 120, 35, []int64{41, 42, 43, 44}, ""},
		{"four_runs_wide", 200, 49, []int64{41, 42, 43, 44}, ""},
		{"four_runs_compact_charts", 80, 23, []int64{41, 42, 43, 44}, "tab"},
		{"zoomed_charts", 100, 29, []int64{41, 42}, "tab z shift+left left t"},
		{"shadows", 120, 35, []int64{41, 47}, "G"},
		{"shadows_small", 80, 23, []int64{41, 47}, "G"},
		{"shadows_beside_charts", 100, 29, []int64{41, 47}, "G"},
		{"shadows_zoomed", 100, 29, []int64{41, 47}, "z G"},
		{"shadows_wide", 160, 40, []int64{41, 47, 42}, "G"},
		{"repeats", 120, 35, [][]int64{{51, 52, 53, 54, 55}, {61, 62, 63, 64, 65}}, "j j"},
		{"repeats_zoomed", 120, 35, [][]int64{{51, 52, 53, 54, 55}, {61, 62, 63, 64, 65}}, "z"},
		{"repeats_small", 80, 23, [][]int64{{51, 52, 53, 54, 55}, {61, 62, 63, 64, 65}}, "j"},
		{"repeats_too_few", 100, 29, [][]int64{{51, 52, 53}, {61, 62, 63}, {42}}, "j"},
		{"repeats_that_are_none", 100, 29, [][]int64{{51, 52}, {61, 45}}, ""},
		{"exporting", 80, 23, []int64{41, 42}, "e right"},
		{"typing", 100, 29, []int64{41, 42}, "a 4 3"},
		{"scrolled_to_the_end", 80, 23, []int64{41, 42}, "G"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sides, ok := c.ids.([][]int64)
			if !ok {
				sides = singles(c.ids.([]int64)...)
			}
			m := sided(t, plain, sides)
			m.Rows(c.w, c.h) // the cursor's step is that of what was drawn
			press(t, m, strings.Fields(c.keys)...)
			screentest.Golden(t, "state_"+c.name, drawn(m, c.w, c.h))
		})
	}
}

// Whatever is pressed, however large the terminal: no panic, and every row has
// exactly as many cells as it should.
func TestAnyKeyAtAnySizeKeepsTheFrameWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	sets := [][]int64{{41, 42}, {41}, {41, 45}, {41, 42, 43, 44}, {44, 41, 42}, {41, 99}, {41, 41}, {41, 46}, {46, 41, 42}, {47, 41}, {47, 42, 46}, {}}
	for _, mode := range screentest.Looks {
		m := shown(t, mode.Options)
		var keys []string
		for i := range m.bindings {
			keys = append(keys, m.bindings[i].Keys...)
		}
		keys = append(keys, "4", "3", "backspace", "日", "enter", "enter", "esc")
		for i := range 400 {
			if i%40 == 0 {
				sides := singles(sets[i/40%len(sets)]...)
				if len(sides) == 0 {
					sides = [][]int64{{51, 52, 53}, {61, 46}, {62}}
				}
				settle(m, m.Show(sides))
			}
			key := keys[r.IntN(len(keys))]
			if m.Typing() || m.Bindings().Find(key) != nil {
				press(t, m, key)
			}
			w, h := 1+r.IntN(230), 1+r.IntN(60)
			rows := m.Rows(w, h)
			if len(rows) != h {
				t.Fatalf("after %q at %dx%d: %d rows", key, w, h, len(rows))
			}
			for y, row := range rows {
				if n := ansi.StringWidth(row); n != w {
					t.Fatalf("after %q at %dx%d: row %d has %d cells: %q", key, w, h, y, n, row)
				}
			}
		}
	}
}

func TestRunsAreToldApartWithoutColour(t *testing.T) {
	for _, o := range []theme.Options{plain, {Profile: theme.None, ASCII: true}} {
		m := shown(t, o, 41, 42, 43, 44)
		seen := map[string]bool{}
		for _, p := range strings.Split(m.charts.parts[0].chart.Legend(m.charts.view), "   ") {
			seen[p[:strings.IndexAny(p, "ABCD")]] = true
		}
		if len(seen) != 4 {
			t.Errorf("ASCII %t: the four strokes are %v", o.ASCII, seen)
		}
	}
}
