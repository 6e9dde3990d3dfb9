//go:build !linux && !darwin && !freebsd && !dragonfly && !windows

package disk

// Remote cannot be told on this system.
func Remote(string) bool { return false }
