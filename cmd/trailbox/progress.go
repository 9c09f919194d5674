package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A statusLine shows how far long work is: one line that is written over and over on
// a terminal, a plain line every ten seconds elsewhere.
type statusLine struct {
	w        io.Writer
	terminal bool
	text     func(seconds float64) string
	began    time.Time
	done     chan struct{}
	wait     sync.WaitGroup

	mu    sync.Mutex
	shown bool // a line stands on the terminal
}

// newStatusLine returns a line that shows text, given the seconds so far.
func newStatusLine(w io.Writer, text func(seconds float64) string) *statusLine {
	return &statusLine{w: w, terminal: isTerminal(w), text: text, done: make(chan struct{})}
}

func (l *statusLine) start() {
	l.began = time.Now()
	every := 10 * time.Second
	if l.terminal {
		every = 200 * time.Millisecond
	}
	l.wait.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				l.draw()
			case <-l.done:
				return
			}
		}
	})
}

// stop ends the drawing and leaves no line behind on a terminal.
func (l *statusLine) stop() {
	close(l.done)
	l.wait.Wait()
	l.interrupt(func() {})
}

func (l *statusLine) draw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	seconds := time.Since(l.began).Seconds()
	line := fmt.Sprintf("%s, %s", l.text(seconds), time.Duration(seconds*float64(time.Second)).Round(time.Second))
	if l.terminal {
		fmt.Fprintf(l.w, "\r\x1b[K%s", line)
		l.shown = true
	} else {
		fmt.Fprintln(l.w, line)
	}
}

// interrupt takes the line away for what f writes.
func (l *statusLine) interrupt(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[K")
		l.shown = false
	}
	f()
}
