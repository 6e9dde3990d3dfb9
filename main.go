// Command autoscale-lab is a workbench for understanding autoscaling: real
// processes behind a real load balancer under real load, scaled by a policy
// that you turn while it runs.
//
// This file opens the door: it wires clock, balancer, generator, fleet, store
// and screen together, top to bottom, and hands the verbs their deeds.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/adrg/xdg"

	"autoscale-lab/engine"
	"autoscale-lab/engine/app"
	"autoscale-lab/engine/balancer"
	"autoscale-lab/engine/calibrate"
	"autoscale-lab/engine/external"
	"autoscale-lab/engine/loadgen"
	"autoscale-lab/engine/local"
	"autoscale-lab/lab"
	"autoscale-lab/lab/capacity"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/policy"
	"autoscale-lab/lab/report/file"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/store"
	"autoscale-lab/ui"
	"autoscale-lab/ui/cli"
	"autoscale-lab/ui/cli/history"
	"autoscale-lab/ui/cli/shell"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// version is set by the release build.
var version = "dev"

func main() {
	app.RunChild() // before anything else: each of the lab's instances pays for that
	// The first signal is an orderly end, the second is now.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Main(ctx, os.Args[1:], shell.System(), cli.Deps{
		Workbench: workbench,
		Run:       run,
		Calibrate: calibrated,
		App:       instance,
		Load:      send,
		Balance:   balance,
		Guard:     local.RunGuard,
		History:   history.Deps{Open: openNotebook, Import: importRun},
		Version: func() cli.Version {
			return cli.Version{Version: version, Commit: commit(), Go: runtime.Version(), SQLite: store.Version()}
		},
		Algorithms: balancer.Algorithms(),
		Themes:     theme.Names,
	}))
}

// bench is a laboratory wired up and not yet running.
type bench struct {
	session *engine.Session
	rig     *engine.Live
	fleet   *local.Fleet
	store   *store.Store
	addr    string // of the balancer
}

// wire builds everything a session needs. What is the user's fault is found
// here, before anything has been started. A headless one may be given a script.
func wire(ctx context.Context, e lab.Experiment, script *lab.Script, db string, headless bool, fatal engine.Fatal) (_ *bench, err error) {
	clock := engine.NewRealClock()
	rig, fleet, ln, err := assemble(e, clock, fatal)
	if err != nil {
		return nil, err
	}
	notebook, err := openStore(db)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ln.Close(), notebook.Close())
		}
	}()
	host := engine.ThisHost(ctx)
	known, _, err := notebook.Calibration(ctx, lab.CalibrationKey(&e, host))
	if err != nil {
		return nil, err
	}
	e.Calibrated = known.PerSecond
	session, err := engine.New(engine.Config{
		Rig: rig, Clock: clock, Recorders: []engine.Recorder{notebook.Recorder()},
		Experiment: e, Script: script, Headless: headless, Fatal: fatal,
		External: external.New(external.Config{Go: fatal.Go}),
		Run:      lab.Run{Rig: "local", Host: host, Version: version, Commit: commit()},
	})
	if err != nil {
		return nil, err
	}
	return &bench{session, rig, fleet, notebook, ln.Addr().String()}, nil
}

// assemble puts balancer, generator and fleet together. The listener, which is
// the balancer's, is the only thing that is open then.
func assemble(e lab.Experiment, clock engine.Clock, fatal engine.Fatal) (*engine.Live, *local.Fleet, net.Listener, error) {
	token := rand.Text()
	front, err := balancer.New(balancer.Config{Now: clock.Now, Token: token, SLO: e.SLO, Algorithm: e.Balance, Hold: e.Fleet.Min == 0})
	if err != nil {
		return nil, nil, nil, err
	}
	fleet, err := local.New(local.Config{Fleet: e.Fleet, Front: front, Now: clock.Now, Seed: e.Seed, Fatal: fatal})
	if err != nil {
		return nil, nil, nil, err
	}
	ln, err := engine.Listen(e.Port)
	if err != nil {
		return nil, nil, nil, err
	}
	gen, err := loadgen.New(loadgen.Config{
		URL: "http://" + ln.Addr().String() + "/", Header: http.Header{lab.LoadHeader: {token}},
		Now: clock.Now, SLO: e.SLO, Go: fatal.Go,
	})
	if err != nil {
		return nil, nil, nil, errors.Join(err, ln.Close())
	}
	return engine.NewLive(engine.LiveConfig{
		Fleet: fleet, Front: front, Generator: gen, Listener: ln, Fatal: fatal,
		Defaults: load.Defaults{Seed: e.Seed, Timeout: e.Timeout, MaxInFlight: e.MaxInFlight},
	}), fleet, ln, nil
}

