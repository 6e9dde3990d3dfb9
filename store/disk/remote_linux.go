package disk

import (
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// networkMagic are the file systems over a network that Linux knows by number
// (statfs(2)); FUSE stands for sshfs and its like.
var networkMagic = []uint32{
	unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, 0xfe534d42, /* SMB2 */
	unix.AFS_FS_MAGIC, unix.AFS_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.CODA_SUPER_MAGIC, unix.NCP_SUPER_MAGIC,
	unix.OCFS2_SUPER_MAGIC, 0x01161970 /* GFS2 */, 0x0bd00bd0 /* Lustre */, 0x47504653, /* GPFS */
	unix.V9FS_MAGIC, unix.FUSE_SUPER_MAGIC,
}

// Remote tells whether a folder, or the nearest one above it that exists, lies
// on a network file system.
func Remote(dir string) bool {
	for {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err == nil {
			return slices.Contains(networkMagic, uint32(st.Type))
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}
