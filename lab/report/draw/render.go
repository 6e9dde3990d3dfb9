package draw

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Sizes, in points.
const (
	width     = 720
	tall      = 150 // of a chart with its legend
	headTall  = 30  // of the title
	flagsTall = 24  // of the marks' words, in two rows
	footTall  = 26  // of the time axis
	dpi       = 144 // of a PNG
	columns   = 2 * width
)

// SVG writes the figure as a picture that stands alone, on white.
func (f *Figure) SVG(w io.Writer) error {
	_, err := w.Write(f.svg(true))
	return err
}

// Inline is the figure as SVG to stand in a page: without a ground, in colours
// that the page gives (CSS), with a label for those who hear it.
func (f *Figure) Inline(label string) string {
	svg := string(f.svg(false))
	svg = svg[strings.Index(svg, "<svg"):]
	for i, c := range light {
		svg = strings.ReplaceAll(svg, hex(c), "var(--chart-"+names[i]+")")
	}
	_, rest, _ := strings.Cut(svg, ">") // its size is the page's to say
	return fmt.Sprintf(`<svg viewBox="0 0 %d %g" role="img" aria-label="%s">`, width, float64(f.height(false)), escape.Replace(clean(label))) + rest
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// PNG writes the figure as a picture of points, 1,440 wide.
func (f *Figure) PNG(w io.Writer) error {
	c := vgimg.NewWith(vgimg.UseWH(width, f.height(true)), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(light[paper]))
	f.draw(draw.New(c), true)
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

func (f *Figure) svg(alone bool) []byte {
	c := vgsvg.NewWith(vgsvg.UseWH(width, f.height(alone)))
	dc := draw.New(c)
	if alone {
		dc.SetColor(light[paper])
		dc.Fill(dc.Rectangle.Path())
	}
	f.draw(dc, alone)
	var b bytes.Buffer
	c.WriteTo(&b) // into memory: cannot fail
	// Arial has the metrics of Liberation Sans.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
}

// height is that of the whole; one that stands alone has its title in it.
func (f *Figure) height(titled bool) vg.Length {
	h := vg.Length(len(f.panels)*tall + footTall)
	if titled && f.title != "" {
		h += headTall
	}
	if len(f.flags) > 0 {
		h += flagsTall
	}
	return h
}

// draw fills the canvas from the top: title, words of the marks, charts.
func (f *Figure) draw(c draw.Canvas, titled bool) {
	if titled && f.title != "" {
		c.FillText(style(13, text, draw.XLeft, draw.YTop), vg.Point{X: 10, Y: c.Max.Y - 8}, f.title)
		c.Max.Y -= headTall
	}
	words := c
	if len(f.flags) > 0 {
		c.Max.Y -= flagsTall
	}
	plots := make([][]*plot.Plot, len(f.panels))
	for i := range f.panels {
		plots[i] = []*plot.Plot{f.plot(&f.panels[i], i == len(f.panels)-1)}
	}
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadLeft: 24, PadRight: 14, PadBottom: 4, PadY: 2}
	canvases := plot.Align(plots, tiles, c)
	for i := range plots {
		p, into := plots[i][0], canvases[i][0]
		p.Draw(into)
		data := p.DataCanvas(into)
		f.panels[i].head(data, into.Max.Y)
		label := style(9, text, draw.XCenter, draw.YCenter) // all at one place, whatever the numbers beside
		label.Rotation = math.Pi / 2
		c.FillText(label, vg.Point{X: c.Min.X + 12, Y: data.Center().Y}, f.panels[i].label)
		if i == 0 {
			words.Min.X, words.Max.X, words.Min.Y = data.Min.X, data.Max.X, c.Max.Y
			f.words(words, p)
		}
	}
}

// plot is a panel's chart. All show the ticks of time, the last its numbers.
func (f *Figure) plot(k *panel, last bool) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	top, _ := k.scale()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = f.left, f.right, 0, top
	p.X.Padding, p.Y.Padding = 0, 0
	p.Title.Text, p.Title.Padding = " ", 4 // room for the legend
	p.Title.TextStyle = style(9, text, draw.XLeft, draw.YTop)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = draw.LineStyle{Color: light[faint], Width: .6}
		a.Tick.LineStyle = a.LineStyle
		a.Tick.Length = 3
	}
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	p.X.Tick.Label, p.Y.Tick.Label = style(8.5, faint, draw.XCenter, draw.YTop), style(8.5, faint, draw.XRight, draw.YCenter)
	p.X.Tick.Marker = ticks(f.moments(last))
	p.Y.Tick.Marker = ticks(k.steps())
	if last {
		p.X.Label.Text = f.axis + ", " + unit(f.right-f.left)
		p.X.Label.TextStyle = style(9, text, draw.XCenter, draw.YBottom)
	}
	p.Add(ground{f, k})
	for _, s := range append(k.limits, k.series...) {
		for _, xys := range s.lines(f.left, f.right, columns) {
			p.Add(&plotter.Line{XYs: xys, LineStyle: s.line()})
		}
	}
	p.Add(wishes(k.arrows))
	return p
}

