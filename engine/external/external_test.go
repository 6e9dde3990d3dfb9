package external

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autoscale-lab/lab"
)

// The test binary is itself the program, as AS_POLICY says.
func TestMain(m *testing.M) {
	if what := os.Getenv("AS_POLICY"); what != "" {
		os.Exit(misbehave(what))
	}
	goleak.VerifyTestMain(m)
}

func misbehave(what string) int {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	in.Scan()
	first := in.Text()
	switch what {
	case "floods":
		for {
			fmt.Println("and another thing")
		}
	case "huge":
		for {
			fmt.Print(strings.Repeat("x", 1<<20))
		}
	case "deaf": // answers, and reads nothing
		for {
			fmt.Println(`{"desired": 3}`)
			time.Sleep(time.Millisecond)
		}
	case "stubborn": // neither reads nor ends when its stdin does
		select {}
	}
	for n := 1; in.Scan(); n++ {
		switch what {
		case "good":
			var s sample
			if err := json.Unmarshal(in.Bytes(), &s); err != nil {
				return 3
			}
			fmt.Printf("{\"desired\": %d, \"reason\": \"%d of %s\"}\n", s.Desired+1, n, strings.ReplaceAll(first, `"`, "'"))
		case "rubbish":
			fmt.Println("no idea \x1b[2J")
		case "chatty":
			fmt.Fprintln(os.Stderr, "I think")
			fmt.Printf("debug: %d\n{\"desired\": 4}\nthat was it\n", n)
		case "half":
			fmt.Println(`{"desired": 2.5}`)
		case "stalls":
			select {}
		case "late":
			if n == 1 {
				release := os.Getenv("AS_RELEASE")
				for _, err := os.Stat(release); err != nil; _, err = os.Stat(release) {
					time.Sleep(time.Millisecond)
				}
			}
			fmt.Printf("{\"desired\": %d}\n", n)
		case "faints":
			if n > 1 {
				select {}
			}
			fmt.Printf("{\"desired\": 1, \"reason\": \"I am %d\"}\n", os.Getpid())
		case "dies":
			fmt.Fprintln(os.Stderr, "oh dear")
			return 7
		case "breeds": // a child that outlives it, unless the group is ended
			c := exec.Command("sleep", "1000")
			c.Start()
			fmt.Printf("{\"desired\": 1, \"reason\": \"%d\"}\n", c.Process.Pid)
			select {}
		}
	}
	return 0
}

// asked is a program of the test's, opened and ready to be asked.
type asked struct {
	t    testing.TB
	host *Host
	ask  func(lab.Sample) lab.Decision
	stop func()
}

