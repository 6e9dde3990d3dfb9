package app

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// virtual is a process in virtual time. A burn's CPU comes in while it burns,
// as a real clock would show to whoever looks meanwhile; a slow host keeps it
// waiting first.
type virtual struct {
	mu    sync.Mutex
	used  time.Duration
	slow  time.Duration // a burn of n takes n + slow
	extra time.Duration // CPU beside each burn

	burning time.Duration // CPU that the burn under way will have used
	due     time.Time     // when it will have
}

func (v *virtual) clocks() clocks {
	return clocks{
		cpu: func() (time.Duration, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			return v.used + max(v.burning-max(time.Until(v.due), 0), 0), nil
		},
		burn: func(n time.Duration) (time.Duration, time.Duration) {
			v.mu.Lock()
			v.burning, v.due = n, time.Now().Add(n+v.slow)
			v.mu.Unlock()
			time.Sleep(n + v.slow)
			v.mu.Lock()
			defer v.mu.Unlock()
			v.burning = 0
			v.used += n + v.extra
			return n, n + v.slow
		},
	}
}

func (v *virtual) use(d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used += d
}

func instanceOf(t *testing.T, cfg Config, v *virtual) *instance {
	t.Helper()
	in, err := newInstance(cfg, v.clocks())
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// flood keeps n requests in flight until ctx is done.
func flood(ctx context.Context, in *instance, n int) *sync.WaitGroup {
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for ctx.Err() == nil {
				in.work(ctx)
			}
		})
	}
	return &all
}

// What an instance does in a minute of virtual time, fully loaded.
func TestMinuteAtFullLoad(t *testing.T) {
	for _, c := range []struct {
		name    string
		cfg     Config
		host    *virtual
		served  float64 // per second
		share   float64 // CPU, of size
		lost    float64 // core seconds
		starved float64 // seconds
	}{
		{"the default serves size/work", Config{Size: .2, Work: 4 * ms, Queue: 256}, &virtual{}, 50, 1, 0, 0},
		{"work longer than the bucket is deep", Config{Size: .2, Work: 50 * ms, Queue: 256}, &virtual{}, 4, 1, 0, 0},
		{"a whole core", Config{Size: 1, Work: 10 * ms, Queue: 256}, &virtual{}, 100, 1, 0, 0},
		{"shared in turns", Config{Size: .2, Work: 4 * ms, Queue: 256, Workers: 4}, &virtual{}, 50, 1, 0, 0},
		{"exponential work has the same mean", Config{Size: .2, Work: 4 * ms, Queue: 256, WorkDist: "exp", Seed: 1}, &virtual{}, 50, 1, 0, 0},
		{"overhead is learned and taken off the work", Config{Size: .2, Work: 4 * ms, Queue: 256}, &virtual{extra: ms}, 50, 1, 0, 0},
		{"overhead above half the work costs capacity", Config{Size: .2, Work: 4 * ms, Queue: 256}, &virtual{extra: 3 * ms}, 40, 1, 0, 0},
		{"a host that is late, but delivers", Config{Size: .2, Work: 4 * ms, Queue: 256}, &virtual{slow: 8 * ms}, 50, 1, 0, 24},
		{"a host that delivers half", Config{Size: .2, Work: 4 * ms, Queue: 256}, &virtual{slow: 36 * ms}, 25, .5, 6, 54},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := instanceOf(t, c.cfg, c.host)
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				flood(ctx, in, 20).Wait()
				f := in.figures()
				about(t, "served", float64(f.Handled)/60, c.served, .03)
				about(t, "CPU of size", f.CPU/60/c.cfg.Size, c.share, .02)
				about(t, "lost", f.Lost, c.lost, .03)
				about(t, "starved", f.Starved, c.starved, .03)
				if f.Waiting != 0 || f.InFlight != 0 || f.Refused != 0 {
					t.Errorf("at the end: %+v", f)
				}
			})
		})
	}
}

func about(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*max(want, .1) {
		t.Errorf("%s %.4g, want about %.4g", what, got, want)
	}
}

func TestIdleInstanceAnswersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := instanceOf(t, Config{Size: .2, Work: 4 * ms}, &virtual{})
		for range 100 {
			time.Sleep(time.Second)
			began := time.Now()
			if how := in.work(t.Context()); how != handled || time.Since(began) != 4*ms {
				t.Fatalf("outcome %d after %v", how, time.Since(began))
			}
		}
		if f := in.figures(); f.Lost != 0 || f.Throttled != 0 {
			t.Errorf("lost %v s, throttled %v s", f.Lost, f.Throttled)
		}
	})
}

func TestCancelledWaitersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := instanceOf(t, Config{Size: .2, Work: 100 * ms, Queue: 256}, &virtual{})
		first := make(chan outcome, 1)
		go func() { first <- in.work(t.Context()) }()
		synctest.Wait()
		ctx, goAway := context.WithCancel(t.Context())
		waiters := flood(ctx, in, 200)
		synctest.Wait()
		if f := in.figures(); f.Waiting != 200 || f.InFlight != 201 {
			t.Fatalf("%d wait, %d in flight", f.Waiting, f.InFlight)
		}
		goAway()
		waiters.Wait()
		if f := in.figures(); f.Waiting != 0 || f.InFlight != 1 || f.Cancelled != 200 {
			t.Errorf("after they left: %+v", f)
		}
		if how := <-first; how != handled {
			t.Errorf("the one that burned ended %d", how)
		}
	})
}

func TestBurningRequestIsCancelledBetweenSlices(t *testing.T) {
	for _, workers := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			in := instanceOf(t, Config{Size: .2, Work: time.Hour, Queue: 9, Workers: workers}, &virtual{})
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
			defer stop()
			flood(ctx, in, 3).Wait()
			if f := in.figures(); f.Cancelled != 3 || f.InFlight != 0 {
				t.Fatalf("%+v", f)
			}
			in.cfg.Work = 4 * ms
			if how := in.work(t.Context()); how != handled {
				t.Errorf("the turn was not handed on: outcome %d", how)
			}
		})
	}
}

func TestFullQueueRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &virtual{}
		in := instanceOf(t, Config{Size: .2, Work: 10 * time.Second, Queue: 1}, v)
		server := in.handler(&net.TCPAddr{Port: 5000})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		busy := flood(ctx, in, 2)
		synctest.Wait()

		began := time.Now()
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/", nil))
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("Connection") != "close" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
		if held := time.Since(began); held < 100*ms || held > time.Second {
			t.Errorf("a refusal was held back for %v", held)
		}

		v.use(10 * time.Second) // a crowd's worth
		began = time.Now()
		if how := in.work(ctx); how != refused || time.Since(began) != time.Second {
			t.Errorf("in debt: outcome %d after %v, want one refused after 1s", how, time.Since(began))
		}

		gone, goAway := context.WithCancel(ctx)
		goAway()
		if how := in.work(gone); how != cancelled {
			t.Errorf("one that went away while it was refused: outcome %d", how)
		}
		if f := in.figures(); f.Refused != 2 || f.Cancelled != 1 || f.Forgiven == 0 {
			t.Errorf("%+v", f)
		}
		stop()
		busy.Wait()
	})
}

func TestStopRefusesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := instanceOf(t, Config{Size: .2, Work: 100 * ms, Queue: 9}, &virtual{})
		outcomes := make(chan outcome, 10)
		for range 10 {
			go func() { outcomes <- in.work(t.Context()) }()
		}
		synctest.Wait()
		in.refuseAll()
		for range 9 {
			if how := <-outcomes; how != refused {
				t.Errorf("who waited ended %d", how)
			}
		}
		if how := <-outcomes; how != handled {
			t.Errorf("who burned ended %d", how)
		}
		began := time.Now()
		if how := in.work(t.Context()); how != refused || time.Since(began) != 0 {
			t.Errorf("a late one: outcome %d after %v", how, time.Since(began))
		}
	})
}

func TestBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := instanceOf(t, Config{Size: .2, Work: 4 * ms, Boot: 10 * time.Second, Queue: 9}, &virtual{})
		server := in.handler(&net.TCPAddr{Port: 5000})
		health := func() (int, string) {
			w := httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
			return w.Code, w.Body.String()
		}
		began := time.Now()
		early := make(chan time.Duration, 1)
		go in.boot(t.Context())
		go func() { in.work(t.Context()); early <- time.Since(began) }()

		time.Sleep(9900 * ms)
		if code, body := health(); code != 503 || !strings.Contains(body, `"status":"booting"`) {
			t.Errorf("while it boots: %d %s", code, body)
		}
		about(t, "CPU while it boots", in.figures().CPU, .2*9.9, .02)
		if served := <-early; served < 10*time.Second {
			t.Errorf("a request was served after %v", served)
		}
		if code, body := health(); code != 200 || !strings.Contains(body, `"status":"ok"`) {
			t.Errorf("booted: %d %s", code, body)
		}
		if f := in.figures(); f.Handled != 1 {
			t.Errorf("handled %d", f.Handled)
		}
	})
}

func TestBootIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := instanceOf(t, Config{Size: .2, Boot: time.Hour}, &virtual{})
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		began := time.Now()
		in.boot(ctx)
		if took := time.Since(began); took > 1100*ms {
			t.Errorf("it booted for %v", took)
		}
		if f := in.figures(); f.Status != "booting" {
			t.Errorf("it calls itself %s", f.Status)
		}
	})
}

func TestPages(t *testing.T) {
	in := instanceOf(t, Config{Size: .2, Queue: 9}, &virtual{})
	server := in.handler(&net.TCPAddr{Port: 5003})
	for _, c := range []struct {
		method, path string
		code         int
		holds        string
	}{
		{"GET", "/requests", 200, "0\n"},
		{"GET", "/", 200, "<p>Requests handled: 1</p>"},
		{"POST", "/", 200, "port 5003"},
		{"GET", "/requests", 200, "2\n"},
		{"GET", "/favicon.ico", 404, ""},
		{"GET", "/healthz", 200, `"handled":2`},
		{"GET", "/metrics", 200, `autoscale_lab_requests_total{outcome="handled"} 2`},
		{"GET", "/metrics", 200, "autoscale_lab_size_cores 0.2"},
	} {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader("body")))
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.holds) {
			t.Errorf("%s %s: %d %s; want %d with %q", c.method, c.path, w.Code, w.Body, c.code, c.holds)
		}
	}
}

func TestBadConfigIsRefused(t *testing.T) {
	good := Config{Size: .2, Work: 4 * ms, Queue: 1}
	for name, spoil := range map[string]func(*Config){
		"size 0":            func(c *Config) { c.Size = 0 },
		"size above a core": func(c *Config) { c.Size = 1.5 },
		"size NaN":          func(c *Config) { c.Size = math.NaN() },
		"negative work":     func(c *Config) { c.Work = -1 },
		"negative boot":     func(c *Config) { c.Boot = -1 },
		"negative queue":    func(c *Config) { c.Queue = -1 },
		"negative workers":  func(c *Config) { c.Workers = -1 },
		"unknown work-dist": func(c *Config) { c.WorkDist = "uniform" },
	} {
		cfg := good
		spoil(&cfg)
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := Serve(t.Context(), ln, cfg); err == nil {
			t.Errorf("%s was taken", name)
		}
		if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: the listener was left open: %v", name, err)
		}
	}
}

func TestExponentialWorkFollowsTheSeed(t *testing.T) {
	costs := func(seed uint64) (out [5]time.Duration) {
		in, err := newInstance(Config{Size: .2, Work: 4 * time.Millisecond, WorkDist: "exp", Seed: seed}, realClocks())
		if err != nil {
			t.Fatal(err)
		}
		for i := range out {
			out[i] = in.cost()
		}
		return out
	}
	first := costs(1)
	if costs(1) != first {
		t.Error("the same seed gives other work")
	}
	if costs(2) == first {
		t.Error("another seed gives the same work")
	}
}
