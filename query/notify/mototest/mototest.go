// Package mototest runs moto's server, which answers as AWS's APIs do, for tests that ask for
// it by the build tag moto.
package mototest

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"trailbox/ingest/s3test"
)

// Start starts moto's server, with more of an environment, and ends it with the test. The SDK
// and the AWS CLI have credentials for it, and no setting of the machine. The program is
// $MOTO, or moto_server in $PATH, where "pip install 'moto[server]'" puts it. Without it the
// test fails: who asks for the build tag wants to know.
func Start(t testing.TB, environment ...string) (url string) {
	t.Helper()
	program := os.Getenv("MOTO")
	if program == "" {
		program = "moto_server"
	}
	s3test.Credentials(t, "AKIDEXAMPLE", "secret")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	host, port, _ := net.SplitHostPort(address)
	var output bytes.Buffer
	// WithoutCancel, since the test's context ends before its cleanup.
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	server := exec.CommandContext(ctx, program, "-H", host, "-p", port)
	server.Env = append(os.Environ(), environment...)
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		cancel()
		t.Fatalf("moto: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		server.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("moto said:\n%s", &output)
		}
	})
	deadline := time.After(time.Minute)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return "http://" + address
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ended:
			t.Fatal("moto ended before it answered")
		case <-deadline:
			t.Fatal("moto does not answer")
		}
	}
}
