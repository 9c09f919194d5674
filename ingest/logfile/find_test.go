package logfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"trailbox/schema"
)

// whole returns a record that has all that each record has.
func whole(name string) string {
	return `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"analyst"},"eventTime":"2026-03-02T10:00:00Z",` +
		`"eventSource":"iam.amazonaws.com","eventName":"` + name + `","awsRegion":"us-east-1","userAgent":"it's \"x\" \\ \u003c é 😀",` +
		`"requestParameters":{"userName":"u"},"eventID":"11111111-1111-4111-8111-111111111111","eventType":"AwsApiCall"}`
}

// quoted is text as a JSON string.
func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string is always one
	}
	return string(out)
}

// names are the events' names, and their positions.
func names(events []schema.Event) (got []string) {
	for i := range events {
		got = append(got, fmt.Sprint(leaf(&events[i], "eventName"), events[i].Position))
	}
	return got
}

// Records are found in whatever they are wrapped, and are the records that they were.
func TestWrapped(t *testing.T) {
	a, b := whole("A"), whole("B")
	qa, qb := quoted(a), quoted(b)
	bom := string(byteOrderMark)
	twice := func(text string) string { return quoted(`[` + text + `]`) }
	for name, file := range map[string]string{
		"records":                        `{"records":[` + a + `,` + b + `]}`,
		"RECORDS, among others":          `{"count":2,"RECORDS":[` + a + `,` + b + `],"next":null}`,
		"lookup items in an array":       `[{"EventId":"x","CloudTrailEvent":` + qa + `},{"CloudTrailEvent":` + qb + `,"Username":"u"}]`,
		"lookup items in lines":          `{"EventId":"x","EventName":"A","CloudTrailEvent":` + qa + "}\n" + `{"CloudTrailEvent":` + qb + `}`,
		"lookup pages in an array":       `[{"Events":[{"CloudTrailEvent":` + qa + `}],"NextToken":"x"},{"Events":[{"CloudTrailEvent":` + qb + `}]}]`,
		"lookup items, parsed":           `{"Events":[{"EventName":"A","CloudTrailEvent":` + a + `},{"CloudTrailEvent":` + b + `}]}`,
		"lookup items of both kinds":     `{"Events":[{"CloudTrailEvent":` + a + `},{"CloudTrailEvent":` + qb + `}]}`,
		"texts in an array":              `[` + qa + `,` + qb + `]`,
		"texts in lines":                 qa + "\n" + qb,
		"EventBridge":                    `{"version":"0","detail-type":"x","resources":[],"detail":` + a + `}` + "\n" + `{"detail":` + b + `}`,
		"EventBridge, in queue messages": `{"Records":[{"messageId":"1","body":` + quoted(`{"detail":`+a+`}`) + `,"eventSource":"aws:sqs"},{"body":` + quoted(`{"detail":`+b+`}`) + `}]}`,
		"notifications of SNS":           `{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{"Message":` + qa + `}},{"Sns":{"Message":` + qb + `}}]}`,
		"CloudWatch Logs, back to back": `{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE: x"}]}` +
			`{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":` + qa + `},{"message":` + qb + `}]}`,
		"filter-log-events":           `{"events":[{"message":` + qa + `},{"message":"START"},{"message":` + qb + `}],"searchedLogStreams":[]}`,
		"create-export-task":          "2026-03-02T10:00:00.000Z " + a + "\n2026-03-02T10:00:01.000Z " + b + "\n",
		"behind syslog":               `<14>Mar  2 10:00:00 host trail[1]: ` + a + "\r\n" + `[x] {y} {"z":1} ` + b,
		"Lake":                        `{"QueryResultRows":[[{"eventID":"x"},{"eventJson":` + qa + `}],[{"eventJson":` + qb + `}]]}`,
		"Splunk":                      `{"preview":false,"result":{"_raw":` + qa + `,"userAgent":"x"}}` + "\n" + `{"result":{"_raw":` + qb + `}}`,
		"Elastic":                     `{"hits":{"hits":[{"_source":{"event":{"original":` + qa + `}}},{"_source":{"event":{"original":` + qb + `}}}]}}`,
		"by their IDs":                `{"1111":` + a + `,"2222":` + qb + `}`,
		"text in text in text":        twice(twice(qa)) + twice(twice(twice(qb))),
		"lines in text":               `{"log":` + quoted(a+"\n2026-03-02 "+b+"\n") + `}`,
		"envelopes with empty ones":   `{"Records":[` + a + `]}` + "\n{}\nnull\n[]\n" + `{"Records":[` + b + `]}`,
		"byte order marks":            bom + `{"Records":[` + a + `]}` + bom + `{"Records":[` + b + `]}` + bom,
		"in an array of envelopes":    `[{"Records":[` + a + `]},{"Records":[` + b + `]}]`,
		"a name with escapes":         strings.ReplaceAll(`{"x":[`+a+`,`+b+`]}`, `"eventSource"`, `"event\u0053ource"`),
		"a log file among wrapped":    `{"detail":` + a + `}{"Records":[` + b + `]}`,
		"deep":                        strings.Repeat(`{"a":[`, 200) + a + `,` + b + strings.Repeat(`]}`, 200),
		"UTF-16 of Windows":           inUTF16(`{"Events":[{"CloudTrailEvent":`+qa+`},{"CloudTrailEvent":`+qb+`}]}`, 1, true),
		"UTF-16, the other way round": inUTF16(`{"Records":[`+a+`,`+b+`]}`, 0, true),
		"UTF-16 without a mark":       inUTF16(`[`+a+`,`+b+`]`, 1, false),
	} {
		t.Run(name, func(t *testing.T) {
			events, err := decodeAll(file)
			if err != nil {
				t.Error(err)
			}
			if got := names(events); !slices.Equal(got, []string{"A0", "B1"}) {
				t.Fatalf("got %v", got)
			}
			for i := range events {
				if got := leaf(&events[i], "userAgent"); got != `it's "x" \ < é 😀` {
					t.Errorf("userAgent %s", got)
				}
				if events[i].EventTime.IsZero() || leaf(&events[i], "requestParameters") != `{"userName":"u"}` {
					t.Errorf("event %d is %+v", i, events[i].Leaves)
				}
			}
		})
	}
}

