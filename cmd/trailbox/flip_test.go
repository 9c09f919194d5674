package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"trailbox/schema"
)

// A bit of the store's file is flipped: verify --self finds it, or no program can, since
// all that is in the store is what it was.
func TestFlippedBits(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "t.duckdb")
	ingestJSON(t, 0, "--store", store, "../../testdata/logs")
	selfChecked(t, store)
	whole, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tableSums(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	n := 15
	if text := os.Getenv("TRAILBOX_FLIPS"); text != "" {
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatalf("TRAILBOX_FLIPS: %v", err)
		}
	}
	harmless := 0
	dice := rand.New(rand.NewPCG(1, 2))
	for range n {
		at, bit := dice.IntN(len(whole)), dice.IntN(8)
		flipped := filepath.Join(dir, "flipped.duckdb")
		whole[at] ^= 1 << bit
		err := os.WriteFile(flipped, whole, 0o600)
		whole[at] ^= 1 << bit
		if err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, "verify", "--self", "-o", "json", "--store", flipped)
		if code != 0 {
			if stderr == "" {
				t.Errorf("bit %d of byte %d: code %d, and nothing is said\n%s", bit, at, code, stdout)
			}
			continue
		}
		got, err := tableSums(t.Context(), flipped)
		if err != nil || got != want {
			t.Errorf("bit %d of byte %d went unseen: %v\n%s\nwas\n%s", bit, at, err, got, want)
		}
		harmless++
	}
	t.Logf("of %d flipped bits %d were found, and %d change nothing", n, n-harmless, harmless)
}

// tableSums is a digest of all rows of a store, by table.
func tableSums(ctx context.Context, path string) (string, error) {
	store, err := schema.Open(ctx, path)
	if err != nil {
		return "", err
	}
	defer store.Close()
	tables, err := schema.Collect[string](store.Query(ctx, "SELECT table_name FROM duckdb_tables() ORDER BY ALL"))
	if err != nil {
		return "", err
	}
	sums := map[string]string{}
	for _, table := range tables {
		sums[table], err = schema.One[string](store.Query(ctx, "SELECT concat_ws(' ', count(*), bit_xor(hash(row)), sum(hash(row))) FROM "+table+" AS row"))
		if err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(sums)
	return string(text), err
}
