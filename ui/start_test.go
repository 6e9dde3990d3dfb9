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
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"autoscale-lab/engine/app"
	"autoscale-lab/lab"
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

// childOf is what a lab hands to an instance at the defaults.
func childOf(t testing.TB) string {
	set := lab.DefaultExperiment().Fleet
	env, err := app.Child{FD: 3, Config: app.Config{
		Size: set.Size, Work: set.Work, Queue: set.Queue, Workers: set.Workers, WorkDist: set.WorkDist,
	}}.Env()
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// TestInstancesPayLittleForTheRest: whatever is linked into the program, its
// package inits run in each instance too. The memory they take is a measure
// that a busy machine does not blur.
func TestInstancesPayLittleForTheRest(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	file, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command(bin, "app")
	cmd.ExtraFiles = []*os.File{file}
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GODEBUG=inittrace=1", childOf(t))
	trace, err := cmd.CombinedOutput() // stdin is at its end: the instance goes as soon as it serves
	if !strings.Contains(string(trace), "serving on") {
		t.Fatalf("no instance: %v\n%s", err, trace)
	}
	const each, all = 256 << 10, 640 << 10
	total, inits := 0, 0
	for line := range strings.Lines(string(trace)) {
		// init PACKAGE @0.40 ms, 0.002 ms clock, 0 bytes, 0 allocs
		f := strings.Fields(line)
		if len(f) < 9 || f[0] != "init" || f[8] != "bytes," {
			continue
		}
		bytes, err := strconv.Atoi(f[7])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		inits++
		total += bytes
		if bytes > each {
			t.Errorf("the init of %s takes %d kB, and every instance pays for it", f[1], bytes>>10)
		}
	}
	if inits < 50 {
		t.Errorf("only %d inits traced", inits)
	}
	t.Logf("%d inits, %d kB", inits, total>>10)
	if total > all {
		t.Errorf("all inits take %d kB, want at most %d\n%s", total>>10, all>>10, trace)
	}
}

// BenchmarkInstanceStart measures from exec to the first 200 of an instance of
// the real program, alone and five at once, against a bare net/http child in
// the same run. The ratios of the medians are what counts: at most 1.5.
func BenchmarkInstanceStart(b *testing.B) {
	bin, err := program()
	if err != nil {
		b.Fatal(err)
	}
	env := childOf(b)
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
				ours = append(ours, start(b, n, env, bin, "app"))
				theirs = append(theirs, start(b, n, env, peer))
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
func start(b *testing.B, n int, env string, argv ...string) float64 {
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
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1", env)
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
