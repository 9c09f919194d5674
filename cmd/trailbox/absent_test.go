package main

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailbox/schema"
)

// sessions are records that have objects, empty ones, and none.
func sessions(version string) []string {
	return []string{
		`{"eventVersion":"` + version + `","eventName":"NoIdentity","eventTime":"2026-03-02T10:00:00Z"}`,
		`{"eventVersion":"` + version + `","eventName":"NoSession","eventTime":"2026-03-02T10:00:00Z","userIdentity":{"type":"Root"},"tlsDetails":{"tlsVersion":"TLSv1.3"}}`,
		`{"eventVersion":"` + version + `","eventName":"NoIssuer","eventTime":"2026-03-02T10:00:00Z","userIdentity":{"type":"IAMUser","sessionContext":{"attributes":{"mfaAuthenticated":"true"},"sessionIssuer":null}}}`,
		`{"eventVersion":"` + version + `","eventName":"Empty","eventTime":"2026-03-02T10:00:00Z","userIdentity":{"type":"IAMUser","sessionContext":{"attributes":{"mfaAuthenticated":"true"},"sessionIssuer":{}}}}`,
		`{"eventVersion":"` + version + `","eventName":"All","eventTime":"2026-03-02T10:00:00Z","userIdentity":{"type":"AssumedRole","sessionContext":{"attributes":{"mfaAuthenticated":"true"},"sessionIssuer":{"type":"Role"},` +
			`"webIdFederationData":{"federatedProvider":"p"}},"invokedByDelegate":{"accountId":"111122223333"},"onBehalfOf":{"userId":"u"},"inScopeOf":{"issuerType":"t"}},"tlsDetails":{"keyExchange":"k"}}`,
	}
}

// absentObjects asks a table which objects are NULL, by names of events.
func absentObjects(table string) string {
	var columns []string
	for _, object := range schema.Objects() {
		columns = append(columns, object+" IS NULL", "count("+object+")")
	}
	return "SELECT eventName, eventVersion, " + strings.Join(columns, ", ") + " FROM " + table + " GROUP BY ALL ORDER BY 2, 1"
}

// isAbsent is the answer to absentObjects for events of one version.
func isAbsent(version string, emptyIsThere bool) (rows [][]string) {
	has := map[string]string{ // of Objects, in order
		"All":        "111111111",
		"Empty":      "111010000",
		"NoIdentity": "000000000",
		"NoIssuer":   "110010000",
		"NoSession":  "100000001",
	}
	if !emptyIsThere {
		has["Empty"] = has["NoIssuer"]
	}
	for _, name := range []string{"All", "Empty", "NoIdentity", "NoIssuer", "NoSession"} {
		row := []string{name, version}
		for _, is := range has[name] {
			row = append(row, fmt.Sprint(is == '0'), string(is))
		}
		rows = append(rows, row)
	}
	return rows
}

// sqlRows is the answer to a statement, without its header.
func sqlRows(t *testing.T, store, statement string, flags ...string) [][]string {
	t.Helper()
	code, stdout, stderr := call(t, append([]string{"sql", "--store", store, "-o", "csv", statement}, flags...)...)
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || code != 0 || len(rows) == 0 {
		t.Fatalf("%s: exit code %d, %v\n%s", statement, code, err, stderr)
	}
	return rows[1:]
}

// hollowed is an expression for an object as stores had it before absent ones were NULL: its
// members are there, whether the record has it or not.
func hollowed(object string) string {
	var members []string
	done := map[string]bool{}
	for _, c := range schema.Columns() {
		rest, within := strings.CutPrefix(c.Path, object+".")
		name, _, deeper := strings.Cut(rest, ".")
		if !within || done[name] {
			continue
		}
		done[name] = true
		value := object + "." + name
		if deeper {
			value = hollowed(value)
		}
		members = append(members, fmt.Sprintf("%q := %s", name, value))
	}
	return "struct_pack(" + strings.Join(members, ", ") + ")"
}

// An object that a record lacks is NULL wherever it is asked for, and in Parquet. So it is in
// views of a store that has events of before events had it so, and what such a store says
// is proven as ever.
func TestAbsentObjects(t *testing.T) {
	dir := t.TempDir()
	store, old, now := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "old.json.gz"), filepath.Join(dir, "now.json.gz")
	writeFile(t, old, pack([]byte(logFile(sessions("1.08")...))))
	writeFile(t, now, pack([]byte(logFile(sessions("1.09")...))))
	equal := func(what string, got, want [][]string) {
		t.Helper()
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s:\n%v\nnot\n%v", what, got, want)
		}
	}
	tables := []string{"events", "cloudtrail_logs", "cloudtrail_logs_pp", "cloudtrail_lake"}

	ingestJSON(t, 0, "--store", store, old)
	for _, table := range tables {
		equal(table, sqlRows(t, store, absentObjects(table)), isAbsent("1.08", true))
		file := filepath.Join(dir, table+".parquet")
		if code, _, stderr := call(t, "sql", "--store", store, "--to", file, "FROM "+table); code != 0 {
			t.Fatal(stderr)
		}
		equal(table+" as Parquet", sqlRows(t, store, absentObjects("'"+file+"'"), "--allow-files"), isAbsent("1.08", true))
	}

	// What a store of before was like.
	edit(t, store,
		"UPDATE events SET userIdentity = "+hollowed("userIdentity")+" WHERE userIdentity IS NOT NULL",
		"ALTER TABLE store DROP COLUMN hollowFiles",
		"DROP TABLE credential_uses; DROP TABLE credential_events; DROP TABLE uncounted",
		"DELETE FROM migrations WHERE migration >= 10")
	ingestJSON(t, 0, "--store", store, now)
	for _, table := range tables[1:] {
		// Of the objects that are empty, it is not known of older events that they are there.
		equal(table+" of an older store", sqlRows(t, store, absentObjects(table)),
			append(isAbsent("1.08", false), isAbsent("1.09", false)...))
	}
	equal("what was loaded later", sqlRows(t, store, absentObjects("(FROM events WHERE eventVersion = '1.09')")), isAbsent("1.09", true))
	selfChecked(t, store)
	for _, version := range []string{"1.08", "1.09"} {
		edit(t, store, "UPDATE events SET shape = NULL, verbatim = '"+sessions(version)[4]+"'::BLOB, userIdentity = struct_update(userIdentity, \"type\" := 'Root') "+
			"WHERE eventName = 'All' AND eventVersion = '"+version+"'")
	}
	_, stdout, _ := call(t, "verify", "--self", "-o", "json", "--store", store)
	if n := strings.Count(stdout, "userIdentity"); n != 2 {
		t.Errorf("the identity was changed in two log files, and is named %d times: %s", n, stdout)
	}
}
