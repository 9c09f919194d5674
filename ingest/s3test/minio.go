//go:build minio

package s3test

import (
	"bytes"
	"context"
	"encoding/base64"
	"go/build"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// MinIO is a MinIO server that knows one KMS key.
type MinIO struct {
	URL                    string
	AccessKeyID, SecretKey string
	KMSKey                 string // the key's name
}

// StartMinIO starts a MinIO server with an empty folder, ends it with the test,
// and sets credentials for it. The program is $MINIO, or minio in $PATH, or minio
// in $GOPATH/bin, where "go install github.com/minio/minio@latest" puts it.
// Without it the test fails: who asks for the build tag wants to know.
func StartMinIO(tb testing.TB) *MinIO {
	tb.Helper()
	program := os.Getenv("MINIO")
	if program == "" {
		var err error
		if program, err = exec.LookPath("minio"); err != nil {
			program = filepath.Join(build.Default.GOPATH, "bin", "minio")
		}
	}
	m := &MinIO{AccessKeyID: "trailbox", SecretKey: "trailbox-secret", KMSKey: "my-key"}
	Credentials(tb, m.AccessKeyID, m.SecretKey)

	address := freeAddress(tb)
	m.URL = "http://" + address
	dir := tb.TempDir()
	var output bytes.Buffer
	// WithoutCancel, since the test's context ends before its cleanup.
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	server := exec.CommandContext(ctx, program, "server", "--anonymous", "--address", address, filepath.Join(dir, "data"))
	server.Env = []string{
		"HOME=" + dir, // for its certificates
		"MINIO_ROOT_USER=" + m.AccessKeyID,
		"MINIO_ROOT_PASSWORD=" + m.SecretKey,
		"MINIO_KMS_SECRET_KEY=" + m.KMSKey + ":" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32)),
		"MINIO_BROWSER=off",
		"MINIO_UPDATE=off", // or it would ask the network for a newer version
	}
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		cancel()
		tb.Fatalf("MinIO: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		server.Wait()
		close(ended)
	}()
	tb.Cleanup(func() {
		cancel()
		<-ended
		if tb.Failed() {
			tb.Logf("MinIO said:\n%s", &output)
		}
	})
	await(tb, m.URL+"/minio/health/ready", ended)
	return m
}

// await returns when url answers with OK.
func await(tb testing.TB, url string, ended <-chan struct{}) {
	tb.Helper()
	deadline := time.After(30 * time.Second)
	for {
		if r, err := http.Get(url); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ended:
			tb.Fatal("MinIO ended before it answered")
		case <-deadline:
			tb.Fatal("MinIO does not answer")
		}
	}
}

// freeAddress returns a loopback address that nobody listens at.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
