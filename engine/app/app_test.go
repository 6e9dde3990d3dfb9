package app

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
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

// backlog is a listener whose kernel queue can be seen: nobody is accepted
// before hold connections stand in it, and closing it resets those left.
type backlog struct {
	net.Listener
	queue  chan net.Conn
	stands chan int // how many stand in the queue, as each comes
	open   chan struct{}
	closed chan struct{}
}

func newBacklog(ln net.Listener, hold int) *backlog {
	b := &backlog{ln, make(chan net.Conn, 2*hold), make(chan int, 2*hold), make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(b.closed)
		for n := 1; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			b.queue <- conn
			b.stands <- n
			if n == hold {
				close(b.open)
			}
		}
	}()
	return b
}

func (b *backlog) Accept() (net.Conn, error) {
	select {
	case <-b.open:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	select {
	case conn := <-b.queue:
		return conn, nil
	case <-b.closed:
		return nil, net.ErrClosed
	}
}

func (b *backlog) Close() error {
	err := b.Listener.Close()
	<-b.closed
	for {
		select {
		case conn := <-b.queue:
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		default:
			return err
		}
	}
}

// Whoever stood in the kernel's queue at the stop is answered. The queue moves
// only when one more comes than the clients: the instance's own connection.
func TestStopAnswersTheKernelsQueue(t *testing.T) {
	const clients = 20
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := newBacklog(inner, clients+1)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, ln, Config{Size: 1, Queue: 9}) }()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			r, err := client.Get("http://" + inner.Addr().String())
			if err != nil {
				t.Errorf("a queued request failed: %v", err)
				return
			}
			r.Body.Close()
			if r.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("status %d", r.StatusCode)
			}
		})
	}
	for <-ln.stands < clients {
	}
	stop()
	all.Wait()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A client that asks again on the connection it kept, just at the stop, is told.
func TestStopAnswersKeptConnections(t *testing.T) {
	url, stop := serve(t, Config{Size: 1, Work: time.Second, Queue: 9})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	ask := func(path string) *http.Response {
		t.Helper()
		io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		r, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		return r
	}
	ask("/requests")

	codes := make(chan int, 2)
	for range 2 { // one burns, and keeps the instance there; one waits
		go func() {
			r, err := client.Get(url)
			if err != nil {
				t.Errorf("in flight: %v", err)
				codes <- 0
				return
			}
			r.Body.Close()
			codes <- r.StatusCode
		}()
	}
	waitFor(t, "one waiting", func() bool { return healthOf(t, url).Waiting == 1 })
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	if code := <-codes; code != 503 {
		t.Errorf("who waited got %d", code)
	}
	if r := ask("/"); r.StatusCode != 503 || !r.Close {
		t.Errorf("on the kept connection: %d, close %t", r.StatusCode, r.Close)
	}
	if code := <-codes; code != 200 {
		t.Errorf("who burned got %d", code)
	}
	if err := <-ended; err != nil {
		t.Error(err)
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
	fd := f.Fd() // inherited takes it over
	if ln, err := inherited(fd); err == nil {
		t.Errorf("%s is a listener: %v", os.DevNull, ln.Addr())
	}
	f.Close()
}

func TestOrphanEnds(t *testing.T) {
	p := startApp(t, Config{Size: .2, Work: time.Millisecond, Queue: 9})
	p.health(t)
	p.alive.Close()
	if p.cmd.Wait(); p.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v, want exit status 1", p.cmd.ProcessState)
	}
}

func TestChildSaysWhatItCannotBe(t *testing.T) {
	for env, want := range map[string]string{
		ChildEnv + "={":                                     ChildEnv,
		ChildEnv + `={"Size":2,"FD":3}`:                     "size 2",
		ChildEnv + `={"Size":1,"Addr":"127.0.0.1:nowhere"}`: "nowhere",
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f, err := ln.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env, cmd.ExtraFiles = append(os.Environ(), env), []*os.File{f}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, %q", env, err, out)
		}
		f.Close()
		ln.Close()
	}
}

func TestBootedChildBecomesReady(t *testing.T) {
	p := startApp(t, Config{Size: .2, Work: time.Millisecond, Boot: 300 * time.Millisecond, Queue: 9})
	if f, code := p.health(t); code != 503 || f.Status != "booting" {
		t.Errorf("first answer: %d %s", code, f.Status)
	}
	waitFor(t, "ready", func() bool { _, code := p.health(t); return code == 200 })
}
