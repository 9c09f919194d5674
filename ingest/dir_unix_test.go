//go:build unix

package ingest

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// What is no regular file is told of and not opened: a pipe has no end, and nobody may be
// at the other one. That goes for the metadata of a digest file, too.
func TestRunSpecialFiles(t *testing.T) {
	const digest = "/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260302T010000Z.json.gz"
	dir, other := folder(t), folder(t)
	write(t, dir+"/good.json", logFile(record(1, monday, "A")))
	write(t, dir+digest, []byte("{}"))
	pipe := func(path string) {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pipe(dir + "/pipe.json")
	pipe(dir + digest + ".metadata.json")
	pipe(other + "/pipe")
	link(t, other+"/pipe", dir+"/link.json")
	t.Chdir(dir) // names of sockets are short
	l, err := net.Listen("unix", "socket.json")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	link(t, "/dev/zero", dir+"/zero.json")

	store := create(t)
	s := mustRun(t, store, Options{}, open(t, dir))
	if s.FilesListed != 7 || s.FilesLoaded != 1 || s.FilesDamaged != 6 || len(s.Errors) != 6 {
		t.Errorf("%+v", s)
	}
	for _, f := range s.Errors {
		if !strings.HasSuffix(f.Error, ": neither a file nor a folder") {
			t.Errorf("%s: %s", f.URI, f.Error)
		}
	}

	// A pipe that takes the place of a file after that was listed.
	source := open(t, dir)
	for o, err := range source.List(t.Context(), wantAll) {
		if err != nil || !strings.HasSuffix(o.URI, "good.json") {
			continue
		}
		if err := os.Remove(o.URI); err != nil {
			t.Fatal(err)
		}
		pipe(o.URI)
		if _, _, err := source.Fetch(t.Context(), o); err == nil || !strings.Contains(err.Error(), "neither a file nor a folder") {
			t.Errorf("%v", err)
		}
	}
}

// A link that takes the place of a file after that was listed leads nowhere, either.
func TestDirFetchSwapped(t *testing.T) {
	dir, other := folder(t), folder(t)
	write(t, other+"/secret", []byte("secret"))
	source := open(t, dir)
	link(t, other+"/secret", dir+"/a.json")
	if data, _, err := source.Fetch(t.Context(), Object{URI: dir + "/a.json", Size: 6}); err == nil {
		t.Errorf("read %q", data)
	}
}
