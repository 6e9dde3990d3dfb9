package chart

import (
	"math"
	"sort"
	"time"
)

// DefaultCapacity is two hours at one point a second.
const DefaultCapacity = 7200

// Series is values over time, oldest first, in a ring: memory is bounded, and
// the oldest points go first. It is used from one goroutine.
type Series struct {
	points   []point
	head     int // the oldest, once the ring is full
	capacity int
	rev      uint64
}

// point is one value; NaN is a gap.
type point struct {
	x time.Duration
	y float64
}

// NewSeries returns an empty series of at most capacity points (0:
// DefaultCapacity).
func NewSeries(capacity int) *Series {
	if capacity <= 0 {
		capacity = DefaultCapacity
	}
	return &Series{capacity: capacity}
}

// FromPoints returns a series of stored values; ys that are not finite are
// gaps. It holds all of them.
func FromPoints(xs []time.Duration, ys []float64) *Series {
	n := min(len(xs), len(ys))
	s := NewSeries(n)
	s.points = make([]point, 0, n)
	for i := range n {
		s.Append(xs[i], ys[i])
	}
	return s
}

// Append adds a value at x, which may not be before the last one: an older
// point is left out. A value that is not finite is a gap.
func (s *Series) Append(x time.Duration, y float64) {
	if n := s.Len(); n > 0 && x < s.at(n-1).x {
		return
	}
	if math.IsNaN(y) || math.IsInf(y, 0) {
		y = math.NaN()
	} else {
		y = max(-limit, min(limit, y))
	}
	s.rev++
	p := point{x, y}
	if len(s.points) < s.capacity {
		s.points = append(s.points, p)
		return
	}
	s.points[s.head] = p
	if s.head++; s.head == len(s.points) {
		s.head = 0
	}
}

// limit keeps differences of values finite.
const limit = 1e300

// AppendGap says that nothing is known from x until the next value: the line
// is broken there.
func (s *Series) AppendGap(x time.Duration) { s.Append(x, math.NaN()) }

// Reset forgets all points.
func (s *Series) Reset() {
	s.points, s.head = s.points[:0], 0
	s.rev++
}

// Hold makes room for n points at least, in a series that has none.
func (s *Series) Hold(n int) {
	if s.Len() == 0 {
		s.capacity = max(s.capacity, n)
	}
}

// Len is the number of points held, gaps included.
func (s *Series) Len() int { return len(s.points) }

// Rev grows with every change.
func (s *Series) Rev() uint64 { return s.rev }

// Last returns the newest value, if the series does not end in a gap.
func (s *Series) Last() (x time.Duration, y float64, ok bool) {
	if s.Len() == 0 {
		return 0, 0, false
	}
	p := s.at(s.Len() - 1)
	return p.x, p.y, !math.IsNaN(p.y)
}

// At returns the value that held at x: of the last point at or before it,
// unless that is a gap or there is none.
func (s *Series) At(x time.Duration) (y float64, ok bool) {
	i := sort.Search(s.Len(), func(i int) bool { return s.at(i).x > x })
	if i == 0 {
		return 0, false
	}
	y = s.at(i - 1).y
	return y, !math.IsNaN(y)
}

func (s *Series) at(i int) point {
	if i += s.head; i >= len(s.points) {
		i -= len(s.points)
	}
	return s.points[i]
}

// search returns the index of the first point at or after x.
func (s *Series) search(x time.Duration) int {
	return sort.Search(s.Len(), func(i int) bool { return s.at(i).x >= x })
}

// column is what a series did within one dot column.
type column struct {
	at             int // dot column, relative to the left edge
	min, max, last float64
	broken         bool // a gap lies between the value before and this one
}

// columns cuts the series into n dot columns of the given width. Their edges
// are absolute multiples of it (first is the number of the leftmost), so a
// value stays with its neighbours while the data scrolls, and a spike is kept
// as the column's extreme. Only columns with values are returned; the first of
// them may lie left of the edge: it is the value that the line comes from.
func (s *Series) columns(dst []column, first int64, width time.Duration, n int) []column {
	dst = dst[:0]
	left := time.Duration(first) * width
	i := s.search(left)
	for i > 0 { // the whole column that the line comes from
		i--
		if !math.IsNaN(s.at(i).y) {
			i = s.search(floorDiv(s.at(i).x, width) * width)
			break
		}
	}
	end := left // of the current column
	broken := false
	for ; i < s.Len(); i++ {
		p := s.at(i)
		if math.IsNaN(p.y) {
			broken = true
			continue
		}
		if len(dst) == 0 || p.x >= end {
			k := floorDiv(p.x, width)
			if int64(k)-first >= int64(n) {
				break
			}
			end = (k + 1) * width
			dst = append(dst, column{at: int(int64(k) - first), min: p.y, max: p.y, last: p.y, broken: broken})
		} else {
			c := &dst[len(dst)-1]
			c.min, c.max, c.last = min(c.min, p.y), max(c.max, p.y), p.y
		}
		broken = false
	}
	return dst
}

// floorDiv is x/d rounded down, also below zero.
func floorDiv(x, d time.Duration) time.Duration {
	q := x / d
	if x%d < 0 {
		q--
	}
	return q
}

// interpolate fills ys, one per dot column, along the line of cols: NaN where
// the line is broken or not begun.
func interpolate(ys []float64, cols []column) {
	for i := range ys {
		ys[i] = math.NaN()
	}
	for k, c := range cols {
		if c.at >= 0 {
			ys[c.at] = c.last
		}
		if k == 0 || c.broken {
			continue
		}
		p := cols[k-1]
		for x := max(p.at+1, 0); x < c.at; x++ {
			ys[x] = p.last + (c.last-p.last)*float64(x-p.at)/float64(c.at-p.at)
		}
	}
}
