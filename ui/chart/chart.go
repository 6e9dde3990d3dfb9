// Package chart draws time series as rows of exactly w cells, and the small
// widgets around them. It knows points, not the lab.
//
//	Append ─▶ Series ─ columns (min, max, last per dot column) ─┐
//	Plot (lines, bands, thresholds, markers) ───────────────────┼─▶ frame ─▶ rows
//	View (window, right edge, cursor) ──────────────────────────┘
//
// Lines are drawn with ntcharts' braille grid and line geometry; the rows are
// written here, with an escape sequence only where the ink changes. Dot columns
// lie at absolute multiples of their width, so nothing shimmers while the data
// scrolls, and a spike survives any decimation. A Chart keeps its last rows and
// returns them as long as nothing that is drawn has changed.
//
// Everything here belongs to one goroutine, the screen's. It imports ui/theme.
package chart

import (
	"slices"
	"strings"
	"time"

	"github.com/NimbleMarkets/ntcharts/canvas/graph"

	"autoscale-lab/ui/theme"
)

// Windows are the spans of time a chart can show.
var Windows = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// Stroke tells lines apart where there is no colour.
type Stroke int

const (
	Solid Stroke = iota
	Dotted
	Dashed
	DashDotted
	Sparse // of what lies behind the others
)

// Line is one series as it is drawn.
type Line struct {
	Series *Series
	Name   string // in the legend
	Style  theme.Style
	Stroke Stroke
	Step   bool // a value holds until the next: counts, settings
	Aside  bool // it does not make the plot higher than outlier times what the others need
}

// Band is what lies between two series: dots between them, or only the
// series' own lines if they are among the Lines.
type Band struct {
	Low, High *Series
	Style     theme.Style
}

// Threshold is a dashed line across the plot, with its value at the right.
type Threshold struct {
	Y     float64
	Label string // instead of the value
	Style theme.Style
}

// Marker is an event on the time axis.
type Marker struct {
	At    time.Duration
	Glyph string // one cell
	Style theme.Style
	Text  string // what a cursor on it says
	Rank  int    // of several in a cell the greatest is seen, and of these the last
}

// Plot is what a chart shows.
type Plot struct {
	Lines      []Line // the last is drawn on top
	Bands      []Band
	Thresholds []Threshold
	Markers    []Marker // drawn on the line of the time axis
	Y          Axis
	TimeAxis   bool // a line with ticks and markers, and its labels, below the plot
	// Left and Right are the cells beside the plot; charts that share a time
	// axis share them. Left 0 is 5: labels of four cells and a tick. Right 0 is
	// as much as the thresholds' labels take.
	Left, Right int
	Empty       string // what an empty plot says; "no data yet"
}

// View is the part of time that is shown. A pane keeps one for all its charts.
type View struct {
	Window    time.Duration // 0: a minute
	Right     time.Duration // the right edge: now, or where a view was frozen
	Live      bool          // the right edge is now: labels count back from it
	Clock     bool          // label with the run's clock although Live
	Origin    time.Duration // where the run's clock is zero
	Cursor    time.Duration
	HasCursor bool
}

// far bounds times, so that their differences are durations.
const far = 100 * 365 * 24 * time.Hour

func (v View) tame() View {
	if v.Window <= 0 {
		v.Window = time.Minute
	}
	v.Window = min(v.Window, far)
	v.Right = max(-far, min(far, v.Right))
	v.Origin = max(-far, min(far, v.Origin))
	v.Cursor = max(-far, min(far, v.Cursor))
	return v
}

// Chart draws one Plot. Change the Plot's fields between Renders as needed.
type Chart struct {
	Plot
	theme *theme.Theme
	frame frame
	grid  *graph.BrailleGrid
	gridW int
	gridH int
	cols  [][]column
	ys    [2][]float64
	top   float64 // the axis' upper end of the last frame: it sinks late

	drawn key
	rows  []string
}

// key is everything the rows depend on.
type key struct {
	plot  Plot
	view  View
	w, h  int
	revs  uint64
	valid bool
}

// New returns an empty chart.
func New(t *theme.Theme) *Chart { return &Chart{theme: t} }

// SetTheme makes the chart draw with another theme.
func (c *Chart) SetTheme(t *theme.Theme) { c.theme, c.drawn.valid = t, false }

// Render returns h rows of exactly w cells. They are the rows of the call
// before if nothing has changed: no point, no setting, and, in a view that
// moves, no dot column completed. The caller may not change them.
func (c *Chart) Render(v View, w, h int) []string {
	if w < 1 || h < 1 {
		return nil
	}
	g := c.geometry(v, w, h)
	v = g.view
	revs := c.revs()
	k := &c.drawn
	if k.valid && k.w == w && k.h == h && k.view == v && k.revs == revs && k.plot.equal(c.Plot) {
		return c.rows
	}
	c.rows = c.draw(g)
	plot := c.Plot
	plot.Lines = append(k.plot.Lines[:0], c.Lines...)
	plot.Bands = append(k.plot.Bands[:0], c.Bands...)
	plot.Thresholds = append(k.plot.Thresholds[:0], c.Thresholds...)
	plot.Markers = append(k.plot.Markers[:0], c.Markers...)
	*k = key{plot: plot, view: v, w: w, h: h, revs: revs, valid: true}
	return c.rows
}

func (p Plot) equal(q Plot) bool {
	return p.Y == q.Y && p.TimeAxis == q.TimeAxis && p.Left == q.Left && p.Right == q.Right && p.Empty == q.Empty &&
		slices.Equal(p.Lines, q.Lines) && slices.Equal(p.Bands, q.Bands) &&
		slices.Equal(p.Thresholds, q.Thresholds) && slices.Equal(p.Markers, q.Markers)
}

