package balancer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autoscale-lab/lab"
)

// Two requests, of 3.5 s and 2.75 s: what the cuts say adds up to 6.25 s.
func TestBusy(t *testing.T) {
	a := newAccount()
	a.enter(1 * time.Second)
	a.enter(2 * time.Second)
	cuts := []struct {
		at, busy time.Duration
		inFlight int
	}{
		{3 * time.Second, 3 * time.Second, 2},
		{4 * time.Second, 2 * time.Second, 2},
	}
	for _, c := range cuts {
		if tr := a.cut(c.at); tr.Busy != c.busy || tr.InFlight != c.inFlight {
			t.Errorf("at %v: busy %v, in flight %d", c.at, tr.Busy, tr.InFlight)
		}
	}
	a.leave(4500*time.Millisecond, ending{latency: time.Second}, 500*time.Millisecond)
	a.leave(4750*time.Millisecond, ending{failed: true, cause: lab.CauseReset}, 0)
	tr := a.cut(5 * time.Second)
	if tr.Busy != 1250*time.Millisecond || tr.InFlight != 0 || tr.OK != 1 || tr.Slow != 1 || failed(tr) != "reset" {
		t.Errorf("at the end: %+v", tr)
	}
	if tr := a.cut(6 * time.Second); tr.Busy != 0 {
		t.Errorf("idle: busy %v", tr.Busy)
	}
}

// pipes is a network of pipes: a listener whose connections are Dialed.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { defer func() { recover() }(); close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (p pipes) Dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p <- there
	return here, nil
}

// In virtual time every figure is exact.
func TestObserveInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		instance := make(pipes)
		app := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			http.NewResponseController(w).Flush()
			time.Sleep(3 * time.Second)
			io.WriteString(w, "slept")
		})}
		go app.Serve(instance)
		b, err := New(Config{SLO: time.Second, Dial: instance.Dial})
		if err != nil {
			t.Fatal(err)
		}
		b.Admit(lab.Instance{ID: "i", Addr: "instance:1"})
		door := make(pipes)
		served := make(chan error)
		go func() { served <- b.Serve(door) }()
		tr := &http.Transport{DialContext: door.Dial}

		var wg sync.WaitGroup
		for i := range 2 { // [0.5 s, 3.5 s] and [1.5 s, 4.5 s]
			wg.Go(func() {
				time.Sleep(time.Duration(i)*time.Second + 500*time.Millisecond)
				res, err := (&http.Client{Transport: tr}).Get("http://front/")
				if err != nil {
					t.Error(err)
					return
				}
				io.ReadAll(res.Body)
				res.Body.Close()
			})
		}
		want := []struct {
			busy             time.Duration
			offered, ok      int64
			inFlight, latent int
			last             time.Duration
		}{
			{500 * time.Millisecond, 1, 0, 1, 0, 500 * time.Millisecond},
			{1500 * time.Millisecond, 1, 0, 2, 0, 1500 * time.Millisecond},
			{2 * time.Second, 0, 0, 2, 0, 1500 * time.Millisecond},
			{1500 * time.Millisecond, 0, 1, 1, 1, 3500 * time.Millisecond},
			{500 * time.Millisecond, 0, 1, 0, 1, 4500 * time.Millisecond},
			{0, 0, 0, 0, 0, 4500 * time.Millisecond},
		}
		for i, w := range want {
			time.Sleep(time.Second)
			synctest.Wait()
			at := time.Duration(i+1) * time.Second
			front, _, by := b.Observe(at)
			inFlight, last := b.Answered("i")
			for who, tr := range map[string]lab.Traffic{"front": front, "instance": by["i"]} {
				if tr.Busy != w.busy || tr.Offered != w.offered || tr.OK != w.ok || tr.InFlight != w.inFlight || tr.Slow != w.ok {
					t.Errorf("%v %s: busy %v, offered %d, ok %d, in flight %d", at, who, tr.Busy, tr.Offered, tr.OK, tr.InFlight)
				}
				if d, ok := tr.Latency.Max(); ok != (w.latent > 0) || ok && (d < 3*time.Second || d > 3100*time.Millisecond) {
					t.Errorf("%v %s: latency %v", at, who, d)
				}
			}
			if inFlight != w.inFlight || last != w.last {
				t.Errorf("%v: %d in flight, last answered at %v", at, inFlight, last)
			}
		}
		wg.Wait()
		tr.CloseIdleConnections()
		if err := b.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		app.Close()
	})
}

