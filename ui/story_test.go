//go:build !windows

package ui_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// program builds the real program, once for all stories.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "story")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "autoscale-lab")
	out, err := exec.Command("go", "build", "-o", bin, "..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// place is where a story happens: a notebook and ports of its own.
type place struct {
	t    testing.TB
	bin  string
	dir  string // the current folder
	env  []string
	port int
}

func newPlace(t testing.TB) *place {
	t.Helper()
	if testing.Short() {
		t.Skip("a story of many seconds")
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return &place{t, bin, dir, append(os.Environ(), "AUTOSCALE_LAB_DB="+dir+"/lab.db", "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "TERM=xterm-256color", "COLORTERM=", "NO_COLOR="), freePorts(t)}
}

// freePorts finds a port with none taken in the twenty after it.
func freePorts(t testing.TB) int {
	t.Helper()
search:
	for range 50 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		base := ln.Addr().(*net.TCPAddr).Port
		ln.Close()
		for p := base; p < base+20; p++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
			if err != nil {
				continue search
			}
			l.Close()
		}
		return base
	}
	t.Fatal("no free ports")
	return 0
}

// shell runs a verb to its end and gives what it printed.
func (p *place) shell(args ...string) string {
	p.t.Helper()
	cmd := exec.Command(p.bin, args...)
	cmd.Env = p.env
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, errs.String())
	}
	return string(out)
}

// terminal is the program on a pseudo-terminal, read back through an emulator.
type terminal struct {
	*place
	cmd    *exec.Cmd
	pty    *os.File
	screen *vt.SafeEmulator
	ended  chan struct{}
	err    error // of the program; read after ended
}

// open starts the workbench.
func (p *place) open(cols, rows int, args ...string) *terminal {
	p.t.Helper()
	args = append([]string{"--port", strconv.Itoa(p.port), "--base-port", strconv.Itoa(p.port + 5)}, args...)
	x := &terminal{place: p, cmd: exec.Command(p.bin, args...), screen: vt.NewSafeEmulator(cols, rows), ended: make(chan struct{})}
	x.cmd.Env, x.cmd.Dir = p.env, p.dir
	var err error
	if x.pty, err = pty.StartWithSize(x.cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		p.t.Fatal(err)
	}
	var copying sync.WaitGroup
	copying.Go(func() { io.Copy(x.screen, x.pty) })
	go io.Copy(x.pty, x.screen) // the terminal's answers; ends with the emulator
	go func() {
		x.err = x.cmd.Wait()
		copying.Wait()
		close(x.ended)
	}()
	p.t.Cleanup(func() {
		x.cmd.Process.Kill()
		<-x.ended
		x.pty.Close()
		x.screen.Close()
	})
	return x
}

// text is what stands on the screen.
func (x *terminal) text() string { return ansi.Strip(x.screen.Render()) }

