package lab

import "time"

// Reading is one measured figure. It is unknown until OK, and never NaN.
type Reading struct {
	Value  float64       `json:"value,omitzero"`
	At     time.Duration `json:"at_ns,omitzero"`     // lab time of the measurement
	Window time.Duration `json:"window_ns,omitzero"` // length it was averaged over; 0 for an instant
	OK     bool          `json:"ok,omitzero"`
}

// Known makes a Reading that is known.
func Known(value float64, at, window time.Duration) Reading {
	return Reading{Value: value, At: at, Window: window, OK: true}
}
