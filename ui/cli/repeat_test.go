package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/series"
	"autoscale-lab/ui/cli/history"
	"autoscale-lab/ui/cli/shell"
)

// memory is a notebook in memory, and the laboratory that fills it: p95 is the
// policy's upper in ms, and a little more with each run. What is to happen in
// the last of a number of runs it is told.
type memory struct {
	fakeHistory
	records []lab.Record
	scripts []*lab.Script
	during  func(run int) error
}

func (m *memory) Load(_ context.Context, id int64) (lab.Record, error) {
	if id < 1 || id > int64(len(m.records)) {
		return lab.Record{}, &lab.InputError{Field: "run", Value: fmt.Sprint(id), Want: "a run in the history"}
	}
	return m.records[id-1], nil
}

func (m *memory) List(context.Context, int, int64) (out []lab.Run, _ error) {
	for _, r := range slices.Backward(m.records) {
		out = append(out, r.Run)
	}
	return out, nil
}

func (m *memory) Baseline(context.Context) (lab.Run, bool, error) {
	for _, r := range m.records {
		if r.Run.Baseline {
			return r.Run, true, nil
		}
	}
	return lab.Run{}, false, nil
}

func (m *memory) Close() error { return nil }

func (m *memory) deps() Deps {
	d := fakeDeps()
	d.History.Open = func(context.Context, string) (history.Notebook, error) { return m, nil }
	d.Run = func(ctx context.Context, e lab.Experiment, script *lab.Script, _ string, status func(string), tick func(lab.Tick)) (lab.Run, error) {
		status("requests go to http://127.0.0.1:8000/")
		r := storedRun(int64(len(m.records) + 1))
		r.Name, r.Experiment, r.Duration = e.Name, e, 3*time.Second
		if script != nil {
			r.Experiment.Repeats = script.Run
		}
		_, upper, _ := strings.Cut(e.Policy, "upper=")
		ms, _, _ := strings.Cut(upper, "%")
		var p95 time.Duration
		fmt.Sscan(ms, &p95)
		tally := lab.NewTally(&r)
		rec := lab.Record{}
		for i := range 3 {
			t := oneTick(time.Duration(i + 1))
			t.Sample.LoadOn = true
			t.Sample.Generator.Latency = lab.Hist{{Top: (p95 + 1) * time.Millisecond, N: 58}, {Top: (p95+1)*time.Millisecond + time.Duration(r.ID)*time.Microsecond, N: 58}}
			tally.Add(&t)
			rec.Ticks = append(rec.Ticks, t)
			tick(t)
		}
		r.Summary = tally.Summary(r.Duration)
		var err error
		if m.during != nil {
			err = m.during(int(r.ID))
		}
		switch {
		case err != nil:
			r.Outcome = lab.Aborted
		case ctx.Err() != nil:
			r.Outcome = lab.Stopped
		}
		rec.Run = r
		m.records, m.scripts = append(m.records, rec), append(m.scripts, script)
		return r, err
	}
	return d
}

func names(records []lab.Record) (out []string) {
	for _, r := range records {
		out = append(out, r.Run.Name)
	}
	return out
}

