package schema

import "syscall"

// stateOf is the state of a regular file.
func stateOf(path string) (state fileState, ok bool) {
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err != nil || info.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return fileState{}, false
	}
	return fileState{
		device: info.Dev, inode: info.Ino, size: info.Size, modified: info.Mtim.Nano(), changed: info.Ctim.Nano(),
	}, true
}