// note says where the balancer is, if not where it was wished for.
func (b *bench) note(port int) string {
	if _, got, _ := net.SplitHostPort(b.addr); port != 0 && got != fmt.Sprint(port) {
		return fmt.Sprintf("port %d was taken: send requests to %s", port, b.addr)
	}
	return ""
}

// warning says what is true as long as the lab runs.
func (b *bench) warning() string {
	if b.store.Remote() {
		return "the notebook is on a network file system: without SQLite's write-ahead log"
	}
	return ""
}

// repeat puts the load of a stored run in again, where it has one.
func (b *bench) repeat(id int64) error {
	rec, err := b.store.Load(context.Background(), id)
	if err != nil {
		return err
	}
	if want := rec.Unrepeatable(); want != "" {
		return &lab.InputError{Field: "run", Value: fmt.Sprint(id), Want: want}
	}
	return b.session.Repeat(lab.ScriptOf(rec))
}

// redecide is a stored run with what a policy would have decided in it beside.
func (b *bench) redecide(ctx context.Context, id int64, spec string) (lab.Record, error) {
	rec, err := b.store.Load(ctx, id)
	if err != nil {
		return rec, err
	}
	kind, rule, err := policy.Parse(spec)
	if err != nil {
		return rec, err
	}
	if err := history.CanRedecide(&rec, kind, rule); err != nil {
		return rec, err
	}
	return policy.Beside(rec, spec, rec.Run.Experiment.Speed)
}

// workbench opens the screen and leaves nothing behind when it closes.
func workbench(ctx context.Context, e lab.Experiment, o cli.Options) error {
	log, path, err := openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	look := o.Theme
	if o.ASCII {
		look += ",ascii"
	}
	if _, err := theme.Detect(os.Environ(), look); err != nil {
		return &lab.InputError{Field: "theme", Value: o.Theme, Want: err.Error()}
	}
	fatal := dying(log, path, ui.Rescue())
	defer fatal.Catch()

	e = asKept(e, o)
	b, err := wire(ctx, e, nil, o.DB, false, fatal)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	fatal.Go(func() { ended <- b.session.Run(running) })
	err = ui.Run(ctx, ui.Config{
		Session: b.session, URL: b.addr, Note: strings.TrimSpace(b.note(e.Port) + "\n" + o.Notes), Warning: b.warning(), Log: path,
		Policies: walked(), Shapes: kindNames(), Balances: balancer.Algorithms(),
		Badges: policy.Badges(), Store: notebook{b.store}, Repeat: b.repeat, Redecide: b.redecide, Logs: b.fleet.Logs, Export: b.export, Formats: file.Formats,
		Theme: look, ConfigPath: ui.DefaultConfigPath(), ScreenCPU: b.rig.Drew,
	})
	stop()
	if fault := (*ui.Panic)(nil); errors.As(err, &fault) {
		fmt.Fprintf(log, "%s panic: %v\n%s\n", time.Now().Format(time.RFC3339), fault.Value, fault.Stack)
		err = fmt.Errorf("a fault of its own, sorry: %w; the run so far is kept; details: %s", err, path)
	}
	fmt.Fprintln(os.Stderr, "stopping the instances …")
	signal.Reset() // from here on, ctrl+c is now
	return errors.Join(err, <-ended, b.store.Close())
}

// asKept is the experiment with the last time's policy and load, where the user
// has not named others and they can still be read.
func asKept(e lab.Experiment, o cli.Options) lab.Experiment {
	kept, err := ui.ReadChoices(ui.DefaultConfigPath())
	if err != nil {
		return e // the window says so
	}
	if _, _, err := policy.Parse(kept.Policy); err == nil && !o.PolicyGiven {
		e.Policy = kept.Policy
	}
	if _, err := load.Parse(kept.Load, load.Defaults{}); err == nil && !o.LoadGiven {
		e.Load = kept.Load
	}
	return e
}

