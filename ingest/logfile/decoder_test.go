package logfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/schema"
)

// decodeAll reads a whole file, copying the events out.
func decodeAll(data string) ([]schema.Event, error) {
	d := NewDecoder(1, new(schema.Shapes), math.MaxInt)
	d.Reset([]byte(data))
	var events []schema.Event
	for {
		var ev schema.Event
		ok, err := d.Next(&ev)
		if !ok || err != nil {
			return events, err
		}
		for i, leaf := range ev.Leaves {
			ev.Leaves[i] = slices.Clone(leaf)
		}
		ev.Unknown, ev.Touched = slices.Clone(ev.Unknown), slices.Clone(ev.Touched)
		events = append(events, ev)
	}
}

// leaf returns an event's value at a path of [schema.Columns], "(none)" for NULL.
func leaf(ev *schema.Event, path string) string {
	for i, c := range schema.Columns() {
		if c.Path == path {
			if ev.Leaves[i] == nil {
				return "(none)"
			}
			return string(ev.Leaves[i])
		}
	}
	panic("no such column: " + path)
}

const (
	recordA = `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"A","eventID":"11111111-1111-4111-8111-111111111111"}`
	recordB = `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:01Z","eventName":"B","eventID":"22222222-2222-4222-8222-222222222222"}`
)

