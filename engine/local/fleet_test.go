//go:build unix

package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autoscale-lab/engine/local/process"
	"autoscale-lab/lab"
)

// front is a balancer that notes what it is told.
type front struct {
	mu       sync.Mutex
	calls    []string // "admit i1", "drain i1", "evict i1"
	inFlight map[string]int
	last     map[string]time.Duration
	panics   bool
}

func newFront() *front { return &front{inFlight: map[string]int{}, last: map[string]time.Duration{}} }

func (f *front) note(s string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, s)
}

func (f *front) Admit(in lab.Instance) {
	f.note("admit " + in.ID)
	if f.panics {
		panic("front is broken")
	}
}
func (f *front) Evict(id string) { f.note("evict " + id) }
func (f *front) Drain(ctx context.Context, id string) error {
	f.note("drain " + id)
	for {
		if n, _ := f.Answered(id); n == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}
func (f *front) Answered(id string) (int, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inFlight[id], f.last[id]
}
func (f *front) carry(id string, n int, at time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inFlight[id], f.last[id] = n, at
}
func (f *front) count(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c == call {
			n++
		}
	}
	return n
}

func testSet() lab.Fleet {
	set := lab.DefaultExperiment().Fleet
	set.BasePort = 0
	set.Min = 1
	return set
}

// stand is a fleet under test, and all that it has told.
type stand struct {
	*Fleet
	t      *testing.T
	front  *front
	began  time.Time
	now    []lab.Instance
	seen   map[string]lab.Instance
	ended  map[string]int // how often an end was reported
	events []lab.Event
}

func build(t *testing.T, set lab.Fleet, self []string, change ...func(*Fleet)) *stand {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	s := &stand{t: t, front: newFront(), began: time.Now(), seen: map[string]lab.Instance{}, ended: map[string]int{}}
	f, err := New(Config{Fleet: set, Front: s.front, Seed: 40, Self: self, GuardCmd: role("guard"), Now: func() time.Duration { return time.Since(s.began) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(f)
	}
	s.Fleet = f
	if err := f.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.scale(set.Min)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := f.Close(ctx); err != nil {
			t.Error(err)
		}
		s.look()
		for id, in := range s.seen {
			if in.PID != 0 && running(in.PID) {
				t.Errorf("%s: process %d is still there", id, in.PID)
			}
		}
		if t.Failed() {
			for _, e := range s.events {
				t.Logf("%v %s: %s", e.At, e.Kind, e.Text)
			}
		}
	})
	return s
}

func (s *stand) look() {
	list, events := s.Observe(time.Since(s.began))
	s.now = list
	for _, in := range list {
		s.seen[in.ID] = in
		if !in.Alive() {
			s.ended[in.ID]++
		}
	}
	s.events = append(s.events, events...)
}

