package awsapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	athenatypes "github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"trailbox/schema"
)

func athenaClient(url string) *athena.Client {
	return athena.New(athena.Options{
		Region: "eu-west-1", BaseEndpoint: &url, RetryMaxAttempts: 5,
		Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
	})
}

func s3Client(url string) *s3.Client {
	return s3.New(s3.Options{
		Region: "eu-west-1", BaseEndpoint: &url, RetryMaxAttempts: 5, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
	})
}

// wait waits for all runs to end.
func wait(h *Handler) { h.engine.working.Wait() }

// executed runs a statement by Athena's client to its end.
func executed(t *testing.T, h *Handler, client *athena.Client, sql string) *athenatypes.QueryExecution {
	t.Helper()
	started, err := client.StartQueryExecution(t.Context(), &athena.StartQueryExecutionInput{
		QueryString: &sql, ResultConfiguration: &athenatypes.ResultConfiguration{OutputLocation: aws.String("s3://our-results/some where/ü")},
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	wait(h)
	got, err := client.GetQueryExecution(t.Context(), &athena.GetQueryExecutionInput{QueryExecutionId: started.QueryExecutionId})
	if err != nil {
		t.Fatal(err)
	}
	return got.QueryExecution
}

// The SDK runs a statement, pages through its result, and reads the file of it from S3: both
// have what the log files have, and in the file NULL is not an empty text.
func TestAthenaOfSDK(t *testing.T) {
	h, url := serve(t, demoShelf(t), nil)
	client := athenaClient(url)
	run := executed(t, h, client, `SELECT eventid, eventname, errorcode, '' AS empty, 'a "b",c'||chr(10) AS Odd FROM my_db.cloudtrail_logs WHERE eventcategory <> 'Insight' ORDER BY eventtime DESC, eventid`)
	if run.Status.State != athenatypes.QueryExecutionStateSucceeded || run.StatementType != athenatypes.StatementTypeDml {
		t.Fatalf("%+v %v", run.Status, aws.ToString(run.Status.StateChangeReason))
	}
	want := [][]string{{"eventid", "eventname", "errorcode", "empty", "Odd"}}
	for _, r := range rawRecords(t) {
		var record struct{ ErrorCode *string }
		if err := json.Unmarshal([]byte(r.text), &record); err != nil {
			t.Fatal(err)
		}
		code := "NULL"
		if record.ErrorCode != nil {
			code = *record.ErrorCode
		}
		want = append(want, []string{r.EventID, r.EventName, code, "", "a \"b\",c\n"})
	}
	var got [][]string
	for pager := athena.NewGetQueryResultsPaginator(client, &athena.GetQueryResultsInput{QueryExecutionId: run.QueryExecutionId, MaxResults: aws.Int32(333)}); pager.HasMorePages(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.ResultSet.Rows {
			var values []string
			for _, datum := range row.Data {
				if datum.VarCharValue == nil {
					values = append(values, "NULL")
				} else {
					values = append(values, *datum.VarCharValue)
				}
			}
			got = append(got, values)
		}
		for _, c := range page.ResultSet.ResultSetMetadata.ColumnInfo {
			if *c.Type != "varchar" {
				t.Errorf("%s is a %s", *c.Name, *c.Type)
			}
		}
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Fatalf("%d rows, not %d; the first %q, not %q", len(got), len(want), got[:2], want[:2])
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(*run.ResultConfiguration.OutputLocation, "s3://"), "/")
	if bucket != "our-results" || key != "some where/ü/"+*run.QueryExecutionId+".csv" {
		t.Fatalf("it is at %s, %s", bucket, key)
	}
	text := object(t, url, bucket, key, "")
	fromFile, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(fromFile) != len(want) || fromFile[1][0] != want[1][0] {
		t.Fatalf("%v: %d lines", err, len(fromFile))
	}
	if line := `"","a ""b"",c` + "\n\"\n"; strings.Count(text, line) != len(want)-1 || !strings.HasPrefix(text, `"eventid","eventname",`) || !strings.Contains(text, `",,`) {
		t.Errorf("it is not as Athena writes it: %.300s", text)
	}
	if part := object(t, url, bucket, key, "bytes=3-9"); part != text[3:10] {
		t.Errorf("a range of it is %q", part)
	}
	client3 := s3Client(url)
	head, err := client3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil || *head.ContentLength != int64(len(text)) {
		t.Errorf("%v %v", head, err)
	}
	list, err := client3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("some where/"), EncodingType: "url"})
	if err != nil || len(list.Contents) != 1 || *list.Contents[0].Size != int64(len(text)) {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := client3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(key + "x")}); err == nil || !strings.Contains(err.Error(), "NoSuchKey") {
		t.Errorf("an object that is not there: %v", err)
	}
	if _, err := client3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")}); err == nil {
		t.Error("an object was written")
	}
}

