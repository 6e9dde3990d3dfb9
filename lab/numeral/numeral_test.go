package numeral

import (
	"testing"
	"time"
)

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		if got := Count(n); got != want {
			t.Errorf("count(%d) = %s, want %s", n, got, want)
		}
	}
	for digits, want := range map[string]string{"0.25": "0.25", "1234.5678": "1,234.5678", "-123456.0": "-123,456.0"} {
		if got := Group(digits); got != want {
			t.Errorf("Group(%s) = %s, want %s", digits, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0 s", 1500 * time.Millisecond: "1.5 s", time.Minute: "60 s", 330 * time.Second: "5 m 30 s", 125 * time.Minute: "2 h 5 m"} {
		if got := Length(d); got != want {
			t.Errorf("clock(%v) = %s, want %s", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "00:00", 9300 * time.Millisecond: "00:09.3", 59960 * time.Millisecond: "01:00", 3662500 * time.Millisecond: "61:02.5", -1500 * time.Millisecond: "-00:01.5", -20 * time.Millisecond: "00:00"} {
		if got := Moment(d); got != want {
			t.Errorf("Moment(%v) = %s, want %s", d, got, want)
		}
	}
}
