package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"trailbox/query"
	"trailbox/schema"
)

// attacks are the insides of JSON strings, each of which tries something with whoever
// reads an answer.
func attacks() []string {
	return []string{
		`\u001b]0;owned\u0007\u001b[2J\u001b[31m`, "\x1b[31m", `a\r\nb`, "a\r\nb", `a\u0000b`, `\u202egpj.exe\u2066`, "\u202e\u2028\ufeff", `\u009b31m\u007f`,
		`=cmd|' /C calc'!A0`, `+1+1`, `-1+1`, `@SUM(A1)`, `\t=1`, "\t=1", `\u200b=1`, ` ＝1`,
		`\" onmouseover=\"alert(1)`, `'><svg/onload=alert(1)>`, `javascript:alert(1)`, `</title></style></svg><a xlink:href=\"javascript:alert(1)\">`,
		`|a||b|`, "`x`\\n```", `<script>alert(1)</script><!--`, `![x](https://example.com/?a)`, `\\|`, `\\`,
		`\"'`, `'; DROP TABLE events; --`, `\"},{\"a\":[`, `$1 $since /* filters */ true`, `%_*?`,
		`\ud800`, `\udc00\ud800x`, "\xff\xc3", `\/\u0041`, ``,
	}
}

// A marker stands for an attack in JSON that is encoded before it comes in.
const marker = "\ue123"

// attacked writes a value as JSON in which strings have the attack in front or behind, but
// for those by which a report would know the event.
func attacked(t *testing.T, value any, attack string, front bool) []byte {
	known := map[string]bool{
		"eventID": true, "eventTime": true, "eventName": true, "eventSource": true, "eventVersion": true,
		"eventType": true, "eventCategory": true, "sharedEventID": true, "type": true, "managementEvent": true, "instanceType": true,
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case string:
			if front {
				return marker + v
			}
			return v + marker
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for name := range v {
				if !known[name] {
					v[name] = walk(v[name])
				}
			}
		}
		return v
	}
	text, err := json.Marshal(walk(value))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte(marker), []byte(attack))
}

// everywhere is a record with an attack in each column that takes text.
func everywhere(t *testing.T, i int, attack string) []byte {
	record := map[string]any{"neverSeen" + marker: marker}
	for _, c := range schema.Columns() {
		object, parts := record, strings.Split(c.Path, ".")
		for _, name := range parts[:len(parts)-1] {
			if object[name] == nil {
				object[name] = map[string]any{}
			}
			object = object[name].(map[string]any)
		}
		var value any
		switch c.Kind {
		case schema.Text:
			value = marker
		case schema.Block:
			value = map[string]any{marker: marker, "list": []any{marker, map[string]any{marker: marker}}, "roleName": marker, "policyDocument": marker}
		case schema.Resources:
			value = []any{map[string]any{"ARN": marker, "ARNPrefix": marker, "accountId": marker, "type": marker}}
		case schema.GUID:
			value = fmt.Sprintf("%08x-1111-4111-8111-111111111111", i)
		case schema.Time:
			value = "2026-03-02T10:00:00Z"
		case schema.Bool:
			value = i%2 == 0
		}
		object[parts[len(parts)-1]] = value
	}
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte(marker), []byte(attack))
}

// silent are events that some report is about, and of which testdata/logs has none or few.
func silent() map[string]string {
	return map[string]string{
		"PutBucketLifecycle": "s3", "DeleteBucketPublicAccessBlock": "s3", "RunJobFlow": "elasticmapreduce", "DeleteConfigRule": "config",
		"ModifyDBInstance": "rds", "CreateNatGateway": "ec2", "DeleteNetworkAcl": "ec2", "CreateRoute": "ec2", "CreateVpc": "ec2", "RunInstances": "ec2",
		"SendCommand": "ssm", "CreateSnapshot": "ec2",
	}
}

