//go:build unix

package main

import "syscall"

// keepPrivate makes all files that the process creates readable for its user
// alone: the store, its write-ahead log, what is spilled while a query runs. Log
// files name people and machines, and DuckDB has no setting for it.
func keepPrivate() { syscall.Umask(0o077) }
