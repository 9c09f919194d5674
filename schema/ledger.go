package schema

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

//go:embed sql/known_files.sql
var knownFilesSQL string

//go:embed sql/supersede.sql
var supersedeSQL string

//go:embed sql/mark_versions.sql
var markVersionsSQL string

//go:embed sql/changed_files.sql
var changedFilesSQL string

//go:embed sql/known_events.sql
var knownEventsSQL string

//go:embed sql/known_days.sql
var knownDaysSQL string

//go:embed sql/known_timeless.sql
var knownTimelessSQL string

// A KnownFile is what the ledger has of an object: one whose URI, Size and ETag
// are the same has not changed.
type KnownFile struct {
	File   int32
	URI    string
	Size   int64
	ETag   string
	Status Status
	// OverLimit is the limit in bytes that it went beyond when it was read, as a whole or in
	// a record; 0 for none.
	OverLimit int64
	JSONBytes int64  // that were read, uncompressed
	Filter    string // of its run, where that left some of its records out; else empty
	Current   bool   // no other row, and no other version, has taken its place
	Named     bool   // it has the ID of a version
}

// knownFileTypes are those of the columns of known_files.sql.
var knownFileTypes = []duckdb.Type{
	duckdb.TYPE_INTEGER, duckdb.TYPE_VARCHAR, duckdb.TYPE_BIGINT, duckdb.TYPE_VARCHAR, duckdb.TYPE_VARCHAR,
	duckdb.TYPE_BIGINT, duckdb.TYPE_BIGINT, duckdb.TYPE_VARCHAR, duckdb.TYPE_BOOLEAN, duckdb.TYPE_BOOLEAN,
}

// errEnough ends an answer of which nobody wants the rest.
var errEnough = errors.New("enough")

// KnownFiles lists the objects that earlier runs have read, or failed to fetch, in no
// order. A run begins by reading all of them: hence whole columns.
func (s *Store) KnownFiles(ctx context.Context) iter.Seq2[KnownFile, error] {
	return func(yield func(KnownFile, error) bool) {
		take := func(rows int, c []vector) error {
			for row := range rows {
				f := KnownFile{
					File: c[0].int32(row), URI: string(c[1].text(row)), Size: c[2].int64(row), ETag: string(c[3].text(row)),
					Status: Status(c[4].text(row)), OverLimit: c[5].int64(row), JSONBytes: c[6].int64(row),
					Filter: string(c[7].text(row)), Current: c[8].bool(row), Named: c[9].bool(row),
				}
				if !yield(f, nil) {
					return errEnough
				}
			}
			return nil
		}
		conn, err := s.db.Conn(ctx)
		if err == nil {
			err = conn.Raw(func(c any) error { return ask(ctx, c, knownFilesSQL, nil, knownFileTypes, take) })
			conn.Close()
		}
		if err != nil && err != errEnough {
			yield(KnownFile{}, err)
		}
	}
}

// A ChangedFile is a log file whose content is not what it was when an earlier run
// loaded it.
type ChangedFile struct {
	File   int32
	URI    string
	Status Status
}

// ChangedFiles lists the files of a run that are changed ones.
func (s *Store) ChangedFiles(ctx context.Context, run int32) ([]ChangedFile, error) {
	rows, err := s.db.QueryContext(ctx, changedFilesSQL, sql.Named("run", run))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var files []ChangedFile
	for rows.Next() {
		var f ChangedFile
		if err := rows.Scan(&f.File, &f.URI, &f.Status); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, rows.Err()
}

// A VersionMark is what a versioned bucket tells of a log file that is in the store.
type VersionMark struct {
	File              int32
	VersionID         string
	Replaced, Deleted time.Time // zero for no; see [LogFile]
}

// marksAtOnce is how many marks one statement sets: some MB of arguments.
const marksAtOnce = 1 << 14

// MarkVersions notes versions of log files, and lets those that were replaced give way to
// what took their place.
func (s *Store) MarkVersions(ctx context.Context, marks []VersionMark) error {
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format("2006-01-02 15:04:05.999999")
	}
	return s.Change(ctx, func(c *Change) error {
		for some := range slices.Chunk(marks, marksAtOnce) {
			var files []int32
			var ids, replaced, deleted []string
			for _, m := range some {
				files, ids = append(files, m.File), append(ids, m.VersionID)
				replaced, deleted = append(replaced, stamp(m.Replaced)), append(deleted, stamp(m.Deleted))
			}
			err := c.Exec(ctx, markVersionsSQL, Arg{"files", files}, Arg{"ids", ids}, Arg{"replaced", replaced}, Arg{"deleted", deleted})
			if err != nil {
				return err
			}
		}
		return c.Exec(ctx, supersedeSQL, Arg{"first", int32(0)})
	})
}

