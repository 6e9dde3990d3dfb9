package chart

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

var looks = map[string]theme.Options{
	"unicode": {Profile: theme.None, Dark: true},
	"ascii":   {Profile: theme.None, Dark: true, ASCII: true},
	"mono":    {Profile: theme.Mono, Dark: true},
	"16":      {Profile: theme.ANSI16, Dark: true},
	"light":   {Profile: theme.ANSI16},
	"256":     {Profile: theme.ANSI256, Dark: true},
}

const sec = time.Second

// cpu is ninety seconds that rise over the upper line, with a spike at 62 s
// and nothing known from 40 to 44 s.
func cpu() *Series {
	s := NewSeries(0)
	for i := range 91 {
		switch y := 22 + 16*math.Sin(float64(i)/11); {
		case i == 40:
			s.AppendGap(40 * sec)
		case i > 40 && i < 45:
		case i == 62:
			s.Append(time.Duration(i)*sec, 48)
		default:
			s.Append(time.Duration(i)*sec, y)
		}
	}
	return s
}

func steps(values ...float64) *Series {
	s := NewSeries(0)
	for i := range 91 {
		s.Append(time.Duration(i)*sec, values[i*len(values)/91])
	}
	return s
}

func cpuChart(th *theme.Theme) *Chart {
	c := New(th)
	c.Lines = []Line{{Series: cpu(), Name: "mean", Style: th.Series[0]}}
	c.Thresholds = []Threshold{{Y: 35, Style: th.Threshold}, {Y: 15, Style: th.Threshold}}
	c.Markers = []Marker{
		{At: 47 * sec, Glyph: th.Up, Style: th.Good, Text: "3 → 4"},
		{At: 62 * sec, Glyph: th.Cross, Style: th.Bad, Text: "killed"},
		{At: 80 * sec, Glyph: th.Down, Style: th.Warn, Text: "4 → 3"},
	}
	c.Y, c.TimeAxis = Axis{Unit: "%"}, true
	return c
}

func instancesChart(th *theme.Theme) *Chart {
	c := New(th)
	c.Lines = []Line{
		{Series: steps(1, 3, 3, 4, 4, 4, 2), Name: "desired", Style: th.Series[1], Stroke: Dotted, Step: true},
		{Series: steps(1, 2, 3, 3, 4, 4, 3), Name: "ready", Style: th.Series[0], Step: true},
	}
	c.Y = Axis{Integer: true}
	return c
}

func latencyChart(th *theme.Theme) *Chart {
	var p50, p95, p99 = NewSeries(0), NewSeries(0), NewSeries(0)
	for i := range 91 {
		x, y := time.Duration(i)*sec, 8+4*math.Sin(float64(i)/13)
		p50.Append(x, y)
		p95.Append(x, 2*y)
		p99.Append(x, 3*y+4*math.Sin(float64(i)))
	}
	c := New(th)
	c.Bands = []Band{{Low: p50, High: p99, Style: th.Dim}}
	c.Lines = []Line{
		{Series: p50, Name: "p50", Style: th.Series[2], Stroke: Dashed},
		{Series: p95, Name: "p95", Style: th.Series[0]},
	}
	c.Y, c.TimeAxis = Axis{Unit: "ms"}, true
	return c
}

