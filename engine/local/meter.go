package local

import (
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"autoscale-lab/lab"
)

// proc is a line of the machine's process table.
type proc struct {
	pid, parent, group int
	born               int64         // tells two processes of one number apart
	reaped             time.Duration // CPU time of the children it has waited for
	zombie             bool
}

// meter measures the CPU time of one instance's processes.
type meter struct {
	root    int
	members map[int]*member // the root among them
	used    time.Duration   // CPU time seen so far
	at      time.Time       // of the last look
	before  time.Duration   // used, then
	reading lab.Reading
}

// member is a process of the tree, as it was seen last.
type member struct {
	born        int64
	own, reaped time.Duration
	seen        bool
}

func newMeter(root int) *meter {
	return &meter{root: root, members: map[int]*member{root: {}}}
}

// look reads the clocks. all is the machine's process table, by which the tree
// is followed; nil if the root is all there is. ours tells whether a process
// not yet known carries the instance's cookie.
func (m *meter) look(all []proc, ours func(proc) bool) {
	if all == nil {
		if own, ok := cpuTime(m.root); ok {
			r := m.members[m.root]
			m.used += max(0, own-r.own)
			r.own = own
		}
		return
	}
	m.adopt(all, ours)
	var own, reaped, dead time.Duration
	for _, p := range all {
		c := m.members[p.pid]
		if c == nil {
			continue
		}
		c.seen = true
		if now, ok := cpuTime(p.pid); ok && !p.zombie {
			own += max(0, now-c.own)
			c.own = now
		}
		reaped += max(0, p.reaped-c.reaped)
		c.reaped = p.reaped
	}
	for pid, c := range m.members {
		if !c.seen {
			dead += c.own + c.reaped
			delete(m.members, pid)
		}
		c.seen = false
	}
	// A child that was waited for comes back in its parent's reaped time,
	// whole, with what was already counted while it lived: that is taken off.
	// One that nobody waited for does not come back at all.
	m.used += own + max(0, reaped-dead)
}

// adopt finds new members of the tree: children and group mates of members,
// and strays by their cookie. Once a member, always a member.
func (m *meter) adopt(all []proc, ours func(proc) bool) {
	for _, p := range all {
		if c := m.members[p.pid]; c != nil && c.born != 0 && c.born != p.born {
			delete(m.members, p.pid) // the number is another's by now
		} else if c != nil {
			c.born = p.born
		}
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if m.members[p.pid] != nil {
				continue
			}
			if p.pid == m.root || p.group == m.root || m.members[p.parent] != nil || ours(p) {
				m.members[p.pid] = &member{born: p.born}
				grown = true
			}
		}
	}
}

// pids are the members' numbers.
func (m *meter) pids() []int {
	out := make([]int, 0, len(m.members))
	for pid := range m.members {
		out = append(out, pid)
	}
	return out
}

// read turns the CPU time since the last read into a share of size. The first
// read only sets the mark.
func (m *meter) read(at time.Duration, size float64) lab.Reading {
	now := time.Now()
	wall := now.Sub(m.at)
	if first := m.at.IsZero(); first || wall >= minWindow {
		if !first {
			share := (m.used - m.before).Seconds() / (wall.Seconds() * size)
			m.reading = lab.Known(share, at, wall)
		}
		m.at, m.before = now, m.used
	}
	return m.reading
}

// minWindow is the shortest time over which a share says anything.
const minWindow = 20 * time.Millisecond

// memory measures bytes held. A process's own share of it (PSS) costs the
// kernel a walk through its pages, so it is taken now and then, and what RSS
// has grown by since is added.
type memory struct {
	pss, rss float64 // when PSS was read
	known    bool
	looks    int
}

const looksPerPSS = 5

func (m *memory) look(pids []int) (bytes float64, ok bool) {
	rss := 0.0
	for _, pid := range pids {
		if i, err := (&process.Process{Pid: int32(pid)}).MemoryInfo(); err == nil {
			rss += float64(i.RSS)
		}
	}
	if m.looks%looksPerPSS == 0 {
		m.pss, m.known = 0, false
		for _, pid := range pids {
			if v, ok := pss(pid); ok {
				m.pss, m.known = m.pss+v, true
			}
		}
		m.rss = rss
	}
	m.looks++
	if m.known && rss > 0 {
		return max(0, m.pss+rss-m.rss), true
	}
	return rss, rss > 0
}
