// Trailbox loads AWS CloudTrail log files into one local DuckDB file and answers
// from there who did what, when, to which resource, from where.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // for --tz, on machines without one
)

func main() {
	setUpProcess()
	os.Exit(run(interruptible(), os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// interruptible returns a context that Ctrl-C ends. A second Ctrl-C ends the program
// at once, which a store bears at any moment.
func interruptible() context.Context {
	ctx, interrupt := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		interrupt()
		<-signals
		os.Exit(report(os.Stderr, context.Canceled))
	}()
	return ctx
}
