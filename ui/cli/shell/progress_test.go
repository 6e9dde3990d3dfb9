package shell

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestLinesComeOnceASecond(t *testing.T) {
	var b bytes.Buffer
	p := &Progress{w: &b}
	for i := range 30 {
		tick := lab.Tick{Sample: lab.Sample{At: time.Duration(i+1) * 100 * time.Millisecond, Span: 100 * time.Millisecond}}
		if i == 15 {
			tick.Events = []lab.Event{{Kind: lab.EventFailed, Text: "3 :5002 ended: signal: killed"}}
		}
		p.Tick(tick)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 || !strings.Contains(lines[2], "| 3 :5002 ended") {
		t.Errorf("%s", b.String())
	}
}

func TestTheLastLineIsNotLostToAnEarlyEnd(t *testing.T) {
	var b bytes.Buffer
	p := &Progress{w: &b}
	for i, at := range []time.Duration{1000100, 2000300, 2999900} {
		tick := lab.Tick{Sample: lab.Sample{At: at * time.Microsecond, Span: time.Second}}
		if i == 0 {
			tick.Sample.Span = tick.Sample.At
		}
		p.Tick(tick)
	}
	if lines := strings.Count(b.String(), "\n"); lines != 3 {
		t.Errorf("%d lines of 3 s:\n%s", lines, b.String())
	}
}
