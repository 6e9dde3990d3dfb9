package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/plotter"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report/offered"
)

// record is a run of n seconds under a load that comes at 5 s and kills its
// second instance. Its texts are hostile.
func record(id int64, n int) lab.Record {
	e := lab.DefaultExperiment()
	e.Policy, e.SLO = "threshold:upper=35%,lower=15%,metric=cpu", 50*time.Millisecond
	rec := lab.Record{Run: lab.Run{ID: id, Name: "<b>\"up\" & 'down'</b>\x1b[2J\ufffe 日本", Outcome: lab.Completed, Duration: time.Duration(n) * time.Second, Experiment: e, Origin: 100 * time.Second}}
	for i := range n {
		at := rec.Run.Origin + time.Duration(i+1)*time.Second
		s := lab.Sample{At: at, Span: time.Second, Desired: 1, Limits: lab.Limits{Min: 1, Max: 5}, Capacity: 50, LoadOn: i >= 5}
		if i >= 5 {
			s.Generator = lab.Traffic{Offered: 60, Arrived: 60, OK: 58, Failed: lab.ByCause{2}, Latency: lab.Hist{{Top: 20 * time.Millisecond, N: 50}, {Top: 40 * time.Millisecond, N: 8}}}
			s.Front = s.Generator
		}
		ready := 1
		if i > 8 {
			ready = 2
		}
		for k := range ready {
			s.Instances = append(s.Instances, lab.Instance{ID: fmt.Sprintf("i%d", k+1), State: lab.Ready, PID: 1, CPU: lab.Known(.3, at, time.Second)})
		}
		t := lab.Tick{Sample: s, Decision: lab.Decision{Desired: ready}}
		switch i {
		case 8:
			t.Decision = lab.Decision{Desired: 2, Reason: "CPU"}
		case 9:
			t.Events = []lab.Event{{At: at, Kind: lab.EventAction, Text: "kill <2>", Action: &lab.Action{At: at, Kind: lab.ActKill, Target: "<i2>&"}}}
		}
		rec.Ticks = append(rec.Ticks, t)
	}
	return rec
}

// texts are all words of an SVG, which must be well-formed and load nothing.
func texts(t *testing.T, svg string) []string {
	t.Helper()
	var out []string
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "script" || e.Name.Local == "image" || e.Name.Local == "b" {
				t.Errorf("<%s>", e.Name.Local)
			}
			for _, a := range e.Attr {
				if a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "url(") {
					t.Errorf("%s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(e)); s != "" {
				out = append(out, s)
			}
		}
	}
}

func has(t *testing.T, all []string, wanted ...string) {
	t.Helper()
	joined := "\n" + strings.Join(all, "\n") + "\n"
	for _, w := range wanted {
		if !strings.Contains(joined, "\n"+w+"\n") {
			t.Errorf("no %q among %q", w, all)
		}
	}
}

func TestChartsOfARun(t *testing.T) {
	rec := record(42, 60)
	f := OfRun(&rec)
	var b bytes.Buffer
	if err := f.SVG(&b); err != nil {
		t.Fatal(err)
	}
	has(t, texts(t, b.String()),
		`run 42: <b>"up" & 'down'</b> 日本`, "CPU, % of size", "mean of the ready", "upper", "lower",
		"instances", "needed", "desired", "ready", "requests/s", "offered", "served", "failed", "latency, ms", "p50", "p95", "p99", "target",
		"0:00", "0:05", "1:00", "time since the run began, min:s", "kill <i2>&")
	if !regexp.MustCompile(`<svg[^>]* width="720pt" height="\d+pt"`).MatchString(b.String()) {
		t.Errorf("%.300s", b.String())
	}

	b.Reset()
	if err := f.PNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if w, h := img.Bounds().Dx(), img.Bounds().Dy(); w != 1440 || h != 2*int(f.height(true)) {
		t.Errorf("%d × %d", w, h)
	}
	drawn := map[color.Color]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			drawn[img.At(x, y)] = true
		}
	}
	for _, i := range []ink{paper, grid, limit, first, second, third} {
		if !drawn[light[i]] {
			t.Errorf("nothing is drawn in ink %s", names[i])
		}
	}
}

