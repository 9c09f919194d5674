package cloudtrail

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"trailbox/ingest/bucket"
)

// An Error says what of Event history was not collected, and why.
type Error struct {
	URI         string // of the Region's answers
	From, Until time.Time
	Err         error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: nothing of %s to %s: %v", e.URI, e.From.Format(time.RFC3339), e.Until.Format(time.RFC3339), e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Hint returns the remedy in plain words.
func (e *Error) Hint() string {
	const again = "what was collected is in the store; the same command goes on from there"
	var refused *bucket.APIError
	if !errors.As(e.Err, &refused) {
		return again
	}
	switch {
	case strings.Contains(refused.Code, "AccessDenied") || refused.Code == "OptInRequired":
		return "the caller needs cloudtrail:LookupEvents in that Region"
	case refused.Problem == bucket.InvalidCredentials:
		return "a Region that is not enabled for the account refuses like that"
	case refused.Problem != bucket.Unknown:
		return refused.Hint() + "; " + again
	}
	return again
}

// ErrTooOld is the finding of a time that Event history does not have any more.
var ErrTooOld = errors.New("only the last 90 days are in Event history")

// A RegionsError says why it is not known which Regions are enabled. Those that this version
// of trailbox knows are asked.
type RegionsError struct{ Err error }

func (e *RegionsError) Error() string {
	return "cloudtrail: which Regions are enabled was not told, so that all known ones are asked: " + e.Err.Error()
}

func (e *RegionsError) Unwrap() error { return e.Err }