// However often it is observed meanwhile, what is observed adds up to what was
// sent.
func TestObserveAddsUp(t *testing.T) {
	f := newFront(t, Config{Token: "ours"})
	const clients, each = 6, 100
	for i := range 3 {
		f.start(fmt.Sprint("i", i), func(w http.ResponseWriter, r *http.Request) {
			var status int
			fmt.Sscan(r.URL.Path[1:], &status)
			w.WriteHeader(status)
		})
	}
	var front, foreign lab.Traffic
	by := map[string]*lab.Traffic{}
	observe := func() {
		tr, others, parts := f.Observe(f.now())
		if tr.Busy < 0 {
			t.Errorf("busy %v", tr.Busy)
		}
		front.Add(&tr)
		foreign.Add(&others)
		for id, p := range parts {
			if by[id] == nil {
				by[id] = &lab.Traffic{}
			}
			by[id].Add(&p)
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				observe()
			}
		}
	}()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range each {
				req, _ := http.NewRequest("GET", fmt.Sprintf("%s/%d", f.url, []int{200, 404, 500, 503}[i%4]), nil)
				if c%2 == 0 {
					req.Header.Set(lab.LoadHeader, "ours")
				}
				res, err := f.client.Do(req)
				if err != nil {
					t.Error(err)
					continue
				}
				res.Body.Close()
			}
		})
	}
	wg.Wait()
	<-f.quiet()
	close(stop)
	<-stopped
	observe()

	var sum lab.Traffic
	for _, p := range by {
		sum.Add(p)
	}
	const n = clients * each
	if foreign.Offered != n/2 || foreign.Ended() != n/2 || foreign.InFlight != 0 {
		t.Errorf("foreign: %+v", foreign)
	}
	for who, tr := range map[string]lab.Traffic{"front": front, "instances": sum} {
		if tr.Offered != n || tr.Arrived != n || tr.OK != n/2 || tr.InFlight != 0 ||
			tr.Failed[lab.CauseStatus] != n/4 || tr.Failed[lab.CauseRefused] != n/4 || tr.Failures() != n/2 {
			t.Errorf("%s: %+v", who, tr)
		}
		if tr.Latency.Count() != n/2 || tr.Service.Count() != n/2 {
			t.Errorf("%s: %d latencies", who, tr.Latency.Count())
		}
	}
	if sum.Busy > front.Busy {
		t.Errorf("the instances were busy %v, the front %v", sum.Busy, front.Busy)
	}
}

func TestClose(t *testing.T) {
	setup := func(t *testing.T) (b *Balancer, served chan error, held, release chan struct{}, got chan string) {
		held, release, got, served = make(chan struct{}), make(chan struct{}), make(chan string, 1), make(chan error, 1)
		app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			held <- struct{}{}
			select {
			case <-release:
				io.WriteString(w, "whole")
			case <-r.Context().Done():
			}
		}))
		t.Cleanup(app.Close)
		b, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		b.Admit(lab.Instance{ID: "i", Addr: app.Listener.Addr().String()})
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { served <- b.Serve(ln) }()
		go func() {
			tr := &http.Transport{DisableKeepAlives: true}
			res, err := (&http.Client{Transport: tr}).Get("http://" + ln.Addr().String())
			if err != nil {
				got <- "cut off"
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			got <- string(body)
		}()
		return b, served, held, release, got
	}
	t.Run("lets what is in flight end", func(t *testing.T) {
		b, served, held, release, got := setup(t)
		<-held
		closed := make(chan error)
		go func() { closed <- b.Close(t.Context()) }()
		if err := <-served; err != nil {
			t.Error(err)
		}
		close(release)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if s := <-got; s != "whole" {
			t.Error(s)
		}
	})
	t.Run("cuts off an upgraded connection, which would never end", func(t *testing.T) {
		b, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		f := &front{Balancer: b, t: t}
		f.start("i", upgrade)
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- b.Serve(ln) }()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != 101 {
			t.Fatal(res, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		closed := make(chan error)
		go func() { closed <- b.Close(ctx) }()
		if err := <-served; err != nil {
			t.Error(err)
		}
		select {
		case err := <-closed:
			t.Errorf("closed over an open connection: %v", err)
		default:
		}
		cancel()
		if err := <-closed; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := io.ReadAll(conn); err != nil {
			t.Logf("the client saw %v", err)
		}
	})
	t.Run("cuts it off when it has to", func(t *testing.T) {
		b, served, held, _, got := setup(t)
		<-held
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.Close(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		if tr, _, _ := b.Observe(0); tr.InFlight != 0 || failed(tr) != "canceled" {
			t.Errorf("in flight %d, %s", tr.InFlight, failed(tr))
		}
		if s := <-got; s == "whole" {
			t.Error(s)
		}
	})
}
