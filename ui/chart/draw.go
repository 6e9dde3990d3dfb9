package chart

import (
	"math"
	"strconv"
	"time"

	"github.com/NimbleMarkets/ntcharts/canvas"
	"github.com/NimbleMarkets/ntcharts/canvas/graph"
	"github.com/NimbleMarkets/ntcharts/canvas/runes"

	"autoscale-lab/ui/theme"
)

// draw fills the frame from the back to the front.
func (c *Chart) draw(g geometry) []string {
	c.frame.reset(g.w, g.h)
	c.cut(g)
	s, some := c.fitScale(g)
	c.drawThresholds(g, s)
	for i, b := range c.Bands {
		at := len(c.Lines) + 2*i
		c.drawBand(g, s, b, c.cols[at], c.cols[at+1])
	}
	for i, l := range c.Lines {
		c.drawLine(g, s, l, c.cols[i])
	}
	if !some {
		c.drawEmpty(g)
	}
	c.drawCursor(g)
	c.drawLabels(g, s)
	c.drawTimeAxis(g)
	return c.frame.rows()
}

// cut cuts every series into dot columns: those of the lines, then two for
// each band.
func (c *Chart) cut(g geometry) {
	n := len(c.Lines) + 2*len(c.Bands)
	for len(c.cols) < n {
		c.cols = append(c.cols, nil)
	}
	c.cols = c.cols[:n]
	one := func(i int, s *Series) { c.cols[i] = s.columns(c.cols[i], g.first, g.column, g.dotsW) }
	for i, l := range c.Lines {
		one(i, l.Series)
	}
	for i, b := range c.Bands {
		one(len(c.Lines)+2*i, b.Low)
		one(len(c.Lines)+2*i+1, b.High)
	}
}

// outlier is how many times as high as the lines a band, or a line aside, may
// make the plot: what is above runs out of it, or one slow request would flatten
// the lines.
const outlier = 3