// export writes a run, or a comparison of sides, into the current folder.
func (b *bench) export(ctx context.Context, what screen.ExportRuns) (names []string, err error) {
	groups := make([][]lab.Record, len(what.Sides))
	for i, ids := range what.Sides {
		groups[i] = make([]lab.Record, len(ids))
		for k, id := range ids {
			if groups[i][k], err = b.store.Load(ctx, id); err != nil {
				return nil, err
			}
		}
	}
	var files []file.File
	switch {
	case len(groups) == 1:
		files, err = file.Run(&groups[0][0], what.Format)
	case what.FromStart:
		files, err = file.Comparison(groups, what.Format, offered.AtStart)
	default:
		files, err = file.Comparison(groups, what.Format, offered.AtLoad)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		names = append(names, f.Name)
	}
	err = history.Save(".", files, false)
	if bad := (*lab.InputError)(nil); errors.As(err, &bad) {
		bad.Want = strings.TrimSuffix(bad.Want, ", or --force") // which is the shell's
	}
	return names, err
}

// run is the engine without a screen.
func run(ctx context.Context, e lab.Experiment, script *lab.Script, db string, status func(string), tick func(lab.Tick)) (lab.Run, error) {
	b, err := wire(ctx, e, script, db, true, nil)
	if err != nil {
		return lab.Run{}, err
	}
	if text := b.note(e.Port); text != "" {
		status(text)
	}
	status(fmt.Sprintf("requests go to http://%s/", b.addr))
	running, stop := context.WithCancel(context.Background())
	defer stop()
	var watching sync.WaitGroup
	watching.Go(func() { follow(running, b.session, tick) })
	err = b.session.Run(ctx)
	stop()
	watching.Wait()
	return b.session.Snapshot().Record.Run, errors.Join(err, b.store.Close())
}

// follow hands each new tick of the run on.
func follow(ctx context.Context, s *engine.Session, tick func(lab.Tick)) {
	seen := time.Duration(-1)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for ended := false; !ended; {
		select {
		case <-look.C:
		case <-ctx.Done():
			ended = true // what came since the last look is still to be told
		}
		if snap := s.Snapshot(); snap.Phase != engine.Idle {
			for _, t := range snap.Record.Ticks {
				if t.Sample.At > max(seen, snap.Record.Run.Origin) {
					seen = t.Sample.At
					tick(t)
				}
			}
		}
	}
}

// calibrated measures what one instance carries and keeps it in the notebook,
// whose path it gives.
func calibrated(ctx context.Context, e lab.Experiment, db string, told func(capacity.Step, bool)) (c lab.Calibration, path string, err error) {
	clock := engine.NewRealClock()
	rig, _, ln, err := assemble(calibrate.For(e), clock, nil)
	if err != nil {
		return c, "", err
	}
	defer ln.Close() // if it never came to serving
	notebook, err := openStore(db)
	if err != nil {
		return c, "", err
	}
	defer func() { err = errors.Join(err, notebook.Close()) }()
	c, err = calibrate.Run(ctx, calibrate.Config{Rig: rig, Clock: clock, Experiment: e, Host: engine.ThisHost(ctx)}, told)
	if err != nil {
		return c, "", err
	}
	return c, notebook.Path(), notebook.SetCalibration(ctx, c)
}

// instance is one app process.
func instance(ctx context.Context, c cli.AppConfig, status func(string)) error {
	cfg := app.Config{Size: c.Size, Work: c.Work, Boot: c.Boot, Queue: c.Queue, Workers: c.Workers, WorkDist: c.WorkDist}
	runtime.GOMAXPROCS(1)
	ln, err := listen(c.Host, c.Port)
	if err != nil {
		return err
	}
	status(cfg.Greeting(ln.Addr()))
	err = app.Serve(ctx, ln, cfg)
	status("stopped serving")
	return err
}

func listen(host string, port int) (net.Listener, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
	if err != nil {
		return nil, &lab.InputError{Field: "port", Value: fmt.Sprint(port), Want: "a free port: " + reason(err)}
	}
	return ln, nil
}