// sheet is everything a chart can show.
func sheet(th *theme.Theme) string {
	live := View{Window: time.Minute, Right: 90 * sec, Live: true}
	frozen := View{Window: 2 * time.Minute, Right: 85 * sec, Origin: 5 * sec, Cursor: 62 * sec, HasCursor: true}
	var out []string
	add := func(rows ...string) { out = append(out, rows...) }
	add("live, one minute:")
	c := cpuChart(th)
	add(th.Box("CPU of size", c.Legend(live), c.Render(live, 58, 8), 60, 10, true)...)
	add("frozen, two minutes, with a cursor:")
	add(c.Render(frozen, 60, 10)...)
	add(c.Legend(frozen) + "   " + c.MarkersAt(frozen, 60)[0].Text)
	add("instances, wanted and ready:")
	i := instancesChart(th)
	add(i.Render(live, 60, 4)...)
	add(i.Legend(live))
	add("latency as a band:")
	l := latencyChart(th)
	add(l.Render(live, 60, 12)...)
	add(l.Legend(live))
	add("nothing yet:")
	e := New(th)
	e.TimeAxis = true
	add(e.Render(live, 60, 5)...)
	add("small:")
	add(cpuChart(th).Render(live, 12, 3)...)
	add("widgets:")
	for _, v := range []float64{0, 35, 100} {
		add(Slider(th, v, 0, 100, 20, th.Accent) + " " +
			Spark(th, []float64{v, 1, 2, 4, 8, 16, 32, 64, math.NaN(), 3}, 12))
	}
	for i, r := range out {
		out[i] = strings.TrimRight(r, " ")
	}
	return strings.ReplaceAll(strings.Join(out, "\n")+"\n", "\x1b", "␛")
}

func TestGolden(t *testing.T) {
	for name, o := range looks {
		t.Run(name, func(t *testing.T) {
			got := sheet(theme.New(o))
			screentest.Golden(t, name, got)
			if o.ASCII {
				if i := strings.IndexFunc(strings.ReplaceAll(got, "3 → 4", ""), func(r rune) bool { return r > 126 }); i >= 0 {
					t.Errorf("not ASCII at %q", got[i:min(len(got), i+12)])
				}
			}
		})
	}
}

