// Package codec writes ticks down in few bytes, with every field, and reads them
// back to the last bit.
//
//	[]lab.Tick ─ Encode ─▶ chunk ─ Decode ─▶ []lab.Tick, lab times counted from the run's beginning
//
// The fields of a tick stand in fields.go, one line each; one that is missing
// there fails a test.
package codec

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/bits"
	"reflect"
	"slices"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// Ticks are stored by column: a chunk of ticks is a tree of sections, one for
// each struct, and a section is a list of fields, each with the values of all
// its rows.
//
//	chunk   = format (1 byte) · section · CRC-32C (4 bytes, little endian)
//	section = { tag · length · payload }      a field that is zero in every row is left out
//	payload = section | integers | floats | dictionary | buckets
//
// A value is written as its difference from the row that foretells it: the one
// at the same place in the tick before. Of a row of zeros only the length is
// written, so what stays as it is costs nothing.
//
// New fields get new tags, and a tag is never used for anything else: a reader
// takes a field it does not find as zero, and skips one it does not know.
const (
	chunkFormat = 2
	firstFormat = 1 // that of the first release: see hist.go for what differs
)

// What one chunk may claim when it is decoded: far more than pack puts in.
const (
	decodedLimit = 128 << 20 // bytes
	decodedTicks = 4096
)

// ErrDamaged: these bytes are no whole chunk.
var ErrDamaged = errors.New("the recorded ticks are damaged")

// castagnoli is made when first asked for: instances start without it.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// Encode makes a chunk. Lab times are written relative to the origin.
func Encode(ticks []lab.Tick, origin time.Duration) []byte {
	c := &codec{origin: int64(origin), out: []byte{chunkFormat}}
	c.ticks(&ticks)
	return binary.LittleEndian.AppendUint32(c.out, crc32.Checksum(c.out, castagnoli()))
}

// Detail is how much of a chunk is read.
type Detail uint8

const (
	Whole   Detail = iota
	Outline        // what runs are scored and compared by: of instances their lives, states and CPU, of histograms the latency that clients saw
)

// Decode reads a chunk. Whatever the bytes, it neither panics nor takes
// more than decodedLimit.
func Decode(data []byte, detail Detail) ([]lab.Tick, error) {
	n := len(data) - 4
	if n < 1 || crc32.Checksum(data[:n], castagnoli()) != binary.LittleEndian.Uint32(data[n:]) {
		return nil, ErrDamaged
	}
	if data[0] != chunkFormat && data[0] != firstFormat {
		return nil, errors.New("the ticks were recorded by a newer autoscale-lab")
	}
	return decodeSection(data[1:n], detail)
}

func decodeSection(data []byte, detail Detail) ([]lab.Tick, error) {
	c := &codec{decoding: true, detail: detail, room: decodedLimit}
	c.parse(data)
	var ticks []lab.Tick
	c.ticks(&ticks)
	return ticks, c.err
}

// codec goes through the fields of ticks, once, in either direction: the list
// of fields (fields.go) is the same for writing and reading.
type codec struct {
	origin int64
	out    []byte // written so far

	decoding bool
	detail   Detail
	outlined bool               // the latency in hand is one of those that an Outline has
	fields   [maxTag + 1][]byte // of the section that is being read
	room     int
	err      error

	vals []int64 // of the column in hand
}

const maxTag = 47

// rows are all the values of one struct type at one place in the tree.
type rows[T any] struct {
	p    []*T
	prev []int32 // the row that foretells each one, -1 for none; always an earlier one
	at   []int64 // lab time of the tick each one belongs to
}

// sub is a struct inside each row.
func sub[T, U any](r rows[T], at func(*T) *U) rows[U] {
	out := rows[U]{p: make([]*U, len(r.p)), prev: r.prev, at: r.at}
	for i, p := range r.p {
		out.p[i] = at(p)
	}
	return out
}

// field writes what body writes under a tag, or reads it from there; nothing
// happens where there is nothing.
func (c *codec) field(tag int, body func(payload []byte)) {
	if c.decoding {
		if p := c.fields[tag]; len(p) > 0 && c.err == nil {
			body(p)
		}
		return
	}
	start := len(c.out)
	body(nil)
	if n := len(c.out) - start; n > 0 {
		var head [2 * binary.MaxVarintLen64]byte
		h := binary.AppendUvarint(binary.AppendUvarint(head[:0], uint64(tag)), uint64(n))
		c.out = slices.Insert(c.out, start, h...)
	}
}

// section is a field that holds fields.
func (c *codec) section(tag int, body func()) {
	if c.decoding && len(c.fields[tag]) == 0 {
		return
	}
	c.always(tag, body)
}

// always is a section whose rows are known to be there, though all that is
// written of them may be zero.
func (c *codec) always(tag int, body func()) {
	if !c.decoding {
		c.field(tag, func([]byte) { body() })
		return
	}
	if c.err == nil {
		outer := c.fields
		c.parse(outer[tag])
		body()
		c.fields = outer
	}
}

