package awsapi

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"trailbox/schema"
)

// Athena, over the tables that queries written for it find.

const (
	catalogName = "AwsDataCatalog"
	database    = "default"
	workGroup   = "primary"
	// resultBucket and resultFolder are where results are told to be if nobody says.
	resultBucket, resultFolder = "trailbox", "results/"

	maxAthenaResults   = 1000
	maxAthenaStatement = 262_144
	athenaEngine       = "Athena engine version 3"
)

// invalid is a request that Athena refuses.
func invalid(format string, args ...any) *apiError {
	return refused("InvalidRequestException", format, args...)
}

// s3URI is where a client wants a result. It is compiled when one is given: with 800 repeats it
// takes 2 ms, for which no other command has to wait.
var s3URI = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([^\x00-\x1f\x7f]{0,800}))?$`)
})

func (h *Handler) startQueryExecution(_ context.Context, c call) (any, error) {
	s := statement{service: ofAthena, text: c.text("QueryString"), request: c.text("ClientRequestToken"), bucket: resultBucket, prefix: resultFolder}
	within := c.object("QueryExecutionContext")
	s.database, s.catalog = within.text("Database"), within.text("Catalog")
	parameters, location := c.texts("ExecutionParameters"), c.object("ResultConfiguration").text("OutputLocation")
	if err := c.failed(); err != nil {
		return nil, err
	}
	switch {
	case isBlank(s.text) || len(s.text) > maxAthenaStatement:
		return nil, invalid("A QueryString has from 1 to %d characters.", maxAthenaStatement)
	case len(parameters) > 0:
		return nil, invalid("ExecutionParameters are not taken: write the values into the statement.")
	}
	if location != "" {
		parts := s3URI().FindStringSubmatch(location)
		if parts == nil {
			return nil, invalid("The OutputLocation is not a valid S3 path: %.300q.", location)
		}
		s.bucket, s.prefix = parts[1], parts[2]
		if s.prefix != "" && !strings.HasSuffix(s.prefix, "/") {
			s.prefix += "/"
		}
	}
	var err error
	if s.piece, s.utility, err = readStatement(s.text); err != nil {
		return nil, invalid("%s", err)
	}
	run, err := h.engine.start(s)
	if errors.Is(err, errTooMany) {
		return nil, &apiError{status: http.StatusBadRequest, code: "TooManyRequestsException", message: "You have exceeded the limit for the number of queries you can run concurrently.", retryAfter: retryAfterSeconds}
	}
	return map[string]any{"QueryExecutionId": run.id}, err
}

// athenaState is a state in Athena's words.
func (s state) athenaState() string {
	return [...]string{"QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "FAILED"}[s]
}

// athenaRun finds the query that a call is about.
func (h *Handler) athenaRun(c call) (run snapshot, err error) {
	id := c.text("QueryExecutionId")
	if err := c.failed(); err != nil {
		return run, err
	}
	run, ok := h.engine.find(ofAthena, id)
	if !ok {
		return run, invalid("QueryExecution %.100s was not found", id)
	}
	return run, nil
}

// execution is what Athena tells of a query.
func (h *Handler) execution(run *snapshot) map[string]any {
	status := map[string]any{"State": run.state.athenaState(), "SubmissionDateTime": epochOf(run.submitted)}
	if run.isOver() {
		status["CompletionDateTime"] = epochOf(run.completed)
	}
	if run.reason != "" {
		status["StateChangeReason"] = run.reason
	}
	if run.state == failed || run.state == timedOut {
		status["AthenaError"] = map[string]any{"ErrorCategory": 2, "ErrorType": 1006, "Retryable": false, "ErrorMessage": run.reason}
	}
	kind := "DML"
	if run.utility {
		kind = "UTILITY"
	}
	took := run.duration(h.Now()).Milliseconds()
	execution := map[string]any{
		"QueryExecutionId": run.id, "Query": run.text, "StatementType": kind,
		"ResultConfiguration": map[string]any{"OutputLocation": "s3://" + run.bucket + "/" + run.key()},
		"Status":              status,
		"Statistics": map[string]any{
			"EngineExecutionTimeInMillis": took, "TotalExecutionTimeInMillis": took, "DataScannedInBytes": 0,
		},
		"WorkGroup":     workGroup,
		"EngineVersion": map[string]any{"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": athenaEngine},
	}
	within := map[string]any{}
	if run.database != "" {
		within["Database"] = run.database
	}
	if run.catalog != "" {
		within["Catalog"] = run.catalog
	}
	execution["QueryExecutionContext"] = within
	return execution
}

func (h *Handler) getQueryExecution(_ context.Context, c call) (any, error) {
	run, err := h.athenaRun(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"QueryExecution": h.execution(&run)}, nil
}

func (h *Handler) batchGetQueryExecution(_ context.Context, c call) (any, error) {
	ids := c.texts("QueryExecutionIds")
	if err := c.failed(); err != nil {
		return nil, err
	}
	if len(ids) < 1 || len(ids) > 50 {
		return nil, invalid("QueryExecutionIds are from 1 to 50.")
	}
	found, missing := []any{}, []any{}
	for _, id := range ids {
		if run, ok := h.engine.find(ofAthena, id); ok {
			found = append(found, h.execution(&run))
			continue
		}
		missing = append(missing, map[string]any{"QueryExecutionId": id, "ErrorCode": "INVALID_QUERY_EXECUTION_ID", "ErrorMessage": "it was not found"})
	}
	return map[string]any{"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}, nil
}

func (h *Handler) stopQueryExecution(_ context.Context, c call) (any, error) {
	run, err := h.athenaRun(c)
	if err != nil {
		return nil, err
	}
	h.engine.end(run.id) // one that is over stays as it is
	return map[string]any{}, nil
}

func (h *Handler) listQueryExecutions(_ context.Context, c call) (any, error) {
	rows, token := c.integer("MaxResults", 50), c.text("NextToken")
	if err := c.failed(); err != nil {
		return nil, err
	}
	if rows < 1 || rows > 50 {
		return nil, invalid("MaxResults is a number from 1 to 50.")
	}
	behind := ""
	if c.has("NextToken") && !open(h.engine.key, []byte("executions"), token, &behind) {
		return nil, invalid("The NextToken is not one of ListQueryExecutions.")
	}
	ids := []string{}
	for _, r := range h.engine.list(ofAthena) {
		ids = append(ids, r.id)
	}
	ids = ids[slices.Index(ids, behind)+1:]
	answer := map[string]any{"QueryExecutionIds": ids[:min(rows, len(ids))]}
	if len(ids) > rows {
		var err error
		if answer["NextToken"], err = seal(h.engine.key, []byte("executions"), ids[rows-1]); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// A datum is a value of a row: NULL has no text.
type datum struct {
	VarCharValue *string `json:",omitempty"`
}

// A dataRow is a row, as Athena has it.
type dataRow struct{ Data []datum }

func (h *Handler) athenaResults(_ context.Context, c call) (any, error) {
	run, err := h.athenaRun(c)
	if err != nil {
		return nil, err
	}
	rows, token, kind := c.integer("MaxResults", maxAthenaResults), c.text("NextToken"), c.text("QueryResultType")
	switch err := c.failed(); {
	case err != nil:
		return nil, err
	case rows < 1 || rows > maxAthenaResults:
		return nil, invalid("MaxResults is a number from 1 to %d.", maxAthenaResults)
	case kind != "" && kind != "DATA_ROWS":
		return nil, invalid("There is no result of the type %.100q.", kind)
	case run.state == failed || run.state == cancelled || run.state == timedOut:
		return nil, invalid("Query did not finish successfully. Final query state: %s", run.state.athenaState())
	case run.state != succeeded:
		return nil, invalid("Query has not yet finished. Current state: %s", run.state.athenaState())
	}
	at := cursor{} // where the names are the first row
	if c.has("NextToken") && !open(h.engine.key, []byte(run.id), token, &at) {
		return nil, invalid("The NextToken is not one of this query.")
	}
	found, next, err := readResult(run.path, run.result, at.Offset, rows)
	if err != nil {
		return nil, h.engine.gone(&run, err, "InvalidRequestException")
	}
	set := make([]dataRow, len(found))
	for i, row := range found {
		set[i].Data = make([]datum, len(row))
		for j, v := range row {
			set[i].Data[j].VarCharValue = v
		}
	}
	answer := map[string]any{
		"UpdateCount": 0,
		"ResultSet":   map[string]any{"Rows": set, "ResultSetMetadata": map[string]any{"ColumnInfo": columnInfo(run.result.columns)}},
	}
	if next > 0 {
		if answer["NextToken"], err = seal(h.engine.key, []byte(run.id), cursor{next}); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

func columnInfo(columns []column) []map[string]any {
	info := make([]map[string]any, len(columns))
	for i, c := range columns {
		info[i] = map[string]any{
			"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": c.name, "Label": c.name, "Type": c.kind,
			"Precision": c.precision, "Scale": c.scale, "Nullable": "UNKNOWN", "CaseSensitive": c.kind == "varchar",
		}
	}
	return info
}

// checkCatalog refuses another catalog or database than those that there are.
func (c call) checkCatalog(member string) error {
	name, in := c.text(member), c.text("DatabaseName")
	if err := c.failed(); err != nil {
		return err
	}
	if c.has(member) && !strings.EqualFold(name, catalogName) {
		return invalid("There is no data catalog %.100q: the one that there is is %s.", name, catalogName)
	}
	if c.has("DatabaseName") && !strings.EqualFold(in, database) {
		return refused("MetadataException", "Database %.100s not found: the one that there is is %s.", in, database)
	}
	return nil
}

func theDatabase() map[string]any {
	return map[string]any{"Name": database, "Description": "the store of trailbox"}
}

func (h *Handler) listDatabases(_ context.Context, c call) (any, error) {
	return map[string]any{"DatabaseList": []any{theDatabase()}}, c.checkCatalog("CatalogName")
}

func (h *Handler) getDatabase(_ context.Context, c call) (any, error) {
	return map[string]any{"Database": theDatabase()}, c.checkCatalog("CatalogName")
}

// tables are those that Athena's catalog would have.
func tables() []string { return []string{"cloudtrail_lake", "cloudtrail_logs"} }

// table is what the catalog has of a table.
func table(ctx context.Context, store *schema.Store, name string) (map[string]any, error) {
	columns, err := tableColumns(ctx, store, name)
	return map[string]any{
		"Name": name, "TableType": "EXTERNAL_TABLE", "Columns": columns, "PartitionKeys": []any{},
		"Parameters": map[string]string{"EXTERNAL": "TRUE", "classification": "cloudtrail"},
	}, err
}

func (h *Handler) listTableMetadata(ctx context.Context, c call) (any, error) {
	if err := c.checkCatalog("CatalogName"); err != nil {
		return nil, err
	}
	expression, err := regexp.Compile("(?i)^(?:" + c.text("Expression") + ")$")
	if c.text("Expression") == "" {
		expression, err = regexp.Compile("")
	}
	if c.failed() != nil {
		return nil, c.failed()
	}
	if err != nil {
		return nil, invalid("The Expression is not a regular expression: %s", err)
	}
	return h.with(ctx, func(ctx context.Context, store *schema.Store) (any, error) {
		list := []any{}
		for _, name := range tables() {
			if !expression.MatchString(name) {
				continue
			}
			one, err := table(ctx, store, name)
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		return map[string]any{"TableMetadataList": list}, nil
	})
}

func (h *Handler) getTableMetadata(ctx context.Context, c call) (any, error) {
	name := strings.ToLower(c.text("TableName"))
	if err := c.checkCatalog("CatalogName"); err != nil {
		return nil, err
	}
	if !slices.Contains(tables(), name) {
		return nil, refused("MetadataException", "Table %.100s not found: there are %s.", name, strings.Join(tables(), " and "))
	}
	return h.with(ctx, func(ctx context.Context, store *schema.Store) (any, error) {
		one, err := table(ctx, store, name)
		return map[string]any{"TableMetadata": one}, err
	})
}

func (h *Handler) listDataCatalogs(context.Context, call) (any, error) {
	return map[string]any{"DataCatalogsSummary": []any{map[string]any{"CatalogName": catalogName, "Type": "GLUE"}}}, nil
}

func (h *Handler) getDataCatalog(_ context.Context, c call) (any, error) {
	return map[string]any{"DataCatalog": map[string]any{"Name": catalogName, "Type": "GLUE"}}, c.checkCatalog("Name")
}

func (h *Handler) listWorkGroups(context.Context, call) (any, error) {
	return map[string]any{"WorkGroups": []any{map[string]any{"Name": workGroup, "State": "ENABLED"}}}, nil
}

func (h *Handler) getWorkGroup(_ context.Context, c call) (any, error) {
	name := c.text("WorkGroup")
	if err := c.failed(); err != nil {
		return nil, err
	}
	if name != workGroup {
		return nil, invalid("WorkGroup %.100s is not found.", name)
	}
	return map[string]any{"WorkGroup": map[string]any{
		"Name": workGroup, "State": "ENABLED",
		"Configuration": map[string]any{
			"EnforceWorkGroupConfiguration": false,
			"ResultConfiguration":           map[string]any{"OutputLocation": "s3://" + resultBucket + "/" + resultFolder},
			"EngineVersion":                 map[string]any{"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": athenaEngine},
		},
	}}, nil
}
