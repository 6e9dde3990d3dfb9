package balancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestAlgorithms(t *testing.T) {
	var bad *lab.InputError
	if _, err := New(Config{Algorithm: "round-robbin"}); !errors.As(err, &bad) || bad.Near != "round-robin" {
		t.Errorf("New: %v", err)
	}
	b, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Use("fastest"); !errors.As(err, &bad) {
		t.Errorf("Use: %v", err)
	}
	for _, a := range Algorithms() {
		if err := b.Use(a); err != nil {
			t.Error(err)
		}
	}
}

// After each pick, which stays in flight, something may end, come or leave.
func TestPick(t *testing.T) {
	type step struct {
		pick string // the member expected
		do   func(b *Balancer)
	}
	end := func(id string) func(*Balancer) {
		return func(b *Balancer) { b.members[id].leave(0, ending{}, 0) }
	}
	admit := func(id string) func(*Balancer) {
		return func(b *Balancer) { b.Admit(lab.Instance{ID: id}) }
	}
	evict := func(id string) func(*Balancer) { return func(b *Balancer) { b.Evict(id) } }
	tests := []struct {
		name, algorithm string
		steps           []step
	}{
		{"round robin takes turns, however long each takes", "round-robin",
			[]step{{"a", nil}, {"b", end("b")}, {"c", nil}, {"a", nil}, {"b", nil}, {"c", nil}}},
		{"round robin goes on where it was when one leaves", "round-robin",
			[]step{{"a", evict("a")}, {"b", nil}, {"c", nil}, {"b", nil}}},
		{"round robin takes a new one in its turn", "round-robin",
			[]step{{"a", admit("d")}, {"b", nil}, {"c", nil}, {"d", nil}, {"a", nil}}},
		{"least connections takes turns among equals", "least-connections",
			[]step{{"a", end("a")}, {"b", end("b")}, {"c", end("c")}, {"a", nil}, {"b", nil}, {"c", nil}, {"a", nil}}},
		{"least connections fills up the one with fewest", "least-connections",
			[]step{{"a", nil}, {"b", nil}, {"c", end("b")}, {"b", end("c")}, {"c", nil}, {"a", nil}}},
		{"least connections gives a new one its share first", "least-connections",
			[]step{{"a", nil}, {"b", nil}, {"c", nil}, {"a", admit("d")}, {"d", nil}, {"b", nil}, {"c", nil}, {"d", nil}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := New(Config{Algorithm: test.algorithm})
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"a", "b", "c"} {
				b.Admit(lab.Instance{ID: id})
			}
			for i, s := range test.steps {
				m := b.pick(0, nil)
				m.enter(0)
				if m.id != s.pick {
					t.Fatalf("pick %d is %s, want %s", i+1, m.id, s.pick)
				}
				if s.do != nil {
					s.do(b)
				}
			}
		})
	}
}

func TestShares(t *testing.T) {
	for _, algorithm := range Algorithms() {
		t.Run(algorithm, func(t *testing.T) {
			f := newFront(t, Config{Algorithm: algorithm})
			for i := range 3 {
				f.start(fmt.Sprint("i", i), says("ok"))
			}
			for range 30 {
				f.get("/")
				f.settled() // a tie each time
			}
			for range 30 {
				f.get("/")
			}
			_, by := f.settled()
			for id, tr := range by {
				if algorithm == "round-robin" && tr.OK != 10 {
					t.Errorf("%s served %d of 30", id, tr.OK)
				}
				if tr.OK == 0 {
					t.Errorf("%s served none", id)
				}
			}
		})
	}
}

func TestLeastConnectionsAvoidsTheBusy(t *testing.T) {
	f := newFront(t, Config{Algorithm: "least-connections"})
	held, release := make(chan struct{}, 1), make(chan struct{})
	f.start("slow", func(w http.ResponseWriter, r *http.Request) { held <- struct{}{}; <-release })
	done := make(chan struct{})
	go func() { defer close(done); f.get("/") }()
	<-held
	f.start("free", says("ok"))
	for range 10 {
		f.get("/")
		eventually(t, "free again", func() bool { n, _ := f.Answered("free"); return n == 0 })
	}
	if m := f.Members(); len(m) != 2 || m[0].ID != "slow" || m[0].InFlight != 1 || m[1].InFlight != 0 {
		t.Errorf("members: %v", m)
	}
	close(release)
	<-done
	if _, by := f.settled(); by["free"].OK != 10 || by["slow"].OK != 1 {
		t.Errorf("free served %d, slow %d", by["free"].OK, by["slow"].OK)
	}
}