func TestChartsStandInAPageInItsColours(t *testing.T) {
	rec := record(42, 60)
	svg := OfRun(&rec).Inline(`charts of "run" <42>`)
	texts(t, svg)
	if !strings.HasPrefix(svg, `<svg viewBox="0 0 720 650" role="img" aria-label="charts of &#34;run&#34; &lt;42&gt;">`) {
		t.Errorf("%.200s", svg)
	}
	if left := regexp.MustCompile(`#[0-9A-Fa-f]{6}`).FindString(svg); left != "" {
		t.Errorf("%s is not the page's to say", left)
	}
	for _, isDark := range []bool{false, true} {
		for _, name := range names {
			if !strings.Contains(CSS(isDark), "--chart-"+name+":#") {
				t.Errorf("no %s", name)
			}
		}
	}
}

func TestInksCanBeToldApart(t *testing.T) {
	for _, p := range []palette{light, dark} {
		seen := map[color.RGBA]bool{}
		for i, c := range p {
			if seen[c] || c == (color.RGBA{A: 0xff}) { // black is left out of an SVG
				t.Errorf("ink %s", names[i])
			}
			seen[c] = true
			if need := map[ink]float64{text: 7, faint: 4.5, first: 3, second: 3, third: 3, fourth: 3, limit: 3}[ink(i)]; contrast(c, p[paper]) < need {
				t.Errorf("ink %s: contrast %.1f, want %.1f", names[i], contrast(c, p[paper]), need)
			}
		}
	}
}

// contrast is that of two colours by WCAG 2.
func contrast(a, b color.RGBA) float64 {
	luminance := func(c color.RGBA) float64 {
		linear := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.04045 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
	}
	x, y := luminance(a)+.05, luminance(b)+.05
	return max(x/y, y/x)
}

func TestChartsOfSides(t *testing.T) {
	a, b := record(41, 60), record(42, 30)
	var svg bytes.Buffer
	if err := OfSides([][]lab.Record{{a}, {b}}, offered.AtStart).SVG(&svg); err != nil {
		t.Fatal(err)
	}
	has(t, texts(t, svg.String()), "CPU, % of size", "instances ready", "served requests/s", "p95, ms", "1:00", "time since the runs began, min:s")
	if !strings.Contains(svg.String(), ">A  run 41 ") || !strings.Contains(svg.String(), ">B  run 42 ") {
		t.Error("no legend")
	}
	f := OfSides([][]lab.Record{{a}, {b}}, offered.AtLoad)
	if f.left != -5 || f.right != 55 || f.axis != "time since the load began" {
		t.Errorf("from %g to %g s, %s", f.left, f.right, f.axis)
	}
	many := make([]lab.Record, 12)
	for i := range many {
		many[i] = record(int64(i+1), 20)
	}
	f = OfSides([][]lab.Record{many, {b}}, offered.AtStart)
	if n := len(f.panels[1].series); n != mostRepeats+1 {
		t.Errorf("%d lines", n)
	}
	if got := f.panels[0].series[0].name; !strings.HasPrefix(got, "A  12 runs from 1 ") {
		t.Errorf("legend %q", got)
	}
}

func TestThinnedLinesLookTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p plotter.XYs
	for i := range 50_000 {
		p = append(p, plotter.XY{X: float64(i) / 10, Y: r.NormFloat64()})
	}
	const left, right, n = 0, 5000, 500
	out := thin(p, left, right, n)
	if len(out) > 4*n+4 {
		t.Fatalf("%d points", len(out))
	}
	span := func(p plotter.XYs) (low, high [n + 1]float64) {
		for _, xy := range p {
			k := int((xy.X - left) / (right - left) * n)
			low[k], high[k] = min(low[k], xy.Y), max(high[k], xy.Y)
		}
		return low, high
	}
	lowA, highA := span(p)
	lowB, highB := span(out)
	if lowA != lowB || highA != highB {
		t.Error("a peak was lost")
	}
	for i := 1; i < len(out); i++ {
		if out[i].X <= out[i-1].X {
			t.Fatal("time goes back")
		}
	}
}

func TestGapsBreakLines(t *testing.T) {
	rec := record(42, 20)
	rec.Ticks[7].Sample.Gap = true
	rec.Ticks[12].Sample.Instances = nil
	s := read(&rec, rec.Run.Origin, series{}, cpu)
	var lengths []int
	for _, p := range s.pieces {
		lengths = append(lengths, len(p))
	}
	if fmt.Sprint(lengths) != "[7 4 7]" {
		t.Errorf("pieces of %v", lengths)
	}
	if one := (&series{pieces: []plotter.XYs{{{X: 3, Y: 1}}}}); len(one.lines(0, 10, 100)[0]) != 2 {
		t.Error("a single point cannot be seen")
	}
}