func (x *terminal) keys(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// sees waits for a pattern on the screen and gives its first group.
func (x *terminal) sees(pattern string) string {
	x.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.Now().Add(40 * time.Second)
	for time.Now().Before(deadline) {
		if m := re.FindStringSubmatch(x.text()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-x.ended:
			x.t.Fatalf("the program ended (%v) before %q was seen; the screen:\n%s", x.err, pattern, x.text())
		case <-time.After(20 * time.Millisecond):
		}
	}
	x.t.Fatalf("%q was not seen; the screen:\n%s", pattern, x.text())
	return ""
}

// leaves waits for the program's end and looks for what it left behind.
func (x *terminal) leaves() {
	x.t.Helper()
	select {
	case <-x.ended:
	case <-time.After(30 * time.Second):
		x.t.Fatalf("it does not end; the screen:\n%s", x.text())
	}
	x.nothingRuns()
}

// nothingRuns waits until no process of this story's program and ports is left.
func (x *terminal) nothingRuns() {
	x.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	var left string
	for time.Now().Before(deadline) {
		out, _ := exec.Command("pgrep", "-f", "-a", "^"+regexp.QuoteMeta(x.bin)).Output()
		left = string(out)
		if len(bytes.TrimSpace(out)) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	x.t.Errorf("left behind:\n%s", left)
}

// The first minute, as WORKBENCH tells it, and what stays of it.
func TestStoryFirstMinute(t *testing.T) {
	p := newPlace(t)
	x := p.open(120, 36)
	x.sees(`○ ready`)
	x.sees(`1 ready of 1`)
	x.sees(fmt.Sprintf(`127\.0\.0\.1:%d`, p.port))
	x.keys(" ")
	x.sees(`● RUN 1 `)
	x.keys("++")
	x.sees(`CPU \S+ % > 35 %: 1 → 2`)
	x.sees(`2 ready of 2`)
	x.keys(strings.Repeat("+", 18))
	x.sees(`5 ready of 5`)
	x.sees(`at max 5 \(wants 6\)`)
	x.sees(`Scores ─+ so far 0`)
	x.sees(`demand 3 +ready 5`) // 101 requests/s, at 40 an instance

	// A knob acts at once: the line moves on the chart, and so does the behaviour.
	x.keys("\x1b[1;2C\x1b[1;2C") // shift+right twice: 20 % more
	x.sees(`upper +55 %`)
	x.sees(`╌ 55`)
	x.sees(`is within 15 % and 55 %`)

	pid := x.sees(`5 :\d+ +(\d+) ready`)
	x.keys("x")
	x.sees(`killed by hand`)
	x.sees(`6 :\d+ +\d+ ready`)
	x.sees(`5 ready of`)
	if n, _ := strconv.Atoi(pid); syscall.Kill(n, 0) == nil {
		t.Errorf("process %d is still there", n)
	}

	x.keys(" ")
	x.sees(`1 ready of 1`)
	x.keys("q")
	x.leaves()
	if x.err != nil {
		t.Errorf("it ended with %v", x.err)
	}
	var run struct {
		Outcome  string
		Requests struct{ OK, Failed int64 }
		Peak     struct{ Peak int } `json:"instances"`
		Scale    struct {
			Up   int `json:"up_events"`
			Down int `json:"down_events"`
		}
	}
	if err := json.Unmarshal([]byte(p.shell("history", "show", "1", "--json")), &run); err != nil {
		t.Fatal(err)
	}
	if run.Outcome != "stopped" || run.Requests.OK < 500 || run.Peak.Peak != 5 || run.Scale.Up != 4 || run.Scale.Down != 4 {
		t.Errorf("the record says %+v", run)
	}
	if list := p.shell("history", "list"); !strings.Contains(list, "threshold") {
		t.Errorf("history list:\n%s", list)
	}
}

// Traffic from a second terminal is counted, scaled for and recorded.
func TestStorySecondTerminal(t *testing.T) {
	p := newPlace(t)
	x := p.open(100, 30)
	x.sees(`1 ready of 1`)
	p.shell("load", "--threads", "20", "--url", fmt.Sprintf("http://127.0.0.1:%d/", p.port), "--duration", "8")
	x.sees(`● RUN 1 `)
	x.sees(`[345] ready of`)
	x.keys("s")
	x.sees(`■ kept as 1`)
	x.keys("q")
	x.leaves()
	if out := p.shell("history", "show", "1", "--json"); !regexp.MustCompile(`"offered": [1-9]\d\d`).MatchString(out) {
		t.Errorf("the run holds no foreign traffic:\n%s", out)
	}
}

// A lab killed with -9 leaves no process, and its run stays readable.
func TestStoryKilled(t *testing.T) {
	p := newPlace(t)
	x := p.open(80, 24)
	x.sees(`○ ready`)
	x.keys(" ")
	x.sees(`● RUN 1 `)
	x.keys(strings.Repeat("+", 20))
	x.sees(`wants 6`)
	if err := x.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	x.leaves()
	if out := p.shell("history", "show", "1", "--json"); !strings.Contains(out, `"outcome": "crashed"`) || !regexp.MustCompile(`"ok": [1-9]`).MatchString(out) {
		t.Errorf("the run is not marked, or empty:\n%s", out)
	}
}

// Ends told from outside are orderly ends.
func TestStorySignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			p := newPlace(t)
			x := p.open(80, 24)
			x.sees(`○ ready`)
			x.keys(" ")
			x.sees(`● RUN 1 `)
			if _, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", p.port)); err != nil {
				t.Error(err)
			}
			x.cmd.Process.Signal(sig)
			x.leaves()
			if out := p.shell("history", "show", "1", "--json"); !strings.Contains(out, `"outcome": "stopped"`) {
				t.Errorf("the run:\n%s", out)
			}
		})
	}
}

