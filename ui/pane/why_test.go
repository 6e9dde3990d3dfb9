package pane

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

func TestAStagesNumberIsInItsUnit(t *testing.T) {
	p := &Picture{PolicyKnobs: []lab.Knob{{Name: "metric", Kind: lab.Choice, Text: "rps"}}}
	for _, c := range []struct {
		stage lab.Stage
		want  string
	}{
		{lab.Stage{Name: "sample", Value: 90, Text: "CPU"}, "90 %"},
		{lab.Stage{Name: "metric", Value: .362, Text: "CPU over 3s"}, "36.2 %"},
		{lab.Stage{Name: "metric", Value: .25, Text: "p95, newest point"}, "250 ms"},
		{lab.Stage{Name: "metric", Value: 12.34, Text: ""}, "12.3 /s"},
		{lab.Stage{Name: "metric", Value: .5, Text: "system CPU"}, "50 %"},
		{lab.Stage{Name: "anti-flap", Value: 90, Text: "what each would carry"}, "90 /s"},
		{lab.Stage{Name: "anti-flap", Value: 2, Text: "at 2 each would carry 90 %"}, "2"},
		{lab.Stage{Name: "ratio", Value: 1.998}, "2"},
		{lab.Stage{Name: "ratio", Value: .7249}, "0.72"},
		{lab.Stage{Name: "stable", Value: 134.61}, "134.6"},
		{lab.Stage{Name: "raw", Value: 100}, "100"},
		{lab.Stage{Name: "raw", Value: 6}, "6"},
		{lab.Stage{Name: "ratio", Value: math.Inf(1)}, "—"},
	} {
		if got := p.stageValue(&c.stage); got != c.want {
			t.Errorf("%+v is shown as %q, want %q", c.stage, got, c.want)
		}
	}
}

func TestHowLongItIsLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{
		2100 * time.Millisecond: "2.1 s", 41500 * time.Millisecond: "42 s", 220 * time.Second: "3:40", 219500 * time.Millisecond: "3:40",
		time.Hour + 65*time.Second: "1:01:05",
	} {
		if got := left(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestASpeedSaysWhatABootStandsFor(t *testing.T) {
	boot := []lab.Knob{{Name: "boot", Kind: lab.Duration, Unit: "s", Value: 2.5}}
	for _, c := range []struct {
		p    Picture
		want string
	}{
		{Picture{}, ""}, {Picture{Speed: 1}, ""},
		{Picture{Speed: 30, FleetKnobs: boot}, "speed ×30: a boot of 2.5 s stands for 75 s in production"},
		{Picture{Speed: 10}, "speed ×10: a boot of 20 s would stand for 200 s in production"},
	} {
		if got := c.p.fast(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A shadow that ends leaves a gap, and its line begins anew when it is back; in
// another record it is forgotten.
func TestShadowsAreLinesBesideTheActiveOne(t *testing.T) {
	all := ticks(1, 30)
	for i := range all {
		if i >= 5 && i < 10 || i >= 20 {
			all[i].Shadows = []lab.Shadow{{Policy: "hpa:target=60%", Decision: lab.Decision{Desired: 3}}}
		}
		if i >= 25 {
			all[i].Shadows = append(slices.Clone(all[i].Shadows), lab.Shadow{Policy: "hpa", Decision: lab.Decision{Desired: 4}})
		}
	}
	m := NewCharts(plain)
	for _, n := range []int{3, 8, 15, 30} {
		m.See(pictureOf(0, all[:n]))
	}
	line := m.shadows[0].line
	for at, want := range map[time.Duration]bool{3 * time.Second: false, 7 * time.Second: true, 12 * time.Second: false, 28 * time.Second: true} {
		if y, ok := line.Series.At(at); ok != want || ok && y != 3 {
			t.Errorf("at %v the shadow wants %v, %v", at, y, ok)
		}
	}
	if line.Stroke == m.instances.Lines[len(m.instances.Lines)-1].Stroke || m.instances.Lines[3].Series != m.desired {
		t.Error("it is drawn like, or over, what is there")
	}
	for w := 8; w < 200; w++ {
		for _, row := range m.DrawTrends(pictureOf(0, all), w, 20, false) {
			if n := theme.Width(row); n != w {
				t.Fatalf("%d cells of %d: %q", n, w, row)
			}
		}
	}
	if got := strings.Join(m.DrawTrends(pictureOf(0, all), 120, 20, false), "\n"); !strings.Contains(got, "hpa:target=60% 3") || !strings.Contains(got, "hpa 4") {
		t.Errorf("two of a kind are not told apart in\n%s", got)
	}
	m.See(pictureOf(0, ticks(40, 5)))
	if len(m.shadows) != 0 || len(m.instances.Lines) != 3 {
		t.Error("another record has the shadows of the one before")
	}
}

func TestWhyScrollsToItsEnd(t *testing.T) {
	p := pictureOf(0, ticks(1, 9))
	p.Badge = "the very last"
	for i := range 20 {
		p.Decision.Stages = append(p.Decision.Stages, lab.Stage{Name: "raw", Value: float64(i)})
	}
	m := NewWhy(plain)
	for _, c := range []struct {
		by   int
		want string
	}{{0, "from"}, {1 << 30, "the very last"}, {-1 << 30, "from"}} {
		m.Move(c.by)
		if got := strings.Join(m.Draw(p, 50, 8, true), "\n"); !strings.Contains(got, c.want) || !strings.Contains(got, "more") {
			t.Errorf("after %d %q is not in\n%s", c.by, c.want, got)
		}
	}
}