// fitScale finds the vertical scale for what is visible. It grows at once and
// shrinks only when there is a fifth to spare, so that it does not flutter.
func (c *Chart) fitScale(g geometry) (s scale, some bool) {
	lo, hi := math.Inf(1), math.Inf(-1)
	fit := func(aside bool, most float64) {
		for i, cols := range c.cols {
			if aside != (i >= len(c.Lines) || c.Lines[i].Aside) {
				continue
			}
			for _, k := range cols {
				if k.at >= 0 {
					lo, hi = min(lo, k.min), max(hi, min(k.max, most))
					some = true
				}
			}
		}
	}
	fit(false, math.Inf(1))
	most := math.Inf(1)
	if hi > 0 && some {
		most = outlier * hi
	}
	fit(true, most)
	for _, t := range c.Thresholds {
		if math.Abs(t.Y) <= limit {
			lo, hi = min(lo, t.Y), max(hi, t.Y)
		}
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	s = c.Y.scaleFor(lo, hi, g.plotH)
	if s.hi < c.top {
		if careful := c.Y.scaleFor(lo, hi*1.2, g.plotH); careful.hi > s.hi && careful.hi <= c.top {
			s = careful
		}
	}
	c.top = s.hi
	return s, some
}

func (c *Chart) drawThresholds(g geometry, s scale) {
	dash := runeOf(c.theme.Dashes)
	labels := make([]string, g.plotH)
	for i, t := range c.Thresholds {
		if math.IsNaN(t.Y) || t.Y < s.lo || t.Y > s.hi {
			continue
		}
		y := s.row(t.Y, g.dotsH) / g.dotY
		ink := c.frame.ink(t.Style)
		for x := range g.plotW {
			c.frame.set(g.left+x, y, dash, ink)
		}
		if labels[y] != "" {
			labels[y] += "/"
		}
		labels[y] += g.thresholdText[i]
		if g.right > 1 {
			c.frame.text(g.left+g.plotW+1, y, labels[y], ink)
		}
	}
}

// layer empties the grid for one line.
func (c *Chart) layer(g geometry) {
	w, h := (g.dotsW+1)/2, (g.dotsH+3)/4
	if c.grid == nil || c.gridW != w || c.gridH != h {
		c.grid = graph.NewBrailleGrid(w, h, 0, float64(2*w-1), 0, float64(4*h-1))
		c.gridW, c.gridH = w, h
		return
	}
	c.grid.Clear()
}

func (c *Chart) drawLine(g geometry, s scale, l Line, cols []column) {
	if len(cols) == 0 {
		return
	}
	c.layer(g)
	dot := func(x, y int) {
		if x >= 0 && x < g.dotsW && l.Stroke.on(g.first+int64(x), y) {
			c.grid.Set(canvas.Point{X: x, Y: y})
		}
	}
	upright := func(x, y1, y2 int) {
		for y := min(y1, y2); y <= max(y1, y2); y++ {
			dot(x, y)
		}
	}
	for i, k := range cols {
		top, bottom := s.row(k.max, g.dotsH), s.row(k.min, g.dotsH)
		upright(k.at, top, bottom)
		if i > 0 && !k.broken {
			p := cols[i-1]
			from := s.row(p.last, g.dotsH)
			to := max(top, min(bottom, from)) // the nearest of this column
			if l.Step {
				for x := max(p.at, 0); x < k.at; x++ {
					dot(x, from)
				}
				upright(k.at, from, to)
			} else if p.at > -8*g.dotsW { // a line from further left would never end
				for _, q := range graph.GetLinePoints(canvas.Point{X: p.at, Y: from}, canvas.Point{X: k.at, Y: to}) {
					dot(q.X, q.Y)
				}
			} else {
				for x := range max(k.at, 0) {
					dot(x, to)
				}
			}
		}
	}
	c.merge(g, c.frame.ink(l.Style), false)
}

// on tells whether a stroke has a dot there. Its pattern lies on absolute dot
// columns, so that it moves with the data.
func (s Stroke) on(column int64, row int) bool {
	switch s {
	case Dotted:
		return (column+int64(row))%3 == 0
	case Dashed:
		return (column/2+int64(row))%4 < 2
	case DashDotted:
		k := (column + int64(row)) % 8
		return k < 4 || k == 6
	case Sparse:
		return column%4 == 0
	}
	return true
}

// drawBand fills what lies between two series with every other dot.
func (c *Chart) drawBand(g geometry, s scale, b Band, low, high []column) {
	if len(low) == 0 || len(high) == 0 {
		return
	}
	for i, cols := range [][]column{low, high} {
		if cap(c.ys[i]) < g.dotsW {
			c.ys[i] = make([]float64, g.dotsW)
		}
		c.ys[i] = c.ys[i][:g.dotsW]
		interpolate(c.ys[i], cols)
	}
	c.layer(g)
	for x, low := range c.ys[0] {
		high := c.ys[1][x]
		if math.IsNaN(low) || math.IsNaN(high) {
			continue
		}
		for y := s.row(high, g.dotsH); y <= s.row(low, g.dotsH); y++ {
			if (g.first+int64(x)+int64(y))%2 == 0 {
				c.grid.Set(canvas.Point{X: x, Y: y})
			}
		}
	}
	c.merge(g, c.frame.ink(b.Style), true)
}

// merge puts the grid's dots into the frame. Lines in one cell are combined and
// take the ink of the last; a line wipes a band's dots out of its cells.
func (c *Chart) merge(g geometry, ink uint8, band bool) {
	patterns := c.grid.BraillePatterns()
	for y := range g.plotH {
		for x := range g.plotW {
			r := c.glyphAt(patterns, x, y)
			if r == 0 {
				continue
			}
			old := c.frame.at(g.left+x, y)
			switch {
			case band || old.band:
			case runes.IsBraillePattern(old.r):
				r = runes.CombineBraillePatterns(old.r, r)
			case c.theme.ASCII && old.r != r && (old.r == '.' || old.r == '\'' || old.r == ':' || old.r == '*'):
				r = '*'
			}
			c.frame.set(g.left+x, y, r, ink)
			if band {
				c.frame.cells[y*g.w+g.left+x].band = true
			}
		}
	}
}

// brailleBits are the dots of a braille sign, by row and column.
var brailleBits = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// glyphAt returns the sign for a cell of the plot, 0 for an empty one. In
// ASCII a cell is one dot wide and two high.
func (c *Chart) glyphAt(patterns [][]rune, x, y int) rune {
	if !c.theme.ASCII {
		if r := patterns[y][x]; r != runes.BrailleBlockOffset {
			return r
		}
		return 0
	}
	r := patterns[y/2][x/2]
	top, bottom := r&brailleBits[2*y%4][x%2] != 0, r&brailleBits[2*y%4+1][x%2] != 0
	switch {
	case top && bottom:
		return ':'
	case top:
		return '\''
	case bottom:
		return '.'
	}
	return 0
}

func (c *Chart) drawEmpty(g geometry) {
	word := c.Empty
	if word == "" {
		word = "no data yet"
	}
	if n := theme.Width(word); n <= g.plotW {
		c.frame.text(g.left+(g.plotW-n)/2, (g.plotH-1)/2, word, c.frame.ink(c.theme.Dim))
	}
}

// drawCursor puts an upright line where no other is.
func (c *Chart) drawCursor(g geometry) {
	if g.cursor < 0 {
		return
	}
	x, line, dash := g.left+g.cursor, runeOf(c.theme.CursorLine), runeOf(c.theme.Dashes)
	ink := c.frame.ink(c.theme.Accent)
	for y := range g.plotH {
		if old := c.frame.at(x, y); old.r == ' ' || old.r == dash || old.band {
			c.frame.set(x, y, line, ink)
		}
	}
}

// drawLabels writes the vertical axis: 35┤.
func (c *Chart) drawLabels(g geometry, s scale) {
	if g.left == 0 {
		return
	}
	ink := c.frame.ink(c.theme.Axis)
	for y := range g.plotH {
		c.frame.text(g.left-1, y, c.theme.Tick, ink)
	}
	room := g.left - 1
	n := int(math.Round((s.hi - s.lo) / s.step))
	for i := range n + 1 {
		y := s.lo + float64(i)*s.step
		row := s.row(y, g.dotsH) / g.dotY
		if i == 0 && row == g.plotH-1 && n > 0 && g.plotH == 1 {
			continue // one row has one label, the upper
		}
		text := tickLabel(y, s.step)
		if i == n && theme.Width(text+c.Y.Unit) <= room {
			text += c.Y.Unit
		}
		if k := theme.Width(text); k <= room {
			c.frame.text(room-k, row, text, ink)
		}
	}
}

// tickLabel writes a multiple of step without noise in its last digits.
func tickLabel(y, step float64) string {
	if a := math.Abs(y); a >= 1000 || a < step/2 || step < 0.001 {
		if a < step/2 {
			y = 0
		}
		return Number(y)
	}
	digits := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	return strconv.FormatFloat(y, 'f', digits, 64)
}

// drawTimeAxis draws └┬───▲───┬──── and the labels below it.
func (c *Chart) drawTimeAxis(g geometry) {
	if g.axis == 0 {
		return
	}
	ink, y := c.frame.ink(c.theme.Axis), g.plotH
	for x := range g.plotW {
		c.frame.text(g.left+x, y, c.theme.AxisLine, ink)
	}
	if g.left > 0 {
		c.frame.text(g.left-1, y, c.theme.Corner, ink)
	}
	c.eachTick(g, func(x int, label string) {
		c.frame.text(g.left+x, y, c.theme.AxisTick, ink)
	})
	best := make([]int, g.plotW)
	for _, m := range c.Markers {
		if x := g.cell(m.At); x >= 0 && m.Rank >= best[x] {
			best[x] = m.Rank
			c.frame.text(g.left+x, y, m.Glyph, c.frame.ink(m.Style))
		}
	}
	if g.axis < 2 {
		return
	}
	// The cursor's time first, then the labels that have room, the newest first.
	busy := make([]bool, g.w)
	put := func(x int, label string, ink uint8) {
		n := len(label)
		from := max(0, min(g.w-n, g.left+x-n/2))
		for i := max(0, from-1); i < min(g.w, from+n+1); i++ {
			if busy[i] {
				return
			}
		}
		if n > g.w {
			return
		}
		c.frame.text(from, y+1, label, ink)
		for i := from; i < from+n; i++ {
			busy[i] = true
		}
	}
	if g.cursor >= 0 {
		put(g.cursor, Clock(g.view.Cursor-g.view.Origin), c.frame.ink(c.theme.Cursor))
	}
	c.eachTick(g, func(x int, label string) { put(x, label, ink) })
}

// eachTick calls for every label of the time axis, the newest first, with its
// cell.
func (c *Chart) eachTick(g geometry, do func(x int, label string)) {
	v := g.view
	step := timeStep(v.Window, g.plotW)
	if v.Live && !v.Clock {
		for d := time.Duration(0); d <= v.Window; d += step {
			x := (g.dotsW - 1 - int(d/g.column)) / g.dotX
			do(max(0, min(g.plotW-1, x)), ago(d))
		}
		return
	}
	for k := floorDiv(v.Right-1-v.Origin, step); ; k-- {
		x := g.cell(v.Origin + k*step)
		if x < 0 {
			return
		}
		do(x, Clock(k*step))
	}
}