func start(t testing.TB, what string, limit time.Duration) *asked {
	t.Helper()
	t.Setenv("AS_POLICY", what)
	h := New(Config{})
	if err := h.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := &asked{t: t, host: h}
	a.ask, a.stop = h.Start(strconv.Quote(os.Args[0]), []lab.Setting{{Name: "target", Text: "60"}, {Name: "metric", Text: "rps"}}, limit)
	t.Cleanup(func() {
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return a
}

func (a *asked) sample() lab.Sample {
	return lab.Sample{At: time.Second, Span: time.Second, Desired: 2, Limits: lab.Limits{Min: 1, Max: 5}}
}

// until asks until the reason has a text in it.
func (a *asked) until(text string) lab.Decision {
	a.t.Helper()
	var d lab.Decision
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if d = a.ask(a.sample()); strings.Contains(d.Reason, text) {
			return d
		}
	}
	a.t.Fatalf("never %q, at last %q", text, d.Reason)
	return d
}

const ample = 10 * time.Second

func TestAsk(t *testing.T) {
	a := start(t, "good", ample)
	for n := 1; n < 4; n++ {
		d := a.ask(a.sample())
		if want := fmt.Sprintf("%d of {'knobs':{'metric':'rps','target':60},'timeout_ms':10000}", n); d.Desired != 3 || d.Reason != want {
			t.Errorf("%d, %q", d.Desired, d.Reason)
		}
	}
	a.stop()
	if d := a.ask(a.sample()); d.Reason[:4] != "1 of" {
		t.Errorf("asked after its stop it begins anew, but: %q", d.Reason)
	}
}

// Whatever a program does: what there is stays, with the reason.
func TestMisbehaviour(t *testing.T) {
	for _, c := range []struct {
		what, says string
		limit      time.Duration
	}{
		{"rubbish", `is late: no answer within 20ms (it printed "no idea": not a decision`, 20 * time.Millisecond},
		{"half", "desired is not a number of instances", 20 * time.Millisecond},
		{"stalls", "is late: no answer within 20ms", 20 * time.Millisecond},
		{"stubborn", "is late", 20 * time.Millisecond},
		{"dies", "ended: exit status 7", ample},
		{"floods", "prints without being asked", ample},
		{"deaf", "answers without reading", ample},
		{"huge", "printed a line of more than 64 kB", ample},
	} {
		t.Run(c.what, func(t *testing.T) {
			a := start(t, c.what, c.limit)
			if d := a.until(c.says); d.Desired != 2 { // in that very answer
				t.Errorf("it had a say: %d", d.Desired)
			}
			if c.what == "dies" {
				a.until("ended")
				var said string // its last words come when they have been read
				for begun := time.Now(); !strings.Contains(said, "oh dear") || !strings.Contains(said, "started again in 100ms"); time.Sleep(time.Millisecond) {
					if said += fmt.Sprint(a.host.Observe(time.Second, 0)); time.Since(begun) > 10*time.Second {
						t.Fatalf("events: %s", said)
					}
				}
			}
		})
	}
	t.Run("a program that is not there", func(t *testing.T) {
		h := New(Config{})
		h.Open(t.Context())
		defer h.Close(t.Context())
		ask, _ := h.Start("no-such-program --at all", nil, ample)
		if d := ask(lab.Sample{Desired: 2}); d.Desired != 2 || !strings.Contains(d.Reason, "cannot be started") {
			t.Errorf("%d, %q", d.Desired, d.Reason)
		}
	})
	t.Run("a lab that does not run", func(t *testing.T) {
		ask, stop := New(Config{}).Start("true", nil, ample)
		if d := ask(lab.Sample{Desired: 2}); !strings.Contains(d.Reason, "the lab does not run") {
			t.Error(d.Reason)
		}
		stop()
	})
}

// Lines that are no decision do not hide the one that is.
func TestChatty(t *testing.T) {
	a := start(t, "chatty", ample)
	for range 5 {
		if d := a.ask(a.sample()); d.Desired != 4 {
			t.Fatalf("%+v", d)
		}
	}
	says(t, a.host, "your policy: I think")
}

// says waits until an event has a text in it.
func says(t *testing.T, h *Host, text string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if e := h.Observe(time.Second, 0); len(e) > 0 && strings.Contains(e[0].Text, text) {
			return
		}
	}
	t.Errorf("never said: %s", text)
}

// One that answers no more is ended, and its successor asked.
func TestStalledIsReplaced(t *testing.T) {
	a := start(t, "faints", 20*time.Millisecond)
	a.host.patience = 100 * time.Millisecond
	for range 2 {
		first := a.until("I am").Reason
		a.until("is late")
		a.until("has not answered for")
		if second := a.until("I am").Reason; second == first {
			t.Errorf("%s, and again", first)
		}
	}
}

// One that stalls costs its limit once, and then no more while its answer is
// outstanding.
func TestStalledIsNotWaitedForAgain(t *testing.T) {
	const limit = 200 * time.Millisecond
	a := start(t, "stalls", limit)
	a.host.Observe(0, 4*limit)
	for n := range 3 {
		whole := a.host.left()
		if d := a.ask(a.sample()); d.Desired != 2 || !strings.Contains(d.Reason, "is late: no answer within 200ms") {
			t.Fatalf("%+v", d)
		}
		if waited := whole-a.host.left() >= limit; waited != (n == 0) {
			t.Errorf("ask %d: waited %t", n, waited)
		}
		a.host.Observe(0, 4*limit)
	}
}

// All programs together are waited for half a tick.
func TestHalfATick(t *testing.T) {
	a := start(t, "stalls", ample)
	other, stop := a.host.Start(strconv.Quote(os.Args[0]), nil, ample)
	defer stop()
	a.host.Observe(0, 100*time.Millisecond)
	if d := a.ask(a.sample()); !strings.Contains(d.Reason, "is late: no answer within 50ms") {
		t.Errorf("the first: %q", d.Reason)
	}
	if d := other(a.sample()); !strings.Contains(d.Reason, "is late: no answer within 0s") {
		t.Errorf("the second: %q", d.Reason)
	}
	third, stop := a.host.Start(strconv.Quote(os.Args[0]), nil, 10*time.Millisecond)
	defer stop()
	a.host.Observe(0, 100*time.Millisecond)
	if d := third(a.sample()); !strings.Contains(d.Reason, "is late: no answer within 10ms") {
		t.Errorf("the third, in the next tick: %q", d.Reason)
	}
	if left := a.host.left(); left > 40*time.Millisecond {
		t.Errorf("%s left after 10 ms of 50", left)
	}
}

