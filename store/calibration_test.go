package store

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

func TestCalibrationsAreKeptByTheirKey(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	if _, ok, err := s.Calibration(ctx, "a"); ok || err != nil {
		t.Fatalf("of nothing: %t, %v", ok, err)
	}
	var want lab.Calibration
	codectest.Fill(&want)
	want.Key, want.At = "a", time.Date(2026, 1, 2, 3, 4, 5, 6, time.Local)
	earlier, other := want, want
	earlier.PerSecond, other.Key = 1, "b"
	for _, c := range []lab.Calibration{earlier, other, want} {
		if err := s.SetCalibration(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	got, ok, err := openAt(t, s.path, options{}).Calibration(ctx, "a")
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("want %+v\ngot  %+v", want, got)
	}
	other.Host.CPU = "evil\x1b[2J"
	if err := s.SetCalibration(ctx, other); err != nil {
		t.Fatal(err)
	}
	if got, _, err := s.Calibration(ctx, "b"); err != nil || strings.ContainsRune(got.Host.CPU, '\x1b') {
		t.Errorf("host %q, %v", got.Host.CPU, err)
	}
}
