package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/capacity"
	"autoscale-lab/ui/cli/shell"
)

// invoke calls Main and gives its exit code and what it printed.
func invoke(ctx context.Context, t *testing.T, io shell.Stdio, d Deps, args ...string) (code int, out, err string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var o, e bytes.Buffer
	io.Out, io.Err = &o, &e
	code = Main(ctx, args, io, d)
	return code, o.String(), e.String()
}

func TestWorkbenchOpensOnATerminalOnly(t *testing.T) {
	both := shell.Stdio{InTTY: true, OutTTY: true, ErrTTY: true, Width: 80}
	for _, c := range []struct {
		says string
		io   shell.Stdio
		term string
		code int
	}{
		{"a terminal", both, "xterm", 0},
		{"output into a pipe", shell.Stdio{InTTY: true}, "xterm", 2},
		{"input from a file", shell.Stdio{OutTTY: true}, "xterm", 2},
		{"a terminal that cannot draw", both, "dumb", 2},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Setenv("TERM", c.term)
			opened := Options{}
			d := fakeDeps()
			d.Workbench = func(_ context.Context, _ lab.Experiment, o Options) error { opened = o; return nil }
			code, _, said := invoke(t.Context(), t, c.io, d, "--ascii", "--theme", "mono", "--db", "x.db")
			want := Options{}
			if c.code == 0 {
				want = Options{DB: "x.db", ASCII: true, Theme: "mono"}
			} else if !strings.Contains(said, "autoscale-lab run") || strings.Count(said, "\n") != 1 {
				t.Errorf("said %q", said)
			}
			if code != c.code || opened != want {
				t.Errorf("exit code %d, opened with %+v", code, opened)
			}
		})
	}
}

func TestInterruptedRunIsShownAndExitsWith130(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	d := fakeDeps()
	d.Run = func(ctx context.Context, e lab.Experiment, _ *lab.Script, _ string, _ func(string), _ func(lab.Tick)) (lab.Run, error) {
		interrupt()
		<-ctx.Done()
		r := storedRun(8)
		r.Outcome = lab.Stopped
		return r, nil
	}
	code, out, said := invoke(ctx, t, shell.Stdio{}, d, "run", "--expect", "requests.failed>5")
	if code != 130 || !strings.Contains(out, "run 8: stopped") || said != "" {
		t.Errorf("exit code %d, out %q, err %q", code, out, said)
	}
}

func TestInterruptedCalibrationSaysNothingMore(t *testing.T) {
	for _, args := range [][]string{{"calibrate"}, {"calibrate", "--json"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		d := fakeDeps()
		d.Calibrate = func(ctx context.Context, _ lab.Experiment, _ string, _ func(capacity.Step, bool)) (lab.Calibration, string, error) {
			interrupt()
			return lab.Calibration{}, "", ctx.Err()
		}
		if code, out, said := invoke(ctx, t, shell.Stdio{}, d, args...); code != 130 || out+said != "" {
			t.Errorf("%v: exit code %d, out %q, err %q", args, code, out, said)
		}
	}
}

func TestARateUnderWayIsOneLineOfATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	for _, width := range []int{30, 80, 200} {
		_, out, live := invoke(t.Context(), t, shell.Stdio{ErrTTY: true, Width: width}, fakeDeps(), "calibrate")
		frames := strings.Split(live, "\r")
		if strings.Contains(live, "\n") || len(frames) != 1+4*2+1 || frames[len(frames)-1] != "\x1b[K" {
			t.Fatalf("frames %q", frames)
		}
		for _, f := range frames {
			if w := ansi.StringWidth(f); w >= width {
				t.Errorf("%d of %d columns: %q", w, width, f)
			}
		}
		if !strings.Contains(frames[1], "40.0/s") || strings.Contains(out, "\r") {
			t.Errorf("%q, out %q", frames[1], out)
		}
	}
}

