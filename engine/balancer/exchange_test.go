package balancer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autoscale-lab/lab"
)

func TestNoneReady(t *testing.T) {
	f := newFront(t, Config{})
	res, err := f.client.Get(f.url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "no instance is ready") {
		t.Errorf("%d %v %q", res.StatusCode, res.Header, body)
	}
	if tr, by := f.settled(); tr.Offered != 1 || tr.Arrived != 0 || failed(tr) != "status_503" || len(by) != 0 {
		t.Errorf("offered %d, arrived %d, failed %s", tr.Offered, tr.Arrived, failed(tr))
	}
}

func TestOursAndForeign(t *testing.T) {
	f := newFront(t, Config{Token: "t0k3n"})
	f.start("i", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Values(lab.LoadHeader) != nil {
			t.Error("the mark was passed on")
		}
	})
	for _, token := range []string{"", "t0k3n", "another lab's", "t0k3n"} {
		req, _ := http.NewRequest("GET", f.url, nil)
		if token != "" {
			req.Header.Set(lab.LoadHeader, token)
		}
		res, err := f.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	<-f.quiet()
	tr, foreign, _ := f.Observe(f.now())
	if tr.Offered != 4 || foreign.Offered != 2 || foreign.Arrived != 2 || foreign.OK != 2 || foreign.InFlight != 0 || foreign.Latency.Count() != 2 {
		t.Errorf("offered %d, of that foreign: %+v", tr.Offered, foreign)
	}
}

func TestWhatTheInstanceSees(t *testing.T) {
	f := newFront(t, Config{})
	f.start("i", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "stays here")
		w.Header().Set("X-End", "arrives")
		h := r.Header
		fmt.Fprintf(w, "%s %s|%s|%s|%s|%s", r.Host, r.RequestURI, h.Get("X-Forwarded-For"), h.Get("X-Forwarded-Proto"), h.Get("X-Forwarded-Host"), h.Get("X-Hop"))
	})
	req, _ := http.NewRequest("GET", f.url+"/a%2Fb?x=1;y=%zz", nil)
	req.Host = "shop.example"
	req.Header.Set("X-Forwarded-For", "192.0.2.7")
	req.Header.Set("Connection", "X-Hop")
	req.Header.Set("X-Hop", "stays here")
	res, err := f.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if want := "shop.example /a%2Fb?x=1;y=%zz|192.0.2.7, 127.0.0.1|http|shop.example|"; string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	if res.Header.Get("X-Hop") != "" || res.Header.Get("X-End") != "arrives" {
		t.Errorf("the client sees %v", res.Header)
	}
}

func TestStreaming(t *testing.T) {
	f := newFront(t, Config{})
	got := make(chan string)
	f.start("i", func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		rc.EnableFullDuplex()
		if r.URL.Path == "/known" {
			w.Header().Set("Content-Length", "8")
		}
		w.WriteHeader(200)
		rc.Flush()
		in := bufio.NewReader(r.Body)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			got <- line
			io.WriteString(w, line)
			rc.Flush()
		}
	})
	for _, path := range []string{"/unknown", "/known"} {
		t.Run(path, func(t *testing.T) {
			up, send := io.Pipe()
			req, _ := http.NewRequest("POST", f.url+path, up)
			res, err := f.client.Do(req) // the header comes before anything is sent
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			down := bufio.NewReader(res.Body)
			for _, line := range []string{"one\n", "two\n"} {
				io.WriteString(send, line)
				if s := <-got; s != line {
					t.Errorf("up: %q", s)
				}
				if s, err := down.ReadString('\n'); s != line {
					t.Errorf("down: %q %v", s, err)
				}
			}
			send.Close()
			if _, err := down.ReadByte(); err != io.EOF {
				t.Errorf("the end: %v", err)
			}
		})
	}
	if tr, _ := f.settled(); tr.OK != 2 {
		t.Errorf("ok %d, failed %s", tr.OK, failed(tr))
	}
}

// An instance may answer an upload whose end has not come.
func TestEarlyAnswer(t *testing.T) {
	f := newFront(t, Config{})
	f.start("i", func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		w.WriteHeader(413)
		io.WriteString(w, "too much")
	})
	up, send := io.Pipe()
	req, _ := http.NewRequest("POST", f.url, up)
	go io.WriteString(send, "the beginning of")
	res, err := f.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	send.Close()
	if res.StatusCode != 413 || string(body) != "too much" {
		t.Errorf("%d %q %v", res.StatusCode, body, err)
	}
	if tr, _ := f.settled(); tr.OK != 1 {
		t.Errorf("ok %d, failed %s", tr.OK, failed(tr))
	}
}

// upgrade switches to a protocol that echoes.
func upgrade(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	io.Copy(conn, rw)
}

func TestUpgrade(t *testing.T) {
	f := newFront(t, Config{})
	f.start("i", upgrade)
	req, _ := http.NewRequest("GET", f.url, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	res, err := f.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 101 {
		t.Fatal(res.Status)
	}
	conn := res.Body.(io.ReadWriteCloser)
	io.WriteString(conn, "hello")
	buf := make([]byte, 5)
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "hello" {
		t.Errorf("%q %v", buf, err)
	}
	if tr, _, _ := f.Observe(f.now()); tr.InFlight != 1 {
		t.Errorf("in flight %d", tr.InFlight)
	}
	conn.Close()
	if tr, _ := f.settled(); tr.OK != 1 {
		t.Errorf("ok %d, failed %s", tr.OK, failed(tr))
	}
}

// rude is an instance that does with a connection what it likes, once the
// first line of a request is read.
func rude(t *testing.T, f *front, id string, do func(net.Conn)) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { ln.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				do(conn)
			}
			conn.Close()
		}
	}()
	f.admit(id, ln.Addr().String())
}