// Every form in which people hold log files gives the same two records.
func TestForms(t *testing.T) {
	embed := func(record string) string {
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		return `{"EventId":"x","EventTime":1424476529.0,"Resources":[{"a":[]}],"CloudTrailEvent":` + string(text) + `,"Username":"u"}`
	}
	var indented strings.Builder
	enc := json.NewEncoder(&indented)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{"Records": []json.RawMessage{json.RawMessage(recordA), json.RawMessage(recordB)}}); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"as delivered":             `{"Records":[` + recordA + `,` + recordB + `]}`,
		"with a line end":          `{"Records":[` + recordA + `,` + recordB + `]}` + "\n",
		"pretty-printed":           indented.String(),
		"CRLF":                     strings.ReplaceAll(indented.String(), "\n", "\r\n"),
		"byte order mark":          "\xef\xbb\xbf" + `{"Records":[` + recordA + `,` + recordB + `]}`,
		"bare array":               `[` + recordA + `,` + recordB + `]`,
		"JSON lines":               recordA + "\n" + recordB + "\n",
		"joined files":             `{"Records":[` + recordA + `]}` + "\n" + `{"Records":[` + recordB + `]}`,
		"other members before":     `{"a":{"Records":[1]},"b":[2,"}"],"Records":[` + recordA + `,` + recordB + `]}`,
		"other members after":      `{"Records":[` + recordA + `,` + recordB + `],"a":{"Records":[1]},"b":null}`,
		"lookup-events":            `{"Events":[` + embed(recordA) + `,` + embed(recordB) + `],"NextToken":"x"}`,
		"lookup-events, Insights":  `{"Events":[` + recordA + `,` + recordB + `]}`,
		"Records in two instances": `{"Records":[` + recordA + `],"Records":[` + recordB + `]}`,
		"an empty array before":    `{"Records":[]}` + `[` + recordA + `,` + recordB + `]`,
	} {
		t.Run(name, func(t *testing.T) {
			events, err := decodeAll(file)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range events {
				got = append(got, fmt.Sprint(leaf(&events[i], "eventName"), events[i].Position))
			}
			if want := []string{"A0", "B1"}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
	t.Run("single record", func(t *testing.T) {
		events, err := decodeAll(recordA)
		if err != nil || len(events) != 1 {
			t.Errorf("got %d events, %v", len(events), err)
		}
	})
	t.Run("no records", func(t *testing.T) {
		events, err := decodeAll(`{"Records":[]}`)
		if err != nil || len(events) != 0 {
			t.Errorf("got %d events, %v", len(events), err)
		}
	})
}

func TestNotLogFiles(t *testing.T) {
	for file, want := range map[string]string{
		"":                                  "an empty file",
		" \n\t":                             "an empty file",
		`{}`:                                "JSON without Records",
		`{"name":"x","version":"1"}`:        "JSON without Records",
		`{"Records":null}`:                  "JSON without Records",
		`{"Records":{"a":1}}`:               "JSON without Records",
		`{"Records":[{"s3":{"bucket":1}}]}`: "Records are not CloudTrail's",
		`{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:00:00Z","logFiles":[]}`:       "a digest file",
		`{"Records":[{"eventVersion":"1.0","eventId":"x","eventCategory":"Aggregated","summary":{}}]}`: "aggregated events",
	} {
		events, err := decodeAll(file)
		var not *NotLogFileError
		if !errors.As(err, &not) || !strings.Contains(not.What, want) || len(events) > 0 {
			t.Errorf("%s: got %d events and %v, want %q", file, len(events), err, want)
		}
	}
}

// What stands before the damage is read, and the damage is found at its place.
func TestDamage(t *testing.T) {
	whole := `{"Records":[` + recordA + `,` + recordB + `]}`
	for _, test := range []struct {
		name, file string
		records    int
		offset     int
		cause      error
	}{
		{"not JSON", "hello", 0, 0, errTopLevel},
		{"cut in the first record", whole[:60], 0, 60, ErrCutOff},
		{"cut in the second record", whole[:len(whole)-20], 1, len(whole) - 20, ErrCutOff},
		{"cut between records", whole[:12+len(recordA)], 1, 12 + len(recordA), ErrCutOff},
		{"cut before the end", whole[:len(whole)-1], 2, len(whole) - 1, ErrCutOff},
		{"text behind", whole + "x", 2, len(whole), errTopLevel},
		{"another object behind", whole + `{"a":1}`, 2, len(whole), nil},
		{"element is a number", `{"Records":[` + recordA + `,7]}`, 1, 13 + len(recordA), errNotObject},
		{"trailing comma", `{"Records":[` + recordA + `,]}`, 1, 13 + len(recordA), errNotObject},
		{"no comma", `{"Records":[` + recordA + recordB + `]}`, 1, 12 + len(recordA), errComma},
		{"bad number", `{"Records":[{"eventName":"x","requestParameters":{"a":01}}]}`, 0, 55, errComma},
		{"bad escape", `{"Records":[{"eventName":"\x"}]}`, 0, 26, errEscape},
		{"bad literal", `{"Records":[{"eventName":"x","readOnly":True}]}`, 0, 40, errNotJSON},
		{"wrong bracket", `{"Records":[{"requestParameters":[1}]}`, 0, 35, errComma},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, err := decodeAll(test.file)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %d events and %v", len(events), err)
			}
			if len(events) != test.records || syntax.Record != test.records || int(syntax.Offset) != test.offset {
				t.Errorf("got %d records, error %v, want %d records and byte %d", len(events), err, test.records, test.offset)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("got %v, want %v", err, test.cause)
			}
		})
	}
}