func (c *codec) parse(b []byte) {
	c.fields = [maxTag + 1][]byte{}
	for p := 0; p < len(b); {
		var tag, n uint64
		tag, p = next(b, p)
		n, p = next(b, p)
		if p > len(b) || n > uint64(len(b)-p) {
			c.err = ErrDamaged
			return
		}
		end := p + int(n)
		if tag <= maxTag {
			c.fields[tag] = b[p:end]
		}
		p = end
	}
}

// next reads the varint at p, and tells where the next one begins: beyond the
// end of b if this one is none.
func next(b []byte, p int) (uint64, int) {
	if p < len(b) && b[p] < 0x80 {
		return uint64(b[p]), p + 1
	}
	return nextLong(b, p)
}

func nextLong(b []byte, p int) (uint64, int) {
	if p < len(b) {
		if v, n := binary.Uvarint(b[p:]); n > 0 {
			return v, p + n
		}
	}
	return 0, len(b) + 1
}

// claim takes n values of T off the memory that may still be used.
func claim[T any](c *codec, n uint64) bool {
	size := uint64(reflect.TypeFor[T]().Size()) + 24 // with its place in rows
	if n > uint64(c.room)/size {
		c.err = ErrDamaged
		return false
	}
	c.room -= int(n * size)
	return true
}

// column is room for n values.
func (c *codec) column(n int) []int64 {
	c.vals = slices.Grow(c.vals[:0], n)[:n]
	return c.vals
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// putInts writes differences as varints, and a zero followed by how many more
// there are.
func (c *codec) putInts(tag int, prev []int32, vals []int64) {
	if !slices.ContainsFunc(vals, func(v int64) bool { return v != 0 }) {
		return
	}
	c.field(tag, func([]byte) {
		run := uint64(0)
		flush := func() {
			if run > 0 {
				c.out = binary.AppendUvarint(append(c.out, 0), run-1)
				run = 0
			}
		}
		for i, v := range vals {
			if j := prev[i]; j >= 0 {
				v -= vals[j]
			}
			if v == 0 {
				run++
				continue
			}
			flush()
			c.out = binary.AppendUvarint(c.out, zigzag(v))
		}
		flush()
	})
}

// getInts reads them; nil if they are all zero. They are good until the next
// column.
func (c *codec) getInts(tag int, prev []int32) (vals []int64) {
	c.field(tag, func(b []byte) {
		vals = c.column(len(prev))
		p := 0
		for i := 0; i < len(vals) && p <= len(b); {
			var u, n uint64
			if u, p = next(b, p); u != 0 {
				v := unzigzag(u)
				if j := prev[i]; j >= 0 {
					v += vals[j]
				}
				vals[i] = v
				i++
				continue
			}
			n, p = next(b, p)
			i = repeat(vals, prev, i, n)
		}
		if p != len(b) {
			c.err, vals = ErrDamaged, nil
		}
	})
	return vals
}

// repeat gives the value at i, and n more, what foretells them.
func repeat(vals []int64, prev []int32, i int, n uint64) int {
	end := i + 1 + int(min(n, uint64(len(vals)-i-1)))
	for ; i < end; i++ {
		vals[i] = 0
		if j := prev[i]; j >= 0 {
			vals[i] = vals[j]
		}
	}
	return i
}

// putFloats writes the bits that differ, without the zero bytes around them:
// one byte says how many there are and how many zero bytes come after them. A
// zero is followed by how many more there are.
func (c *codec) putFloats(tag int, prev []int32, vals []int64) {
	if !slices.ContainsFunc(vals, func(v int64) bool { return v != 0 }) {
		return
	}
	c.field(tag, func([]byte) {
		for i := 0; i < len(vals); {
			x, run := uint64(0), uint64(0)
			for ; i < len(vals) && x == 0; i++ {
				x = uint64(vals[i])
				if j := prev[i]; j >= 0 {
					x ^= uint64(vals[j])
				}
				if x == 0 {
					run++
				}
			}
			if run > 0 {
				c.out = binary.AppendUvarint(append(c.out, 0), run-1)
			}
			if x == 0 {
				return
			}
			low := bits.TrailingZeros64(x) / 8
			n := 8 - low - bits.LeadingZeros64(x)/8
			c.out = append(c.out, byte(low<<4|n))
			c.out = binary.LittleEndian.AppendUint64(c.out, x>>(8*low))
			c.out = c.out[:len(c.out)-8+n]
		}
	})
}

func (c *codec) getFloats(tag int, prev []int32) (vals []int64) {
	c.field(tag, func(b []byte) {
		vals = c.column(len(prev))
		p := 0
		for i := 0; i < len(vals) && p < len(b); {
			low, n := int(b[p]>>4), int(b[p]&15)
			p++
			if n == 0 {
				var more uint64
				more, p = next(b, p)
				i = repeat(vals, prev, i, more)
				continue
			}
			if low+n > 8 || n > len(b)-p {
				break
			}
			var x uint64
			for k := range n {
				x |= uint64(b[p+k]) << (8 * (low + k))
			}
			p += n
			if j := prev[i]; j >= 0 {
				x ^= uint64(vals[j])
			}
			vals[i] = int64(x)
			i++
		}
		if p != len(b) {
			c.err, vals = ErrDamaged, nil
		}
	})
	return vals
}
