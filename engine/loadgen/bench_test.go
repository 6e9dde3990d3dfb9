package loadgen

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// BenchmarkRequest tells what the generator costs beside net/http: one thread
// of a closed load against a loop around http.Client, in turns, on the same
// trivial server. The metric ratio is of their times per request; overhead-µs
// their difference.
func BenchmarkRequest(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) }))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	g := opened(b, Config{URL: server.URL, SLO: time.Second})
	g.Set(parse(b, "closed:threads=1"))

	const batch = 500
	var ours, bare time.Duration
	var sent int64
	for b.Loop() {
		began := time.Now()
		for range batch {
			answer, err := client.Get(server.URL)
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
		bare += time.Since(began)

		began = time.Now()
		g.Switch(true)
		sum := gather(b, g, ended(batch))
		g.Switch(false)
		rest := gather(b, g, func(u *lab.Traffic) bool { return u.InFlight == 0 })
		ours += time.Since(began)
		sent += sum.OK + rest.OK
	}
	per := func(d time.Duration, n int64) float64 { return float64(d.Microseconds()) / float64(n) }
	o, p := per(ours, sent), per(bare, int64(b.N)*batch)
	b.ReportMetric(o/p, "ratio")
	b.ReportMetric(o, "ours-µs/req")
	b.ReportMetric(o-p, "overhead-µs/req")
}

// BenchmarkOpen tells how late an open load is sent: waiting-µs is from due to
// sent.
func BenchmarkOpen(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) }))
	defer server.Close()
	g := opened(b, Config{URL: server.URL})
	for _, spec := range []string{"constant:rate=1000", "constant:rate=5000"} {
		b.Run(spec, func(b *testing.B) {
			b.ReportAllocs()
			g.Set(parse(b, spec))
			g.Switch(true)
			sum := gather(b, g, ended(int64(b.N)))
			g.Switch(false)
			rest := gather(b, g, func(u *lab.Traffic) bool { return u.InFlight == 0 })
			sum.Add(&rest)
			latency, _ := sum.Latency.Quantile(.5)
			service, _ := sum.Service.Quantile(.5)
			b.ReportMetric(float64((latency - service).Microseconds()), "waiting-µs")
			b.ReportMetric(float64(service.Microseconds()), "service-µs")
			b.ReportMetric(100*float64(sum.Late)/float64(sum.Arrived), "%late")
		})
	}
	g.Close(context.Background())
}
