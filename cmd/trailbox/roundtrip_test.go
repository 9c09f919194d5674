package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailbox/ingest/s3test"
	"trailbox/schema"
)

// A kind is a kind of file that people hold.
type kind struct {
	name  string
	data  string                   // uncompressed
	pack  func(data []byte) []byte // nil: as one gzip member
	flags []string

	code    int           // of ingest
	status  schema.Status // "" for loaded
	records int
	inside  int  // files that are files of their own
	kept    bool // comes back as delivered, since its records do not make it up

	query string // of events, in the order of their positions
	want  string // its answer as JSON lines; their ends are spaces here
}

// packed is the file as delivered.
func (k *kind) packed() []byte {
	if k.pack == nil {
		return pack([]byte(k.data))
	}
	return k.pack([]byte(k.data))
}

// apart changes version and eventIDs so that the records of kind i are no other kind's.
func apart(i int, data string) string {
	data = strings.ReplaceAll(data, "1.08", fmt.Sprintf("%04d", i))
	for _, tail := range []string{"1111-4111-8111-111111111111", "2222-4222-8222-222222222222"} {
		data = strings.ReplaceAll(data, tail, fmt.Sprintf("%s%012d", tail[:15], i))
	}
	return data
}

const (
	idA     = "11111111-1111-4111-8111-111111111111"
	recordA = `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"A","eventID":"` + idA + `"}`
	recordB = `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:01Z","eventName":"B","eventID":"22222222-2222-4222-8222-222222222222"}`
	noID    = `{"eventVersion":"1.08","eventTime":"2014-03-02T10:00:00Z","eventName":"N"}`
	digest  = `{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:04:05Z","digestEndTime":"2026-03-02T11:04:05Z",` +
		`"digestS3Bucket":"logs","digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1_20260302T110405Z.json.gz",` +
		`"digestPublicKeyFingerprint":"00000000000000000000000000000000","previousDigestSignature":null,"logFiles":[]}`
	summed = `{"eventVersion":"1.0","eventId":"x","eventCategory":"Aggregated","summary":{}}`
)

// logFile puts records into a file as AWS delivers it.
func logFile(records ...string) string { return `{"Records":[` + strings.Join(records, ",") + `]}` }

// with is a file of one record that has these members besides the usual ones, and
// bare of one that has eventVersion alone.
func with(members string) string {
	return logFile(strings.TrimSuffix(recordA, "}") + "," + members + "}")
}
func bare(members string) string { return logFile(`{"eventVersion":"1.08",` + members + `}`) }

// embedded is what lookup-events makes of a record.
func embedded(record, eventTime string) string {
	text, _ := json.Marshal(record) // a string always can be
	return `{"EventId":"x","EventTime":` + eventTime + `,"Resources":[],"CloudTrailEvent":` + string(text) + `}`
}

