package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/screentest"
)

// explained is a run under hpa, with two shadows beside: at its end the sync of
// three seconds ago wanted six, and was limited to four.
func explained() *engine.Snapshot {
	s := story(60)
	last := len(s.Record.Ticks) - 1
	now := s.Record.Ticks[last].Sample.At
	s.At = now
	decision := func(at time.Duration) lab.Decision {
		return lab.Decision{
			Desired: 4, Reason: "CPU 90 % for 30 %, wants 6, 4 by ScaleUpLimit: 2 → 4",
			Stages: []lab.Stage{
				{Name: "sample", Value: 90, Text: "CPU"}, {Name: "eligible", Value: 2, Text: "2 of 2"}, {Name: "ratio", Value: 3},
				{Name: "raw", Value: 6}, {Name: "stabilise", Value: 6}, {Name: "limit", Value: 4, Text: "ScaleUpLimit"}, {Name: "clamp", Value: 4},
			},
			Next: []lab.Wait{
				{What: "next sync", At: now + 9*time.Second},
				{What: "earliest scale-in", At: now + 220*time.Second, By: "the recommendation", Since: now - 9*time.Second},
			},
		}
	}
	for i := last - 3; i <= last; i++ {
		t := &s.Record.Ticks[i]
		t.Decision, t.Sample.Desired = decision(t.Sample.At), 4
	}
	s.Record.Ticks[last-3].Sample.Desired = 2
	for i := last - 30; i <= last; i++ {
		t := &s.Record.Ticks[i]
		t.Shadows = []lab.Shadow{
			{Policy: "nomad", Decision: lab.Decision{Desired: 2, Reason: "CPU 90 % is 3.00 of 30 %, held by the cooldown"}},
			{Policy: "threshold:upper=60%", Decision: lab.Decision{Desired: 3 + i%2, Reason: "CPU 90 % > 60 %: 2 → 3"}},
		}
	}
	s.Decision, s.Desired = s.Record.Ticks[last].Decision, 4
	set := &s.Setup
	set.Policy, set.Shadows, set.Speed = "hpa", []string{"nomad", "threshold:upper=60%"}, 10
	set.PolicyKnobs = hpaKnobs()
	for i := range set.FleetKnobs {
		if k := &set.FleetKnobs[i]; k.Name == "boot" {
			k.Value = 20
		}
	}
	return s
}

func hpaKnobs() []lab.Knob {
	knobs := []lab.Knob{
		{Name: "target", Label: "target", Help: "the value to hold", Kind: lab.Percent, Value: .3, Min: .01, Max: 1, Step: .01},
		{Name: "metric", Label: "metric", Kind: lab.Choice, Text: "cpu", Choices: []string{"cpu", "rps"}},
		{Name: "up", Label: "up", Help: "how much may be added in a period", Kind: lab.Table, Text: "4pods/15s|100%/15s|8pods/1800s|3pods/60s"},
		{Name: "metrics", Label: "metrics", Kind: lab.Table},
		{Name: "cpu_initialization", Label: "CPU initialization", Kind: lab.Duration, Unit: "s", Value: 300, Max: 3600, Step: 5},
	}
	for i := range 15 {
		knobs = append(knobs, lab.Knob{Name: fmt.Sprintf("k%d", i), Label: fmt.Sprintf("a label of twenty %d", i+10), Kind: lab.Number, Value: float64(i), Max: 20, Step: 1})
	}
	return knobs
}

const badge = "decision logic: 7 of 7 upstream cases; metric delay and boot as set here"

func explainedBench(t *testing.T, w, h int) (*Model, *fake) {
	m, f := benchOf(explained(), plain)
	m.cfg.Badges = map[string]string{"hpa": badge}
	m.show(f.snap)
	m.Rows(w, h)
	press(t, m, "y")
	return m, f
}

func TestWhyLooksAsItDid(t *testing.T) {
	for _, size := range screentest.Sizes {
		name := fmt.Sprintf("why_%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			m, _ := explainedBench(t, size[0], size[1]-1)
			screentest.Golden(t, name, drawn(m, size[0], size[1]-1))
		})
	}
}

