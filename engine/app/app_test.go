package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// serve serves cfg in this process. Its CPU is that of the whole test, which
// a size of 1 mostly covers.
func serve(t *testing.T, cfg Config) (url string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, ln, cfg) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { stop() })
	return "http://" + ln.Addr().String(), stop
}

func healthOf(t *testing.T, url string) figures {
	t.Helper()
	f, _ := (&process{url: url}).health(t)
	return f
}

// waitFor polls until what holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// SIGTERM with 200 waiting: each has a whole answer, 200 or 503, none a reset.
func TestStopResetsNobody(t *testing.T) {
	p := startApp(t, Config{Size: .2, Work: 50 * time.Millisecond, Queue: 256})
	var codes sync.Map
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			r, err := client.Get(p.url)
			if err != nil {
				t.Errorf("a request failed: %v", err)
				return
			}
			defer r.Body.Close()
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Errorf("an answer was cut: %v", err)
			}
			n, _ := codes.LoadOrStore(r.StatusCode, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		})
	}
	waitFor(t, "100 requests waiting", func() bool { f, _ := p.health(t); return f.Waiting >= 100 })
	p.cmd.Process.Signal(syscall.SIGTERM)
	all.Wait()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	count := func(code int) int64 {
		if n, ok := codes.Load(code); ok {
			return n.(*atomic.Int64).Load()
		}
		return 0
	}
	t.Logf("%d served, %d refused", count(200), count(503))
	if count(200)+count(503) != 200 || count(503) < 100 {
		t.Errorf("%d served, %d refused of 200", count(200), count(503))
	}
}

func TestGoneClientLeavesTheLine(t *testing.T) {
	url, _ := serve(t, Config{Size: 1, Work: time.Minute, Queue: 9})
	ctx, goAway := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, method := range []string{"GET", "POST", "GET"} {
		all.Go(func() {
			req, _ := http.NewRequestWithContext(ctx, method, url, strings.NewReader("body"))
			if r, err := client.Do(req); err == nil {
				t.Errorf("%s answered %d", method, r.StatusCode)
				r.Body.Close()
			}
		})
	}
	waitFor(t, "three in flight", func() bool { return healthOf(t, url).InFlight == 3 })
	goAway()
	all.Wait()
	waitFor(t, "three cancelled", func() bool { f := healthOf(t, url); return f.Cancelled == 3 && f.InFlight == 0 })
}

// A connection on which nothing is ever sent does not keep an instance alive,
// neither does boot.
func TestStopWaitsForNoSilentConnection(t *testing.T) {
	url, stop := serve(t, Config{Size: .2, Boot: time.Hour, Queue: 9})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if f := healthOf(t, url); f.Status != "booting" {
		t.Errorf("status %q", f.Status)
	}
	closed := make(chan struct{})
	go func() { io.Copy(io.Discard, conn); close(closed) }()
	if err := stop(); err != nil {
		t.Error(err)
	}
	<-closed
}

func TestServeReportsABrokenListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := Serve(t.Context(), ln, Config{Size: .2}); err == nil {
		t.Error("no error")
	}
}

func TestInheritedNeedsASocket(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	fd := f.Fd() // Inherited takes it over
	if ln, err := Inherited(fd); err == nil {
		t.Errorf("%s is a listener: %v", os.DevNull, ln.Addr())
	}
	f.Close()
}

func TestOrphanEnds(t *testing.T) {
	p := startApp(t, Config{Size: .2, Work: time.Millisecond, Queue: 9})
	p.health(t)
	p.alive.Close()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestBootedChildBecomesReady(t *testing.T) {
	p := startApp(t, Config{Size: .2, Work: time.Millisecond, Boot: 300 * time.Millisecond, Queue: 9})
	if f, code := p.health(t); code != 503 || f.Status != "booting" {
		t.Errorf("first answer: %d %s", code, f.Status)
	}
	waitFor(t, "ready", func() bool { _, code := p.health(t); return code == 200 })
}
