package codec

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// Histograms are nearly all that there is to write. A bucket is the step from
// the one before it, doubled, and one more if a count follows that is not 1.
// What a step is, the payload's first byte says:
const (
	stepNano = iota // signed, ns
	stepGrid        // buckets of the grid on which histograms are recorded
)

// grid are the buckets' tops of an HDR histogram of two significant digits
// that counts microseconds: 256 of 1, then 128 of 2, of 4, of 8 …
// (http://hdrhistogram.org). Any other top is written in another way.
var grid = sync.OnceValue(func() []time.Duration {
	tops := make([]time.Duration, 256+22*128) // to 2³⁰ µs, above lab.MaxLatency
	for i := range tops {
		us := i
		if i >= 256 {
			shift := (i - 128) / 128
			us = (128+i%128+1)<<shift - 1
		}
		tops[i] = time.Duration(us) * time.Microsecond
	}
	return tops
})

// gridIndex is the place of a top in the grid, if it has one.
func gridIndex(tops []time.Duration, top time.Duration) (int, bool) {
	us := uint64(top / time.Microsecond)
	i := int(us)
	if shift := bits.Len64(us) - 8; shift > 0 {
		i = 128 + 128*shift + int(us>>shift) - 128
	}
	return i, i >= 0 && i < len(tops) && tops[i] == top
}

// hists are the two histograms of traffic. Where they are the same it is
// written, and kept in memory, once.
func (c *codec) hists(latency, service, same int, r rows[lab.Traffic]) {
	c.hist(latency, r, func(t *lab.Traffic) *lab.Hist { return &t.Latency })
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

func (c *codec) hist(tag int, r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist) {
	c.section(tag, func() {
		lens, total := c.lengths(r.prev, func(i int) int { return len(*at(r.p[i])) })
		if total == 0 {
			return
		}
		c.field(2, func(b []byte) {
			if c.decoding {
				c.getBuckets(b, r, at, lens, total)
				return
			}
			start := len(c.out)
			if !c.putBuckets(stepGrid, r, at) {
				c.out = c.out[:start]
				c.putBuckets(stepNano, r, at)
			}
		})
	})
}

// putBuckets tells whether all tops can be written in such steps.
func (c *codec) putBuckets(step int, r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist) bool {
	c.out = append(c.out, byte(step))
	tops := grid()
	for _, p := range r.p {
		var top time.Duration
		place := 0
		for _, b := range *at(p) {
			u := zigzag(int64(b.Top - top))
			if step == stepGrid {
				i, ok := gridIndex(tops, b.Top)
				if !ok || i < place {
					return false
				}
				u, place = uint64(i-place), i
			}
			top = b.Top
			if b.N == 1 {
				c.out = binary.AppendUvarint(c.out, u<<1)
			} else {
				c.out = binary.AppendUvarint(binary.AppendUvarint(c.out, u<<1|1), zigzag(b.N))
			}
		}
	}
	return true
}

func (c *codec) getBuckets(b []byte, r rows[lab.Traffic], at func(*lab.Traffic) *lab.Hist, lens []int64, total int) {
	if !claim[lab.Bucket](c, uint64(total)) {
		return
	}
	step, p := b[0], 1
	all := make(lab.Hist, total)
	for i, n := range lens {
		if n == 0 {
			continue
		}
		h := all[:n:n]
		all = all[n:]
		if step == stepGrid {
			p = getGrid(h, b, p)
		} else {
			p = getNano(h, b, p)
		}
		if p > len(b) {
			break
		}
		*at(r.p[i]) = h
	}
	if p != len(b) {
		c.err = ErrDamaged
	}
}

// getGrid reads a histogram at p, and tells where the next one begins. This is
// where reading a run spends its time: nearly all numbers are one byte.
func getGrid(h lab.Hist, b []byte, p int) int {
	tops := grid()
	place := uint64(0)
	for k := range h {
		var u, n uint64
		if p < len(b) && b[p] < 0x80 {
			u = uint64(b[p])
			p++
		} else {
			u, p = nextLong(b, p)
		}
		place = min(place+u>>1, uint64(len(tops)-1))
		count := int64(1)
		if u&1 != 0 {
			if p < len(b) && b[p] < 0x80 {
				n = uint64(b[p])
				p++
			} else {
				n, p = nextLong(b, p)
			}
			count = unzigzag(n)
		}
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