// revs grows when any series that is drawn changes.
func (p Plot) revs() (n uint64) {
	for _, l := range p.Lines {
		n += l.Series.Rev()
	}
	for _, b := range p.Bands {
		n += b.Low.Rev() + b.High.Rev()
	}
	return n
}

// geometry is where things lie.
type geometry struct {
	view          View // its Right is the end of the last dot column
	w, h          int  // of the whole
	left, right   int  // cells beside the plot
	plotW, plotH  int
	axis          int           // rows of the time axis: 0 to 2
	dotX, dotY    int           // dots in a cell
	column        time.Duration // width of a dot column
	first         int64         // number of the leftmost dot column
	dotsW, dotsH  int
	cursor        int // cell of the cursor, or -1
	thresholdText []string
}

func (c *Chart) geometry(v View, w, h int) geometry {
	v = v.tame()
	g := geometry{view: v, w: w, h: h, dotX: 2, dotY: 4, cursor: -1}
	if c.theme.ASCII {
		g.dotX, g.dotY = 1, 2
	}
	g.left = c.Left
	if g.left == 0 {
		g.left = 5
	}
	g.right = c.Right
	if len(c.Thresholds) > 0 {
		g.thresholdText = make([]string, len(c.Thresholds))
		for i, t := range c.Thresholds {
			g.thresholdText[i] = t.Label
			if t.Label == "" {
				g.thresholdText[i] = Number(t.Y)
			}
			if c.Right == 0 {
				g.right = max(g.right, 3, theme.Width(g.thresholdText[i])+1)
			}
		}
	}
	if w-g.left-g.right < 8 { // too narrow for labels
		g.left, g.right = 0, 0
	}
	if c.TimeAxis {
		g.axis = min(2, max(0, h-2))
	}
	g.plotW, g.plotH = w-g.left-g.right, h-g.axis
	g.dotsW, g.dotsH = g.plotW*g.dotX, g.plotH*g.dotY
	g.column = max(1, v.Window/time.Duration(g.dotsW))
	last := int64(floorDiv(v.Right, g.column))
	g.first = last - int64(g.dotsW) + 1
	g.view.Right = time.Duration(last+1) * g.column
	if v.HasCursor {
		g.cursor = g.cell(v.Cursor)
	} else {
		g.view.Cursor = 0
	}
	return g
}

// cell returns the cell of the plot that shows the time x, or -1.
func (g geometry) cell(x time.Duration) int {
	d := int64(floorDiv(x, g.column)) - g.first
	if d < 0 || d >= int64(g.dotsW) {
		return -1
	}
	return int(d) / g.dotX
}

// TimeAt returns the time that the cell x of rows drawn w wide shows: the end
// of its last dot column. A cell beside the plot counts as its nearest.
func (c *Chart) TimeAt(v View, w, x int) time.Duration {
	g := c.geometry(v, max(w, 1), 1)
	x = max(0, min(g.plotW-1, x-g.left))
	return time.Duration(g.first+int64((x+1)*g.dotX))*g.column - 1
}

// SameCell tells whether two moments are seen in one cell of rows drawn w wide.
func (c *Chart) SameCell(v View, w int, a, b time.Duration) bool {
	g := c.geometry(v, max(w, 1), 1)
	return g.cell(a) >= 0 && g.cell(a) == g.cell(b)
}

// CellWidth returns how much time one cell of rows drawn w wide is: the step
// of a cursor.
func (c *Chart) CellWidth(v View, w int) time.Duration {
	g := c.geometry(v, max(w, 1), 1)
	return g.column * time.Duration(g.dotX)
}

// MarkersAt returns the markers in the cursor's cell of rows drawn w wide: as it
// is drawn, what is seen first.
func (c *Chart) MarkersAt(v View, w int) []Marker {
	var out []Marker
	if g := c.geometry(v, max(w, 1), 1); g.cursor >= 0 {
		for _, m := range slices.Backward(c.Markers) {
			if g.cell(m.At) == g.cursor {
				out = append(out, m)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Marker) int { return b.Rank - a.Rank })
	return out
}

// Legend names the lines, each with a sample of its stroke and its value: at
// the cursor, or the newest. A value that is not known is a dash.
func (c *Chart) Legend(v View) string {
	var b strings.Builder
	for i, l := range c.Lines {
		if i > 0 {
			b.WriteString("   ")
		}
		b.WriteString(l.Style.Paint(c.sample(l.Stroke)))
		b.WriteString(" " + l.Name + " ")
		y, ok := l.Series.At(v.Right)
		if v.HasCursor {
			y, ok = l.Series.At(v.Cursor)
		}
		if !ok {
			b.WriteString(c.theme.Dash)
			continue
		}
		b.WriteString(Number(y))
		if c.Y.Unit != "" {
			b.WriteString(" " + c.Y.Unit)
		}
	}
	return b.String()
}

func (c *Chart) sample(s Stroke) string {
	switch {
	case s == Dotted && c.theme.ASCII:
		return ".."
	case s == Dotted:
		return "⠂⠂"
	case s == Dashed && c.theme.ASCII:
		return "- "
	case s == Dashed:
		return "⠒ "
	case s == DashDotted && c.theme.ASCII:
		return "-."
	case s == DashDotted:
		return "⠒⠂"
	case s == Sparse && c.theme.ASCII:
		return ". "
	case s == Sparse:
		return "⠂ "
	case c.theme.ASCII:
		return "--"
	}
	return "⠒⠒"
}
