package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// Front is the balancer, told at once where requests may go. It is called from
// the goroutine of the instance concerned, in the order of that one's life.
type Front interface {
	Admit(lab.Instance)                         // route to it from now on; also back in, after Evict
	Drain(ctx context.Context, id string) error // unroute; return when none of its requests is in flight, or ctx is done
	Evict(id string)                            // out of the pool now, for good or until Admit
	// Answered tells how many requests are in flight there, and the lab time
	// of its last sign of life: the header of an answer, or a part of its
	// body, never work that it was given. 0: there was none.
	Answered(id string) (inFlight int, last time.Duration)
}

// Config is what a Fleet is made from.
type Config struct {
	Fleet    lab.Fleet
	Front    Front
	Now      func() time.Duration             // lab time
	Seed     uint64                           // of the built-in apps: instance n gets Seed + n
	Self     []string                         // command that calls app.RunChild; default: this program, "app"
	GuardCmd []string                         // command that calls RunGuard; default: this program, "__guard"
	Fatal    func(panicked any, stack []byte) // a goroutine panicked; default: panic again
}

// check fills in what was left out, and reports what makes no sense as an
// *lab.InputError.
func (c *Config) check() error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("local: find this program: %w", err)
	}
	if len(c.Self) == 0 {
		c.Self = []string{exe, "app"}
	}
	if len(c.GuardCmd) == 0 {
		c.GuardCmd = []string{exe, "__guard"}
	}
	if c.Front == nil || c.Now == nil {
		return errors.New("local: a fleet needs a Front and a clock")
	}
	f := &c.Fleet
	f.ReadyPath = cmp.Or(f.ReadyPath, "/")
	f.StartTimeout = cmp.Or(f.StartTimeout, 30*time.Second)
	if err := f.Check(); err != nil {
		return err
	}
	for _, limit := range []struct {
		field string
		value time.Duration
	}{{"start-timeout", f.StartTimeout}, {"drain", f.DrainLimit}, {"hang-kill", f.HangKill}, {"work", f.Work}, {"boot", f.Boot}} {
		if limit.value < 0 {
			return &lab.InputError{Field: limit.field, Value: limit.value.String(), Want: "0s or more"}
		}
	}
	if !(f.Size > 0) {
		return &lab.InputError{Field: "size", Value: fmt.Sprint(f.Size), Want: "more than 0 cores"}
	}
	if f.Max > lab.MaxInstances {
		return &lab.InputError{Field: "max", Value: fmt.Sprint(f.Max), Want: fmt.Sprintf("at most %d", lab.MaxInstances)}
	}
	if f.BasePort < 0 || f.BasePort > 65535 {
		return &lab.InputError{Field: "base-port", Value: fmt.Sprint(f.BasePort), Want: "0 (any free port) to 65535"}
	}
	if len(f.App) == 0 {
		return nil
	}
	return checkApp(f)
}

func checkApp(f *lab.Fleet) error {
	if u, err := url.ParseRequestURI(f.ReadyPath); err != nil || u.Host != "" || !strings.HasPrefix(f.ReadyPath, "/") || strings.ContainsAny(f.ReadyPath, " \r\n") {
		return &lab.InputError{Field: "ready-path", Value: f.ReadyPath, Want: "a path that begins with /"}
	}
	for _, e := range f.Env {
		if k, _, ok := strings.Cut(e, "="); !ok || k == "" || strings.ContainsRune(e, 0) {
			return &lab.InputError{Field: "env", Value: e, Want: "NAME=VALUE"}
		}
	}
	if f.Cwd != "" {
		if s, err := os.Stat(f.Cwd); err != nil || !s.IsDir() {
			return &lab.InputError{Field: "cwd", Value: f.Cwd, Want: "a folder that exists"}
		}
	}
	switch name := strings.TrimSuffix(filepath.Base(f.App[0]), ".exe"); name {
	case "docker", "podman", "nerdctl":
		for _, arg := range f.App[1:] {
			if arg == "run" || arg == "up" || arg == "start" || arg == "exec" {
				return &lab.InputError{Field: "app", Value: name + " " + arg, Want: "the server's own command: of a container only the " + name + " client would be measured"}
			}
		}
	}
	if _, err := lookApp(f); err != nil {
		return &lab.InputError{Field: "app", Value: f.App[0], Want: fmt.Sprintf("a command that exists and can be run (%v)", cmp.Or(errors.Unwrap(err), err))}
	}
	return nil
}

// lookApp is the path of the user's command; one with a slash in it is meant
// from the folder it will run in.
func lookApp(f *lab.Fleet) (string, error) {
	name := f.App[0]
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		abs, err := filepath.Abs(filepath.Join(f.Cwd, name))
		if err != nil {
			return "", err
		}
		name = abs
	}
	return exec.LookPath(name)
}