// The answer to a Sample of before is not taken for that to this one.
func TestLateAnswerIsDropped(t *testing.T) {
	release := filepath.Join(t.TempDir(), "now")
	t.Setenv("AS_RELEASE", release)
	a := start(t, "late", 30*time.Millisecond)
	for range 3 {
		if d := a.ask(a.sample()); d.Desired != 2 || !strings.Contains(d.Reason, "late") {
			t.Errorf("%+v", d)
		}
	}
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if d := a.until("wants"); d.Desired != 2 { // the second question's: 1 was the first's
		t.Errorf("%+v", d)
	}
	if d := a.until("wants 3"); d.Desired != 3 {
		t.Errorf("%+v", d)
	}
}

// Nothing survives, not even what the program has started.
func TestNothingSurvives(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no process groups here")
	}
	a := start(t, "breeds", ample)
	pid, err := strconv.Atoi(a.ask(a.sample()).Reason)
	if err != nil {
		t.Fatal(err)
	}
	alive := func() bool {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err == nil && !strings.Contains(string(state), ") Z ")
	}
	if runtime.GOOS == "linux" && !alive() {
		t.Fatal("the test's own child does not live")
	}
	if err := a.host.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for end := time.Now().Add(10 * time.Second); alive(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a program's child survives")
		}
	}
}

// The example of the README is run as it stands there.
func TestReadmeExample(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to run the README's example")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(readme), "```python\n")
	text, _, closed := strings.Cut(text, "```")
	if !ok || !closed {
		t.Fatal("the README has no example in Python")
	}
	if n := strings.Count(text, "\n"); n > 20 {
		t.Errorf("the example has %d lines", n)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "policy.py"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h := New(Config{Dir: dir})
	if err := h.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer h.Close(t.Context())
	ask, stop := h.Start(strconv.Quote(python)+" policy.py", []lab.Setting{{Name: "target", Text: "20"}}, 30*time.Second)
	defer stop()
	s := lab.Sample{Span: 2 * time.Second, Desired: 1, Limits: lab.Limits{Min: 1, Max: 5}}
	s.Front.Offered = 140
	if d := ask(s); d.Desired != 4 || d.Reason != "70/s at 20/s each" {
		t.Errorf("%d, %q", d.Desired, d.Reason)
	}
	s.Desired, s.Front.Offered = 4, 20
	for n := 1; n <= 10; n++ {
		if d := ask(s); (d.Desired == 1) != (n == 10) {
			t.Errorf("calm sample %d: %d", n, d.Desired)
		}
	}
}

func TestEncode(t *testing.T) {
	s := lab.Sample{At: 90 * time.Second, Span: time.Second, Desired: 2, Limits: lab.Limits{Min: 1, Max: 5}, Capacity: 50}
	s.Front.Offered, s.Front.Busy = 30, 500*time.Millisecond
	s.Instances = []lab.Instance{
		{ID: "i1", State: lab.Ready, EverReady: true, ReadySince: time.Second, Size: .2, CPU: lab.Known(.3, 0, 0)},
		{ID: "i2", Size: .2},
	}
	want := `{"at":90,"span":1,"gap":false,"desired":2,"min":1,"max":5,"ready":1,"capacity":50,` +
		`"cpu":0.3,"system_cpu":null,"rps":30,"in_flight":0.5,"p95":null,` +
		`"front":{"offered":30,"ok":0,"failed":0,"in_flight":0,"queued":0,"busy":0.5},"instances":[` +
		`{"id":"i1","state":"ready","started":0,"ready_since":1,"size":0.2,"cpu":0.3,"memory":null,"offered":0,"ok":0},` +
		`{"id":"i2","state":"starting","started":0,"ready_since":null,"size":0.2,"cpu":null,"memory":null,"offered":0,"ok":0}]}` + "\n"
	if got := string(encode(&s)); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"desired": 4, "reason": "so"}`, `{"desired": 1e300}`, `{"desired": NaN}`, `{"desired": null}`, "[]", "\x1b[2J", `{"desired":"4"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, reason, err := decode(text)
		if err == nil && (n < -1e6 || n > 1e6) || len([]rune(reason)) > 160 || lab.Clean(reason) != reason {
			t.Errorf("%d, %q, %v", n, reason, err)
		}
	})
}

func BenchmarkAsk(b *testing.B) {
	a := start(b, "good", ample)
	s := a.sample()
	for i := range 20 {
		s.Instances = append(s.Instances, lab.Instance{ID: fmt.Sprint("i", i), State: lab.Ready, Size: .2, CPU: lab.Known(.3, 0, 0)})
	}
	for b.Loop() {
		if d := a.ask(s); d.Desired != 3 {
			b.Fatal(d.Reason)
		}
	}
}
