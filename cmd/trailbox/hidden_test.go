package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A place is a log file that a record is in, as Athena's hidden columns tell of it.
type place struct{ path, modified, size, organization string }

var (
	keyTime = regexp.MustCompile(`_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_`)
	keyOrg  = regexp.MustCompile(`AWSLogs/(o-[a-z0-9]+)/`)
)

// What * does not give is there by its name: where a record lies, and in CloudTrail Lake the
// record as it was delivered.
func TestHiddenColumns(t *testing.T) {
	store := demoStore(t)
	places := map[string][]place{} // by eventID, where the record is in several files all of them
	texts := map[string]bool{}
	organized := 0
	eachDelivered(t, func(key string, data []byte, records []json.RawMessage) {
		p := place{path: key, size: fmt.Sprint(len(data))}
		if m := keyTime.FindStringSubmatch(key); m != nil {
			p.modified = fmt.Sprintf("%s-%s-%sT%s:%s:00Z", m[1], m[2], m[3], m[4], m[5])
		}
		if m := keyOrg.FindStringSubmatch(key); m != nil {
			p.organization = m[1]
			organized++
		}
		for _, text := range records {
			var r record
			if err := json.Unmarshal(text, &r); err != nil {
				t.Fatal(err)
			}
			places[r.at("eventID")] = append(places[r.at("eventID")], p)
			texts[string(text)] = true
		}
	})
	if organized == 0 {
		t.Fatal("no log file of testdata lies in an organization's folder")
	}

	rows := sqlRows(t, store, `SELECT t.eventid, t."$path", t."$file_modified_time", "$file_size", organization FROM cloudtrail_logs AS t`)
	for _, row := range rows {
		in := slices.ContainsFunc(places[row[0]], func(p place) bool {
			return strings.HasSuffix(row[1], p.path) && filepath.IsAbs(row[1]) && slices.Equal(row[2:], []string{p.modified, p.size, p.organization})
		})
		if !in {
			t.Errorf("%v is none of %v", row, places[row[0]])
		}
	}
	if len(rows) != len(texts) {
		t.Errorf("%d rows of %d records", len(rows), len(texts))
	}
	records := sqlRows(t, store, "SELECT eventJson FROM $EDS_ID")
	for _, row := range records {
		if !texts[row[0]] {
			t.Errorf("no record is %s", row[0])
		}
	}
	if len(records) != len(texts) {
		t.Errorf("%d texts of %d records", len(records), len(texts))
	}

	header := func(statement string) []string {
		t.Helper()
		code, stdout, stderr := call(t, "sql", "--store", store, "-o", "csv", statement)
		if code != 0 {
			t.Errorf("%s\n%s", statement, stderr)
		}
		line, _, _ := strings.Cut(stdout, "\n")
		return strings.Split(line, ",")
	}
	logs, lake := header("SELECT * FROM cloudtrail_logs"), header("SELECT * FROM $EDS_ID")
	for _, c := range []struct {
		statement string
		want      []string
	}{
		{`SELECT * FROM cloudtrail_logs WHERE "$path" LIKE '%.json.gz'`, logs},
		{`SELECT *, "$path" FROM my_db.trail WHERE organization LIKE 'o-%'`, append(slices.Clone(logs), "$path")},
		{`SELECT trail."$file_size", trail.* FROM trail`, append([]string{"$file_size"}, logs...)},
		{`SELECT DISTINCT t.* FROM (cloudtrail_logs t JOIN cloudtrail_logs AS u ON t."$path" = u."$path")`, logs},
		{`SELECT * FROM (SELECT eventid, "$path" FROM cloudtrail_logs)`, []string{"eventID", "$path"}},
		{`WITH x AS (SELECT *, "$path" AS p FROM cloudtrail_logs) SELECT * FROM x`, append(slices.Clone(logs), "p")},
		{`SELECT *, (SELECT max("$path") FROM cloudtrail_logs) AS p FROM (VALUES 1) AS v(n)`, []string{"n", "p"}},
		{`SELECT * FROM (VALUES 1) AS v(n) UNION SELECT count("$path") FROM cloudtrail_logs`, []string{"n"}},
		{`SELECT count(*) AS n, max(2 * "$file_size") AS m FROM cloudtrail_logs`, []string{"n", "m"}},
		{`SELECT *, json_extract_scalar(eventJson, '$.eventName') AS name FROM $EDS_ID`, append(slices.Clone(lake), "name")},
		{`SELECT e.eventJson FROM $EDS_ID e WHERE e.eventName = 'ConsoleLogin'`, []string{"eventJson"}},
		{`SELECT e.*, l.* FROM $EDS_ID AS e JOIN cloudtrail_logs AS l USING (eventID) WHERE "$path" <> '' AND eventJson <> ''`, slices.Concat(lake, logs)},
	} {
		// DuckDB has other names for columns of one name.
		got := header(c.statement)
		if len(got) != len(c.want) || len(got) < len(lake) && !slices.Equal(got, c.want) {
			t.Errorf("%s\nhas\n%v\nnot\n%v", c.statement, got, c.want)
		}
	}
	if got := sqlRows(t, store, `SELECT json_extract_scalar(organization, '$.id') FROM (SELECT '{"id":"x"}' AS organization, eventname FROM cloudtrail_logs LIMIT 1)`); len(got) != 1 || got[0][0] != "x" {
		t.Errorf("a column that is named organization is %v", got)
	}
}

// A record that skeleton and leaves do not give back is its own text, with what is no UTF-8
// in it replaced.
func TestHiddenRecords(t *testing.T) {
	dir := t.TempDir()
	store, log := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "log.json")
	records := []string{
		strings.Replace(recordA, `"A"`, `"\u0041 \"\\ü"`, 1),
		`{ "eventVersion" : "1.08" , "eventTime":"2026-03-02T10:00:00Z","eventName":"` + "\xff\x01" + `"}`,
	}
	writeFile(t, log, []byte(logFile(records...)))
	ingestJSON(t, 0, "--store", store, log)
	rows := sqlRows(t, store, "SELECT eventJson FROM cloudtrail_lake ORDER BY eventJson DESC")
	want := [][]string{{records[0]}, {strings.ToValidUTF8(records[1], "\ufffd")}}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("%q, not %q", rows, want)
	}
}
