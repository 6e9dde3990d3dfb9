package history

import (
	"testing"
	"time"
)

func TestTimesAndBars(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "00:00", 425 * time.Second: "07:05", 4025 * time.Second: "1:07:05"} {
		if got := stamp(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	if got := bars([]float64{0, 1, 2, 3.9999999999, 4}, 4); got != "▁▃▅██" {
		t.Errorf("bars %s", got)
	}
}
