package lab

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// MaxLatency is the longest time a Histogram tells apart; longer counts as it.
const MaxLatency = 10 * time.Minute

// Bucket is a count of durations in (previous bucket's top, Top], to two
// significant digits. Top is a whole number of microseconds.
type Bucket struct {
	Top time.Duration
	N   int64
}

// Hist is an immutable, sparse latency histogram: buckets of ascending Top.
// Merging is exact. The zero Hist is empty.
type Hist []Bucket

// MarshalJSON writes the buckets as pairs of nanoseconds and count:
// [[4000000,9],[4063000,2]].
func (h Hist) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 2+16*len(h))
	out = append(out, '[')
	for i, b := range h {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(append(out, '['), int64(b.Top), 10)
		out = strconv.AppendInt(append(out, ','), b.N, 10)
		out = append(out, ']')
	}
	return append(out, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. Buckets must ascend, and hold
// something. It looks at the digits itself: a recorded run is mostly histograms.
func (h *Hist) UnmarshalJSON(text []byte) error {
	*h = make(Hist, 0, max(0, bytes.Count(text, []byte{'['})-1))
	depth, pair, n := 0, [2]int64{}, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '[':
			depth, n = depth+1, 0
		case c == ']' && depth == 2:
			depth--
			last := time.Duration(-1)
			if k := len(*h); k > 0 {
				last = (*h)[k-1].Top
			}
			b := Bucket{time.Duration(pair[0]), pair[1]}
			if n != 2 || b.Top <= last || b.N < 1 {
				return errHist
			}
			*h = append(*h, b)
		case c >= '0' && c <= '9' && depth == 2 && n < 2:
			end := i + 1
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			v, err := strconv.ParseInt(string(text[i:end]), 10, 64)
			if err != nil {
				return errHist
			}
			pair[n] = v
			n, i = n+1, end-1
		case c == ']', c == ',', c == ' ', c == '\t', c == '\n', c == '\r': // where they may be has been checked
		default:
			return errHist
		}
	}
	return nil
}

var errHist = errors.New("a histogram is a list of pairs: nanoseconds, which ascend, and a count")

// Count is the number of values.
func (h Hist) Count() int64 {
	var n int64
	for _, b := range h {
		n += b.N
	}
	return n
}

// Quantile is the least value at or below which a share q (0..1) of all values
// lies, to two significant digits; false if there are none.
func (h Hist) Quantile(q float64) (time.Duration, bool) {
	total := h.Count()
	if total == 0 {
		return 0, false
	}
	want, seen := q*float64(total), int64(0)
	for _, b := range h {
		if seen += b.N; float64(seen) >= want && b.N > 0 {
			return b.Top, true
		}
	}
	return h[len(h)-1].Top, true
}

// Mean is the mean of the buckets' tops weighted by their counts; false if
// there are none.
func (h Hist) Mean() (time.Duration, bool) {
	var sum float64
	var n int64
	for _, b := range h {
		sum += float64(b.Top) * float64(b.N)
		n += b.N
	}
	if n == 0 {
		return 0, false
	}
	return time.Duration(sum / float64(n)), true
}

// Max is the greatest value; false if there are none.
func (h Hist) Max() (time.Duration, bool) { return h.Quantile(1) }

// Merge is the histogram of the values of both. Neither is changed.
func (h Hist) Merge(g Hist) Hist {
	switch {
	case len(g) == 0:
		return h
	case len(h) == 0:
		return g
	}
	out := make(Hist, 0, len(h)+len(g))
	for len(h) > 0 && len(g) > 0 {
		switch c := cmp.Compare(h[0].Top, g[0].Top); {
		case c < 0:
			out, h = append(out, h[0]), h[1:]
		case c > 0:
			out, g = append(out, g[0]), g[1:]
		default:
			out = append(out, Bucket{h[0].Top, h[0].N + g[0].N})
			h, g = h[1:], g[1:]
		}
	}
	out = append(out, h...)
	return slices.Clip(append(out, g...))
}

// Histogram records durations, to be cut once a tick. It is not safe for
// concurrent use: its owner records and cuts under a lock of its own.
type Histogram struct {
	h       *hdr.Histogram
	touched bool
}

// NewHistogram makes an empty Histogram (about 25 kB).
func NewHistogram() *Histogram {
	return &Histogram{h: hdr.New(1, MaxLatency.Microseconds(), 2)}
}

// Record counts one duration; below a microsecond counts as one.
func (h *Histogram) Record(d time.Duration) {
	us := min(max(d.Microseconds(), 1), MaxLatency.Microseconds())
	h.h.RecordValue(us) // cannot fail: us is within the range
	h.touched = true
}

// Cut returns what was recorded since the last Cut.
func (h *Histogram) Cut() Hist {
	if !h.touched {
		return nil
	}
	var out Hist
	for _, bar := range h.h.Distribution() {
		if bar.Count > 0 {
			out = append(out, Bucket{time.Duration(bar.To) * time.Microsecond, bar.Count})
		}
	}
	h.h.Reset()
	h.touched = false
	return out
}
