package process

import (
	"testing"
	"time"
)

// Process numbers no kernel gives out: their clocks cannot be read, so the
// tables alone say what was used.
const pid0 = 1 << 23

func none(Info) bool { return false }

func TestTheTimeOfADeadChildIsCountedOnce(t *testing.T) {
	m := NewTree(pid0)
	root := Info{PID: pid0, Born: 1}
	child := Info{PID: pid0 + 1, Parent: pid0, Born: 2}
	m.Look([]Info{root, child}, none)
	// While it lived, 300 ms of the child were seen.
	m.members[child.PID].own = 300 * time.Millisecond
	m.used = 300 * time.Millisecond
	root.Reaped = 350 * time.Millisecond // it ended with 350 in all
	m.Look([]Info{root}, none)
	if m.used != 350*time.Millisecond {
		t.Errorf("used %v, want 350 ms", m.used)
	}
	// One that nobody waits for takes nothing back.
	orphan := Info{PID: pid0 + 2, Group: pid0, Born: 3}
	m.Look([]Info{root, orphan}, none)
	m.members[orphan.PID].own = 100 * time.Millisecond
	m.used += 100 * time.Millisecond
	m.Look([]Info{root}, none)
	if m.used != 450*time.Millisecond {
		t.Errorf("used %v, want 450 ms", m.used)
	}
}

func TestTheTreeIsChildrenGroupAndStrays(t *testing.T) {
	m := NewTree(pid0)
	all := []Info{
		{PID: pid0 + 4, Parent: pid0 + 3, Born: 5}, // listed before its parent
		{PID: pid0, Born: 1},
		{PID: pid0 + 3, Parent: pid0, Born: 4},
		{PID: pid0 + 5, Parent: 1, Group: pid0, Born: 6},
		{PID: pid0 + 6, Parent: 1, Group: 7, Born: 7}, // left parent and group
		{PID: pid0 + 7, Parent: 1, Group: 8, Born: 8}, // somebody else's
	}
	m.Look(all, func(p Info) bool { return p.PID == pid0+6 })
	if len(m.members) != 5 || m.members[pid0+7] != nil {
		t.Errorf("members: %v", m.PIDs())
	}
	all[2] = Info{PID: pid0 + 3, Parent: 1, Born: 99} // the number went to another
	all = append(all[:0:0], all[1:]...)
	m.Look(all, none)
	if m.members[pid0+3] != nil || m.members[pid0+4] != nil {
		t.Errorf("members: %v", m.PIDs())
	}
}

func TestAShareIsOfTheTimeSinceTheLastRead(t *testing.T) {
	m := NewTree(pid0)
	if r := m.Read(0, 0.2); r.OK {
		t.Error("the first read is known")
	}
	m.at = m.at.Add(-time.Second)
	m.used = 100 * time.Millisecond
	if r := m.Read(time.Second, 0.2); !r.OK || r.Value < 0.45 || r.Value > 0.5 {
		t.Errorf("read %v, want 0.5", r)
	}
	m.used = time.Hour
	if r := m.Read(time.Second, 0.2); r.Value > 0.5 {
		t.Errorf("a window of nearly nothing reads %v", r)
	}
}