// object is what S3 has of an object.
func object(t *testing.T, url, bucket, key, part string) string {
	t.Helper()
	input := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	if part != "" {
		input.Range = &part
	}
	got, err := s3Client(url).GetObject(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Values of each type are written as Athena writes them, and called as it calls them.
func TestAthenaValues(t *testing.T) {
	h, url := serve(t, demoShelf(t), nil)
	client := athenaClient(url)
	for expression, want := range map[string][2]string{
		"1":                                   {"integer", "1"},
		"CAST(1 AS bigint)":                   {"bigint", "1"},
		"sum(CAST(eventversion AS double))*0": {"double", "0.0"},
		"count(*) - count(*)":                 {"bigint", "0"},
		"sum(1) - sum(1)":                     {"bigint", "0"},
		"1.5":                                 {"decimal", "1.5"},
		"CAST(1e7 AS double)":                 {"double", "1.0E7"},
		"CAST(-0.00012 AS double)":            {"double", "-1.2E-4"},
		"CAST(123.25 AS double)":              {"double", "123.25"},
		"CAST('NaN' AS double)":               {"double", "NaN"},
		"CAST('Infinity' AS double)":          {"double", "Infinity"},
		"true":                                {"boolean", "true"},
		"timestamp '2026-03-02 01:02:03.5'":   {"timestamp", "2026-03-02 01:02:03.500"},
		"from_iso8601_timestamp('2026-03-02T01:02:03Z')": {"timestamp with time zone", "2026-03-02 01:02:03.000 UTC"},
		"date '2026-03-02'":                             {"date", "2026-03-02"},
		"ARRAY['a', NULL]":                              {"array", "[a, null]"},
		"MAP(ARRAY['a', 'b'], ARRAY[1, 2])":             {"map", "{a=1, b=2}"},
		"CAST(ROW(1, 'x') AS row(A bigint, b varchar))": {"row", "{a=1, b=x}"},
		"MAP(ARRAY['A'], ARRAY[1])":                     {"map", "{A=1}"},
		"to_utf8('abc')":                                {"varbinary", "61 62 63"},
		`json_parse('{"a":[1,"x"]}')`:                   {"json", `{"a":[1,"x"]}`},
		`json_parse('"x"')`:                             {"json", `"x"`},
		"'ü\U0001F600'":                                 {"varchar", "ü\U0001F600"},
	} {
		run := executed(t, h, client, "SELECT "+expression+" AS x FROM cloudtrail_logs LIMIT 1")
		if run.Status.State != athenatypes.QueryExecutionStateSucceeded {
			t.Errorf("%s: %s", expression, aws.ToString(run.Status.StateChangeReason))
			continue
		}
		got, err := client.GetQueryResults(t.Context(), &athena.GetQueryResultsInput{QueryExecutionId: run.QueryExecutionId})
		if err != nil {
			t.Fatal(err)
		}
		value, kind := got.ResultSet.Rows[1].Data[0].VarCharValue, *got.ResultSet.ResultSetMetadata.ColumnInfo[0].Type
		if value == nil || *value != want[1] || kind != want[0] {
			t.Errorf("%s: %s %q, not %q", expression, kind, aws.ToString(value), want)
		}
	}
}

// What is shown about tables has no header, as Athena has it, and the catalog tells the
// columns in Hive's types.
func TestAthenaCatalog(t *testing.T) {
	h, url := serve(t, demoShelf(t), nil)
	client := athenaClient(url)
	run := executed(t, h, client, "SHOW COLUMNS FROM cloudtrail_logs")
	got, err := client.GetQueryResults(t.Context(), &athena.GetQueryResultsInput{QueryExecutionId: run.QueryExecutionId})
	if err != nil || run.StatementType != athenatypes.StatementTypeUtility || *got.ResultSet.Rows[0].Data[0].VarCharValue != "eventVersion" {
		t.Errorf("%v %+v %s", err, run, aws.ToString(run.Status.StateChangeReason))
	}
	databases, err := client.ListDatabases(t.Context(), &athena.ListDatabasesInput{CatalogName: aws.String("AwsDataCatalog")})
	if err != nil || len(databases.DatabaseList) != 1 {
		t.Fatalf("%v %v", databases, err)
	}
	name := databases.DatabaseList[0].Name
	tables, err := client.ListTableMetadata(t.Context(), &athena.ListTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: name, Expression: aws.String("cloudtrail_lo.*")})
	if err != nil || len(tables.TableMetadataList) != 1 {
		t.Fatalf("%v %v", tables, err)
	}
	one, err := client.GetTableMetadata(t.Context(), &athena.GetTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: name, TableName: aws.String("CloudTrail_Logs")})
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, c := range one.TableMetadata.Columns {
		types[*c.Name] = *c.Type
	}
	// As "Create a table for CloudTrail logs in Athena" declares it.
	for column, want := range map[string]string{
		"eventversion": "string", "readonly": "string", "resources": "array<struct<arn:string,accountid:string,type:string>>",
		"tlsdetails": "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string,keyexchange:string>",
	} {
		if types[column] != want {
			t.Errorf("%s is a %s", column, types[column])
		}
	}
	if identity := types["useridentity"]; !strings.HasPrefix(identity, "struct<type:string,principalid:string,arn:string,") || !strings.Contains(identity, "sessioncontext:struct<") ||
		strings.Count(identity, "<") != strings.Count(identity, ">") || strings.ToLower(identity) != identity {
		t.Errorf("useridentity is a %s", identity)
	}
	if _, err := client.GetWorkGroup(t.Context(), &athena.GetWorkGroupInput{WorkGroup: aws.String("primary")}); err != nil {
		t.Error(err)
	}
}

