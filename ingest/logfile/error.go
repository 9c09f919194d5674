package logfile

import (
	"errors"
	"fmt"
)

// A SyntaxError says where a log file stops being what it should be.
type SyntaxError struct {
	Offset int64 // of the first byte that does not fit, in the uncompressed file
	Record int   // records read before it
	Err    error // what is wrong
	More   int   // other places where it is not
}

func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("byte %d, after %d records: %v", e.Offset, e.Record, e.Err)
	switch e.More {
	case 0:
		return text
	case 1:
		return text + "; and at 1 more place"
	}
	return fmt.Sprintf("%s; and at %d more places", text, e.More)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// ErrCutOff is the cause when a file ends in the middle.
var ErrCutOff = errors.New("the file ends early")

// A NotLogFileError says that a file is sound, but holds no CloudTrail events.
type NotLogFileError struct {
	What   string // what it is instead: "a digest file", "JSON without Records"
	Form   Form   // what it is, if that is known
	Digest bool   // it is a digest file, or begins like one
}

func (e *NotLogFileError) Error() string { return "not a CloudTrail log file, but " + e.What }

// A TooLargeError says that a file unpacks to more than was allowed.
type TooLargeError struct {
	Limit int64 // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("unpacks to more than %d bytes", e.Limit)
}

// A RecordTooLargeError says that a record, or the element of lookup-events that it is
// in, is longer than was allowed.
type RecordTooLargeError struct {
	Limit int64 // bytes
}

func (e *RecordTooLargeError) Error() string {
	return fmt.Sprintf("a record of more than %d bytes", e.Limit)
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*RecordTooLargeError](err)
	return ok
}
