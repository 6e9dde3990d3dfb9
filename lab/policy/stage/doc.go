// Package stage holds what scaling policies are composed of: small values, each
// with one meaning, so that no semantics exists twice.
//
//	Signal, Aim, Bands, Goal   what is looked at, and what it is held to
//	Warmup                     which instances count
//	Window, Peak               of the time just past: mean, most
//	Cooldown, Settled          when a change is possible again
//	Unknown, Hold, Waits …     how a Decision says what was done
//
// The zero value of what remembers has seen nothing. It imports lab alone.
package stage
