package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/ingest"
)

func TestIngestProgress(t *testing.T) {
	for _, test := range []struct {
		listed, done, events, read, wanted int64
		all, writing                       bool
		seconds                            float64
		want                               string
	}{
		{want: "looking for log files", seconds: 1},
		{listed: 4000, done: 1234, events: 50000, read: 20e6, wanted: 60e6, seconds: 10,
			want: "1,234 of 4,000 files listed so far, 50,000 events, 5,000 events/s, 2.0 MB/s"},
		{listed: 4000, done: 1234, events: 50000, read: 20e6, wanted: 60e6, seconds: 10, all: true,
			want: "33 %, 20s left: 1,234 of 4,000 files, 50,000 events, 5,000 events/s, 2.0 MB/s"},
		{listed: 4000, done: 4000, events: 50000, read: 60e6, wanted: 60e6, seconds: 10, all: true,
			want: "100 %, 0s left: 4,000 of 4,000 files, 50,000 events, 5,000 events/s, 6.0 MB/s"},
		// Too early to tell.
		{listed: 4000, done: 1234, events: 50000, read: 20e6, wanted: 60e6, seconds: 2, all: true,
			want: "1,234 of 4,000 files, 50,000 events, 25,000 events/s, 10.0 MB/s"},
		{listed: 4000, done: 1, events: 5, read: 1e4, wanted: 60e6, seconds: 10, all: true,
			want: "1 of 4,000 files, 5 events, 0 events/s, 0.0 MB/s"},
		// Nobody knows how much comes through the standard input.
		{listed: 1, done: 1, events: 50, read: 100, wanted: 0, seconds: 10, all: true,
			want: "1 of 1 files, 50 events, 5 events/s, 0.0 MB/s"},
		// Nothing is wanted of a store that has everything.
		{listed: 4000, done: 4000, seconds: 10, all: true, want: "4,000 of 4,000 files, 0 events, 0 events/s, 0.0 MB/s"},
		{listed: 4000, done: 1234, events: 50000, read: 20e6, wanted: 60e6, seconds: 10, writing: true,
			want: "1,234 of 4,000 files listed so far, 50,000 events: writing them to the store"},
	} {
		p := new(ingest.Progress)
		p.FilesListed.Store(test.listed)
		p.FilesDone.Store(test.done)
		p.Events.Store(test.events)
		p.BytesDone.Store(test.read)
		p.BytesWanted.Store(test.wanted)
		p.AllListed.Store(test.all)
		p.Writing.Store(test.writing)
		if got := ingestProgress(p, test.seconds); got != test.want {
			t.Errorf("%+v\n%s", test, got)
		}
	}
}

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                     "0s",
		200 * time.Millisecond:                "1s",
		59 * time.Second:                      "59s",
		61 * time.Second:                      "2m",
		59 * time.Minute:                      "59m",
		time.Hour + 29*time.Second:            "1h00m",
		26*time.Hour + 90*time.Second:         "26h02m",
		2*time.Hour + 59*time.Minute + 50*1e9: "3h00m",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// The line never wraps, and leaves nothing behind.
func TestStatusLine(t *testing.T) {
	var screen bytes.Buffer
	line := newStatusLine(&screen, func(float64) string { return strings.Repeat("ü", 100) })
	line.terminal = true
	line.began = time.Now()
	line.draw()
	if got, want := screen.String(), "\r\x1b[K"+strings.Repeat("ü", 78)+"…"; got != want {
		t.Errorf("%q", got)
	}
	screen.Reset()
	line.interrupt(func() { fmt.Fprintln(&screen, "a finding") })
	if got, want := screen.String(), "\r\x1b[Ka finding\n"; got != want {
		t.Errorf("%q", got)
	}
	screen.Reset()
	line.terminal = false
	line.draw()
	if got, want := screen.String(), strings.Repeat("ü", 100)+", 0s\n"; got != want {
		t.Errorf("%q", got)
	}
}

// Findings of one cause are told a few times, then counted.
func TestFindings(t *testing.T) {
	var lines []string
	f := &findings{causes: map[string]*foundCause{}, tell: func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }}
	for i := range 1209 {
		uri := fmt.Sprintf("/logs/%d.gz", i)
		f.add(uri, fmt.Errorf("%s: byte %d: unexpected end", uri, i))
		if i < 6 {
			f.add(uri, fmt.Errorf("open %s: permission denied", uri))
		}
	}
	f.add("/logs/x", errors.New("a cause of its own"))
	f.rest()
	want := []string{
		"trailbox: /logs/0.gz: byte 0: unexpected end", "trailbox: /logs/0.gz: open /logs/0.gz: permission denied",
		"trailbox: /logs/1.gz: byte 1: unexpected end", "trailbox: /logs/1.gz: open /logs/1.gz: permission denied",
		"trailbox: /logs/2.gz: byte 2: unexpected end", "trailbox: /logs/2.gz: open /logs/2.gz: permission denied",
		"trailbox: /logs/3.gz: byte 3: unexpected end", "trailbox: /logs/3.gz: open /logs/3.gz: permission denied",
		"trailbox: /logs/4.gz: byte 4: unexpected end", "trailbox: /logs/4.gz: open /logs/4.gz: permission denied",
		"trailbox: /logs/x: a cause of its own",
		"trailbox: and 1,204 more files: byte 0: unexpected end",
		"trailbox: and 1 more file: open FILE: permission denied",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}

// What is held is bounded, however many causes somebody makes up.
func TestFindingsManyCauses(t *testing.T) {
	told := 0
	f := &findings{causes: map[string]*foundCause{}, tell: func(string, ...any) { told++ }}
	for i := range 10 * maxCauses {
		f.add("/x", errors.New(strings.Repeat("x", i)))
	}
	f.rest()
	if len(f.causes) != maxCauses || told != maxCauses+foldAfter+1 {
		t.Errorf("%d causes, %d lines", len(f.causes), told)
	}
}
