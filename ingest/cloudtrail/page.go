package cloudtrail

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// A page is what an answer of LookupEvents says about itself.
type page struct {
	text           []byte // as it came
	events         int
	oldest, newest time.Time // in whole seconds
	timed          bool      // all of its events have a time that can be read
	next           string    // token of the next page; empty for the last one
}

// errNotPage is what an answer is that LookupEvents does not give: the page of a proxy, say.
var errNotPage = errors.New("the answer is not one of LookupEvents")

func parse(text []byte) (*page, error) {
	var answer struct {
		Events    *[]struct{ EventTime json.RawMessage }
		NextToken string
	}
	if json.Unmarshal(text, &answer) != nil || answer.Events == nil {
		return nil, errNotPage
	}
	p := &page{text: text, events: len(*answer.Events), timed: true, next: answer.NextToken}
	for _, event := range *answer.Events {
		t, ok := eventTime(event.EventTime)
		if !ok {
			p.timed = false
			continue
		}
		if p.oldest.IsZero() || t.Before(p.oldest) {
			p.oldest = t
		}
		if t.After(p.newest) {
			p.newest = t
		}
	}
	return p, nil
}

// eventTime reads a time as the protocol has it, in seconds since 1970.
func eventTime(text []byte) (time.Time, bool) {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}