// until looks until the condition holds.
func (s *stand) until(what string, holds func() bool) {
	s.t.Helper()
	eventually(s.t, what, func() bool {
		s.look()
		return holds()
	})
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func (s *stand) state(id string) lab.State { return s.seen[id].State }

func (s *stand) ready(ids ...string) func() bool {
	return func() bool {
		var got []string
		for _, in := range s.now {
			if in.Serving() {
				got = append(got, in.ID)
			}
		}
		return slices.Equal(got, ids)
	}
}

// told is the text of the first event of that kind about the instance.
func (s *stand) told(kind lab.EventKind, id string) string {
	for _, e := range s.events {
		if e.Kind == kind && e.Instance == id {
			return e.Text
		}
	}
	return ""
}

func (s *stand) do(kind lab.ActionKind, id string) {
	s.t.Helper()
	if err := s.Apply(s.t.Context(), lab.Action{Kind: kind, Target: id}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) scale(n int) {
	s.t.Helper()
	if err := s.Scale(s.t.Context(), n); err != nil {
		s.t.Fatal(err)
	}
}

func get(t *testing.T, url string) []string {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out []string
	json.NewDecoder(res.Body).Decode(&out)
	return out
}

func TestAnInstanceBecomesReadyAndIsMeasured(t *testing.T) {
	s := build(t, testSet(), role("app"))
	s.until("i1 serves", s.ready("i1"))
	if s.front.count("admit i1") != 1 {
		t.Errorf("admitted %d times", s.front.count("admit i1"))
	}
	if err := s.Apply(t.Context(), lab.Action{Kind: lab.ActSet, Target: "fleet", Name: "work", To: "7ms"}); err != nil {
		t.Fatal(err)
	}
	s.scale(2)
	s.until("i2 serves", s.ready("i1", "i2"))
	for id, of := range map[string]struct{ work, seed string }{"i1": {"4ms", "41"}, "i2": {"7ms", "42"}} {
		_, port, _ := net.SplitHostPort(s.seen[id].Addr)
		want := []string{"{0.2 " + of.work + " 0s 256 1 fixed " + of.seed + "}", "1", "--port " + port + " --size 0.2 --work " + of.work}
		if got := get(t, "http://"+s.seen[id].Addr+"/given"); !slices.Equal(got, want) {
			t.Errorf("%s was given %q, want %q", id, got, want)
		}
	}
	get(t, "http://"+s.seen["i1"].Addr+"/burn")
	s.until("a busy one shows", func() bool {
		in := s.seen["i1"]
		return in.CPU.OK && in.CPU.Value > 0.5 && in.Memory.OK && in.Memory.Value > 1e6
	})
	s.until("starvation is known", func() bool { return s.seen["i1"].Starved.OK })
	if v := s.seen["i1"].Starved.Value; v < 0.05 || v > 0.15 {
		t.Errorf("starved %v of its size, want about 0.1", v)
	}
	if got := s.told(lab.EventReady, "i1"); !strings.HasPrefix(got, "1 :") || !strings.Contains(got, " ready after ") {
		t.Errorf("event says %q", got)
	}
}

func TestTheFirstCPUReadingIsUnknown(t *testing.T) {
	s := build(t, testSet(), role("app"))
	for s.look(); s.now[0].PID == 0; s.look() {
	}
	if s.now[0].CPU.OK {
		t.Error("known at the first look")
	}
}

func TestScalingTakesTheNewestAndDrainsFirst(t *testing.T) {
	s := build(t, testSet(), role("app"))
	s.scale(4)
	s.until("four serve", s.ready("i1", "i2", "i3", "i4"))
	s.front.carry("i4", 1, 0)
	s.scale(1)
	s.until("two have gone", func() bool { return s.state("i2") == lab.Gone && s.state("i3") == lab.Gone })
	if s.state("i4") != lab.Draining || !running(s.seen["i4"].PID) {
		t.Fatalf("i4 is %v although a request is in flight", s.state("i4"))
	}
	s.front.carry("i4", 0, 0)
	s.until("i4 has gone", func() bool { return s.state("i4") == lab.Gone })
	s.look()
	if !s.ready("i1")() || len(s.now) != 1 {
		t.Errorf("left: %+v", s.now)
	}
	for _, id := range []string{"i2", "i3", "i4"} {
		if s.ended[id] != 1 {
			t.Errorf("the end of %s was reported %d times", id, s.ended[id])
		}
	}
}

func TestTheDrainLimitEndsWaiting(t *testing.T) {
	set := testSet()
	set.DrainLimit = 50 * time.Millisecond
	s := build(t, set, role("app"))
	s.until("i1 serves", s.ready("i1"))
	s.front.carry("i1", 3, 0)
	s.scale(0)
	s.until("i1 has gone", func() bool { return s.state("i1") == lab.Gone })
	if got := s.told(lab.EventGone, "i1"); !strings.Contains(got, "with 3 requests unanswered") {
		t.Errorf("event says %q", got)
	}
	if s.front.count("evict i1") != 1 {
		t.Error("still in the pool")
	}
}

func TestWhatIgnoresSIGTERMIsKilled(t *testing.T) {
	s := build(t, testSet(), role("stubborn"), func(f *Fleet) { f.pace.grace = 50 * time.Millisecond })
	s.until("i1 serves", s.ready("i1"))
	s.scale(0)
	s.until("i1 has gone", func() bool { return s.state("i1") == lab.Gone })
	if got := s.told(lab.EventGone, "i1"); !strings.Contains(got, "after SIGTERM") {
		t.Errorf("event says %q", got)
	}
}

func TestDrainReplacesUnlessFewerAreWanted(t *testing.T) {
	s := build(t, testSet(), role("app"))
	s.scale(2)
	s.until("two serve", s.ready("i1", "i2"))
	s.do(lab.ActDrain, "i1")
	s.until("another has its place", s.ready("i2", "i3"))
	s.scale(1)
	s.until("the newest has gone", s.ready("i2"))
}

func TestTakenPortsAreSkippedAndFreedOnesUsedAgain(t *testing.T) {
	held, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	set := testSet()
	set.BasePort = held.Addr().(*net.TCPAddr).Port
	s := build(t, set, role("app"))
	s.until("i1 serves", s.ready("i1"))
	port := s.seen["i1"].Addr
	if port == held.Addr().String() {
		t.Fatal("took a port that is taken")
	}
	s.do(lab.ActKill, "i1")
	s.until("i2 serves", s.ready("i2"))
	if got := s.seen["i2"].Addr; got != port {
		t.Errorf("i2 is on %s, want %s again", got, port)
	}
}

// Many a user's server cannot bind a port while an old connection lingers
// there (TIME_WAIT).
func TestAUsersCommandIsSparedALingeringPort(t *testing.T) {
	linuxOnly(t)
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp4", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	io.Copy(io.Discard, client)
	client.Close()
	ln.Close()
	set := testSet()
	set.BasePort = ln.Addr().(*net.TCPAddr).Port
	f := &Fleet{patience: t.Context(), ports: map[int]bool{}}
	for _, app := range [][]string{nil, {"server"}} {
		set.App = app
		got, err := f.claim(set)
		if err != nil {
			t.Fatal(err)
		}
		port := got.Addr().(*net.TCPAddr).Port
		got.Close()
		f.release(port)
		if lingers := port == set.BasePort; lingers != (app == nil) {
			t.Errorf("command %q is given port %d, where one lingers on %d", app, port, set.BasePort)
		}
	}
}

func TestAKilledInstanceIsReplaced(t *testing.T) {
	s := build(t, testSet(), role("app"))
	s.until("i1 serves", s.ready("i1"))
	killed := time.Now()
	syscall.Kill(s.seen["i1"].PID, syscall.SIGKILL)
	eventually(t, "it is out of the pool", func() bool { return s.front.count("evict i1") == 1 })
	evicted := time.Since(killed)
	s.until("i2 serves", s.ready("i2"))
	t.Logf("evicted after %v, replaced after %v", evicted, time.Since(killed))
	if got := s.told(lab.EventFailed, "i1"); !strings.Contains(got, "SIGKILL") {
		t.Errorf("event says %q", got)
	}
	s.look()
	if s.ended["i1"] != 1 {
		t.Errorf("its end was reported %d times", s.ended["i1"])
	}
}

func TestKillingByHandIsNoCrash(t *testing.T) {
	s := build(t, testSet(), role("app"))
	for i := 1; i <= crashes+1; i++ {
		id := fmt.Sprintf("i%d", i)
		s.until(id+" serves", s.ready(id))
		s.do(lab.ActKill, id)
	}
	id := fmt.Sprintf("i%d", crashes+2)
	s.until(id+" serves", s.ready(id))
	if note := s.seen[id].Note; note != "" {
		t.Errorf("noted %q", note)
	}
	if got := s.told(lab.EventFailed, "i1"); !strings.Contains(got, "killed by hand") {
		t.Errorf("event says %q", got)
	}
}

func TestWhatExitsAtStartIsCrashLooping(t *testing.T) {
	s := build(t, testSet(), role("crash"))
	s.until("it says so", func() bool {
		return slices.ContainsFunc(s.now, func(in lab.Instance) bool {
			return in.State == lab.Starting && strings.HasPrefix(in.Note, "crash-looping: exit status 3, backs off")
		})
	})
	if s.Logs("i1")[1] != "no such table" {
		t.Errorf("logs of i1: %q", s.Logs("i1"))
	}
	last := s.told(lab.EventFailed, fmt.Sprintf("i%d", crashes))
	for _, want := range []string{"exit status 3", "crash-looping", "last lines: reading the settings ⏎ no such table"} {
		if !strings.Contains(last, want) {
			t.Errorf("event says %q, want %q in it", last, want)
		}
	}
	for _, c := range s.front.calls {
		if strings.HasPrefix(c, "admit") {
			t.Error("one was admitted")
		}
	}
}

func TestBackOffGrowsToItsLimit(t *testing.T) {
	var l line
	for n, most := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 100, 100} {
		most *= 100 * time.Millisecond
		if got := l.exit(time.Duration(n)*time.Second, "exit status 1"); got > most || got < most/2 {
			t.Errorf("exit %d: waits %v, want %v to %v", n+1, got, most/2, most)
		}
		if looping := l.looping != ""; looping != (n+1 >= crashes) {
			t.Errorf("exit %d: crash-looping %v", n+1, looping)
		}
	}
	l = line{}
	for n := range 10 {
		l.exit(time.Duration(n)*(crashWindow/(crashes-1)+time.Second), "")
	}
	if l.looping != "" {
		t.Error("crash-looping although the exits are far apart")
	}
}

func TestASlowStarterIsNotRoutedBeforeItIsReadyNorStartedTwice(t *testing.T) {
	s := build(t, testSet(), role("slow"))
	s.until("i1 serves", func() bool {
		s.scale(1)
		if s.front.count("admit i1") == 0 && s.state("i1") != lab.Starting && s.state("i1") != lab.Ready {
			t.Fatalf("i1 is %v", s.state("i1"))
		}
		return s.ready("i1")()
	})
	if len(s.seen) != 1 {
		t.Errorf("%d were started for one wish", len(s.seen))
	}
}

func TestOneThatNeverAnswersIsKilledAndReplaced(t *testing.T) {
	set := testSet()
	set.StartTimeout = 100 * time.Millisecond
	s := build(t, set, role("slow"))
	s.until("i1 has failed", func() bool { return s.state("i1") == lab.Failed })
	if got := s.told(lab.EventFailed, "i1"); !strings.Contains(got, "no answer within 100 ms") {
		t.Errorf("event says %q", got)
	}
}

// The real times: out of the pool within 3 s of a SIGSTOP.
func TestAHungInstanceLeavesThePoolAndIsReplaced(t *testing.T) {
	set := testSet()
	set.HangKill = 200 * time.Millisecond
	s := build(t, set, role("app"))
	s.until("i1 serves", s.ready("i1"))
	syscall.Kill(s.seen["i1"].PID, syscall.SIGSTOP)
	stopped := time.Now()
	s.until("i1 is hung", func() bool { return s.seen["i1"].Hung })
	t.Logf("hung after %v", time.Since(stopped))
	eventually(t, "it is out of the pool", func() bool { return s.front.count("evict i1") > 0 })
	s.until("i2 serves", s.ready("i2"))
	if got := s.told(lab.EventFailed, "i1"); !strings.Contains(got, "hung for") {
		t.Errorf("event says %q", got)
	}
}

func TestOneHungByHandIsLetGoAgain(t *testing.T) {
	set := testSet()
	set.HangKill = 0
	s := build(t, set, role("app"), quick)
	s.until("i1 serves", s.ready("i1"))
	s.do(lab.ActHang, "i1")
	s.until("i1 is hung", func() bool { return s.seen["i1"].Hung && s.seen["i1"].ByHand })
	eventually(t, "it is out of the pool", func() bool { return s.front.count("evict i1") == 1 })
	s.do(lab.ActResume, "i1")
	s.until("i1 is back", s.ready("i1"))
	eventually(t, "it is back in the pool", func() bool { return s.front.count("admit i1") == 2 })
	if s.told(lab.EventBack, "i1") == "" || s.seen["i1"].ByHand {
		t.Errorf("events: %v", s.events)
	}
}

func TestWhatTheBalancerSawIsASignOfLife(t *testing.T) {
	set := testSet()
	set.HangKill = time.Minute
	s := build(t, set, role("app"), quick)
	s.until("i1 serves", s.ready("i1"))
	s.do(lab.ActHang, "i1")
	s.until("i1 is hung", func() bool { return s.seen["i1"].Hung })
	s.front.carry("i1", 1, time.Since(s.began))
	s.until("i1 is back", s.ready("i1"))
}

// quick makes an instance hung sooner than in life.
func quick(f *Fleet) {
	f.pace.probe, f.pace.judge, f.pace.hung, f.pace.busy = 50*time.Millisecond, 20*time.Millisecond, 400*time.Millisecond, 2*time.Second
}

func TestAUsersServerThatBurnsCPUIsGivenLonger(t *testing.T) {
	set := testSet()
	set.App, set.HangKill = role("user", "{port}"), time.Minute
	s := build(t, set, nil, quick)
	s.until("i1 serves", s.ready("i1"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	addr := s.seen["i1"].Addr
	go func() {
		_, _, err := ask(ctx, addr, "/burn")
		done <- err
	}()
	s.until("i1 is hung", func() bool { return s.seen["i1"].Hung })
	s.mu.Lock()
	silent := s.list[0].hungAt - s.list[0].answered
	s.mu.Unlock()
	if silent < s.pace.busy {
		t.Errorf("hung after %v, want at least %v", silent, s.pace.busy)
	}
	cancel()
	<-done
}

func TestScaleInTakesAHungOneFirst(t *testing.T) {
	set := testSet()
	set.Min = 2
	s := build(t, set, role("app"), quick)
	s.until("two serve", s.ready("i1", "i2"))
	s.do(lab.ActHang, "i1")
	s.until("i1 is hung", func() bool { return s.seen["i1"].Hung })
	s.scale(1)
	s.until("i1 has gone", func() bool { return s.state("i1") == lab.Gone })
	s.look()
	if !s.ready("i2")() {
		t.Errorf("left: %+v", s.now)
	}
}

func TestAFloodOfOutputBlocksNobody(t *testing.T) {
	s := build(t, testSet(), role("app"))
	s.until("i1 serves", s.ready("i1"))
	get(t, "http://"+s.seen["i1"].Addr+"/flood") // returns when all is written
	eventually(t, "the last line is there", func() bool {
		lines := s.Logs("i1")
		return len(lines) == 2 && len(lines[0]) == lineBytes && lines[1] == "flooded"
	})
}

func TestAUsersCommand(t *testing.T) {
	linuxOnly(t)
	set := testSet()
	dir := t.TempDir()
	set.App, set.Env, set.Cwd, set.Size = role("forker", "{port}"), []string{"COLOUR=blue"}, dir, 1
	s := build(t, set, nil)
	s.until("i1 serves, though / is not found", s.ready("i1"))
	in := s.seen["i1"]
	if in.Enforced {
		t.Error("says that it keeps itself within its size")
	}
	port := in.Addr[strings.LastIndexByte(in.Addr, ':')+1:]
	if got, want := get(t, "http://"+in.Addr+"/env"), []string{port, "blue", dir}; !slices.Equal(got, want) {
		t.Errorf("environment %q, want %q", got, want)
	}
	var stray int
	eventually(t, "its child is known", func() bool {
		for _, line := range s.Logs("i1") {
			fmt.Sscanf(line, "stray %d", &stray)
		}
		return stray > 0
	})
	s.until("its child's CPU counts", func() bool { return s.seen["i1"].CPU.OK && s.seen["i1"].CPU.Value > 0.05 })
	s.scale(0)
	s.until("i1 has gone", func() bool { return s.state("i1") == lab.Gone })
	if running(stray) {
		t.Error("the child that left its group is still there")
	}
}

func TestAUsersCommandIsGivenAnotherPort(t *testing.T) {
	var held []net.Listener
	defer func() {
		for _, ln := range held {
			ln.Close()
		}
	}()
	grabs := 2
	grab := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if grabs--; grabs >= 0 {
			ln, err := net.Listen("tcp4", "127.0.0.1:"+r.URL.Path[1:])
			if err != nil {
				t.Error(err)
				return
			}
			held = append(held, ln)
		}
	}))
	defer grab.Close()
	set := testSet()
	set.App, set.Env = role("grabbed", "{port}"), []string{"GRAB=" + grab.URL + "/"}
	// The one who took the port does not answer, as this test sees it.
	s := build(t, set, nil, func(f *Fleet) { f.pace.first = 50 * time.Millisecond })
	s.until("i1 serves on its third port", s.ready("i1"))
	if len(held) != 2 || !strings.Contains(s.told(lab.EventWarning, "i1"), "port taken") {
		t.Errorf("%d ports were taken; event says %q", len(held), s.told(lab.EventWarning, "i1"))
	}
}

