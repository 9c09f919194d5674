package dossier

import (
	"bufio"
	"bytes"
	"io"
)

// lines writes records, each byte for byte, with a line end behind it.
type lines struct {
	out              *bufio.Writer
	records, several int64 // several have line ends of their own
}

func newLines(out io.Writer) *lines { return &lines{out: bufio.NewWriterSize(out, 256<<10)} }

func (l *lines) write(record []byte) error {
	l.records++
	if bytes.IndexByte(record, '\n') >= 0 {
		l.several++
	}
	l.out.Write(record) // it keeps its error
	return l.out.WriteByte('\n')
}
