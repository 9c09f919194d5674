package logfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trailbox/schema"
)

// FuzzDecode holds the decoder against encoding/json, which is slower and simpler: of
// what that takes for a log file, both read the same records and the same values.
func FuzzDecode(f *testing.F) {
	for _, members := range []string{
		`"userAgent":"a\u003cb\/\"\\\b\f\n\r\t\u00e9\ud83d\ude00\ud800x"`,
		"\"userAgent\":\"a\xff\xc3\"",
		`"eventName":"x","event\u004eame":"y","eventTime":"2026-03-02T10:00:00.25+02:00"`,
		`"eventTime":"never","readOnly":"true","managementEvent":0,"eventID":"7","sharedEventID":"ABCDEF00-1111-3111-8111-111111111111"`,
		`"userIdentity":{"type":"Root","sessionContext":{"sessionIssuer":{"userName":"r"}}},"userIdentity":{"newOne":1}`,
		`"userIdentity":null,"tlsDetails":[],"apiVersion":1.10,"errorCode":{"a":[]}`,
		`"requestParameters":{ "userName" : "u", "a":[1,-0.0,1E400,{"b":null}] },"responseElements":"x","addendum":7`,
		`"resources":[{"ARN":"a","type":"t"},{"ARNPrefix":null,"ARN":"a","ARN":"b"}, {}]`,
		`"resources":[{"arn":"a"},null],"resources":{}`,
		`"":{"":[]},"a\u0000":"},{","b\"":[[[]]]`,
		`"requestParameters":` + strings.Repeat("[", maxNesting+1) + strings.Repeat("]", maxNesting+1),
	} {
		f.Add([]byte(`{"Records":[{"eventVersion":"1.08",` + members + `}]}`))
	}
	for _, file := range []string{
		`{"Records":[` + recordA + `,` + recordB + `]}`,
		" {\"a\":[{}],\t\"Records\" : [ " + recordA + " ,\r\n" + recordB + " ] , \"b\":null}\n",
		`[` + recordA + `]` + "\n" + recordB + "\n",
		`{"Events":[{"CloudTrailEvent":"{\"eventName\":\"A\\u003c\"}"},` + recordA + `]}{"Records":[]}`,
		`{"Events":[{"CloudTrailEvent":"{\"eventCategory\":\"Aggregated\",\"eventVersion\":\"1\"}"}]}`,
		`{"Records":[{"eventVersion":"1","eventCategory":"Aggregated"}]}`,
		`{"digestStartTime":1}`, `{"Records":[7]}`, `{"Records":[{}]}`, "\xef\xbb\xbf[]", "", "{",
	} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := decodeAll(string(data))
		if len(events) > len(data)/len(`{"eventID":0}`)+1 {
			t.Fatalf("%d events in %d bytes", len(events), len(data))
		}
		var syntax *SyntaxError
		var other *NotLogFileError
		if err != nil && !errors.As(err, &syntax) && !errors.As(err, &other) {
			t.Errorf("an error of another type: %v", err)
		}
		if syntax != nil && (syntax.Offset < 0 || syntax.Record > len(events) || syntax.Err == nil) {
			t.Errorf("%d events of %d bytes, and %v", len(events), len(data), err)
		}
		for i := range events {
			if int(events[i].Position) != i {
				t.Errorf("event %d has position %d", i, events[i].Position)
			}
			checkEvent(t, &events[i])
		}

		records, ok := oracle(data)
		if !ok {
			return
		}
		left := events
		for _, record := range records {
			if !isOracleEvent(record) {
				if text, err := json.Marshal(record); err != nil || containsFold(text, "eventversion") {
					return // it may have some inside
				}
				if err == nil {
					t.Errorf("nothing was said of %v", record)
				}
				continue
			}
			if oracleText(record["eventCategory"]) == "Aggregated" {
				continue
			}
			if len(left) == 0 {
				t.Fatalf("%d events of %d records, %v", len(events), len(records), err)
			}
			compare(t, &left[0], record)
			left = left[1:]
		}
		if len(left) > 0 {
			t.Fatalf("%d events too many, of %d records", len(left), len(records))
		}
	})
}

// checkEvent checks what holds for all events: DuckDB takes UTF-8 only, and reads some
// of it as JSON.
func checkEvent(t *testing.T, ev *schema.Event) {
	for i, c := range schema.Columns() {
		text := ev.Leaves[i]
		if !utf8.Valid(text) {
			t.Errorf("%s is not UTF-8: %q", c.Path, text)
		}
		if (c.Kind == schema.Block || c.Kind == schema.Resources) && text != nil && !json.Valid(text) {
			t.Errorf("%s is not JSON: %q", c.Path, text)
		}
	}
	for _, text := range [][]byte{ev.Unknown, ev.Touched} {
		if text != nil && (!json.Valid(text) || !utf8.Valid(text)) {
			t.Errorf("not JSON: %q", text)
		}
	}
	if id, _ := schema.ParseGUID(ev.Leaves[schema.ColEventID]); id != ev.EventID {
		t.Errorf("eventID is %q and %x", ev.Leaves[schema.ColEventID], ev.EventID)
	}
	if (ev.Leaves[schema.ColEventTime] == nil) != ev.EventTime.IsZero() {
		t.Errorf("eventTime is %q and %v", ev.Leaves[schema.ColEventTime], ev.EventTime)
	}
	if (ev.Shape < 0) != (ev.Verbatim != nil) {
		t.Errorf("shape %d and the record %q", ev.Shape, ev.Verbatim)
	}
}

