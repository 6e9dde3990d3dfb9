package external

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// child is one process of a program's, and the group it leads.
type child struct {
	host   *Host
	cmd    *exec.Cmd
	born   time.Time
	in     chan []byte   // lines for it
	out    chan line     // its lines; closed at their end
	quit   chan struct{} // closed when it is no longer wanted
	exited chan struct{} // closed when it has ended

	mu     sync.Mutex
	gone   bool // its number may be another's
	ending bool
}

// launch starts a child and what reads and writes for it. The first line is
// hello.
func (h *Host) launch(args []string, hello []byte) (*child, error) {
	c := &child{
		host: h, born: time.Now(), cmd: exec.Command(args[0], args[1:]...),
		in: make(chan []byte, 2), out: make(chan line, 16), quit: make(chan struct{}), exited: make(chan struct{}),
	}
	c.cmd.Dir = h.cfg.Dir
	c.cmd.SysProcAttr = ownGroup()
	var ours, theirs [3]*os.File
	closeAll := func(files [3]*os.File) {
		for _, f := range files {
			f.Close() // a nil one says so
		}
	}
	for i := range ours {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ours)
			closeAll(theirs)
			return nil, err
		}
		if ours[i], theirs[i] = r, w; i == 0 {
			ours[i], theirs[i] = w, r
		}
	}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = theirs[0], theirs[1], theirs[2]
	err := h.start(c)
	closeAll(theirs)
	if err != nil {
		closeAll(ours)
		return nil, err
	}
	c.in <- hello
	var reading sync.WaitGroup
	reading.Add(2)
	h.run(func() { c.write(ours[0]) })
	h.run(func() { defer reading.Done(); c.read(ours[1]) })
	h.run(func() { defer reading.Done(); c.listen(ours[2]) })
	h.run(func() {
		c.cmd.Wait()
		c.mu.Lock()
		killGroup(c.cmd.Process.Pid) // those it left behind
		c.gone = true
		c.mu.Unlock()
		close(c.exited)
		// Whoever has left the group may still hold its pipes.
		read := make(chan struct{})
		h.run(func() { reading.Wait(); close(read) })
		select {
		case <-read:
		case <-time.After(grace):
		case <-c.quit:
			select {
			case <-read: // its last words are in the pipe, if none holds it open
			case <-time.After(100 * time.Millisecond):
			}
		}
		closeAll(ours)
		<-read
		h.mu.Lock()
		delete(h.children, c)
		h.mu.Unlock()
	})
	return c, nil
}

// start has the Host's own thread fork.
func (h *Host) start(c *child) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.forks == nil {
		return errors.New("the lab does not run")
	}
	f := fork{c.cmd, make(chan error, 1)}
	h.forks <- f
	err := <-f.done
	if err == nil {
		h.children[c] = true
	}
	return err
}

// write sends it lines until it is no longer wanted; then its stdin ends.
func (c *child) write(w *os.File) {
	defer w.Close()
	for {
		select {
		case text := <-c.in:
			if _, err := w.Write(text); err != nil {
				return
			}
		case <-c.quit:
			return
		case <-c.exited:
			return
		}
	}
}

// read takes its lines. Whoever does not ask makes it wait.
func (c *child) read(r io.Reader) {
	defer close(c.out)
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		text, err := lines.ReadSlice('\n')
		l := line{text: bytes.Clone(trimmed(text)), long: errors.Is(err, bufio.ErrBufferFull)}
		if len(l.text) > 0 {
			select {
			case c.out <- l:
			case <-c.quit:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// listen passes on what it writes on stderr; of a long line, the beginning.
func (c *child) listen(r io.Reader) {
	lines := bufio.NewReader(r)
	for more := false; ; {
		text, isPrefix, err := lines.ReadLine()
		if err != nil {
			return
		}
		if s := short(text); !more && s != "" {
			c.host.say("your policy: " + s)
		}
		more = isPrefix
	}
}

// end ends its stdin, and after a while itself. It does not wait.
func (c *child) end(after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return
	}
	c.ending = true
	close(c.quit)
	c.host.run(func() {
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-c.exited:
		case <-timer.C:
			c.kill()
		}
	})
}

// kill ends it and its group at once.
func (c *child) kill() {
	c.mu.Lock()
	if !c.gone {
		killGroup(c.cmd.Process.Pid)
	}
	c.mu.Unlock()
	c.end(0)
}

// fate is what became of one whose output has ended, in words.
func (c *child) fate() string {
	select {
	case <-c.exited:
	case <-time.After(20 * time.Millisecond):
		return "has closed its output"
	}
	return "ended: " + c.cmd.ProcessState.String()
}