func TestNoNewInstanceWhenTheHostIsShortOfMemory(t *testing.T) {
	var mu sync.Mutex
	free := 0.05
	s := build(t, testSet(), role("app"), func(f *Fleet) {
		f.pace.probe = 10 * time.Millisecond
		f.freeMemory = func() (float64, bool) {
			mu.Lock()
			defer mu.Unlock()
			return free, true
		}
	})
	s.scale(2)
	s.until("both wait", func() bool {
		return len(s.now) == 2 && s.now[0].Note == "waits for memory" && s.now[1].Note == "waits for memory"
	})
	said := 0
	for _, e := range s.events {
		if e.Kind == lab.EventWarning {
			said++
		}
	}
	if said != 1 {
		t.Errorf("said %d times", said)
	}
	mu.Lock()
	free = 0.5
	mu.Unlock()
	s.until("both serve", s.ready("i1", "i2"))
}

func TestBadInputStartsNothing(t *testing.T) {
	file := t.TempDir() + "/plain"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*lab.Fleet){
		"app: no such command":    func(s *lab.Fleet) { s.App = []string{"no-such-command-anywhere"} },
		"app: not executable":     func(s *lab.Fleet) { s.App = []string{file} },
		"app: docker run":         func(s *lab.Fleet) { s.App = []string{"/usr/bin/docker", "run", "nginx"} },
		"cwd: not there":          func(s *lab.Fleet) { s.Cwd = file + "/no" },
		"cwd: a file":             func(s *lab.Fleet) { s.Cwd = file },
		"env: no =":               func(s *lab.Fleet) { s.Env = []string{"COLOUR"} },
		"ready-path: relative":    func(s *lab.Fleet) { s.ReadyPath = "health" },
		"ready-path: two lines":   func(s *lab.Fleet) { s.ReadyPath = "/\r\nX: y" },
		"size: nothing":           func(s *lab.Fleet) { s.Size = 0 },
		"min: above max":          func(s *lab.Fleet) { s.Min = 9 },
		"max: too many":           func(s *lab.Fleet) { s.Max = 1000 },
		"base-port: too high":     func(s *lab.Fleet) { s.BasePort = 70000 },
		"drain: negative":         func(s *lab.Fleet) { s.DrainLimit = -1 },
		"start-timeout: negative": func(s *lab.Fleet) { s.StartTimeout = -1 },
	} {
		t.Run(field, func(t *testing.T) {
			set := testSet()
			set.App = role("user")
			change(&set)
			_, err := New(Config{Fleet: set, Front: newFront(), Now: func() time.Duration { return 0 }})
			var bad *lab.InputError
			if want, _, _ := strings.Cut(field, ":"); !errors.As(err, &bad) || bad.Field != want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBootIsAddedToTheTimeItMayTake(t *testing.T) {
	set := testSet()
	set.StartTimeout, set.Boot, set.Size = 100*time.Millisecond, time.Minute, 0.05
	if got := patience(&set); got != 2*time.Minute+100*time.Millisecond {
		t.Errorf("%v of the built-in app", got)
	}
	set.App = []string{"server"}
	if got := patience(&set); got != set.StartTimeout {
		t.Errorf("%v of a user's command", got)
	}
}

// A guard that ends before it has read its first line.
func TestAGuardThatFailsIsNotLeftBehind(t *testing.T) {
	linuxOnly(t)
	zombies := func() (n int) {
		for _, p := range process.List() {
			if p.Parent == os.Getpid() && p.Zombie {
				n++
			}
		}
		return n
	}
	before := zombies()
	more := strings.Repeat("x", 1<<20) // than a pipe holds
	if g, err := startGuard(role("crash"), more); err == nil || g != nil {
		t.Fatalf("started: %v", err)
	}
	if now := zombies(); now > before {
		t.Errorf("%d processes that nobody waits for", now-before)
	}
}

func TestAnUnknownInstanceIsBadInput(t *testing.T) {
	s := build(t, testSet(), role("app"))
	for _, kind := range []lab.ActionKind{lab.ActKill, lab.ActHang, lab.ActResume, lab.ActDrain} {
		var bad *lab.InputError
		if err := s.Apply(t.Context(), lab.Action{Kind: kind, Target: "i99"}); !errors.As(err, &bad) {
			t.Errorf("%s: got %v", kind, err)
		}
	}
	var bad *lab.InputError
	if err := s.Apply(t.Context(), lab.Action{Kind: lab.ActSet, Target: "fleet", Name: "size", To: "0"}); !errors.As(err, &bad) {
		t.Errorf("a size of 0: got %v", err)
	}
}

func TestCloseWaitsForRequestsAndCanBeHurried(t *testing.T) {
	s := build(t, testSet(), role("app"))
	s.until("i1 serves", s.ready("i1"))
	s.front.carry("i1", 1, 0)
	ctx, cancel := context.WithCancel(t.Context())
	closed := make(chan error)
	go func() { closed <- s.Close(ctx) }()
	eventually(t, "it drains", func() bool { return s.front.count("drain i1") == 1 })
	select {
	case <-closed:
		t.Fatal("closed with a request in flight")
	default:
	}
	cancel()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if running(s.seen["i1"].PID) {
		t.Error("the process is still there")
	}
}

func TestCloseOfAFleetThatNeverOpened(t *testing.T) {
	f, err := New(Config{Fleet: testSet(), Front: newFront(), Now: func() time.Duration { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAPanicIsHandedOverAndLeavesNoProcess(t *testing.T) {
	got := make(chan any, 1)
	s := build(t, testSet(), role("app"), func(f *Fleet) {
		f.cfg.Fatal = func(r any, _ []byte) { got <- r }
		f.cfg.Front.(*front).panics = true
	})
	if r := <-got; r != "front is broken" {
		t.Errorf("got %v", r)
	}
	s.look()
}
