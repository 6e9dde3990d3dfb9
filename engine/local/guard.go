package local

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"autoscale-lab/engine/local/process"
)

// cookieName is the environment variable by which a user's process is known
// again after it has left its parent, its group and its session. Its value is
// the lab's cookie, a dot, and the instance's ID.
const cookieName = "AUTOSCALE_LAB_COOKIE"

// RunGuard is the body of the guard process. The lab tells it over r, one to a
// line, its cookie ("=3f…"), and the process groups that begin ("+123") and
// have ended ("-123"). When r ends, and that is also when the lab was killed
// with SIGKILL, it kills the groups that are left and every process that
// carries the cookie, and returns.
func RunGuard(r io.Reader) error {
	// Ctrl-C, and a terminal that closes, are for the lab to answer.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Reset()
	groups := map[int]bool{}
	cookie := ""
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			continue
		}
		if line[0] == '=' {
			cookie = line[1:]
			continue
		}
		group, err := strconv.Atoi(line[1:])
		if err != nil || group <= 1 {
			continue
		}
		if line[0] == '+' {
			groups[group] = true
		} else {
			delete(groups, group)
		}
	}
	for group := range groups {
		signalGroup(group, syscall.SIGKILL)
	}
	if cookie != "" {
		process.Sweep(cookieName + "=" + cookie + ".")
	}
	return lines.Err()
}

// guard is the lab's end of the guard process.
type guard struct {
	mu   sync.Mutex
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

func startGuard(command []string, cookie string) (*guard, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.SysProcAttr = ownSession()
	cmd.WaitDelay = time.Second
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("local: start the guard: %w", err)
	}
	g := &guard{cmd: cmd, pipe: pipe}
	if err := g.tell("=" + cookie); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

func (g *guard) tell(line string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, err := io.WriteString(g.pipe, line+"\n"); err != nil {
		return fmt.Errorf("local: tell the guard: %w", err)
	}
	return nil
}

// close lets the guard end, which sweeps up what is left.
func (g *guard) close() error {
	g.pipe.Close()
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("local: guard: %w", err)
	}
	return nil
}
