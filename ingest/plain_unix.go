//go:build unix

package ingest

import "syscall"

// readPlain reads a file into buf until that is full or the file ends, and reports whether it could: the
// file must be a regular one and no link. A million files of a few kB are read in half of the time that an
// [os.File] for each takes, which can be waited for and cleans up after itself. What is the matter with a
// file that it does not read, others find out.
func readPlain(path string, buf []byte) (n int, ok bool) {
	f, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer syscall.Close(f)
	var info syscall.Stat_t
	if err := syscall.Fstat(f, &info); err != nil || info.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return 0, false
	}
	for n < len(buf) {
		more, err := syscall.Read(f, buf[n:])
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, false
		case more == 0:
			return n, true
		default:
			n += more
		}
	}
	return n, true
}
