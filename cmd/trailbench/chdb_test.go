package main

import (
	"os"
	"path/filepath"
	"testing"
)

// ClickHouse reads what trailbox does, where it is installed.
func TestChdb(t *testing.T) {
	c := findChdb(t.Context())
	if c == nil {
		t.Skip("python3 has no chdb")
	}
	temp := t.TempDir()
	folder := filepath.Join(temp, "it's logs")
	if code, _, stderr := invoke(t, "make", folder, "--events", "300"); code != 0 {
		t.Fatal(stderr)
	}
	b := &bench{temp: temp, env: os.Environ()}
	for range 2 { // a database that is there is made anew
		records, s, err := c.load(t.Context(), b, folder, filepath.Join(temp, "rival"))
		if err != nil || records != "300" || s.CPUSeconds <= 0 {
			t.Errorf("%q, %+v: %v", records, s, err)
		}
	}
}
