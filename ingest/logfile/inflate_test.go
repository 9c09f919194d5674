package logfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
)

func zip(t testing.TB, text string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestInflate(t *testing.T) {
	text := strings.Repeat(recordA, 1000)
	packed := zip(t, text)
	flipped := bytes.Clone(packed)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	lying := bytes.Clone(packed)
	copy(lying[len(lying)-4:], "\xff\xff\xff\xff") // claims 4 GB
	for _, test := range []struct {
		name    string
		file    []byte
		want    string // what is read, also before an error
		members int
		err     error // nil, or one to look for
		fails   bool
	}{
		{name: "as delivered", file: packed, want: text, members: 1},
		{name: "not packed", file: []byte(text), want: text},
		{name: "nothing", file: nil, want: ""},
		{name: "two members", file: append(bytes.Clone(packed), zip(t, "more")...), want: text + "more", members: 2},
		{name: "trailing bytes", file: append(bytes.Clone(packed), "junk junk junk junk"...), want: text, members: 1, err: ErrTrailing, fails: true},
		{name: "trailing zeros", file: append(bytes.Clone(packed), make([]byte, 40)...), want: text, members: 1, err: ErrTrailing, fails: true},
		{name: "cut in the header", file: packed[:5], want: "", err: ErrCutOff, fails: true},
		{name: "cut before the checksum", file: packed[:len(packed)-8], want: text, err: ErrCutOff, fails: true},
		{name: "checksum wrong", file: flipped, want: text, fails: true},
		{name: "length wrong", file: lying, want: text, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var f Inflater
			for range 2 { // the second time with tables that were used
				data, members, err := f.Inflate(nil, test.file, 1<<20)
				if string(data) != test.want || members != test.members {
					t.Errorf("got %d bytes and %d members, want %d and %d", len(data), members, len(test.want), test.members)
				}
				if (err != nil) != test.fails || test.err != nil && !errors.Is(err, test.err) {
					t.Errorf("error %v, want %v", err, test.err)
				}
			}
		})
	}
}

// A limit holds for what is packed and for what is not, and costs no more memory
// than it allows.
func TestInflateLimit(t *testing.T) {
	bomb := zip(t, strings.Repeat("a", 10<<20))
	for name, file := range map[string][]byte{"packed": bomb, "plain": bytes.Repeat([]byte("a"), 2000), "second member": append(zip(t, strings.Repeat("a", 900)), bomb...)} {
		var f Inflater
		data, _, err := f.Inflate(nil, file, 1000)
		var large *TooLargeError
		if !errors.As(err, &large) || large.Limit != 1000 {
			t.Errorf("%s: error %v", name, err)
		}
		if len(data) > 1000 || cap(data) > 200<<10 {
			t.Errorf("%s: %d bytes in a buffer of %d", name, len(data), cap(data))
		}
	}
	var f Inflater
	if data, _, err := f.Inflate(nil, zip(t, strings.Repeat("a", 1000)), 1000); err != nil || len(data) != 1000 {
		t.Errorf("at the limit: %d bytes, %v", len(data), err)
	}
}
