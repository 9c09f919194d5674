package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"trailbox/schema"
)

// A Command takes each notice as JSON on its standard input, and has taken it when it
// ends with exit code 0. Nothing out of an event is in its arguments or its environment,
// where a shell might obey it.
type Command struct{ line string }

// NewCommand returns the receiver that is a command, run by the system's shell.
func NewCommand(line string) *Command { return &Command{line} }

// Name implements [Receiver].
func (c *Command) Name() string { return fmt.Sprintf("command %s", fingerprint(c.line)) }

// maxOutputBytes is how much of what a command says is kept.
const maxOutputBytes = 1 << 10

// Deliver implements [Receiver].
func (c *Command) Deliver(ctx context.Context, n *schema.Notice) error {
	shell := []string{"/bin/sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C"}
	}
	cmd := exec.CommandContext(ctx, shell[0], append(shell[1:], c.line)...)
	cmd.Stdin = strings.NewReader(n.Message + "\n")
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second // for what it has started, and has our pipes
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return &RefusedError{Receiver: "the command", Answer: strings.TrimSpace(fmt.Sprintf("%s %s", exit, said.Bytes()))}
	case errors.Is(err, exec.ErrWaitDelay):
		return nil // it has ended well; what it left running is its own business
	}
	return err
}

// A tail keeps the end of what is written.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	t.Buffer.Write(p)
	if over := t.Len() - maxOutputBytes; over > 0 {
		t.Next(over)
	}
	return len(p), nil
}
