//go:build clients

package awsapi

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A venv is where Python's clients are: $TRAILBOX_CLIENTS. Without it the tests fail: who asks
// for the build tag wants to know.
func venv(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TRAILBOX_CLIENTS")
	if dir == "" {
		t.Fatal("TRAILBOX_CLIENTS names no venv with awscli, boto3, trailscraper and awswrangler")
	}
	return dir
}

// client runs a program of the venv against a server, and returns what it prints.
func client(t *testing.T, url string, program string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(venv(t), "bin", program), args...)
	home := t.TempDir()
	c.Env = append(os.Environ(),
		"AWS_ACCESS_KEY_ID="+testKey, "AWS_SECRET_ACCESS_KEY="+testSecret, "AWS_DEFAULT_REGION=eu-west-1", "AWS_REGION=eu-west-1",
		"AWS_ENDPOINT_URL_CLOUDTRAIL="+url, "AWS_ENDPOINT_URL_ATHENA="+url, "AWS_ENDPOINT_URL_S3="+url, "AWS_EC2_METADATA_DISABLED=true",
		"HOME="+home, "AWS_CONFIG_FILE="+filepath.Join(home, "config"), "AWS_PAGER=",
	)
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	if err := c.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", program, args, err, out.String(), talk.String())
	}
	return out.String()
}

// decoded reads JSON that a client printed.
func decoded[T any](t *testing.T, text string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v\n%.500s", err, text)
	}
	return value
}

type cliEvents struct {
	Events []struct {
		EventID         string `json:"EventId"`
		CloudTrailEvent string
	}
	NextToken string
}

// The AWS CLI pages through all events by itself, and by its own flags.
func TestClientCLILookup(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	want := rawRecords(t)
	all := decoded[cliEvents](t, client(t, url, "aws", "cloudtrail", "lookup-events", "--output", "json"))
	if len(all.Events) != len(want) {
		t.Fatalf("%d events, not %d", len(all.Events), len(want))
	}
	for i, e := range all.Events {
		if e.CloudTrailEvent != want[i].text {
			t.Fatalf("number %d is %s, not %s", i, e.CloudTrailEvent, want[i].text)
		}
	}
	part := decoded[cliEvents](t, client(t, url, "aws", "cloudtrail", "lookup-events", "--output", "json", "--max-items", "70", "--page-size", "30",
		"--lookup-attributes", "AttributeKey=ReadOnly,AttributeValue=true", "--start-time", "2026-03-02T10:00:00Z", "--end-time", "2026-03-02T22:00:00Z"))
	fits := slices.DeleteFunc(slices.Clone(want), func(r rawRecord) bool {
		return r.ReadOnly != true || r.EventTime.Before(utc("2026-03-02T10:00:00Z")) || r.EventTime.After(utc("2026-03-02T22:00:00Z"))
	})
	if len(part.Events) != 70 || part.NextToken == "" || part.Events[69].EventID != fits[69].EventID {
		t.Errorf("%d events, token %q", len(part.Events), part.NextToken)
	}
	rest := decoded[cliEvents](t, client(t, url, "aws", "cloudtrail", "lookup-events", "--output", "json", "--max-items", "5", "--page-size", "30", "--starting-token", part.NextToken,
		"--lookup-attributes", "AttributeKey=ReadOnly,AttributeValue=true", "--start-time", "2026-03-02T10:00:00Z", "--end-time", "2026-03-02T22:00:00Z"))
	if len(rest.Events) != 5 || rest.Events[0].EventID != fits[70].EventID {
		t.Errorf("behind them %d events, the first %s, not %s", len(rest.Events), rest.Events[0].EventID, fits[70].EventID)
	}
}