// hostileArchive writes log files with attacks: in events of each kind that testdata/logs
// has, in those that it lacks, and everywhere.
func hostileArchive(t *testing.T) string {
	all, n := attacks(), 0
	var records [][]byte
	add := func(record any) {
		records = append(records, attacked(t, record, all[n%len(all)], n/len(all)%2 == 0))
		n++
	}
	root, seen := os.DirFS("../../testdata/logs"), map[string]int{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "Digest") || strings.Contains(name, "Aggregated") {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		unzip, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return err
		}
		var file struct{ Records []map[string]any }
		dec := json.NewDecoder(unzip)
		dec.UseNumber()
		if err := dec.Decode(&file); err != nil {
			return err
		}
		for _, record := range file.Records {
			kind := fmt.Sprint(record["eventSource"], record["eventName"], record["errorCode"])
			if seen[kind]++; seen[kind] <= 2 {
				add(record)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	id := 0
	plain := func(service, name, clock string, members map[string]any) map[string]any {
		id++
		record := map[string]any{
			"eventVersion": "1.08", "eventID": fmt.Sprintf("%08x-2222-4222-8222-222222222222", id), "eventTime": "2026-03-02T" + clock + "Z",
			"eventSource": service + ".amazonaws.com", "eventName": name, "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
			"userIdentity":    map[string]any{"type": "IAMUser", "userName": "u", "arn": "a", "accountId": "1", "accessKeyId": "k"},
			"sourceIPAddress": "192.0.2.1", "userAgent": "g", "readOnly": false, "requestParameters": map[string]any{"bucketName": "b", "x": []any{"y"}, "instanceType": "p4d.24xlarge"},
		}
		for name, value := range members {
			record[name] = value
		}
		return record
	}
	for i, attack := range all {
		for name, service := range silent() {
			records = append(records, attacked(t, plain(service, name, "12:00:00", nil), attack, i%2 == 0))
		}
		records = append(records,
			attacked(t, plain("s3", "GetBucketAcl", "13:00:00", map[string]any{"errorCode": "AccessDenied", "errorMessage": "m"}), attack, i%2 == 0),
			attacked(t, plain("s3", "GetBucketAcl", "13:00:01", nil), attack, i%2 == 0),
			attacked(t, plain("signin", "ConsoleLogin", "14:00:00", map[string]any{"responseElements": map[string]any{"ConsoleLogin": "Success"}}), attack, i%2 == 0),
			attacked(t, plain("signin", "ConsoleLogin", "14:00:01", map[string]any{"responseElements": map[string]any{"ConsoleLogin": "Success"}, "sourceIPAddress": "192.0.2.2"}), attack, i%2 == 0))
	}
	for i, attack := range all {
		records = append(records, everywhere(t, i, attack))
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "=1|\x1b[31m\u202e\n.json"), slices.Concat([]byte("["), bytes.Join(records, []byte(",")), []byte("]")))
	return dir
}

// hostileStore is a store of hostileArchive, of the test's own.
func hostileStore(t *testing.T) string {
	t.Helper()
	hostileContent.Do(func() {
		store := filepath.Join(t.TempDir(), "t.duckdb")
		if code, _, stderr := call(t, "ingest", "--store", store, hostileArchive(t)); code != exitDone && code != exitFindings {
			t.Fatal(stderr)
		} else {
			checkPrinted(t, "ingest", stderr)
		}
		content, err := os.ReadFile(store)
		if err != nil {
			t.Fatal(err)
		}
		hostileContent.file = content
	})
	if hostileContent.file == nil {
		t.Fatal("it was not loaded, see above")
	}
	store := filepath.Join(t.TempDir(), "t.duckdb")
	writeFile(t, store, hostileContent.file)
	return store
}

// hostileContent is the file of a store of hostileArchive, which is loaded once.
var hostileContent struct {
	sync.Once
	file []byte
}

// Whatever the caller of an API has put into a record, in each report, in lookups and in
// SQL it stays text: nothing that a terminal, a spreadsheet or Markdown would act on, and
// nothing that is lost in JSON.
func TestHostileRecords(t *testing.T) {
	store := opened(t, hostileStore(t))

	for _, r := range query.Reports() {
		filter := query.Filter{}
		if r.TooWide(filter) {
			// Whoever the attack was put behind or in front of.
			filter.Resource = query.Is("'; DROP TABLE events; --")
		}
		result, err := r.Run(t.Context(), store, filter)
		if checkForms(t, "report "+r.Name, result, err) == 0 {
			t.Errorf("report %s has no rows: it shows nothing of what it may do", r.Name)
		}
	}
	for _, statement := range []string{
		"FROM events ORDER BY ALL", "FROM cloudtrail_logs ORDER BY ALL", "FROM files ORDER BY ALL",
		"PIVOT (SELECT DISTINCT userAgent, 1 AS n FROM events WHERE eventName = userAgent AND length(userAgent) < 1000) ON userAgent USING sum(n)",
	} {
		result, err := store.Query(t.Context(), statement)
		checkForms(t, statement, result, err)
	}
	for name, lookup := range map[string]query.Lookup{
		"lookup":        {},
		"lookup --text": {Text: "table"},
		"lookup --user": {Filter: query.Filter{Actor: query.Is("'; DROP TABLE events; --")}},
	} {
		checkLookup(t, name, &lookup, store)
	}
}

// Nor is text too long for any form.
func TestLongText(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "long.json")
	writeFile(t, file, everywhere(t, 0, strings.Repeat("x|", 33_000)))
	if code, _, stderr := call(t, "ingest", "--store", path, file); code != exitDone {
		t.Fatal(stderr)
	}
	store := opened(t, path)
	result, err := store.Query(t.Context(), "FROM events")
	if rows := checkForms(t, "FROM events", result, err); rows != 1 {
		t.Errorf("%d events", rows)
	}
	for _, name := range []string{"who", "errors"} {
		r, err := query.FindReport(name)
		if err != nil {
			t.Fatal(err)
		}
		result, err := r.Run(t.Context(), store, query.Filter{})
		checkForms(t, "report "+name, result, err)
	}
	checkLookup(t, "lookup", &query.Lookup{}, store)
}