// Values as they come, and what becomes of those that are not of their kind.
func TestValues(t *testing.T) {
	for _, test := range []struct {
		name, members, path, want, unknown string
	}{
		{"text", `"eventName":"x"`, "eventName", "x", ""},
		{"empty text", `"eventName":""`, "eventName", "", ""},
		{"null", `"eventName":null`, "eventName", "(none)", ""},
		{"escapes", `"eventName":"a\u003cb\/\"\\\n\t\u00e9\ud83d\ude00"`, "eventName", "a<b/\"\\\n\té😀", ""},
		{"NUL", `"eventName":"a\u0000b"`, "eventName", "a\x00b", ""},
		{"raw control characters", "\"eventName\":\"a\x00\x1bb\"", "eventName", "a\x00\x1bb", ""},
		{"not UTF-8", "\"eventName\":\"a\xff\xc3b\"", "eventName", "a\ufffd\ufffdb", ""},
		{"lone surrogate", `"eventName":"a\ud800b\udc00"`, "eventName", "a\ufffdb\ufffd", ""},
		{"surrogates the wrong way round", `"eventName":"\udc00\ud800"`, "eventName", "\ufffd\ufffd", ""},
		{"number for text", `"apiVersion":1.10`, "apiVersion", "1.10", ""},
		{"object for text", `"eventName":{"a":1}`, "eventName", "(none)", `{"eventName":{"a":1}}`},
		{"boolean", `"readOnly":true`, "readOnly", "true", ""},
		{"boolean as text", `"readOnly":"false"`, "readOnly", "false", ""},
		{"no boolean", `"readOnly":"maybe"`, "readOnly", "(none)", `{"readOnly":"maybe"}`},
		{"number for boolean", `"readOnly":0`, "readOnly", "(none)", `{"readOnly":0}`},
		{"GUID in capitals", `"sharedEventID":"ABCDEF00-1111-3111-8111-111111111111"`, "sharedEventID", "ABCDEF00-1111-3111-8111-111111111111", ""},
		{"no GUID", `"sharedEventID":"7"`, "sharedEventID", "(none)", `{"sharedEventID":"7"}`},
		{"time with a fraction", `"eventTime":"2026-03-02T10:00:00.25Z"`, "eventTime", "2026-03-02T10:00:00.25Z", ""},
		{"time with an offset", `"eventTime":"2026-03-02T10:00:00+02:00"`, "eventTime", "2026-03-02T10:00:00+02:00", ""},
		{"no time", `"eventTime":"2026-02-30T10:00:00Z"`, "eventTime", "(none)", `{"eventTime":"2026-02-30T10:00:00Z"}`},
		{"block", `"requestParameters":{ "a":[1,-0.0,1E400,{"b":null}] }`, "requestParameters", `{ "a":[1,-0.0,1E400,{"b":null}] }`, ""},
		{"block that is text", `"requestParameters":"HIDDEN_DUE_TO_SECURITY_REASONS"`, "requestParameters", `"HIDDEN_DUE_TO_SECURITY_REASONS"`, ""},
		{"unclean block", "\"requestParameters\":{\"a\":\"\x01\xff\\ud800\\ud83d\\ude00\"}", "requestParameters", `{"a":"\u0001` + "\ufffd" + `\ufffd\ud83d\ude00"}`, ""},
		{"deep", `"userIdentity":{"sessionContext":{"sessionIssuer":{"userName":"r"}}}`, "userIdentity.sessionContext.sessionIssuer.userName", "r", ""},
		{"empty objects", `"userIdentity":{"sessionContext":{"sessionIssuer":{},"webIdFederationData":{}}}`, "userIdentity.sessionContext.sessionIssuer.userName", "(none)", ""},
		{"identity null", `"userIdentity":null`, "userIdentity.type", "(none)", ""},
		{"identity is text", `"userIdentity":"who"`, "userIdentity.type", "(none)", `{"userIdentity":"who"}`},
		{"new member", `"newMember":{"a":[1]}`, "eventName", "(none)", `{"newMember":{"a":[1]}}`},
		{"new member below", `"userIdentity":{"inScopeOf":{"credentialsIssuedToVersion":"v"}}`, "userIdentity.inScopeOf.sourceArn", "(none)", `{"userIdentity.inScopeOf.credentialsIssuedToVersion":"v"}`},
		{"two new members", `"b":1,"a":2`, "eventName", "(none)", `{"b":1,"a":2}`},
		{"resources", `"resources":[{"ARN":"a","accountId":"1","type":"t"},{"ARNPrefix":"p"}]`, "resources", `[{"ARN":"a","accountId":"1","type":"t"},{"ARNPrefix":"p"}]`, ""},
		{"resources, new member", `"resources":[{"arn":"a"}]`, "resources", `[{"arn":"a"}]`, `{"resources":[{"arn":"a"}]}`},
		{"resources, no objects", `"resources":["a"]`, "resources", "(none)", `{"resources":["a"]}`},
		{"resources null", `"resources":null`, "resources", "(none)", ""},
		{"the last of two", `"eventName":"x","eventName":"y"`, "eventName", "y", ""},
		{"the last of two is null", `"eventName":"x","eventName":null`, "eventName", "(none)", ""},
		{"escaped name", `"event\u004eame":"x"`, "eventName", "x", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, err := decodeAll(`{"Records":[{"eventVersion":"1.08",` + test.members + `}]}`)
			if err != nil || len(events) != 1 {
				t.Fatalf("%d events, %v", len(events), err)
			}
			if got := leaf(&events[0], test.path); got != test.want {
				t.Errorf("%s: got %q, want %q", test.path, got, test.want)
			}
			if got := string(events[0].Unknown); got != test.unknown {
				t.Errorf("unknown: got %s, want %s", got, test.unknown)
			}
		})
	}
}

