//go:build darwin || freebsd || dragonfly

package disk

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Remote tells whether a folder, or the nearest one above it that exists, lies
// on a network file system.
func Remote(dir string) bool {
	for {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err == nil {
			return st.Flags&unix.MNT_LOCAL == 0
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}