// A user's own server, which answers 404 on /, forks and wants an environment
// variable, is scaled just so, and ended whole.
func TestStoryOwnApp(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3 for a server that is not ours")
	}
	p := newPlace(t)
	script := filepath.Join(t.TempDir(), "app.py")
	if err := os.WriteFile(script, []byte(`
import http.server, os, socketserver, sys, time
assert os.environ["GREETING"] == "hello world"
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        end = time.process_time() + 0.02
        while time.process_time() < end: pass
        self.send_response(404 if self.path == "/" else 200)
        self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"hi")
    def log_message(self, *a): pass
class S(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128
s = S(("127.0.0.1", int(sys.argv[1])), H)
if os.fork() == 0: s.serve_forever()
os.wait()
`), 0o600); err != nil {
		t.Fatal(err)
	}
	out := p.shell("run", "--json", "--duration", "15s", "--load", "constant:rate=20", "--size", "0.5",
		"--port", strconv.Itoa(p.port), "--base-port", strconv.Itoa(p.port+5),
		"--app", "python3 "+script+" {port}", "--env", "GREETING=hello world")
	var run struct {
		Requests  struct{ OK, Failed int64 }
		Instances struct{ Peak int }
	}
	if err := json.Unmarshal([]byte(out), &run); err != nil {
		t.Fatal(err)
	}
	if run.Requests.OK < 250 || run.Requests.Failed > 0 || run.Instances.Peak < 2 {
		t.Errorf("the run: %+v", run)
	}
	if left, _ := exec.Command("pgrep", "-f", "-a", regexp.QuoteMeta(script)).Output(); len(left) > 0 {
		t.Errorf("left behind:\n%s", left)
	}
}

