//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// setUpProcess makes all files that the process creates readable for its user alone:
// the store, its write-ahead log, what is spilled while a query runs. Log files name
// people and machines, and DuckDB has no setting for it. A file that may not grow
// further (ulimit -f) is an error like a full disk, not the end of the process.
func setUpProcess() {
	syscall.Umask(0o077)
	signal.Ignore(syscall.SIGXFSZ)
}
