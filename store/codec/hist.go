package codec

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// Histograms are nearly all that there is to write. Those whose tops lie on the
// grid are two columns: the place of each one's first bucket, and of all buckets
// the step from the one before and the count, together in one byte where they
// are small, as nearly all are:
//
//	bit   7 6 5   4 3 2 1 0
//	      count-1 step          count-1 = 7: the count follows; step = 31: the step follows, before the count
//
// Where a top does not lie on the grid, a bucket is the step from the one
// before it in ns, signed, doubled, and one more if a count follows that is not
// 1. The first release wrote all histograms so, those on the grid with steps in
// it; the payload's first byte says which.
const (
	stepNano = iota
	stepGrid
)

// grid are the buckets' tops of an HDR histogram of two significant digits
// that counts microseconds: 256 of 1, then 128 of 2, of 4, of 8 …
// (http://hdrhistogram.org).
var grid = sync.OnceValue(func() *[gridMask + 1]time.Duration {
	tops := new([gridMask + 1]time.Duration)
	for i := range tops[:gridSize] {
		us := i
		if i >= 256 {
			shift := (i - 128) / 128
			us = (128+i%128+1)<<shift - 1
		}
		tops[i] = time.Duration(us) * time.Microsecond
	}
	return tops
})

const (
	gridSize = 256 + 22*128 // to 2³⁰ µs, above lab.MaxLatency
	gridMask = 4095         // any place and this is one of the array
)

// gridIndex is the place of a top in the grid, if it has one.
func gridIndex(tops *[gridMask + 1]time.Duration, top time.Duration) (int, bool) {
	us := uint64(top / time.Microsecond)
	i := int(us)
	if shift := bits.Len64(us) - 8; shift > 0 {
		i = 128 + 128*shift + int(us>>shift) - 128
	}
	return i, i >= 0 && i < gridSize && tops[i] == top
}

// hists are the two histograms of traffic. Where they are the same it is
// written, and kept in memory, once.
func (c *codec) hists(latency, service, same int, r rows[lab.Traffic]) {
	if c.detail == Outline && !c.outlined {
		return
	}
	c.hist(latency, r, func(t *lab.Traffic) *lab.Hist { return &t.Latency })
	if c.detail == Outline {
		return
	}
	if c.decoding {
		c.hist(service, r, func(t *lab.Traffic) *lab.Hist { return &t.Service })
		for i, v := range c.getInts(same, r.prev) {
			if v != 0 {
				r.p[i].Service = r.p[i].Latency
			}
		}
		return
	}
	var none lab.Hist
	c.hist(service, r, func(t *lab.Traffic) *lab.Hist {
		if sameHist(t.Latency, t.Service) {
			return &none
		}
		return &t.Service
	})
	vals := c.column(len(r.p))
	for i, t := range r.p {
		vals[i] = 0
		if sameHist(t.Latency, t.Service) {
			vals[i] = 1
		}
	}
	c.putInts(same, r.prev, vals)
}

func sameHist(a, b lab.Hist) bool {
	return len(a) > 0 && len(a) == len(b) && (&a[0] == &b[0] || slices.Equal(a, b))
}

// The tags of a list of histograms; 1 is that of their lengths.
const (
	tagSteps   = 2 // as in the first release
	tagFirst   = 3
	tagBuckets = 4
)

func (c *codec) hist(tag int, r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist) {
	c.section(tag, func() {
		lens, total := c.lengths(r.prev, func(i int) int { return len(*at(r.p[i])) })
		switch {
		case total == 0:
		case c.decoding:
			c.getHists(r, at, lens, total)
		case onGrid(r, at):
			c.putGrid(r, at)
		default:
			c.field(tagSteps, func([]byte) { c.putNano(r, at) })
		}
	})
}

// onGrid tells whether all tops lie on the grid, ascending.
func onGrid(r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist) bool {
	tops := grid()
	for _, p := range r.p {
		place := 0
		for _, b := range *at(p) {
			i, ok := gridIndex(tops, b.Top)
			if !ok || i < place {
				return false
			}
			place = i
		}
	}
	return true
}

func (c *codec) putGrid(r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist) {
	tops := grid()
	first := c.column(len(r.p))
	for i, p := range r.p {
		first[i] = 0
		if h := *at(p); len(h) > 0 {
			place, _ := gridIndex(tops, h[0].Top)
			first[i] = int64(place)
		}
	}
	c.putInts(tagFirst, r.prev, first)
	c.field(tagBuckets, func([]byte) {
		for i, p := range r.p {
			before := uint64(first[i])
			for _, b := range *at(p) {
				place, _ := gridIndex(tops, b.Top)
				c.putBucket(uint64(place)-before, b.N)
				before = uint64(place)
			}
		}
	})
}

