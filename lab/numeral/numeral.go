// Package numeral writes numbers and lengths of time as people read them, the
// same on every screen and in every report.
//
//	Count ─▶ Group ─▶ 1,234      Length ─▶ 5 m 30 s      Moment ─▶ 05:30
package numeral

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count is n with its thousands apart: 3,600.
func Count(n int64) string { return Group(strconv.FormatInt(n, 10)) }

// Group sets the thousands of a number in digits apart: -1234.5 is -1,234.5.
func Group(digits string) string {
	whole, _, _ := strings.Cut(digits, ".")
	rest := digits[len(whole):]
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + rest
}

// Length is a length of time: 1.5 s, 60 s, 5 m 30 s, 2 h 5 m.
func Length(d time.Duration) string {
	d = d.Round(100 * time.Millisecond)
	h, m := int(d.Hours()), int(d.Minutes())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %d m", h, m)
	case m > 0 && d > 100*time.Second:
		return fmt.Sprintf("%d m %d s", m, int(d.Seconds())%60)
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

// Moment is a moment of a run, of minutes and seconds: 00:09, 61:02.5, and -00:01
// before it began.
func Moment(d time.Duration) string {
	if d = d.Round(100 * time.Millisecond); d < 0 {
		return "-" + Moment(d.Abs())
	}
	text := fmt.Sprintf("%02d:%02d", int(d.Minutes()), int(d.Seconds())%60)
	if tenth := d % time.Second / (100 * time.Millisecond); tenth > 0 {
		text += fmt.Sprintf(".%d", tenth)
	}
	return text
}