// reason is the innermost cause of a network error.
func reason(err error) string {
	var e *os.SyscallError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// send is the load generator alone.
func send(ctx context.Context, c cli.LoadConfig, second func(time.Duration, lab.Traffic)) (cli.LoadResult, error) {
	clock := engine.NewRealClock()
	gen, err := loadgen.New(loadgen.Config{URL: c.URL, Now: clock.Now})
	if err != nil {
		return cli.LoadResult{}, err
	}
	if err := gen.Open(ctx); err != nil {
		return cli.LoadResult{}, err
	}
	var res cli.LoadResult
	cut := func() lab.Traffic {
		t := gen.Observe(clock.Now())
		res.Total.Add(&t)
		return t
	}
	gen.Set(c.Load)
	gen.Switch(true)
	start := clock.Now()
	for next := start + time.Second; ; next += time.Second {
		end := next
		if c.Duration > 0 {
			end = min(next, start+c.Duration)
		}
		select {
		case <-ctx.Done():
		case <-clock.Until(end):
			second(clock.Now()-start, cut())
		}
		if ctx.Err() != nil || c.Duration > 0 && clock.Now() >= start+c.Duration {
			break
		}
	}
	res.Sending = clock.Now() - start
	gen.Switch(false)
	err = gen.Close(ctx)
	cut()
	res.Elapsed, res.Codes, res.Errors = clock.Now()-start, gen.Codes(), gen.Errors()
	return res, err
}

// balance is the balancer alone.
func balance(ctx context.Context, c cli.BalanceConfig, status func(string)) error {
	front, err := balancer.New(balancer.Config{Algorithm: c.Algorithm})
	if err != nil {
		return err
	}
	ln, err := listen("127.0.0.1", c.Port)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- front.Serve(ln) }()
	status(fmt.Sprintf("balancing on http://%s/ (%s)", ln.Addr(), c.Algorithm))
	if len(c.Backends) > 0 {
		for _, b := range c.Backends {
			u, err := url.Parse(b)
			if err != nil {
				return err
			}
			front.Admit(lab.Instance{ID: u.Host, Addr: u.Host})
			status("backend " + u.Host)
		}
		<-ctx.Done()
	} else {
		var addrs []string
		for p := 5000; p < 5020; p++ {
			addrs = append(addrs, fmt.Sprintf("127.0.0.1:%d", p))
		}
		status("looking for instances on ports 5000 to 5019")
		front.Watch(ctx, addrs, time.Second, func(addr string, in bool) {
			status(map[bool]string{true: "in  ", false: "out "}[in] + addr)
		})
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(front.Close(closing), <-served)
}

// notebook is the store as the verbs want it.
type notebook struct{ *store.Store }

func openNotebook(_ context.Context, path string) (history.Notebook, error) {
	s, err := openStore(path)
	if err != nil {
		return nil, err
	}
	return notebook{s}, nil
}

func (h notebook) List(ctx context.Context, limit int, before int64) ([]lab.Run, error) {
	return h.Store.List(ctx, store.Query{Limit: limit, Before: before})
}

func (h notebook) Prune(ctx context.Context, o history.PruneOptions) ([]int64, error) {
	return h.Store.Prune(ctx, store.PruneOptions{Keep: o.Keep, OlderThan: o.OlderThan, Now: time.Now(), All: o.All, DryRun: o.DryRun})
}

// importRun keeps a run that ended elsewhere; one that does not say what it was
// made with is of this program.
func importRun(ctx context.Context, db string, rec lab.Record) (_ int64, err error) {
	s, err := openStore(db)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if rec.Run.Version == "" {
		rec.Run.Version, rec.Run.Commit = version, commit()
	}
	return s.Import(ctx, rec)
}

func openStore(path string) (*store.Store, error) {
	if path == "" {
		var err error
		if path, err = store.DefaultPath(); err != nil {
			return nil, err
		}
	}
	return store.Open(path)
}

// openLog is where what must not disturb the screen is written.
func openLog() (io.WriteCloser, string, error) {
	path, err := xdg.StateFile(filepath.Join("autoscale-lab", "lab.log"))
	if err != nil {
		return nopLog{}, "", nil // no place to write: the lab works without a log
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nopLog{}, "", nil
	}
	return f, path, nil
}

type nopLog struct{}

func (nopLog) Write(p []byte) (int, error) { return len(p), nil }
func (nopLog) Close() error                { return nil }

// dying ends the program after a panic: the terminal is restored, the stack is
// in the log, and the children end with the process (see engine/local).
func dying(log io.Writer, path string, restore func()) engine.Fatal {
	var once sync.Once
	return func(panicked any, stack []byte) {
		once.Do(func() {
			fmt.Fprintf(log, "%s panic: %v\n%s\n", time.Now().Format(time.RFC3339), panicked, stack)
			restore()
			fmt.Fprintf(os.Stderr, "autoscale-lab: a fault of its own, sorry: %v\nThe run so far is kept. Details: %s\n", panicked, path)
			os.Exit(1)
		})
		select {} // another goroutine is ending the program
	}
}

// walked are the kinds of policy that a key goes through: one's own program has
// to be named first.
func walked() []string {
	return slices.DeleteFunc(policy.Names(), func(kind string) bool { return kind == "exec" })
}

func kindNames() []string {
	var out []string
	for _, k := range load.Kinds() {
		out = append(out, k.Name)
	}
	return out
}

// commit is what this program was built from, where the build knows.
func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return ""
}