// Without colour the same things are said: the signs are the same.
func TestColourSaysNothingAlone(t *testing.T) {
	plain := sheet(theme.New(looks["unicode"]))
	for _, name := range []string{"mono", "16", "light", "256"} {
		got := ansi.Strip(strings.ReplaceAll(sheet(theme.New(looks[name])), "␛", "\x1b"))
		trim := func(s string) []string {
			rows := strings.Split(s, "\n")
			for i := range rows {
				rows[i] = strings.TrimRight(rows[i], " ")
			}
			return rows
		}
		if d := cmp.Diff(trim(plain), trim(got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if strings.Contains(plain, "␛") {
		t.Error("escape sequences without a profile")
	}
}

// While time goes on, what was drawn moves to the left and stays as it is.
func TestNoShimmer(t *testing.T) {
	th := theme.New(looks["unicode"])
	const cells = 50
	col := time.Minute / (2 * cells)
	rnd := rand.New(rand.NewPCG(1, 2))
	c := New(th)
	c.Left, c.Right = 1, 1 // a tick, a blank
	c.Y = Axis{Min: 0, Max: 100}
	s := NewSeries(0)
	c.Lines = []Line{{Series: s}, {Series: NewSeries(0), Stroke: Dotted}, {Series: NewSeries(0), Stroke: Dashed, Step: true}}
	var x time.Duration
	until := func(end time.Duration) {
		for ; x < end; x += 137 * time.Millisecond {
			for i := range c.Lines {
				c.Lines[i].Series.Append(x, float64(20*i)+rnd.Float64()*30)
			}
		}
	}
	until(3 * time.Minute)
	var before []string
	for i := range 200 {
		right := 3*time.Minute + time.Duration(2*i)*col // two dot columns are a cell
		until(right)
		rows := slices.Clone(c.Render(View{Right: right, Live: true}, cells+2, 10))
		for y := range before {
			old, now := []rune(before[y]), []rune(rows[y])
			// All but the newest cells, whose columns were not complete.
			if d := cmp.Diff(string(old[2:cells-2]), string(now[1:cells-3])); d != "" {
				t.Fatalf("step %d, row %d changed while scrolling:\n%s", i, y, d)
			}
		}
		before = rows
	}
}

// A spike of one point is seen in every window.
func TestSpikesSurvive(t *testing.T) {
	s := NewSeries(0)
	for i := range 3600 {
		y := 1.0
		if i == 1800 {
			y = 100
		}
		s.Append(time.Duration(i)*sec, y)
	}
	c := New(theme.New(looks["unicode"]))
	c.Lines = []Line{{Series: s}}
	c.Y = Axis{Min: 0, Max: 100}
	for _, w := range Windows {
		rows := c.Render(View{Window: w, Right: 1810 * sec}, 60, 8)
		if !strings.ContainsFunc(rows[0], func(r rune) bool { return r > 0x2800 && r <= 0x28ff }) {
			t.Errorf("%v: no spike in %q", w, rows[0])
		}
	}
}

// The line is broken where a gap was said, and only there.
// One slow request makes a band high, not the axis; what the line itself does
// is always within it.
func TestABandsSpikeLeavesTheLineItsRoom(t *testing.T) {
	low, mid, high := NewSeries(0), NewSeries(0), NewSeries(0)
	for i := range 60 {
		x, top := time.Duration(i)*time.Second, 14.0
		if i == 30 {
			top = 900
		}
		low.Append(x, 4)
		mid.Append(x, 9)
		high.Append(x, top)
	}
	c := New(theme.New(theme.Options{Profile: theme.None}))
	c.Lines = []Line{{Series: mid}}
	c.Bands = []Band{{Low: low, High: high}}
	v := View{Window: time.Minute, Right: time.Minute}
	if c.Render(v, 60, 8); c.top < 14 || c.top > 50 {
		t.Errorf("the axis reaches to %v", c.top)
	}
	mid.Append(61*time.Second, 900)
	v.Right += time.Second
	if c.Render(v, 60, 8); c.top < 900 {
		t.Errorf("with a line of 900 the axis reaches to %v", c.top)
	}
	c.Lines = nil
	if c.Render(v, 60, 8); c.top < 900 {
		t.Errorf("of a band alone the axis reaches to %v", c.top)
	}
}

func TestGaps(t *testing.T) {
	c := New(theme.New(looks["unicode"]))
	s := NewSeries(0)
	c.Lines, c.Y = []Line{{Series: s}}, Axis{Min: 0, Max: 10}
	s.Append(0, 5)
	s.Append(10*sec, 5)
	s.AppendGap(20 * sec)
	s.Append(40*sec, 5)
	s.Append(59*sec, 5)
	row := []rune(c.Render(View{Right: 60 * sec}, 65, 1)[0])[5:]
	dots := func(from, to int) (n int) {
		for _, r := range row[from:to] {
			if r != ' ' {
				n++
			}
		}
		return n
	}
	if dots(1, 10) != 9 || dots(11, 39) != 0 || dots(41, 58) != 17 {
		t.Errorf("gap drawn wrong: %q", string(row))
	}
}

// What has not changed is not drawn again.
func TestRenderKeepsItsRows(t *testing.T) {
	th := theme.New(looks["16"])
	c := cpuChart(th)
	v := View{Window: time.Minute, Right: 90 * sec, Live: true}
	col := c.CellWidth(v, 60) / 2
	first := c.Render(v, 60, 10)
	same := func() bool { return &c.Render(v, 60, 10)[0] == &first[0] }
	if !same() {
		t.Error("drawn again though nothing changed")
	}
	v.Right = floorDiv(v.Right, col)*col + col - 1
	if !same() {
		t.Error("drawn again within one dot column")
	}
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"a dot column is complete", func() { v.Right += col }},
		{"a point", func() { c.Lines[0].Series.Append(91*sec, 30) }},
		{"a threshold moves", func() { c.Thresholds[0].Y = 40 }},
		{"a marker", func() { c.Markers = append(c.Markers, Marker{At: 70 * sec, Glyph: "x"}) }},
		{"a cursor", func() { v.HasCursor, v.Cursor = true, 80*sec }},
		{"the window", func() { v.Window = 2 * time.Minute }},
		{"the theme", func() { c.SetTheme(theme.New(looks["ascii"])) }},
	} {
		first = c.Render(v, 60, 10)
		if change.do(); same() {
			t.Errorf("%s: not drawn again", change.name)
		}
	}
}

// Every row is exactly as wide as asked, whatever is drawn.
func FuzzRender(f *testing.F) {
	f.Add(uint64(1), 60, 10, int64(time.Minute), int64(90*sec), false)
	f.Add(uint64(2), 1, 1, int64(0), int64(-1), true)
	f.Add(uint64(3), 7, 2, int64(math.MaxInt64), int64(math.MaxInt64), false)
	f.Add(uint64(4), 200, 50, int64(1), int64(math.MinInt64), true)
	f.Add(uint64(5), 0, -3, int64(-1), int64(0), false)
	odd := []float64{0, math.NaN(), math.Inf(1), math.Inf(-1), -5, 1e300, -1e308, 5e-324, 1e-9, 1e15, 42, 42.5}
	f.Fuzz(func(t *testing.T, seed uint64, w, h int, window, right int64, ascii bool) {
		w, h = w%250, h%80
		rnd := rand.New(rand.NewPCG(seed, 0))
		value := func() float64 {
			if rnd.IntN(3) == 0 {
				return odd[rnd.IntN(len(odd))]
			}
			return rnd.NormFloat64() * math.Pow(10, float64(rnd.IntN(6)))
		}
		th := theme.New(theme.Options{Dark: true, ASCII: ascii, Profile: theme.Profile(rnd.IntN(5))})
		c := New(th)
		series := func() *Series {
			s := NewSeries(1 + rnd.IntN(300))
			x := time.Duration(right) - time.Duration(rnd.Int64N(int64(5*time.Minute)))
			for range rnd.IntN(400) {
				s.Append(x, value())
				x += time.Duration(rnd.Int64N(int64(3 * sec)))
			}
			return s
		}
		for range rnd.IntN(4) {
			c.Lines = append(c.Lines, Line{Series: series(), Name: "n", Style: th.Series[rnd.IntN(6)], Stroke: Stroke(rnd.IntN(3)), Step: rnd.IntN(2) == 0})
			c.Thresholds = append(c.Thresholds, Threshold{Y: value(), Style: th.Warn, Label: []string{"", "界é\t"}[rnd.IntN(2)]})
			c.Markers = append(c.Markers, Marker{At: time.Duration(right) - time.Duration(rnd.IntN(int(time.Minute))), Glyph: th.Up})
		}
		if rnd.IntN(2) == 0 {
			c.Bands = []Band{{Low: series(), High: series(), Style: th.Dim}}
		}
		c.Y = Axis{Min: value(), Max: value(), AtLeast: value(), Integer: rnd.IntN(2) == 0, Unit: "ms"}
		c.TimeAxis, c.Left, c.Right = rnd.IntN(2) == 0, rnd.IntN(8), rnd.IntN(8)
		v := View{Window: time.Duration(window), Right: time.Duration(right), Live: rnd.IntN(2) == 0, Clock: rnd.IntN(2) == 0,
			HasCursor: rnd.IntN(2) == 0, Cursor: time.Duration(right) - 3*sec, Origin: time.Duration(rnd.Int64())}
		rows := c.Render(v, w, h)
		if w > 0 && h > 0 && len(rows) != h || (w < 1 || h < 1) && len(rows) != 0 {
			t.Fatalf("%d rows for %dx%d", len(rows), w, h)
		}
		for _, r := range rows {
			if n := ansi.StringWidth(r); n != w || !utf8.ValidString(r) {
				t.Fatalf("%d cells for %d: %q", n, w, r)
			}
			if ascii && strings.ContainsFunc(r, func(r rune) bool { return r > 126 && r != 'é' }) {
				t.Fatalf("not ASCII: %q", r)
			}
		}
		c.Legend(v)
		c.MarkersAt(v, w)
		c.TimeAt(v, w, rnd.IntN(300)-10)
		for name, s := range map[string]string{
			"slider": Slider(th, value(), value(), value(), w, th.Accent),
			"spark":  Spark(th, []float64{value(), value(), value()}, w),
		} {
			if n := ansi.StringWidth(s); n != max(0, w) {
				t.Fatalf("%s: %d cells for %d: %q", name, n, w, s)
			}
		}
	})
}

func TestEverySize(t *testing.T) {
	for _, name := range []string{"16", "ascii"} {
		c := latencyChart(theme.New(looks[name]))
		c.Thresholds = []Threshold{{Y: 20, Style: "\x1b[33m"}}
		for w := 1; w < 90; w++ {
			for h := 1; h < 25; h++ {
				rows := c.Render(View{Right: 90 * sec, Live: true}, w, h)
				for _, r := range rows {
					if n := ansi.StringWidth(r); len(rows) != h || n != w {
						t.Fatalf("%dx%d: %d rows, %d cells: %q", w, h, len(rows), n, r)
					}
				}
			}
		}
	}
}

// What a cell shows, and what it is asked about by mouse and cursor, agree.
func TestTimeAtIsItsCell(t *testing.T) {
	c := cpuChart(theme.New(looks["unicode"]))
	for _, w := range []int{10, 30, 58, 101} {
		v := View{Window: 5 * time.Minute, Right: 90 * sec}
		g := c.geometry(v, w, 10)
		for x := range g.plotW {
			if got := g.cell(c.TimeAt(v, w, g.left+x)); got != x {
				t.Fatalf("w %d: cell %d is at %d", w, x, got)
			}
		}
	}
}

func TestMarkersAtCursor(t *testing.T) {
	c := cpuChart(theme.New(looks["unicode"]))
	v := View{Right: 90 * sec, HasCursor: true, Cursor: 62 * sec}
	if m := c.MarkersAt(v, 60); len(m) != 1 || m[0].Text != "killed" {
		t.Errorf("got %+v", m)
	}
	v.Cursor = 70 * sec
	if m := c.MarkersAt(v, 60); len(m) > 0 {
		t.Errorf("markers where there are none: %+v", m)
	}
}

// Of several markers in a cell the one of the highest rank is seen, and of equal
// ones the last; all of them are read in that order.
func TestTheHighestMarkerIsSeen(t *testing.T) {
	c := New(theme.New(theme.Options{Profile: theme.None}))
	c.TimeAxis = true
	at := func(glyph string, rank int) Marker {
		return Marker{At: 30 * sec, Glyph: glyph, Rank: rank, Text: glyph}
	}
	c.Markers = []Marker{at("a", 0), at("b", 1), at("c", 1), at("d", 0)}
	v := View{Right: 60 * sec, Cursor: 30 * sec, HasCursor: true}
	axis := c.Render(v, 60, 6)[4]
	if !strings.Contains(axis, "c") || strings.ContainsAny(axis, "abd") {
		t.Errorf("the axis is %q", axis)
	}
	all := ""
	for _, m := range c.MarkersAt(v, 60) {
		all += m.Text
	}
	if all != "cbda" {
		t.Errorf("they are read as %q", all)
	}
}

// A line aside is drawn, but does not flatten the others.
func TestALineAsideDoesNotFlattenTheOthers(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.None})
	times := []time.Duration{sec, 30 * sec}
	ready, demand := FromPoints(times, []float64{2, 2}), FromPoints(times, []float64{90, 90})
	draw := func(aside bool) []string {
		c := New(th)
		c.Lines = []Line{{Series: demand, Stroke: Sparse, Step: true, Aside: aside}, {Series: ready, Step: true}}
		return c.Render(View{Right: 60 * sec}, 60, 9)
	}
	for _, c := range []struct {
		aside bool
		top   string
	}{{true, " 6┤"}, {false, " 100┤"}} {
		rows := draw(c.aside)
		if !strings.HasSuffix(rows[0][:strings.Index(rows[0], "┤")+len("┤")], c.top) {
			t.Errorf("aside %v: the top is %q, want %q", c.aside, rows[0], c.top)
		}
		if !strings.ContainsAny(rows[0]+rows[1], "⠁⠂⠄⡀⠈⠐⠠⢀") {
			t.Errorf("aside %v: it is not drawn:\n%s", c.aside, strings.Join(rows, "\n"))
		}
	}
}
