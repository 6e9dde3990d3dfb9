package bench

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/screentest"
)

// press gives keys to the screen as the frame does, and returns the last toast.
func press(t *testing.T, m *Model, keys ...string) screen.Toast {
	t.Helper()
	var toast screen.Toast
	for _, key := range keys {
		var cmd tea.Cmd
		if m.Typing() {
			cmd = m.Type(screentest.Key(key))
		} else if b := m.Bindings().Find(key); b != nil {
			cmd = b.Do(key)
		} else {
			t.Fatalf("%q does nothing here", key)
		}
		toast = screen.Toast{}
		if cmd != nil {
			toast, _ = cmd().(screen.Toast)
		}
	}
	return toast
}

func TestKeysAreDeeds(t *testing.T) {
	set := func(owner, name, to string) lab.Action {
		return lab.Action{By: lab.ByUser, Kind: lab.ActSet, Target: owner, Name: name, To: to}
	}
	do := func(kind lab.ActionKind, target, to string) lab.Action {
		return lab.Action{By: lab.ByUser, Kind: kind, Target: target, To: to}
	}
	byHand := func(s *engine.Snapshot) { s.Setup.Autoscale = false }
	idle := func(s *engine.Snapshot) { s.Phase, s.Setup.LoadOn = engine.Idle, false }
	for _, c := range []struct {
		name  string
		given func(*engine.Snapshot)
		keys  string
		want  []lab.Action
		toast string
	}{
		{"right turns the selected knob up", nil, "right l", []lab.Action{set("policy", "upper", "36%"), set("policy", "upper", "37%")}, ""},
		{"left turns it down", nil, "left h", []lab.Action{set("policy", "upper", "34%"), set("policy", "upper", "33%")}, ""},
		{"shift is ten steps", nil, "shift+right H", []lab.Action{set("policy", "upper", "45%"), set("policy", "upper", "35%")}, ""},
		{"end and home are the limits", nil, "end g", []lab.Action{set("policy", "upper", "100%"), set("policy", "upper", "1%")}, ""},
		{"at a limit nothing is sent", nil, "end right", []lab.Action{set("policy", "upper", "100%")}, ""},
		{"down selects the next knob", nil, "down right", []lab.Action{set("policy", "lower", "16%")}, ""},
		{"the fleet's knobs lie below the policy's", nil, "down down down down down down right", []lab.Action{set("fleet", "min", "2")}, ""},
		{"a choice goes round, and has ends", nil, "down down down down down left right end home", []lab.Action{
			set("policy", "metric", "p95"), set("policy", "metric", "cpu"), set("policy", "metric", "p95"), set("policy", "metric", "cpu")}, ""},
		{"enter types a value", nil, "enter 4 1 backspace 0 enter", []lab.Action{set("policy", "upper", "40")}, ""},
		{"esc leaves a value as it was", nil, "enter 9 esc", nil, ""},
		{"u takes a turn back", nil, "right right u", []lab.Action{set("policy", "upper", "36%"), set("policy", "upper", "37%"), set("policy", "upper", "36%")}, ""},
		{"in the load pane, the load's knobs turn", nil, "shift+tab right", []lab.Action{set("load", "rate", "77")}, ""},
		{"plus and minus turn the load from any pane", nil, "+ = - _", []lab.Action{
			set("load", "rate", "79.2"), set("load", "rate", "87.1"), set("load", "rate", "79.2"), set("load", "rate", "72")}, ""},
		{"space switches the load", nil, "space space", []lab.Action{do(lab.ActLoad, "", "off"), do(lab.ActLoad, "", "on")}, ""},
		{"p is the next policy, P the one before", nil, "p P", []lab.Action{do(lab.ActPolicy, "", "manual"), do(lab.ActPolicy, "", "threshold")}, ""},
		{"m is the next metric", nil, "m", []lab.Action{set("policy", "metric", "system-cpu")}, ""},
		{"m without a metric says so", func(s *engine.Snapshot) { s.Setup.PolicyKnobs = nil }, "m", nil, "does not scale on a metric"},
		{"b is the next balancing", nil, "b", []lab.Action{do(lab.ActBalance, "", "round-robin")}, "round-robin"},
		{"o is the other model", nil, "o o", []lab.Action{do(lab.ActShape, "", "closed/constant"), do(lab.ActShape, "", "constant")}, ""},
		{"o where there is no other says so", func(s *engine.Snapshot) { s.Setup.LoadKind = "none" }, "o", nil, "no closed form"},
		{"w is the next shape of the model", nil, "w w", []lab.Action{do(lab.ActShape, "", "none"), do(lab.ActShape, "", "constant")}, ""},
		{"a switches autoscaling", nil, "a a", []lab.Action{do(lab.ActAutoscale, "", "off"), do(lab.ActAutoscale, "", "on")}, ""},
		{"brackets scale by hand", byHand, "[ ] I i", []lab.Action{
			do(lab.ActScale, "", "1"), do(lab.ActScale, "", "3"), do(lab.ActScale, "", "1"), do(lab.ActScale, "", "3")}, ""},
		{"brackets with autoscaling on say so", nil, "]", nil, "autoscaling is on"},
		{"x kills the newest", nil, "x", []lab.Action{do(lab.ActKill, "i2", "")}, ""},
		{"x kills the selected one", nil, "shift+tab shift+tab down x", []lab.Action{do(lab.ActKill, "i1", "")}, ""},
		{"X hangs, d drains", nil, "X d", []lab.Action{do(lab.ActHang, "i2", ""), do(lab.ActDrain, "i2", "")}, ""},
		{"s stops the run", nil, "s", []lab.Action{do(lab.ActStop, "", "")}, ""},
		{"s without a run says so", idle, "s", nil, "no run is under way"},
		{"n begins anew", nil, "n", []lab.Action{do(lab.ActNew, "", "")}, "has ended"},
		{"X of one just hung by hand lets it go", func(s *engine.Snapshot) {
			last := &s.Record.Ticks[len(s.Record.Ticks)-1].Sample
			last.Instances = slices.Clone(last.Instances)
			last.Instances[len(last.Instances)-1].ByHand = true
		}, "X", []lab.Action{do(lab.ActResume, "i2", "")}, ""},
		{"r sends the same load again", nil, "r", []lab.Action{do(lab.ActAgain, "", "")}, "the same load again"},
		{"u with nothing to undo says so", nil, "u", nil, "no knob has been turned"},
		{"plus where the load has no level says so", func(s *engine.Snapshot) { s.Setup.LoadKind, s.Setup.LevelKnob = "none", "" }, "+", nil, `the load "none" has no level`},
		{"v without logs says so", nil, "v", nil, "no logs"},
		{"frozen, the load can still be turned", nil, "f + left right", []lab.Action{set("load", "rate", "79.2")}, ""},
		{"t drops a marker", nil, "t h i enter", []lab.Action{do(lab.ActMark, "", "hi")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := story(130)
			if c.given != nil {
				c.given(s)
			}
			m, f := benchOf(s, plain)
			var keys []string
			for _, k := range strings.Fields(c.keys) {
				if k == "space" {
					k = " "
				}
				keys = append(keys, k)
			}
			toast := press(t, m, keys...)
			if diff := cmp.Diff(c.want, f.sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if !strings.Contains(toast.Text, c.toast) || c.toast == "" && toast.Text != "" {
				t.Errorf("says %q, want %q", toast.Text, c.toast)
			}
		})
	}
}

func TestTwentyTimesMoreLoadIsAHundredAndOne(t *testing.T) {
	m, f := benchOf(story(5), plain)
	press(t, m, "shift+tab", "enter", "1", "5", "enter")
	for range 20 {
		press(t, m, "+")
	}
	if got := f.sent[len(f.sent)-1].To; got != "101" {
		t.Errorf("15/s and twenty + are %s/s", got)
	}
	for range 20 {
		press(t, m, "-")
	}
	if k, _ := lab.Find(f.snap.Setup.LoadKnobs, "rate"); k.Value < 14.9 || k.Value > 15.1 {
		t.Errorf("twenty - after it are %v/s", k.Value)
	}
	for range 60 {
		press(t, m, "-")
	}
	if k, _ := lab.Find(f.snap.Setup.LoadKnobs, "rate"); k.Value != 0 {
		t.Errorf("the least load is %v/s", k.Value)
	}
	press(t, m, "+")
	if k, _ := lab.Find(f.snap.Setup.LoadKnobs, "rate"); k.Value != 1 {
		t.Errorf("one + from nothing is %v/s", k.Value)
	}
}

func TestATurnedKnobIsMarkedUntilATickHasUsedIt(t *testing.T) {
	m, f := benchOf(story(20), plain)
	press(t, m, "right")
	if s := drawn(m, 100, 29); !strings.Contains(s, "36 %*") || !strings.Contains(s, " 36│") {
		t.Errorf("the turned knob is not marked, or its line has not moved:\n%s", s)
	}
	next := *f.snap
	next.Rev++
	next.Record.Ticks = story(21).Record.Ticks
	next.At = next.Last().Sample.At
	f.snap = &next
	m.Sync()
	if s := drawn(m, 100, 29); strings.Contains(s, "36 %*") || !strings.Contains(s, "36 %") {
		t.Errorf("after the tick it is still marked:\n%s", s)
	}
}

func TestWrongInputStaysInItsField(t *testing.T) {
	m, f := benchOf(story(5), plain)
	press(t, m, "enter", "9", "9", "9", "enter")
	if !m.Typing() || len(f.sent) != 0 {
		t.Fatal("999 % was taken")
	}
	if s := drawn(m, 100, 29); !strings.Contains(s, `upper: "999": want 1 % to 100 %`) {
		t.Errorf("what is allowed is not said:\n%s", s)
	}
	press(t, m, "ctrl+u", "4", "0", "enter")
	if m.Typing() || len(f.sent) != 1 {
		t.Error("40 was not taken")
	}
}

// A turn is taken back when its knob is there, and not forgotten while it is not.
func TestUndoWaitsForTheKnobsItIsOf(t *testing.T) {
	set := func(to string) lab.Action {
		return lab.Action{By: lab.ByUser, Kind: lab.ActSet, Target: "policy", Name: "upper", To: to}
	}
	m, f := benchOf(story(5), plain)
	press(t, m, "right", "p")
	sent := len(f.sent)
	if toast := press(t, m, "u"); toast.Error || toast.Text != "upper of threshold is undone when it is there again" || len(f.sent) != sent {
		t.Errorf("says %+v and sent %v", toast, f.sent[sent:])
	}
	press(t, m, "+")
	sent = len(f.sent)
	if press(t, m, "o", "u"); len(f.sent) != sent+1 { // o alone: the open rate is gone too
		t.Errorf("sent %v", f.sent[sent:])
	}
	press(t, m, "o")
	sent = len(f.sent)
	if toast := press(t, m, "u"); len(f.sent) != sent+1 || f.sent[sent].To != "72" || toast.Text != "" {
		t.Errorf("the load back: sent %v, says %q", f.sent[sent:], toast.Text)
	}
	press(t, m, "P")
	f.refuse = &lab.InputError{Field: "upper", Value: "35%", Want: "more than lower"}
	press(t, m, "u")
	f.refuse = nil
	sent = len(f.sent)
	press(t, m, "u")
	if len(f.sent) != sent+1 || f.sent[sent] != set("35%") || len(m.undo) != 0 {
		t.Errorf("the policy back: sent %v, %v are left", f.sent[sent:], m.undo)
	}
}

func TestTheLoadTurnsUnderTheLog(t *testing.T) {
	m, f := benchOf(story(5), plain)
	m.cfg.Logs = func(string) []string { return nil }
	press(t, m, "v", "+", " ")
	if m.log == nil || len(f.sent) != 2 || f.sent[0].Name != "rate" || f.sent[1].Kind != lab.ActLoad {
		t.Errorf("sent %v", f.sent)
	}
}

func TestARefusedDeedIsSaid(t *testing.T) {
	m, f := benchOf(story(5), plain)
	f.refuse = &lab.InputError{Field: "upper", Value: "36%", Want: "more than lower"}
	for _, key := range []string{"right", "x", " ", "+", "s"} {
		if toast := press(t, m, key); !toast.Error || !strings.Contains(toast.Text, "more than lower") {
			t.Errorf("%q: says %+v", key, toast)
		}
	}
}

// contexts are the states in which the meaning of keys differs.
func contexts() map[string]*Model {
	out := map[string]*Model{}
	for s := usage; s < nSpots; s++ {
		for name, change := range map[string]func(*engine.Snapshot){
			"running":  func(*engine.Snapshot) {},
			"by hand":  func(s *engine.Snapshot) { s.Setup.Autoscale = false },
			"idle":     func(s *engine.Snapshot) { s.Phase, s.Setup.LoadOn = engine.Idle, false },
			"no level": func(s *engine.Snapshot) { s.Setup.LevelKnob, s.Setup.LoadKnobs = "", nil },
		} {
			snap := story(30)
			change(snap)
			m, _ := benchOf(snap, plain)
			m.focus = s
			if name == "by hand" {
				m.undo = append(m.undo, change0)
				m.zoomed = s
			}
			out[name+" in pane "+string(rune('A'+s))] = m
		}
		for name, do := range map[string]func(m *Model){
			"frozen":    func(m *Model) { m.freeze() },
			"selection": func(m *Model) { m.events.Move(-1); m.instances.Move(1) },
			"log":       func(m *Model) { m.cfg.Logs = func(string) []string { return nil }; m.showLog() },
		} {
			m, _ := benchOf(story(30), plain)
			m.focus = s
			do(m)
			out[name+" in pane "+string(rune('A'+s))] = m
		}
		m := replayOf(30, 5, plain)
		m.focus = s
		out["replay in pane "+string(rune('A'+s))] = m
	}
	return out
}

var change0 = change{"policy", "threshold", "upper", "35%"}

func TestNoKeyHasTwoMeanings(t *testing.T) {
	for name, m := range contexts() {
		screentest.OneMeaning(t, name, m.bindings)
	}
}

func TestEveryBindingIsShown(t *testing.T) {
	all := contexts()
	shown := map[string]bool{} // by key
	for _, m := range all {
		help, _ := m.bindings.Help(m.th, 120, 80, 0)
		text := strings.Join(help, "\n")
		for i := range m.bindings {
			b := &m.bindings[i]
			if b.Works() && b.Long != "" && strings.Contains(text, b.Long) && strings.Contains(text, b.Shown) {
				for _, k := range b.Keys {
					shown[k] = true
				}
			}
		}
	}
	m, _ := benchOf(story(5), plain)
	for i := range m.bindings {
		for _, k := range m.bindings[i].Keys {
			if !shown[k] {
				t.Errorf("key %q is in no help", k)
			}
		}
	}
}

func TestNoTwoHintsHaveOneRank(t *testing.T) {
	for name, m := range contexts() {
		ranks := map[int]string{}
		for i := range m.bindings {
			if b := &m.bindings[i]; b.Short != nil && b.Works() {
				if other, ok := ranks[b.Rank]; ok {
					t.Errorf("%s: rank %d is of %q and %q", name, b.Rank, other, b.Long)
				}
				ranks[b.Rank] = b.Long
			}
		}
	}
}

func TestTheFooterCutsTheLeastImportantFirst(t *testing.T) {
	m, _ := benchOf(story(5), plain)
	last := 1000
	for w := 300; w >= 0; w-- {
		row := m.bindings.Footer(m.th, w)
		if n := len([]rune(row)); n != w {
			t.Fatalf("%d cells for %d", n, w)
		}
		n := strings.Count(strings.TrimSpace(row), "  ")
		if n > last {
			t.Fatalf("at %d cells more is said than with more room", w)
		}
		last = n
	}
	if row := m.bindings.Footer(m.th, 16); strings.TrimSpace(row) != "space load off" {
		t.Errorf("the last hint is %q", row)
	}
}
