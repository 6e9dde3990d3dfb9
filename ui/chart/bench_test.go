package chart

import (
	"math"
	"testing"
	"time"

	"autoscale-lab/ui/theme"
)

// wave is a series of n points, step apart, with a spike here and there.
func wave(n int, step time.Duration, phase float64) *Series {
	s := NewSeries(0)
	for i := range n {
		s.Append(time.Duration(i)*step, waveAt(i, phase))
	}
	return s
}

func waveAt(i int, phase float64) float64 {
	y := 40 + 25*math.Sin(float64(i)/17+phase) + 5*math.Sin(float64(i)*1.7)
	if i%97 == 0 {
		y += 30
	}
	return y
}

// benchCharts draws charts of two series each, as two panes at 120×36 are.
func benchCharts(b *testing.B, points, charts int, step, window time.Duration, change bool) {
	th := theme.New(theme.Options{Dark: true})
	var all []*Chart
	for i := range charts {
		c := New(th)
		c.Lines = []Line{
			{Series: wave(points, step, float64(i)), Name: "a", Style: th.Series[0]},
			{Series: wave(points, step, float64(i)+1), Name: "b", Style: th.Series[1]},
		}
		c.Thresholds = []Threshold{{Y: 35, Style: th.Threshold}, {Y: 15, Style: th.Threshold}}
		c.TimeAxis = true
		all = append(all, c)
	}
	x, n := time.Duration(points)*step, points
	b.ReportAllocs()
	for b.Loop() {
		if change {
			for i, c := range all {
				for k, l := range c.Lines {
					l.Series.Append(x, waveAt(n, float64(i+k)))
				}
			}
			x, n = x+step, n+1
		}
		for _, c := range all {
			c.Render(View{Window: window, Right: x, Live: true}, 70, 14)
		}
	}
}

// The budget of these two: ≤ 0.35 ms, and nearly nothing.
func BenchmarkTwoChartsChanged(b *testing.B) {
	benchCharts(b, 600, 2, 100*time.Millisecond, time.Minute, true)
}

func BenchmarkTwoChartsUnchanged(b *testing.B) {
	benchCharts(b, 600, 2, 100*time.Millisecond, time.Minute, false)
}

func BenchmarkFourChartsOneHour(b *testing.B) {
	benchCharts(b, 3600, 4, time.Second, time.Hour, true)
}

func BenchmarkAppend(b *testing.B) {
	s := NewSeries(0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Append(time.Duration(i)*time.Second, float64(i))
	}
}
