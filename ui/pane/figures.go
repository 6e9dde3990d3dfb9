package pane

import (
	"fmt"
	"strconv"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
)

// A figure that is not known prints as a dash.
const unknown = "—"

// percent shows a share 0..1, without its sign: "36.4", "100".
func percent(r lab.Reading) string {
	if !r.OK {
		return unknown
	}
	return short(r.Value * 100)
}

// short shows a figure in as many digits as it takes to tell it from its
// neighbours: "0.25" → "0.3", "18.1", "101", "1018".
func short(v float64) string {
	if v < 99.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// whole shows a figure without its fraction, but never a small one as 0:
// "0.4", "9", "1018".
func whole(v float64) string {
	if v > 0 && v < 0.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// perMinute shows a rate a second as one a minute: "4,320 rpm".
func perMinute(rate float64) string { return numeral.Count(int64(rate*60+0.5)) + " rpm" }

// millis shows a quantile of h in milliseconds: "0.4", "9", "1200".
func millis(h lab.Hist, q float64) string {
	d, ok := h.Quantile(q)
	if !ok {
		return unknown
	}
	return whole(d.Seconds() * 1000)
}

// bytes shows an amount of memory: "940k", "12M", "1.2G".
func bytes(r lab.Reading) string {
	switch v := r.Value; {
	case !r.OK:
		return unknown
	case v < 1<<20:
		return fmt.Sprintf("%.0fk", v/(1<<10))
	case v < 1<<30:
		return fmt.Sprintf("%.0fM", v/(1<<20))
	default:
		return fmt.Sprintf("%.1fG", v/(1<<30))
	}
}

// age shows a length of time in its greatest unit: "8s", "12m", "3h".
func age(d time.Duration) string {
	switch {
	case d < 0:
		return unknown
	case d < 2*time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return strconv.Itoa(int(d/time.Hour)) + "h"
}

// Clock shows a moment of a run: "01:24", "1:02:03", "-00:05" before its begin.
func Clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		// before the begin: rounded away from it, as the seconds after it are
		sign, d = "-", -d+time.Second-1
	}
	s := int(d / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%s%02d:%02d", sign, s/60, s%60)
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, s/3600, s/60%60, s%60)
}

// in shows how long it is until a moment: "2.1 s", "4 min".
func in(d time.Duration) string {
	switch {
	case d <= 0:
		return "now"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < 2*time.Minute:
		return strconv.Itoa(int((d+time.Second-1)/time.Second)) + " s"
	}
	return strconv.Itoa(int((d+time.Minute-1)/time.Minute)) + " min"
}

// port is the part of an address that tells instances apart: ":5000".
func port(addr string) string {
	for i := len(addr) - 1; i >= 0; i-- {
		if addr[i] == ':' {
			return addr[i:]
		}
	}
	return addr
}