func TestWhatNeverBeganIsNotShown(t *testing.T) {
	for _, args := range [][]string{{"run", "--json"}, {"run"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		d := fakeDeps()
		d.Run = func(context.Context, lab.Experiment, *lab.Script, string, func(string), func(lab.Tick)) (lab.Run, error) {
			interrupt()
			return lab.Run{Rig: "local"}, nil
		}
		if code, out, said := invoke(ctx, t, shell.Stdio{}, d, args...); code != 130 || out+said != "" {
			t.Errorf("%v: exit code %d, out %q, err %q", args, code, out, said)
		}
	}
}

func TestAnInterruptEndsServers(t *testing.T) {
	for _, c := range []struct {
		says string
		args []string
		code int
	}{
		{"the balancer", []string{"balance"}, 130},
		{"an instance of the user's", []string{"app"}, 130},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		d := fakeDeps()
		d.Balance = func(context.Context, BalanceConfig, func(string)) error { interrupt(); return ctx.Err() }
		d.App = func(context.Context, AppConfig, func(string)) error { interrupt(); return nil }
		if code, out, said := invoke(ctx, t, shell.Stdio{}, d, c.args...); code != c.code || out+said != "" {
			t.Errorf("%s: exit code %d, %q", c.says, code, out+said)
		}
	}
}

func TestProgressStaysOnOneLineOfATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	for _, width := range []int{30, 80, 200} {
		_, out, bar := invoke(t.Context(), t, shell.Stdio{ErrTTY: true, Width: width}, fakeDeps(), "run", "--duration", "3")
		_, bar, _ = strings.Cut(bar, "/\n") // where requests go
		frames := strings.Split(bar, "\r")
		if strings.Contains(bar, "\n") || len(frames) != 5 || frames[4] != "\x1b[K" {
			t.Fatalf("frames %q", frames)
		}
		for _, f := range frames {
			if w := ansi.StringWidth(f); w >= width {
				t.Errorf("%d of %d columns: %q", w, width, f)
			}
		}
		if !strings.HasPrefix(frames[2], "█████░░░ 2 s of 3 s") {
			t.Errorf("after 2 of 3 s: %q", frames[2])
		}
		if !strings.HasPrefix(out, "run 7") {
			t.Errorf("out %q", out)
		}
	}
}

func TestEveryVerbHasHelpThatFits(t *testing.T) {
	s := &verbs{shell.Stdio{}, fakeDeps()}
	root := s.root()
	s.grow(root)
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" && c.Parent().Name() != "completion" {
			t.Errorf("%s: no short text or no example", c.CommandPath())
		}
		var b bytes.Buffer
		c.SetOut(&b)
		s.help(c, nil)
		for l := range strings.SplitSeq(b.String(), "\n") {
			if w := ansi.StringWidth(l); w > helpWidth && c.Parent().Name() != "completion" {
				t.Errorf("%s: %d columns: %s", c.CommandPath(), w, l)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func TestThePathOfTheNotebookIsForPeopleOnATerminal(t *testing.T) {
	t.Setenv("AUTOSCALE_LAB_DB", "")
	for tty, want := range map[bool]string{true: "/usual/lab.db  (12.3 MB, 5 kB of it free for later runs)\n", false: "/usual/lab.db\n"} {
		if code, out, _ := invoke(t.Context(), t, shell.Stdio{OutTTY: tty}, fakeDeps(), "history", "path"); code != 0 || out != want {
			t.Errorf("terminal %t: exit code %d, out %q", tty, code, out)
		}
	}
}

// full is a disk with no room left.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAListThatCannotBePrintedIsNotDone(t *testing.T) {
	m := &memory{records: []lab.Record{turned()}}
	for _, args := range [][]string{{"history", "list"}, {"history", "show", "1"}, {"history", "list", "--json"}, {"shapes"}} {
		var said bytes.Buffer
		code := Main(t.Context(), args, shell.Stdio{Out: full{}, Err: &said}, m.deps())
		if code != 1 || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "no space left") {
			t.Errorf("%v: exit code %d, %q", args, code, said.String())
		}
	}
}