func TestWhyTellsEachStageAndWhatComesNext(t *testing.T) {
	m, _ := explainedBench(t, 200, 49)
	s := drawn(m, 200, 49)
	for _, want := range []string{
		"from          2  ", "decided 3s ago", "↓ sample     90 %  CPU", "↓ eligible      2  2 of 2", "↓ ratio         3 ", "↓ raw           6  2 → 6",
		"↓ stabilise     6 ", "↓ limit         4  6 → 4  ScaleUpLimit", "↓ clamp         4 ",
		"next sync 9.0 s · scale-in possible in 3:40, held by", "the recommendation of 00:51",
		"shadows do not feel what they decide", "nomad", "threshold:upper=60%",
		"a boot of 20 s stands for 200 s in production", badge[:40], "speed ×10 │",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not in\n%s", want, s)
		}
	}
	m.Rows(100, 29)
	press(t, m, "y")
	if s := drawn(m, 100, 29); strings.Contains(s, "stabilise") || !strings.Contains(s, "nomad 2") || !strings.Contains(s, "⠒⠂ threshold 4") {
		t.Errorf("y does not give the trends back, with the shadows in the legend:\n%s", s)
	}
}

func TestWhyIsThatOfTheCursor(t *testing.T) {
	m, f := explainedBench(t, 120, 35)
	f.snap.Pending = []lab.Event{{At: f.snap.At, Action: &lab.Action{Kind: lab.ActPolicy, From: "nomad:target=50%", To: "hpa"}}}
	m.show(f.snap)
	press(t, m, "f", "left", "left", "left", "left", "left", "left", "left", "left")
	at := m.charts.Cursor()
	tick := m.pic.Tick(at)
	s := drawn(m, 120, 35)
	for _, want := range []string{tick.Decision.Reason, "nomad at 00:", "from  " + fmt.Sprint(tick.Sample.Desired)} {
		if !strings.Contains(s, want) {
			t.Errorf("at %v %q is not in\n%s", at, want, s)
		}
	}
	if strings.Contains(s, "↓ stabilise") {
		t.Errorf("of another moment than the cursor's:\n%s", s)
	}
}

func TestWhyOfARecordedRun(t *testing.T) {
	rec := explained().Record
	rec.Run.ID = 7
	m := NewReplay(Config{Theme: m0().th, SetupAt: func(lab.Record, time.Duration) engine.Setup { return explained().Setup }}, rec)
	m.Rows(120, 35)
	press(t, m, "y", "G")
	if s := drawn(m, 120, 35); !strings.Contains(s, "↓ limit         4  6 → 4  ScaleUpLimit") || !strings.Contains(s, "scale-in possible in 3:40") {
		t.Errorf("the last tick's decision is\n%s", s)
	}
	press(t, m, "left", "left", "left", "left", "left", "left")
	if s := drawn(m, 120, 35); strings.Contains(s, "ScaleUpLimit") {
		t.Errorf("six ticks before, it is\n%s", s)
	}
	if len(m.presets()) > 0 {
		t.Error("a replay offers shadows")
	}
}

func m0() *Model { m, _ := benchOf(story(3), plain); return m }

func TestWhyGivesTheFocusBack(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h int
		keys string
		want spot
	}{
		{"beside what has the focus", 120, 35, "y", policy},
		{"and away again", 120, 35, "y y", policy},
		{"in the place of the trends, it takes their focus", 100, 29, "tab tab tab tab y", why},
		{"and gives it back", 100, 29, "tab tab tab tab y y", trends},
		{"shown, tab comes by", 120, 35, "y tab tab tab", why},
		{"hidden, tab passes it over", 120, 35, "tab tab tab", usage},
		{"shown, tab passes the trends over", 120, 35, "y tab tab tab tab tab", instances},
		{"wide, both are there", 200, 49, "y tab tab tab tab tab", trends},
		{"a compact screen shows it as its side pane", 80, 23, "y", why},
		{"and the pane before", 80, 23, "y y", policy},
		{"there, tab comes by", 80, 23, "tab tab tab", why},
		{"zoomed, it has the screen", 120, 35, "z y", why},
		{"and gives it back zoomed", 120, 35, "z y y", policy},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := benchOf(explained(), plain)
			m.Rows(c.w, c.h)
			for _, key := range strings.Fields(c.keys) {
				press(t, m, key)
				m.Rows(c.w, c.h)
			}
			if m.focus != c.want {
				t.Errorf("the focus is at %s, want %s", spotNames[m.focus], spotNames[c.want])
			}
			if l := m.layout(); l.panes[m.focus].w == 0 {
				t.Error("and that is not shown")
			}
		})
	}
}