// A KnownEvent is what a repeat is told by.
type KnownEvent struct {
	EventID        [16]byte
	HasID          bool
	Hash           uint64
	File, Position int32
}

// A Place is where an event is of: its recipientAccountId and awsRegion, empty where
// it has none.
type Place struct{ Account, Region string }

// A KnownDay is a UTC day in one place.
type KnownDay struct {
	Day   time.Time // its begin
	Place Place
}

// KnownEvents lists the stored events of a day in a place, or, where day.Day is zero,
// all those without a time.
func (s *Store) KnownEvents(ctx context.Context, day KnownDay) iter.Seq2[KnownEvent, error] {
	return func(yield func(KnownEvent, error) bool) {
		query, args := knownEventsSQL, []any{day.Day, day.Place.Account, day.Place.Region}
		if day.Day.IsZero() {
			query, args = knownTimelessSQL, nil
		}
		rows, err := s.db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(KnownEvent{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var e KnownEvent
			var id *duckdb.UUID
			err := rows.Scan(&id, &e.Hash, &e.File, &e.Position)
			if id != nil {
				e.EventID, e.HasID = *id, true
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(KnownEvent{}, err)
		}
	}
}

// KnownDays lists the days and places that the store has events of.
func (s *Store) KnownDays(ctx context.Context) iter.Seq2[KnownDay, error] {
	return func(yield func(KnownDay, error) bool) {
		rows, err := s.db.QueryContext(ctx, knownDaysSQL)
		if err != nil {
			yield(KnownDay{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var d KnownDay
			err := rows.Scan(&d.Day, &d.Place.Account, &d.Place.Region)
			if !yield(d, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(KnownDay{}, err)
		}
	}
}

// NewRun is a run that begins now, of a version of this program: who it is and where.
func NewRun(version string) Run {
	run := Run{Started: time.Now().UTC(), Version: version}
	if u, err := user.Current(); err == nil {
		run.User = u.Username
	}
	run.Host, _ = os.Hostname() // a custody note, not worth failing for
	return run
}

// BeginRun enters run into the table runs, gives it its number, and says which
// number its first log file gets.
func (s *Store) BeginRun(ctx context.Context, run *Run) (firstFile int32, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT
		coalesce((SELECT max(run) FROM runs), 0) + 1,
		coalesce((SELECT max(file) FROM files), 0) + 1`).Scan(&run.Run, &firstFile)
	if err != nil {
		return 0, err
	}
	sources, err := json.Marshal(run.Sources)
	if err != nil {
		return 0, err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO runs (run, started, "user", host, version, sources, filter, deliveredSince, deliveredUntil)
		VALUES ($1, $2, $3, $4, $5, from_json($6, '["VARCHAR"]'), nullif($7, ''), $8, $9)`,
		run.Run, run.Started, run.User, run.Host, run.Version, string(sources), run.Filter,
		timeOrNull(run.DeliveredSince), timeOrNull(run.DeliveredUntil))
	s.run = run.Run
	return firstFile, machineError(s.path, err)
}

// FinishRun notes in the table runs that run came to its end.
func (s *Store) FinishRun(ctx context.Context, run *Run) error {
	_, err := s.db.ExecContext(ctx, "UPDATE runs SET finished = $1, summary = $2 WHERE run = $3",
		run.Finished, strings.ToValidUTF8(run.Summary, "\uFFFD"), run.Run)
	return machineError(s.path, err)
}
