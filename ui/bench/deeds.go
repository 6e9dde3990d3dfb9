package bench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/screen"
)

// change is a turn of a knob that can be taken back, as long as its owner is of
// the kind it was: a policy's knobs come and go with p, a load's with w and o.
type change struct{ owner, kind, name, from string }

const maxUndo = 200

// send carries out a deed and shows its effect, or why it was refused.
func (m *Model) send(a lab.Action) tea.Cmd {
	a.By = lab.ByUser
	err := m.cfg.Session.Send(a)
	m.Sync()
	if err != nil {
		return screen.Complain(err)
	}
	return nil
}

// set turns a knob to a text, and remembers what it was.
func (m *Model) set(owner string, k lab.Knob, to string) error {
	if err := m.cfg.Session.Send(lab.Action{By: lab.ByUser, Kind: lab.ActSet, Target: owner, Name: k.Name, To: to}); err != nil {
		return err
	}
	m.undo = append(m.undo, change{owner, m.ownerKind(owner), k.Name, k.Spec()})
	m.undo = m.undo[max(0, len(m.undo)-maxUndo):]
	m.moved[owner+"."+k.Name] = m.cfg.Session.Snapshot().At
	m.Sync()
	return nil
}

// turned turns a knob, unless that changes nothing.
func (m *Model) turned(owner string, k lab.Knob, to string) tea.Cmd {
	if to == k.Spec() {
		return nil
	}
	if err := m.set(owner, k, to); err != nil {
		return screen.Complain(err)
	}
	return nil
}

func (m *Model) turn(steps int) tea.Cmd {
	d, _ := m.dial()
	return m.turned(d.Owner, d.Knob, d.Turned(steps))
}

// far is more than there are steps or rows.
const far = 1 << 30

func (m *Model) toLimit(end int) tea.Cmd {
	d, _ := m.dial()
	switch n := len(d.Choices); {
	case d.Kind == lab.Choice && n > 0 && end < 0:
		return m.turned(d.Owner, d.Knob, d.Choices[0])
	case d.Kind == lab.Choice && n > 0:
		return m.turned(d.Owner, d.Knob, d.Choices[n-1])
	}
	return m.turned(d.Owner, d.Knob, d.Turned(end*far))
}

func (m *Model) typeValue() {
	d, _ := m.dial()
	listed := d.Kind == lab.Table || d.Kind == lab.Text
	want := d.Range() + "; now " + d.Show()
	if listed {
		want = d.Help
	}
	m.input = newInput(d.Name+" =", want, m.focus, func(text string) error {
		if text == "" && !listed || listed && text == d.Knob.Text {
			return nil
		}
		return m.set(d.Owner, d.Knob, text)
	})
	if listed { // a list is mended rather than written anew
		m.input.field = screen.NewField(d.Knob.Text, max(1000, 2*len(d.Knob.Text)))
	}
}

// ownerKind is which policy or load there is; the fleet is always the same.
func (m *Model) ownerKind(owner string) string {
	switch set := &m.snap.Setup; owner {
	case "policy":
		return set.Policy
	case "load":
		return set.LoadKind
	}
	return ""
}

// takeBack undoes the last turn of a knob that is there now. Turns of others
// wait until theirs are there again.
func (m *Model) takeBack() tea.Cmd {
	last := len(m.undo) - 1
	i := last
	for i >= 0 && m.undo[i].kind != m.ownerKind(m.undo[i].owner) {
		i--
	}
	waiting := ""
	if i < last {
		c := m.undo[last]
		waiting = fmt.Sprintf("%s of %s is undone when it is there again", c.name, c.kind)
	}
	if i < 0 {
		return screen.Tell(waiting)
	}
	c := m.undo[i]
	if cmd := m.send(lab.Action{Kind: lab.ActSet, Target: c.owner, Name: c.name, To: c.from}); cmd != nil {
		return cmd
	}
	m.undo = slices.Delete(m.undo, i, i+1)
	m.moved[c.owner+"."+c.name] = m.snap.At
	if waiting != "" {
		return screen.Tell(fmt.Sprintf("%s is undone; %s", c.name, waiting))
	}
	return nil
}

// nameOf is what people call an instance.
func nameOf(i *lab.Instance) string { return fmt.Sprintf("instance %d", i.Num) }

// level turns the load 10 % up or down, at least by one; three digits are
// enough, and make up after down the same again.
func (m *Model) level(by int) tea.Cmd {
	k, ok := lab.Find(m.pic.LoadKnobs, m.snap.Setup.LevelKnob)
	if !ok {
		return nil
	}
	v := k.Value
	to := max(v*1.1, v+1)
	if by < 0 {
		to = min(v/1.1, v-1)
	}
	if k.Whole {
		to = math.Round(to)
	} else if to > 0 {
		digits := math.Pow(10, 2-math.Floor(math.Log10(to)))
		to = math.Round(to*digits) / digits
	}
	k.Value = max(k.Min, min(to, k.Max))
	text := k.Spec()
	k.Value = v
	return m.turned("load", k, text)
}