func TestThePaletteShadowsAndSetsBoot(t *testing.T) {
	m, f := benchOf(story(20), plain)
	do := func(text string) string {
		t.Helper()
		for _, b := range m.Palette() {
			if b.Long == text {
				if cmd := b.Do(""); cmd != nil {
					return fmt.Sprint(cmd())
				}
				return ""
			}
		}
		t.Fatalf("the palette has no %q", text)
		return ""
	}
	f.sent = nil
	if toast := do("shadow a policy: manual"); !strings.Contains(toast, "does not feel its own decisions") {
		t.Errorf("says %q", toast)
	}
	do("shadow a policy: manual (on: ends it)")
	do("shadow a policy: type it, as hpa:target=60%")
	press(t, m, "h", "p", "a", "enter")
	do("boot: pod 20 s")
	do("boot: vm 120 s")
	do("boot: none")
	want := []lab.Action{
		{By: lab.ByUser, Kind: lab.ActShadow, To: "manual"}, {By: lab.ByUser, Kind: lab.ActShadow, From: "manual"},
		{By: lab.ByUser, Kind: lab.ActShadow, To: "hpa"},
	}
	for _, to := range []string{"20s", "2m0s", "0s"} {
		want = append(want, lab.Action{By: lab.ByUser, Kind: lab.ActSet, Target: "fleet", Name: "boot", To: to})
	}
	if diff := cmp.Diff(want, f.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestAListIsMendedInPlace(t *testing.T) {
	m, f := benchOf(explained(), plain)
	m.coach.over = true
	m.Rows(80, 23)
	press(t, m, "down", "down")
	if s := drawn(m, 80, 23); !strings.Contains(s, "▸up ") || !strings.Contains(s, "…") || !strings.Contains(s, "up = 4pods/15s|100%/15s|8pods/1800s|3pods/60s") {
		t.Errorf("a list is not cut in its row and whole in the status:\n%s", s)
	}
	press(t, m, "enter", "backspace", "backspace", "backspace", "9", "s")
	for _, size := range screentest.Sizes {
		if s := drawn(m, size[0], size[1]-1); !strings.Contains(s, "3pods/9s") {
			t.Errorf("the end is not seen while it is typed:\n%s", s)
		}
	}
	f.refuse = &lab.InputError{Field: "up", Value: "3pods/9s", Want: "pods or percent"}
	press(t, m, "enter")
	if s := drawn(m, 80, 23); !m.Typing() || !strings.Contains(s, "! up") {
		t.Errorf("a refusal is not told while it is typed:\n%s", s)
	}
	f.refuse = nil
	press(t, m, "enter")
	if got := f.sent[len(f.sent)-1]; m.Typing() || got.To != "4pods/15s|100%/15s|8pods/1800s|3pods/9s" {
		t.Errorf("sent %+v", got)
	}
}

// Twenty knobs with long names, of which one is typed, at any size.
func TestManyLongKnobsKeepTheFrameWhole(t *testing.T) {
	m, _ := benchOf(explained(), plain)
	for w := MinWidth; w < 220; w += 3 {
		for _, key := range []string{"", "down", "enter", "esc", "z", "z", "y"} {
			switch {
			case key == "":
			case m.Typing():
				press(t, m, "esc")
			case m.focus == why && (key == "enter" || key == "esc"):
			case key == "esc" && m.Bindings().Find("esc") == nil:
			case m.Bindings().Find(key) != nil:
				press(t, m, key)
			}
			for y, row := range m.Rows(w, MinHeight-1+w%30) {
				if n := ansi.StringWidth(row); n != w {
					t.Fatalf("after %q at %d: row %d has %d cells: %q", key, w, y, n, row)
				}
			}
		}
	}
}