// What was made is found again, read and compared; the screen fits what it is
// shown on.
func TestStoryHistoryAndCompare(t *testing.T) {
	p := newPlace(t)
	x := p.open(100, 30)
	x.sees(`1 ready of 1`)
	x.keys(" ")
	x.sees(`● RUN 1 `)
	x.sees(`ok \d\d`)
	x.keys("s")
	x.sees(`■ kept as 1`)

	x.keys("l") // a knob, turned and taken back, and turned again
	x.sees(`upper +36 %`)
	x.keys("u")
	x.sees(`upper +35 %`)
	x.keys("L")
	x.sees(`upper +45 %`)
	x.keys("r") // the same load again
	x.sees(`● RUN 2 `)
	x.sees(`■ kept as 2`)

	x.keys("f")
	x.sees(`← *→ cursor`)
	x.keys("f")
	x.sees(`±1`)

	x.keys("2")
	x.sees(`Runs ━+ \d of 2`)
	x.sees(`▸ +2 `)
	x.keys("\r")
	x.sees(`▶ REPLAY 2`)
	x.sees(`Scores ─+ whole run`)
	x.keys("\x1b[B\x1b[B\x1b[A") // the events are its table of contents
	x.sees(`│ 00:0\d +▶ the run begins`)
	x.keys("x")
	x.sees(`read only`)
	x.keys("\x1b")
	x.sees(`Runs ━+ \d of 2`)
	x.keys(" j c")
	x.sees(`load identical`)
	x.sees(`upper.*35.*45|upper.*45.*35`)
	x.keys("e")
	x.sees(`export this comparison as`)
	x.keys("m")
	x.sees(`written: compare-2-1\.md`)
	if text, err := os.ReadFile(filepath.Join(p.dir, "compare-2-1.md")); err != nil || !strings.Contains(string(text), "load identical") {
		t.Errorf("%v: %s", err, text)
	}
	x.keys("em")
	x.sees(`! export: "compare-2-1\.md": want a file that is not there yet`)
	x.keys("7")
	x.sees(`there is no screen 7: 1 Workbench 2 History 3 Compare`)
	x.keys("1")
	x.sees(`■ kept as 2`)

	x.resize(70, 20)
	x.sees(`70×20 is too small`)
	x.sees(`80×24 is needed`)
	x.resize(80, 24)
	x.sees(`■ kept as 2`)

	x.keys(":light back\r")
	x.sees(`theme: 16 colours on light`)
	x.keys("M")
	x.sees(`the mouse selects text now`)
	x.keys("\x1a")
	x.sees(`no shell to come back from`)
	x.keys("q")
	x.leaves()

	x = p.open(80, 24) // and so it stays
	x.sees(`○ ready`)
	x.keys("M")
	x.sees(`the mouse works on the lab`)
	x.keys(":ascii\r")
	x.sees(`theme: 16 colours on light, ASCII`)
	x.sees(`o ready`)
	x.keys(" ")
	x.sees(`\* RUN 3`)
	x.keys("\x1a")
	x.sees(`not while a run is under way`)
	x.keys("\x03")
	x.leaves()
	if x.err != nil {
		t.Errorf("it ended with %v", x.err)
	}
}

