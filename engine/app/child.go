package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// Child is an instance as a process of a lab's own: the lab's program, executed
// again with Env in its environment and a pipe as stdin.
type Child struct {
	Config
	FD   uintptr // of the listener it inherits; 0: none
	Addr string  // to listen on, if it inherits none
}

// ChildEnv is the environment variable by which a process knows that it is a
// Child. It holds the Child as JSON.
const ChildEnv = "AUTOSCALE_LAB_INSTANCE"

// Env is the entry of a process's environment that makes it this Child.
func (c Child) Env() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("app: describe a child: %w", err)
	}
	return ChildEnv + "=" + string(text), nil
}

// RunChild returns at once in a process that is no Child. In one that is, it
// serves until SIGTERM, an interrupt or a hang-up, ends in order and exits with
// 0; a second signal ends it at once, and so does the end of stdin, which means
// that the lab is gone (exit 1: nobody is left to drain for). What went wrong
// is said on stderr, exit 1. The variable is gone from the environment then.
//
// It is to be the first thing that main does: a lab's instances pay at their
// start for all that comes before. That is every package's init, whatever the
// program needs it for. An init of our own would not be ahead of the others:
// Go initialises the first package by import path of those whose imports are
// ready, so that most of what begins with github.com precedes net/http.
func RunChild() {
	text, ok := os.LookupEnv(ChildEnv)
	if !ok {
		return
	}
	os.Unsetenv(ChildEnv)
	if err := runChild(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runChild(text string) error {
	var c Child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return fmt.Errorf("app: read %s: %w", ChildEnv, err)
	}
	ln, err := c.listen()
	if err != nil {
		return err
	}
	fmt.Println(c.Greeting(ln.Addr()))
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go obey(told, stop)
	err = Serve(ctx, ln, c.Config)
	fmt.Println("stopped serving")
	return err
}

func (c Child) listen() (net.Listener, error) {
	if c.FD > 0 {
		return inherited(c.FD)
	}
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	return ln, nil
}

// Greeting is what an instance says when it begins to serve there.
func (c Config) Greeting(at net.Addr) string {
	return fmt.Sprintf("serving on http://%s/ with %g core, %s of work a request (pid %d)", at, c.Size, c.Work, os.Getpid())
}

// obey stops the server at the first signal, and ends the process at the second
// or when stdin ends, whose other end is only the lab's. It runs when the server
// waits for its first request, there being one thread for Go code: each signal
// and a stdin that is read cost some hundredths of the start, and those that a
// lab never sends can wait.
func obey(told chan os.Signal, stop func()) {
	signal.Notify(told, os.Interrupt, syscall.SIGHUP)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	<-told
	signal.Reset()
	stop()
}

// inherited is the listening socket that the parent passed as file descriptor
// fd. There is no such thing on Windows: it returns an error there.
func inherited(fd uintptr) (net.Listener, error) {
	f := os.NewFile(fd, "listener")
	if f == nil {
		return nil, fmt.Errorf("app: inherit descriptor %d: not a descriptor", fd)
	}
	defer f.Close() // FileListener has a copy of its own
	ln, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("app: inherit descriptor %d: %w", fd, err)
	}
	return ln, nil
}
