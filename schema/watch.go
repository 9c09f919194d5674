package schema

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

//go:embed sql/told.sql
var toldSQL string

//go:embed sql/due.sql
var dueSQL string

// A Watched is how far an alarm or a rule has been looked at.
type Watched struct {
	Rule    string    `json:"rule"`
	Since   time.Time `json:"since"`   // nothing of before is told
	Settled time.Time `json:"settled"` // what happened before has been told
	File    int32     `json:"file"`    // the last log file that has been looked at
}

// A Told is a change of an alarm's state, or a match, that has been decided on.
type Told struct {
	Series   string    `json:"series"` // the alarm, and where it is; or the key of a match
	State    string    `json:"state"`  // that the alarm went into; empty for a match
	Happened time.Time `json:"happened"`
	Notice   string    `json:"notice"` // that tells of it; "" for none
}

// A Notice is what is delivered.
type Notice struct {
	ID      string    `json:"notice"` // the same in every attempt
	Made    time.Time `json:"made"`
	Message string    `json:"message"` // JSON
}

// News is what one look at the store has come to. It takes effect as a whole.
type News struct {
	Watched   []Watched // in place of what was known of these
	Told      []Told
	Notices   []Notice
	Receivers []string // to whom each of Notices is due
}

// A DueNotice is a notice that a receiver has not taken yet.
type DueNotice struct {
	Notice
	Receiver string    `json:"receiver"`
	Due      time.Time `json:"due"` // not to be tried before
	Attempts int       `json:"-"`   // that failed
	Error    string    `json:"-"`   // of the last one
}

// An Attempt is what came of trying a delivery.
type Attempt struct {
	Notice, Receiver string
	Done             time.Time // zero: it failed
	Due              time.Time // then: when to try again
	Error            string    // then: why
}

// LastFile is the number of the newest log file of the store, 0 for none.
func (s *Store) LastFile(ctx context.Context) (int32, error) {
	return One[int32](s.Query(ctx, "SELECT coalesce(max(file), 0) FROM files"))
}

// EarliestAfter returns the earliest eventTime, from since on, of the events that were
// first read from log files after that one; zero, where there is none.
func (s *Store) EarliestAfter(ctx context.Context, file int32, since time.Time) (time.Time, error) {
	return One[time.Time](s.Query(ctx, "SELECT min(eventTime) FROM events WHERE file > $file AND eventTime >= $since",
		Arg{"file", file}, Arg{"since", since}))
}

// Watched returns what is known of the alarms and rules that were watched.
func (s *Store) Watched(ctx context.Context) (map[string]Watched, error) {
	watched := make(map[string]Watched)
	for w, err := range All[Watched](s.Query(ctx, "SELECT rule, since, settled, file FROM watched")) {
		if err != nil {
			return nil, err
		}
		watched[w.Rule] = w
	}
	return watched, nil
}

// Told lists what has been told from a time on, in order of time, and before it the
// state of each alarm that was told last.
func (s *Store) Told(ctx context.Context, from time.Time) ([]Told, error) {
	return Collect[Told](s.Query(ctx, toldSQL, Arg{"from", from}))
}

// Tell records news in one transaction: from then on it is known, and its notices are
// due.
func (s *Store) Tell(ctx context.Context, news News) error {
	return s.Change(ctx, func(c *Change) error {
		return errors.Join(
			insert(ctx, c, "DELETE FROM watched WHERE rule IN (SELECT row.rule FROM rows)", news.Watched),
			insert(ctx, c, "INSERT INTO watched SELECT row.rule, row.since, row.settled, row.file FROM rows", news.Watched),
			insert(ctx, c, "INSERT INTO told SELECT row.series, row.state, row.happened, nullif(row.notice, '') FROM rows", news.Told),
			insert(ctx, c, `INSERT INTO notices SELECT
				(SELECT coalesce(max(number), 0) FROM notices) + nth, row.notice, row.made, row.message FROM rows`, news.Notices),
			insert(ctx, c, "INSERT INTO deliveries SELECT row.notice, row.receiver, 0, row.due, NULL, NULL FROM rows", news.due()),
		)
	})
}

// due lists the deliveries that news begins.
func (n *News) due() []DueNotice {
	var due []DueNotice
	for _, notice := range n.Notices {
		for _, receiver := range n.Receivers {
			due = append(due, DueNotice{Notice: Notice{ID: notice.ID}, Receiver: receiver, Due: notice.Made})
		}
	}
	return due
}

// insert runs a statement over rows, of which there may be tens of thousands: each is a
// row of the table rows, as the struct row and with its number nth, from 1.
func insert[T any](ctx context.Context, c *Change, query string, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	return c.Exec(ctx, `WITH rows AS (
		SELECT unnest(list) AS row, generate_subscripts(list, 1) AS nth
		FROM (SELECT from_json($rows, '[{"rule":"VARCHAR","since":"TIMESTAMP","settled":"TIMESTAMP","file":"INTEGER",
			"series":"VARCHAR","state":"VARCHAR","happened":"TIMESTAMP","notice":"VARCHAR",
			"made":"TIMESTAMP","message":"VARCHAR","receiver":"VARCHAR","due":"TIMESTAMP"}]') AS list)) `+query, Arg{"rows", string(text)})
}

// Pending lists the deliveries that are not done, in the order in which they became due.
func (s *Store) Pending(ctx context.Context) ([]DueNotice, error) {
	return Collect[DueNotice](s.Query(ctx, dueSQL))
}

// Record notes what came of attempts to deliver.
func (s *Store) Record(ctx context.Context, attempts []Attempt) error {
	return s.Change(ctx, func(c *Change) error {
		for _, a := range attempts {
			err := c.Exec(ctx, `UPDATE deliveries
				SET done = $done, due = coalesce($due, due), error = nullif($error, ''), attempts = attempts + 1
				WHERE notice = $notice AND receiver = $receiver`,
				Arg{"done", timeOrNull(a.Done)}, Arg{"due", timeOrNull(a.Due)},
				Arg{"error", strings.ToValidUTF8(a.Error, "\uFFFD")}, Arg{"notice", a.Notice}, Arg{"receiver", a.Receiver})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