// The resources that a record names, each once.
func TestTouched(t *testing.T) {
	for _, test := range []struct{ name, members, want string }{
		{"none", `"requestParameters":{"a":1},"resources":[]`, ""},
		{"resources", `"resources":[{"ARN":"arn:b","accountId":"1","type":"AWS::S3::Bucket"},{"type":"AWS::S3::Object","ARNPrefix":"arn:p"}]`,
			`[{"type":"AWS::S3::Bucket","name":"arn:b"},{"type":"AWS::S3::Object","name":"arn:p"}]`},
		{"without a type", `"resources":[{"ARN":"arn:b"}]`, `[{"type":null,"name":"arn:b"}]`},
		{"the same twice", `"requestParameters":{"keyId":"k"},"resources":[{"ARN":"k","type":"AWS::KMS::Key"}]`, `[{"type":"AWS::KMS::Key","name":"k"}]`},
		{"parameters", `"requestParameters":{"roleName":"r","x":{"roleName":"no"},"policyArn":"p","bucketName":"","keyId":null,"userName":7}`,
			`[{"type":"AWS::IAM::Role","name":"r"},{"type":"AWS::IAM::Policy","name":"p"}]`},
		{"list", `"responseElements":{"instancesSet":{"items":[{"instanceId":"i-1","a":[{}]},{"instanceId":"i-2"},7,[]]}}`,
			`[{"type":"AWS::EC2::Instance","name":"i-1"},{"type":"AWS::EC2::Instance","name":"i-2"}]`},
		{"empty list", `"responseElements":{"instancesSet":{"items":[ ]}, "x":{ }}`, ""},
		{"parameters are text", `"requestParameters":"HIDDEN_DUE_TO_SECURITY_REASONS"`, ""},
		{"a list where the rule has an object", `"responseElements":[{"instancesSet":1}]`, ""},
		{"escapes", `"requestParameters":{"userName":"a\"\u003c,{\"type\":"}`, `[{"type":"AWS::IAM::User","name":"a\"\u003c,{\"type\":"}]`},
		{"not clean", "\"requestParameters\":{\"userName\":\"a\x01\xff\"}", `[{"type":"AWS::IAM::User","name":"a\u0001` + "\ufffd" + `"}]`},
		{"ARNs where no rule knows better", `"requestParameters":{"x":["arn:a", {"y" : "arn:b\"c"}],"arn:name" : 1},"responseElements":{"arn":"arn:a","z":"no arn:d"}`,
			`[{"type":null,"name":"arn:a"},{"type":null,"name":"arn:b\"c"}]`},
		{"ARNs beside a rule's", `"requestParameters":{"roleName":"r","x":"arn:a"}`, `[{"type":"AWS::IAM::Role","name":"r"}]`},
		{"ARNs within text", `"requestParameters":{"policy":"{\"Resource\":\"arn:a\",\"x\":\"arn:b\\\\\"}"}`, ""},
		{"ARN at the end", `"requestParameters":"arn:a"`, `[{"type":null,"name":"arn:a"}]`},
		{"many ARNs", `"requestParameters":[` + strings.TrimSuffix(strings.Repeat(`"arn:a","arn:b",`, 100), ",") + `]`, `[{"type":null,"name":"arn:a"},{"type":null,"name":"arn:b"}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, err := decodeAll(`{"Records":[{"eventVersion":"1.08",` + test.members + `}]}`)
			if err != nil || len(events) != 1 {
				t.Fatalf("%d events, %v", len(events), err)
			}
			if got := string(events[0].Touched); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Nesting costs no stack, and SQL gets text where it would run out of its own.
func TestNesting(t *testing.T) {
	for _, depth := range []int{maxNesting, maxNesting + 1, 1_000_000} {
		block := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		events, err := decodeAll(`{"Records":[{"eventName":"x","requestParameters":` + block + `}]}`)
		if err != nil {
			t.Fatal(err)
		}
		want := block
		if depth > maxNesting {
			want = `"` + block + `"`
		}
		if got := leaf(&events[0], "requestParameters"); got != want {
			t.Errorf("depth %d: got %.20s... of %d bytes", depth, got, len(got))
		}
	}
}

// Two deliveries of a record have one hash; another byte or another seed has another.
func TestHash(t *testing.T) {
	hash := func(seed uint64, file string) uint64 {
		d := NewDecoder(seed, new(schema.Shapes), math.MaxInt)
		d.Reset([]byte(file))
		var ev schema.Event
		if ok, err := d.Next(&ev); !ok {
			t.Fatal(err)
		}
		return ev.Hash
	}
	first := hash(1, `{"Records":[`+recordA+`]}`)
	for name, other := range map[string]uint64{
		"in other company": hash(1, ` [ `+recordA+` , `+recordB+`]`),
		"from a lookup":    hash(1, `{"Events":[{"CloudTrailEvent":"`+strings.ReplaceAll(recordA, `"`, `\"`)+`"}]}`),
	} {
		if other != first {
			t.Errorf("%s: the hash differs", name)
		}
	}
	for name, other := range map[string]uint64{
		"another seed":        hash(2, `{"Records":[`+recordA+`]}`),
		"another white space": hash(1, `{"Records":[`+strings.Replace(recordA, ":", ": ", 1)+`]}`),
	} {
		if other == first {
			t.Errorf("%s: the hash is the same", name)
		}
	}
}

// A record is read up to the limit, and one byte beyond it is not, wherever in it the
// limit falls.
func TestRecordLimit(t *testing.T) {
	record := `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"A\u0041\n","readOnly":true,` +
		`"userIdentity":{"type":"Root","sessionContext":null},"requestParameters":{"a":[-12.5e+3,"\ud83d\ude00",{}]},` +
		`"resources":[{"ARN":"arn:aws:s3:::b","type":"x"}],"new":false,"eventID":"11111111-1111-4111-8111-111111111111"}`
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	element := `{"EventId":"x","CloudTrailEvent":` + string(text) + `}`
	for name, form := range map[string]struct{ before, record, after string }{
		"log file":     {`{"Records":[` + recordA + `, `, record, `,` + recordB + `]}`},
		"array":        {`[` + recordA + `,`, record, `]`},
		"lines":        {recordA + "\n", record, "\n" + recordB},
		"lookup":       {`{"Events":[` + recordA + `,`, element, `,` + recordA + `]}`},
		"behind it":    {`{"Records":[` + recordA + `,`, record, strings.Repeat(" ", 1000) + `]}`},
		"without end":  {`{"Records":[` + recordA + `,`, record, ``},
		"in an object": {`{"a":"` + strings.Repeat("x", 1000) + `","Records":[` + recordA + `,`, record, `]}`},
	} {
		read := func(limit int) (records int, err error) {
			d := NewDecoder(1, new(schema.Shapes), limit)
			d.Reset([]byte(form.before + form.record + form.after))
			for {
				var ev schema.Event
				ok, err := d.Next(&ev)
				if !ok {
					return records, err
				}
				records++
			}
		}
		want, whole := read(math.MaxInt)
		if records, err := read(len(form.record)); records != want || fmt.Sprint(err) != fmt.Sprint(whole) {
			t.Errorf("%s: as long as allowed: %d records of %d, %v", name, records, want, err)
		}
		for limit := len(recordA); limit < len(form.record); limit++ {
			records, err := read(limit)
			var syntax *SyntaxError
			var large *RecordTooLargeError
			after := 0
			if name == "lines" { // what follows is read
				after = 1
			}
			if records != 1+after || !errors.As(err, &syntax) || syntax.Offset != int64(len(form.before)) || syntax.Record != 1 || !errors.As(err, &large) || large.Limit != int64(limit) {
				t.Errorf("%s, limit %d: %d records, %v", name, limit, records, err)
			}
		}
	}
}

// What was detached stays as it is, and takes little memory.
func TestDetach(t *testing.T) {
	var records []string
	for i := range 300 {
		text := strings.Repeat("x", i*i%7000) + `\\u003d`
		switch record := fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"A\\n%d","eventID":%q,`+
			`"userAgent":"%s","requestParameters":{"bucketName":"%d"},"new":"%d"}`, i, fmt.Sprintf("11111111-1111-4111-8111-%012d", i), text, i, i); i % 3 {
		case 0:
			quoted, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, `{"CloudTrailEvent":`+string(quoted)+`}`)
		default:
			records = append(records, record)
		}
	}
	file := `{"Events":[` + strings.Join(records, ",") + `]}`
	want, err := decodeAll(file)
	if err != nil || len(want) != len(records) {
		t.Fatalf("%d events, %v", len(want), err)
	}
	d := NewDecoder(1, new(schema.Shapes), math.MaxInt)
	got := make([]schema.Event, len(want))
	read := func() {
		d.Reset([]byte(file))
		for i := range got {
			if ok, err := d.Next(&got[i]); !ok || err != nil {
				t.Fatal(i, ok, err)
			}
			d.Detach()
		}
	}
	read()
	for i := range got {
		if !reflect.DeepEqual(got[i].Leaves, want[i].Leaves) || string(got[i].Unknown) != string(want[i].Unknown) || string(got[i].Touched) != string(want[i].Touched) {
			t.Errorf("event %d is %q, not %q", i, got[i].Leaves, want[i].Leaves)
		}
	}
}