func TestCountsAreStairs(t *testing.T) {
	s := series{step: true, end: 9, pieces: []plotter.XYs{{{X: 1, Y: 1}, {X: 2, Y: 1}, {X: 3, Y: 2}, {X: 4, Y: 2}}}}
	if got := fmt.Sprint(s.lines(0, 10, 100)); got != "[[{1 1} {3 1} {3 2} {9 2}]]" {
		t.Error(got)
	}
}

func TestLimitsAreTurnedOnTheWay(t *testing.T) {
	rec := record(42, 20)
	set := func(i int, a lab.Action) {
		a.At = rec.Ticks[i].Sample.At
		rec.Ticks[i].Events = []lab.Event{{At: a.At, Kind: lab.EventAction, Action: &a}}
	}
	set(4, lab.Action{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "50%"})
	set(6, lab.Action{Kind: lab.ActSet, Target: "load", Name: "rate", To: "20"})
	set(14, lab.Action{Kind: lab.ActPolicy, To: "hpa:target=60%"})
	upper := knob(&rec, rec.Run.Origin, "upper", series{})
	if got := fmt.Sprint(upper.lines(0, 20, 100)); got != "[[{0 35} {5 35}] [{5 50} {15 50}]]" {
		t.Error("upper", got)
	}
	lower := knob(&rec, rec.Run.Origin, "lower", series{})
	if got := fmt.Sprint(lower.lines(0, 20, 100)); got != "[[{0 15} {15 15}]]" {
		t.Error("lower", got)
	}
	rec.Run.Experiment.Policy = "threshold:upper=35,metric=rps"
	rec.Ticks = rec.Ticks[:3]
	if s := knob(&rec, rec.Run.Origin, "upper", series{}); len(s.lines(0, 20, 100)) != 0 {
		t.Error("a limit to something else is drawn over the CPU")
	}
}

func TestOfASeriesOnlyWhatIsKnownIsDrawn(t *testing.T) {
	rec := record(42, 60)
	rec.Run.Rig = lab.RigImport
	var b bytes.Buffer
	if err := OfRun(&rec).SVG(&b); err != nil {
		t.Fatal(err)
	}
	all := texts(t, b.String())
	has(t, all, "offered", "p95")
	for _, no := range []string{"served", "failed", "p50", "p99"} {
		if slices.Contains(all, no) {
			t.Errorf("%s is drawn", no)
		}
	}
	if n := len(OfSides([][]lab.Record{{rec}, {record(43, 60)}}, offered.AtStart).panels[2].series[0].pieces); n != 0 {
		t.Error("served is drawn")
	}
}

func TestMarks(t *testing.T) {
	rec := record(42, 20)
	at := func(s float64) time.Duration { return rec.Run.Origin + time.Duration(s*float64(time.Second)) }
	turn := func(s float64, to string) lab.Event {
		return lab.Event{At: at(s), Kind: lab.EventAction, Text: "rate → " + to, Action: &lab.Action{At: at(s), Kind: lab.ActSet, Target: "load", Name: "rate", To: to}}
	}
	rec.Ticks[0].Events = []lab.Event{{At: at(0), Action: &lab.Action{Kind: lab.ActLoad, To: "on"}}}
	rec.Ticks[5].Events = []lab.Event{turn(5, "20"), turn(5.5, "25"), turn(5.9, "30"), turn(9, "40")}
	rec.Ticks[9].Events = []lab.Event{
		{At: at(10), Action: &lab.Action{Kind: lab.ActKill, Target: "i2"}}, {At: at(10.1), Kind: lab.EventFailed, Instance: "i2"},
		{At: at(11), Kind: lab.EventFailed, Instance: "i1"}, {At: at(12), Kind: lab.EventReady, Instance: "i3"},
		{At: at(13), Kind: lab.EventMark, Text: strings.Repeat("long ", 20)}, {At: at(14), Action: &lab.Action{Kind: lab.ActPolicy, To: "hpa:target=60"}},
	}
	var got []string
	for _, f := range flags(&rec, rec.Run.Origin) {
		got = append(got, fmt.Sprintf("%g %s", f.x, f.text))
	}
	want := "5 rate 30|9 rate 40|10 kill i2|11 i1 failed|13 long long long long l…|14 policy hpa"
	if strings.Join(got, "|") != want {
		t.Errorf("%q", got)
	}
}