func utc(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

// The AWS CLI tells of trails and keys, and runs a query of CloudTrail Lake.
func TestClientCLITrailsAndLake(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	trails := decoded[struct {
		TrailList []struct{ Name, TrailARN, HomeRegion, S3BucketName string } `json:"trailList"`
	}](t, client(t, url, "aws", "cloudtrail", "describe-trails", "--output", "json"))
	if len(trails.TrailList) == 0 {
		t.Fatal("no trail")
	}
	for _, trail := range trails.TrailList {
		name := trail.TrailARN
		if name == "" {
			name = trail.Name
		}
		client(t, url, "aws", "cloudtrail", "get-trail-status", "--name", name)
		client(t, url, "aws", "cloudtrail", "get-event-selectors", "--trail-name", name)
	}
	client(t, url, "aws", "cloudtrail", "list-public-keys")
	stores := decoded[struct {
		EventDataStores []struct{ EventDataStoreArn string }
	}](t, client(t, url, "aws", "cloudtrail", "list-event-data-stores", "--output", "json"))
	arn := stores.EventDataStores[0].EventDataStoreArn
	id := arn[strings.LastIndexByte(arn, '/')+1:]
	started := decoded[struct {
		QueryID string `json:"QueryId"`
	}](t, client(t, url, "aws", "cloudtrail", "start-query", "--output", "json", "--query-statement",
		"SELECT eventID FROM "+id+" WHERE eventCategory <> 'Insight' ORDER BY eventTime DESC, eventID"))
	var status string
	for status == "" || status == "QUEUED" || status == "RUNNING" {
		status = decoded[struct{ QueryStatus string }](t, client(t, url, "aws", "cloudtrail", "describe-query", "--output", "json", "--query-id", started.QueryID)).QueryStatus
	}
	rows := decoded[struct {
		QueryStatus     string
		QueryResultRows [][]map[string]string
	}](t, client(t, url, "aws", "cloudtrail", "get-query-results", "--output", "json", "--query-id", started.QueryID))
	var got []string
	for _, row := range rows.QueryResultRows {
		got = append(got, row[0]["eventID"])
	}
	if want := idsOf(rawRecords(t)); status != "FINISHED" || !slices.Equal(got, want[:min(len(want), len(got))]) || len(got) == 0 {
		t.Errorf("%s: %d rows of %d", status, len(got), len(want))
	}
}

// python runs a program of Python's.
func python(t *testing.T, url, program string) string {
	t.Helper()
	return client(t, url, "python3", "-c", program)
}

// boto3 pages by its own paginators, and knows our errors.
func TestClientBoto3(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	got := decoded[struct {
		Events []string
		Error  string
	}](t, python(t, url, `
import boto3, json
from datetime import datetime, timezone
c = boto3.client("cloudtrail")
ids = []
for page in c.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 17},
        StartTime=datetime(2026, 3, 2, tzinfo=timezone.utc), EndTime=datetime(2026, 3, 4, tzinfo=timezone.utc)):
    for e in page["Events"]:
        assert isinstance(e["EventTime"], datetime) and json.loads(e["CloudTrailEvent"])["eventID"] == e["EventId"]
        ids.append(e["EventId"])
try:
    c.lookup_events(NextToken="x")
except c.exceptions.InvalidNextTokenException as e:
    error = e.response["Error"]["Code"]
try:
    boto3.client("cloudtrail", aws_secret_access_key="wrong", aws_access_key_id="`+testKey+`").lookup_events()
    error = "taken with a wrong secret"
except c.exceptions.ClientError as e:
    assert e.response["Error"]["Code"] == "InvalidSignatureException", e
print(json.dumps({"Events": ids, "Error": error}))
`))
	if want := idsOf(rawRecords(t)); !slices.Equal(got.Events, want) || got.Error != "InvalidNextTokenException" {
		t.Errorf("%d events, not %d; %s", len(got.Events), len(want), got.Error)
	}
}

// trailscraper reads events by its API mode.
func TestClientTrailscraper(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	got := decoded[struct{ Records []map[string]any }](t, client(t, url, "trailscraper", "select", "--use-cloudtrail-api", "--from", "2026-03-02T00:00:00Z", "--to", "2026-03-03T00:00:00Z"))
	want := map[string]bool{}
	for _, r := range rawRecords(t) {
		if !r.EventTime.Before(utc("2026-03-02T00:00:00Z")) && !r.EventTime.After(utc("2026-03-03T00:00:00Z")) {
			want[r.EventID] = true
		}
	}
	for _, r := range got.Records {
		if !want[r["eventID"].(string)] {
			t.Errorf("%v is not of that day", r["eventID"])
		}
	}
	if len(got.Records) != len(want) || len(want) == 0 {
		t.Errorf("%d records, not %d", len(got.Records), len(want))
	}
}

// awswrangler runs a statement of Athena's and reads its file from S3 as a data frame.
func TestClientAWSWrangler(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	got := decoded[struct {
		IDs   []string
		Types map[string]string
		Count int
	}](t, python(t, url, `
import json, awswrangler as wr
df = wr.athena.read_sql_query("""
    SELECT eventid, errorcode, from_iso8601_timestamp(eventtime) AS at, cardinality(resources) AS n, useridentity
    FROM cloudtrail_logs WHERE eventcategory <> 'Insight' ORDER BY eventtime DESC, eventid""",
    database="default", ctas_approach=False, s3_output="s3://results/wr/")
one = wr.athena.read_sql_query("SELECT count(*) AS c FROM my_trail WHERE eventcategory <> 'Insight'", database="default", ctas_approach=False, s3_output="s3://results/")
print(json.dumps({"IDs": list(df["eventid"]), "Types": {c: str(df[c].dtype) for c in df.columns}, "Count": int(one["c"][0])}))
`))
	want := idsOf(rawRecords(t))
	if !slices.Equal(got.IDs, want) || got.Count != len(want) || got.Types["n"] != "Int64" || got.Types["eventid"] != "string" || !strings.HasPrefix(got.Types["at"], "datetime64") {
		t.Errorf("%d rows, count %d, not %d; %v", len(got.IDs), got.Count, len(want), got.Types)
	}
}
