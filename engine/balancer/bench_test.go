package balancer

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"
)

// BenchmarkServe sends requests over loopback, in turn straight to an instance,
// through a plain httputil.ReverseProxy, and through the balancer. It reports
// how many times as long the balancer takes: the machine's own noise hits all
// three alike.
func BenchmarkServe(b *testing.B) {
	app := httptest.NewServer(says(strings.Repeat("x", 512)))
	defer app.Close()
	target, _ := url.Parse(app.URL)
	tr := &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true}
	defer tr.CloseIdleConnections()
	plain := httputil.NewSingleHostReverseProxy(target)
	plain.Transport = tr
	plain.ErrorLog = log.New(io.Discard, "", 0)
	plainServer := httptest.NewServer(plain)
	defer plainServer.Close()
	balancer := benchBalancer(b, target.Host)
	balancerServer := httptest.NewServer(balancer)
	defer balancerServer.Close()

	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true}}
	defer client.CloseIdleConnections()
	urls := []string{app.URL, plainServer.URL, balancerServer.URL}
	var took [3]time.Duration
	for b.Loop() {
		for i, u := range urls {
			start := time.Now()
			res, err := client.Get(u)
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(took[2])/float64(took[1]), "x-plain-proxy")
	b.ReportMetric(float64(took[2])/float64(took[0]), "x-direct")
	b.ReportMetric(float64(took[2])/float64(b.N)/1e3, "µs/request")
}

// BenchmarkServeHTTP is the handler alone, with 20 instances behind it, called
// by many at once: its allocations, and what the lock costs.
func BenchmarkServeHTTP(b *testing.B) {
	app := httptest.NewServer(says("ok"))
	defer app.Close()
	target, _ := url.Parse(app.URL)
	tr := &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true}
	defer tr.CloseIdleConnections()
	plain := httputil.NewSingleHostReverseProxy(target)
	plain.Transport = tr
	for _, of := range []struct {
		name    string
		handler http.Handler
	}{{"plain", plain}, {"balancer", benchBalancer(b, target.Host)}} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					w := httptest.NewRecorder()
					of.handler.ServeHTTP(w, httptest.NewRequest("GET", "http://front/", nil))
					if w.Code != 200 {
						b.Error(w.Code)
					}
				}
			})
		})
	}
}

// BenchmarkCount is all that the balancer does under its lock for one request.
func BenchmarkCount(b *testing.B) {
	bal := benchBalancer(b, "127.0.0.1:1")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		x := newExchange(bal)
		x.in = httptest.NewRequest("GET", "http://front/", nil)
		for pb.Next() {
			x.arrive()
			x.leave(true)
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	bal := benchBalancer(b, "127.0.0.1:1")
	x := newExchange(bal)
	x.in = httptest.NewRequest("GET", "http://front/", nil)
	for b.Loop() {
		for range 40 {
			x.arrive()
			x.leave(true)
		}
		bal.Observe(bal.now())
	}
}

// benchBalancer has 20 instances at one address.
func benchBalancer(b *testing.B, addr string) *Balancer {
	bal, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	f := front{Balancer: bal}
	for i := range 20 {
		f.admit(string(rune('a'+i)), addr)
	}
	b.Cleanup(func() { bal.Close(b.Context()) })
	return bal
}