// A query of CloudTrail Lake is run, told of, paged through, listed, and found by no other service.
func TestLakeOfSDK(t *testing.T) {
	h, url := serve(t, demoShelf(t), nil)
	client := trailClient(url)
	want := idsOf(rawRecords(t))
	stores, err := client.ListEventDataStores(t.Context(), &cloudtrail.ListEventDataStoresInput{})
	if err != nil || len(stores.EventDataStores) != 1 {
		t.Fatalf("%v %v", stores, err)
	}
	arn := *stores.EventDataStores[0].EventDataStoreArn
	one, err := client.GetEventDataStore(t.Context(), &cloudtrail.GetEventDataStoreInput{EventDataStore: &arn})
	if err != nil || *one.EventDataStoreArn != arn || one.Status != types.EventDataStoreStatusEnabled {
		t.Fatalf("%v %v", one, err)
	}
	id := arn[strings.LastIndexByte(arn, '/')+1:]
	sql := "SELECT eventID, eventTime, readOnly, element_at(requestParameters, 'userName') AS who FROM " + id + " WHERE eventCategory <> 'Insight' ORDER BY eventTime DESC, eventID"
	started, err := client.StartQuery(t.Context(), &cloudtrail.StartQueryInput{QueryStatement: &sql})
	if err != nil {
		t.Fatal(err)
	}
	wait(h)
	told, err := client.DescribeQuery(t.Context(), &cloudtrail.DescribeQueryInput{QueryId: started.QueryId})
	if err != nil || told.QueryStatus != types.QueryStatusFinished || *told.QueryString != sql {
		t.Fatalf("%+v %v", told, err)
	}
	var got []string
	for pager := cloudtrail.NewGetQueryResultsPaginator(client, &cloudtrail.GetQueryResultsInput{QueryId: started.QueryId, MaxQueryResults: aws.Int32(100)}); pager.HasMorePages(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.QueryResultRows {
			got = append(got, row[0]["eventID"])
			if _, err := time.Parse("2006-01-02 15:04:05.000", row[1]["eventTime"]); err != nil || len(row) != 4 {
				t.Fatalf("%v", row)
			}
		}
		if n := *page.QueryStatistics.TotalResultsCount; int(n) != len(want) {
			t.Fatalf("%d in all", n)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d rows, not %d", len(got), len(want))
	}
	list, err := client.ListQueries(t.Context(), &cloudtrail.ListQueriesInput{EventDataStore: &arn, QueryStatus: types.QueryStatusFinished})
	if err != nil || len(list.Queries) != 1 || *list.Queries[0].QueryId != *started.QueryId {
		t.Errorf("%v %v", list, err)
	}
	if _, err := athenaClient(url).GetQueryExecution(t.Context(), &athena.GetQueryExecutionInput{QueryExecutionId: started.QueryId}); err == nil {
		t.Error("Athena finds Lake's query")
	}
	if _, err := client.CancelQuery(t.Context(), &cloudtrail.CancelQueryInput{QueryId: started.QueryId}); !errors.As(err, new(*types.InactiveQueryException)) {
		t.Errorf("one that is over is cancelled: %v", err)
	}
	wrong := "SELECT nothing FROM " + id
	if _, err := client.StartQuery(t.Context(), &cloudtrail.StartQueryInput{QueryStatement: &wrong}); !errors.As(err, new(*types.InvalidQueryStatementException)) || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("a column that is not there: %v", err)
	}
	if _, err := client.GetEventDataStore(t.Context(), &cloudtrail.GetEventDataStoreInput{EventDataStore: aws.String("11111111-1111-4111-8111-111111111111")}); !errors.As(err, new(*types.EventDataStoreNotFoundException)) {
		t.Errorf("an event data store that is not there: %v", err)
	}
}