const (
	stepBits  = 5
	longStep  = 1<<stepBits - 1
	longCount = 7 << stepBits
)

func (c *codec) putBucket(step uint64, n int64) {
	less := min(uint64(n-1), 7) // of a count below 1, too, 7
	c.out = append(c.out, byte(min(step, longStep)|less<<stepBits))
	if step >= longStep {
		c.out = binary.AppendUvarint(c.out, step)
	}
	if less == 7 {
		c.out = binary.AppendUvarint(c.out, uint64(n))
	}
}

func (c *codec) putNano(r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist) {
	c.out = append(c.out, stepNano)
	for _, p := range r.p {
		var top time.Duration
		for _, b := range *at(p) {
			u := zigzag(int64(b.Top - top))
			top = b.Top
			if b.N == 1 {
				c.out = binary.AppendUvarint(c.out, u<<1)
			} else {
				c.out = binary.AppendUvarint(binary.AppendUvarint(c.out, u<<1|1), zigzag(b.N))
			}
		}
	}
}

func (c *codec) getHists(r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist, lens []int64, total int) {
	if !claim[lab.Bucket](c, uint64(total)) {
		return
	}
	var room slab
	if steps := c.fields[tagSteps]; len(steps) > 0 {
		get := getNano
		if steps[0] == stepGrid {
			get = getGridSteps
		}
		p := 1
		for i := 0; i < len(lens) && p <= len(steps); i++ {
			if n := int(lens[i]); n > 0 {
				h := room.take(n, total)
				total -= n
				p = get(h, steps, p)
				*at(r.p[i]) = h
			}
		}
		if p != len(steps) {
			c.err = ErrDamaged
		}
		return
	}
	first := c.getInts(tagFirst, r.prev)
	b, p := c.fields[tagBuckets], 0
	for i := 0; i < len(lens) && p <= len(b); i++ {
		if lens[i] == 0 {
			continue
		}
		h := room.take(int(lens[i]), total)
		total -= len(h)
		var place uint64
		if first != nil {
			place = uint64(first[i])
		}
		p = getGrid(h, place, b, p)
		*at(r.p[i]) = h
	}
	if p != len(b) {
		c.err = ErrDamaged
	}
}

// getGrid reads the buckets at p, and tells where the next histogram's begin:
// beyond the end of b if these are none. This is where reading a run spends its
// time.
func getGrid(h lab.Hist, place uint64, b []byte, p int) int {
	tops := grid()
	for k := range h {
		if p >= len(b) {
			return len(b) + 1
		}
		t := uint64(b[p])
		p++
		step, n := t&longStep, int64(t>>stepBits)+1
		if step == longStep {
			step, p = next(b, p)
		}
		if place += min(step, gridSize); place >= gridSize {
			return len(b) + 1
		}
		if t >= longCount {
			var u uint64
			u, p = next(b, p)
			n = int64(u)
		}
		h[k] = lab.Bucket{Top: tops[place&gridMask], N: n}
	}
	return p
}

// getGridSteps reads a histogram of the first release at p, and tells where the
// next one begins.
func getGridSteps(h lab.Hist, b []byte, p int) int {
	tops := grid()
	place := uint64(0)
	for k := range h {
		var u, n uint64
		count := int64(1)
		if u, p = next(b, p); u&1 != 0 {
			n, p = next(b, p)
			count = unzigzag(n)
		}
		place = min(place+u>>1, gridSize-1)
		h[k] = lab.Bucket{Top: tops[place], N: count}
	}
	return p
}

func getNano(h lab.Hist, b []byte, p int) int {
	var top time.Duration
	for k := range h {
		var u, n uint64
		count := int64(1)
		if u, p = next(b, p); u&1 != 0 {
			n, p = next(b, p)
			count = unzigzag(n)
		}
		top += time.Duration(unzigzag(u >> 1))
		h[k] = lab.Bucket{Top: top, N: count}
	}
	return p
}

// slab is memory for histograms: pieces that are still in the processor's cache
// when they are filled.
type slab lab.Hist

const slabSize = 256 << 10 / 16

// take is room for a histogram of n of the left buckets that are still to come.
func (s *slab) take(n, left int) lab.Hist {
	if n > len(*s) {
		*s = make(slab, max(n, min(left, slabSize)))
	}
	h := lab.Hist((*s)[:n:n])
	*s = (*s)[n:]
	return h
}
