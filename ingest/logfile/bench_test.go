package logfile

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/schema"
)

// benchFiles are the log files below $TRAILBOX_LOGS, up to a thousand, or such as AWS writes them for a
// small account.
func benchFiles(b *testing.B) (packed, unpacked [][]byte) {
	b.Helper()
	var f Inflater
	add := func(file []byte) {
		data, _, err := f.Inflate(nil, file, 1<<30)
		if err != nil {
			b.Fatal(err)
		}
		packed, unpacked = append(packed, file), append(unpacked, data)
	}
	root := os.Getenv("TRAILBOX_LOGS")
	if root == "" {
		add(zip(b, `{"Records":[`+strings.Repeat(recordA+",", 8)+recordB+`]}`))
		return packed, unpacked
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json.gz") {
			return err
		}
		if len(packed) == 1000 {
			return fs.SkipAll
		}
		file, err := os.ReadFile(path)
		if err == nil {
			add(file)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return packed, unpacked
}

func BenchmarkInflate(b *testing.B) {
	packed, unpacked := benchFiles(b)
	b.SetBytes(int64(len(bytes.Join(unpacked, nil))))
	b.ReportAllocs()
	var f Inflater
	var buf []byte
	for b.Loop() {
		for _, file := range packed {
			var err error
			if buf, _, err = f.Inflate(buf[:0], file, 1<<30); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	_, unpacked := benchFiles(b)
	b.SetBytes(int64(len(bytes.Join(unpacked, nil))))
	b.ReportAllocs()
	d := NewDecoder(1, new(schema.Shapes), 1<<24)
	events := 0
	for b.Loop() {
		for _, file := range unpacked {
			d.Reset(file)
			var ev schema.Event
			for {
				ok, err := d.Next(&ev)
				if err != nil {
					b.Fatal(err)
				}
				if !ok {
					break
				}
				events++
			}
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
