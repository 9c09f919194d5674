package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

func showCommand() command {
	return command{
		name: "show", args: "EVENT-ID", summary: "one record as delivered, and where it came from",
		about: `
The record goes to the standard output byte for byte, where it came from to the
standard error. With -o json both are in one array, a record as text.`,
		prepare: prepareShow,
	}
}

// showFlags are the flags of show.
type showFlags struct {
	store  *string
	format *query.Format
	pretty *bool
	quiet  *bool
}

func prepareShow(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &showFlags{store: storeFlag(flags)}
	f.pretty = flags.Bool("pretty", false, "indent the record")
	f.format = outputFlag(flags)
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *showFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) != 1 {
		return &usageError{message: "show needs one eventID", hint: "trailbox show 01234567-89ab-4cde-8f01-23456789abcd"}
	}
	id, ok := schema.ParseGUID([]byte(args[0]))
	if !ok {
		return &usageError{message: fmt.Sprintf("%q is not an eventID", args[0]), hint: "trailbox show 01234567-89ab-4cde-8f01-23456789abcd"}
	}
	store, err := schema.Open(ctx, *f.store)
	if err != nil {
		return err
	}
	return errors.Join(f.show(ctx, s, store, id, args[0]), store.Close())
}

func (f *showFlags) show(ctx context.Context, s streams, store *schema.Store, id [16]byte, text string) error {
	rebuilder, err := store.NewRebuilder(ctx)
	if err != nil {
		return err
	}
	defer rebuilder.Close()
	deliveries, err := rebuilder.Deliveries(ctx, id)
	if err != nil {
		return err
	}
	if len(deliveries) == 0 {
		return fmt.Errorf("no event %s in %s", text, store.Path())
	}
	records := recordsOf(deliveries)
	switch *f.format {
	case query.FormatTable:
		return f.write(s, records)
	case query.FormatJSON:
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(records)
	}
	return &usageError{message: fmt.Sprintf("show has no %s form", *f.format), hint: "trailbox show -o json " + text}
}

// A shownRecord is a record with all places where it was delivered.
type shownRecord struct {
	Record    string       `json:"record"` // as delivered
	Delivered []shownPlace `json:"delivered"`
}

type shownPlace struct {
	URI       string    `json:"uri"`
	Position  int32     `json:"position"` // in the file's records, from 0
	SHA256    string    `json:"sha256"`   // of the file, uncompressed
	Run       int32     `json:"run"`
	RunBegan  time.Time `json:"run_began"`
	firstRead bool
}

// recordsOf groups deliveries, which are in the order of their records.
func recordsOf(deliveries []schema.Delivery) []shownRecord {
	var records []shownRecord
	for i, d := range deliveries {
		if i == 0 || d.File != deliveries[i-1].File || d.AtRecord != deliveries[i-1].AtRecord {
			records = append(records, shownRecord{Record: string(d.Record)})
		}
		r := &records[len(records)-1]
		r.Delivered = append(r.Delivered, shownPlace{
			URI: d.URI, Position: d.Position, SHA256: d.SHA256, Run: d.Run, RunBegan: d.Loaded.Time, firstRead: d.First,
		})
	}
	return records
}

func (f *showFlags) write(s streams, records []shownRecord) error {
	for _, r := range records {
		text := []byte(r.Record)
		if *f.pretty {
			var indented bytes.Buffer
			if err := json.Indent(&indented, text, "", "  "); err == nil { // else as it is: not strictly JSON
				text = indented.Bytes()
			}
		}
		if isTerminal(s.out) {
			text = []byte(escapeLines(string(text)))
		}
		if _, err := s.out.Write(append(text, '\n')); err != nil {
			return err
		}
		if *f.quiet {
			continue
		}
		for _, p := range r.Delivered {
			what := "repeated in"
			if p.firstRead {
				what = "delivered in"
			}
			say(s.err, "%s %s, record %d (run %d of %s)", what, p.URI, p.Position, p.Run, p.RunBegan.UTC().Format(time.RFC3339))
			if p.SHA256 != "" {
				say(s.err, "    SHA-256 of the uncompressed file: %s", p.SHA256)
			}
		}
	}
	if len(records) > 1 {
		say(s.err, "%d different records have this eventID; they differ in %s", len(records), strings.Join(differences(records), ", "))
		return errFindings
	}
	return nil
}

// escapeLines makes text safe for a terminal and leaves its lines.
func escapeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = query.Escape(lines[i])
	}
	return strings.Join(lines, "\n")
}

// differences names the members in which records differ; those that are no JSON
// objects differ as a whole.
func differences(records []shownRecord) []string {
	members := make([]map[string]json.RawMessage, len(records))
	for i, r := range records {
		if err := json.Unmarshal([]byte(r.Record), &members[i]); err != nil {
			return []string{"their text"}
		}
	}
	var names []string
	for i := range members {
		for name, value := range members[i] {
			for _, other := range members {
				if !bytes.Equal(value, other[name]) {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 {
		return []string{"white space or the order of members"}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