func TestASeriesGoesRoundByRound(t *testing.T) {
	m := &memory{}
	code, out, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), "run", "--repeat", "3", "--seed", "5", "--policy", "threshold:upper=60", "--policy", "threshold:upper=40", "--duration", "3")
	if code != 0 || said != "requests go to http://127.0.0.1:8000/\n" || len(m.records) != 6 {
		t.Fatalf("exit code %d, %d runs, %q", code, len(m.records), said)
	}
	first := m.records[0].Run.Experiment
	for i := 0; i < 6; i += 2 {
		a, b := m.records[i].Run, m.records[i+1].Run
		round := []string{fmt.Sprintf("threshold:upper=40 %d/3", i/2+1), fmt.Sprintf("threshold:upper=60 %d/3", i/2+1)}
		if got := slices.Sorted(slices.Values([]string{a.Name, b.Name})); !slices.Equal(got, round) {
			t.Errorf("round %d is of %q, want %q", i/2+1, got, round)
		}
	}
	for _, r := range m.records {
		if e := r.Run.Experiment; !strings.HasPrefix(e.Series, first.Series[:12]) || strings.HasSuffix(e.Series, "-b") != strings.Contains(r.Run.Name, "upper=40") || e.Load != first.Load || e.Seed != 5 || e.Repeats != 0 {
			t.Errorf("%s: series %q, load %s, seed %d", r.Run.Name, e.Series, e.Load, e.Seed)
		}
	}
	for _, want := range []string{
		"run 1 of 6: threshold:upper=", ", 18 s left in all\n",
		"\n6/6  run 6 threshold:upper=",
		"\nA  threshold:upper=60     3 ", "\nB  threshold:upper=40     3 ",
		"\nload identical\n",
		"▼ too few runs  p 0.100, least 0.100\n",
		" · 3 + 3: B below A in all (p95 ms); p = 0.10 is the least possible: nothing is claimed. Take 4, better 5, each · 3 runs each: too few to show a difference\n",
		"history compare ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("nothing of %q in\n%s", want, out)
		}
	}
	again := &memory{}
	invoke(t.Context(), t, shell.Stdio{}, again.deps(), "run", "--repeat", "3", "--seed", "5", "--policy", "threshold:upper=60", "--policy", "threshold:upper=40", "--duration", "3")
	if diff := cmp.Diff(names(m.records), names(again.records)); diff != "" || again.records[0].Run.Experiment.Series == first.Series {
		t.Errorf("the same seed, another order or the same series:\n%s", diff)
	}
}

func TestTheBaselineStandsForItsRepeats(t *testing.T) {
	m := &memory{}
	invoke(t.Context(), t, shell.Stdio{}, m.deps(), "run", "--repeat", "2", "--policy", "threshold", "--policy", "threshold", "--duration", "3")
	var a, b []int64
	for _, r := range m.records {
		if strings.HasSuffix(r.Run.Experiment.Series, "-a") {
			a = append(a, r.Run.ID)
		} else {
			b = append(b, r.Run.ID)
		}
	}
	m.records[a[0]-1].Run.Baseline = true
	for _, c := range []struct {
		args []int64
		want string
	}{
		{b, fmt.Sprintf("A  ★ 2 runs: %s threshold A, since ", report.SpellSide(a))},
		{b[:1], fmt.Sprintf("A  ★ run %d threshold A 1/2 ", a[0])},
	} {
		code, out, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), "history", "compare", report.SpellSide(c.args))
		if code != 0 || !strings.HasPrefix(out, c.want) {
			t.Errorf("%v against the baseline: %d, %q, want %q\n%s", c.args, code, said, c.want, out)
		}
	}
}

func TestASeriesAsJSON(t *testing.T) {
	for _, c := range []struct {
		says   string
		args   []string
		runs   int
		sides  int
		names  []string
		shared string
	}{
		{"of one policy", []string{"--repeat", "2", "--name", "calm"}, 2, 0, []string{"calm 1/2", "calm 2/2"}, ""},
		{"A/A", []string{"--repeat", "1", "--policy", "threshold", "--policy", "threshold"}, 2, 2, []string{"threshold A", "threshold B"}, ""},
		{"two policies, once", []string{"--policy", "threshold", "--policy", "hpa", "--name", "calm"}, 2, 2, []string{"calm hpa", "calm threshold"}, ""},
	} {
		m := &memory{}
		code, out, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), append([]string{"run", "--json"}, c.args...)...)
		var got struct {
			Runs       []struct{ ID int64 }
			Comparison *struct {
				Runs [][]int64
				Same bool `json:"load_identical"`
			}
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || said != "" {
			t.Fatalf("%s: %v, exit code %d, %q\n%s", c.says, err, code, said, out)
		}
		sides := 0
		if got.Comparison != nil {
			if sides = len(got.Comparison.Runs); !got.Comparison.Same {
				t.Errorf("%s: the load differs", c.says)
			}
		}
		if all := slices.Sorted(slices.Values(names(m.records))); len(got.Runs) != c.runs || sides != c.sides || !slices.Equal(all, c.names) {
			t.Errorf("%s: %d runs, %d sides, names %q", c.says, len(got.Runs), sides, all)
		}
	}
}

