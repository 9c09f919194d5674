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

// perform runs a statement, whose parameters are numbers or lists of them, and lets go of its
// result. What the statement calls has to end by its context.
func perform(driverConn any, query string, args ...Arg) error {
	return execute(context.Background(), driverConn, query, args, func(*mapping.Result) error { return nil })
}

// ask runs a query whose parameters are numbers, and hands its answer on as whole columns, which
// are of the types given. What is in them is there until take returns.
func ask(ctx context.Context, driverConn any, query string, args map[string]int32, types []mapping.Type, take func(rows int, columns []vector) error) error {
	var numbers []Arg
	for name, n := range args {
		numbers = append(numbers, Arg{name, n})
	}
	return execute(ctx, driverConn, query, numbers, func(result *mapping.Result) error {
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
func execute(ctx context.Context, driverConn any, query string, args []Arg, take func(*mapping.Result) error) error {
	conn, err := native(driverConn)
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
	for _, arg := range args {
		if err := bindNumbers(statement, arg); err != nil {
			return err
		}
	}
	var pending mapping.PendingResult
	defer mapping.DestroyPending(&pending)
	if mapping.PendingPrepared(statement, &pending) == mapping.StateError {
		return errors.New(mapping.PendingError(pending))
	}
	for state := mapping.PendingStateResultNotReady; !mapping.PendingExecutionIsFinished(state); {
		if ctx.Err() != nil {
			letGo(conn)
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

// bindNumbers gives a parameter its value, an int32 or a []int32.
func bindNumbers(statement mapping.PreparedStatement, arg Arg) error {
	var value mapping.Value
	switch v := arg.Value.(type) {
	case int32:
		value = mapping.CreateInt32(v)
	case []int32:
		number := mapping.CreateLogicalType(mapping.TypeInteger)
		defer mapping.DestroyLogicalType(&number)
		list := make([]mapping.Value, len(v))
		for i, n := range v {
			list[i] = mapping.CreateInt32(n)
			defer mapping.DestroyValue(&list[i])
		}
		value = mapping.CreateListValue(number, list)
	}
	defer mapping.DestroyValue(&value)
	var i mapping.IdxT
	if value.Ptr == nil || mapping.BindParameterIndex(statement, &i, arg.Name) == mapping.StateError || mapping.BindValue(statement, i, value) == mapping.StateError {
		return errors.New("BUG: the parameter " + arg.Name + " cannot be bound")
	}
	return nil
}

// native is what the driver has of DuckDB's connection: the first member of its own, which it
// does not give out.
func native(driverConn any) (conn mapping.Connection, err error) {
	if c, ok := driverConn.(*connection); ok {
		driverConn = c.Conn
	}
	v := reflect.Indirect(reflect.ValueOf(driverConn))
	if v.Kind() != reflect.Struct || v.NumField() == 0 || v.Field(0).Type() != reflect.TypeFor[mapping.Connection]() {
		return conn, errors.New("BUG: the driver's connection is another one")
	}
	conn.Ptr = v.Field(0).Field(0).UnsafePointer()
	return conn, nil
}
