package local

import (
	"bufio"
	"io"
	"strings"
	"sync"

	"autoscale-lab/lab"
)

const (
	ringLines = 1000
	lineBytes = 1 << 10 // what is longer is cut
)

// ring keeps the last lines of a process's output. Lines are kept raw, so that
// a flood costs little, and cleaned on their only way out.
type ring struct {
	mu    sync.Mutex
	lines [][]byte
	next  int // where the next line goes, once the ring is full
}

// fill reads r to its end. It never stops reading, whatever comes: a process
// whose pipe is full would stand still.
func (l *ring) fill(r io.Reader) {
	in := bufio.NewReaderSize(r, 32<<10)
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part[:min(len(part), lineBytes-len(line))]...)
		switch {
		case err == nil:
			l.add(line)
			line = line[:0]
		case err != bufio.ErrBufferFull:
			if len(line) > 0 {
				l.add(line)
			}
			return
		}
	}
}

func (l *ring) add(line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) < ringLines {
		l.lines = append(l.lines, append([]byte(nil), line...))
		return
	}
	l.lines[l.next] = append(l.lines[l.next][:0], line...)
	l.next = (l.next + 1) % ringLines
}

// tail is the last n lines, oldest first.
func (l *ring) tail(n int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, len(l.lines))
	out := make([]string, 0, n)
	for i := len(l.lines) - n; i < len(l.lines); i++ {
		line := string(l.lines[(l.next+i)%len(l.lines)])
		out = append(out, lab.Clean(strings.TrimRight(line, "\r\n")))
	}
	return out
}
