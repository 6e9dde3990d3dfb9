package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

const page = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>instance %[2]s</title></head>
<body><h1>Instance on port %[2]s</h1>
<p>PID %[1]d</p>
<p>Requests handled: %[3]d</p>
</body></html>
`

// handler is the instance's pages; anything else is a 404.
func (in *instance) handler(addr net.Addr) http.Handler {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		port = addr.String() // not TCP: as it calls itself
	}
	pid := os.Getpid()
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		// A client that goes away is noticed only after its body is read.
		io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 1<<20))
		switch in.work(r.Context()) {
		case handled:
			in.lastWord(w)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, page, pid, port, in.count())
		case refused:
			w.Header().Set("Retry-After", "1")
			w.Header().Set("Connection", "close")
			http.Error(w, "the queue is full, or the instance is stopping", http.StatusServiceUnavailable)
		case cancelled:
			w.WriteHeader(499) // nobody reads it; nginx's number for it
		}
	})
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, in.count())
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		f := in.figures()
		w.Header().Set("Content-Type", "application/json")
		if f.Status != "ok" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		json.NewEncoder(w).Encode(f)
	})
	mux.HandleFunc("GET /metrics", metrics(in.figures))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.active.Add(1)
		defer in.active.Add(-1)
		in.lastWord(w)
		mux.ServeHTTP(w, r)
	})
}

// lastWord ends the connection with this answer if the instance is stopping.
func (in *instance) lastWord(w http.ResponseWriter) {
	if in.stopped() {
		w.Header().Set("Connection", "close")
	}
}

func (in *instance) count() int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.ended[handled]
}
