package schema_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/schema"
)

// A block of metadata that a killed process has written in part, with more in the file than
// its header knows of, is put right by the next writer, and readers are told of that. In a
// file that no process was killed on it is damage.
func TestTornBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store := create(t, path)
	if err := store.Load(t.Context(), &events{events: []schema.Event{event(map[string]string{"eventName": "A", "eventTime": "2026-03-02T10:00:00Z"})}}); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	// The header of the last commit says where its metadata begins; the end of such a block
	// is of no use to it.
	const header, block = 4096, 128 << 10
	iteration := func(at int) uint64 { return binary.LittleEndian.Uint64(whole[at+8:]) }
	newest := header
	if iteration(2*header) > iteration(header) {
		newest = 2 * header
	}
	metadata := binary.LittleEndian.Uint64(whole[newest+16:]) & (1<<56 - 1)
	torn := append([]byte(nil), whole...)
	torn[3*header+int(metadata+1)*block-1] ^= 1
	blocks := int(binary.LittleEndian.Uint64(whole[newest+32:]))
	killed := append(torn[:3*header+blocks*block:3*header+blocks*block], make([]byte, block)...)

	if err := os.WriteFile(path, torn[:3*header+blocks*block], 0o600); err != nil {
		t.Fatal(err)
	}
	if store, err := schema.Create(t.Context(), path, 0); err == nil {
		store.Close()
		t.Error("a damaged store is opened")
	} else if !schema.IsDamaged(err) {
		t.Error(err)
	}

	if err := os.WriteFile(path, killed, 0o600); err != nil {
		t.Fatal(err)
	}
	if store, err := schema.Open(t.Context(), path); err == nil {
		store.Close()
		t.Error("a store that has to be put right is read")
	} else if !strings.Contains(err.Error(), "run trailbox ingest on it once") {
		t.Error(err)
	}
	for _, mended := range []bool{true, false} {
		store, err := schema.Create(t.Context(), path, 0)
		if err != nil {
			t.Fatal(err)
		}
		if store.Mended() != mended {
			t.Errorf("mended: %v", store.Mended())
		}
		if got := one(t, store, "SELECT eventName FROM events"); got != "A" {
			t.Errorf("the store has %v", got)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
