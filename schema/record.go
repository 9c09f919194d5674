package schema

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// eventRecord is event_record(skeleton, verbatim, leaves): the record of an event, as text,
// of what the view cloudtrail_lake_records has of it.
type eventRecord struct{ config duckdb.ScalarFuncConfig }

// withEventRecord makes event_record known to all connections to the store, once.
func (s *Store) withEventRecord(ctx context.Context) error {
	s.recordOnce.Do(func() { s.recordErr = s.registerEventRecord(context.WithoutCancel(ctx)) })
	return s.recordErr
}

func (s *Store) registerEventRecord(ctx context.Context) error {
	text, textErr := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	blob, blobErr := duckdb.NewTypeInfo(duckdb.TYPE_BLOB)
	if err := errors.Join(textErr, blobErr); err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	f := &eventRecord{duckdb.ScalarFuncConfig{
		InputTypeInfos: []duckdb.TypeInfo{blob, blob, text}, ResultTypeInfo: text, SpecialNullHandling: true,
	}}
	err = register(ctx, conn, func(bare *sql.Conn) error { return duckdb.RegisterScalarUDF(bare, "event_record", f) })
	return errors.Join(err, conn.Close())
}

// Config implements [duckdb.ScalarFunc].
func (f *eventRecord) Config() duckdb.ScalarFuncConfig { return f.config }

// Executor implements [duckdb.ScalarFunc].
func (f *eventRecord) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		skeleton, _ := values[0].([]byte)
		record, _ := values[1].([]byte)
		if text, ok := values[2].(string); ok {
			var l leaves
			err := l.read([]byte(text))
			if err == nil {
				record, err = fill(nil, skeleton, &l)
			}
			if err != nil {
				return nil, err
			}
		}
		if record == nil {
			return nil, nil
		}
		return strings.ToValidUTF8(string(record), "\ufffd"), nil
	}}
}
