//go:build !windows

package ui_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// bare is the least that answers: what any Go HTTP server pays at its start.
const bare = `package main

import (
	"net"
	"net/http"
	"os"
)

func main() {
	ln, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		panic(err)
	}
	panic(http.Serve(ln, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
}
`

// BenchmarkInstanceStart measures from exec to the first 200 of an instance of
// the real program, alone and five at once, against a bare net/http child in
// the same run. The ratios of the medians are what counts.
func BenchmarkInstanceStart(b *testing.B) {
	bin, err := program()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	src, peer := filepath.Join(dir, "main.go"), filepath.Join(dir, "bare")
	if err := os.WriteFile(src, []byte(bare), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", peer, src).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, n := range []int{1, 5} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var ours, theirs []float64
			for b.Loop() {
				ours = append(ours, start(b, n, bin, "app", "--fd", "3"))
				theirs = append(theirs, start(b, n, peer))
			}
			slices.Sort(ours)
			slices.Sort(theirs)
			o, t := ours[len(ours)/2], theirs[len(theirs)/2]
			b.ReportMetric(o, "ms")
			b.ReportMetric(t, "ms-bare")
			b.ReportMetric(o/t, "ratio")
		})
	}
}

// start runs n children at once and gives the time in ms until all answer 200.
func start(b *testing.B, n int, argv ...string) float64 {
	var wg sync.WaitGroup
	began := time.Now()
	var ends []func()
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		file, err := ln.(*net.TCPListener).File()
		if err != nil {
			b.Fatal(err)
		}
		addr := ln.Addr().String()
		ln.Close()
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.ExtraFiles = []*os.File{file}
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		in, err := cmd.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		file.Close()
		ends = append(ends, func() { in.Close(); cmd.Process.Kill(); cmd.Wait() })
		wg.Go(func() {
			for {
				resp, err := http.Get("http://" + addr + "/healthz")
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	for _, end := range ends {
		end()
	}
	return float64(took) / 1e6
}
