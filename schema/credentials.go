package schema

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed sql/credential_uses.sql
var credentialUsesSQL string

//go:embed sql/credential_events.sql
var credentialEventsSQL string

//go:embed sql/issues.sql
var issuesSQL string

// storedIssuesSQL is credential_events.sql of events that are stored, issuedSQL of those that are
// being loaded.
var (
	storedIssuesSQL = Put(credentialEventsSQL, "issues", "(\n"+issuesSQL+")")
	issuedSQL       = Put(credentialEventsSQL, "issues", "issued()")
)

// keepCredentials keeps what the events of a batch tell of credentials: what has been counted of
// their uses and taken out of what issued them, and the rest as countCredentials does.
func (s *Store) keepCredentials(files []int32, counted *uses, taken *issues) error {
	rows, sure := counted.sorted()
	unsure := taken.sorted(files)
	s.loading.issued = taken.rows
	return s.writer.Raw(func(c any) error {
		run := func(statement string, args ...Arg) error { return perform(c, statement, args...) }
		var err error
		if sure {
			err = appendRows(c.(*connection), "credential_uses", len(rows), func(i int) ([]driver.Value, error) { return rows[i].values(), nil })
		} else {
			err = countCredentials(run, files, credentialUsesSQL)
		}
		if err == nil && len(taken.rows) > 0 {
			err = run(issuedSQL)
		}
		if err != nil {
			return fmt.Errorf("credentials: %w", err)
		}
		return countCredentials(run, unsure, storedIssuesSQL)
	})
}

// countCredentials keeps what the events of some log files tell of credentials, of which nothing
// is known yet, by statements. Batches take turns in numbering their files.
func countCredentials(run func(statement string, args ...Arg) error, files []int32, statements ...string) error {
	if len(files) == 0 {
		return nil
	}
	for _, statement := range statements {
		if err := run(statement, Arg{"files", files}, Arg{"first", slices.Min(files)}, Arg{"last", slices.Max(files)}); err != nil {
			return fmt.Errorf("credentials: %w", err)
		}
	}
	return nil
}

// countedAtOnce is how many events of before credentials are looked for in together, about:
// sums of a few million are hardly more, and take memory.
const countedAtOnce = 2_000_000

// countUncounted does so for events that were loaded before credentials were looked for, all
// of them or none. It tells how far it is, first that nothing is done yet.
func (s *Store) countUncounted(ctx context.Context, tell func(done, events int64)) error {
	var last sql.NullInt32
	if err := s.db.QueryRowContext(ctx, "SELECT max(file) FROM uncounted").Scan(&last); err != nil || !last.Valid {
		return err
	}
	type fileEvents struct {
		File   int32
		Events int64
	}
	files, err := Collect[fileEvents](s.Query(ctx, "SELECT file, count(*) AS events FROM events WHERE file <= $last GROUP BY file ORDER BY file", Arg{"last", last.Int32}))
	if err != nil {
		return err
	}
	done, all := int64(0), int64(0)
	for _, f := range files {
		all += f.Events
	}
	if tell == nil {
		tell = func(int64, int64) {}
	}
	tell(0, all)
	return s.Change(ctx, func(c *Change) error {
		run := func(statement string, args ...Arg) error { return c.Exec(ctx, statement, args...) }
		var batch []int32
		events := int64(0)
		for i, f := range files {
			batch, events = append(batch, f.File), events+f.Events
			if events < countedAtOnce && i < len(files)-1 {
				continue
			}
			if err := countCredentials(run, batch, credentialUsesSQL, storedIssuesSQL); err != nil {
				return err
			}
			done += events
			tell(done, all)
			batch, events = batch[:0], 0
		}
		return c.Exec(ctx, "DELETE FROM uncounted")
	})
}

// SessionsSQL are the views of sessions as expressions of a WITH clause, each to be made once
// in a statement that uses several of them: made of views, it would make them anew for each.
func SessionsSQL() string {
	var list []string
	for _, view := range [...]string{"issued_keys", "session_uses", "sessions", "session_links"} {
		_, body, _ := strings.Cut(definitionsSQL, "CREATE OR REPLACE VIEW "+view+" AS\n")
		body, _, _ = strings.Cut(body, ";\n")
		list = append(list, view+" AS MATERIALIZED (\n"+body+"\n)")
	}
	return strings.Join(list, ",\n")
}