// checkForms writes an answer in all forms, checks each, and returns how many rows it has.
func checkForms(t *testing.T, what string, result query.Result, err error) int64 {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer result.Close()
	var values [][]any
	for result.Next() {
		row, err := result.Values()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		values = append(values, slices.Clone(row))
	}
	if err := result.Err(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	written := func(format query.Format, width int) string {
		var out bytes.Buffer
		if _, err := query.Write(&out, query.NewResult(result.Columns(), values), format, query.Screen{Width: width}); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return out.String()
	}
	rows := int64(len(values))
	checkPrinted(t, what+" as a wide table", written(query.FormatTable, 0))
	checkPrinted(t, what+" as a table", written(query.FormatTable, 80))
	checkMarkdown(t, what, written(query.FormatMarkdown, 0), rows)
	checkCSV(t, what, written(query.FormatCSV, 0), rows)
	checkJSON(t, what, written(query.FormatJSON, 0), written(query.FormatNDJSON, 0), result.Columns(), values)
	return rows
}

// checkPrinted checks what a terminal gets: no character that it obeys or hides.
func checkPrinted(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8", what)
	}
	for i, r := range text {
		if (r < ' ' || r > '~') && r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("%s: %U after %q", what, r, text[max(0, i-60):i])
			return
		}
	}
}

// checkMarkdown checks that each row is a line with a cell for each column, and that what
// Markdown would act on is behind a backslash.
func checkMarkdown(t *testing.T, what, text string, rows int64) {
	t.Helper()
	checkPrinted(t, what+" as Markdown", text)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if int64(len(lines)) != rows+2 {
		t.Errorf("%s as Markdown: %d lines for %d rows", what, len(lines), rows)
	}
	columns := 0
	for i, line := range lines {
		bars, markup := 0, false
		for at := 0; at < len(line); at++ {
			switch line[at] {
			case '\\':
				at++
			case '|':
				bars++
			case '`', '<', '>', '*', '[', ']', '!', '&':
				markup = true
			}
		}
		if i == 0 {
			columns = bars
		}
		if bars != columns || markup || !strings.HasSuffix(line, " |") {
			t.Errorf("%s as Markdown: %.300q", what, line)
			return
		}
	}
}

