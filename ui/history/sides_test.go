package history

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"autoscale-lab/ui/screen"
)

func TestRepeatsAreOneSide(t *testing.T) {
	s := some(20).inSeries("before", 7, 11).inSeries("after", 12, 16)
	d := open(t, s, plain)
	d.press("m")
	if got := d.toast(); !strings.HasPrefix(got, "run 20 has no repeats") || len(d.marks) != 0 {
		t.Errorf("alone: %q", got)
	}
	d.press("G", "k", "k", "k", "k", "k", "k", "k") // 8
	d.press("m")
	wantMarks(t, d, "7-11")
	for id, want := range map[int64]string{7: "A", 11: "A", 12: "", 6: ""} {
		if got := d.letter(id); got != want {
			t.Errorf("run %d is %q, want %q", id, got, want)
		}
	}
	d.press("g", "j", "j", "j", "j", " ") // 16
	wantMarks(t, d, "7-11 16")
	if text := d.status(100); !strings.HasPrefix(text, " A×5 7-11  B 16  c compares them") {
		t.Errorf("status %q", text)
	}
	d.press("m") // with its repeats after all
	wantMarks(t, d, "7-11 12-16")
	d.press("c")
	if diff := cmp.Diff(tea.Msg(screen.CompareRuns{Sides: [][]int64{{7, 8, 9, 10, 11}, {12, 13, 14, 15, 16}}}), d.last()); diff != "" {
		t.Error(diff)
	}
	d.press(" ") // takes the whole side away
	wantMarks(t, d, "7-11")
	d.press("m", "m") // again, and away
	wantMarks(t, d, "7-11")
	d.press("j", " ", "m") // one of them first, then all
	wantMarks(t, d, "7-11 12-16")
	d.press("D")
	wantMarks(t, d, "7-11 12-14,16")
}

func TestOneSideIsComparedWithTheBaseline(t *testing.T) {
	for _, c := range []struct {
		says string
		keys string
		want string // sides, or a toast
	}{
		{"nothing marked: the selected run", "c", "[[2] [8]]"},
		{"the marked run", "j space c", "[[2] [7]]"},
		{"another one selected: that one", "j space k c", "[[7] [8]]"},
		{"the baseline itself", "G k c", "nothing to compare yet"},
		{"the baseline, marked", "G k space c", "run 2 is marked: select another"},
		{"the baseline by hand", "G b j space g c", "[[1] [8]]"},
	} {
		d := open(t, some(8), plain)
		for _, key := range strings.Fields(strings.ReplaceAll(c.keys, "space", "SPACE")) {
			d.press(strings.ReplaceAll(key, "SPACE", " "))
		}
		got := ""
		for _, msg := range d.asked {
			switch msg := msg.(type) {
			case screen.CompareRuns:
				got += fmt.Sprint(msg.Sides)
			case screen.Toast:
				got += " " + msg.Text
			}
		}
		if !strings.HasPrefix(strings.TrimSpace(got), c.want) || strings.HasPrefix(c.want, "[[2]") != strings.Contains(got, "the baseline ★, which is A") {
			t.Errorf("%s: %s, want %s", c.says, got, c.want)
		}
	}
	// of repeats with those of the baseline
	s := some(12).inSeries("before", 1, 3).inSeries("after", 6, 9)
	d := open(t, s, plain)
	d.press("G", "k", "k", "k", "k", "k", "k", "m")
	if got := d.toast(); got != "left out, as not whole: 6" {
		t.Errorf("a failed repeat: %q", got)
	}
	d.press("c")
	if got := fmt.Sprint(d.asked[len(d.asked)-2]); got != "{[[1 2] [7 8 9]]}" {
		t.Errorf("repeats: %s", got)
	}
}

func TestWhatIsExported(t *testing.T) {
	for _, c := range []struct {
		says, keys, title string
		want              screen.ExportRuns
	}{
		{"the selected run", "j e c", "export run 7 as", screen.ExportRuns{Sides: [][]int64{{7}}, Format: "csv"}},
		{"one is marked: still the selected one", "j x j e h", "export run 6 as", screen.ExportRuns{Sides: [][]int64{{6}}, Format: "html"}},
		{"what is marked", "x j x G e right enter", "export the comparison A 8 B 7 as", screen.ExportRuns{Sides: [][]int64{{8}, {7}}, Format: "json"}},
	} {
		d := open(t, some(8), plain)
		keys := strings.Fields(c.keys)
		for i, key := range keys {
			if d.press(strings.ReplaceAll(key, "x", " ")); key == "e" {
				if text := d.Rows(100, 20)[19]; !d.Typing() || !strings.Contains(text, c.title) {
					t.Errorf("%s: %q", c.says, text)
				}
			}
			if i == len(keys)-1 && d.Typing() {
				t.Errorf("%s: still choosing", c.says)
			}
		}
		if diff := cmp.Diff(tea.Msg(c.want), d.last()); diff != "" {
			t.Errorf("%s: %s", c.says, diff)
		}
	}
	d := open(t, some(8), plain)
	d.press("e", "esc")
	if d.Typing() || d.last() != nil {
		t.Errorf("esc has asked for %v", d.last())
	}
	d.formats = nil
	d.press("g", "j", "e")
	if got := d.toast(); !strings.Contains(got, "history export 7") {
		t.Errorf("without formats: %q", got)
	}
}