func kinds() []kind {
	two := logFile(recordA, recordB)
	const names = "eventName, shape IS NULL AS verbatim"
	const bothNames = `{"eventName":"A","verbatim":false} {"eventName":"B","verbatim":false}`
	kinds := []kind{
		// Forms of files.
		{name: "as delivered", data: two, records: 2, query: names, want: bothNames},
		{name: "two gzip members", data: two, pack: func(data []byte) []byte { return append(pack(data[:50]), pack(data[50:])...) }, code: 3, records: 2, query: names, want: bothNames},
		{name: "plain JSON", data: two, pack: asIs, records: 2, query: names, want: bothNames},
		{name: "pretty-printed", data: indented(two), records: 2, query: names, want: bothNames},
		{name: "CRLF", data: strings.ReplaceAll(indented(two), "\n", "\r\n"), records: 2, query: names, want: bothNames},
		{name: "bare array", data: "[" + recordA + "," + recordB + "]", records: 2, query: names, want: bothNames},
		{name: "empty array", data: "[]"},
		{name: "single record", data: recordA, records: 1, query: names, want: `{"eventName":"A","verbatim":false}`},
		{name: "single record, pretty-printed", data: indented(recordA), records: 1, query: names, want: `{"eventName":"A","verbatim":false}`},
		{name: "JSON lines", data: recordA + "\n" + recordB + "\n", records: 2, query: names, want: bothNames},
		{name: "JSON lines, odd ends", data: "\r\n" + recordA + "\r\n\r\n\n" + recordB, records: 2, query: names, want: bothNames},
		{name: "JSON lines, uneven", data: recordA + "\n" + recordB + "\r\n" + noID + "\n", records: 3},
		{name: "joined files", data: logFile(recordA) + "\n" + logFile() + logFile(recordB), records: 2, query: names, want: bothNames},
		{name: "Records twice", data: `{"Records":[` + recordA + `],"Records":[` + recordB + `]}`, records: 2, query: names, want: bothNames},
		{name: "members around Records", data: `{"a":{"Records":[1]},"b":[2,"}"],"Records":[` + recordA + `] , "c":"\u00fc]}"}`, records: 1},
		{name: "byte order mark", data: "\xef\xbb\xbf" + two, records: 2, query: names, want: bothNames},
		{name: "line end", data: two + "\n", records: 2},
		{name: "white space everywhere", data: " {\t\"Records\" : \n[ " + recordA + " ,\r\n\t" + recordB + "\n] } \n\n", records: 2, query: names, want: bothNames},
		{name: "gaps that differ", data: `[` + recordA + `,` + recordB + ` ,` + noID + "\n,\n" + recordA + `]`, records: 4},
		{name: "lookup-events, epoch", data: `{"Events":[` + embedded(recordA, "1424476529.0") + `],"NextToken":"x"}`, records: 1, kept: true, query: "eventName", want: `{"eventName":"A"}`},
		{name: "lookup-events, ISO", data: indented(`{"Events":[` + embedded(recordA, `"2026-03-02T10:00:00+00:00"`) + `]}`), records: 1, kept: true, query: "eventName", want: `{"eventName":"A"}`},
		{name: "lookup-events joined with a log file", data: `{"Events":[` + embedded(recordA, "1") + `]}` + logFile(recordB), records: 2, kept: true, query: "eventName", want: `{"eventName":"A"} {"eventName":"B"}`},
		{name: "log file joined with lookup-events", data: logFile(recordB) + `{"Events":[` + embedded(recordA, "1") + `]}`, records: 2, kept: true},
		{name: "lookup-events, none", data: `{"Events":[]}`},
		{name: "not UTF-8 around the records", data: "{\"a\xff\":\"\xfe\x00\",\"Records\":[" + recordA + "]}", records: 1},

		// Files that are not whole, or something else.
		{name: "no records", data: logFile()},
		{name: "zero bytes", pack: asIs, status: schema.Skipped, kept: true},
		{name: "gzip of nothing", status: schema.Skipped, kept: true},
		{name: "white space", data: " \r\n\t", status: schema.Skipped, kept: true},
		{name: "byte order mark alone", data: "\xef\xbb\xbf", status: schema.Skipped, kept: true},
		{name: "digest file", data: digest, kept: true},
		{name: "digest file without its end", data: `{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:00:00Z","logFiles":[]}`, code: 3, status: schema.Corrupt, kept: true},
		{name: "aggregated events", data: logFile(summed), status: schema.Skipped, kept: true},
		{name: "an aggregated event", data: summed, status: schema.Skipped, kept: true},
		{name: "aggregated events in lookup-events", data: `{"Events":[` + embedded(summed, "1") + `]}`, status: schema.Skipped, kept: true},
		{name: "other JSON", data: `{"name":"x"}`, status: schema.Skipped, kept: true},
		{name: "Records of another service", data: `{"Records":[{"s3":{"bucket":1}}]}`, status: schema.Skipped, kept: true},
		{name: "not JSON", data: "<html>404</html>", code: 3, status: schema.Corrupt, kept: true},
		{name: "a number", data: "7", code: 3, status: schema.Corrupt, kept: true},
		{name: "a gzip header alone", data: "\x1f\x8b", pack: asIs, code: 3, status: schema.Corrupt, kept: true},
		{name: "gzip headers, longer ones", data: "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f", pack: asIs, code: 3, status: schema.Corrupt, kept: true},
		{name: "cut off JSON", data: two[:len(two)-20], code: 3, status: schema.Partial, records: 1, kept: true, query: "eventName", want: `{"eventName":"A"}`},
		{name: "cut off behind the last record", data: two[:len(two)-1], code: 3, status: schema.Partial, records: 2, kept: true},
		{name: "cut off in the first record", data: two[:40], code: 3, status: schema.Corrupt, kept: true},
		{name: "cut off gzip", data: two, pack: func(data []byte) []byte { return pack(data)[:len(pack(data))-4] }, code: 3, status: schema.Partial, records: 2, kept: true},
		{name: "junk behind gzip", data: two, pack: func(data []byte) []byte { return append(pack(data), "junk"...) }, code: 3, status: schema.Partial, records: 2, kept: true},
		{name: "zeros behind gzip", data: two, pack: func(data []byte) []byte { return append(pack(data), 0, 0, 0) }, code: 3, status: schema.Partial, records: 2, kept: true},
		{name: "junk behind JSON", data: two + "x", code: 3, status: schema.Partial, records: 2, kept: true},
		{name: "a digest behind a log file", data: two + digest, records: 2, inside: 1, query: names, want: bothNames},
		{name: "gzip bomb", data: strings.Repeat(" ", 1<<20) + two, flags: []string{"--max-file-size", "1000"}, code: 3, status: schema.Corrupt, kept: true},
		{name: "gzip bomb behind records", data: two + strings.Repeat(" ", 1<<20), flags: []string{"--max-file-size", "1000"}, code: 3, status: schema.Partial, records: 2, kept: true},
		{name: "as large as allowed", data: two + strings.Repeat(" ", 1000-len(two)), flags: []string{"--max-file-size", "1000"}, records: 2},
		{name: "a record that is too large", data: two, flags: []string{"--max-record-size", "20"}, code: 3, status: schema.Corrupt, kept: true},
		{name: "a record that is too large, behind another", data: logFile(recordA, strings.TrimSuffix(recordB, "}")+`,"userAgent":"`+strings.Repeat("x", 1000)+`"}`, noID), flags: []string{"--max-record-size", "1000"},
			code: 3, status: schema.Partial, records: 1, kept: true, query: "eventName", want: `{"eventName":"A"}`},
		{name: "white space beyond all measure", data: strings.Repeat(" ", 5<<20) + two, records: 2, kept: true, query: names, want: bothNames},
		{name: "a record that is no object", data: logFile(recordA, "7"), code: 3, status: schema.Partial, records: 1, kept: true},

		// Records as a whole.
		{name: "the same record twice", data: logFile(recordA, recordB, recordA), records: 3, query: "eventName", want: `{"eventName":"A"} {"eventName":"B"}`},
		{name: "no eventID, the same record twice", data: logFile(noID, noID), records: 2, query: "eventName, eventID", want: `{"eventName":"N","eventID":null}`},
		{name: "one eventID, two contents", data: logFile(recordA, strings.Replace(recordA, `"A"`, `"Z"`, 1)), code: 3, records: 2, query: "eventName", want: `{"eventName":"A"} {"eventName":"Z"}`},
		{name: "one eventID, other white space", data: logFile(recordA, strings.Replace(recordA, ":", ": ", 1)), records: 2, kept: true},
		{name: "1 MB record", data: with(`"requestParameters":{"a":"` + strings.Repeat("0123456789abcdef", 1<<16) + `"}`), records: 1, query: "length(requestParameters) AS n", want: `{"n":1048584}`},
		{name: "white space within the record", data: logFile("{ \"eventName\"\t: \"A\" ,\n\"requestParameters\" :  { \"a\" : [ ] } , \"userIdentity\" : { } , \"newOne\" :  [ 1 , 2 ]\r\n}"), records: 1,
			query: "requestParameters, unknown, shape IS NULL AS verbatim", want: `{"requestParameters":"{ \"a\" : [ ] }","unknown":"{\"newOne\":[ 1 , 2 ]}","verbatim":false}`},

		// Strings.
		{name: "escapes as AWS writes them", data: with(`"userAgent":"a\"\\\b\f\n\r\t\u0001é😀"`), records: 1, query: "hex(userAgent) AS agent, shape IS NULL AS verbatim", want: `{"agent":"61225C080C0A0D0901C3A9F09F9880","verbatim":false}`},
		{name: "other escapes", data: with(`"userAgent":"a\u003cb\/\u00e9\u00E9\u003C\ud83d\ude00"`), records: 1, query: "userAgent, shape IS NULL AS verbatim", want: `{"userAgent":"a<b/éé<😀","verbatim":true}`},
		{name: "lone surrogates", data: with(`"userAgent":"\ud800x\udc00"`), records: 1, query: "hex(userAgent) AS agent", want: `{"agent":"EFBFBD78EFBFBD"}`},
		{name: "not UTF-8", data: with("\"userAgent\":\"a\xff\xc3\""), records: 1, query: "hex(userAgent) AS agent", want: `{"agent":"61EFBFBDEFBFBD"}`},
		{name: "raw control characters", data: with("\"userAgent\":\"a\x00\x1b\x7f\n\""), records: 1, query: "hex(userAgent) AS agent", want: `{"agent":"61001B7F0A"}`},
		{name: "NUL as an escape", data: with(`"userAgent":"a\u0000b","requestParameters":{"userName":"\u0000"},"resources":[{"ARN":"a\u0000b"}],"newOne":"\u0000"`), records: 1,
			query: "hex(userAgent) AS agent, hex(resources[1].ARN) AS arn, hex(touched[1].name) AS touched, unknown", want: `{"agent":"610062","arn":"610062","touched":"00","unknown":"{\"newOne\":\"\\u0000\"}"}`},
		{name: "a block that is not clean", data: with("\"requestParameters\":{\"userName\":\"\x01\xff\\ud800\"}"), records: 1, query: "requestParameters, shape IS NULL AS verbatim", want: "{\"requestParameters\":\"{\\\"userName\\\":\\\"\\\\u0001\ufffd\\\\ufffd\\\"}\",\"verbatim\":true}"},
		{name: "empty strings", data: with(`"userAgent":"","errorCode":"","userIdentity":{"type":"","userName":""}`), records: 1, query: "userAgent, userIdentity.userName AS u", want: `{"userAgent":"","u":""}`},
		{name: "numbers for strings", data: with(`"apiVersion":1.10,"userAgent":-0.0,"errorCode":1E400,"requestID":true`), records: 1, query: "apiVersion, userAgent, errorCode, requestID", want: `{"apiVersion":"1.10","userAgent":"-0.0","errorCode":"1E400","requestID":"true"}`},
		{name: "objects for strings", data: with(`"userAgent":{"a":1},"errorCode":[]`), records: 1, query: "userAgent, errorCode, unknown", want: `{"userAgent":null,"errorCode":null,"unknown":"{\"userAgent\":{\"a\":1},\"errorCode\":[]}"}`},

		// Members that come twice, or with other names.
		{name: "a member twice", data: with(`"userAgent":"x","userAgent":"y"`), records: 1, query: "userAgent", want: `{"userAgent":"y"}`},
		{name: "a member twice, null at last", data: with(`"userAgent":"x","userAgent":null`), records: 1, query: "userAgent", want: `{"userAgent":null}`},
		{name: "eventTime twice, no time at last", data: with(`"eventTime":"never"`), records: 1, query: "eventTime, unknown", want: `{"eventTime":null,"unknown":"{\"eventTime\":\"never\"}"}`},
		{name: "a block twice", data: with(`"requestParameters":{"a":1},"requestParameters":{"b":2}`), records: 1, query: "requestParameters AS p", want: `{"p":"{\"b\":2}"}`},
		{name: "an object twice", data: with(`"userIdentity":{"type":"Root"},"userIdentity":{"type":"IAMUser","userName":"u"}`), records: 1, query: "username", want: `{"username":"u"}`},
		{name: "an object twice, null at last", data: with(`"userIdentity":{"type":"Root"},"userIdentity":null`), records: 1, query: "userIdentity", want: `{"userIdentity":null}`},
		{name: "an object twice, with other members", data: with(`"tlsDetails":{"tlsVersion":"1"},"tlsDetails":{"cipherSuite":"2"}`), records: 1},
		{name: "an unknown member twice", data: with(`"newOne":1,"newOne":2`), records: 1, query: "unknown", want: `{"unknown":"{\"newOne\":1,\"newOne\":2}"}`},
		{name: "an escaped name", data: with(`"userAg\u0065nt":"x","newO\u006ee":1`), records: 1, query: "userAgent, unknown", want: `{"userAgent":"x","unknown":"{\"newO\\u006ee\":1}"}`},
		{name: "names that are not clean", data: with("\"\xff\":1,\"\x00\":2,\"\\ud800\":3,\"userIdentity\":{\"a\xff\":\"\xff\"}"), records: 1, query: "unknown", want: "{\"unknown\":\"{\\\"\ufffd\\\":1,\\\"\\\\u0000\\\":2,\\\"\\\\ufffd\\\":3,\\\"userIdentity.a\ufffd\\\":\\\"\ufffd\\\"}\"}"},
		{name: "an empty name", data: with(`"":{"":[""]},"userIdentity":{"":1}`), records: 1, query: "unknown", want: `{"unknown":"{\"\":{\"\":[\"\"]},\"userIdentity.\":1}"}`},
		{name: "another case", data: with(`"EventName":"x","useragent":"y"`), records: 1, query: "eventName, userAgent", want: `{"eventName":"A","userAgent":null}`},
		{name: "hostile unknown members", data: with(`"a":"},{\"]\\","b\"":["}",{"c,":":"}],"userIdentity":{"d:{":"\\"},"e":[[],{}, -0.0 ],"f":null`), records: 1, query: "unknown, shape IS NULL AS verbatim",
			want: `{"unknown":"{\"a\":\"},{\\\"]\\\\\",\"b\\\"\":[\"}\",{\"c,\":\":\"}],\"userIdentity.d:{\":\"\\\\\",\"e\":[[],{}, -0.0 ],\"f\":null}","verbatim":false}`},
		{name: "many unknown members", data: with(many(1000, `"new%d":{"a":[%[1]d,"\u00e9"]}`)), records: 1, query: "json_array_length(json_keys(unknown)) AS n", want: `{"n":1000}`},
		{name: "a deep unknown member", data: with(`"newOne":` + nested(100_000)), records: 1, query: "length(unknown) AS n, shape IS NULL AS verbatim", want: fmt.Sprintf(`{"n":%d,"verbatim":true}`, 200_000+len(`{"newOne":""}`))},

		// Values of the other sorts.
		{name: "numbers in blocks", data: with(`"requestParameters":{"a":1E400,"b":-0.0,"c":1.10,"d":123456789012345678901234567890}`), records: 1, query: "requestParameters AS p", want: `{"p":"{\"a\":1E400,\"b\":-0.0,\"c\":1.10,\"d\":123456789012345678901234567890}"}`},
		{name: "huge numbers where SQL looks", data: with(`"responseElements":{"a":1E400,"b":-1e999999,"c":"Failure"},"resources":[{"ARN":1E400},{"x":1E400}]`), records: 1, query: "errored", want: `{"errored":true}`},
		{name: "a block that is text", data: with(`"requestParameters":"HIDDEN","responseElements":"\"Failure\""`), records: 1, query: "requestParameters AS p", want: `{"p":"\"HIDDEN\""}`},
		{name: "a block that is a number", data: with(`"requestParameters":1.10,"responseElements":true,"addendum":[]`), records: 1, query: "requestParameters AS p, responseElements AS r", want: `{"p":"1.10","r":"true"}`},
		{name: "a block that is null", data: with(`"requestParameters":null`), records: 1, query: "requestParameters AS p, shape IS NULL AS verbatim", want: `{"p":null,"verbatim":false}`},
		{name: "a deep block", data: with(`"requestParameters":` + nested(100_000)), records: 1, query: "length(requestParameters) AS n", want: `{"n":200002}`},
		{name: "a block as deep as allowed", data: with(`"requestParameters":` + nested(500) + `,"responseElements":{"a":"Failure","b":` + nested(499) + `}`), records: 1, query: "length(requestParameters) AS n, errored", want: `{"n":1000,"errored":true}`},
		{name: "a block with duplicate members", data: with(`"responseElements":{"a":"Failure","a":"x","a":"Failure"}`), records: 1, query: "errored", want: `{"errored":true}`},
		{name: "fraction of a second", data: bare(`"eventTime":"2026-03-02T10:00:00.25Z"`), records: 1, query: "eventTime::VARCHAR AS t", want: `{"t":"2026-03-02 10:00:00.25"}`},
		{name: "nanoseconds", data: bare(`"eventTime":"2026-03-02T10:00:00.123456789Z"`), records: 1, query: "eventTime::VARCHAR AS t", want: `{"t":"2026-03-02 10:00:00.123456"}`},
		{name: "offset", data: bare(`"eventTime":"2026-03-02T10:00:00+02:00"`), records: 1, query: "eventTime::VARCHAR AS t", want: `{"t":"2026-03-02 08:00:00"}`},
		{name: "a time that is none", data: bare(`"eventTime":"2026-02-30T10:00:00Z","eventName":"A"`), records: 1, query: "eventTime, unknown", want: `{"eventTime":null,"unknown":"{\"eventTime\":\"2026-02-30T10:00:00Z\"}"}`},
		{name: "a letter in the year", data: bare(`"eventTime":"20n6-03-02T10:00:00Z","eventName":"A"`), records: 1, query: "eventTime", want: `{"eventTime":null}`},
		{name: "a leap second", data: bare(`"eventTime":"2016-12-31T23:59:60Z","eventName":"A"`), records: 1, query: "eventTime", want: `{"eventTime":null}`},
		{name: "no time", data: bare(`"eventName":"A"`), records: 1, query: "eventTime, unknown", want: `{"eventTime":null,"unknown":null}`},
		{name: "a number for the time", data: bare(`"eventTime":1424476529.0`), records: 1, query: "eventTime, unknown", want: `{"eventTime":null,"unknown":"{\"eventTime\":1424476529.0}"}`},
		{name: "far times", data: logFile(`{"eventTime":"0000-01-01T00:00:00Z","eventName":"A"}`, `{"eventTime":"0001-01-01T00:00:00Z","eventName":"A"}`, `{"eventTime":"1582-10-10T00:00:00Z"}`, `{"eventTime":"9999-12-31T23:59:59Z"}`, `{"eventTime":"9999-12-31T23:59:59-23:59"}`), records: 5,
			query: "year(eventTime) AS y", want: `{"y":null} {"y":null} {"y":1582} {"y":9999} {"y":10000}`},
		{name: "GUID in capitals", data: bare(`"eventName":"A","eventID":"ABCDEF00-1111-4111-8111-111111111111"`), records: 1, query: "eventID, shape IS NULL AS verbatim", want: `{"eventID":"abcdef00-1111-4111-8111-111111111111","verbatim":true}`},
		{name: "a GUID that is none", data: bare(`"eventName":"A","eventID":"7","sharedEventID":{}`), records: 1, query: "eventID, unknown", want: `{"eventID":null,"unknown":"{\"eventID\":\"7\",\"sharedEventID\":{}}"}`},
		{name: "an escaped GUID", data: bare(`"eventName":"A","eventID":"\u0061bcdef00-1111-4111-8111-111111111111"`), records: 1, query: "eventID", want: `{"eventID":"abcdef00-1111-4111-8111-111111111111"}`},
		{name: "readOnly as text", data: with(`"readOnly":"true","managementEvent":"fals\u0065"`), records: 1, query: "readOnly, managementEvent AS m", want: `{"readOnly":true,"m":false}`},
		{name: "readOnly as anything", data: with(`"readOnly":"maybe","managementEvent":0`), records: 1, query: "readOnly, unknown", want: `{"readOnly":null,"unknown":"{\"readOnly\":\"maybe\",\"managementEvent\":0}"}`},

		// Identities.
		{name: "identity null", data: with(`"userIdentity":null,"tlsDetails":null`), records: 1, query: "userIdentity AS u", want: `{"u":null}`},
		{name: "identity as text", data: with(`"userIdentity":"who"`), records: 1, query: "userIdentity AS u, unknown", want: `{"u":null,"unknown":"{\"userIdentity\":\"who\"}"}`},
		{name: "identity as a list", data: with(`"userIdentity":[{"type":"Root"}]`), records: 1, query: "userIdentity AS u, unknown", want: `{"u":null,"unknown":"{\"userIdentity\":[{\"type\":\"Root\"}]}"}`},
		{name: "identity empty", data: with(`"userIdentity":{},"tlsDetails":{ }`), records: 1, query: "userIdentity IS NULL AS u, userIdentity.sessionContext AS s, tlsDetails AS t",
			want: `{"u":false,"s":null,"t":{"tlsVersion":null,"cipherSuite":null,"clientProvidedHostHeader":null,"keyExchange":null}}`},
		{name: "session null", data: with(`"userIdentity":{"type":"Root","sessionContext":null,"onBehalfOf":7}`), records: 1, query: "userIdentity.sessionContext AS s, userIdentity.onBehalfOf AS o", want: `{"s":null,"o":null}`},
		{name: "session twice", data: with(`"userIdentity":{"sessionContext":{"sessionIssuer":{},"attributes":{"creationDate":"x"}},"sessionContext":{"attributes":{ }}}`), records: 1,
			query: "userIdentity.sessionContext.sessionIssuer AS i, userIdentity.sessionContext.attributes AS a", want: `{"i":null,"a":{"creationDate":null,"mfaAuthenticated":null}}`},
		{name: "session empty, and null behind it", data: with(`"userIdentity":{"sessionContext":{},"sessionContext":null}`), records: 1, query: "userIdentity.sessionContext AS s", want: `{"s":null}`},
		{name: "identity of one member far down", data: logFile(
			`{"eventName":"A","userIdentity":{"sessionContext":{"sourceIdentity":"x"}}}`,
			`{"eventName":"A","userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":"x"}}}}`,
			`{"eventName":"A","userIdentity":{"sessionContext":{"sessionIssuer":{"userName":"x"}}}}`,
			`{"eventName":"A","userIdentity":{"sessionContext":{"webIdFederationData":{"attributes":{}}}}}`,
			`{"eventName":"A","userIdentity":{"invokedByDelegate":{"accountId":"x"}}}`,
			`{"eventName":"A","userIdentity":{"onBehalfOf":{"identityStoreArn":"x"}}}`,
			`{"eventName":"A","userIdentity":{"inScopeOf":{"sourceArn":"x"}}}`,
		), records: 7, query: "userIdentity IS NULL AS none", want: strings.TrimSpace(strings.Repeat(`{"none":false} `, 7))},
		{name: "identity with a new member", data: with(`"userIdentity":{"type":"Root","newOne":{"a":"\u00e9"},"sessionContext":{"newOne":1,"sessionIssuer":7}}`), records: 1, query: "unknown",
			want: `{"unknown":"{\"userIdentity.newOne\":{\"a\":\"\\u00e9\"},\"userIdentity.sessionContext.newOne\":1,\"userIdentity.sessionContext.sessionIssuer\":7}"}`},

		// Resources.
		{name: "resources", data: with(`"resources":[ {"ARN":"a","accountId":"1","type":"t"},{ "type":"u", "ARNPrefix":"p\/" } ,{}]`), records: 1, query: "resources AS r", want: `{"r":[{"ARN":"a","ARNPrefix":null,"accountId":"1","type":"t"},{"ARN":null,"ARNPrefix":"p/","accountId":null,"type":"u"},{"ARN":null,"ARNPrefix":null,"accountId":null,"type":null}]}`},
		{name: "resources null", data: with(`"resources":null`), records: 1, query: "resources AS r", want: `{"r":null}`},
		{name: "resources as an object", data: with(`"resources":{}`), records: 1, query: "resources AS r, unknown", want: `{"r":null,"unknown":"{\"resources\":{}}"}`},
		{name: "resources empty", data: with(`"resources":[ ]`), records: 1, query: "resources AS r, shape IS NULL AS verbatim", want: `{"r":[],"verbatim":false}`},
		{name: "resources of null", data: with(`"resources":[null]`), records: 1, query: "resources AS r, unknown", want: `{"r":null,"unknown":"{\"resources\":[null]}"}`},
		{name: "resources of numbers", data: with(`"resources":[1,{"ARN":"a"}]`), records: 1, query: "resources AS r, unknown", want: `{"r":null,"unknown":"{\"resources\":[1,{\"ARN\":\"a\"}]}"}`},
		{name: "resources with a new member", data: with(`"resources":[{"ARN":"a"},{"ARN":"b","newOne":"]"}]`), records: 1, query: "resources[2].ARN AS b, unknown, shape IS NULL AS verbatim", want: `{"b":"b","unknown":"{\"resources\":[{\"ARN\":\"a\"},{\"ARN\":\"b\",\"newOne\":\"]\"}]}","verbatim":false}`},
		{name: "resources with a member twice", data: with(`"resources":[{"ARN":"a","ARN":"b"}]`), records: 1},
		{name: "resources with null members", data: with(`"resources":[{"ARN":null,"type":"t","accountId":null}]`), records: 1, query: "resources AS r", want: `{"r":[{"ARN":null,"ARNPrefix":null,"accountId":null,"type":"t"}]}`},
		{name: "resources with numbers", data: with(`"resources":[{"ARN":7,"accountId":{"a":1}}]`), records: 1, query: "unknown", want: `{"unknown":"{\"resources\":[{\"ARN\":7,\"accountId\":{\"a\":1}}]}"}`},
		{name: "resources with escapes", data: with(`"resources":[{"ARN":"a\"\\\n\u0001","type":"\u003c"},{"ARN":"\u00e9"}]`), records: 1, query: "hex(resources[1].ARN) AS a, resources[2].ARN AS b", want: `{"a":"61225C0A01","b":"é"}`},
		{name: "resources not clean", data: with("\"resources\":[{\"ARN\":\"\xff\x01\",\"type\":\"\\ud800\"}]"), records: 1, query: "hex(resources[1].ARN) AS a", want: `{"a":"EFBFBD01"}`},
		{name: "resources in another case", data: with(`"resources":[{"arn":"a","TYPE":"t"}]`), records: 1},
		{name: "200 resources", data: with(`"resources":[` + many(200, `{"ARN":"arn:aws:s3:::b%d","accountId":"111122223333","type":"AWS::S3::Bucket"}`) + `]`), records: 1, query: "len(resources) AS n, resources[200].ARN AS last", want: `{"n":200,"last":"arn:aws:s3:::b199"}`},
		{name: "resources, deep", data: with(`"resources":[{"ARN":"a","x":` + nested(1000) + `}]`), records: 1},
		{name: "resources twice", data: with(`"resources":[{"ARN":"a"}],"resources":[{"ARN":"b"},{}]`), records: 1, query: "len(resources) AS n", want: `{"n":2}`},

		// Files of many records.
		{name: "5000 records", data: logFile(many(5000, `{"eventTime":"2026-03-02T10:00:00Z","eventName":"E%d","eventID":"33333333-3333-4333-8333-%012[1]d","sourceIPAddress":"10.0.0.1"}`)), records: 5000},
		{name: "a shape of its own for each of 3000", data: logFile(many(3000, `{"eventName":"A","new%d":"%[1]d"}`)), records: 3000, query: "count(DISTINCT shape) AS n", want: `{"n":3000}`},
	}
	for i := range kinds {
		if kinds[i].status == "" {
			kinds[i].status = schema.Loaded
		}
	}
	return kinds
}