func TestWhatEndsASeries(t *testing.T) {
	args := []string{"run", "--repeat", "2", "--policy", "threshold:upper=60", "--policy", "threshold:upper=40", "--duration", "3"}
	for _, json := range []bool{false, true} {
		ctx, interrupt := context.WithCancel(t.Context())
		m := &memory{during: func(run int) error {
			if run == 2 {
				interrupt()
			}
			return nil
		}}
		with := args
		if json {
			with = append(args[:len(args):len(args)], "--json")
		}
		code, out, _ := invoke(ctx, t, shell.Stdio{}, m.deps(), with...)
		if code != 130 || len(m.records) != 2 || m.records[1].Run.Outcome != lab.Stopped {
			t.Errorf("interrupted: exit code %d, %d runs", code, len(m.records))
		}
		if want := map[bool]string{false: "\nstopped: 2 of 4 runs are not made\n", true: "\"comparison\": null\n}\n"}[json]; !strings.HasSuffix(out, want) {
			t.Errorf("interrupted: %s", out)
		}
	}

	m := &memory{during: func(run int) error {
		if run == 3 {
			return errors.New("rig: the balancer is gone")
		}
		return nil
	}}
	code, out, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), args...)
	if code != 1 || len(m.records) != 3 || !strings.Contains(out, "stopped: 1 of 4 runs") || !strings.HasSuffix(said, "autoscale-lab: rig: the balancer is gone\n") {
		t.Errorf("a run that fails: exit code %d, %d runs, %q", code, len(m.records), said)
	}

	m = &memory{}
	code, out, said = invoke(t.Context(), t, shell.Stdio{}, m.deps(), append(args, "--expect", "latency_ms.p95<50")...)
	if code != 1 || len(m.records) != 4 || strings.Count(said, "expected latency_ms.p95 < 50, found 61") != 2 || !strings.Contains(said, "autoscale-lab: run ") || !strings.Contains(out, "load identical") {
		t.Errorf("not as expected: exit code %d, %d runs, %q", code, len(m.records), said)
	}
}

func TestProgressOfASeriesStaysOnOneLine(t *testing.T) {
	t.Setenv("TERM", "xterm")
	for _, width := range []int{30, 120} {
		m := &memory{}
		_, _, bar := invoke(t.Context(), t, shell.Stdio{ErrTTY: true, Width: width}, m.deps(), "run", "--repeat", "2", "--policy", "threshold:upper=60,lower=20,cooldown=5s", "--duration", "3")
		_, bar, _ = strings.Cut(bar, "/\n") // where requests go
		frames := strings.Split(bar, "\r")
		for _, f := range frames {
			if w := ansi.StringWidth(f); w >= width || strings.Contains(f, "\n") {
				t.Errorf("%d of %d columns: %q", w, width, f)
			}
		}
		if width == 120 && (!strings.HasPrefix(frames[1], "1/2 threshold:upper=60,lower=20,c… ██░░░░░░ 5 s left") || !strings.Contains(bar, "2/2 threshold:upper=60,lower=20,c… ░░░░░░░░ 3 s left  starting")) {
			t.Errorf("frames %q", frames)
		}
	}
}

// a run with every setting turned.
func turned() lab.Record {
	m := &memory{}
	d := m.deps()
	e := lab.DefaultExperiment()
	e.Name, e.Policy, e.Shadows, e.Speed, e.Load, e.Balance, e.ByHand = "mine 1/5", "threshold:upper=60%", []string{"hpa"}, 10, "constant:rate=40,spacing=poisson", "round-robin", true
	e.Fleet.Min, e.Fleet.Max, e.Fleet.Boot, e.Fleet.Queue, e.Fleet.WorkDist, e.Fleet.DrainLimit = 2, 9, 3*time.Second, 16, "exp", 4*time.Second
	e.Port, e.Interval, e.Duration, e.Timeout, e.SLO, e.MaxInFlight, e.Seed, e.Repeats, e.Series, e.Calibrated, e.Price = 9000, 2*time.Second, 0, 7*time.Second, 90*time.Millisecond, 77, 12, 3, "abc", 44, 0.3
	d.Run(context.Background(), e, nil, "", func(string) {}, func(lab.Tick) {})
	return m.records[0]
}

