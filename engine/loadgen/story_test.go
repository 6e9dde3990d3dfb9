package loadgen

import (
	"context"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"autoscale-lab/lab"
)

// pass lets that much time go by, and all that is due just then be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func want(t *testing.T, what string, got, want int64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}

func TestAnOpenLoadIsSentOnTime(t *testing.T) {
	inBubble(t, takes(50*time.Millisecond), Config{SLO: 40 * time.Millisecond}, func(t *testing.T, g *Generator) {
		g.Set(parse(t, "constant:rate=10"))
		pass(time.Second)
		if u := g.Observe(g.now()); u.Offered != 0 || g.Level(g.now()) != 0 {
			t.Errorf("off: %d offered, level %v", u.Offered, g.Level(g.now()))
		}
		g.Switch(true)
		pass(10*time.Second + 60*time.Millisecond)
		if g.Level(g.now()) != 10 {
			t.Errorf("level %v", g.Level(g.now()))
		}
		u := g.Observe(g.now())
		want(t, "offered", u.Offered, 100)
		want(t, "arrived", u.Arrived, 100)
		want(t, "ok", u.OK, 100)
		want(t, "late", u.Late, 0)
		want(t, "slow", u.Slow, 100)
		want(t, "busy in ms", u.Busy.Milliseconds(), 100*50)
		want(t, "in flight", int64(u.InFlight), 0)
		if p50, _ := u.Latency.Quantile(.5); p50 < 50*time.Millisecond || p50 > 51*time.Millisecond {
			t.Errorf("p50 %v", p50)
		}
		want(t, "status 200", g.Codes()[200], 100)

		// Turned to 100 a second 60 ms into an interval of 100: the rest of it
		// shrinks from 40 ms to 4.
		g.Set(parse(t, "constant:rate=100"))
		pass(4 * time.Millisecond)
		want(t, "offered after the rest of the interval", g.Observe(g.now()).Offered, 1)
		pass(time.Second)
		u = g.Observe(g.now())
		want(t, "offered in a second at the new rate", u.Offered, 100)
		want(t, "in flight", int64(u.InFlight), 5+1)

		g.Switch(false)
		pass(time.Second)
		u = g.Observe(g.now())
		want(t, "offered once off", u.Offered, 0)
		want(t, "ok of those that were in flight", u.OK, 6)
		if g.Level(g.now()) != 0 {
			t.Errorf("level off: %v", g.Level(g.now()))
		}
	})
}

func TestOverloadIsSeenFromTheScheduledMoment(t *testing.T) {
	// A server that does one request at a time, 200 ms each, gets 10 a second.
	var mu sync.Mutex
	var free time.Time // when it has done all that it was given
	h := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if free = free.Add(200 * time.Millisecond); time.Until(free) < 200*time.Millisecond {
			free = time.Now().Add(200 * time.Millisecond)
		}
		wait := time.Until(free)
		mu.Unlock()
		time.Sleep(wait)
	}
	inBubble(t, h, Config{}, func(t *testing.T, g *Generator) {
		g.Set(parse(t, "constant:rate=10"))
		g.Switch(true)
		pass(10 * time.Second)
		u := g.Observe(g.now())
		want(t, "offered", u.Offered, 100)
		if worst, _ := u.Latency.Max(); worst < 4900*time.Millisecond {
			t.Errorf("the longest wait is %v, though the queue is 5 s long", worst)
		}
	})
}

func TestTheCapDrops(t *testing.T) {
	inBubble(t, takes(950*time.Millisecond), Config{}, func(t *testing.T, g *Generator) {
		l := parse(t, "constant:rate=10")
		l.MaxInFlight = 5
		g.Set(l)
		g.Switch(true)
		pass(10 * time.Second)
		u := g.Observe(g.now())
		want(t, "offered", u.Offered, 100)
		want(t, "dropped", u.Dropped, 50)
		want(t, "arrived", u.Arrived, 50)
		want(t, "in flight", int64(u.InFlight), 5)
	})
}