func TestTimeAxis(t *testing.T) {
	for _, c := range []struct {
		left, right float64
		want, unit  string
	}{
		{0, 2, "0.0 0.2 0.4 0.6 0.8 1.0 1.2 1.4 1.6 1.8 2.0", "s"},
		{0, 40, "0:00 0:05 0:10 0:15 0:20 0:25 0:30 0:35 0:40", "min:s"},
		{-10, 65, "−0:10 0:00 0:10 0:20 0:30 0:40 0:50 1:00", "min:s"},
		{0, 4000, "0:00 10:00 20:00 30:00 40:00 50:00 1:00:00", "min:s"},
		{0, 86400, "0:00 2:00 4:00 6:00 8:00 10:00 12:00 14:00 16:00 18:00 20:00 22:00 24:00", "h:min"},
		{0, 8 * 86400, "0 1 2 3 4 5 6 7 8", "days"},
	} {
		var got []string
		for _, m := range (&Figure{left: c.left, right: c.right}).moments(true) {
			got = append(got, m.Label)
		}
		if strings.Join(got, " ") != c.want || unit(c.right-c.left) != c.unit {
			t.Errorf("%g to %g: %q in %s", c.left, c.right, got, unit(c.right-c.left))
		}
	}
	for right := 1.0; right < 3.2e8; right *= 1.7 { // up to ten years
		if n := len((&Figure{right: right}).moments(true)); n < 3 || n > mostMoments+1 {
			t.Errorf("%g s: %d numbers", right, n)
		}
	}
}

func TestScales(t *testing.T) {
	for _, c := range []struct {
		p    panel
		top  float64
		want string
	}{
		{panel{least: 50, full: 100}, 36, "0 20 40 60"},
		{panel{least: 50, full: 100}, 99, "0 25 50 75 100"},
		{panel{least: 50, full: 100}, 140, "0 50 100 150"},
		{panel{least: 2, whole: true}, 5, "0 1 2 3 4 5 6"},
		{panel{least: 2, whole: true}, 40, "0 10 20 30 40 50"},
		{panel{least: 10}, 0, "0.0 2.5 5.0 7.5 10.0 12.5"},
		{panel{least: 10, most: 90}, 4000, "0 25 50 75 100"},
		{panel{least: 10}, 2_200_000, "0 1,000,000 2,000,000 3,000,000"},
	} {
		c.p.series = []series{{pieces: []plotter.XYs{{{Y: c.top}}}}}
		var got []string
		for _, s := range c.p.steps() {
			got = append(got, s.Label)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("up to %g: %q, want %s", c.top, got, c.want)
		}
	}
}

func TestAnythingCanBeDrawn(t *testing.T) {
	one := record(1, 1)
	huge := record(2, 3)
	huge.Run.Duration = 10 * 365 * 24 * time.Hour
	huge.Ticks[2].Sample.At = rec10years
	huge.Ticks[1].Sample.Generator.Latency = lab.Hist{{Top: math.MaxInt64, N: math.MaxInt64}}
	huge.Ticks[1].Sample.Span = 1
	back := record(3, 5)
	back.Run.Duration = -time.Hour
	for _, rec := range []lab.Record{one, huge, back} {
		for _, f := range []*Figure{OfRun(&rec), OfSides([][]lab.Record{{rec}, {one}}, offered.AtLoad)} {
			var b bytes.Buffer
			if err := errors.Join(f.SVG(&b), f.PNG(io.Discard)); err != nil {
				t.Errorf("run %d: %v", rec.Run.ID, err)
			}
			if texts(t, b.String()); strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
				t.Errorf("run %d: no numbers in the picture", rec.Run.ID)
			}
		}
	}
}

const rec10years = 10 * 365 * 24 * time.Hour

func BenchmarkADayAsSVG(b *testing.B) {
	rec := record(1, 86_400)
	for b.Loop() {
		OfRun(&rec).SVG(io.Discard)
	}
}
