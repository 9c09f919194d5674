package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"trailbox/schema"
)

// A File takes notices as lines of JSON.
type File struct{ path string }

// NewFile returns the receiver that is a file. It is made with the first notice.
func NewFile(path string) (*File, error) {
	abs, err := filepath.Abs(path)
	return &File{abs}, err
}

// Name implements [Receiver].
func (f *File) Name() string { return "file " + f.path }

// Deliver implements [Receiver].
func (f *File) Deliver(_ context.Context, n *schema.Notice) (err error) {
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(n.Message)); err != nil {
		return err
	}
	line.WriteByte('\n')
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	text := line.Bytes()
	// A line that was cut off must not spoil the one behind it.
	last := make([]byte, 1)
	if end > 0 {
		if _, err := file.ReadAt(last, end-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			text = append([]byte{'\n'}, text...)
		}
	}
	if _, err := file.Write(text); err != nil {
		return errors.Join(err, file.Truncate(end))
	}
	return file.Sync()
}