func TestARerunHasTheSettingsOfTheRun(t *testing.T) {
	own := turned()
	own.Run.Experiment.Fleet.App, own.Run.Experiment.Fleet.Env, own.Run.Experiment.Fleet.Size = []string{"python3", "a b.py"}, []string{"A=1"}, 2
	for _, c := range []struct {
		says   string
		of     lab.Record
		args   []string
		change func(*lab.Experiment)
		length time.Duration
	}{
		{"as it was", turned(), nil, func(*lab.Experiment) {}, 3 * time.Second},
		{"under another policy, which then scales", turned(), []string{"--policy", "hpa:target=60"}, func(e *lab.Experiment) { e.Policy, e.ByHand = "hpa:target=60", false }, 3 * time.Second},
		{"what flags name", turned(), []string{"--min", "1", "--boot", "0", "--speed", "1", "--shadow", "manual", "--balance", "least-connections", "--slo", "100", "--name", "x"}, func(e *lab.Experiment) {
			e.Name, e.Fleet.Min, e.Fleet.Boot, e.Speed, e.Shadows, e.Balance, e.SLO = "x", 1, 0, 1, []string{"manual"}, "least-connections", 100*time.Millisecond
		}, 3 * time.Second},
		{"cut short", turned(), []string{"--duration", "2"}, func(e *lab.Experiment) { e.Duration = 2 * time.Second }, 2 * time.Second},
		{"of the user's own app", own, []string{"--max", "4", "--env", "A=2"}, func(e *lab.Experiment) { e.Fleet.Max, e.Fleet.Env = 4, []string{"A=2"} }, 3 * time.Second},
	} {
		m := &memory{records: []lab.Record{c.of}, scripts: []*lab.Script{nil}}
		code, out, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), append([]string{"history", "rerun", "1"}, c.args...)...)
		if code != 0 || len(m.records) != 2 {
			t.Errorf("%s: exit code %d, %q", c.says, code, said)
			continue
		}
		want := c.of.Run.Experiment
		want.Name, want.Repeats, want.Series = "run 1 again", 1, ""
		c.change(&want)
		if diff := cmp.Diff(want, m.records[1].Run.Experiment); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.says, diff)
		}
		script := lab.ScriptOf(c.of)
		script.Duration = c.length
		if diff := cmp.Diff(&script, m.scripts[1]); diff != "" {
			t.Errorf("%s: script (-want +got):\n%s", c.says, diff)
		}
		if !strings.HasSuffix(out, "autoscale-lab history compare 1 2\n") {
			t.Errorf("%s: %s", c.says, out)
		}
	}
}

