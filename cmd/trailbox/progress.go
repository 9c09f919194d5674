package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"trailbox/ingest"
)

// A progressLine shows how far an ingest is: one line that is written over and
// over on a terminal, a plain line every ten seconds elsewhere.
type progressLine struct {
	w        io.Writer
	terminal bool
	progress *ingest.Progress
	began    time.Time
	done     chan struct{}
	wait     sync.WaitGroup

	mu    sync.Mutex
	shown bool // a line stands on the terminal
}

func newProgressLine(w io.Writer, p *ingest.Progress) *progressLine {
	return &progressLine{w: w, terminal: isTerminal(w), progress: p, done: make(chan struct{})}
}

func (l *progressLine) start() {
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
func (l *progressLine) stop() {
	close(l.done)
	l.wait.Wait()
	l.interrupt(func() {})
}

func (l *progressLine) draw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, seconds := l.progress, time.Since(l.began).Seconds()
	line := fmt.Sprintf("%s of %s files listed so far, %s events, %.0f MB/s of JSON, %s events/s, %s",
		count(p.FilesDone.Load()), count(p.FilesListed.Load()), count(p.Events.Load()),
		float64(p.BytesJSON.Load())/1e6/seconds, count(int64(float64(p.Events.Load())/seconds)),
		time.Duration(seconds*float64(time.Second)).Round(time.Second))
	if l.terminal {
		fmt.Fprintf(l.w, "\r\x1b[K%s", line)
		l.shown = true
	} else {
		fmt.Fprintln(l.w, line)
	}
}

// interrupt takes the line away for what f writes.
func (l *progressLine) interrupt(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[K")
		l.shown = false
	}
	f()
}