func TestATimeoutCounts(t *testing.T) {
	inBubble(t, takes(time.Minute), Config{}, func(t *testing.T, g *Generator) {
		l := parse(t, "constant:rate=10")
		l.Timeout = time.Second
		g.Set(l)
		g.Switch(true)
		pass(4*time.Second + 50*time.Millisecond)
		u := g.Observe(g.now())
		want(t, "timeouts", u.Failed[lab.CauseTimeout], 30)
		want(t, "failed", u.Failures(), 30)
		want(t, "in flight", int64(u.InFlight), 10)
		want(t, "latencies", u.Latency.Count(), 0)
		want(t, "timeouts by text", g.Errors()["timeout"], 30)
	})
}

func TestALateSendIsCounted(t *testing.T) {
	// Goroutines start 30 ms after they should; a worker that is there already
	// is not late.
	slow := func(f func()) { go func() { time.Sleep(30 * time.Millisecond); f() }() }
	inBubble(t, takes(5*time.Millisecond), Config{Go: slow}, func(t *testing.T, g *Generator) {
		g.Set(parse(t, "constant:rate=10"))
		g.Switch(true)
		pass(time.Second + 90*time.Millisecond)
		u := g.Observe(g.now())
		want(t, "arrived", u.Arrived, 10)
		want(t, "late", u.Late, 1)
		latency, _ := u.Latency.Max()
		service, _ := u.Service.Max()
		if latency < 35*time.Millisecond || service > 6*time.Millisecond {
			t.Errorf("latency %v, service %v", latency, service)
		}
	})
}

func TestNoBurstAfterAJump(t *testing.T) {
	var jumped atomic.Int64
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // as in every bubble
	lab := func() time.Duration { return time.Since(began) + time.Duration(jumped.Load()) }
	var most, now atomic.Int64
	h := func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(50 * time.Millisecond)
		now.Add(-1)
	}
	inBubble(t, h, Config{Now: lab}, func(t *testing.T, g *Generator) {
		g.Set(parse(t, "constant:rate=10"))
		g.Switch(true)
		pass(time.Second + 50*time.Millisecond)
		jumped.Store(int64(time.Hour + 20*time.Millisecond))
		pass(time.Second)
		u := g.Observe(g.now())
		want(t, "offered", u.Offered, 20+36000)
		want(t, "dropped", u.Dropped, 36001) // with the one it slept toward
		want(t, "arrived", u.Arrived, 19)
		want(t, "most at once", most.Load(), 1)
	})
}

func TestClosedThreadsFollowTheLevel(t *testing.T) {
	var now atomic.Int64
	h := func(w http.ResponseWriter, r *http.Request) {
		now.Add(1)
		time.Sleep(60 * time.Millisecond)
		now.Add(-1)
	}
	inBubble(t, h, Config{}, func(t *testing.T, g *Generator) {
		g.Set(parse(t, "closed:threads=4,think=40ms"))
		g.Switch(true)
		pass(10*time.Second - 10*time.Millisecond)
		u := g.Observe(g.now())
		want(t, "ok by 4 threads in 10 s at 100 ms a turn", u.OK, 400)
		want(t, "offered", u.Offered, 400)
		want(t, "busy in s", int64(u.Busy.Seconds()+0.5), 24)

		g.Set(parse(t, "closed:threads=20"))
		pass(30 * time.Millisecond)
		want(t, "at once", now.Load(), 20)
		want(t, "in flight", int64(g.Observe(g.now()).InFlight), 20)
		g.Set(parse(t, "closed:threads=3"))
		pass(time.Second)
		want(t, "at once", now.Load(), 3)

		g.Set(parse(t, "constant:rate=1"))
		pass(1500 * time.Millisecond)
		want(t, "at once", now.Load(), 0)
		g.Observe(g.now())
		pass(10 * time.Second)
		want(t, "offered at 1 a second in 10 s", g.Observe(g.now()).Offered, 10)

		g.Set(parse(t, "closed:threads=2"))
		pass(time.Second)
		g.Switch(false)
		pass(time.Second)
		u = g.Observe(g.now())
		want(t, "in flight once off", int64(u.InFlight), 0)
		want(t, "unaccounted", u.Offered-u.OK, 0)
	})
}

