package balancer

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autoscale-lab/lab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// front is a Balancer that serves on loopback, with its client.
type front struct {
	*Balancer
	t      *testing.T
	url    string
	client *http.Client
}

func newFront(t *testing.T, c Config) *front {
	t.Helper()
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.Serve(ln) }()
	tr := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return &front{Balancer: b, t: t, url: "http://" + ln.Addr().String(), client: &http.Client{Transport: tr}}
}

// get is the status and body of a whole answer.
func (f *front) get(path string) (int, string) {
	f.t.Helper()
	res, err := f.client.Get(f.url + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// settled waits until nothing is in flight, and observes.
func (f *front) settled() (lab.Traffic, map[string]lab.Traffic) {
	f.t.Helper()
	select {
	case <-f.quiet():
	case <-time.After(10 * time.Second):
		f.t.Fatal("requests are still in flight")
	}
	tr, _, by := f.Observe(f.now())
	return tr, by
}

// start serves h as an instance and admits it.
func (f *front) start(id string, h http.HandlerFunc) *httptest.Server {
	f.t.Helper()
	s := httptest.NewServer(h)
	f.t.Cleanup(s.Close)
	f.admit(id, s.Listener.Addr().String())
	return s
}

func (f *front) admit(id, addr string) { f.Admit(lab.Instance{ID: id, Addr: addr}) }

// says answers with its text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }
}

// deadAddr is an address of loopback that nobody listens on.
func deadAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// eventually polls a condition that some other goroutine will make true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// failed is the failures by cause, for comparison.
func failed(t lab.Traffic) string {
	var out []string
	for c, n := range t.Failed {
		for range n {
			out = append(out, lab.Cause(c).String())
		}
	}
	return strings.Join(out, " ")
}
