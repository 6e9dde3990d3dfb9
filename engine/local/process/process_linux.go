package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime is the CPU time of all threads of a process, to the nanosecond. The
// clock of a process is named by its number: (^pid)<<3 | 2, of
// include/linux/posix-timers.h. A zombie's reads 0.
func CPUTime(pid int) (time.Duration, bool) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		return 0, false
	}
	d := time.Duration(t.Nano())
	return d, d > 0
}

// pss is the process's share of the memory it holds, in bytes: what it has
// alone, and its part of what it has together with others.
func pss(pid int) (float64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("Pss:")); ok {
			kb, err := strconv.ParseFloat(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 64)
			return kb * 1024, err == nil
		}
	}
	return 0, false
}

// List is what runs on this machine.
func List() []Info {
	var out []Info
	for _, pid := range pids() {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			continue
		}
		if p, ok := parseStat(pid, string(text)); ok {
			out = append(out, p)
		}
	}
	return out
}

// parseStat reads a /proc/PID/stat as proc(5) describes it. The name, field 2,
// is in parentheses and may hold some itself.
func parseStat(pid int, text string) (Info, bool) {
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // f[0] is field 3
	if len(f) < 20 {
		return Info{}, false
	}
	n := func(field int) int64 {
		v, _ := strconv.ParseInt(f[field-3], 10, 64)
		return v
	}
	const jiffy = time.Second / 100 // USER_HZ is 100 on every Linux that Go runs on
	return Info{
		PID: pid, Parent: int(n(4)), Group: int(n(5)), Born: n(22),
		Reaped: time.Duration(n(16)+n(17)) * jiffy,
		Zombie: f[0] == "Z",
	}, true
}

func pids() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var out []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

// Environ is the environment a process was started with, each entry ended by a
// NUL.
func Environ(pid int) []byte {
	env, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return env
}

// Sweep kills every process with this text in its environment, until none is
// found: one that forks may be a step ahead.
func Sweep(text string) {
	for range 50 {
		found := false
		for _, pid := range pids() {
			if pid != os.Getpid() && bytes.Contains(Environ(pid), []byte(text)) {
				found = unix.Kill(pid, unix.SIGKILL) == nil || found
			}
		}
		if !found {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}
