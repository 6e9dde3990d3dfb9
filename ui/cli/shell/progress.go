package shell

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
)

// Progress shows how far a run or a load has come: one line that is drawn
// again and again on a terminal, else a line a second.
type Progress struct {
	w     io.Writer
	bar   bool // w is a terminal that can go back to the line's start
	ascii bool
	width int
	total time.Duration // 0: there is no end to draw a bar to
	label string        // of one of several runs
	after time.Duration // what the runs after this one will take

	first, next time.Duration
	begun       bool
	notes       []string // of ticks between two lines
}

// Progress goes to the terminal's error stream if that is one; else to out, or
// nowhere if quiet.
func (s Stdio) Progress(total time.Duration, ascii, quiet bool) *Progress {
	p := &Progress{w: s.Out, total: total, ascii: ascii, width: s.Width}
	switch {
	case s.ErrTTY && os.Getenv("TERM") != "dumb":
		p.w, p.bar = s.Err, true
		if p.width < 20 {
			p.width = 80
		}
	case quiet:
		p.w = io.Discard
	}
	return p
}

// Among says that this is the i-th of n runs, and what of.
func (p *Progress) Among(i, n int, what string, after time.Duration) {
	p.label, p.after = fmt.Sprintf("%d/%d %s", i, n, Cut(what, p.width/4)), after
	if p.bar {
		p.show(0, "starting")
		return
	}
	fmt.Fprintf(p.w, "run %d of %d: %s, %s left in all\n", i, n, what, numeral.Length((p.total + after).Round(time.Second)))
}

// Tick shows a tick of a run.
func (p *Progress) Tick(t lab.Tick) {
	s := &t.Sample
	if !p.begun {
		p.begun, p.first = true, s.At-s.Span
	}
	if t.Decision.Desired != s.Desired {
		p.notes = append(p.notes, t.Decision.Reason)
	}
	for _, e := range t.Events {
		switch e.Kind {
		case lab.EventFailed, lab.EventHung, lab.EventBack, lab.EventWarning:
			p.notes = append(p.notes, e.Text)
		}
	}
	at := s.At - p.first
	seen := s.Seen()
	figures := fmt.Sprintf("ready %d of %d  offered %.0f/s  served %.0f/s  CPU %s %%  p95 %s ms",
		s.Serving(), t.Decision.Desired, s.OfferedRate(), s.ServedRate(), percent(s.InstanceCPU()), Figure(lab.LatencyOf(seen.Latency).P95))
	if n := seen.Failures(); n > 0 {
		figures += "  failed " + numeral.Count(n)
	}
	p.show(at, figures)
}

func percent(r lab.Reading) string {
	if !r.OK {
		return Unknown
	}
	return fmt.Sprintf("%.0f", r.Value*100)
}

// Second shows one second of a load.
func (p *Progress) Second(at time.Duration, cut lab.Traffic) {
	figures := fmt.Sprintf("sent %s  ok %s  failed %s  in flight %d  p95 %s ms",
		numeral.Count(cut.Arrived), numeral.Count(cut.OK), numeral.Count(cut.Failures()), cut.InFlight, Figure(lab.LatencyOf(cut.Latency).P95))
	if cut.Dropped > 0 {
		figures += "  dropped " + numeral.Count(cut.Dropped)
	}
	p.show(at, figures)
}

func (p *Progress) show(at time.Duration, figures string) {
	if p.bar {
		fmt.Fprintf(p.w, "\r%s\x1b[K", ansi.Truncate(p.gauge(at)+figures, p.width-1, ""))
		return
	}
	const early = 50 * time.Millisecond // a run ends a little before its last tick is due
	if at+early < p.next {
		return
	}
	p.next = (at + early).Truncate(time.Second) + time.Second
	if len(p.notes) > 0 {
		figures += "  | " + strings.Join(p.notes, "; ")
		p.notes = nil
	}
	fmt.Fprintf(p.w, "%4.0f s  %s\n", at.Seconds(), figures)
}

const gaugeWidth = 8

func (p *Progress) gauge(at time.Duration) string {
	if p.total <= 0 {
		return numeral.Length(at.Truncate(time.Second)) + "  "
	}
	full, empty := "█", "░"
	if p.ascii {
		full, empty = "#", "."
	}
	n := min(gaugeWidth, int(gaugeWidth*at/p.total))
	if p.label != "" {
		left := max(0, p.total-at) + p.after
		return fmt.Sprintf("%s %s%s %s left  ", p.label, strings.Repeat(full, n), strings.Repeat(empty, gaugeWidth-n), numeral.Length(left.Truncate(time.Second)))
	}
	return fmt.Sprintf("%s%s %s of %s  ", strings.Repeat(full, n), strings.Repeat(empty, gaugeWidth-n), numeral.Length(min(at, p.total).Truncate(time.Second)), numeral.Length(p.total))
}

// End wipes the bar.
func (p *Progress) End() {
	if p.bar {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
