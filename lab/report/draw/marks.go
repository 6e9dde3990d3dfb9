package draw

import (
	"fmt"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
)

// flag is something that happened at a moment: a line across the charts, and a
// word above where there is room.
type flag struct {
	x    float64
	text string
}

// flags are what was done to a run, and what broke by itself.
func flags(rec *lab.Record, zero time.Duration) []flag {
	var out []flag
	var last *lab.Event
	killed := map[string]bool{}
	for _, t := range report.RunTicks(rec) {
		for i := range t.Events {
			e := &t.Events[i]
			label := ""
			switch a := e.Action; {
			case a != nil:
				if label = deed(a); a.Kind == lab.ActKill || a.Kind == lab.ActHang {
					killed[a.Target] = true
				}
			case e.Kind == lab.EventFailed && !killed[e.Instance], e.Kind == lab.EventHung && !killed[e.Instance]:
				label = strings.TrimSpace(e.Instance + " " + string(e.Kind))
			case e.Kind == lab.EventMark:
				label = e.Text
			}
			if label == "" || e.At <= rec.Run.Origin { // how it began is no change
				continue
			}
			f := flag{(e.At - zero).Seconds(), short(label)}
			if last != nil && report.OneTurn(last, e) {
				out[len(out)-1].text = f.text
			} else {
				out = append(out, f)
			}
			last = e
		}
	}
	return out
}

// deed is an action in a word or two.
func deed(a *lab.Action) string {
	switch a.Kind {
	case lab.ActSet:
		return a.Name + " " + a.To
	case lab.ActPolicy, lab.ActShape:
		kind, _, _ := strings.Cut(a.To, ":")
		return string(a.Kind) + " " + kind
	case lab.ActLoad, lab.ActAutoscale, lab.ActScale, lab.ActBalance:
		return string(a.Kind) + " " + a.To
	case lab.ActKill, lab.ActHang, lab.ActResume, lab.ActDrain:
		return string(a.Kind) + " " + a.Target
	case lab.ActMark:
		return a.To
	}
	return "" // the run's own beginning and end
}

// arrow is a change of desired.
type arrow struct {
	x    float64
	to   float64
	up   bool
	text string
}

func arrows(rec *lab.Record, zero time.Duration) []arrow {
	var out []arrow
	for _, d := range report.DesiredOf(rec, report.Recorded(rec), nil).Changes {
		out = append(out, arrow{(d.At + rec.Run.Origin - zero).Seconds(), float64(d.To), d.To > d.From, fmt.Sprintf("%+d", d.To-d.From)})
	}
	return out
}

// short is a text as it fits beside others; without what XML cannot hold.
func short(s string) string {
	const most = 22
	s = clean(s)
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, lab.Clean(s)))
}
