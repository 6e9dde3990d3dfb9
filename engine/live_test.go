package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/engine"
	"autoscale-lab/engine/app"
	"autoscale-lab/engine/balancer"
	"autoscale-lab/engine/external"
	"autoscale-lab/engine/loadgen"
	"autoscale-lab/engine/local"
	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/policy"
	"autoscale-lab/store"
)

// Who fits where.
var (
	_ engine.Rig      = (*engine.Live)(nil)
	_ engine.Fleet    = (*local.Fleet)(nil)
	_ engine.Recorder = (*store.Recorder)(nil)
	_ engine.External = (*external.Host)(nil)
	_ local.Front     = (*balancer.Balancer)(nil)
	_ engine.Clock    = engine.RealClock{}
)

// The test binary is its own instance, and a user's policy.
func TestMain(m *testing.M) {
	app.RunChild()
	if len(os.Args) > 1 && os.Args[1] == "decide" {
		decide()
		return
	}
	os.Exit(m.Run())
}

// decide wants one instance while requests come or wait, and none otherwise.
func decide() {
	in := json.NewDecoder(os.Stdin)
	var hello any
	in.Decode(&hello)
	for {
		var s struct {
			Front struct {
				Offered int `json:"offered"`
				Queued  int `json:"queued"`
			} `json:"front"`
		}
		if in.Decode(&s) != nil {
			return
		}
		fmt.Printf("{\"desired\": %d}\n", min(1, s.Front.Offered+s.Front.Queued))
	}
}

// lab1 is a real session with a notebook of its own.
type lab1 struct {
	*engine.Session
	t     *testing.T
	store *store.Store
	addr  string // of the balancer
	quit  context.CancelFunc
	ended chan error
}