// Records such as there have been before take no memory, whatever of them a column is made of.
func TestDecoderAllocs(t *testing.T) {
	record := `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/auditor"},` +
		`"eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1",` +
		`"requestParameters":{"bucketName":"b\u003d","key":"k","new":[1]},"eventID":"11111111-1111-4111-8111-111111111111",` +
		`"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],"newMember":{"a":"\n"}}`
	file := func(records int) []byte {
		return []byte(`{"Records":[` + strings.Repeat(record+",", records-1) + record + `]}`)
	}
	d := NewDecoder(1, new(schema.Shapes), math.MaxInt)
	var ev schema.Event
	read := func(file []byte) float64 {
		return testing.AllocsPerRun(10, func() {
			d.Reset(file)
			for {
				if ok, err := d.Next(&ev); err != nil {
					t.Fatal(err)
				} else if !ok {
					break
				}
			}
		})
	}
	if few, many := read(file(2)), read(file(100)); many > few {
		t.Errorf("%v allocations for 100 records, %v for two", many, few)
	}
}

// What is taken for a time is what the standard library takes for the same one.
func TestParseTime(t *testing.T) {
	for _, year := range []int{0, 1, 1900, 2000, 2023, 2024} {
		for month := range 14 {
			for day := range 33 {
				for _, clock := range []string{"00:00:00", "23:59:59", "24:00:00", "10:60:00", "10:00:60"} {
					text := fmt.Sprintf("%04d-%02d-%02dT%sZ", year, month, day, clock)
					want, err := time.Parse(time.RFC3339, text)
					if got, ok := parseTime([]byte(text)); ok != (err == nil) || ok && !got.Equal(want) {
						t.Errorf("%s: %v, %t, not %v, %v", text, got, ok, want, err)
					}
				}
			}
		}
	}
}
