package pane

import (
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestFiguresAreWhatPeopleRead(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{percent(lab.Reading{}), "—"},
		{percent(lab.Known(0.364, 0, 0)), "36.4"},
		{percent(lab.Known(1, 0, 0)), "100"},
		{short(0), "0.0"},
		{short(1018.2), "1018"},
		{whole(0.42), "0.4"},
		{whole(9.4), "9"},
		{perMinute(72), "4,320 rpm"},
		{millis(nil, .95), "—"},
		{bytes(lab.Known(12<<20, 0, 0)), "12M"},
		{age(84 * time.Second), "84s"},
		{age(12 * time.Minute), "12m"},
		{age(3 * time.Hour), "3h"},
		{Clock(84 * time.Second), "01:24"},
		{Clock(3723 * time.Second), "1:02:03"},
		{Clock(-1500 * time.Millisecond), "-00:02"},
		{in(2100 * time.Millisecond), "2.1 s"},
		{in(0), "now"},
		{in(90 * time.Second), "90 s"},
		{in(200 * time.Second), "4 min"},
		{port("127.0.0.1:5000"), ":5000"},
		{port("x"), "x"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
