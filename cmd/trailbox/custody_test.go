package main

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/schema"
)

// The chain of custody has what was done with the store, in order, and says what is not recorded.
func TestCustody(t *testing.T) {
	demo(t)
	if code, _, stderr := call(t, "verify", "-q", "--account", "111122223333"); code != exitFindings && code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if code, _, stderr := call(t, "sql", "-q", "--write", "CREATE TABLE mine.\"x\x1b\" AS SELECT 1 AS a"); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	store, err := schema.OpenFor(t.Context(), os.Getenv("TRAILBOX_STORE"), schema.Grants{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	cut := schema.NewRun("v9")
	cut.Sources, cut.Filter = []string{"s3://logs/\u202ea"}, "--account 1"
	if _, err := store.BeginRun(t.Context(), &cut); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour).UTC()
	err = store.Change(t.Context(), func(c *schema.Change) error {
		err := c.Exec(t.Context(), `INSERT INTO public_keys VALUES ('f', 'eu-west-1', $at, $at, 'v'::BLOB, 'keys.json', $at)`, schema.Arg{Name: "at", Value: later})
		if err != nil {
			return err
		}
		return c.Exec(t.Context(), `INSERT INTO deliveries VALUES ('a', 'hook', 1, $at, $at, NULL), ('b', 'hook', 1, $at, NULL, NULL)`, schema.Arg{Name: "at", Value: later.Add(time.Hour)})
	})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}

	type entry struct {
		What, User, Version, Detail string
		Time, Ended                 *time.Time
		Sources                     []string
		Files, Events, Repeats      int64
	}
	var entries []entry
	code, stdout, stderr := call(t, "custody", "-q", "-o", "json")
	if err := json.Unmarshal([]byte(stdout), &entries); err != nil || code != exitDone {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
	files, records := int64(0), int64(0) // by the log files, read plainly
	eachDelivered(t, func(_ string, _ []byte, all []json.RawMessage) { records += int64(len(all)) })
	eachLog(t, func(key string, _ []byte) {
		if !strings.Contains(key, "-Aggregated/") { // which are not loaded
			files++
		}
	})
	var kinds []string
	for i, e := range entries {
		if len(kinds) == 0 || kinds[len(kinds)-1] != e.What {
			kinds = append(kinds, e.What)
		}
		if (e.Time == nil) != (e.What == "not recorded") || i > 0 && e.Time != nil && e.Time.Before(*entries[i-1].Time) {
			t.Errorf("at %v: %s", e.Time, e.What)
		}
		wrong := false
		switch e.What {
		case "load":
			wrong = e.Files != files || e.Events+e.Repeats != records || e.User == "" || e.Ended == nil
		case "load, cut off":
			wrong = e.Version != "v9" || e.Detail != "--account 1" || e.Ended != nil || !slices.Equal(e.Sources, cut.Sources)
		case "verification":
			wrong = !strings.Contains(e.Detail, "111122223333") || !strings.Contains(e.Detail, "finding") || e.Ended == nil
		case "wrote to mine":
			wrong = !strings.HasPrefix(e.Detail, "CREATE TABLE mine.")
		case "public keys taken in":
			wrong = e.Detail != "1 of eu-west-1" || !slices.Equal(e.Sources, []string{"keys.json"})
		case "told by watch":
			wrong = e.Detail != "1 notice" || !slices.Equal(e.Sources, []string{"hook"})
		}
		if wrong {
			t.Errorf("%+v", e)
		}
	}
	want := []string{"store laid out", "load", "verification", "wrote to mine", "load, cut off", "public keys taken in", "told by watch", "not recorded"}
	if !slices.Equal(kinds, want) {
		t.Errorf("%q", kinds)
	}
	for _, form := range []string{"table", "markdown", "ndjson"} {
		_, stdout, _ := call(t, "custody", "-q", "-o", form)
		checkPrinted(t, "custody", stdout)
	}
}
