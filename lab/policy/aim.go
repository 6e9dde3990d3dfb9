package policy

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// aim is a metric and the value of it that a policy holds; each metric keeps
// its own.
type aim struct {
	metric  string
	targets map[string]*float64
}

// newAim aims at that much instance CPU; at the other metrics' upper limits.
func newAim(cpu float64) aim {
	a := aim{"cpu", map[string]*float64{}}
	for _, m := range signals {
		target := m.upper
		if m.Name == "cpu" || m.Name == "system-cpu" {
			target = cpu
		}
		a.targets[m.Name] = &target
	}
	return a
}

func (a *aim) signal() *signal { return findSignal(a.metric) }
func (a *aim) target() float64 { return *a.targets[a.metric] }

func (a *aim) dials() lab.Panel {
	m := a.signal()
	if m.least == 0 {
		m = &signal{Metric: m.Metric, least: m.step, most: m.most, step: m.step}
	}
	return lab.Panel{
		m.dial("target", "the value to hold", a.targets[a.metric]),
		lab.DialChoice(lab.Knob{Name: "metric", Label: "metric", Help: "what it scales on", Choices: signalNames()}, &a.metric),
	}
}

// bands is a metric with an upper and a lower limit to it; each metric keeps
// its own.
type bands struct {
	metric string
	limits map[string]*band
}

// newBands has those limits of CPU, and the usual ones of the other metrics.
func newBands(upper, lower float64) bands {
	b := bands{"cpu", map[string]*band{}}
	for _, m := range signals {
		b.limits[m.Name] = &band{m.upper, m.lower}
	}
	b.limits["cpu"] = &band{upper, lower}
	b.limits["system-cpu"] = &band{upper, lower}
	return b
}

type band struct{ upper, lower float64 }

func (b *bands) signal() *signal { return findSignal(b.metric) }
func (b *bands) band() *band     { return b.limits[b.metric] }

func (b *bands) dials(above, below string) lab.Panel {
	m := b.signal()
	return lab.Panel{
		m.dial("upper", above, &b.band().upper),
		m.dial("lower", below, &b.band().lower),
		lab.DialChoice(lab.Knob{Name: "metric", Label: "metric", Help: "what it scales on", Choices: signalNames()}, &b.metric),
	}
}

// Check tells whether lower is below upper.
func (b *bands) Check() error {
	if m, l := b.signal(), b.band(); l.lower >= l.upper {
		return &lab.InputError{Field: "lower", Value: m.Show(l.lower), Want: "less than upper, which is " + m.Show(l.upper)}
	}
	return nil
}

// whole makes a count of a whole number, whatever it is: NaN is 0, and what no
// fleet ever has is the most an int32 holds.
func whole(v float64) int {
	if math.IsNaN(v) {
		return 0
	}
	return int(max(math.MinInt32, min(v, math.MaxInt32)))
}

// up is v rounded up, down is v rounded down; a billionth beside a whole
// number is the arithmetic's, not the metric's.
func up(v float64) int   { return whole(math.Ceil(v - 1e-9*max(1, math.Abs(v)))) }
func down(v float64) int { return whole(math.Floor(v + 1e-9*max(1, math.Abs(v)))) }

// rows splits a list in its compact spelling; an empty text is none.
func rows(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	out := strings.Split(text, "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// clash is the refusal of two rows of a list that do not go together.
func clash(field, a, b, want string) error {
	return &lab.InputError{Field: field, Value: a + " and " + b, Want: want}
}

// unknown is the Decision of a policy that cannot tell.
func unknown(s *lab.Sample, m *signal) lab.Decision {
	return lab.Decision{Desired: s.Desired, Reason: fmt.Sprintf("%s is not known", m.Label)}
}

// hold keeps what there is, for a reason.
func hold(d *lab.Decision, stage, why string) {
	d.Reason += ", " + why
	d.Stages = append(d.Stages, lab.Stage{Name: stage, Value: float64(d.Desired), Text: why})
}

// join is two clauses of a reason.
func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// waits is what is still to come, soonest first.
func waits(now time.Duration, all ...lab.Wait) []lab.Wait {
	out := make([]lab.Wait, 0, len(all))
	for _, w := range all {
		if w.At > now {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, sooner)
	return out
}

func sooner(a, b lab.Wait) int { return cmp.Compare(a.At, b.At) }
