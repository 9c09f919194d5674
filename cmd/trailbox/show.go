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
standard error. In the forms of -o both are in one row for each place, the record
as text.`,
		prepare: prepareShow,
	}
}

// showFlags are the flags of show.
type showFlags struct {
	store  *storeFlags
	answer answerFlags
	pretty *bool
}

func prepareShow(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &showFlags{store: storeFlag(flags)}
	f.pretty = flags.Bool("pretty", false, "indent the record")
	f.answer.define(flags, "", "without it, the record alone; "+query.FormatNames()+", or xlsx with --to: a row for each place")
	f.answer.name, f.answer.aside = "show", []string{"record"}
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
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	store, err := f.store.open(ctx, schema.Grants{})
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
	if err := s.page.know(ctx, store); err != nil {
		return err
	}
	s.page.ask("The record of "+text, "as it was delivered, and where")
	records := recordsOf(deliveries)
	to, done, err := f.answer.stdout(s)
	if err != nil {
		return err
	}
	if f.answer.inWords() {
		err = f.write(to, records)
	} else {
		_, err = query.Write(to.answer(), rowsOf(records), f.answer.format, to.screen())
	}
	if s.page != nil { // the record as people read it, and the files that it was in
		*f.pretty = true
		err = errors.Join(err, f.write(to, records))
	}
	if err := errors.Join(err, done()); err != nil {
		return err
	}
	if len(records) > 1 {
		return errFindings
	}
	return nil
}

// rowsOf are the records with a row for each place.
func rowsOf(records []shownRecord) query.Result {
	result := query.NewResult([]schema.ResultColumn{
		{Name: "record"}, {Name: "uri"}, {Name: "position"}, {Name: "sha256"}, {Name: "run"}, {Name: "run_began"}, {Name: "repeated"}, {Name: "version_id"},
	}, nil)
	for _, r := range records {
		for _, p := range r.places {
			result.Rows = append(result.Rows, []any{
				r.text, p.URI, int64(p.Position), p.SHA256, int64(p.Run), p.Loaded.Time, !p.First, p.Version,
			})
		}
	}
	return result
}

// A shownRecord is a record with all places where it was delivered.
type shownRecord struct {
	text   string // as delivered
	places []schema.Delivery
}

// recordsOf groups deliveries, which are in the order of their records.
func recordsOf(deliveries []schema.Delivery) []shownRecord {
	var records []shownRecord
	for i, d := range deliveries {
		if i == 0 || d.File != deliveries[i-1].File || d.AtRecord != deliveries[i-1].AtRecord {
			records = append(records, shownRecord{text: string(d.Record)})
		}
		r := &records[len(records)-1]
		r.places = append(r.places, d)
	}
	return records
}

func (f *showFlags) write(s streams, records []shownRecord) error {
	for _, r := range records {
		text := []byte(r.text)
		if *f.pretty {
			var indented bytes.Buffer
			if err := json.Indent(&indented, text, "", "  "); err == nil { // else as it is: not strictly JSON
				text = indented.Bytes()
			}
		}
		if isTerminal(s.out) {
			text = []byte(query.EscapeLines(string(text)))
		}
		if _, err := s.answer().Write(append(text, '\n')); err != nil {
			return err
		}
		if *f.answer.quiet {
			continue
		}
		for _, p := range r.places {
			what := "repeated in"
			if p.First {
				what = "delivered in"
			}
			of := p.URI
			if p.Version != "" {
				of += ", version " + p.Version
			}
			say(s.err, "%s %s, record %d (run %d of %s)", what, of, p.Position, p.Run, p.Loaded.Time.UTC().Format(time.RFC3339))
			if p.SHA256 != "" {
				say(s.err, "    SHA-256 of the uncompressed file: %s", p.SHA256)
			}
		}
	}
	if len(records) > 1 {
		say(s.err, "%d different records have this eventID; they differ in %s", len(records), strings.Join(differences(records), ", "))
	}
	return nil
}

// differences names the members in which records differ; those that are no JSON
// objects differ as a whole.
func differences(records []shownRecord) []string {
	members := make([]map[string]json.RawMessage, len(records))
	for i, r := range records {
		if err := json.Unmarshal([]byte(r.text), &members[i]); err != nil {
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
