package main

import (
	"regexp"
	"slices"
	"strings"

	"trailbox/query"
)

const (
	// foldAfter is how many findings of one cause are told one by one.
	foldAfter = 5

	// maxCauses bounds what is held: whoever writes log files has a say in what is wrong
	// with them.
	maxCauses = 1000
)

// findings tells of files as something is found about them. Those of one cause are
// told a few times, and counted from then on.
type findings struct {
	tell   func(format string, args ...any)
	causes map[string]*foundCause
	others foundCause // beyond maxCauses
}

// newFindings returns findings that are told beside a status line.
func newFindings(s streams, screen *statusLine) *findings {
	return &findings{causes: map[string]*foundCause{}, tell: func(format string, args ...any) {
		screen.interrupt(func() { say(s.err, format, args...) })
	}}
}

type foundCause struct {
	text  string // of the first one
	files int64
}

// numbers are what differs between findings of one cause: offsets, sizes.
var numbers = regexp.MustCompile(`[0-9]+`)

// add tells of a file, unless there were enough of its cause.
func (f *findings) add(uri string, err error) {
	text := strings.TrimPrefix(err.Error(), uri+": ")
	general := strings.ReplaceAll(text, uri, "FILE") // as in: open FILE: permission denied
	key := numbers.ReplaceAllString(general, "0")
	cause := f.causes[key]
	switch {
	case cause == nil && len(f.causes) < maxCauses:
		cause = &foundCause{text: general}
		f.causes[key] = cause
	case cause == nil:
		cause = &f.others
	}
	cause.files++
	if cause.files > foldAfter {
		return
	}
	line := uri + ": " + text
	if h := hint(err); h != "" && cause.files == 1 {
		line += " (hint: " + h + ")"
	}
	f.tell("trailbox: %s", line)
}

// rest tells of what was counted only.
func (f *findings) rest() {
	f.others.text = "of other causes"
	all := []*foundCause{&f.others}
	for _, cause := range f.causes {
		all = append(all, cause)
	}
	slices.SortFunc(all, func(a, b *foundCause) int { return strings.Compare(a.text, b.text) })
	for _, cause := range all {
		switch more := cause.files - foldAfter; {
		case more == 1:
			f.tell("trailbox: and 1 more file: %s", cause.text)
		case more > 1:
			f.tell("trailbox: and %s more files: %s", query.Count(more), cause.text)
		}
	}
}
