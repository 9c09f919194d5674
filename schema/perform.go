package schema

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// performWait is how long the thread that asks for a result sleeps when all that is left to
// do is with the others.
const performWait = 2 * time.Millisecond

// perform runs a statement without parameters and lets go of its result. What the statement
// calls has to end by its context.
func perform(driverConn any, query string) error {
	return execute(context.Background(), driverConn, query, nil, func(*mapping.Result) error { return nil })
}

// ask runs a query whose parameters are numbers, and hands its answer on as whole columns, which
// are of the types given. What is in them is there until take returns.
func ask(ctx context.Context, driverConn any, query string, args map[string]int32, types []mapping.Type, take func(rows int, columns []vector) error) error {
	return execute(ctx, driverConn, query, args, func(result *mapping.Result) error {
		if n := int(mapping.ColumnCount(result)); n != len(types) {
			return fmt.Errorf("BUG: %d columns where %d are expected", n, len(types))
		}
		for i, t := range types {
			if is := mapping.ColumnType(result, mapping.IdxT(i)); is != t {
				return fmt.Errorf("BUG: column %d is of type %d where %d is expected", i, is, t)
			}
		}
		var columns []vector
		for {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			chunk := mapping.FetchChunk(*result)
			if chunk.Ptr == nil {
				return nil
			}
			rows := int(mapping.DataChunkGetSize(chunk))
			columns = columnsOf(columns[:0], chunk, types, rows)
			err := take(rows, columns)
			mapping.DestroyDataChunk(&chunk)
			if err != nil {
				return err
			}
		}
	})
}

// execute runs a statement. It does what the driver does, but for the waiting: of the threads that
// DuckDB is given the one that asks for the result is one, and works along; the driver has it ask
// again and again once there is nothing left for it, which takes a core while another thread writes
// the last row group. It stays on one thread of the system: allocators keep what is freed for the
// thread that had it, and each further one that worked along would leave some of it behind.
func execute(ctx context.Context, driverConn any, query string, args map[string]int32, take func(*mapping.Result) error) error {
	conn, err := connection(driverConn)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var statement mapping.PreparedStatement
	defer mapping.DestroyPrepare(&statement)
	if mapping.Prepare(conn, query, &statement) == mapping.StateError {
		return errors.New(mapping.PrepareError(statement))
	}
	for name, n := range args {
		var i mapping.IdxT
		if mapping.BindParameterIndex(statement, &i, name) == mapping.StateError || mapping.BindInt32(statement, i, n) == mapping.StateError {
			return errors.New("BUG: there is no parameter " + name)
		}
	}
	var pending mapping.PendingResult
	defer mapping.DestroyPending(&pending)
	if mapping.PendingPrepared(statement, &pending) == mapping.StateError {
		return errors.New(mapping.PendingError(pending))
	}
	for state := mapping.PendingStateResultNotReady; !mapping.PendingExecutionIsFinished(state); {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
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
	return take(&result)
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
