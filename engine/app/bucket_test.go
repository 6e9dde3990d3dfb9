package app

import (
	"testing"
	"time"
)

const ms = time.Millisecond

func TestSliceAndDepth(t *testing.T) {
	for _, c := range []struct {
		name         string
		size         float64
		workers      int
		slice, depth time.Duration
	}{
		{"the default", .2, 1, 10 * ms, 20 * ms},
		{"a whole core: a container's period in the bucket", 1, 1, 10 * ms, 100 * ms},
		{"a twentieth: two slices, or a slice could never be saved up", .05, 1, 2500 * time.Microsecond, 5 * ms},
		{"tiny: a slice is worth its switches", .01, 1, ms, 2 * ms},
		{"shared: turns of 2 ms", .2, 4, 2 * ms, 20 * ms},
		{"shared and tiny", .01, 4, ms, 2 * ms},
	} {
		slice := sliceOf(c.size, c.workers)
		b := newBucket(c.size, slice, 0, 0)
		if slice != c.slice || b.depth != c.depth || b.tokens != c.depth {
			t.Errorf("%s: slice %v, depth %v, tokens %v; want %v, %v, full", c.name, slice, b.depth, b.tokens, c.slice, c.depth)
		}
	}
}

func TestBucketSettle(t *testing.T) {
	for _, c := range []struct {
		name           string
		tokens         time.Duration
		wall, cpu      time.Duration
		busy           bool
		want           time.Duration
		lost, forgiven time.Duration
	}{
		{"fills with the size", 0, 50 * ms, 0, true, 10 * ms, 0, 0},
		{"pays for what the process burned", 20 * ms, 0, 8 * ms, true, 12 * ms, 0, 0},
		{"burning at the size keeps the level", 5 * ms, 100 * ms, 20 * ms, true, 5 * ms, 0, 0},
		{"goes into debt for what it did not ask for", 0, 0, 30 * ms, true, -30 * ms, 0, 0},
		{"spills when idle, and nothing is lost", 15 * ms, time.Second, 0, false, 20 * ms, 0, 0},
		{"spills while there is work: the host did not deliver", 15 * ms, 100 * ms, 5 * ms, true, 20 * ms, 10 * ms, 0},
		{"forgives what it could not pay back in a second", -150 * ms, 0, 80 * ms, true, -200 * ms, 0, 30 * ms},
	} {
		b := newBucket(.2, 10*ms, 0, 0)
		b.tokens = c.tokens
		b.settle(c.wall, c.cpu, c.busy)
		if b.tokens != c.want || b.lost != c.lost || b.forgiven != c.forgiven {
			t.Errorf("%s: tokens %v, lost %v, forgiven %v; want %v, %v, %v", c.name, b.tokens, b.lost, b.forgiven, c.want, c.lost, c.forgiven)
		}
	}
}

func TestBucketWait(t *testing.T) {
	for _, c := range []struct {
		name            string
		size            float64
		tokens, n, want time.Duration
	}{
		{"enough", .2, 10 * ms, 10 * ms, 0},
		{"a millisecond short", .2, 9 * ms, 10 * ms, 5*ms + time.Microsecond},
		{"a nanosecond short is never a wait of 0", 1, 10*ms - 1, 10 * ms, 1001},
		{"out of debt", .5, -ms, 0, 2*ms + time.Microsecond},
	} {
		b := bucket{size: c.size, tokens: c.tokens}
		if got := b.wait(c.n); got != c.want {
			t.Errorf("%s: wait %v, want %v", c.name, got, c.want)
		}
	}
}

// A wait always ends with enough in the bucket, however sizes round.
func TestBucketWaitSuffices(t *testing.T) {
	for percent := 1; percent <= 100; percent++ {
		for n := range 50 {
			b := newBucket(float64(percent)/100, ms, 0, 0)
			b.tokens = -time.Duration(n) * 7919
			need := time.Duration(n) * 104729
			if need > b.depth {
				continue
			}
			if b.settle(b.wait(need), 0, true); b.wait(need) != 0 {
				t.Fatalf("size %d %%: %v is not there after the wait", percent, need)
			}
		}
	}
}

func TestOverheadLearns(t *testing.T) {
	type window struct {
		wall, cpu, burnt time.Duration // in the window
		requests         int64
		want             time.Duration
	}
	for _, c := range []struct {
		name    string
		windows []window
	}{
		{"a quarter of each window", []window{
			{time.Second, 60 * ms, 40 * ms, 10, 500 * time.Microsecond},
			{time.Second, 60 * ms, 40 * ms, 10, 875 * time.Microsecond},
		}},
		{"not before the second is over", []window{
			{600 * ms, 60 * ms, 40 * ms, 10, 0},
			{600 * ms, 60 * ms, 40 * ms, 10, 500 * time.Microsecond},
		}},
		{"an idle hour of health probes is charged to nobody", []window{
			{time.Hour, 360 * ms, 0, 0, 0},
			{time.Second, 6 * ms, 4 * ms, 1, 500 * time.Microsecond},
		}},
		{"clocks that disagree never make it negative", []window{{time.Second, 39 * ms, 40 * ms, 10, 0}}},
	} {
		var o overhead
		var wall, cpu, burnt time.Duration
		var requests int64
		for i, w := range c.windows {
			wall, cpu, burnt, requests = wall+w.wall, cpu+w.cpu, burnt+w.burnt, requests+w.requests
			if o.learn(wall, cpu, burnt, requests); o.each != w.want {
				t.Errorf("%s: %v after window %d, want %v", c.name, o.each, i, w.want)
			}
		}
	}
}
