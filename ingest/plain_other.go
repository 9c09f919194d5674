//go:build !unix

package ingest

// readPlain reads nothing: here, files are read by os.File alone.
func readPlain(string, []byte) (n int, ok bool) { return 0, false }