func TestTheLoadOfARunUnderTheSettingsOfTheCommand(t *testing.T) {
	m := &memory{records: []lab.Record{turned()}, scripts: []*lab.Script{nil}}
	code, _, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), "run", "--replay-load", "1", "--max", "7", "--repeat", "2", "--policy", "manual", "--policy", "hpa")
	if code != 0 || len(m.records) != 5 {
		t.Fatalf("exit code %d, %d runs, %q", code, len(m.records), said)
	}
	for _, r := range m.records[1:] {
		e := r.Run.Experiment
		want := lab.DefaultExperiment()
		want.Load, want.Seed, want.Duration, want.Fleet.Max, want.Repeats, want.Price = "constant:rate=40,spacing=poisson", 12, 0, 7, 1, e.Price
		want.Name, want.Policy, want.Series = e.Name, e.Policy, e.Series
		if diff := cmp.Diff(want, e); diff != "" || e.Series == "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestWhatCannotBeGivenAgain(t *testing.T) {
	for _, c := range []struct {
		says   string
		change func(*lab.Record)
		args   []string
		want   string
	}{
		{"a load beside", nil, []string{"history", "rerun", "1", "--load", "none"}, `--load: "none": want no such flag: the load is that of run 1`},
		{"a seed beside", nil, []string{"run", "--seed", "3", "--replay-load", "1"}, `--seed: "3": want no --replay-load beside it`},
		{"for longer", nil, []string{"run", "--replay-load", "1", "--duration", "1m"}, `--duration: "1m": want more than 0 s and at most 3 s: the load of run 1`},
		{"without an end", nil, []string{"history", "rerun", "1", "--duration", "0"}, `--duration: "0": want more than 0 s`},
		{"a run that there is not", nil, []string{"history", "rerun", "9"}, `run: "9": want a run in the history`},
		{"no number", nil, []string{"run", "--replay-load", "last"}, `--replay-load: "last": want the number of a run`},
		{"an imported series", func(r *lab.Record) { r.Run.Rig = series.Rig }, []string{"history", "rerun", "1"}, `history rerun: "1": want a run of the lab: of an imported series`},
		{"one under way", func(r *lab.Record) { r.Run.Outcome = lab.Unfinished }, []string{"history", "rerun", "1"}, `want a run that has ended`},
		{"one without ticks", func(r *lab.Record) { r.Ticks = nil }, []string{"history", "rerun", "1"}, `want a run with ticks`},
		{"one with ticks missing", func(r *lab.Record) { r.Run.Incomplete = "3 lost" }, []string{"run", "--replay-load", "1"}, `--replay-load: "1": want a run that is whole`},
		{"a load of others alone", func(r *lab.Record) {
			for i := range r.Ticks {
				s := &r.Ticks[i].Sample
				s.LoadOn, s.Foreign, s.Generator = false, s.Generator, lab.Traffic{}
			}
		}, []string{"history", "rerun", "1"}, `want a run with a load of the lab's own`},
		{"work for the user's own app", func(r *lab.Record) { r.Run.Experiment.Fleet.App = []string{"x"} }, []string{"history", "rerun", "1", "--work", "3"}, `--work: "3": want no --app beside it`},
		{"five policies", nil, []string{"run", "--policy", "hpa", "--policy", "hpa", "--policy", "hpa", "--policy", "hpa", "--policy", "keda"}, `--policy: "keda": want at most 4 policies`},
		{"a second policy that is none", nil, []string{"run", "--policy", "hpa", "--policy", "hpaa"}, `--policy: "hpaa": want one of`},
		{"a series without end", nil, []string{"run", "--repeat", "2", "--duration", "0"}, `--duration: "0s": want a length`},
		{"no run at all", nil, []string{"run", "--repeat", "0"}, `--repeat: "0": want a whole number, 1 to 100`},
	} {
		m := &memory{records: []lab.Record{turned()}}
		if c.change != nil {
			c.change(&m.records[0])
		}
		code, out, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), c.args...)
		if code != 2 || out != "" || strings.Count(said, "\n") != 1 || !strings.Contains(said, c.want) || len(m.records) != 1 {
			t.Errorf("%s: exit code %d, %d runs, %q, want %q", c.says, code, len(m.records), said, c.want)
		}
	}

	m := &memory{records: []lab.Record{turned()}, scripts: []*lab.Script{nil}}
	m.records[0].Ticks[1].Sample.Foreign.Offered = 3
	if code, _, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), "history", "rerun", "1"); code != 0 || !strings.Contains(said, "note: run 1 had requests from elsewhere as well") {
		t.Errorf("requests from elsewhere: exit code %d, %q", code, said)
	}

	m = &memory{records: []lab.Record{turned()}, scripts: []*lab.Script{nil}}
	fleet := &m.records[0].Run.Experiment.Fleet
	fleet.App, fleet.Size = []string{"sh", "-c", "\x1b[2Jx"}, 1
	if code, _, said := invoke(t.Context(), t, shell.Stdio{}, m.deps(), "history", "rerun", "1"); code != 0 || !strings.Contains(said, "note: the command of run 1 is started: sh -c x\n") {
		t.Errorf("a command that may have been imported: exit code %d, %q", code, said)
	}
}

// A picture is not poured over a terminal; a text is.
func TestAPictureIsNotForATerminal(t *testing.T) {
	m := &memory{records: []lab.Record{turned()}}
	for _, c := range []struct {
		format string
		tty    bool
		code   int
	}{{"png", true, 2}, {"png", false, 0}, {"svg", true, 0}} {
		code, out, said := invoke(t.Context(), t, shell.Stdio{OutTTY: c.tty, Width: 80}, m.deps(), "history", "export", "1", "--out", "-", "--format", c.format)
		if code != c.code || (out == "") != (c.code != 0) || c.code != 0 && !strings.Contains(said, `--out: "-": want a file or a pipe`) {
			t.Errorf("%s on a terminal %v: exit code %d, %d bytes, %q", c.format, c.tty, code, len(out), said)
		}
	}
}
