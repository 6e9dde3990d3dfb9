package local

import (
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestRingKeepsTheLastLinesAndCutsLongOnes(t *testing.T) {
	var l ring
	l.fill(strings.NewReader(strings.Repeat("old\n", 3*ringLines) + strings.Repeat("y", 200<<10) + "\n\x1b[2Jclean\xff\r\nno end"))
	got := l.tail(4)
	want := []string{"old", strings.Repeat("y", lineBytes), "clean\uFFFD", "no end"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: %.40q, want %.40q", i, got[i], want[i])
		}
	}
	if n := len(l.tail(1 << 20)); n != ringLines {
		t.Errorf("keeps %d lines", n)
	}
}

func FuzzRing(f *testing.F) {
	f.Add([]byte("a\nb\x1b[31m\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var l ring
		l.fill(strings.NewReader(string(text)))
		for _, line := range l.tail(ringLines) {
			if line != lab.Clean(line) {
				t.Errorf("%q is not clean", line)
			}
		}
	})
}

// Process numbers no kernel gives out: their clocks cannot be read, so the
// tables alone say what was used.
const pid0 = 1 << 23

func none(proc) bool { return false }

func TestTheTimeOfADeadChildIsCountedOnce(t *testing.T) {
	m := newMeter(pid0)
	root := proc{pid: pid0, born: 1}
	child := proc{pid: pid0 + 1, parent: pid0, born: 2}
	m.look([]proc{root, child}, none)
	// While it lived, 300 ms of the child were seen.
	m.members[child.pid].own = 300 * time.Millisecond
	m.used = 300 * time.Millisecond
	root.reaped = 350 * time.Millisecond // it ended with 350 in all
	m.look([]proc{root}, none)
	if m.used != 350*time.Millisecond {
		t.Errorf("used %v, want 350 ms", m.used)
	}
	// One that nobody waits for takes nothing back.
	orphan := proc{pid: pid0 + 2, group: pid0, born: 3}
	m.look([]proc{root, orphan}, none)
	m.members[orphan.pid].own = 100 * time.Millisecond
	m.used += 100 * time.Millisecond
	m.look([]proc{root}, none)
	if m.used != 450*time.Millisecond {
		t.Errorf("used %v, want 450 ms", m.used)
	}
}

func TestTheTreeIsChildrenGroupAndStrays(t *testing.T) {
	m := newMeter(pid0)
	all := []proc{
		{pid: pid0 + 4, parent: pid0 + 3, born: 5}, // listed before its parent
		{pid: pid0, born: 1},
		{pid: pid0 + 3, parent: pid0, born: 4},
		{pid: pid0 + 5, parent: 1, group: pid0, born: 6},
		{pid: pid0 + 6, parent: 1, group: 7, born: 7}, // left parent and group
		{pid: pid0 + 7, parent: 1, group: 8, born: 8}, // somebody else's
	}
	m.look(all, func(p proc) bool { return p.pid == pid0+6 })
	if len(m.members) != 5 || m.members[pid0+7] != nil {
		t.Errorf("members: %v", m.pids())
	}
	all[2] = proc{pid: pid0 + 3, parent: 1, born: 99} // the number went to another
	all = append(all[:0:0], all[1:]...)
	m.look(all, none)
	if m.members[pid0+3] != nil || m.members[pid0+4] != nil {
		t.Errorf("members: %v", m.pids())
	}
}

func TestAShareIsOfTheTimeSinceTheLastRead(t *testing.T) {
	m := newMeter(pid0)
	if r := m.read(0, 0.2); r.OK {
		t.Error("the first read is known")
	}
	m.at = m.at.Add(-time.Second)
	m.used = 100 * time.Millisecond
	if r := m.read(time.Second, 0.2); !r.OK || r.Value < 0.45 || r.Value > 0.5 {
		t.Errorf("read %v, want 0.5", r)
	}
	m.used = time.Hour
	if r := m.read(time.Second, 0.2); r.Value > 0.5 {
		t.Errorf("a window of nearly nothing reads %v", r)
	}
}

func TestStarvedIsTheShareLostOverTheLastSeconds(t *testing.T) {
	in := &instance{Instance: lab.Instance{Size: 0.2}}
	for i, lost := range []float64{0, 0, 0, 0, 0.1, 0.2, 0.3} { // half of its size, from the fifth second on
		in.starve(time.Duration(i)*time.Second, health{Lost: &lost})
		if known := in.Starved.OK; known != (i > 0) {
			t.Errorf("after %d s: known %v", i, known)
		}
	}
	if v := in.Starved.Value; v < 0.499 || v > 0.501 || in.Starved.Window != 3*time.Second {
		t.Errorf("starved %+v, want 0.5 over 3 s", in.Starved)
	}
	before := in.Starved
	in.starve(7*time.Second, health{})
	if in.Starved != before {
		t.Error("an app that does not say changed it")
	}
}