// inUTF16 is text as UTF-16, with the high byte first or second.
func inUTF16(text string, high int, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var out []byte
	for _, u := range units {
		pair := []byte{byte(u >> 8), byte(u)}
		if high == 1 {
			pair[0], pair[1] = pair[1], pair[0]
		}
		out = append(out, pair...)
	}
	return string(out)
}

// Whoever calls an API can put a whole record into what he sends. It is content of the record
// of his call, in whichever member of it and in whatever that is wrapped, and never an event.
func TestPlanted(t *testing.T) {
	planted := []string{
		whole("PLANTED"), quoted(whole("PLANTED")), quoted(quoted(whole("PLANTED"))), `[` + whole("PLANTED") + `]`,
		`{"Records":[` + whole("PLANTED") + `]}`, quoted(`{"Records":[` + whole("PLANTED") + `]}`),
		`{"detail":` + whole("PLANTED") + `}`, quoted("x\n" + whole("PLANTED") + "\n"), quoted("2026-03-02T10:00:00Z " + whole("PLANTED")),
		strings.ToLower(whole("PLANTED")),
	}
	wrappers := map[string]func(record string) string{
		"a log file":      func(r string) string { return `{"Records":[` + r + `]}` },
		"a line":          func(r string) string { return r + "\n" },
		"a bare array":    func(r string) string { return `[` + r + `]` },
		"records":         func(r string) string { return `{"records":[` + r + `]}` },
		"EventBridge":     func(r string) string { return `{"version":"0","detail":` + r + `}` },
		"lookup-events":   func(r string) string { return `{"Events":[{"EventName":"A","CloudTrailEvent":` + quoted(r) + `}]}` },
		"a lookup line":   func(r string) string { return `{"EventName":"A","CloudTrailEvent":` + quoted(r) + `}` },
		"a text":          quoted,
		"CloudWatch Logs": func(r string) string { return `{"logEvents":[{"message":` + quoted(r) + `}]}` },
		"an export task":  func(r string) string { return `2026-03-02T10:00:00.000Z ` + r },
		"Elastic":         func(r string) string { return `{"_source":{"event":{"original":` + quoted(r) + `}}}` },
	}
	sorts := map[string]string{
		"an event": whole("A"),
		"Insights": `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"A","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}}`,
		"lower":    strings.ReplaceAll(strings.ToLower(whole("A")), `"eventname":"a"`, `"eventname":"A"`),
	}
	for sort, base := range sorts {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(base), &members); err != nil {
			t.Fatal(err)
		}
		for _, extra := range []string{"errorMessage", "responseElements", "additionalEventData", "resources", "newMember", "@timestamp", "records", "CloudTrailEvent"} {
			members[extra] = nil
		}
		for member := range members {
			for _, plant := range planted {
				// In front of all others, so that a reader that has not seen them yet meets it.
				var record strings.Builder
				for _, value := range []string{plant, `{"a":[` + plant + `]}`} {
					record.Reset()
					fmt.Fprintf(&record, `{%q:%s`, member, value)
					for name, is := range members {
						if name != member && is != nil {
							fmt.Fprintf(&record, `,%q:%s`, name, is)
						}
					}
					record.WriteString("}")
					for wrapper, wrap := range wrappers {
						events, _ := decodeAll(wrap(record.String()))
						for i := range events {
							if strings.EqualFold(leaf(&events[i], "eventName"), "PLANTED") && leaf(&events[i], "eventType") == "AwsApiCall" {
								t.Fatalf("%s in %s, %s:\n%s", sort, wrapper, member, &record)
							}
						}
						if len(events) > 1 {
							t.Fatalf("%d events of %s in %s, %s:\n%s", len(events), sort, wrapper, member, &record)
						}
					}
				}
			}
		}
	}
}