func asIs(data []byte) []byte { return data }

func indented(text string) string {
	var buf bytes.Buffer
	if err := json.Indent(&buf, []byte(text), "", "    "); err != nil {
		panic(err)
	}
	return buf.String()
}

// many joins n texts that a format makes of the numbers from 0.
func many(n int, format string) string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(texts, ",")
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// cameBack checks that a file is below folder, byte for byte: what was rebuilt as
// JSON, what was kept as it was delivered.
func cameBack(t *testing.T, folder, name string, k *kind) {
	t.Helper()
	want := []byte(k.data)
	if k.kept {
		want = k.packed()
	} else {
		name = strings.TrimSuffix(name, ".gz")
	}
	got, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Error(err)
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes came back, want %d: %.200q", name, len(got), len(want), got)
	}
}

// selfChecked runs verify --self, which must find nothing wrong.
func selfChecked(t *testing.T, store string) (check selfCheck) {
	t.Helper()
	code, stdout, stderr := call(t, "verify", "--self", "-o", "json", "--store", store)
	if code != 0 {
		t.Errorf("verify: exit code %d\n%s%s", code, stdout, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &check); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if check.Files != check.Rebuilt+check.Kept+check.InPart+check.TooLarge+check.Different {
		t.Errorf("the counts do not add up: %s", stdout)
	}
	return check
}

// extracted extracts a whole store as plain JSON and returns the folder.
func extracted(t *testing.T, store string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "out")
	if code, stdout, stderr := call(t, "extract", "--plain", "--store", store, folder); code != 0 {
		t.Errorf("extract: exit code %d\n%s%s", code, stdout, stderr)
	}
	return folder
}

