package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// opened is a generator, open and off, and closed at the test's end.
func opened(t testing.TB, c Config) *Generator {
	t.Helper()
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close(context.Background()) })
	return g
}

// gather observes until enough says so.
func gather(t testing.TB, g *Generator, enough func(*lab.Traffic) bool) lab.Traffic {
	t.Helper()
	var sum lab.Traffic
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		u := g.Observe(g.now())
		if sum.Add(&u); enough(&sum) {
			return sum
		}
		if time.Now().After(deadline) {
			t.Fatalf("still waiting with %+v, %v", sum, g.Errors())
		}
	}
}

func ended(n int64) func(*lab.Traffic) bool {
	return func(u *lab.Traffic) bool { return u.Ended() >= n }
}

func TestFailuresByCause(t *testing.T) {
	hijacked := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			c.Write([]byte(answer))
			c.Close()
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code); w.Write([]byte("a body")) }
	}
	trickle := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			w.Write([]byte("."))
			w.(http.Flusher).Flush()
			select {
			case <-time.After(20 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
	}
	for name, c := range map[string]struct {
		h     http.HandlerFunc
		cause lab.Cause
		good  bool
		code  int
		text  string
	}{
		"a page":                                 {h: status(200), good: true, code: 200},
		"not found is an answer":                 {h: status(404), good: true, code: 404},
		"a redirect is an answer":                {h: status(302), good: true, code: 302},
		"a full queue":                           {h: status(503), cause: lab.CauseRefused, code: 503, text: "status_503"},
		"a server's error":                       {h: status(500), cause: lab.CauseStatus, code: 500, text: "status_5xx"},
		"a bad gateway":                          {h: status(502), cause: lab.CauseStatus, code: 502, text: "status_5xx"},
		"closed before the header":               {h: hijacked(""), cause: lab.CauseReset, text: "reset: EOF"},
		"closed within the header":               {h: hijacked("HTTP/1.1 200 OK\r\nServer: x\r\n"), cause: lab.CauseReset, text: "reset: unexpected EOF"},
		"closed within the body":                 {h: hijacked("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), cause: lab.CauseTruncated, code: 200, text: "truncated: unexpected EOF"},
		"closed within a chunk":                  {h: hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf"), cause: lab.CauseTruncated, code: 200, text: "truncated: unexpected EOF"},
		"garbage":                                {h: hijacked("\x1b]0;owned\a rubbish\r\n\r\n"), cause: lab.CauseOther, text: "other: malformed HTTP"},
		"a body that never ends, within timeout": {h: trickle, cause: lab.CauseTimeout, code: 200, text: "timeout"},
		"no answer":                              {h: func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, cause: lab.CauseTimeout, text: "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.h)
			defer server.Close()
			g := opened(t, Config{URL: server.URL})
			l := parse(t, "closed:threads=2")
			l.Timeout = 200 * time.Millisecond
			if c.good {
				l.Timeout = 10 * time.Second
			}
			g.Set(l)
			g.Switch(true)
			u := gather(t, g, ended(3))
			switch {
			case c.good && (u.OK == 0 || u.Failures() > 0 || len(g.Errors()) > 0):
				t.Errorf("%d ok, failed %v, %v", u.OK, u.Failed, g.Errors())
			case !c.good && (u.OK > 0 || u.Failed[c.cause] == 0 || u.Failed[c.cause] != u.Failures()):
				t.Errorf("%d ok, failed %v: want %v; %v", u.OK, u.Failed, c.cause, g.Errors())
			}
			if n := g.Codes()[c.code]; c.code != 0 && n == 0 {
				t.Errorf("codes %v: want %d", g.Codes(), c.code)
			}
			for text := range g.Errors() {
				if !strings.HasPrefix(text, c.text) || strings.ContainsAny(text, "\x1b\a") {
					t.Errorf("error %q, want %q", text, c.text)
				}
			}
			g.Close(t.Context())
		})
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	l.Close()
	g := opened(t, Config{URL: url})
	g.Set(parse(t, "constant:rate=200"))
	g.Switch(true)
	u := gather(t, g, ended(10))
	if u.Failed[lab.CauseConnect] != u.Failures() || u.OK > 0 {
		t.Errorf("%d ok, failed %v", u.OK, u.Failed)
	}
	for text := range g.Errors() {
		if !strings.HasPrefix(text, "connect: ") || !strings.Contains(text, "refused") {
			t.Errorf("error %q", text)
		}
	}
}

func TestConnectionsAreKeptAndThenClosed(t *testing.T) {
	var made, open atomic.Int64
	var header atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header.Store(r.Header.Clone())
		fmt.Fprint(w, strings.Repeat("page ", 1000))
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			made.Add(1)
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	server.Start()
	defer server.Close()
	g := opened(t, Config{URL: server.URL + "/?q=1", Header: http.Header{lab.LoadHeader: {"token"}}})
	g.Set(parse(t, "closed:threads=7"))
	g.Switch(true)
	u := gather(t, g, ended(2000))
	// A thread that waits for its dial takes a connection that comes free
	// before, so there may be two for each, but no more.
	if u.Failures() > 0 || made.Load() > 2*7 {
		t.Errorf("%d failed; %d connections for 7 threads", u.Failures(), made.Load())
	}
	if h := header.Load().(http.Header); h.Get(lab.LoadHeader) != "token" || h.Get("Accept-Encoding") != "" {
		t.Errorf("header %v", h)
	}
	twice := make(chan error)
	for range 2 {
		go func() { twice <- g.Close(t.Context()) }()
	}
	if err := errors.Join(<-twice, <-twice); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); open.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections left", open.Load())
		}
	}
}