func start(t *testing.T, change func(*lab.Experiment)) *lab1 {
	t.Helper()
	if testing.Short() {
		t.Skip("real processes for many seconds")
	}
	e := lab.DefaultExperiment()
	e.Port, e.Fleet.BasePort = 0, 0
	change(&e)
	clock := engine.NewRealClock()
	const token = "test"
	front, err := balancer.New(balancer.Config{Now: clock.Now, Token: token, SLO: e.SLO, Hold: e.Fleet.Min == 0})
	if err != nil {
		t.Fatal(err)
	}
	fleet, err := local.New(local.Config{Fleet: e.Fleet, Front: front, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := engine.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	gen, err := loadgen.New(loadgen.Config{URL: "http://" + ln.Addr().String(), Header: http.Header{lab.LoadHeader: {token}}, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	notebook, err := store.Open(filepath.Join(t.TempDir(), "lab.db"))
	if err != nil {
		t.Fatal(err)
	}
	rig := engine.NewLive(engine.LiveConfig{
		Fleet: fleet, Front: front, Generator: gen, Listener: ln,
		Defaults: load.Defaults{Timeout: e.Timeout, MaxInFlight: e.MaxInFlight},
	})
	s, err := engine.New(engine.Config{Rig: rig, Clock: clock, Recorders: []engine.Recorder{notebook.Recorder()}, External: external.New(external.Config{}), Experiment: e})
	if err != nil {
		t.Fatal(err)
	}
	ctx, quit := context.WithCancel(t.Context())
	l := &lab1{s, t, notebook, ln.Addr().String(), quit, make(chan error, 1)}
	go func() { l.ended <- s.Run(ctx) }()
	return l
}

func (l *lab1) send(a lab.Action) {
	l.t.Helper()
	if err := l.Send(a); err != nil {
		l.t.Fatalf("%s %s: %v", a.Kind, a.To, err)
	}
}

// until waits for a tick that fulfils a condition.
func (l *lab1) until(what string, ok func(*engine.Snapshot) bool) {
	l.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if s := l.Snapshot(); s.Last() != nil && ok(s) {
			return
		}
	}
	l.t.Fatalf("%s: not within 30 s; the last tick: %+v", what, l.Snapshot().Last().Sample.Instances)
}

func serving(n int) func(*engine.Snapshot) bool {
	return func(s *engine.Snapshot) bool {
		return s.Last().Sample.Serving() == n && s.Last().Sample.Running() == n
	}
}

// end closes the session and gives the run from the notebook.
func (l *lab1) end() lab.Record {
	l.t.Helper()
	l.quit()
	if err := <-l.ended; err != nil {
		l.t.Fatal(err)
	}
	rec, err := l.store.Load(context.Background(), l.Snapshot().Record.Run.ID)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.store.Close(); err != nil {
		l.t.Fatal(err)
	}
	return rec
}

// 100 scale-ins under load fail no request.
func TestScaleInFailsNothing(t *testing.T) {
	l := start(t, func(e *lab.Experiment) {
		e.Interval, e.Fleet.Work, e.Fleet.Queue = 100*time.Millisecond, 500*time.Microsecond, 1000
		e.Load = "constant:rate=340"
	})
	l.until("the first instance", serving(1))
	l.send(lab.Action{Kind: lab.ActLoad, To: "on"})
	l.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
	for range 25 {
		l.send(lab.Action{Kind: lab.ActScale, To: "5"})
		l.until("five instances", serving(5))
		for n := 4; n >= 1; n-- {
			l.send(lab.Action{Kind: lab.ActScale, To: strconv.Itoa(n)})
			l.until(fmt.Sprintf("%d instances", n), serving(n))
		}
	}
	l.until("10,000 requests", func(s *engine.Snapshot) bool {
		var n int64
		for _, tick := range s.Record.Ticks {
			n += tick.Sample.Front.OK
		}
		return n >= 10000
	})
	rec := l.end()
	if s := rec.Run.Summary; s.Requests.Failed != 0 || s.Scale.Down != 100 || s.Requests.OK < 10000 {
		t.Errorf("%d scale-ins, %d good answers, failed: %v", s.Scale.Down, s.Requests.OK, s.Requests.ByCause)
	}
}

// Least-connections spreads an even load over five instances within 10 %.
func TestLoadIsSpread(t *testing.T) {
	l := start(t, func(e *lab.Experiment) {
		e.Fleet.Min, e.Load = 5, "constant:rate=150"
	})
	l.until("five instances", serving(5))
	l.send(lab.Action{Kind: lab.ActLoad, To: "on"})
	l.until("a thousand requests", func(s *engine.Snapshot) bool {
		var n int64
		for _, tick := range s.Record.Ticks {
			n += tick.Sample.Front.OK
		}
		return n >= 1000
	})
	each, total := map[int]int64{}, int64(0)
	for _, tick := range l.end().Ticks {
		for _, i := range tick.Sample.Instances {
			each[i.Num] += i.Traffic.OK
			total += i.Traffic.OK
		}
	}
	for num, n := range each {
		if mean := total / 5; n < mean*9/10 || n > mean*11/10 {
			t.Errorf("instance %d answered %d, the mean is %d", num, n, mean)
		}
	}
}

// A run read back from the notebook and decided again gives the decisions
// that were made.
func TestStoredRunDecidedAgain(t *testing.T) {
	l := start(t, func(e *lab.Experiment) {
		e.Interval = 100 * time.Millisecond
		e.Policy = "threshold:cooldown=500ms,resolution=300ms"
	})
	l.until("the first instance", serving(1))
	l.send(lab.Action{Kind: lab.ActSet, Target: "load", Name: "rate", To: "90"})
	l.send(lab.Action{Kind: lab.ActLoad, To: "on"})
	l.until("three instances", func(s *engine.Snapshot) bool { return s.Last().Sample.Serving() >= 3 })
	l.send(lab.Action{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "60"})
	l.send(lab.Action{Kind: lab.ActSet, Target: "load", Name: "rate", To: "5"})
	l.until("one instance", serving(1))
	rec := l.end()
	again, err := policy.Redecide(rec)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rec.Ticks, again); diff != "" {
		t.Errorf("decided otherwise (-recorded +again):\n%s", diff)
	}
}

// A request to none at all is held, calls for the first instance by way of the
// user's own program, and is answered; then there is none again.
func TestFromZeroAndBack(t *testing.T) {
	l := start(t, func(e *lab.Experiment) {
		e.Interval, e.Fleet.Min = 200*time.Millisecond, 0
		e.Policy = "exec:command=" + strconv.Quote(os.Args[0]) + " decide"
	})
	l.until("a tick with nobody", func(s *engine.Snapshot) bool { return s.Last() != nil && s.Last().Sample.Running() == 0 })
	res, err := http.Get("http://" + l.addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("it was answered %s", res.Status)
	}
	l.until("nobody again", func(s *engine.Snapshot) bool {
		return s.Desired == 0 && s.Last().Sample.Running() == 0 && len(s.Last().Sample.Instances) == 0
	})
	rec := l.end()
	held, up, down := false, 0, 0
	for _, tick := range rec.Ticks {
		held = held || tick.Sample.Front.Queued == 1 && tick.Sample.Foreign.Queued == 1
		for _, e := range tick.Events {
			switch e.Kind {
			case lab.EventScaleUp:
				up++
			case lab.EventScaleDown:
				down++
			case lab.EventWarning:
				t.Errorf("warning: %s", e.Text)
			}
		}
	}
	if !held || up != 1 || down != 1 || rec.Run.Summary.Requests.Failed != 0 {
		t.Errorf("held %t, up %d, down %d: %+v", held, up, down, rec.Run.Summary)
	}
	if again, err := policy.Redecide(rec); err != nil || cmp.Diff(rec.Ticks, again) != "" {
		t.Errorf("%v; decided otherwise:\n%s", err, cmp.Diff(rec.Ticks, again))
	}
}
