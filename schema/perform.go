package schema

import (
	"errors"
	"reflect"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// performWait is how long the thread that asks for a result sleeps when all that is left to
// do is with the others.
const performWait = 2 * time.Millisecond

// perform runs a statement without parameters and lets go of its result. It does what the
// driver does, but for the waiting: of the threads that DuckDB is given the one that asks
// for the result is one, and works along; the driver has it ask again and again once there
// is nothing left for it, which takes a core while another thread writes the last row group.
// What the statement calls has to end by its context.
func perform(driverConn any, query string) error {
	conn, err := connection(driverConn)
	if err != nil {
		return err
	}
	var statement mapping.PreparedStatement
	defer mapping.DestroyPrepare(&statement)
	if mapping.Prepare(conn, query, &statement) == mapping.StateError {
		return errors.New(mapping.PrepareError(statement))
	}
	var pending mapping.PendingResult
	defer mapping.DestroyPending(&pending)
	if mapping.PendingPrepared(statement, &pending) == mapping.StateError {
		return errors.New(mapping.PendingError(pending))
	}
	for state := mapping.PendingStateResultNotReady; !mapping.PendingExecutionIsFinished(state); {
		if state = mapping.PendingExecuteTask(pending); state == mapping.PendingStateNoTasksAvailable {
			time.Sleep(performWait)
		}
		if state == mapping.PendingStateError {
			return errors.New(mapping.PendingError(pending))
		}
	}
	var result mapping.Result
	defer mapping.DestroyResult(&result)
	if mapping.ExecutePending(pending, &result) == mapping.StateError {
		return errors.New(mapping.ResultError(&result))
	}
	return nil
}

// connection is what the driver has of DuckDB's connection: the first member of its own,
// which it does not give out.
func connection(driverConn any) (conn mapping.Connection, err error) {
	v := reflect.Indirect(reflect.ValueOf(driverConn))
	if v.Kind() != reflect.Struct || v.NumField() == 0 || v.Field(0).Type() != reflect.TypeFor[mapping.Connection]() {
		return conn, errors.New("BUG: the driver's connection is another one")
	}
	conn.Ptr = v.Field(0).Field(0).UnsafePointer()
	return conn, nil
}
