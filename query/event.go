package query

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trailbox/schema"
)

var (
	//go:embed event.sql
	eventSQL string
	//go:embed event_count.sql
	eventCountSQL string
	//go:embed event_places.sql
	eventPlacesSQL string
)

// An EventRef names an event: by its eventID, or, since not all have one, by the log file that
// it was read from and its place there.
type EventRef struct {
	ID             string // "" for none
	File, Position int64
}

// ParseEventRef reads what String writes.
func ParseEventRef(text string) (ref EventRef, ok bool) {
	if _, ok := schema.ParseGUID([]byte(text)); ok {
		return EventRef{ID: strings.ToLower(text)}, true
	}
	file, position, _ := strings.Cut(text, "-")
	var fileErr, positionErr error
	ref.File, fileErr = strconv.ParseInt(file, 10, 32)
	ref.Position, positionErr = strconv.ParseInt(position, 10, 32)
	return ref, fileErr == nil && positionErr == nil && ref.File >= 0 && ref.Position >= 0
}

// String is the eventID, or the number of the log file and the place with a hyphen between.
func (r EventRef) String() string {
	if r.ID != "" {
		return r.ID
	}
	return fmt.Sprintf("%d-%d", r.File, r.Position)
}

// Ref names the event of a row.
func (k *OrderKey) Ref() EventRef {
	if k.EventID != nil {
		return EventRef{ID: *k.EventID}
	}
	return EventRef{File: k.File, Position: k.Position}
}

// condition is the condition that an event is the one.
func (r EventRef) condition() Statement {
	all := conditionsIn(historyFilterSQL)
	if r.ID != "" {
		return conditionOf(all, "event-id", schema.Arg{Name: "value", Value: r.ID})
	}
	return conditionOf(all, "place", schema.Arg{Name: "file", Value: r.File}, schema.Arg{Name: "position", Value: r.Position})
}

// EventStatement asks for all columns of an event.
func EventStatement(ref EventRef) Statement {
	return Statement{SQL: eventSQL}.Put("which", ref.condition()).Put("columns", Statement{SQL: "*"})
}

// A StoredEvent is an event with its record, and all places where that was delivered.
type StoredEvent struct {
	HistoryRow
	Record []byte // as it was delivered
	Places []EventPlace
}

// An EventPlace is one where a record was delivered.
type EventPlace struct {
	RowID, File, Position, Run int64
	First                      bool // it was read from there, the others repeat it
	URI, SHA256, Version       string
	Status                     string // of the log file
	Superseded                 bool   // its object was read again
	Bytes                      int64  // of the log file, uncompressed
	Delivered, Loaded          time.Time
	Proof                      string // what verify found of the log file; "" where it was not looked at
	Digest                     string // that lists it; "" for none
	DigestEnd                  time.Time
}

// FindEvent finds the rows that go by a name: those of one eventID can be several, with
// different contents.
func FindEvent(ctx context.Context, store *schema.Store, ref EventRef) ([]*HistoryRow, error) {
	s := Statement{SQL: eventSQL}.Put("which", ref.condition())
	rowids, err := schema.Collect[int64](s.Put("columns", Statement{SQL: "rowid"}).Query(ctx, store))
	if err != nil || len(rowids) == 0 {
		return nil, err
	}
	return HistoryRows(ctx, store, rowids)
}

// ReadEvents reads the records of some rows, and where they were delivered.
func ReadEvents(ctx context.Context, store *schema.Store, rows []*HistoryRow) ([]*StoredEvent, error) {
	events, byRow, rowids := make([]*StoredEvent, len(rows)), map[int64]*StoredEvent{}, make([]int64, len(rows))
	for i, row := range rows {
		events[i], rowids[i] = &StoredEvent{HistoryRow: *row}, row.RowID
		byRow[row.RowID] = events[i]
	}
	// Both are more to plan than to run, which takes one processor each.
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		for place, err := range readRows[EventPlace](ctx, store.Query, eventPlacesSQL, rowids) {
			if err != nil {
				return err
			}
			e := byRow[place.RowID]
			e.Places = append(e.Places, *place)
		}
		return nil
	})
	g.Go(func() error {
		rebuilder, err := store.NewRebuilder(ctx)
		if err != nil {
			return err
		}
		defer rebuilder.Close()
		type recorded struct {
			RowID  int64
			Record []byte
		}
		for r, err := range readRows[recorded](ctx, rebuilder.Query, recordsSQL, rowids) {
			if err != nil {
				return err
			}
			byRow[r.RowID].Record = r.Record
		}
		return nil
	})
	return events, g.Wait()
}

// CountEach counts the events of each condition, in one statement. Each is looked for by
// itself: DuckDB's scan leaves out what a condition does not fit, which it does not for the
// filter of an aggregate.
func CountEach(ctx context.Context, store *schema.Store, conditions []Statement) ([]int64, error) {
	if len(conditions) == 0 {
		return nil, nil
	}
	list := Statement{}
	for i, c := range conditions {
		text, with := list.adopt(Statement{SQL: eventCountSQL}.Put("filters", c))
		if list = (Statement{SQL: list.SQL, Args: with.Args}); i > 0 {
			list.SQL += ",\n"
		}
		list.SQL += "(" + strings.TrimRight(text, "; \n") + ")"
	}
	list.SQL = "SELECT [" + list.SQL + "]"
	return schema.One[[]int64](list.Query(ctx, store))
}
