package codec

import (
	"encoding/binary"
	"math"
	"time"

	"autoscale-lab/lab"
)

// The fields of a tick, each with its tag. A tag never changes its meaning.
//
// Lab time becomes run time: moments near the tick (readings, events, what
// comes next) are kept as their distance from it, which no origin touches;
// the others have the origin taken off.

func (c *codec) ticks(ticks *[]lab.Tick) {
	n := []int64{int64(len(*ticks))}
	none := []int32{-1}
	if c.decoding {
		if n = c.getInts(1, none); n == nil {
			return
		}
		if n[0] < 0 || n[0] > decodedTicks || !claim[lab.Tick](c, uint64(n[0])) {
			c.err = ErrDamaged
			return
		}
		*ticks = make([]lab.Tick, n[0])
	} else {
		c.putInts(1, none, n)
	}
	r := rows[lab.Tick]{p: make([]*lab.Tick, len(*ticks)), prev: make([]int32, len(*ticks)), at: make([]int64, len(*ticks))}
	for i := range *ticks {
		r.p[i], r.prev[i] = &(*ticks)[i], int32(i-1)
	}
	c.always(2, func() { c.tick(r) })
}

func (c *codec) tick(r rows[lab.Tick]) {
	since(c, 1, r, func(t *lab.Tick) *time.Duration { return &t.Sample.At }, nil)
	for i, t := range r.p {
		r.at[i] = int64(t.Sample.At)
	}
	group(c, 2, r, func(t *lab.Tick) *lab.Sample { return &t.Sample }, c.sample)
	group(c, 3, r, func(t *lab.Tick) *lab.Decision { return &t.Decision }, c.decision)
	list(c, 4, r, func(t *lab.Tick) *[]lab.Shadow { return &t.Shadows }, func(r rows[lab.Shadow]) {
		text(c, 1, r, func(s *lab.Shadow) *string { return &s.Policy })
		group(c, 2, r, func(s *lab.Shadow) *lab.Decision { return &s.Decision }, c.decision)
	})
	list(c, 5, r, func(t *lab.Tick) *[]lab.Event { return &t.Events }, c.event)
}

func (c *codec) sample(r rows[lab.Sample]) { // At is the tick's
	integer(c, 1, r, func(s *lab.Sample) *time.Duration { return &s.Span })
	boolean(c, 2, r, func(s *lab.Sample) *bool { return &s.Gap })
	integer(c, 3, r, func(s *lab.Sample) *int { return &s.Desired })
	integer(c, 4, r, func(s *lab.Sample) *int { return &s.Limits.Min })
	integer(c, 5, r, func(s *lab.Sample) *int { return &s.Limits.Max })
	float(c, 6, r, func(s *lab.Sample) *float64 { return &s.Capacity })
	boolean(c, 7, r, func(s *lab.Sample) *bool { return &s.LoadOn })
	integer(c, 8, r, func(s *lab.Sample) *lab.Model { return &s.Model })
	float(c, 9, r, func(s *lab.Sample) *float64 { return &s.Level })
	group(c, 10, r, func(s *lab.Sample) *lab.Reading { return &s.System }, c.reading)
	group(c, 11, r, func(s *lab.Sample) *lab.Reading { return &s.FreeMemory }, c.reading)
	group(c, 12, r, func(s *lab.Sample) *lab.Reading { return &s.Lab }, c.reading)
	group(c, 13, r, func(s *lab.Sample) *lab.Reading { return &s.Screen }, c.reading)
	text(c, 14, r, func(s *lab.Sample) *string { return &s.Saturated })
	group(c, 15, r, func(s *lab.Sample) *lab.Traffic { return &s.Generator }, c.clients)
	group(c, 16, r, func(s *lab.Sample) *lab.Traffic { return &s.Front }, c.traffic)
	list(c, 17, r, func(s *lab.Sample) *[]lab.Instance { return &s.Instances }, c.instance)
	group(c, 18, r, func(s *lab.Sample) *lab.Traffic { return &s.Foreign }, c.clients)
}