// An open load in real time: how exactly is a matter of the machine, that it
// adds up is not.
func TestOpenOverTCPAddsUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	g := opened(t, Config{URL: server.URL})
	g.Set(parse(t, "constant:rate=500,spacing=poisson"))
	g.Switch(true)
	sum := gather(t, g, ended(200))
	for i := range 20 { // turned and switched all the while
		g.Set(parse(t, fmt.Sprintf("constant:rate=%d", 200+100*i)))
		g.Switch(i%5 != 4)
		more := gather(t, g, func(u *lab.Traffic) bool { return i%5 == 4 || u.Ended() >= 10 })
		sum.Add(&more)
	}
	g.Close(t.Context())
	last := g.Observe(g.now())
	sum.Add(&last)
	if sum.Offered != sum.Arrived+sum.Dropped || sum.Arrived != sum.OK || sum.InFlight != 0 {
		t.Errorf("offered %d, arrived %d, dropped %d, ok %d, failed %v, in flight %d", sum.Offered, sum.Arrived, sum.Dropped, sum.OK, sum.Failed, sum.InFlight)
	}
	if sum.Latency.Count() != sum.OK || sum.Service.Count() != sum.OK || g.Codes()[200] != sum.OK {
		t.Errorf("%d ok, %d latencies, %d service times, codes %v", sum.OK, sum.Latency.Count(), sum.Service.Count(), g.Codes())
	}
}

func TestBadURLs(t *testing.T) {
	for _, url := range []string{"", "localhost:8000", "127.0.0.1:8000/", "/path", "ftp://host/", "http://", "http://:80/", "http://a b/", "http://host:port/", "\x1b[2J"} {
		_, err := New(Config{URL: url})
		var bad *lab.InputError
		if !errors.As(err, &bad) || bad.Field != "url" {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestClosedWithoutOpen(t *testing.T) {
	g, err := New(Config{URL: "http://127.0.0.1:1/"})
	if err != nil {
		t.Fatal(err)
	}
	g.Close(t.Context())
	if err := g.Open(t.Context()); err == nil {
		t.Error("opened after Close")
	}
	g.Close(t.Context())
}

func TestErrorsAreBounded(t *testing.T) {
	var m meter
	m.init(0)
	for i := range 1000 {
		m.failed(0, 0, lab.CauseOther, fmt.Sprint("error ", i))
	}
	if got := m.failures(); len(got) != maxTexts+1 || got["other: …"] != 1000-maxTexts {
		t.Errorf("%d texts, %d of the rest", len(got), got["other: …"])
	}
}
