package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"autoscale-lab/lab"
	"autoscale-lab/lab/capacity"
	"autoscale-lab/lab/series"
	"autoscale-lab/ui/cli/history"
	"autoscale-lab/ui/cli/shell"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"autoscale-lab": func() { os.Exit(fakeProgram()) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "refuses": refuses},
	})
}

// exits CODE PROGRAM ARG…
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		code = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// refuses PATTERN ARG…: exit code 2, one line on stderr that matches, nothing
// on stdout, and no deed called.
func refuses(ts *testscript.TestScript, _ bool, args []string) {
	exits(ts, false, append([]string{"2", "autoscale-lab"}, args[1:]...))
	said := ts.ReadFile("stderr")
	if strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "autoscale-lab: ") || len(said) > 250 {
		ts.Fatalf("not one clear line: %q", said)
	}
	if !regexp.MustCompile(args[0]).MatchString(said) {
		ts.Fatalf("%q does not match %s", said, args[0])
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout: %q", out)
	}
	if _, err := os.Stat(ts.MkAbs("calls")); err == nil {
		ts.Fatalf("something was started: %s", ts.ReadFile("calls"))
	}
}

// fakeProgram is the shell over deeds that do nothing but write down, in the
// file calls, what they were asked for.
func fakeProgram() int {
	return Main(context.Background(), os.Args[1:], shell.System(), fakeDeps())
}

