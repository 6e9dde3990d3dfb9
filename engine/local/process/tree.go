// Package process knows the machine's processes: which there are, and what CPU
// time and memory a tree of them uses, by the kernel's own clocks where it has
// them.
//
//	List ─▶ Info … ─▶ Tree.Look ◀─ CPUTime     Tree.Read ─▶ share of a size
//	                  Tree.PIDs ─▶ Memory.Look ─▶ bytes
//	Environ, Sweep    by what they were started with: found, ended
package process

import (
	"time"

	"autoscale-lab/lab"
)

// Info is a line of the machine's process table.
type Info struct {
	PID, Parent, Group int
	Born               int64         // tells two processes of one number apart
	Reaped             time.Duration // CPU time of the children it has waited for
	Zombie             bool
}

// Tree measures the CPU time of one instance's processes. It belongs to one
// goroutine.
type Tree struct {
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

// NewTree measures a process and what it starts.
func NewTree(root int) *Tree {
	return &Tree{root: root, members: map[int]*member{root: {}}}
}

// Look reads the clocks. all is the machine's process table, by which the tree
// is followed; nil if the root is all there is. ours tells whether a process
// not yet known carries the instance's cookie.
func (m *Tree) Look(all []Info, ours func(Info) bool) {
	if all == nil {
		if own, ok := CPUTime(m.root); ok {
			r := m.members[m.root]
			m.used += max(0, own-r.own)
			r.own = own
		}
		return
	}
	m.adopt(all, ours)
	var own, reaped, dead time.Duration
	for _, p := range all {
		c := m.members[p.PID]
		if c == nil {
			continue
		}
		c.seen = true
		if now, ok := CPUTime(p.PID); ok && !p.Zombie {
			own += max(0, now-c.own)
			c.own = now
		}
		reaped += max(0, p.Reaped-c.reaped)
		c.reaped = p.Reaped
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
func (m *Tree) adopt(all []Info, ours func(Info) bool) {
	for _, p := range all {
		if c := m.members[p.PID]; c != nil && c.born != 0 && c.born != p.Born {
			delete(m.members, p.PID) // the number is another's by now
		} else if c != nil {
			c.born = p.Born
		}
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if m.members[p.PID] != nil {
				continue
			}
			if p.PID == m.root || p.Group == m.root || m.members[p.Parent] != nil || ours(p) {
				m.members[p.PID] = &member{born: p.Born}
				grown = true
			}
		}
	}
}

// PIDs are the members' numbers.
func (m *Tree) PIDs() []int {
	out := make([]int, 0, len(m.members))
	for pid := range m.members {
		out = append(out, pid)
	}
	return out
}

// Read turns the CPU time since the last read into a share of size. The first
// read only sets the mark.
func (m *Tree) Read(at time.Duration, size float64) lab.Reading {
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
