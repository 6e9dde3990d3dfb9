package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"autoscale-lab/engine/app"
	"autoscale-lab/lab"
)

// child is one process of an instance's, and the group it leads.
type child struct {
	cmd     *exec.Cmd
	pid     int
	port    int
	addr    string
	life    context.Context // done when it has exited, or patience is at its end
	wanted  context.Context // done with life, or when it is asked to stop
	exited  chan struct{}   // closed when it has exited
	drained chan struct{}   // closed when its output has been read to the end

	mu     sync.Mutex
	reaped bool
}

// signal reaches the whole group, as long as its leader has not been reaped:
// then the number may already be another's.
func (p *child) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return os.ErrProcessDone
	}
	return signalGroup(p.pid, s)
}

// exit is how it ended, in words: "exit status 1", "SIGKILL".
func (p *child) exit() string {
	select {
	case <-p.exited:
	default:
		return "still running"
	}
	if name := signalName(p.cmd.ProcessState); name != "" {
		return name
	}
	return p.cmd.ProcessState.String()
}

// launch starts the process of an instance on a free port.
func (f *Fleet) launch(in *instance, set lab.Fleet) (*child, error) {
	ln, err := f.claim(set)
	if err != nil {
		return nil, err
	}
	p := &child{port: ln.Addr().(*net.TCPAddr).Port, addr: ln.Addr().String(), exited: make(chan struct{}), drained: make(chan struct{})}
	if err := f.start(in, p, ln, set); err != nil {
		ln.Close()
		f.release(p.port)
		return nil, err
	}
	return p, nil
}

func (f *Fleet) start(in *instance, p *child, ln *net.TCPListener, set lab.Fleet) error {
	var handed func()
	if len(set.App) == 0 {
		p.cmd = exec.Command(f.cfg.Self[0], f.cfg.Self[1:]...)
		is := app.Child{Config: app.Config{
			Size: set.Size, Work: set.Work, Boot: set.Boot, Queue: set.Queue,
			Workers: set.Workers, WorkDist: set.WorkDist, Seed: f.cfg.Seed + uint64(in.Num),
		}}
		var err error
		if handed, err = handOver(p.cmd, ln, &is); err != nil {
			return err
		}
		defer handed()
		env, err := is.Env()
		if err != nil {
			return err
		}
		p.cmd.Env = append(os.Environ(), "GOMAXPROCS=1", env)
		// For who reads ps: the instance has it all from its environment.
		p.cmd.Args = append(p.cmd.Args, "--port", strconv.Itoa(p.port),
			"--size", strconv.FormatFloat(set.Size, 'f', -1, 64), "--work", set.Work.String())
	} else {
		ln.Close()
		path, err := lookApp(&set)
		if err != nil {
			return err
		}
		port := strconv.Itoa(p.port)
		p.cmd = &exec.Cmd{Path: path, Dir: set.Cwd}
		for _, arg := range set.App {
			p.cmd.Args = append(p.cmd.Args, strings.ReplaceAll(arg, "{port}", port))
		}
		p.cmd.Env = append(append(os.Environ(), set.Env...), "PORT="+port, cookieName+"="+f.cookie+"."+in.ID)
	}
	p.cmd.SysProcAttr = ownGroup()
	p.cmd.WaitDelay = time.Second
	out, w, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	// Kept open and never written: at its end the app knows that the lab is gone.
	if _, err = p.cmd.StdinPipe(); err == nil {
		err = f.fork(p.cmd)
	}
	w.Close()
	if err != nil {
		out.Close()
		return err
	}
	p.pid = p.cmd.Process.Pid
	if f.guard != nil {
		if err := f.guard.tell(fmt.Sprintf("+%d", p.pid)); err != nil {
			f.unguarded()
		}
	}
	var exited context.CancelFunc
	p.life, exited = context.WithCancel(f.patience)
	var unwanted context.CancelFunc
	p.wanted, unwanted = context.WithCancel(in.wanted)
	f.run(func() {
		defer close(p.drained)
		in.log.fill(out)
	})
	f.run(func() {
		p.cmd.Wait()
		p.mu.Lock()
		p.reaped = true
		signalGroup(p.pid, syscall.SIGKILL) // those it left behind
		p.mu.Unlock()
		close(p.exited)
		exited()
		unwanted()
		// Whoever has left the group may still hold the pipe.
		select {
		case <-p.drained:
		case <-time.After(outputGrace):
		}
		out.Close()
	})
	return nil
}

// outputGrace is how long the output of an exited process is still read.
const outputGrace = 200 * time.Millisecond

// claim binds a free port, from the base port upward; ports of instances that
// are gone are free again.
func (f *Fleet) claim(set lab.Fleet) (*net.TCPListener, error) {
	var lc net.ListenConfig
	if len(set.App) > 0 {
		lc.Control = strict
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	const tries = 1000
	var last error
	for port := set.BasePort; port < set.BasePort+tries && port <= 65535; port++ {
		if f.ports[port] {
			continue
		}
		bind := port
		if set.BasePort == 0 {
			bind = 0
		}
		ln, err := lc.Listen(f.patience, "tcp4", fmt.Sprintf("127.0.0.1:%d", bind))
		if err != nil {
			last = err
			continue
		}
		tcp := ln.(*net.TCPListener)
		f.ports[tcp.Addr().(*net.TCPAddr).Port] = true
		return tcp, nil
	}
	return nil, fmt.Errorf("no free port from %d upward: %w", set.BasePort, last)
}

func (f *Fleet) release(port int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ports, port)
}

// taken tells whether someone else has the port of a user's command that has
// just exited.
func (f *Fleet) taken(port int) bool {
	lc := net.ListenConfig{Control: strict}
	ln, err := lc.Listen(context.Background(), "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		ln.Close()
	}
	return err != nil
}

// forker starts processes, one at a time, from one thread. PR_SET_PDEATHSIG is
// tied to the thread that forked, not to the process: a child of any other of
// Go's threads would be killed when that thread ends.
type forker struct {
	orders chan order
	gone   chan struct{}
}

type order struct {
	cmd  *exec.Cmd
	done chan error
}

func (k *forker) loop() {
	runtime.LockOSThread() // for life: the thread ends with the goroutine
	defer close(k.gone)
	for o := range k.orders {
		o.done <- o.cmd.Start()
	}
}

func (f *Fleet) fork(cmd *exec.Cmd) error {
	o := order{cmd, make(chan error, 1)}
	select {
	case f.forker.orders <- o:
	case <-f.forker.gone:
		return errors.New("the forking thread is gone")
	}
	select {
	case err := <-o.done:
		return err
	case <-f.forker.gone:
		return errors.New("the forking thread is gone")
	}
}
