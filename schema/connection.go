package schema

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// A connector makes connections of the driver that let go of what was cancelled.
//
// DuckDB has a statement begin before the driver asks whether it is still wanted, and goes on
// with it, in other threads, until its connection is asked something else. These threads keep
// the database open, after it was closed as well: no other process can write to the file, and
// whoever opens it again in this one waits for ever, busily
// (https://github.com/duckdb/duckdb/issues/25965).
type connector struct {
	*duckdb.Connector
	begin func(driver.ExecerContext) error // what each connection begins with; nil for nothing
}

func newConnector(dsn string, begin func(driver.ExecerContext) error) (*connector, error) {
	c, err := duckdb.NewConnector(dsn, nil)
	if err != nil {
		return nil, err
	}
	return &connector{c, begin}, nil
}

// Connect implements [driver.Connector].
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn := &connection{made.(*duckdb.Conn), c}
	if c.begin != nil {
		if err := c.begin(conn); err != nil {
			conn.Close() // there is nothing in it to lose
			return nil, err
		}
	}
	return conn, nil
}

// A connection is one of the driver's that lets go of what was cancelled.
type connection struct {
	*duckdb.Conn
	from *connector
}

// QueryContext implements [driver.QueryerContext].
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil && ctx.Err() != nil {
		c.letGo()
	}
	return rows, err
}

// ExecContext implements [driver.ExecerContext].
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, query, args)
	if err != nil && ctx.Err() != nil {
		c.letGo()
	}
	return result, err
}

// BeginTx implements [driver.ConnBeginTx].
func (c *connection) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil && ctx.Err() != nil {
		c.letGo()
	}
	return tx, err
}

func (c *connection) letGo() {
	if conn, err := native(c.Conn); err == nil {
		letGo(conn)
	}
}

// letGo ends the statement that a connection has begun: what is asked next has DuckDB wait for
// the threads that are at it, and these end at once when they are interrupted.
func letGo(conn mapping.Connection) {
	mapping.Interrupt(conn)
	var result mapping.Result
	mapping.Query(conn, "SELECT 1", &result) // it fails within a transaction that has failed, and ends that one all the same
	mapping.DestroyResult(&result)
}

// register makes functions known to all connections to the database of one. The driver takes
// connections of its own kind only.
func register(ctx context.Context, conn *sql.Conn, with func(conn *sql.Conn) error) error {
	var from driver.Connector
	err := conn.Raw(func(c any) error {
		made, ok := c.(*connection)
		if !ok {
			return fmt.Errorf("BUG: a connection is a %T", c)
		}
		from = unowned{made.from.Connector}
		return nil
	})
	if err != nil {
		return err
	}
	db := sql.OpenDB(from)
	bare, err := db.Conn(ctx)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return errors.Join(with(bare), bare.Close(), db.Close())
}