// checkCSV checks that there are rows of one length, and no formulas.
func checkCSV(t *testing.T, what, text string, rows int64) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll() // of one length, or it is an error
	if err != nil {
		t.Errorf("%s as CSV: %v", what, err)
		return
	}
	if int64(len(records)) != rows+1 {
		t.Errorf("%s as CSV: %d lines for %d rows", what, len(records), rows)
	}
	for _, record := range records {
		for _, cell := range record {
			if _, err := strconv.ParseFloat(cell, 64); err == nil {
				continue // a number below 0
			}
			seen := strings.TrimLeftFunc(cell, func(r rune) bool {
				return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) || r == utf8.RuneError
			})
			if first, _ := utf8.DecodeRuneInString(seen); strings.ContainsRune("=+-@＝＋－＠", first) && seen != "" {
				t.Errorf("%s as CSV: a formula: %.300q", what, cell)
				return
			}
		}
	}
}

// checkJSON checks that each text of an answer is in its JSON, one way and the other.
func checkJSON(t *testing.T, what, text, lines string, columns []schema.ResultColumn, values [][]any) {
	t.Helper()
	whole, single := json.NewDecoder(strings.NewReader(text)), json.NewDecoder(strings.NewReader(lines))
	if bracket, err := whole.Token(); err != nil || bracket != json.Delim('[') {
		t.Errorf("%s as JSON: %v, %v", what, bracket, err)
		return
	}
	for _, cells := range values {
		for form, dec := range map[string]*json.Decoder{"JSON": whole, "NDJSON": single} {
			var row map[string]any
			if err := dec.Decode(&row); err != nil {
				t.Errorf("%s as %s: %v", what, form, err)
				return
			}
			for i, c := range columns {
				if !sameText(cells[i], row[c.Name]) {
					t.Errorf("%s as %s: %s is %.300q, not %.300q", what, form, c.Name, row[c.Name], cells[i])
					return
				}
			}
		}
	}
	if _, err := whole.Token(); err != nil || whole.More() {
		t.Errorf("%s as JSON: does not end, %v", what, err)
	}
	if err := single.Decode(new(any)); err != io.EOF {
		t.Errorf("%s as NDJSON: does not end, %v", what, err)
	}
}

// sameText says whether the text in a value is that in a value of JSON.
func sameText(value, decoded any) bool {
	switch value := value.(type) {
	case string:
		return decoded == value
	case schema.List:
		list, ok := decoded.([]any)
		return ok && len(list) == len(value) && !slices.ContainsFunc(value, func(v any) bool {
			same := sameText(v, list[0])
			list = list[1:]
			return !same
		})
	case schema.Struct:
		object, ok := decoded.(map[string]any)
		return ok && !slices.ContainsFunc(value, func(m schema.Member) bool { return !sameText(m.Value, object[m.Name]) })
	}
	return true
}

// checkLookup checks the forms of a lookup. Its JSON is that of AWS, with the record.
func checkLookup(t *testing.T, what string, lookup *query.Lookup, store *schema.Store) {
	t.Helper()
	written := func(format query.Format, width int) (string, int64) {
		var out bytes.Buffer
		rows, _, err := lookup.Write(t.Context(), store, &out, format, query.Screen{Width: width})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return out.String(), rows
	}
	text, rows := written(query.FormatTable, 80)
	if checkPrinted(t, what+" as a table", text); rows == 0 {
		t.Errorf("%s has no rows", what)
	}
	text, _ = written(query.FormatMarkdown, 0)
	checkMarkdown(t, what, text, rows)
	text, _ = written(query.FormatCSV, 0)
	checkCSV(t, what, text, rows)
	type event struct{ EventId, Username, CloudTrailEvent string }
	var answer struct{ Events []event }
	text, _ = written(query.FormatJSON, 0)
	if err := json.Unmarshal([]byte(text), &answer); err != nil || int64(len(answer.Events)) != rows {
		t.Fatalf("%s as JSON: %d of %d events, %v", what, len(answer.Events), rows, err)
	}
	lines, _ := written(query.FormatNDJSON, 0)
	dec := json.NewDecoder(strings.NewReader(lines))
	for _, e := range answer.Events {
		var line event
		if err := dec.Decode(&line); err != nil || line != e {
			t.Fatalf("%s as NDJSON: %.300q, %v", what, line, err)
		}
		// Control characters that were not escaped in the record are none of JSON.
		record := strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, e.CloudTrailEvent)
		var members struct{ EventID string }
		if err := json.Unmarshal([]byte(record), &members); err != nil || members.EventID != e.EventId {
			t.Fatalf("%s: the record of %s: %v", what, e.EventId, err)
		}
	}
}
