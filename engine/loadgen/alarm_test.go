package loadgen

import (
	"sync"
	"testing"
	"time"
)

func alarms(t *testing.T, test func(*testing.T, alarm)) {
	for name, make := range map[string]func() alarm{"this system's": newAlarm, "Go's timer": func() alarm { return newTimer() }} {
		t.Run(name, func(t *testing.T) {
			a := make()
			defer a.close()
			test(t, a)
		})
	}
}

// Whatever the time, past ones and none included: otherwise this hangs.
func TestAnAlarmGoesOff(t *testing.T) {
	alarms(t, func(t *testing.T, a alarm) {
		for _, d := range []time.Duration{-time.Second, 0, time.Nanosecond, 100 * time.Microsecond, 3 * time.Millisecond} {
			for range 5 {
				a.wait(d)
			}
		}
	})
}

// However the two meet, a ring is never lost: otherwise this hangs.
func TestARingEndsTheWait(t *testing.T) {
	alarms(t, func(t *testing.T, a alarm) {
		var served, asked int // what the ringing is for
		var mu sync.Mutex
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				mu.Lock()
				served = asked
				over := served == 2000
				mu.Unlock()
				if over {
					return
				}
				a.wait(forever)
			}
		}()
		for range 2000 {
			mu.Lock()
			asked++
			mu.Unlock()
			a.ring()
		}
		<-done
	})
}
