package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A sample is what one run of a process took.
type sample struct {
	Seconds    float64 `json:"seconds"`     // from its start to its end
	CPUSeconds float64 `json:"cpu_seconds"` // of all cores, the system's part as well
	PeakBytes  int64   `json:"peak_bytes"`  // of memory; 0 where the system does not tell
}

// childEnvironment is ours without what would tell trailbox where to read: dummy
// credentials for S3, and no configuration.
func childEnvironment(temp string) []string {
	var env []string
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "AWS_") && !strings.HasPrefix(setting, "TRAILBOX_") {
			env = append(env, setting)
		}
	}
	return append(env,
		"TMPDIR="+temp,
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
}

// child runs a process to its end. It dies with ctx.
func (b *bench) child(ctx context.Context, program string, args ...string) (answer []byte, s sample, err error) {
	return b.childFed(ctx, "", program, args...)
}

// childFed is child for a process that reads a text.
func (b *bench) childFed(ctx context.Context, text, program string, args ...string) (answer []byte, s sample, err error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(text)
	var out bytes.Buffer
	var talk tail
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &talk, b.env
	started := time.Now()
	err = cmd.Run()
	s.Seconds = time.Since(started).Seconds()
	if ctx.Err() != nil {
		return nil, s, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		err = nil // done, with something to look at: real archives have damaged files
	}
	if err != nil {
		return nil, s, fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, talk)
	}
	s.CPUSeconds = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	s.PeakBytes = peakBytes(cmd.ProcessState)
	return out.Bytes(), s, nil
}

// A tail keeps the end of what is written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	if n := len(*t); n > 8<<10 {
		*t = append((*t)[:0], (*t)[n-4<<10:]...)
	}
	return len(p), nil
}

// serve starts an S3 server over a folder, and returns how to end it: then it tells
// how many seconds of CPU it took.
func (b *bench) serve(ctx context.Context, folder string, latency time.Duration) (endpoint string, stop func() float64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, b.self, "serve-s3", "--latency", latency.String(), folder)
	cmd.Env, cmd.Stderr = b.env, b.talk
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return "", nil, err
	}
	stop = func() float64 {
		cancel()
		cmd.Wait() // it was killed: there is nothing in the error
		return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the S3 server did not start: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}