func called(deed string, with any) {
	text, err := json.Marshal(with)
	if err != nil {
		panic(err)
	}
	f, err := os.OpenFile("calls", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintf(f, "%s %s\n", deed, text)
}

func fakeDeps() Deps {
	return Deps{
		Workbench: func(_ context.Context, e lab.Experiment, o Options) error {
			called("workbench", struct {
				E lab.Experiment
				O Options
			}{e, o})
			return nil
		},
		Run:       fakeRun,
		Calibrate: fakeCalibrate,
		App: func(_ context.Context, c AppConfig, status func(string)) error {
			called("app", c)
			status(fmt.Sprintf("http://%s:%d/", c.Host, c.Port))
			return nil
		},
		Load: func(_ context.Context, c LoadConfig, second func(time.Duration, lab.Traffic)) (LoadResult, error) {
			called("load", c)
			cut := lab.Traffic{Offered: 10, Arrived: 10, OK: 9, InFlight: 1, Latency: lab.Hist{{Top: 4 * time.Millisecond, N: 9}}}
			cut.Failed[lab.CauseRefused] = 1
			if strings.Contains(c.URL, "nobody") {
				cut = lab.Traffic{Offered: 10, Arrived: 10}
				cut.Failed[lab.CauseConnect] = 10
			}
			var r LoadResult
			for range 2 {
				r.Sending += time.Second
				r.Total.Add(&cut)
				second(r.Sending, cut)
			}
			r.Elapsed = r.Sending + 3*time.Second // a late answer
			r.Codes = map[int]int64{200: r.Total.OK, 503: r.Total.Failed[lab.CauseRefused]}
			r.Errors = map[string]int64{"status 503": r.Total.Failed[lab.CauseRefused]}
			return r, nil
		},
		Balance: func(_ context.Context, c BalanceConfig, status func(string)) error {
			if c.Port == 8000 {
				return &lab.InputError{Field: "port", Value: "8000", Want: "a free port"}
			}
			called("balance", c)
			status("listening on 127.0.0.1:9000")
			return nil
		},
		Guard: func(r io.Reader) error {
			text, err := io.ReadAll(r)
			called("guard", string(text))
			return err
		},
		History: history.Deps{
			Open: openFake,
			Import: func(_ context.Context, db string, rec lab.Record) (int64, error) {
				if info, err := os.Stat(db); err == nil && info.IsDir() {
					return 0, &lab.InputError{Field: "db", Value: db, Want: "a file, not a directory"}
				}
				called("import", rec)
				return 8, nil
			},
		},
		Version:    func() Version { return Version{"1.2.3", "abc123", "go1.26.0", "SQLite 3.50 (a driver)"} },
		Algorithms: []string{"least-connections", "round-robin"},
		Themes:     []string{"auto", "mono"},
	}
}

// fakeCalibrate tries four rates, of which the last cannot be trusted. An app
// "never" is never ready.
func fakeCalibrate(_ context.Context, e lab.Experiment, db string, told func(capacity.Step, bool)) (lab.Calibration, string, error) {
	if len(e.Fleet.App) > 0 && e.Fleet.App[0] == "nonesuch" {
		return lab.Calibration{}, "", &lab.InputError{Field: "app", Value: "nonesuch", Want: "a command that exists"}
	}
	called("calibrate", struct {
		E  lab.Experiment
		DB string
	}{e, db})
	if len(e.Fleet.App) > 0 && e.Fleet.App[0] == "never" {
		return lab.Calibration{}, "", errors.New("no instance became ready within 30s")
	}
	c := lab.Calibration{
		Key: "an instance", PerSecond: 38.8, Target: .8, SLO: e.SLO, Utilization: .776, P95: 9600 * time.Microsecond,
		At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Host: lab.Host{OS: "linux", CPU: "a CPU", Cores: 2},
	}
	for _, s := range []capacity.Step{
		{CalibrationStep: lab.CalibrationStep{PerSecond: 40, Served: 39.9, Utilization: lab.Known(.813, 0, 0), P95: 8400 * time.Microsecond}, Why: "CPU above 80 % of size"},
		{CalibrationStep: lab.CalibrationStep{PerSecond: 38.8, Served: 38.7, Utilization: lab.Known(.776, 0, 0), P95: 9600 * time.Microsecond, Held: true}},
		{CalibrationStep: lab.CalibrationStep{PerSecond: 1230, Failed: 7}, Why: "no good answer"},
		{CalibrationStep: lab.CalibrationStep{PerSecond: 3.5, Served: 3.5, P95: time.Second}, Why: "p95 above 200ms", Doubt: "the host's CPU is \x1b[2Jfull"},
	} {
		told(capacity.Step{CalibrationStep: lab.CalibrationStep{PerSecond: s.PerSecond}}, false)
		told(s, true)
		c.Steps = append(c.Steps, s.CalibrationStep)
	}
	return c, "/home/me/lab.db", nil
}

// fakeRun makes three ticks, of which the second scales. With upper=99 its rig
// breaks after them.
func fakeRun(_ context.Context, e lab.Experiment, script *lab.Script, db string, status func(string), tick func(lab.Tick)) (lab.Run, error) {
	if info, err := os.Stat(db); err == nil && info.IsDir() {
		return lab.Run{}, &lab.InputError{Field: "db", Value: db, Want: "a file, not a directory"}
	}
	if len(e.Fleet.App) > 0 && e.Fleet.App[0] == "nonesuch" {
		return lab.Run{}, &lab.InputError{Field: "app", Value: "nonesuch", Want: "a command that exists"}
	}
	called("run", e)
	if script != nil {
		called("script", script)
	}
	status("requests go to http://127.0.0.1:8000/")
	r := storedRun(7)
	r.Name, r.Experiment = e.Name, e
	rec := lab.Record{}
	for i := range 3 {
		t := oneTick(time.Duration(i + 1))
		rec.Ticks = append(rec.Ticks, t)
		tick(t)
	}
	r.Duration = 3 * time.Second
	rec.Run = r
	r.Summary = lab.SummaryOf(&rec)
	if e.Policy == "threshold:upper=99" {
		r.Outcome = lab.Aborted
		return r, errors.New("rig: the balancer is gone")
	}
	return r, nil
}

func oneTick(n time.Duration) lab.Tick {
	s := lab.Sample{At: n * time.Second, Span: time.Second, Desired: 1, Limits: lab.Limits{Min: 1, Max: 5}}
	s.Generator = lab.Traffic{Offered: 60, Arrived: 60, OK: 58, Latency: lab.Hist{{Top: 9 * time.Millisecond, N: 58}}}
	s.Generator.Failed[lab.CauseTimeout] = 2
	s.Front = lab.Traffic{Offered: 60, Arrived: 60, OK: 58}
	s.Instances = []lab.Instance{{ID: "i1", PID: 41, State: lab.Ready, CPU: lab.Known(.36, s.At, s.Span)}}
	t := lab.Tick{Sample: s, Decision: lab.Decision{Desired: 1}}
	if n == 2 {
		t.Decision = lab.Decision{Desired: 2, Reason: "CPU 36 % > 35 %: 1 → 2"}
		t.Events = []lab.Event{{At: s.At, Kind: lab.EventScaleUp, By: lab.ByPolicy, Text: t.Decision.Reason}}
	}
	if n == 3 {
		t.Sample.Desired, t.Decision.Desired = 2, 2
	}
	return t
}

func storedRun(id int64) lab.Run {
	e := lab.DefaultExperiment()
	return lab.Run{
		ID: id, Outcome: lab.Completed, Began: time.Date(2026, 1, 2, 3, 4, 5, int(id), time.UTC), Duration: time.Minute,
		Experiment: e, Policy: "threshold", Load: e.Load, Rig: "local",
		Host: lab.Host{OS: "linux", Kernel: "6.1", CPU: "a CPU", Cores: 2, MemoryMB: 4096}, Version: "1.2.3", Commit: "abc123",
	}
}

// fakeHistory is a notebook of three runs.
type fakeHistory struct{ path string }

func openFake(_ context.Context, path string) (history.Notebook, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, &lab.InputError{Field: "db", Value: path, Want: "a file, not a directory"}
	}
	if path == "" {
		path = "/usual/lab.db"
	}
	return fakeHistory{path}, nil
}