// Scale-in under load: a hundred instances are admitted, drained and stopped
// while clients post. No request fails, and all are counted.
func TestDrainUnderLoad(t *testing.T) {
	const cycles, clients = 100, 8
	f := newFront(t, Config{})
	echo := func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }
	f.start("stays", echo)

	var sent, bad atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				text := strings.Repeat(fmt.Sprintf("%d/%d ", c, i), 20)
				sent.Add(1)
				res, err := f.client.Post(f.url, "text/plain", strings.NewReader(text))
				if err != nil {
					t.Errorf("post: %v", err)
					bad.Add(1)
					continue
				}
				got, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != 200 || string(got) != text {
					t.Errorf("answer: %d %q %v", res.StatusCode, got, err)
					bad.Add(1)
				}
			}
		})
	}

	var front lab.Traffic
	var fromInstances, served int64
	observe := func() {
		tr, _, by := f.Observe(f.now())
		front.Add(&tr)
		for id, tr := range by {
			fromInstances += tr.OK
			if id != "stays" {
				served += tr.OK
			}
		}
	}
	for i := range cycles {
		id := fmt.Sprint("i", i)
		s := httptest.NewServer(http.HandlerFunc(echo))
		f.admit(id, s.Listener.Addr().String())
		eventually(t, id+" has work", func() bool { n, _ := f.Answered(id); return n > 0 || bad.Load() > 0 })
		if err := f.Drain(t.Context(), id); err != nil {
			t.Error(err)
		}
		if n, _ := f.Answered(id); n != 0 {
			t.Errorf("%s drained with %d in flight", id, n)
		}
		s.CloseClientConnections() // as rude as an exit
		s.Close()
		observe()
	}
	close(stop)
	wg.Wait()
	f.client.CloseIdleConnections()
	<-f.quiet()
	observe()

	n := sent.Load()
	t.Logf("%d posts, %d of them to %d drained instances", n, served, cycles)
	if bad.Load() != 0 || front.Failures() != 0 {
		t.Errorf("%d of %d posts failed; counted: %s", bad.Load(), n, failed(front))
	}
	if front.Offered != n || front.Arrived != n || front.OK != n || fromInstances != n {
		t.Errorf("sent %d; counted offered %d, arrived %d, ok %d; by instance %d", n, front.Offered, front.Arrived, front.OK, fromInstances)
	}
	if c := front.Latency.Count(); c != n {
		t.Errorf("%d latencies of %d", c, n)
	}
	if served < cycles {
		t.Errorf("the drained instances served only %d", served)
	}
}

func TestDrainWaitsForTheLastRequest(t *testing.T) {
	f := newFront(t, Config{})
	held, release := make(chan struct{}), make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			held <- struct{}{}
			<-release
		}
	}))
	var open atomic.Int64
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		}
	}
	s.Start()
	defer s.Close()
	f.admit("i", s.Listener.Addr().String())
	done := make(chan struct{})
	go func() { defer close(done); f.get("/slow") }()
	<-held
	f.get("/") // leaves a second, idle connection

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Drain(ctx, "i"); !errors.Is(err, context.Canceled) {
		t.Errorf("a drain given up: %v", err)
	}
	if status, _ := f.get("/"); status != 503 {
		t.Errorf("an instance being drained gave %d", status)
	}
	drained := make(chan error)
	go func() { drained <- f.Drain(t.Context(), "i") }()
	eventually(t, "the idle connection is closed", func() bool { return open.Load() == 1 })
	select {
	case err := <-drained:
		t.Fatalf("drained with a request in flight: %v", err)
	default:
	}
	close(release)
	if err := <-drained; err != nil {
		t.Error(err)
	}
	<-done
	eventually(t, "all connections are closed", func() bool { return open.Load() == 0 })
	if err := f.Drain(t.Context(), "nobody"); err != nil {
		t.Errorf("an unknown instance: %v", err)
	}
}