// A monkey at the real program: it lives, nothing is wider than the terminal,
// and neither a descriptor nor a process is left. MONKEY is how many things it
// does; what asks for very much of the machine is left out.
func TestStoryMonkey(t *testing.T) {
	p := newPlace(t)
	x := p.open(100, 30, "--max", "3")
	x.sees(`1 ready of 1`)
	before := x.descriptors()
	const fewer = 30 // descriptors that instances, readers of the notebook and kept connections may take
	whims := 1000
	if n, err := strconv.Atoi(os.Getenv("MONKEY")); err == nil {
		whims = n
	}
	r := rand.New(rand.NewPCG(1, 2))
	keys := strings.Split("\x1b[A \x1b[B \x1b[C \x1b[D \t \r \x1b \x1b[H \x1b[5~ \x1b[6~ \x7f", " ")
	for c := ' '; c <= '~'; c++ {
		if !strings.ContainsRune("qQGLl=+]i", c) {
			keys = append(keys, string(c))
		}
	}
	cols, rows := 100, 30
	for n := range whims {
		switch what := r.IntN(100); {
		case what < 80:
			x.keys(keys[r.IntN(len(keys))])
		case what < 95:
			x.keys(fmt.Sprintf("\x1b[<%d;%d;%d%c", []int{0, 0, 2, 32, 65}[r.IntN(5)], 1+r.IntN(cols), 1+r.IntN(rows), "Mm"[r.IntN(2)]))
		case what < 96:
			x.keys("\x1b[200~" + strings.Repeat("q1 :\r", r.IntN(500)) + "\x1b[201~")
		default:
			cols, rows = 1+r.IntN(200), 1+r.IntN(60)
			if r.IntN(2) == 0 {
				cols, rows = 100, 30
			}
			x.resize(cols, rows)
		}
		select {
		case <-x.ended:
			if x.err != nil {
				t.Fatalf("after %d whims it ended with %v:\n%s", n, x.err, x.text())
			}
			x.nothingRuns()
			x = p.open(cols, rows, "--max", "3") // it chose to leave
		default:
		}
		if n%50 == 0 {
			for line := range strings.SplitSeq(x.text(), "\n") {
				if w := ansi.StringWidth(strings.TrimRight(line, " \r")); w > cols {
					t.Fatalf("a line of %d in %d: %q", w, cols, line)
				}
			}
		}
	}
	x.resize(100, 30)
	x.keys("\x1b[201~") // in case a paste was torn
	x.keys(strings.Repeat("\x1b", 6))
	x.sees(`1-3 screens`)
	x.keys("1an") // scaled by hand, a new run: back to the beginning
	x.sees(`\d ready of`)
	deadline := time.Now().Add(20 * time.Second)
	for x.descriptors() > before+fewer && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	if after := x.descriptors(); after > before+fewer {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
	x.keys("\x03")
	select {
	case <-x.ended:
	case <-time.After(5 * time.Second):
		x.keys("\x03") // it had asked
	}
	x.leaves()
	if x.err != nil {
		t.Errorf("it ended with %v", x.err)
	}
}

// descriptors is how many files the program has open.
func (x *terminal) descriptors() int {
	x.t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", x.cmd.Process.Pid))
	if err != nil {
		x.t.Skip("descriptors cannot be counted here")
	}
	return len(open)
}

// No verb waits for a terminal to say what it is: only the window asks.
func TestStoryVerbsAskTheTerminalNothing(t *testing.T) {
	p := newPlace(t)
	cmd := exec.Command(p.bin, "version")
	cmd.Env = slices.DeleteFunc(slices.Clone(p.env), func(kv string) bool { return strings.HasPrefix(kv, "CI=") })
	f, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	said, _ := io.ReadAll(f)
	if err := cmd.Wait(); err != nil || !bytes.Contains(said, []byte("autoscale-lab")) || bytes.ContainsRune(said, 0x1b) {
		t.Errorf("it says %q, %v", said, err)
	}
}

// resize makes the terminal another size, as a user does.
func (x *terminal) resize(cols, rows int) {
	x.t.Helper()
	x.screen.Resize(cols, rows)
	if err := pty.Setsize(x.pty, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		x.t.Fatal(err)
	}
}

// BenchmarkLaunch measures from exec to the first whole frame, and to the
// first ready instance on it, on a terminal that answers.
func BenchmarkLaunch(b *testing.B) {
	p := newPlace(b)
	var frame, ready []float64
	for b.Loop() {
		began := time.Now()
		x := p.open(120, 36)
		spot := func(pattern string) float64 {
			re := regexp.MustCompile(pattern)
			for !re.MatchString(x.text()) {
				time.Sleep(500 * time.Microsecond)
			}
			return float64(time.Since(began)) / 1e6
		}
		frame = append(frame, spot(`q quit`))
		ready = append(ready, spot(`1 ready of 1`))
		x.keys("q")
		x.leaves()
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	b.ReportMetric(median(frame), "ms/frame")
	b.ReportMetric(median(ready), "ms/ready")
}

// BenchmarkKeyToFrame measures from a key to the frame that shows what it did,
// with five instances full and the load at twice what they carry.
func BenchmarkKeyToFrame(b *testing.B) {
	p := newPlace(b)
	x := p.open(120, 36, "--load", "constant:rate=500", "--min", "5")
	x.sees(`5 ready of 5`)
	x.keys(" ")
	x.sees(`CPU of size ─+ now (9\d|1\d\d)`)
	var took []float64
	for n := 0; b.Loop(); n++ {
		key, want := "\x1b[C", "36 %"
		if n%2 == 1 {
			key, want = "\x1b[D", "35 %"
		}
		began := time.Now()
		x.keys(key)
		for !regexp.MustCompile(`┃.upper +` + want).MatchString(x.text()) {
			time.Sleep(200 * time.Microsecond)
		}
		took = append(took, float64(time.Since(began))/1e6)
		time.Sleep(30 * time.Millisecond) // a key at a time, as a person presses them
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "ms-median")
	b.ReportMetric(took[len(took)*95/100], "ms-p95")
	x.keys("q")
	x.leaves()
}