// oracle reads a file of the one form that it knows: an object with Records, each an
// object. Members are by their names as they are; encoding/json's structs would take
// names of another case too.
func oracle(data []byte) (records []map[string]json.RawMessage, ok bool) {
	var file map[string]json.RawMessage
	if json.Unmarshal(data, &file) != nil || !bytes.HasPrefix(file["Records"], []byte{'['}) {
		return nil, false
	}
	// Members at the top must not make it another form, and come once: the decoder
	// reads one array of records after another.
	dec := json.NewDecoder(bytes.NewReader(data))
	seen := map[string]bool{}
	dec.Token()
	for dec.More() {
		before := dec.InputOffset()
		name, err := dec.Token()
		if err != nil {
			return nil, false
		}
		// An escaped name is not looked for.
		if bytes.IndexByte(data[before:dec.InputOffset()], '\\') >= 0 {
			return nil, false
		}
		switch name {
		case "Records", "Events", "eventVersion", "eventTime", "eventName", "eventID", "digestStartTime":
			if name != "Records" || seen["Records"] {
				return nil, false
			}
		}
		seen[name.(string)] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil && err != io.EOF {
			return nil, false
		}
	}
	var raw []json.RawMessage
	if json.Unmarshal(file["Records"], &raw) != nil {
		return nil, false
	}
	for _, text := range raw {
		var record map[string]json.RawMessage
		if json.Unmarshal(text, &record) != nil || record == nil {
			return nil, false
		}
		records = append(records, record)
	}
	return records, true
}

// oracleAt returns the value at a path, nil where there is none.
func oracleAt(record map[string]json.RawMessage, path string) json.RawMessage {
	name, rest, below := strings.Cut(path, ".")
	value := record[name]
	if !below {
		return value
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) != nil {
		return nil
	}
	return oracleAt(object, rest)
}

// oracleText returns what a string stands for, a number or boolean as it is, and "" for
// anything else.
func oracleText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	if len(value) > 0 && value[0] != '{' && value[0] != '[' {
		return string(value)
	}
	return ""
}

func isOracleEvent(record map[string]json.RawMessage) bool {
	id, t := oracleText(record["eventID"]), oracleText(record["eventTime"])
	if strings.Contains(oracleText(record["eventSource"]), ":") {
		return false
	}
	return isOracleGUID(id) || isOracleTime(t) || isOracleLeaf(record["eventVersion"]) || isOracleLeaf(record["eventName"])
}

func isOracleLeaf(value json.RawMessage) bool {
	return len(value) > 0 && value[0] != '{' && value[0] != '[' && string(value) != "null"
}

func isOracleGUID(text string) bool {
	digits := strings.Split(text, "-")
	if len(digits) != 5 || strings.Trim(text, "0123456789abcdefABCDEF-") != "" {
		return false
	}
	for i, n := range []int{8, 4, 4, 4, 12} {
		if len(digits[i]) != n {
			return false
		}
	}
	return true
}

func isOracleTime(text string) bool {
	t, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && t.UTC().Year() > 1
}

// compare holds an event's values against those of the record.
func compare(t *testing.T, ev *schema.Event, record map[string]json.RawMessage) {
	for bit, path := range schema.Objects() {
		value := oracleAt(record, path)
		if has := len(value) > 0 && value[0] == '{'; has != (ev.Objects>>bit&1 == 1) {
			t.Errorf("%s: objects are %b, and it is %q", path, ev.Objects, value)
		}
	}
	for i, c := range schema.Columns() {
		value, got := oracleAt(record, c.Path), ev.Leaves[i]
		var want string
		has := isOracleLeaf(value)
		switch c.Kind {
		case schema.Text:
			want = oracleText(value)
		case schema.Bool:
			want = oracleText(value)
			has = has && (want == "true" || want == "false")
		case schema.GUID:
			want = oracleText(value)
			has = has && isOracleGUID(want)
		case schema.Time:
			want = oracleText(value)
			has = has && isOracleTime(want)
		case schema.Block:
			has = value != nil && string(value) != "null"
		case schema.Resources:
			var elements []map[string]json.RawMessage
			has = len(value) > 0 && value[0] == '[' && json.Unmarshal(value, &elements) == nil &&
				!slices.ContainsFunc(elements, func(e map[string]json.RawMessage) bool { return e == nil }) && depth(value) <= maxNesting
		}
		if has != (got != nil) {
			t.Errorf("%s: got %q of %q", c.Path, got, value)
			continue
		}
		if !has {
			continue
		}
		if c.Kind == schema.Block || c.Kind == schema.Resources {
			if !sameJSON(got, value) {
				t.Errorf("%s: got %q of %q", c.Path, got, value)
			}
		} else if string(got) != want {
			t.Errorf("%s: got %q, want %q, of %q", c.Path, got, want, value)
		}
	}
}

// depth is how deep sound JSON is nested.
func depth(text []byte) (deepest int) {
	now, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == '[' || c == '{'):
			now++
			deepest = max(deepest, now)
		case !inString && (c == ']' || c == '}'):
			now--
		}
	}
	return deepest
}

// sameJSON compares a block with the text that it was: but for white space they are the
// same, but for what is not Unicode, and but for what is too deep.
func sameJSON(block, text []byte) bool {
	if depth(text) > maxNesting {
		var inner string
		if json.Unmarshal(block, &inner) != nil {
			return false
		}
		block = []byte(inner)
	}
	if bytes.Equal(block, text) {
		return true
	}
	a, err1 := normal(block)
	b, err2 := normal(text)
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

// normal writes JSON in one way: strings as they are decoded.
func normal(text []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}