// asked returns the rows of a query as JSON lines.
func asked(t *testing.T, store *schema.Store, query string) string {
	t.Helper()
	rows, err := store.Query(t.Context(), "SELECT to_json(answer)::VARCHAR FROM ("+query+") AS answer")
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(values[0]))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(lines, "\n")
}

func opened(t *testing.T, path string) *schema.Store {
	t.Helper()
	// Nobody else has made views or macros in it: that is not looked for.
	store, err := schema.OpenFor(t.Context(), path, schema.Grants{AnySchema: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every kind of file is what it is found to be, its events hold what they should,
// and it comes back byte for byte.
func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "t.duckdb")
	all := kinds()
	var sound []string // those of which nothing is said: all at once
	kept, inside := 0, 0
	for i := range all {
		k := &all[i]
		k.data = apart(i, k.data)
		inside += k.inside
		if k.kept {
			kept++
		}
		name := filepath.Join(dir, fmt.Sprintf("%03d.json.gz", i))
		writeFile(t, name, k.packed())
		code := k.code
		if k.status == schema.Skipped {
			code = 3 // it is named, so it is told of
		}
		if code == 0 && k.flags == nil {
			sound = append(sound, name)
			continue
		}
		summary, _ := ingestJSON(t, code, append(k.flags, "--store", store, name)...)
		if said := len(summary.Errors) > 0 || summary.Conflicts > 0; said != (code == 3) {
			t.Errorf("%s: %+v", k.name, summary)
		}
	}
	ingestJSON(t, 0, append(sound, "--store", store)...)
	if check := selfChecked(t, store); check.Files != len(all)+inside || check.Kept != kept+inside {
		t.Errorf("want %d files, %d kept, %d inside of others: %+v", len(all), kept, inside, check)
	}
	folder := extracted(t, store)
	db := opened(t, store)
	for i := range all {
		k := &all[i]
		t.Run(k.name, func(t *testing.T) {
			name := fmt.Sprintf("%03d.json.gz", i)
			want := fmt.Sprintf(`{"status":"%s","records":%d}`, k.status, k.records)
			if got := asked(t, db, "SELECT status, records FROM files WHERE parse_filename(uri) = '"+name+"'"); got != want {
				t.Errorf("got %s want %s", got, want)
			}
			if k.query != "" {
				got := asked(t, db, "SELECT "+k.query+" FROM (SELECT * FROM events WHERE file = (SELECT file FROM files WHERE parse_filename(uri) = '"+name+"') ORDER BY position)")
				if want := apart(i, strings.ReplaceAll(k.want, "} {", "}\n{")); got != want {
					t.Errorf("%s\ngot  %s\nwant %s", k.query, got, want)
				}
			}
			cameBack(t, folder, name, k)
		})
	}
}

// All kinds in one store do not get in each other's way, though they have records and
// eventIDs in common, and though all is read at once.
func TestRoundTripTogether(t *testing.T) {
	dir := t.TempDir()
	logs, store := filepath.Join(dir, "logs"), filepath.Join(dir, "t.duckdb")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	all := kinds()
	var loaded, kept, inside int
	for i := range all {
		k := &all[i]
		if k.flags != nil { // without its limit it is a file as any other
			k.kept, k.status = false, schema.Loaded
		}
		if k.status == schema.Loaded {
			loaded++
		}
		inside += k.inside
		if k.kept {
			kept++
		}
		writeFile(t, filepath.Join(logs, fmt.Sprintf("%03d.json.gz", i)), k.packed())
	}
	summary, _ := ingestJSON(t, 3, "--store", store, logs)
	if int(summary.FilesListed) != len(all)+inside || int(summary.FilesLoaded) != loaded+inside || summary.Repeats == 0 || summary.Conflicts == 0 {
		t.Errorf("%d files listed, want %d; %d loaded, want %d", summary.FilesListed, len(all), summary.FilesLoaded, loaded)
	}
	// What repeats a record of another file in other bytes is kept as well.
	if check := selfChecked(t, store); check.Files != len(all)+inside || check.Kept < kept+inside {
		t.Errorf("want %d files, %d kept, %d inside of others: %+v", len(all), kept, inside, check)
	}
	folder, db := extracted(t, store), opened(t, store)
	for i := range all {
		name := fmt.Sprintf("%03d.json.gz", i)
		all[i].kept = asked(t, db, "SELECT count(*) AS n FROM originals JOIN files USING (file) WHERE parse_filename(uri) = '"+name+"'") == `{"n":1}`
		cameBack(t, folder, name, &all[i])
	}
}

// Files that come one after the other: what the second has of the first is stored
// once, and both come back.
func TestRoundTripRepeats(t *testing.T) {
	two := logFile(recordA, recordB)
	capitals := bare(`"eventName":"A","eventID":"ABCDEF00-1111-4111-8111-111111111111"`)
	tests := []struct {
		name                    string
		first, second           string
		firstKept               bool
		repeated, new, conflict int // of the second
	}{
		{name: "the same", first: two, second: two, repeated: 2},
		{name: "the same records, another envelope", first: two, second: "[" + recordB + ",\n" + recordA + "]", repeated: 2},
		{name: "without eventID", first: logFile(noID), second: logFile(noID, noID), repeated: 2},
		{name: "verbatim", first: capitals, second: capitals, repeated: 1},
		{name: "the same eventID, other bytes", first: two, second: logFile(strings.Replace(recordA, `"A"`, `"Z"`, 1), recordB), repeated: 1, new: 1, conflict: 1},
		{name: "whole after cut off", first: two[:len(two)-20], second: two, firstKept: true, repeated: 1, new: 1},
		{name: "part of it", first: two, second: logFile(recordB), repeated: 1},
		{name: "lookup-events first", first: `{"Events":[` + embedded(recordA, "1") + `]}`, second: two, firstKept: true, repeated: 1, new: 1},
		{name: "no time", first: bare(`"eventName":"A"`), second: bare(`"eventName":"A"`), repeated: 1},
		{name: "the first of all times", first: bare(`"eventTime":"0001-01-01T00:00:00Z"`), second: bare(`"eventTime":"0001-01-01T00:00:00Z"`), repeated: 1},
		{name: "the year 0", first: bare(`"eventTime":"0000-12-31T23:59:59Z"`), second: bare(`"eventTime":"0000-12-31T23:59:59Z"`), repeated: 1},
		{name: "before 1970", first: bare(`"eventTime":"1969-12-31T23:59:59Z"`), second: bare(`"eventTime":"1969-12-31T23:59:59Z"`), repeated: 1},
		{name: "eventTime twice, no time at last", first: with(`"eventTime":"never"`), second: with(`"eventTime":"never"`), repeated: 1},
	}
	dir := t.TempDir()
	folders := [2]string{filepath.Join(dir, "first"), filepath.Join(dir, "second")}
	for which, folder := range folders {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for i, test := range tests {
			data := apart(i, [2]string{test.first, test.second}[which])
			writeFile(t, filepath.Join(folder, fmt.Sprintf("%d-%03d.json.gz", which, i)), pack([]byte(data)))
		}
	}
	oneRun, twoRuns := filepath.Join(dir, "one.duckdb"), filepath.Join(dir, "two.duckdb")
	ingestJSON(t, 3, "--store", oneRun, folders[0], folders[1])
	ingestJSON(t, 3, "--store", twoRuns, folders[0])
	ingestJSON(t, 3, "--store", twoRuns, folders[1])
	for _, store := range []string{oneRun, twoRuns} {
		selfChecked(t, store)
		folder := extracted(t, store)
		for i, test := range tests {
			cameBack(t, folder, fmt.Sprintf("0-%03d.json.gz", i), &kind{data: apart(i, test.first), kept: test.firstKept})
			cameBack(t, folder, fmt.Sprintf("1-%03d.json.gz", i), &kind{data: apart(i, test.second)})
		}
	}
	db := opened(t, twoRuns)
	for i, test := range tests {
		want := fmt.Sprintf(`{"repeated":%d,"new":%d,"conflicts":%d}`, test.repeated, test.new, test.conflict)
		got := asked(t, db, fmt.Sprintf("SELECT repeated, new, conflicts FROM files WHERE parse_filename(uri) = '1-%03d.json.gz'", i))
		if got != want {
			t.Errorf("%s: got %s, want %s", test.name, got, want)
		}
	}
}

// Whatever is changed in the store, verify --self names the file and no other, and
// extract does not give it out as what was loaded.
func TestVerifySelfTampered(t *testing.T) {
	both := "[\n" + recordA + ",\n" + recordB + "]"
	own := func(i int) string { return bare(fmt.Sprintf(`"own%d":null,"eventName":"A"`, i)) }
	// FILE stands for the file's number.
	tests := []struct{ name, file, statement string }{
		{"nothing", both, "SELECT 1"},
		{"a value", both, "UPDATE events SET eventName = 'GetObject' WHERE eventName = 'A' AND file = FILE"},
		{"a time", both, "UPDATE events SET eventTime = eventTime + INTERVAL 1 SECOND WHERE file = FILE"},
		{"a value gone", both, "UPDATE events SET eventName = NULL WHERE file = FILE"},
		{"an event gone", both, "DELETE FROM events WHERE eventName = 'B' AND file = FILE"},
		{"all events gone", both, "DELETE FROM events WHERE file = FILE"},
		{"a repeat gone", logFile(recordA, recordA), "DELETE FROM repeats WHERE file = FILE"},
		{"a repeat of another event", logFile(recordA, recordB, recordA), "UPDATE repeats SET firstPosition = 1 WHERE file = FILE"},
		{"an event more", both, "INSERT INTO events SELECT * REPLACE (2 AS position) FROM events WHERE file = FILE AND position = 0"},
		{"an event twice", both, "INSERT INTO events SELECT * FROM events WHERE file = FILE"},
		{"a position below 0", both, "UPDATE events SET position = -1 WHERE file = FILE AND position = 0"},
		{"events swapped", both, "UPDATE events SET position = 1 - position WHERE file = FILE"},
		{"a shape", own(1), "UPDATE shapes SET skeleton = 'x'::BLOB WHERE shape = (SELECT shape FROM events WHERE file = FILE)"},
		{"a shape with a mark at its end", own(2), "UPDATE shapes SET skeleton = skeleton || '\\xff'::BLOB WHERE shape = (SELECT shape FROM events WHERE file = FILE)"},
		{"a shape with a resource", own(3), "UPDATE shapes SET skeleton = skeleton || '\\xff\\xf0'::BLOB WHERE shape = (SELECT shape FROM events WHERE file = FILE)"},
		{"another shape's number", both, "UPDATE events SET shape = 70000 WHERE file = FILE"},
		{"a shape's number below 0", both, "UPDATE events SET shape = -1 WHERE file = FILE"},
		{"no shape", both, "UPDATE events SET shape = NULL WHERE file = FILE"},
		{"a record as it was", bare(`"eventName":"A","eventID":"ABCDEF00-1111-4111-8111-111111111111"`), "UPDATE events SET verbatim = '{}'::BLOB WHERE file = FILE"},
		{"a record as it was, gone", bare(`"eventName":"A","eventID":"ABCDEF00-1111-4111-8111-111111111111"`), "UPDATE events SET verbatim = NULL WHERE file = FILE"},
		{"unknown", with(`"a":1,"b":2`), `UPDATE events SET unknown = '{"a":1}' WHERE file = FILE`},
		{"unknown is no JSON", with(`"a":1,"b":2`), `UPDATE events SET unknown = '"\' WHERE file = FILE`},
		{"resources", with(`"resources":[{"ARN":"a"}]`), "UPDATE events SET resources = [] WHERE file = FILE"},
		{"the envelope", both, "UPDATE files SET envelope = 'abc'::BLOB WHERE file = FILE"},
		{"the envelope is empty", both, "UPDATE files SET envelope = ''::BLOB WHERE file = FILE"},
		{"a long length in the envelope", both, "UPDATE files SET envelope = '\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x01'::BLOB WHERE file = FILE"},
		{"the hash", both, "UPDATE files SET sha256 = repeat('0', 64) WHERE file = FILE"},
		{"the number of records", both, "UPDATE files SET records = 3 WHERE file = FILE"},
		{"a number of records below 0", both, "UPDATE files SET records = -1 WHERE file = FILE"},
		{"a kept file", "<html>", "UPDATE originals SET data = 'xyz'::BLOB WHERE file = FILE"},
		{"a kept file, packed", "<html>", "UPDATE originals SET data = 'xyz'::BLOB, packed = true WHERE file = FILE"},
		{"a kept file's hash", "<html>", "UPDATE originals SET sha256 = 'x' WHERE file = FILE"},
	}
	dir := t.TempDir()
	logs, store, folder := filepath.Join(dir, "logs"), filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "out")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		writeFile(t, filepath.Join(logs, fmt.Sprintf("%03d.json.gz", i)), pack([]byte(apart(i, test.file))))
	}
	ingestJSON(t, 3, "--store", store, logs)
	selfChecked(t, store)

	db, err := schema.Create(t.Context(), store, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		number := fmt.Sprintf("(SELECT file FROM files WHERE parse_filename(uri) = '%03d.json.gz')", i)
		rows, err := db.Query(t.Context(), strings.ReplaceAll(test.statement, "FILE", number))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		for rows.Next() {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	code, stdout, verified := call(t, "verify", "--self", "--store", store)
	if code != 3 {
		t.Errorf("verify: exit code %d\n%s%s", code, stdout, verified)
	}
	code, _, written := call(t, "extract", "--store", store, folder)
	if code != 3 {
		t.Errorf("extract: exit code %d\n%s", code, written)
	}
	for i, test := range tests {
		name := fmt.Sprintf("%03d.json.gz", i)
		_, err := os.Stat(filepath.Join(folder, name))
		found, kept, there := strings.Contains(verified, "/"+name+": "), strings.Contains(written, "/"+name+": "), err == nil
		if wrong := i > 0; found != wrong || kept != wrong || there == wrong {
			t.Errorf("%s: verify says so: %t; extract says so: %t, and has written it: %t", test.name, found, kept, there)
		}
	}
}

// Keys of S3 are foreign text: nothing is written outside of DEST, and links that are
// there lead nowhere.
func TestExtractStaysWithinDest(t *testing.T) {
	server := s3test.New(t)
	hostile := []string{
		"../up.json", "a/../../up.json", "/../up.json", "a/b/../../../up.json", "link/x.json", strings.Repeat("x", 2_000) + ".json",
	}
	kept := map[string]string{ // where they go
		"a/../within.json": "within.json", "a//b.json": "a/b.json", "good/x.json": "good/x.json", `..\..\back.json`: `..\..\back.json`,
		"case/x.json": "case/x.json", "case/X.json": "case/X.json",
	}
	for _, key := range slices.Concat(hostile, slices.Collect(maps.Keys(kept)), []string{"nul.json", "clash.json", "clash.json/x.json"}) {
		server.Put("logs", key, []byte(strings.ReplaceAll(logFile(recordA), `"A"`, fmt.Sprintf("%q", key))))
	}
	parent := t.TempDir()
	store, dest, outside := filepath.Join(parent, "t.duckdb"), filepath.Join(parent, "in", "dest"), filepath.Join(parent, "outside")
	for _, dir := range []string{dest, outside} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dest, "link")); err != nil {
		t.Fatal(err)
	}
	call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "s3://logs")
	edit(t, store, "UPDATE files SET uri = 's3://logs/n' || chr(0) || 'ul.json' WHERE uri = 's3://logs/nul.json'") // which XML cannot say
	code, _, stderr := call(t, "extract", "--store", store, dest)
	if code != 3 || strings.Count(stderr, "s3://logs/clash.json") != 1 || !strings.Contains(stderr, `s3://logs/n\x00ul.json: `) {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	for _, dir := range []string{parent, filepath.Join(parent, "in"), outside} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			switch entry.Name() {
			case "t.duckdb", "in", "outside", "dest":
			default:
				t.Errorf("%s was written to %s", entry.Name(), dir)
			}
		}
	}
	for key, name := range kept {
		if data, err := os.ReadFile(filepath.Join(dest, filepath.FromSlash(name))); err != nil || !strings.Contains(string(data), fmt.Sprintf("%q", key)) {
			t.Errorf("%s: %v, %s", key, err, data)
		}
	}
	db := opened(t, store)
	for _, key := range hostile {
		uri := "s3://logs/" + key
		if loaded := asked(t, db, "SELECT uri FROM files WHERE status = 'loaded' AND uri = '"+uri+"'") != ""; !loaded {
			t.Logf("%s was not loaded", uri)
		} else if !strings.Contains(stderr, uri) {
			t.Errorf("nothing is said of %s:\n%s", uri, stderr)
		}
	}
}