// No statement reaches a file or a network, changes anything, or is more than one.
func TestSandbox(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := opened(t, func(c *Config) { c.Tell = func(error) {} })
	for _, sql := range []string{
		"SELECT * FROM read_csv('" + secret + "')", "SELECT * FROM '" + secret + "'", "FROM read_text('" + secret + "')", "SELECT * FROM glob('/*')",
		"SELECT * FROM read_csv('http://127.0.0.1:1/x')", "COPY events TO '" + secret + "'", "COPY (SELECT 1) TO '" + secret + "'",
		"EXPORT DATABASE '" + filepath.Dir(secret) + "'", "ATTACH '" + secret + "' AS x", "DETACH store", "INSTALL httpfs", "LOAD httpfs",
		"SET lock_configuration = false", "SET GLOBAL memory_limit = '1TB'", "RESET ALL", "PRAGMA database_list", "CALL pragma_version()",
		"CREATE TABLE x (a INTEGER)", "CREATE TEMP TABLE x AS SELECT 1", "CREATE MACRO now() AS 1", "INSERT INTO events SELECT * FROM events", "DELETE FROM events",
		"DROP TABLE events", "UPDATE events SET eventName = 'x'", "ALTER TABLE events ADD COLUMN x INTEGER", "CREATE TABLE x AS SELECT * FROM cloudtrail_logs",
		"UNLOAD (SELECT * FROM cloudtrail_logs) TO 's3://x/'", "MSCK REPAIR TABLE x", "PREPARE x AS SELECT 1", "EXECUTE x", "BEGIN", "COMMIT", "CHECKPOINT", "VACUUM",
		"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE events", ";", "-- nothing", "/* SELECT 1", "SELECT 'a", "WITH x AS (DELETE FROM events RETURNING *) SELECT * FROM x",
		"EXPLAIN ANALYZE DELETE FROM events", "SELECT getenv('HOME')", "SELECT * FROM duckdb_secrets() WHERE error('x')", "SELECT \x00 1", "SELECT 1\x00; DROP TABLE events",
		"SELECT * FROM query('DROP TABLE events')", "FROM query_table('" + secret + "')",
	} {
		text, err := json.Marshal(sql)
		if err != nil {
			t.Fatal(err)
		}
		_, answer := post(h, "AmazonAthena.StartQueryExecution", `{"QueryString":`+string(text)+`}`)
		wait(h)
		var started struct {
			QueryExecutionID string `json:"QueryExecutionId"`
			Type             string `json:"__type"`
		}
		if err := json.Unmarshal([]byte(answer), &started); err != nil {
			t.Fatal(err)
		}
		if started.Type == "InvalidRequestException" {
			continue
		}
		_, told := post(h, "AmazonAthena.GetQueryExecution", `{"QueryExecutionId":"`+started.QueryExecutionID+`"}`)
		if !strings.Contains(told, `"State":"FAILED"`) {
			t.Errorf("%s: %s %s", sql, answer, told)
		}
	}
	if text, err := os.ReadFile(secret); err != nil || string(text) != "secret\n" {
		t.Errorf("%q %v", text, err)
	}
}