// stairs rises by one each second.
type stairs struct{}

func (stairs) Level(t time.Duration) float64 { return math.Floor(t.Seconds()) }
func (stairs) Total(t time.Duration) float64 {
	n := math.Floor(t.Seconds())
	return n*(n-1)/2 + n*(t.Seconds()-n)
}

func TestShapesAreFollowed(t *testing.T) {
	var now atomic.Int64
	h := func(w http.ResponseWriter, r *http.Request) {
		now.Add(1)
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
	}
	inBubble(t, h, Config{}, func(t *testing.T, g *Generator) {
		pass(time.Hour) // the shape's time begins when it is switched on
		l := lab.Load{Model: lab.Closed, Shape: stairs{}}
		g.Set(l)
		g.Switch(true)
		for n := range int64(10) {
			pass(500 * time.Millisecond)
			want(t, "threads", int64(g.Observe(g.now()).InFlight), n)
			pass(500 * time.Millisecond)
		}
		g.Switch(false)
		pass(time.Second)
		g.Observe(g.now())

		l.Model, l.MaxInFlight = lab.Open, 100
		g.Set(l)
		g.Switch(true)
		pass(10*time.Second + 10*time.Millisecond)
		want(t, "0 + 1 + … + 9 requests", g.Observe(g.now()).Offered, 45)

		g.Switch(false)
		g.Set(lab.Load{})
		g.Switch(true) // nothing to send yet, but the shape's time begins
		pass(5 * time.Second)
		g.Observe(g.now())
		g.Set(l)
		pass(time.Second)
		want(t, "level", int64(g.Level(g.now())), 6)
		want(t, "requests in the sixth second", g.Observe(g.now()).Offered, 5)
	})
}

func TestARefusedThreadPauses(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	inBubble(t, h, Config{}, func(t *testing.T, g *Generator) {
		g.Set(parse(t, "closed:threads=3"))
		g.Switch(true)
		pass(10*time.Second - 50*time.Millisecond)
		u := g.Observe(g.now())
		want(t, "refused", u.Failed[lab.CauseRefused], 300)
		want(t, "status 503", g.Codes()[503], 300)
	})
}

func TestCloseWaitsForAnswers(t *testing.T) {
	inBubble(t, takes(3*time.Second), Config{}, func(t *testing.T, g *Generator) {
		g.Set(parse(t, "constant:rate=1"))
		g.Switch(true)
		pass(2500 * time.Millisecond)
		g.Close(t.Context())
		u := g.Observe(g.now())
		want(t, "offered", u.Offered, 2)
		want(t, "ok", u.OK, 2)
		want(t, "in flight", int64(u.InFlight), 0)
		if at := g.now(); at != 5*time.Second {
			t.Errorf("closed at %v", at)
		}
		g.Set(parse(t, "constant:rate=1000")) // no more
		g.Switch(true)
		if g.Level(g.now()) != 0 {
			t.Error("switched on after Close")
		}
	})
}

func TestCloseCutsWhenItsTimeIsOver(t *testing.T) {
	var gone atomic.Int64
	h := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done(); gone.Add(1) }
	for _, spec := range []string{"constant:rate=10", "closed:threads=10", "closed:threads=10,think=9m"} {
		inBubble(t, h, Config{}, func(t *testing.T, g *Generator) {
			gone.Store(0)
			g.Set(parse(t, spec))
			g.Switch(true)
			pass(1 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			g.Close(ctx)
			if at := g.now(); at != 2*time.Second {
				t.Errorf("closed at %v", at)
			}
			synctest.Wait()
			u := g.Observe(g.now())
			want(t, "canceled", u.Failed[lab.CauseCanceled], 10)
			want(t, "failed", u.Failures(), 0)
			want(t, "in flight", int64(u.InFlight), 0)
			want(t, "gone, as the server sees it", gone.Load(), 10)
		})
	}
}