func (s *series) line() draw.LineStyle {
	return draw.LineStyle{Color: light[s.ink], Width: s.width, Dashes: s.dash}
}

// ground is what lies behind the lines: the grid, and the marks of events.
type ground struct {
	f *Figure
	k *panel
}

// Plot is called by the chart.
func (g ground) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	fine := draw.LineStyle{Color: light[grid], Width: .6}
	for _, t := range g.k.steps() {
		c.StrokeLine2(fine, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
	}
	for _, t := range g.f.moments(false) {
		c.StrokeLine2(fine, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
	}
	for _, m := range g.f.flags {
		c.StrokeLine2(draw.LineStyle{Color: light[mark], Width: .7, Dashes: []vg.Length{1.5, 1.5}}, x(m.x), c.Min.Y, x(m.x), c.Max.Y)
	}
}

// wishes are the changes of desired, as arrows on the number wished for.
type wishes []arrow

// Plot is called by the chart.
func (w wishes) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if len(w) > columns/20 {
		return // they would hide the line
	}
	for _, a := range w {
		at, size := vg.Point{X: x(a.x), Y: min(y(a.to), c.Max.Y)}, vg.Length(3.4)
		if !a.up {
			size = -size
		}
		c.FillPolygon(light[second], []vg.Point{{X: at.X - 3.4, Y: at.Y - size}, {X: at.X + 3.4, Y: at.Y - size}, {X: at.X, Y: at.Y + size}})
	}
}

// head is the legend, right above the chart.
func (k *panel) head(c draw.Canvas, top vg.Length) {
	sty := style(9, text, draw.XLeft, draw.YCenter)
	y := (c.Max.Y + top) / 2
	at := c.Max.X
	all := append(append([]series{}, k.series...), k.limits...)
	for i := len(all) - 1; i >= 0; i-- {
		s := &all[i]
		if s.name == "" || len(s.pieces) == 0 {
			continue
		}
		at -= sty.Width(s.name)
		c.FillText(sty, vg.Point{X: at, Y: y}, s.name)
		key := s.line()
		key.Width = max(key.Width, lineWidth)
		c.StrokeLine2(key, at-24, y, at-5, y)
		at -= 40
	}
}

// words writes those of the marks above the charts, in two rows, as far as
// there is room.
func (f *Figure) words(c draw.Canvas, p *plot.Plot) {
	sty := style(8, faint, draw.XLeft, draw.YCenter)
	free := [2]vg.Length{c.Min.X, c.Min.X}
	for _, m := range f.flags {
		x := c.X(p.X.Norm(m.x))
		w := sty.Width(m.text)
		x = min(x, c.Max.X-w)
		for row := range free {
			if x >= free[row] {
				c.FillText(sty, vg.Point{X: x, Y: c.Min.Y + vg.Length(6+10*row)}, m.text)
				free[row] = x + w + 6
				break
			}
		}
	}
}

func style(size float64, i ink, x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color: color.Color(light[i]), Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(size)},
		XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler,
	}
}
