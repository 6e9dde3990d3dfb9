//go:build unix

package local

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"autoscale-lab/engine/app"
	"autoscale-lab/engine/local/process"
	"autoscale-lab/lab"
)

// The test binary itself plays every child: `local.test role NAME …`.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "role" {
		play(os.Args[2], os.Args[3:])
		return
	}
	os.Exit(m.Run())
}

func role(args ...string) []string {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return append([]string{exe, "role"}, args...)
}

func play(name string, args []string) {
	switch name {
	case "guard":
		if err := RunGuard(os.Stdin); err != nil {
			os.Exit(1)
		}
	case "crash":
		fmt.Println("reading the settings")
		fmt.Fprintln(os.Stderr, "\x1b[31mno such table\x1b[0m")
		os.Exit(3)
	case "slow":
		time.Sleep(700 * time.Millisecond)
		serveInherited(true)
	case "app":
		serveInherited(true)
	case "stubborn": // it even stays when the lab is gone
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
		serveInherited(false)
	case "user":
		serveUser(args[0])
	case "forker":
		stray := exec.Command(role("burner")[0], role("burner")[1:]...)
		stray.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := stray.Start(); err != nil {
			os.Exit(4)
		}
		fmt.Println("stray", stray.Process.Pid)
		serveUser(args[0])
	case "burner":
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
		burn(100, 20*time.Millisecond)
	case "grabbed":
		if _, err := http.Get(os.Getenv("GRAB") + args[0]); err != nil {
			os.Exit(5)
		}
		serveUser(args[0])
	case "lab":
		playLab(args[0])
	}
}

// burn uses a fifth of a core or so, forever.
func burn(times int, each time.Duration) {
	for {
		for end := time.Now().Add(each / 5); time.Now().Before(end); {
		}
		time.Sleep(each * 4 / 5)
	}
}

// serveInherited is a built-in app in short.
func serveInherited(eof bool) {
	var is app.Child
	if err := json.Unmarshal([]byte(os.Getenv(app.ChildEnv)), &is); err != nil {
		os.Exit(7)
	}
	ln, err := net.FileListener(os.NewFile(is.FD, "listener"))
	if err != nil {
		os.Exit(6)
	}
	began := time.Now()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"ok","lost_s":%g}`, time.Since(began).Seconds()*0.02) // a tenth of 0.2
	})
	mux.HandleFunc("/given", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode([]string{fmt.Sprint(is.Config), os.Getenv("GOMAXPROCS"), strings.Join(os.Args[3:], " ")})
	})
	mux.HandleFunc("/flood", func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 64 {
			os.Stdout.Write(chunk)
		}
		fmt.Println("\nflooded")
	})
	mux.HandleFunc("/burn", func(w http.ResponseWriter, _ *http.Request) { go burn(1, 20*time.Millisecond) })
	if eof {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	http.Serve(ln, mux)
}

// serveUser is a user's server: it answers 404 on /, and may do nothing else
// for as long as it is told to.
func serveUser(port string) {
	ln, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Println("cannot listen:", err)
		os.Exit(1)
	}
	var busy sync.Mutex // one request at a time
	http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		busy.Lock()
		defer busy.Unlock()
		switch r.URL.Path {
		case "/env":
			wd, _ := os.Getwd()
			json.NewEncoder(w).Encode([]string{os.Getenv("PORT"), os.Getenv("COLOUR"), wd})
		case "/burn":
			burn(1, 20*time.Millisecond)
		default:
			http.NotFound(w, r)
		}
	}))
}

// playLab is a lab of two instances that says their PIDs and waits to be
// killed.
func playLab(kind string) {
	set := testSet()
	set.Min, set.Max = 2, 2
	if kind == "user" {
		set.App = role("forker", "{port}")
	}
	start := time.Now()
	f, err := New(Config{Fleet: set, Front: newFront(), Self: role("stubborn"), GuardCmd: role("guard"), Now: func() time.Duration { return time.Since(start) }})
	if err != nil {
		panic(err)
	}
	if err := f.Open(context.Background()); err != nil {
		panic(err)
	}
	if err := f.Scale(context.Background(), 2); err != nil {
		panic(err)
	}
	var said int
	for said < 2 {
		time.Sleep(5 * time.Millisecond)
		list, _ := f.Observe(time.Since(start))
		said = 0
		for _, in := range list {
			if in.State == lab.Ready {
				said++
			}
		}
		if said == 2 {
			for _, in := range list {
				fmt.Println(in.PID)
				for _, line := range f.Logs(in.ID) {
					var stray int
					if _, err := fmt.Sscanf(line, "stray %d", &stray); err == nil {
						fmt.Println(stray)
					}
				}
			}
			if f.guard != nil {
				fmt.Println(f.guard.cmd.Process.Pid)
			}
			fmt.Println("end")
		}
	}
	select {}
}

// TestKilledLabLeavesNoSurvivor: SIGKILL of the lab ends its instances, one
// that is stopped included, and what a user's command has forked.
func TestKilledLabLeavesNoSurvivor(t *testing.T) {
	for _, kind := range []string{"built-in", "user"} {
		t.Run(kind, func(t *testing.T) {
			linuxOnly(t)
			args := role("lab", kind)
			cmd := exec.Command(args[0], args[1:]...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			var pids []int
			for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "end"; {
				pid, err := strconv.Atoi(lines.Text())
				if err != nil {
					t.Fatal(err)
				}
				pids = append(pids, pid)
				defer syscall.Kill(pid, syscall.SIGKILL) // should the promise not hold
			}
			if want := map[string]int{"built-in": 2, "user": 5}[kind]; len(pids) != want {
				t.Fatalf("%d processes, want %d", len(pids), want)
			}
			if err := syscall.Kill(pids[0], syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			killed := time.Now()
			cmd.Process.Kill()
			eventually(t, "all processes are gone", func() bool {
				for _, pid := range pids {
					if running(pid) {
						return false
					}
				}
				return true
			})
			t.Logf("%d processes gone after %v", len(pids), time.Since(killed))
		})
	}
}

// running tells whether there is such a process, a zombie not counted.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	for _, p := range process.List() {
		if p.PID == pid {
			return !p.Zombie
		}
	}
	return false
}

// linuxOnly: only there is a process that left its group found again.
func linuxOnly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
}
