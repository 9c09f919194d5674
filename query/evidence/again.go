package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"strings"

	"trailbox/query"
	"trailbox/schema"
)

// maxStatementBytes bounds a statement of anybody's making: the values of a filter are in it.
const maxStatementBytes = 64 << 20

// Ask runs the statements of the folder again, and says which answers are not what they were. The
// statements may be of anybody's making: the store is one that was opened for such.
func (o *Opened) Ask(ctx context.Context, store *schema.Store) error {
	if err := o.sameStore(ctx, store); err != nil {
		return err
	}
	same, apart := int64(0), []string(nil)
	for _, s := range o.Manifest.Statements {
		switch {
		case s.Form == "":
			apart = append(apart, s.File)
		case !o.whole[s.File]:
			o.add("statement", s.File, Wrong, "it is not what was run, and is not run")
		default:
			is, err := o.again(ctx, store, s)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				o.add("statement", s.File, Wrong, "it cannot be run any more: %v", err)
			case is.sum != s.SHA256:
				o.add("statement", s.File, Wrong, "the answer is another one: %s with the SHA-256 %s, and was %s with %s",
					query.Plural(is.rows, "row"), is.sum, query.Plural(s.Rows, "row"), s.SHA256)
			default:
				same++
			}
		}
	}
	o.add("statements", "", Good, "%s asked again, with the same answer", query.Plural(same, "statement"))
	for _, file := range apart {
		o.add("statement", file, NotAsked, "its answer is not kept by itself")
	}
	return nil
}

// NotAsked says that no statement is asked again, since no store is named.
func (o *Opened) NotAsked() {
	o.add("statements", "", NotAsked, "%s, and no store is named to ask again", query.Plural(int64(len(o.Manifest.Statements)), "statement"))
}

// sameStore compares a store with that of which the folder was made.
func (o *Opened) sameStore(ctx context.Context, store *schema.Store) error {
	was := o.Manifest.Store
	is, files, err := FingerprintOf(ctx, store)
	if err != nil {
		return err
	}
	if is == was.Fingerprint {
		o.add("store", store.Path(), Good, "it has the same %s as the store that this was made of", query.Plural(files, "log file"))
	} else {
		o.add("store", store.Path(), Wrong, "its log files are not those of which this was made: %s with the fingerprint %s, and there were %s with %s",
			query.Count(files), is, query.Count(was.LogFiles), was.Fingerprint)
	}
	return nil
}

// An answer is what a statement gives.
type answer struct {
	rows int64
	sum  string
}

func (o *Opened) again(ctx context.Context, store *schema.Store, s Statement) (a answer, err error) {
	text, err := o.read(s.File, maxStatementBytes)
	if err != nil {
		return a, err
	}
	pieces, err := query.SplitStatements(string(text))
	if err == nil && len(pieces) != 1 {
		err = fmt.Errorf("there are %d statements in it", len(pieces))
	}
	if err != nil {
		return a, err
	}
	return ask(ctx, store, query.Statement{SQL: string(text)}, s.Form)
}

// ask runs a statement for the hash of its answer.
func ask(ctx context.Context, store *schema.Store, s query.Statement, form Form) (a answer, err error) {
	sum := sha256.New()
	switch form {
	case CSV:
		var rows *schema.Rows
		if rows, err = s.Query(ctx, store); err == nil {
			a.rows, err = query.Write(sum, rows, query.FormatCSV, query.Screen{})
		}
	case Records:
		a.rows, err = sumRecords(ctx, store, s, sum)
	default:
		err = fmt.Errorf("its answer has the form %q, which is not known", form)
	}
	a.sum = hex.EncodeToString(sum.Sum(nil))
	return a, err
}

// sumRecords hashes records as a folder has them.
func sumRecords(ctx context.Context, store *schema.Store, s query.Statement, sum hash.Hash) (records int64, err error) {
	scratch, err := os.CreateTemp("", "trailbox-records-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, scratch.Close(), os.Remove(scratch.Name())) }()
	for record, err := range query.RecordsOf(ctx, store, s, scratch) {
		if err != nil {
			return records, err
		}
		records++
		sum.Write(record) // never fails
		sum.Write([]byte("\n"))
	}
	return records, nil
}

// ordered is a statement with its answer in one order, so that it has one hash.
func ordered(s query.Statement) query.Statement {
	s.SQL = "SELECT * FROM (\n" + strings.TrimSuffix(strings.TrimSpace(s.SQL), ";") + "\n)\nORDER BY ALL;"
	return s
}
