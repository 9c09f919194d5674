package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"trailbox/ingest"
	"trailbox/query"
)

// ingestProgress says how far a run is after some seconds. What matters most comes
// first, since the end may be cut. Share and time left are told as soon as they are
// known: when all is listed, and enough is done to judge by.
func ingestProgress(p *ingest.Progress, seconds float64) string {
	listed, done, events := p.FilesListed.Load(), p.FilesDone.Load(), p.Events.Load()
	if listed == 0 {
		return "looking for log files"
	}
	files := fmt.Sprintf("%s of %s files", query.Count(done), query.Count(listed))
	if !p.AllListed.Load() {
		files += " listed so far"
	}
	if p.Writing.Load() {
		return fmt.Sprintf("%s, %s events: writing them to the store", files, query.Count(events))
	}
	read, wanted := float64(p.BytesDone.Load()), float64(p.BytesWanted.Load())
	text := fmt.Sprintf("%s, %s events, %s events/s, %.1f MB/s", files, query.Count(events), query.Count(int64(float64(events)/seconds)), read/1e6/seconds)
	if share := read / wanted; p.AllListed.Load() && seconds >= 3 && share >= 0.01 && share <= 1 {
		left := time.Duration(seconds * (1/share - 1) * float64(time.Second))
		text = fmt.Sprintf("%d %%, %s left: %s", int(100*share), roughly(left), text)
	}
	return text
}

// A catchUp tells how far a store of an older program is looked through, if it is one.
type catchUp struct {
	w         io.Writer
	path      string
	screen    *statusLine
	done, all atomic.Int64
}

// tell says what is done at its beginning, and shows how far it is until its end.
func (c *catchUp) tell(done, events int64) {
	c.done.Store(done)
	c.all.Store(events)
	if c.screen == nil {
		say(c.w, "%s is of an older trailbox: looking through its %s for the credentials behind them, which is done once", c.path, query.Plural(events, "event"))
		c.screen = newStatusLine(c.w, c.text)
		c.screen.start()
	}
	if done == events {
		c.stop()
	}
}

func (c *catchUp) text(seconds float64) string {
	done, all := c.done.Load(), c.all.Load()
	text := fmt.Sprintf("%s of %s events looked through", query.Count(done), query.Count(all))
	if done > 0 && done < all {
		left := time.Duration(seconds * float64(all-done) / float64(done) * float64(time.Second))
		text = fmt.Sprintf("%d %%, %s left: %s", 100*done/all, roughly(left), text)
	}
	return text
}

// stop ends the showing, also of what did not come to its end.
func (c *catchUp) stop() {
	if c.screen != nil {
		c.screen.stop()
		c.screen = nil
	}
}

// roughly writes a duration as exactly as anybody can foresee it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", (d+time.Second-1)/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", (d+time.Minute-1)/time.Minute)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// cut shortens a line of talk to a number of columns. It is never wrapped: the next
// one would be written over its last row only.
func cut(line string, columns int) string {
	runes := []rune(line)
	if columns < 1 || len(runes) <= columns {
		return line
	}
	return string(runes[:columns-1]) + "…"
}

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

// columns is how wide the terminal is now.
func (l *statusLine) columns() int {
	if f, ok := l.w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 1 {
			return columns
		}
	}
	return 80
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
		fmt.Fprintf(l.w, "\r\x1b[K%s", cut(line, l.columns()-1)) // in the last column some terminals wrap
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
