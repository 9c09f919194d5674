package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trailbox/ingest/digesttest"
)

// BenchmarkVerify verifies $TRAILBOX_LOG_FILES log files, 10,000 without it, of 17
// Regions and with a digest for each 50, beside what cannot be gone below: to hash the
// same bytes.
func BenchmarkVerify(b *testing.B) {
	files, err := strconv.Atoi(os.Getenv("TRAILBOX_LOG_FILES"))
	if err != nil {
		files = 10_000
	}
	const regions, logFiles = 17, 50
	trail := digesttest.Trail{Hours: max(files/regions/logFiles, 1), LogFiles: logFiles}
	folder := b.TempDir()
	store, keys := filepath.Join(folder, "t.duckdb"), filepath.Join(folder, "keys.json")
	var contents [][]byte
	var size int64
	for i := range regions {
		trail.Regions = []string{fmt.Sprintf("us-test-%d", i+1)}
		a := trail.Make()
		if i == 0 {
			if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.Epoch, a.Trail.Keys...), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		if err := a.Write(filepath.Join(folder, "logs"), true); err != nil {
			b.Fatal(err)
		}
		for _, o := range a.Objects {
			contents = append(contents, o.Content())
			size += int64(len(contents[len(contents)-1]))
		}
	}
	trailbox := func(args ...string) {
		b.Helper()
		var out, talk bytes.Buffer
		if code := run(b.Context(), args, streams{in: strings.NewReader(""), out: &out, err: &talk}); code != 0 {
			b.Fatalf("exit code %d\n%s%s", code, &out, &talk)
		}
	}
	trailbox("ingest", "--quiet", "--store", store, filepath.Join(folder, "logs"))
	measure := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(trail.Hours*regions*logFiles*b.N)/b.Elapsed().Seconds(), "log-files/s")
		})
	}
	measure("hash", func() {
		for _, content := range contents {
			sha256.Sum256(content)
		}
	})
	measure("verify", func() { trailbox("verify", "--quiet", "--store", store, "--public-keys", keys) })
	measure("deep", func() { trailbox("verify", "--quiet", "--deep", "--store", store, "--public-keys", keys) })
}
