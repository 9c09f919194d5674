package logfile

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"trailbox/schema"
)

// FuzzFind holds the finder against a plain reader, which knows JSON by encoding/json and looks for
// records by recursion: in whatever records are wrapped, none is missed and none is invented, and where they
// stand in the file as they are, it is made of them and its envelope.
func FuzzFind(f *testing.F) {
	a := whole("A")
	for _, seed := range []string{
		a, `{"detail":` + a + `}`, `[{"Events":[{"CloudTrailEvent":` + quoted(a) + `}]}]`, quoted(quoted(a)), `{"records":[` + a + `,` + a + `]}`,
		`{"logEvents":[{"message":` + quoted("x "+a) + `}]}`, `{"requestParameters":` + a + `}`, `{"a":{"b":[` + strings.ToLower(a) + `]}}`,
		`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"x":` + a + `}}]}`,
		`{"records":[{"eventVersion":"1.1","eventSource":"aws:dynamodb","eventName":"INSERT","dynamodb":{"x":` + quoted(a) + `}}]}`,
		`{"x":[{"eventVersion":"1.0","eventCategory":"Aggregated","y":` + a + `}]}`, `{"class_uid":1,"x":` + a + `}`, `{"eventVersion":1,"insightDetails":{"x":` + a + `}}`,
		`{"x":{"eventVersion":"1","event\u0053ource":"s","eventName":"n","y":"\ud800"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if utf8, recoded := fromUTF16(data); recoded || len(utf8) > 1<<16 {
			return
		}
		d := NewDecoder(1, new(schema.Shapes), math.MaxInt)
		d.Reset(data)
		var events, back []string
		for {
			var ev schema.Event
			ok, _ := d.Next(&ev)
			if !ok {
				break
			}
			events = append(events, string(ev.Leaves[schema.ColEventName]))
			if ev.Verbatim != nil {
				back = append(back, string(ev.Verbatim))
			}
		}
		for _, b := range back {
			if !d.apart && !bytes.Contains(data, []byte(b)) {
				t.Errorf("a record that is not in the file: %q", b)
			}
		}
		// What the plain reader reads is one JSON value that is an object with other members than those by which
		// a log file or a record is known at its top.
		value, ok := plainValue(data)
		object, isObject := value.(map[string]any)
		if !ok || !isObject {
			return
		}
		for name := range object {
			switch name {
			case "Records", "Events", "eventVersion", "eventTime", "eventName", "eventID", "digestStartTime":
				return
			}
		}
		want, sure := plainFind(value, nil, 0)
		if !sure {
			return
		}
		slices.Sort(events)
		slices.Sort(want)
		if !slices.Equal(events, want) {
			t.Errorf("found %q, not %q", events, want)
		}
	})
}

// plainValue reads one value, without members that come twice, of which the finder counts each.
func plainValue(data []byte) (any, bool) {
	if !json.Valid(data) || hasTwins(data) {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var value any
	return value, dec.Decode(&value) == nil
}

// hasTwins reports whether an object has two members whose names are the same in any case.
func hasTwins(data []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var names []map[string]bool // nil for an array
	var isName []bool
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		if delim, ok := token.(json.Delim); ok {
			switch delim {
			case '{':
				names, isName = append(names, map[string]bool{}), append(isName, true)
				continue
			case '[':
				names, isName = append(names, nil), append(isName, false)
				continue
			}
			names, isName = names[:len(names)-1], isName[:len(isName)-1]
		} else if n := len(names) - 1; n >= 0 && names[n] != nil && isName[n] {
			name := strings.ToLower(token.(string))
			if names[n][name] {
				return true
			}
			names[n][name], isName[n] = true, false
			continue
		}
		if n := len(names) - 1; n >= 0 && names[n] != nil {
			isName[n] = true
		}
	}
}

// plainFind returns the names of the records in a value. It is not sure where a string has text that is
// not JSON, in which lines would have to be told apart.
func plainFind(value any, found []string, depth int) (_ []string, sure bool) {
	if depth > maxStrings {
		return found, false
	}
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			if found, sure = plainFind(element, found, depth); !sure {
				return found, false
			}
		}
	case map[string]any:
		member := map[string]any{} // by its name in small letters
		for name, value := range v {
			member[strings.ToLower(name)] = value
		}
		scalar := func(name string) bool {
			switch member[name].(type) {
			case string, bool, json.Number:
				return true
			}
			return false
		}
		source, _ := member["eventsource"].(string)
		name, version, other := scalar("eventname"), scalar("eventversion"), strings.Contains(source, ":")
		switch insight := member["insightdetails"].(type) {
		case map[string]any, string:
			_ = insight
			if version && !other && member["eventcategory"] != "Aggregated" {
				return append(found, plainName(member["eventname"])), true
			}
		}
		switch {
		case version && member["eventcategory"] == "Aggregated", version && name && other:
			return found, true
		case version && name && scalar("eventsource"):
			return append(found, plainName(member["eventname"])), true
		case member["messagetype"] == "CONTROL_MESSAGE":
			return found, true
		}
		for name, value := range v {
			if isContent([]byte(name)) || markOf([]byte(name), '"', nil) != 0 {
				continue
			}
			if found, sure = plainFind(value, found, depth); !sure {
				return found, false
			}
		}
	case string:
		if !containsFold([]byte(v), "eventversion") || len(v) < minRecord {
			return found, true
		}
		inner, ok := plainValue([]byte(v))
		if !ok {
			return found, false
		}
		return plainFind(inner, found, depth+1)
	}
	return found, true
}

// plainName is an event's name as its column has it.
func plainName(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