func (c *codec) instance(r rows[lab.Instance]) {
	whole := c.detail == Whole // an Outline has their lives, states and CPU
	text(c, 1, r, func(i *lab.Instance) *string { return &i.ID })
	integer(c, 2, r, func(i *lab.Instance) *int { return &i.Num })
	integer(c, 3, r, func(i *lab.Instance) *int { return &i.PID })
	if whole {
		text(c, 4, r, func(i *lab.Instance) *string { return &i.Addr })
	}
	integer(c, 5, r, func(i *lab.Instance) *lab.State { return &i.State })
	boolean(c, 6, r, func(i *lab.Instance) *bool { return &i.EverReady })
	boolean(c, 7, r, func(i *lab.Instance) *bool { return &i.Hung })
	if whole {
		boolean(c, 8, r, func(i *lab.Instance) *bool { return &i.ByHand })
		text(c, 9, r, func(i *lab.Instance) *string { return &i.Note })
	}
	since(c, 10, r, func(i *lab.Instance) *time.Duration { return &i.Started }, nil)
	if whole {
		since(c, 11, r, func(i *lab.Instance) *time.Duration { return &i.StateSince }, nil)
		since(c, 12, r, func(i *lab.Instance) *time.Duration { return &i.ReadySince },
			func(i *lab.Instance) bool { return i.ReadySince == 0 && !i.EverReady })
	}
	since(c, 13, r, func(i *lab.Instance) *time.Duration { return &i.Ended },
		func(i *lab.Instance) bool { return i.Ended == 0 })
	if whole {
		float(c, 14, r, func(i *lab.Instance) *float64 { return &i.Size })
		boolean(c, 15, r, func(i *lab.Instance) *bool { return &i.Enforced })
	}
	group(c, 16, r, func(i *lab.Instance) *lab.Reading { return &i.CPU }, c.reading)
	if whole {
		group(c, 17, r, func(i *lab.Instance) *lab.Reading { return &i.Memory }, c.reading)
		group(c, 18, r, func(i *lab.Instance) *lab.Reading { return &i.Starved }, c.reading)
		group(c, 19, r, func(i *lab.Instance) *lab.Traffic { return &i.Traffic }, c.traffic)
	}
}

func (c *codec) reading(r rows[lab.Reading]) {
	boolean(c, 1, r, func(r *lab.Reading) *bool { return &r.OK })
	float(c, 2, r, func(r *lab.Reading) *float64 { return &r.Value })
	moment(c, 3, r, func(r *lab.Reading) *time.Duration { return &r.At }, // of an unknown one 0 is no time
		func(r *lab.Reading) bool { return r.OK })
	integer(c, 4, r, func(r *lab.Reading) *time.Duration { return &r.Window })
}

// clients is traffic as those saw it who sent it.
func (c *codec) clients(r rows[lab.Traffic]) {
	c.outlined = true
	c.traffic(r)
	c.outlined = false
}

func (c *codec) traffic(r rows[lab.Traffic]) {
	integer(c, 1, r, func(t *lab.Traffic) *int64 { return &t.Offered })
	integer(c, 2, r, func(t *lab.Traffic) *int64 { return &t.Arrived })
	integer(c, 4, r, func(t *lab.Traffic) *int64 { return &t.OK })
	integer(c, 5, r, func(t *lab.Traffic) *int64 { return &t.Late })
	integer(c, 6, r, func(t *lab.Traffic) *int64 { return &t.Dropped })
	integer(c, 7, r, func(t *lab.Traffic) *int64 { return &t.Slow })
	integer(c, 8, r, func(t *lab.Traffic) *int { return &t.InFlight })
	integer(c, 9, r, func(t *lab.Traffic) *int { return &t.Queued })
	integer(c, 10, r, func(t *lab.Traffic) *time.Duration { return &t.Busy })
	c.hists(11, 12, 13, r)
	for cause := range lab.NCauses { // tags from 16 on are theirs
		integer(c, 16+cause, r, func(t *lab.Traffic) *int64 { return &t.Failed[cause] })
	}
}

func (c *codec) decision(r rows[lab.Decision]) {
	integer(c, 1, r, func(d *lab.Decision) *int { return &d.Desired })
	text(c, 2, r, func(d *lab.Decision) *string { return &d.Reason })
	list(c, 3, r, func(d *lab.Decision) *[]lab.Stage { return &d.Stages }, func(r rows[lab.Stage]) {
		text(c, 1, r, func(s *lab.Stage) *string { return &s.Name })
		float(c, 2, r, func(s *lab.Stage) *float64 { return &s.Value })
		text(c, 3, r, func(s *lab.Stage) *string { return &s.Text })
	})
	list(c, 4, r, func(d *lab.Decision) *[]lab.Wait { return &d.Next }, func(r rows[lab.Wait]) {
		text(c, 1, r, func(w *lab.Wait) *string { return &w.What })
		moment(c, 2, r, func(w *lab.Wait) *time.Duration { return &w.At }, nil)
		text(c, 3, r, func(w *lab.Wait) *string { return &w.By })
		moment(c, 4, r, func(w *lab.Wait) *time.Duration { return &w.Since }, // of nothing it is no time
			func(w *lab.Wait) bool { return w.By != "" })
	})
	list(c, 5, r, func(d *lab.Decision) *[]lab.Point { return &d.Forecast }, func(r rows[lab.Point]) {
		moment(c, 1, r, func(p *lab.Point) *time.Duration { return &p.At }, nil)
		float(c, 2, r, func(p *lab.Point) *float64 { return &p.Value })
	})
}