func (m *Model) switchLoad() tea.Cmd {
	return m.send(lab.Action{Kind: lab.ActLoad, To: lab.OnOffText(!m.snap.Setup.LoadOn)})
}

// otherModel sends the same shape the other way.
func (m *Model) otherModel() tea.Cmd {
	kind, closed := strings.CutPrefix(m.snap.Setup.LoadKind, "closed/")
	model := "open"
	if !closed {
		kind, model = "closed/"+kind, "closed"
	}
	if !slices.Contains(m.cfg.Shapes, kind) {
		return screen.Tell(fmt.Sprintf("the load %q has no %s form", m.snap.Setup.LoadKind, model))
	}
	return m.send(lab.Action{Kind: lab.ActShape, To: kind})
}

// nextShape goes round the shapes of the model there is.
func (m *Model) nextShape() tea.Cmd {
	closed := strings.HasPrefix(m.snap.Setup.LoadKind, "closed/")
	var shapes []string
	for _, s := range m.cfg.Shapes {
		if strings.HasPrefix(s, "closed/") == closed {
			shapes = append(shapes, s)
		}
	}
	to, ok := next(shapes, m.snap.Setup.LoadKind, 1)
	if !ok || to == m.snap.Setup.LoadKind {
		return screen.Tell("there is no other shape of this model; o changes the model")
	}
	return m.send(lab.Action{Kind: lab.ActShape, To: to})
}

func (m *Model) nextBalance() tea.Cmd {
	to, ok := next(m.cfg.Balances, m.snap.Setup.Balance, 1)
	if !ok {
		return nil
	}
	if cmd := m.send(lab.Action{Kind: lab.ActBalance, To: to}); cmd != nil {
		return cmd
	}
	return screen.Tell("balancing: " + to)
}

func (m *Model) nextPolicy(by int) tea.Cmd {
	to, ok := next(m.cfg.Policies, m.snap.Setup.Policy, by)
	if !ok {
		return nil
	}
	m.policy.Select(0)
	return m.send(lab.Action{Kind: lab.ActPolicy, To: to})
}

func (m *Model) nextMetric() tea.Cmd {
	k, ok := lab.Find(m.pic.PolicyKnobs, "metric")
	if !ok {
		return screen.Tell(m.snap.Setup.Policy + " does not scale on a metric")
	}
	return m.turned("policy", k, k.Turned(1))
}

func (m *Model) autoscale() tea.Cmd {
	return m.send(lab.Action{Kind: lab.ActAutoscale, To: lab.OnOffText(!m.snap.Setup.Autoscale)})
}

// byHand tells whether the user scales.
func (m *Model) byHand() bool { return !m.snap.Setup.Autoscale || m.snap.Setup.Policy == "manual" }

func (m *Model) scale(by int) tea.Cmd {
	return m.send(lab.Action{Kind: lab.ActScale, To: strconv.Itoa(m.snap.Desired + by)})
}

// target does something to the selected instance, or to the newest.
func (m *Model) target(kind func(*lab.Instance) lab.ActionKind) tea.Cmd {
	i := m.instances.Target()
	if i == nil {
		return screen.Tell("there is no instance")
	}
	return m.send(lab.Action{Kind: kind(i), Target: i.ID})
}

func (m *Model) kill() tea.Cmd {
	return m.target(func(*lab.Instance) lab.ActionKind { return lab.ActKill })
}

func (m *Model) hang() tea.Cmd {
	return m.target(func(i *lab.Instance) lab.ActionKind {
		if i.Hung || i.ByHand { // by hand: though not yet seen to hang
			return lab.ActResume
		}
		return lab.ActHang
	})
}

func (m *Model) drain() tea.Cmd {
	return m.target(func(*lab.Instance) lab.ActionKind { return lab.ActDrain })
}

// again sends the last run's load once more.
func (m *Model) again() tea.Cmd {
	if cmd := m.send(lab.Action{Kind: lab.ActAgain}); cmd != nil {
		return cmd
	}
	return screen.Tell("the same load again, with the knobs as they are now")
}

func (m *Model) stop() tea.Cmd { return m.send(lab.Action{Kind: lab.ActStop}) }

func (m *Model) fresh() tea.Cmd {
	running := m.snap.Phase == engine.Running
	if cmd := m.send(lab.Action{Kind: lab.ActNew}); cmd != nil {
		return cmd
	}
	if running {
		return screen.Tell("the run has ended; the next begins with the first deed")
	}
	return nil
}

func (m *Model) mark() {
	m.input = newInput("note:", "", none, func(text string) error {
		return m.cfg.Session.Send(lab.Action{By: lab.ByUser, Kind: lab.ActMark, To: lab.Clean(text)})
	})
}
