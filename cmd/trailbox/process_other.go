//go:build !unix

package main

// setUpProcess does nothing where files have no modes.
func setUpProcess() {}
