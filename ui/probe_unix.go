//go:build linux || darwin

package ui

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// probe asks the terminal what it is, and waits no longer than limit. Keys
// pressed in that time are lost. It leaves no reader behind.
func probe(in, out *os.File, limit time.Duration) (t terminal) {
	fd := int(in.Fd())
	if !term.IsTerminal(fd) || !term.IsTerminal(int(out.Fd())) || fd >= unix.FD_SETSIZE {
		return t
	}
	state, err := term.MakeRaw(fd)
	if err != nil {
		return t
	}
	defer term.Restore(fd, state)
	if _, err := out.WriteString(question); err != nil {
		return t
	}
	var answer []byte
	buf := make([]byte, 256)
	for end := time.Now().Add(limit); !t.answered && !tooLong(answer); {
		left := time.Until(end)
		if left <= 0 {
			break
		}
		var set unix.FdSet
		set.Set(fd)
		wait := unix.NsecToTimeval(int64(left))
		n, err := unix.Select(fd+1, &set, nil, nil, &wait)
		if err == unix.EINTR {
			continue
		}
		if n < 1 || err != nil {
			break
		}
		n, err = unix.Read(fd, buf)
		if n < 1 || err != nil {
			break
		}
		answer = append(answer, buf[:n]...)
		t = understand(answer)
	}
	return t
}