// A record of a program that takes records apart: what is in members that are called like one of
// a record's is content, though it lies beside the record and not in it.
func TestPlantedBeside(t *testing.T) {
	plant := quoted(whole("PLANTED"))
	for name, file := range map[string]string{
		"Elastic":           `{"_source":{"user_agent":{"original":` + plant + `},"aws":{"cloudtrail":{"request_parameters":` + plant + `,"flattened":{"request_parameters":` + whole("PLANTED") + `}}},"event":{"original":` + quoted(whole("A")) + `}}}`,
		"Splunk":            `{"result":{"_raw":` + quoted(whole("A")) + `,"userAgent":` + plant + `,"requestParameters.policyDocument":` + plant + `,"http_user_agent":` + plant + `}}`,
		"lookup-events":     `{"Username":` + plant + `,"Resources":[{"ResourceName":` + plant + `}],"CloudTrailEvent":` + quoted(whole("A")) + `}`,
		"behind a web log":  `{"message":"GET / \"` + strings.Trim(plant, `"`) + `\""}` + "\n" + whole("A"),
		"in a notification": `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"object":{"key":` + plant + `}}}]}` + whole("A"),
		"in a table":        `{"Records":[{"eventID":"1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","dynamodb":{"NewImage":{"x":{"S":` + plant + `}}}}]}` + whole("A"),
		"in a summary":      `{"Records":[{"eventVersion":"1.0","eventCategory":"Aggregated","summary":{"x":` + plant + `,"y":` + whole("PLANTED") + `}}]}` + whole("A"),
		"in half a record":  `{"detail":{"requestParameters":{"x":` + whole("PLANTED") + `},"eventVersion":"1.08"` + "\n" + whole("A"),
		"in half a page": "{\n  \"Records\": [\n    {\n      \"requestParameters\": {\n        \"x\": [\n          " + whole("PLANTED") + "\n        ],\n" +
			"    {\n" + whole("A"),
	} {
		events, _ := decodeAll(file)
		if got := names(events); !slices.Equal(got, []string{"A0"}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What is no record is counted, and what follows is read.
func TestPassedOver(t *testing.T) {
	a, b := whole("A"), whole("B")
	aggregated := `{"Records":[{"eventVersion":"1.0","eventId":"x","eventCategory":"Aggregated","summary":{}}]}`
	digest := `{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:00:00Z","logFiles":[]}`
	for _, test := range []struct {
		name, file string
		want       Passed
		digests    int
		err        string
	}{
		{"another program's line", `{"level":"info"}` + "\n" + a + "\n" + b, Passed{Foreign: 1}, 0, "byte 0, after 0 records: 1 value that is not CloudTrail's was passed over: JSON without Records"},
		{"lines of text", "one\n" + a + "\ntwo\n" + b + "\nthree\n", Passed{Foreign: 3}, 0, "byte 0, after 0 records: 3 values that are not CloudTrail's were passed over: an object or an array was expected"},
		{"aggregated events", `{"Records":[` + a + `]}` + aggregated + `{"Records":[` + b + `]}`, Passed{Aggregated: 1}, 0, ""},
		{"digests", digest + "\n" + `{"Records":[` + a + `,` + b + `]}` + digest, Passed{Digests: 2}, 2, ""},
		{"control messages", `{"messageType":"CONTROL_MESSAGE","logEvents":[]}` + a + b, Passed{Controls: 1}, 0, ""},
		{"a cut line", a + "\n" + a[:200] + "\n" + b, Passed{Damaged: 1}, 0, "a comma or a closing bracket was expected"},
		{"a cut log file joined to others", `{"Records":[` + a + `,` + b[:150] + `{"Records":[` + b + `]}`, Passed{Damaged: 1}, 0, "was expected"},
		{"two cut lines", a[:100] + "\n" + a + "\n" + a[:len(a)-1] + "\n" + b, Passed{Damaged: 2}, 0, "; and at 1 more place"},
		{"a cut wrapper", `{"detail":` + a + `}` + "\n" + `{"detail":` + a[:90] + "\n" + `{"detail":` + b + `}`, Passed{Damaged: 1}, 0, "the file ends early"},
		{"OCSF", a + `{"metadata":{},"class_uid":3001}` + b, Passed{Foreign: 1, OCSF: 1}, 0, "OCSF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := NewDecoder(1, new(schema.Shapes), math.MaxInt)
			d.Reset([]byte(test.file))
			var got []string
			var err error
			for {
				var ev schema.Event
				var ok bool
				if ok, err = d.Next(&ev); !ok {
					break
				}
				got = append(got, string(ev.Leaves[schema.ColEventName]))
			}
			if !slices.Equal(got, []string{"A", "B"}) {
				t.Errorf("got %v", got)
			}
			if d.Passed() != test.want || len(d.Digests()) != test.digests {
				t.Errorf("passed over %+v, %d digests", d.Passed(), len(d.Digests()))
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("it ended with %v", err)
			}
			for _, text := range d.Digests() {
				if string(text) != digest {
					t.Errorf("a digest is %s", text)
				}
			}
		})
	}
}

// Files of other forms are called by their names.
func TestForm(t *testing.T) {
	for text, want := range map[string]Form{
		"<!DOCTYPE html><title>404</title>": HTML, " \n<HTML>": HTML,
		`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`:                XML,
		"eventversion,eventtime\n1.11,2026-03-02T10:00:00Z\n":                          CSV,
		`"eventversion","eventtime"`:                                                   CSV,
		"timestamp,message\n1,\"" + strings.ReplaceAll(whole("A"), `"`, `""`) + "\"\n": CSV,
		"Events:\n- CloudTrailEvent: '" + whole("A") + "'\n":                           YAML, "---\na: 1\n": YAML, "- EventId: x\n": YAML,
		"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n": LFSPointer,
		"PAR1\x15\x04": Parquet, "ORC\x08": ORC, "Obj\x01\x04": Avro, "7z\xbc\xaf\x27\x1c\x00": SevenZip, "Rar!\x1a\x07\x00": RAR,
		"\x00\x05\x16\x07\x00\x02": AppleDouble,
		`{"class_uid":3005,"metadata":{"product":{"name":"CloudTrail"}}}` + "\n" + `{"class_name":"API Activity"}`: OCSF,
		"hello": Unknown, "hello, world": Unknown, "key=value": Unknown,
	} {
		events, err := decodeAll(text)
		var other *NotLogFileError
		got := Unknown
		if errors.As(err, &other) {
			got = other.Form
		}
		if got != want || len(events) > 0 || err == nil {
			t.Errorf("%q: got %v, %d events, %v", text, got, len(events), err)
		}
	}
}

// Records that have been changed on their way become what they were, as far as that can be told.
func TestReformed(t *testing.T) {
	plain := whole("A")
	without := func(member string) string {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(plain), &members); err != nil {
			t.Fatal(err)
		}
		delete(members, member)
		text, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	lower := strings.NewReplacer("eventVersion", "eventversion", "userIdentity", "useridentity", `"userName":"analyst"`, `"username":"analyst"`, "eventTime", "eventtime",
		"eventSource", "eventsource", "eventName", "eventname", "awsRegion", "awsregion", "userAgent", "useragent", "eventID", "eventid", "eventType", "eventtype",
		`"requestParameters":{"userName":"u"}`, `"requestparameters":"{\"userName\":\"u\"}"`).Replace(plain)
	withTime := func(value string) string { return strings.Replace(plain, `"2026-03-02T10:00:00Z"`, value, 1) }
	for name, test := range map[string]struct {
		record string
		want   Reforms
	}{
		"not at all":          {plain, 0},
		"names in lower case": {lower, ReformedNames | ReformedTexts},
		"names in upper case": {strings.Replace(plain, `"eventName"`, `"EVENTNAME"`, 1), ReformedNames},
		"@timestamp":          {strings.Replace(without("eventTime"), `{`, `{"@timestamp":"2026-03-02T10:00:00.000Z",`, 1), ReformedTimes},
		"a space for the T":   {withTime(`"2026-03-02 10:00:00"`), ReformedTimes},
		"milliseconds":        {withTime(`"2026-03-02 10:00:00.000"`), ReformedTimes},
		"no zone":             {withTime(`"2026-03-02T10:00:00"`), ReformedTimes},
		"+0000":               {withTime(`"2026-03-02T10:00:00+0000"`), ReformedTimes},
		"another zone":        {withTime(`"2026-03-02 21:00:00+11:00"`), ReformedTimes},
		"UTC":                 {withTime(`"2026-03-02 10:00:00 UTC"`), ReformedTimes},
		"no seconds":          {withTime(`"2026-03-02T10:00Z"`), ReformedTimes},
		"epoch":               {withTime(`1772445600`), ReformedTimes},
		"epoch, milliseconds": {withTime(`1772445600000`), ReformedTimes},
		"epoch, microseconds": {withTime(`"1772445600000000"`), ReformedTimes},
		"epoch, nanoseconds":  {withTime(`1772445600000000000`), ReformedTimes},
		"epoch, a fraction":   {withTime(`1772445600.0`), ReformedTimes},
		"identity as text":    {strings.Replace(plain, `{"type":"IAMUser","userName":"analyst"}`, quoted(`{"type":"IAMUser","userName":"analyst"}`), 1), ReformedTexts},
		"parameters as text":  {strings.Replace(plain, `{"userName":"u"}`, quoted(` {"userName":"u"} `), 1), ReformedTexts},
	} {
		for wrapper, file := range map[string]string{"a line": test.record, "EventBridge": `{"detail":` + test.record + `}`, "lookup": `{"Events":[{"CloudTrailEvent":` + quoted(test.record) + `}]}`} {
			t.Run(name+", "+wrapper, func(t *testing.T) {
				d := NewDecoder(1, new(schema.Shapes), math.MaxInt)
				d.Reset([]byte(file))
				var ev schema.Event
				if ok, err := d.Next(&ev); !ok {
					t.Fatal(err)
				}
				if ev.EventTime != time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) || leaf(&ev, "eventTime") != "2026-03-02T10:00:00Z" ||
					leaf(&ev, "eventName") != "A" || leaf(&ev, "userIdentity.userName") != "analyst" || leaf(&ev, "requestParameters") != `{"userName":"u"}` || ev.Unknown != nil {
					t.Errorf("got %q, unknown %s", ev.Leaves, ev.Unknown)
				}
				if ok, err := d.Next(&ev); ok || err != nil {
					t.Errorf("then %v, %v", ok, err)
				}
				if d.Reforms() != test.want {
					t.Errorf("reformed %v, not %v", d.Reforms(), test.want)
				}
				if test.want != 0 && d.Envelope() != nil {
					t.Error("the file cannot be made of such records")
				}
			})
		}
	}
	// In a log file as AWS delivers it, what AWS does not write is not guessed at.
	events, err := decodeAll(`{"Records":[` + withTime(`"2026-03-02 10:00:00"`) + `]}`)
	if err != nil || len(events) != 1 || !events[0].EventTime.IsZero() {
		t.Errorf("%d events, %v", len(events), err)
	}
	// A time that nobody can read leaves the event without one.
	for _, value := range []string{`""`, `"never"`, `"Mar 2, 2026, 10:00:00 AM"`, `5`, `null`, `{}`} {
		if events, err := decodeAll(withTime(value)); err != nil || len(events) != 1 || !events[0].EventTime.IsZero() {
			t.Errorf("%s: %d events, %v", value, len(events), err)
		}
	}
}

// However a file is made, it is read in a time in proportion to its length.
func TestHostileForms(t *testing.T) {
	const n = 200_000
	for name, file := range map[string]string{
		"opened in each line":    strings.Repeat("{\"a\":[1,\n", n),
		"goes on in each line":   strings.Repeat("x {\"a\":[1\n,", n),
		"braces in a line":       strings.Repeat(`x{"`, n),
		"objects in objects":     strings.Repeat(`{"a":`, n),
		"texts that are none":    `[` + strings.TrimSuffix(strings.Repeat(`"eventVersion {\"a\" ",`, n), ",") + `]`,
		"half a record in each":  strings.Repeat(whole("A")[:100]+"\n", n/10),
		"log files in a string":  strings.Repeat(`{"Records":["`, n),
		"one text in one of one": nested(14),
	} {
		t.Run(name, func(t *testing.T) {
			started := time.Now()
			events, _ := decodeAll(file)
			if took := time.Since(started); took > time.Minute { // reading it from each line on takes hours
				t.Errorf("%d events of %d bytes in %v", len(events), len(file), took)
			}
		})
	}
}

// nested is a record in strings in strings.
func nested(levels int) string {
	text := whole("A")
	for range levels {
		if text = quoted(text); len(text) > 4<<20 {
			break
		}
	}
	return text
}

// Where records stand in the file as they are, the file is made of them and what is around them.
func TestEnvelopeOfWrapped(t *testing.T) {
	a, b := whole("A"), whole("B")
	for _, file := range []string{
		`{"detail":` + a + `} {"detail":` + b + `}`, "x " + a + "\ny " + b + "\n", `{"records":[` + a + `,{"x":` + b + `}]}`, a + "\nnoise\n" + b,
	} {
		d := NewDecoder(1, new(schema.Shapes), math.MaxInt)
		d.Reset([]byte(file))
		var ev schema.Event
		for ok := true; ok; {
			ok, _ = d.Next(&ev)
		}
		if want := bytes.ReplaceAll(bytes.ReplaceAll([]byte(file), []byte(a), nil), []byte(b), nil); len(d.Envelope()) < len(want) {
			t.Errorf("%s: the envelope is %q", file, d.Envelope())
		}
	}
}
