package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// An Answer is rows that are read once, as [Rows] are; its columns are of plain types.
type Answer interface {
	Columns() []ResultColumn
	Next() bool
	Values() ([]any, error)
	Err() error
	Close() error
}

// ExportAnswer writes an answer that no statement gives as Parquet to a file, closes it, and
// returns how many rows it has. DuckDB reads it row by row.
func ExportAnswer(ctx context.Context, answer Answer, path string) (rows int64, err error) {
	defer func() { err = errors.Join(err, answer.Close()) }()
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0, err
	}
	connector, err := newConnector("?temp_directory="+tempFolder(abs), nil)
	if err != nil {
		return 0, err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	source, err := newAnswerSource(answer)
	if err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	go source.read(ended)
	defer func() {
		close(ended)
		for range source.rows { // until it has stopped reading
		}
	}()
	err = register(ctx, conn, func(bare *sql.Conn) error {
		return duckdb.RegisterTableUDF(bare, "answer", duckdb.RowTableFunction{
			BindArguments: func(map[string]any, ...any) (duckdb.RowTableSource, error) { return source, nil },
		})
	})
	if err != nil {
		return 0, err
	}
	err = conn.QueryRowContext(ctx, "COPY (FROM answer()) TO "+quoted(abs)+" (FORMAT parquet, COMPRESSION zstd)").Scan(&rows)
	return rows, err
}

// An answerSource is an answer as DuckDB reads it. DuckDB asks for rows on a thread of its own,
// on which an iterator of Go cannot go on: hence the channel.
type answerSource struct {
	answer Answer
	infos  []duckdb.ColumnInfo
	rows   chan answerRow
}

// An answerRow is the next row, or what ended the rows early.
type answerRow struct {
	values []any
	err    error
}

// rowsAhead is how many rows are read before DuckDB asks for them.
const rowsAhead = 1024

// read reads the answer until it is over or nobody wants more of it.
func (s *answerSource) read(ended <-chan struct{}) {
	defer close(s.rows)
	send := func(row answerRow) bool {
		select {
		case s.rows <- row:
			return row.err == nil
		case <-ended:
			return false
		}
	}
	for s.answer.Next() {
		values, err := s.answer.Values()
		if !send(answerRow{values, err}) {
			return
		}
	}
	if err := s.answer.Err(); err != nil {
		send(answerRow{err: err})
	}
}

func newAnswerSource(answer Answer) (*answerSource, error) {
	types := map[string]duckdb.Type{
		"VARCHAR": duckdb.TYPE_VARCHAR, "BIGINT": duckdb.TYPE_BIGINT, "DOUBLE": duckdb.TYPE_DOUBLE, "BOOLEAN": duckdb.TYPE_BOOLEAN, "TIMESTAMP": duckdb.TYPE_TIMESTAMP,
	}
	s := &answerSource{answer: answer, rows: make(chan answerRow, rowsAhead)}
	for _, c := range answer.Columns() {
		t, ok := types[c.Type]
		if !ok {
			return nil, fmt.Errorf("BUG: the column %s is of no plain type: %s", c.Name, c.Type)
		}
		info, err := duckdb.NewTypeInfo(t)
		if err != nil {
			return nil, err
		}
		s.infos = append(s.infos, duckdb.ColumnInfo{Name: c.Name, T: info})
	}
	return s, nil
}

// ColumnInfos implements [duckdb.RowTableSource].
func (s *answerSource) ColumnInfos() []duckdb.ColumnInfo { return s.infos }

// Cardinality implements [duckdb.RowTableSource]: nobody knows it.
func (s *answerSource) Cardinality() *duckdb.CardinalityInfo { return nil }

// Init implements [duckdb.RowTableSource].
func (s *answerSource) Init() {}

// FillRow implements [duckdb.RowTableSource].
func (s *answerSource) FillRow(row duckdb.Row) (bool, error) {
	next, more := <-s.rows
	if !more || next.err != nil {
		return false, next.err
	}
	for i, v := range next.values {
		if t, ok := v.(time.Time); ok {
			v = t.UTC()
		}
		if err := row.SetRowValue(i, v); err != nil {
			return false, err
		}
	}
	return true, nil
}