func (h fakeHistory) List(_ context.Context, limit int, before int64) ([]lab.Run, error) {
	called("list", fmt.Sprint(limit, before))
	if h.path == "empty.db" || before > 0 {
		return nil, nil
	}
	a, b, c := storedRun(3), storedRun(2), storedRun(1)
	a.Name, a.Baseline = "\x1b[31mred\x1b[0m", true
	b.Outcome, b.Load = lab.Crashed, "constant:rate=240"
	p95, cpu := 12.5, 36.2
	c.Summary.Latency.P95, c.Summary.Utilization.P95Pct = &p95, &cpu
	c.Summary.Instances = lab.InstanceSummary{Min: 1, Max: 5}
	return []lab.Run{a, b, c}, nil
}

func (h fakeHistory) Get(_ context.Context, id int64) (lab.Run, error) {
	if id > 4 {
		return lab.Run{}, &lab.InputError{Field: "run", Value: fmt.Sprint(id), Want: "a run in the history"}
	}
	r := storedRun(id)
	if id == 3 {
		r.Experiment.Load = "constant:rate=240"
	}
	return r, nil
}

func (h fakeHistory) Load(ctx context.Context, id int64) (lab.Record, error) {
	r, err := h.Get(ctx, id)
	if id == 4 {
		return lab.Record{Run: r}, err // died at once
	}
	ticks := []lab.Tick{oneTick(1), oneTick(2)}
	if id == 3 {
		r.Rig = series.Rig
		for i := range ticks {
			ticks[i].Shadows = []lab.Shadow{{Policy: "hpa:target=60%", Decision: lab.Decision{Desired: 4}}}
		}
	}
	return lab.Record{Run: r, Ticks: ticks}, err
}

func (fakeHistory) SetName(_ context.Context, id int64, name string) error {
	called("name", fmt.Sprint(id, " ", name))
	return nil
}

func (fakeHistory) SetNote(_ context.Context, id int64, note string) error {
	called("note", fmt.Sprint(id, " ", note))
	return nil
}

func (h fakeHistory) Baseline(context.Context) (lab.Run, bool, error) {
	r := storedRun(3)
	r.Baseline = true
	return r, h.path != "empty.db", nil
}

func (fakeHistory) SetBaseline(_ context.Context, id int64, on bool) error {
	called("baseline", fmt.Sprint(id, " ", on))
	return nil
}

func (fakeHistory) Delete(_ context.Context, ids ...int64) error {
	called("delete", ids)
	return nil
}

func (fakeHistory) Prune(_ context.Context, o history.PruneOptions) ([]int64, error) {
	called("prune", o)
	if o.Keep == 1000 {
		return nil, nil
	}
	return []int64{1, 2, 3, 5}, nil
}

func (fakeHistory) Backup(_ context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return &lab.InputError{Field: "file", Value: path, Want: "a file that is not there yet"}
	}
	called("backup", path)
	return nil
}

func (h fakeHistory) Path() string       { return h.path }
func (fakeHistory) Size() (int64, error) { return 12_300_000, nil }
func (fakeHistory) Free() (int64, error) { return 4096, nil }
func (fakeHistory) Close() error         { called("close", nil); return nil }