func TestBadInstances(t *testing.T) {
	write := func(text string) func(net.Conn) { return func(c net.Conn) { io.WriteString(c, text) } }
	answer := func(status int) func(net.Conn) {
		return write(fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", status))
	}
	reset := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, text)
			c.(*net.TCPConn).SetLinger(0)
		}
	}
	tests := []struct {
		name   string
		do     func(net.Conn)
		status int // 0: the answer breaks off
		cause  string
	}{
		{"closes without a word", func(net.Conn) {}, 502, "reset"},
		{"resets", reset(""), 502, "reset"},
		{"breaks off within the header", write("HTTP/1.1 200 OK\r\nDate: today\r\n"), 502, "reset"},
		{"speaks garbage", write("\x16\x03\x01 lorem ipsum\r\n\r\n"), 502, "other"},
		{"gives an impossible length", write("HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n"), 502, "other"},
		{"never answers", func(c net.Conn) { io.Copy(io.Discard, c) }, 504, "timeout"},
		{"breaks off a body of known length", write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"), 0, "truncated"},
		{"breaks off within a chunk", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhal"), 0, "truncated"},
		{"breaks off before the last chunk", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhal\r\n"), 0, "truncated"},
		{"sends a chunk of garbage", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nhal\r\n"), 0, "truncated"},
		{"resets within the body", reset("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"), 0, "truncated reset"},
		{"has a full queue", answer(503), 503, "status_503"},
		{"has an error", answer(500), 500, "status_5xx"},
		{"knows nothing", answer(404), 404, ""},
		{"trickles", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
			for range 20 {
				time.Sleep(time.Millisecond)
				io.WriteString(c, "x")
			}
		}, 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			baseline := goleak.IgnoreCurrent()
			t.Run("", func(t *testing.T) {
				f := newFront(t, Config{Timeout: 100 * time.Millisecond})
				rude(t, f, "i", test.do)
				res, err := f.client.Get(f.url)
				status := 0
				if err == nil {
					status = res.StatusCode
					if _, err := io.Copy(io.Discard, res.Body); err != nil {
						status = 0
					}
					res.Body.Close()
				}
				tr, by := f.settled()
				if got := failed(tr); (got == "") != (test.cause == "") || !strings.Contains(test.cause, got) {
					t.Errorf("counted %q, want %q", got, test.cause)
				}
				if failed(tr) != failed(by["i"]) {
					t.Errorf("front %q, instance %q", failed(tr), failed(by["i"]))
				}
				// A reset may overtake what was sent before it.
				if status != test.status && failed(tr) != "reset" {
					t.Errorf("status %d, want %d", status, test.status)
				}
				if tr.Offered != 1 || tr.OK+tr.Failures() != 1 {
					t.Errorf("offered %d, ended %d", tr.Offered, tr.Ended())
				}
			})
			goleak.VerifyNone(t, baseline)
		})
	}
}

func TestClientGoesAway(t *testing.T) {
	tests := []struct {
		name string
		body func(context.Context) io.ReadCloser
		do   func(w http.ResponseWriter, r *http.Request, held chan<- struct{})
	}{
		{"before the header", nil, func(w http.ResponseWriter, r *http.Request, held chan<- struct{}) {
			held <- struct{}{}
			<-r.Context().Done()
		}},
		{"within the body", nil, func(w http.ResponseWriter, r *http.Request, held chan<- struct{}) {
			io.WriteString(w, "first")
			http.NewResponseController(w).Flush()
			held <- struct{}{}
			<-r.Context().Done()
		}},
		{"while the body pours", nil, func(w http.ResponseWriter, r *http.Request, held chan<- struct{}) {
			held <- struct{}{}
			for chunk := make([]byte, 1<<16); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}},
		{"within the upload", func(ctx context.Context) io.ReadCloser {
			r, w := io.Pipe()
			go io.WriteString(w, "first")
			context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
			return r
		},
			func(w http.ResponseWriter, r *http.Request, held chan<- struct{}) {
				held <- struct{}{}
				io.Copy(io.Discard, r.Body)
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFront(t, Config{})
			held := make(chan struct{})
			f.start("i", func(w http.ResponseWriter, r *http.Request) { test.do(w, r, held) })
			ctx, cancel := context.WithCancel(t.Context())
			var body io.ReadCloser
			if test.body != nil {
				body = test.body(ctx)
			}
			req, _ := http.NewRequestWithContext(ctx, "POST", f.url, nil)
			req.Body = body
			done := make(chan struct{})
			go func() {
				defer close(done)
				if res, err := f.client.Do(req); err == nil {
					res.Body.Close()
				}
			}()
			<-held
			cancel()
			<-done
			tr, by := f.settled()
			if failed(tr) != "canceled" || failed(by["i"]) != "canceled" || tr.Failures() != 0 {
				t.Errorf("counted %q, %q; %d failures", failed(tr), failed(by["i"]), tr.Failures())
			}
		})
	}
}

func TestBadUpload(t *testing.T) {
	f := newFront(t, Config{})
	f.start("i", func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if tr, _ := f.settled(); res.StatusCode != 400 || failed(tr) != "canceled" {
		t.Errorf("status %d, counted %s", res.StatusCode, failed(tr))
	}
}
