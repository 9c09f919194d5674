package schema

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// packOriginal returns a file as it is kept in originals: what is gzip already as it
// is, anything else packed.
func packOriginal(file []byte) (data []byte, packed bool, err error) {
	if bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
		return file, false, nil
	}
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err = w.Write(file); err == nil {
		err = w.Close()
	}
	return buf.Bytes(), true, err
}

// unpackOriginal is the reverse of packOriginal.
func unpackOriginal(data []byte, packed bool) ([]byte, error) {
	if !packed {
		return data, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the store's copy of the file is damaged: %w", err)
	}
	return io.ReadAll(r)
}