// A result is as large as it may be, or it is none: a part of it is never taken for all.
func TestResultLimits(t *testing.T) {
	h := opened(t, func(c *Config) { c.Limits = Limits{ResultRows: 10, ResultBytes: 1000} })
	for sql, want := range map[string]string{
		"SELECT range FROM range(10)":                  "SUCCEEDED",
		"SELECT range FROM range(11)":                  "more than 10 rows",
		"SELECT range FROM range(1000000000)":          "more than 10 rows",
		"SELECT repeat('x', 900)":                      "SUCCEEDED",
		"SELECT repeat('x', 1000)":                     "more than 1000 bytes",
		"SELECT repeat('x', 900) FROM range(2)":        "more than 1000 bytes",
		"SELECT 1 AS a WHERE false":                    "SUCCEEDED",
		"SELECT CAST('x' AS bigint) FROM range(2)":     "Could not convert",
		"SELECT count(*) FROM cloudtrail_logs, nobody": "read as cloudtrail_logs",
	} {
		if got := ran(t, h, sql); !strings.Contains(got, want) {
			t.Errorf("%s: %s", sql, got)
		}
	}
	if files, err := os.ReadDir(h.engine.folder); err != nil || len(files) != 4 {
		t.Errorf("%v are kept (%v)", files, err)
	}
	info, err := os.Stat(h.engine.folder)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// ran runs a statement to its end and returns what Athena tells of it.
func ran(t *testing.T, h *Handler, sql string) string {
	t.Helper()
	id := begun(t, h, sql)
	wait(h)
	_, told := post(h, "AmazonAthena.GetQueryExecution", `{"QueryExecutionId":"`+id+`"}`)
	return told
}

// begun begins a statement.
func begun(t *testing.T, h *Handler, sql string) string {
	t.Helper()
	text, _ := json.Marshal(sql)
	_, answer := post(h, "AmazonAthena.StartQueryExecution", `{"QueryString":`+string(text)+`}`)
	var started struct {
		QueryExecutionID string `json:"QueryExecutionId"`
	}
	if err := json.Unmarshal([]byte(answer), &started); err != nil || started.QueryExecutionID == "" {
		t.Fatalf("%s: %s", sql, answer)
	}
	return started.QueryExecutionID
}

// endless is a statement that does not end by itself.
const endless = "SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b"

// Queries end when they are cancelled, when their time is over, and with the handler; as many run as
// may, others wait, and more than may wait are refused.
func TestQueriesEnd(t *testing.T) {
	h := opened(t, func(c *Config) { c.Limits = Limits{Queries: 1, Waiting: 2} })
	first, second := begun(t, h, endless), begun(t, h, endless)
	if _, answer := post(h, "AmazonAthena.StartQueryExecution", `{"QueryString":"SELECT 1"}`); !strings.Contains(answer, errorText("TooManyRequestsException")) {
		t.Errorf("a third: %s", answer)
	}
	if _, answer := post(h, cloudTrailTarget+"StartQuery", `{"QueryStatement":"SELECT 1"}`); !strings.Contains(answer, errorText("MaxConcurrentQueriesException")) {
		t.Errorf("a third, in Lake: %s", answer)
	}
	for _, id := range []string{second, first} { // the one that waits, then the one that runs
		post(h, "AmazonAthena.StopQueryExecution", `{"QueryExecutionId":"`+id+`"}`)
		if _, told := post(h, "AmazonAthena.GetQueryExecution", `{"QueryExecutionId":"`+id+`"}`); !strings.Contains(told, `"State":"CANCELLED"`) {
			t.Errorf("%s", told)
		}
	}
	wait(h)
	if _, told := post(h, "AmazonAthena.GetQueryExecution", `{"QueryExecutionId":"`+first+`"}`); !strings.Contains(told, "CANCELLED") || !strings.Contains(told, "it was cancelled") {
		t.Errorf("once it has ended: %s", told)
	}
	if told := ran(t, h, "SELECT 1"); !strings.Contains(told, "SUCCEEDED") {
		t.Errorf("behind them: %s", told)
	}
	short, _ := serve(t, h.Stores.(*shelf), func(c *Config) {
		c.AccessKey, c.SecretKey, c.Limits = "", "", Limits{QueryTime: 50 * time.Millisecond}
	})
	if told := ran(t, short, endless); !strings.Contains(told, "FAILED") || !strings.Contains(told, "it took more than 50ms") {
		t.Errorf("beyond its time: %s", told)
	}
}

// A handler that is closed ends what runs and what waits, and takes nothing more.
func TestCloseEndsQueries(t *testing.T) {
	h := opened(t, func(c *Config) { c.Limits = Limits{Queries: 1} })
	begun(t, h, endless)
	begun(t, h, endless)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if _, answer := post(h, "AmazonAthena.StartQueryExecution", `{"QueryString":"SELECT 1"}`); !strings.Contains(answer, errorText("ServiceUnavailable")) {
		t.Error(answer)
	}
}

// Results go by their age, and the oldest when there are too many bytes of them.
func TestResultsGo(t *testing.T) {
	c := &clock{at: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	h := opened(t, func(config *Config) { config.Now, config.Limits = c.now, Limits{KeepTime: time.Hour, KeepBytes: 300} })
	kept := func() int {
		h.engine.purge()
		files, err := os.ReadDir(h.engine.folder)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	for range 4 { // of 104 bytes each
		ran(t, h, "SELECT repeat('x', 97) AS n")
		c.add(time.Minute)
	}
	if n := kept(); n != 2 {
		t.Errorf("%d results of 208 to 300 bytes", n)
	}
	id := begun(t, h, "SELECT 1 AS n")
	wait(h)
	c.add(time.Hour)
	if n := kept(); n != 1 {
		t.Errorf("%d results within the hour", n)
	}
	c.add(time.Second)
	if _, told := post(h, "AmazonAthena.GetQueryResults", `{"QueryExecutionId":"`+id+`"}`); kept() != 0 || !strings.Contains(told, "was not found") {
		t.Errorf("%d results, and of the last %s", kept(), told)
	}
}

// What comes twice with one ClientRequestToken is run once.
func TestStartedTwice(t *testing.T) {
	h := opened(t, nil)
	ask := func(sql string) string {
		_, answer := post(h, "AmazonAthena.StartQueryExecution", fmt.Sprintf(`{"QueryString":%q,"ClientRequestToken":"0123456789012345678901234567890123"}`, sql))
		return answer
	}
	if first, again := ask("SELECT 1"), ask("SELECT 1"); first != again {
		t.Errorf("%s, then %s", first, again)
	}
	if other := ask("SELECT 2"); !strings.Contains(other, errorText("InvalidRequestException")) {
		t.Error(other)
	}
	wait(h)
}

// A query waits while another process writes the store.
func TestQueryWaitsForLock(t *testing.T) {
	stores := &waiting{shelf: demoShelf(t), asked: make(chan struct{}, 1)}
	stores.fail(&schema.LockedError{Path: "t.duckdb"})
	h, err := New(Config{Stores: stores, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	id := begun(t, h, "SELECT 1")
	<-stores.asked
	stores.fail(nil)
	wait(h)
	if _, told := post(h, "AmazonAthena.GetQueryExecution", `{"QueryExecutionId":"`+id+`"}`); !strings.Contains(told, "SUCCEEDED") {
		t.Error(told)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

// waiting tells of the first time that somebody borrows.
type waiting struct {
	*shelf
	asked chan struct{}
}

func (w *waiting) Borrow(ctx context.Context) (*schema.Store, func(), error) {
	select {
	case w.asked <- struct{}{}:
	default:
	}
	return w.shelf.Borrow(ctx)
}

// What a result's file holds is read back as it was written, from each row on.
func FuzzResult(f *testing.F) {
	f.Add("a", "b\"", true)
	f.Add("\n", ",\"\"", false)
	f.Fuzz(func(t *testing.T, a, b string, isNull bool) {
		path := filepath.Join(t.TempDir(), "r")
		var file bytes.Buffer
		w := resultWriter{out: bufio.NewWriter(&file)}
		columns := []schema.ResultColumn{{Type: "VARCHAR"}, {Type: "VARCHAR"}}
		second := any(b)
		if isNull {
			second = nil
		}
		rows := [][]any{{a, second}, {second, a}, {"", nil}}
		var offsets []int64
		for _, row := range rows {
			offsets = append(offsets, w.bytes)
			w.row(row, columns)
		}
		w.out.Flush()
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		from := result{columns: make([]column, 2), bytes: w.bytes}
		for i, offset := range offsets {
			got, next, err := readResult(path, from, offset, 1)
			if err != nil || len(got) != 1 || (next == 0) != (i == len(rows)-1) || next != 0 && next != offsets[i+1] {
				t.Fatalf("%q at %d: %v, next %d (%v)", file.String(), offset, got, next, err)
			}
			for j, v := range got[0] {
				if want := rows[i][j]; (want == nil) != (v == nil) || v != nil && *v != want {
					t.Fatalf("%q at %d: %v is %v", file.String(), offset, want, v)
				}
			}
		}
	})
}