func TestEvictAndAdmitAgain(t *testing.T) {
	f := newFront(t, Config{})
	held, release := make(chan struct{}), make(chan struct{})
	s := f.start("i", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			held <- struct{}{}
			<-release
		}
		io.WriteString(w, "ok")
	})
	done := make(chan string)
	go func() { _, body := f.get("/slow"); done <- body }()
	<-held
	f.Evict("i")
	f.Evict("nobody")
	if status, _ := f.get("/"); status != 503 || len(f.Members()) != 0 {
		t.Errorf("after evict: status %d, members %v", status, f.Members())
	}
	if _, _, by := f.Observe(f.now()); by["i"].InFlight != 1 {
		t.Errorf("in flight of the evicted: %d", by["i"].InFlight)
	}
	f.admit("i", s.Listener.Addr().String())
	if status, _ := f.get("/"); status != 200 {
		t.Errorf("after admit: %d", status)
	}
	f.Evict("i")
	close(release)
	if body := <-done; body != "ok" {
		t.Errorf("the request in flight got %q", body)
	}
	if _, by := f.settled(); by["i"].OK != 2 {
		t.Errorf("it served %d", by["i"].OK)
	}
	if _, by := f.settled(); len(by) != 0 || len(f.members) != 0 {
		t.Errorf("it is not forgotten: %v", by)
	}
}

func TestRefusedConnections(t *testing.T) {
	post := func(f *front) string {
		res, err := f.client.Post(f.url, "text/plain", io.MultiReader(strings.NewReader("a body "), strings.NewReader("in parts")))
		if err != nil {
			f.t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return fmt.Sprint(res.StatusCode, " ", string(body))
	}
	echo := func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }

	t.Run("another instance answers, and the dead one is passed over for a while", func(t *testing.T) {
		var now atomic.Int64
		f := newFront(t, Config{Algorithm: "round-robin", Now: func() time.Duration { return time.Duration(now.Load()) }})
		f.admit("dead", deadAddr(t))
		f.start("alive", echo)
		f.admit("dead too", deadAddr(t))
		for range 10 {
			if got := post(f); got != "200 a body in parts" {
				t.Fatal(got)
			}
		}
		tr, by := f.settled()
		if tr.OK != 10 || tr.Arrived != 10 || tr.Failures() != 0 {
			t.Errorf("front: ok %d, arrived %d, failed %s", tr.OK, tr.Arrived, failed(tr))
		}
		if got := failed(by["dead"]); got != "connect" || by["dead"].Arrived != 1 {
			t.Errorf("dead: %s of %d", got, by["dead"].Arrived)
		}
		if got := by["dead too"]; got.Arrived > 1 || by["alive"].OK != 10 {
			t.Errorf("dead too: %d, alive: %d", got.Arrived, by["alive"].OK)
		}
		now.Add(int64(rest))
		for range 10 {
			post(f)
		}
		if tr, by = f.settled(); by["dead"].Arrived != 1 || tr.OK != 10 {
			t.Errorf("a rest later: dead %d, ok %d", by["dead"].Arrived, tr.OK)
		}
	})
	t.Run("none is left: 502, and it is tried all the same", func(t *testing.T) {
		f := newFront(t, Config{})
		addr := deadAddr(t)
		f.admit("i", addr)
		if got := post(f); got != "502 502 Bad Gateway: instance i cannot be connected to\n" {
			t.Error(got)
		}
		if tr, by := f.settled(); failed(tr) != "connect" || failed(by["i"]) != "connect" {
			t.Errorf("counted %q, %q", failed(tr), failed(by["i"]))
		}
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			t.Skip("the port was taken meanwhile")
		}
		s := &http.Server{Handler: http.HandlerFunc(echo)}
		defer s.Close()
		go s.Serve(ln)
		if got := post(f); got != "200 a body in parts" {
			t.Error(got)
		}
	})
}

// A crash under load: only what was in flight there may fail.
func TestCrashUnderLoad(t *testing.T) {
	const clients = 8
	f := newFront(t, Config{})
	f.start("stays", says("ok"))
	s := f.start("crashes", says("ok"))
	var served, bad atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := f.client.Get(f.url)
				if err != nil {
					bad.Add(1)
					continue
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if res.StatusCode != 200 {
					bad.Add(1)
				}
				served.Add(1)
			}
		})
	}
	more := func(what string) {
		n := served.Load()
		eventually(t, what, func() bool { return served.Load() > n+200 })
	}
	more("load before the crash")
	s.Listener.Close()
	s.CloseClientConnections()
	more("load after the crash")
	close(stop)
	wg.Wait()
	if n := bad.Load(); n > clients {
		t.Errorf("%d requests failed, at most %d were in flight", n, clients)
	}
	if tr, by := f.settled(); by["crashes"].OK == 0 || tr.Failures() != bad.Load() {
		t.Errorf("the crashed one served %d; %d failures, %s counted", by["crashes"].OK, bad.Load(), failed(tr))
	}
}