func (c *codec) event(r rows[lab.Event]) {
	moment(c, 1, r, func(e *lab.Event) *time.Duration { return &e.At }, nil)
	text(c, 2, r, func(e *lab.Event) *lab.Actor { return &e.By })
	text(c, 3, r, func(e *lab.Event) *lab.EventKind { return &e.Kind })
	text(c, 4, r, func(e *lab.Event) *string { return &e.Instance })
	text(c, 5, r, func(e *lab.Event) *string { return &e.Text })
	optional(c, 6, r, func(e *lab.Event) **lab.Action { return &e.Action }, func(r rows[lab.Action]) {
		moment(c, 1, r, func(a *lab.Action) *time.Duration { return &a.At }, nil)
		text(c, 2, r, func(a *lab.Action) *lab.Actor { return &a.By })
		text(c, 3, r, func(a *lab.Action) *lab.ActionKind { return &a.Kind })
		text(c, 4, r, func(a *lab.Action) *string { return &a.Target })
		text(c, 5, r, func(a *lab.Action) *string { return &a.Name })
		text(c, 6, r, func(a *lab.Action) *string { return &a.From })
		text(c, 7, r, func(a *lab.Action) *string { return &a.To })
	})
}

func integer[T any, E ~int | ~int64 | ~uint8](c *codec, tag int, r rows[T], at func(*T) *E) {
	if c.decoding {
		for i, v := range c.getInts(tag, r.prev) {
			*at(r.p[i]) = E(v)
		}
		return
	}
	vals := c.column(len(r.p))
	for i, p := range r.p {
		vals[i] = int64(*at(p))
	}
	c.putInts(tag, r.prev, vals)
}

func boolean[T any](c *codec, tag int, r rows[T], at func(*T) *bool) {
	if c.decoding {
		for i, v := range c.getInts(tag, r.prev) {
			*at(r.p[i]) = v != 0
		}
		return
	}
	vals := c.column(len(r.p))
	for i, p := range r.p {
		vals[i] = 0
		if *at(p) {
			vals[i] = 1
		}
	}
	c.putInts(tag, r.prev, vals)
}

func float[T any](c *codec, tag int, r rows[T], at func(*T) *float64) {
	if c.decoding {
		for i, v := range c.getFloats(tag, r.prev) {
			*at(r.p[i]) = math.Float64frombits(uint64(v))
		}
		return
	}
	vals := c.column(len(r.p))
	for i, p := range r.p {
		vals[i] = int64(math.Float64bits(*at(p)))
	}
	c.putFloats(tag, r.prev, vals)
}

// since is a lab time that may lie far back. Where never holds it is 0 and
// means "not yet"; one that falls on the very origin is then 1 ns.
func since[T any](c *codec, tag int, r rows[T], at func(*T) *time.Duration, never func(*T) bool) {
	if c.decoding {
		integer(c, tag, r, at)
		return
	}
	vals := c.column(len(r.p))
	for i, p := range r.p {
		v := int64(*at(p)) - c.origin
		if never != nil {
			if never(p) {
				v = 0
			} else if v == 0 && c.origin != 0 {
				v = 1
			}
		}
		vals[i] = v
	}
	c.putInts(tag, r.prev, vals)
}

// moment is a lab time close to the tick's, kept as the distance from it.
// Where known does not hold it is kept as it is.
func moment[T any](c *codec, tag int, r rows[T], at func(*T) *time.Duration, known func(*T) bool) {
	if c.decoding {
		vals := c.getInts(tag, r.prev)
		for i, p := range r.p {
			var v int64
			if vals != nil {
				v = vals[i]
			}
			if known == nil || known(p) {
				v += r.at[i]
			}
			*at(p) = time.Duration(v)
		}
		return
	}
	vals := c.column(len(r.p))
	for i, p := range r.p {
		vals[i] = int64(*at(p))
		if known == nil || known(p) {
			vals[i] -= r.at[i]
		}
	}
	c.putInts(tag, r.prev, vals)
}

