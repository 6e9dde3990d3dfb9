package app

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is its own child.
func TestMain(m *testing.M) {
	RunChild()
	goleak.VerifyTestMain(m)
}

// process is a child that serves HTTP at url.
type process struct {
	url   string
	cmd   *exec.Cmd
	alive interface{ Close() error } // its stdin
}

// start starts name as fleets do: the listener as descriptor 3, a pipe as
// stdin, one thread for Go code.
func start(tb testing.TB, name string, env ...string) *process {
	tb.Helper()
	if runtime.GOOS == "windows" {
		tb.Skip("no inherited listeners on Windows")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{url: "http://" + ln.Addr().String(), cmd: exec.Command(name)}
	p.cmd.Env = append(os.Environ(), append(env, "GOMAXPROCS=1")...)
	p.cmd.ExtraFiles = []*os.File{f}
	p.cmd.Stderr = os.Stderr
	if p.alive, err = p.cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	f.Close()
	ln.Close()
	tb.Cleanup(func() { p.end() })
	return p
}

func startApp(tb testing.TB, cfg Config) *process {
	tb.Helper()
	env, err := Child{Config: cfg, FD: 3}.Env()
	if err != nil {
		tb.Fatal(err)
	}
	return start(tb, os.Args[0], env)
}

// end makes an orphan of the child and waits until it is gone.
func (p *process) end() {
	if p.cmd.ProcessState == nil {
		p.alive.Close()
		force := time.AfterFunc(10*time.Second, func() { p.cmd.Process.Kill() })
		p.cmd.Wait()
		force.Stop()
	}
}

// health asks for /healthz; the answer is waited for, not slept for.
func (p *process) health(tb testing.TB) (figures, int) {
	tb.Helper()
	var f figures
	r, err := client.Get(p.url + "/healthz")
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		tb.Fatal(err)
	}
	return f, r.StatusCode
}

// client keeps no connection: nothing of it is left after a test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
