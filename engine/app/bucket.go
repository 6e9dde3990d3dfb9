package app

import "time"

// bucket holds CPU time that may be used. It fills with size seconds a second
// and pays for all that the process burns:
//
//	depth ─┬─ full: what comes on top is spilt (lost, if there was work)
//	       │
//	    0 ─┼─ a slice waits until it can be paid for
//	       │  debts: HTTP, GC, a refused crowd
//	floor ─┴─ −1 s of size: what is deeper is forgiven
type bucket struct {
	size         float64
	slice, depth time.Duration
	tokens       time.Duration
	wall, cpu    time.Duration // readings of the last settle

	lost     time.Duration // CPU the host did not deliver while there was work
	forgiven time.Duration
}

// newBucket is a full one. A bucket of size·100 ms is what a container's CPU
// quota gives in a period.
func newBucket(size float64, slice, wall, cpu time.Duration) bucket {
	depth := max(scale(100*time.Millisecond, size), 2*slice)
	return bucket{size: size, slice: slice, depth: depth, tokens: depth, wall: wall, cpu: cpu}
}

// sliceOf is the CPU time burned between two looks at the bucket.
func sliceOf(size float64, workers int) time.Duration {
	most := 10 * time.Millisecond
	if workers > 1 {
		most = 2 * time.Millisecond // the length of a turn
	}
	return min(max(scale(50*time.Millisecond, size), time.Millisecond), most)
}

// settle brings the account up to date with the clocks' readings. busy: there
// was work since the last settle.
func (b *bucket) settle(wall, cpu time.Duration, busy bool) {
	b.tokens += scale(wall-b.wall, b.size) - (cpu - b.cpu)
	b.wall, b.cpu = wall, cpu
	if excess := b.tokens - b.depth; excess > 0 {
		b.tokens = b.depth
		if busy {
			b.lost += excess
		}
	}
	if floor := -scale(time.Second, b.size); b.tokens < floor {
		b.forgiven += floor - b.tokens
		b.tokens = floor
	}
}

// wait is how long it takes until n can be paid for; 0: now. The microsecond
// keeps a wait rounded down from ending just before the moment, for ever.
func (b *bucket) wait(n time.Duration) time.Duration {
	if b.tokens >= n {
		return 0
	}
	return scale(n-b.tokens, 1/b.size) + time.Microsecond
}

func scale(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

// overhead learns what a request costs beside its burning: HTTP, the garbage
// collector. Left out of account, 1 ms of it turns a load of 80 % into 88 %.
type overhead struct {
	each             time.Duration // moving average, ¼ of the newest window
	wall, cpu, burnt time.Duration // at the beginning of the window
	requests         int64
}

// learn ends the window if it is a second old. One without requests teaches
// nothing.
func (o *overhead) learn(wall, cpu, burnt time.Duration, requests int64) {
	if wall-o.wall < time.Second {
		return
	}
	if n := requests - o.requests; n > 0 {
		seen := ((cpu - o.cpu) - (burnt - o.burnt)) / time.Duration(n)
		o.each += (max(seen, 0) - o.each) / 4
	}
	o.wall, o.cpu, o.burnt, o.requests = wall, cpu, burnt, requests
}
