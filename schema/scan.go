package schema

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"strings"
	"time"
)

// All yields the rows of an answer, given as [Store.Query] returns it, and closes it. A
// row is a struct, with a field for each column by its name, in which letters match in
// either case; or, of an answer with a single column, its value.
//
// Booleans, numbers, strings (named types as well), times and bytes go to fields of their
// kind, LIST to slices and STRUCT to structs, whose members go by the names of the fields;
// an any takes what there is. NULL becomes the zero value, of a pointer nil. A value that
// its field cannot hold as it is is an error.
func All[T any](rows *Rows, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err != nil {
			yield(none, err)
			return
		}
		fields, err := fieldsOf(reflect.TypeFor[T](), rows.columns)
		for err == nil && rows.Next() {
			var row T
			if err = rows.scanFields(reflect.ValueOf(&row).Elem(), fields); err == nil && !yield(row, nil) {
				rows.Close() // what it reports is about rows that nobody wants
				return
			}
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
			yield(none, err)
		}
	}
}

// Collect is All in a slice.
func Collect[T any](rows *Rows, err error) ([]T, error) {
	var all []T
	for row, err := range All[T](rows, err) {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// One is All of an answer that has one row.
func One[T any](rows *Rows, err error) (T, error) {
	var none T
	all, err := Collect[T](rows, err)
	switch {
	case err != nil:
		return none, err
	case len(all) != 1:
		return none, fmt.Errorf("BUG: %d rows where there is one", len(all))
	}
	return all[0], nil
}

// scanFields copies the values of the current row to the fields of a struct, or to the
// row itself, where it has none.
func (r *Rows) scanFields(row reflect.Value, fields [][]int) error {
	values, err := r.Values()
	if err != nil {
		return err
	}
	for i, v := range values {
		to := row
		if fields != nil {
			to = row.FieldByIndex(fields[i])
		}
		if err := assign(to, v); err != nil {
			return fmt.Errorf("column %s: %w", r.columns[i].Name, err)
		}
	}
	return nil
}

// fieldsOf are the fields of a struct that columns go to, nil for what is no struct.
func fieldsOf(row reflect.Type, columns []ResultColumn) ([][]int, error) {
	if row.Kind() != reflect.Struct || row == timeType {
		if len(columns) != 1 {
			return nil, fmt.Errorf("BUG: %d columns for one %s", len(columns), row)
		}
		return nil, nil
	}
	fields := make([][]int, len(columns))
	for i, c := range columns {
		field, ok := fieldOf(row, c.Name)
		if !ok {
			return nil, fmt.Errorf("BUG: %s has no field for the column %s", row, c.Name)
		}
		fields[i] = field.Index
	}
	return fields, nil
}

func fieldOf(row reflect.Type, name string) (reflect.StructField, bool) {
	return row.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) })
}

var timeType = reflect.TypeFor[time.Time]()

// assign sets to to one of the values that Rows promises.
func assign(to reflect.Value, v any) error {
	if v == nil {
		to.SetZero()
		return nil
	}
	from, kind := reflect.ValueOf(v), to.Kind()
	switch {
	case kind == reflect.Interface:
		to.Set(from)
		return nil
	case kind == reflect.Pointer:
		value := reflect.New(to.Type().Elem())
		to.Set(value)
		return assign(value.Elem(), v)
	case to.Type() == from.Type(), kind == from.Kind() && (kind == reflect.String || kind == reflect.Bool):
		to.Set(from.Convert(to.Type()))
		return nil
	}
	switch v := v.(type) {
	case int64:
		switch {
		case to.CanInt() && !to.OverflowInt(v):
			to.SetInt(v)
			return nil
		case to.CanUint() && v >= 0 && !to.OverflowUint(uint64(v)):
			to.SetUint(uint64(v))
			return nil
		}
	case uint64:
		switch {
		case to.CanUint() && !to.OverflowUint(v):
			to.SetUint(v)
			return nil
		case to.CanInt() && v <= math.MaxInt64 && !to.OverflowInt(int64(v)):
			to.SetInt(int64(v))
			return nil
		}
	case List:
		if kind == reflect.Slice {
			return assignList(to, v)
		}
	case Struct:
		if kind == reflect.Struct {
			return assignStruct(to, v)
		}
	}
	return fmt.Errorf("a %s cannot hold the %T %.40s", to.Type(), v, fmt.Sprint(v))
}

func assignList(to reflect.Value, list List) error {
	to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
	for i, v := range list {
		if err := assign(to.Index(i), v); err != nil {
			return err
		}
	}
	return nil
}

func assignStruct(to reflect.Value, members Struct) error {
	for i, m := range members {
		field := reflect.StructField{}
		ok := i < to.NumField()
		if ok { // as a rule fields are in the order of the members
			field = to.Type().Field(i)
			ok = strings.EqualFold(field.Name, m.Name)
		}
		if !ok {
			field, ok = fieldOf(to.Type(), m.Name)
		}
		if !ok {
			return fmt.Errorf("BUG: %s has no field for the member %s", to.Type(), m.Name)
		}
		if err := assign(to.FieldByIndex(field.Index), m.Value); err != nil {
			return err
		}
	}
	return nil
}