// text keeps each different text once. At this door texts are cleaned.
func text[T any, S ~string](c *codec, tag int, r rows[T], at func(*T) *S) {
	c.section(tag, func() {
		if c.decoding {
			var words []S
			c.field(1, func(b []byte) {
				all := string(b)
				for p := 0; p < len(b); {
					var n uint64
					if n, p = next(b, p); p > len(b) || n > uint64(len(b)-p) || !claim[S](c, 1) {
						c.err = ErrDamaged
						return
					}
					end := p + int(n)
					words = append(words, S(lab.Clean(all[p:end])))
					p = end
				}
			})
			for i, v := range c.getInts(2, r.prev) {
				if v < 0 || v > int64(len(words)) {
					c.err = ErrDamaged
					return
				}
				if v > 0 {
					*at(r.p[i]) = words[v-1]
				}
			}
			return
		}
		vals, number := c.column(len(r.p)), map[S]int64{"": 0}
		c.field(1, func([]byte) {
			for i, p := range r.p {
				s := *at(p)
				n, ok := number[s]
				if !ok {
					n = int64(len(number))
					number[s] = n
					c.out = append(binary.AppendUvarint(c.out, uint64(len(s))), s...)
				}
				vals[i] = n
			}
		})
		c.putInts(2, r.prev, vals)
	})
}

// group is a struct inside each row.
func group[T, U any](c *codec, tag int, r rows[T], at func(*T) *U, fields func(rows[U])) {
	c.section(tag, func() { fields(sub(r, at)) })
}

// list is a slice of structs inside each row; an empty one is read as nil.
func list[T, U any](c *codec, tag int, r rows[T], at func(*T) *[]U, fields func(rows[U])) {
	c.section(tag, func() {
		lens, total := c.lengths(r.prev, func(i int) int { return len(*at(r.p[i])) })
		if total == 0 {
			return
		}
		if c.decoding {
			if !claim[U](c, uint64(total)) {
				return
			}
			all := make([]U, total)
			for i, n := range lens {
				if n > 0 {
					*at(r.p[i]), all = all[:n:n], all[n:]
				}
			}
		}
		child := rows[U]{p: make([]*U, 0, total), prev: make([]int32, 0, total), at: make([]int64, 0, total)}
		starts := make([]int32, len(lens))
		for i, p := range r.p {
			starts[i] = int32(len(child.p))
			items := *at(p)
			for k := range items {
				prev := int32(len(child.p) - 1)
				if j := r.prev[i]; j >= 0 && int64(k) < lens[j] {
					prev = starts[j] + int32(k)
				} else if k == 0 {
					prev = -1
				}
				child.p, child.prev, child.at = append(child.p, &items[k]), append(child.prev, prev), append(child.at, r.at[i])
			}
		}
		c.always(2, func() { fields(child) })
	})
}

// lengths writes or reads, under tag 1, how long the list of each row is.
func (c *codec) lengths(prev []int32, length func(i int) int) (lens []int64, total int) {
	lens = make([]int64, len(prev))
	if c.decoding {
		copy(lens, c.getInts(1, prev))
	} else {
		for i := range lens {
			lens[i] = int64(length(i))
		}
		c.putInts(1, prev, lens)
	}
	for _, n := range lens {
		if total += int(n); n < 0 || n > decodedLimit || total > decodedLimit {
			c.err = ErrDamaged
			return nil, 0
		}
	}
	return lens, total
}

// optional is a struct that a row may point to.
func optional[T, U any](c *codec, tag int, r rows[T], at func(*T) **U, fields func(rows[U])) {
	box := make([][]U, len(r.p))
	boxes := rows[[]U]{p: make([]*[]U, len(r.p)), prev: r.prev, at: r.at}
	for i, p := range r.p {
		boxes.p[i] = &box[i]
		if u := *at(p); u != nil {
			box[i] = []U{*u}
		}
	}
	list(c, tag, boxes, func(b *[]U) *[]U { return b }, fields)
	if !c.decoding {
		return
	}
	for i, p := range r.p {
		if len(box[i]) > 0 {
			*at(p) = &box[i][0]
		}
	}
}
