//go:build !linux && !darwin

package ui

// canSuspend tells that there is no such thing as suspending here.
func canSuspend() bool { return false }
