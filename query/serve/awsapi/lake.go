package awsapi

import (
	"context"
	"errors"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// CloudTrail Lake. There is one event data store, which is the store.

const (
	// dataStoreID is its id, which says trailbox in hexadecimal, and dataStoreName its name.
	dataStoreID   = "74726169-6c62-4f78-8000-000000000001"
	dataStoreName = "trailbox"
	// noAccount stands where AWS has the number of an account: the store has many.
	noAccount         = "000000000000"
	maxLakeResults    = 1000
	maxLakeStatement  = 10_000
	maxLakeErrorRunes = 1000
)

// dataStoreARN is the ARN of the event data store, in the Region that is asked.
func dataStoreARN(c call) string {
	region := c.region
	if region == "" {
		region = "us-east-1"
	}
	return "arn:" + schema.Partition(region) + ":cloudtrail:" + region + ":" + noAccount + ":eventdatastore/" + dataStoreID
}

// checkDataStore refuses another event data store than the one that there is.
func (c call) checkDataStore() error {
	name := c.text("EventDataStore")
	if err := c.failed(); err != nil || !c.has("EventDataStore") {
		return err
	}
	id := name[strings.LastIndexByte(name, '/')+1:]
	if id != dataStoreID && id != dataStoreName {
		return refused("EventDataStoreNotFoundException", "The event data store %.300q is not here: there is one, %s.", name, dataStoreID)
	}
	return nil
}

// A dataStore is what there is to tell of the event data store.
type dataStore struct {
	EventDataStoreArn            string
	Name                         string
	Status                       string
	MultiRegionEnabled           bool
	TerminationProtectionEnabled bool
}

// An epoch is a time as AWS JSON has it.
type epoch struct{ time.Time }

// MarshalJSON implements [encoding/json.Marshaler].
func (e epoch) MarshalJSON() ([]byte, error) { return []byte(query.EpochSeconds(e.Time)), nil }

// epochOf is a time, nil for none.
func epochOf(t time.Time) *epoch {
	if t.IsZero() {
		return nil
	}
	return &epoch{t.Truncate(time.Millisecond)}
}

func theDataStore(c call) dataStore {
	return dataStore{dataStoreARN(c), dataStoreName, "ENABLED", true, true}
}

func (h *Handler) listEventDataStores(_ context.Context, c call) (any, error) {
	rows := c.integer("MaxResults", maxLakeResults)
	token := c.text("NextToken")
	switch err := c.failed(); {
	case err != nil:
		return nil, err
	case rows < 1 || rows > maxLakeResults:
		return nil, refused("InvalidMaxResultsException", "MaxResults is a number from 1 to %d.", maxLakeResults)
	case token != "":
		return nil, refused("InvalidNextTokenException", "There is only one page.")
	}
	return map[string]any{"EventDataStores": []dataStore{theDataStore(c)}}, nil
}

func (h *Handler) getEventDataStore(_ context.Context, c call) (any, error) {
	if err := c.checkDataStore(); err != nil {
		return nil, err
	}
	if !c.has("EventDataStore") {
		return nil, refused("InvalidParameterException", "EventDataStore is missing.")
	}
	return theDataStore(c), nil
}

// startQuery answers StartQuery. What is wrong with a statement is told here, as AWS does.
func (h *Handler) startQuery(ctx context.Context, c call) (any, error) {
	s := statement{service: ofLake, text: c.text("QueryStatement"), alias: c.text("QueryAlias")}
	parameters := c.texts("QueryParameters")
	uri := c.text("DeliveryS3Uri")
	if err := c.failed(); err != nil {
		return nil, err
	}
	switch {
	case isBlank(s.text) && s.alias != "":
		return nil, refused("UnsupportedOperationException", "Saved queries of dashboards are not here: send the QueryStatement.")
	case isBlank(s.text) || len(s.text) > maxLakeStatement:
		return nil, refused("InvalidQueryStatementException", "A QueryStatement has from 1 to %d characters.", maxLakeStatement)
	case len(parameters) > 0:
		return nil, refused("UnsupportedOperationException", "QueryParameters are not taken: write the values into the statement.")
	case uri != "":
		return nil, refused("UnsupportedOperationException", "Nothing is delivered to S3: leave DeliveryS3Uri out, and use GetQueryResults.")
	}
	var err error
	if s.piece, s.utility, err = readStatement(s.text); err != nil {
		return nil, refused("InvalidQueryStatementException", "%s", err)
	}
	if _, err := h.with(ctx, func(ctx context.Context, store *schema.Store) (any, error) {
		return nil, checkStatement(ctx, store, s.piece)
	}); err != nil {
		return nil, err
	}
	run, err := h.engine.start(s)
	if errors.Is(err, errTooMany) {
		return nil, &apiError{status: 400, code: "MaxConcurrentQueriesException", message: "You are already running the maximum number of concurrent queries.", retryAfter: retryAfterSeconds}
	}
	return map[string]any{"QueryId": run.id}, err
}

// checkStatement finds out what is wrong with a statement before it is run.
func checkStatement(ctx context.Context, store *schema.Store, piece query.Piece) error {
	store, err := store.Typed(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	t, err := query.FromTrino(ctx, store, piece, nil)
	if err == nil {
		_, err = store.Changes(ctx, t.SQL)
		err = t.Locate(err)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return refused("InvalidQueryStatementException", "%s", err)
}

// lakeRun finds the query that a call is about.
func (h *Handler) lakeRun(c call) (run snapshot, err error) {
	id, alias := c.text("QueryId"), c.text("QueryAlias")
	if err := c.checkDataStore(); err != nil {
		return run, err
	}
	if err := c.failed(); err != nil {
		return run, err
	}
	if id == "" && alias != "" {
		for _, r := range h.engine.list(ofLake) {
			if r.alias == alias {
				return r, nil
			}
		}
		return run, refused("QueryIdNotFoundException", "No query is called %.300q.", alias)
	}
	run, ok := h.engine.find(ofLake, id)
	if !ok {
		return run, refused("QueryIdNotFoundException", "The query %.100q is not here: it was not started, or is forgotten.", id)
	}
	return run, nil
}

// lakeStatus is a state in Lake's words.
func (s state) lakeStatus() string {
	return [...]string{"QUEUED", "RUNNING", "FINISHED", "FAILED", "CANCELLED", "TIMED_OUT"}[s]
}

func (h *Handler) describeQuery(_ context.Context, c call) (any, error) {
	run, err := h.lakeRun(c)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{
		"QueryId": run.id, "QueryString": run.text, "QueryStatus": run.state.lakeStatus(),
		"QueryStatistics": map[string]any{
			"CreationTime": epochOf(run.submitted), "ExecutionTimeInMillis": run.duration(h.Now()).Milliseconds(),
		},
	}
	if run.state > succeeded {
		answer["ErrorMessage"] = lakeMessage(run.reason)
	}
	return answer, nil
}

// lakeMessage is as much of a message as there is room for.
func lakeMessage(message string) string {
	if r := []rune(message); len(r) > maxLakeErrorRunes {
		return string(r[:maxLakeErrorRunes])
	}
	return message
}

// A cursor is where a page of a result begins.
type cursor struct {
	Offset int64 `json:"o"` // in its file
}

func (h *Handler) lakeResults(_ context.Context, c call) (any, error) {
	run, err := h.lakeRun(c)
	if err != nil {
		return nil, err
	}
	rows := c.integer("MaxQueryResults", maxLakeResults)
	token := c.text("NextToken")
	if err := c.failed(); err != nil {
		return nil, err
	}
	if rows < 1 || rows > maxLakeResults {
		return nil, refused("InvalidMaxResultsException", "MaxQueryResults is a number from 1 to %d.", maxLakeResults)
	}
	at := cursor{run.result.header}
	if c.has("NextToken") && !open(h.engine.key, []byte(run.id), token, &at) {
		return nil, refused("InvalidNextTokenException", "The NextToken is not one of this query.")
	}
	answer := map[string]any{"QueryStatus": run.state.lakeStatus(), "QueryResultRows": [][]map[string]string{}}
	if run.state != succeeded {
		if run.state > succeeded {
			answer["ErrorMessage"] = lakeMessage(run.reason)
		}
		return answer, nil
	}
	found, next, err := readResult(run.path, run.result, at.Offset, rows)
	if err != nil {
		return nil, h.engine.gone(&run, err, "QueryIdNotFoundException")
	}
	answer["QueryResultRows"] = lakeRows(run.result.columns, found)
	answer["QueryStatistics"] = map[string]any{"ResultsCount": len(found), "TotalResultsCount": run.result.rows}
	if next > 0 {
		if answer["NextToken"], err = seal(h.engine.key, []byte(run.id), cursor{next}); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// lakeRows are rows as Lake has them: for each value an object of one member. NULL is an empty
// text.
func lakeRows(columns []column, rows [][]*string) [][]map[string]string {
	all := make([][]map[string]string, len(rows))
	for i, row := range rows {
		all[i] = make([]map[string]string, len(row))
		for j, v := range row {
			text := ""
			if v != nil {
				text = *v
			}
			name := ""
			if j < len(columns) {
				name = columns[j].name
			}
			all[i][j] = map[string]string{name: text}
		}
	}
	return all
}

func (h *Handler) cancelQuery(_ context.Context, c call) (any, error) {
	run, err := h.lakeRun(c)
	if err != nil {
		return nil, err
	}
	if !h.engine.end(run.id) {
		return nil, refused("InactiveQueryException", "The query %s is %s.", run.id, run.state.lakeStatus())
	}
	return map[string]any{"QueryId": run.id, "QueryStatus": cancelled.lakeStatus()}, nil
}

func (h *Handler) listQueries(_ context.Context, c call) (any, error) {
	if err := c.checkDataStore(); err != nil {
		return nil, err
	}
	rows, token, status := c.integer("MaxResults", maxLakeResults), c.text("NextToken"), c.text("QueryStatus")
	start, end := c.time("StartTime"), c.time("EndTime")
	switch err := c.failed(); {
	case err != nil:
		return nil, err
	case rows < 1 || rows > maxLakeResults:
		return nil, refused("InvalidMaxResultsException", "MaxResults is a number from 1 to %d.", maxLakeResults)
	case !start.IsZero() && !end.IsZero() && start.After(end):
		return nil, refused("InvalidDateRangeException", "The start time is after the end time.")
	case c.has("QueryStatus") && !isLakeStatus(status):
		return nil, refused("InvalidQueryStatusException", "%.100q is not a status of queries.", status)
	}
	behind := ""
	if c.has("NextToken") && !open(h.engine.key, []byte("queries"), token, &behind) {
		return nil, refused("InvalidNextTokenException", "The NextToken is not one of ListQueries.")
	}
	queries := []map[string]any{}
	more, skipping := false, behind != ""
	for _, r := range h.engine.list(ofLake) {
		if skipping {
			skipping = r.id != behind
			continue
		}
		if status != "" && r.state.lakeStatus() != status || !start.IsZero() && r.submitted.Before(start) || !end.IsZero() && r.submitted.After(end) {
			continue
		}
		if more = len(queries) == rows; more {
			break
		}
		queries = append(queries, map[string]any{"QueryId": r.id, "QueryStatus": r.state.lakeStatus(), "CreationTime": epochOf(r.submitted)})
	}
	answer := map[string]any{"Queries": queries}
	if more {
		var err error
		if answer["NextToken"], err = seal(h.engine.key, []byte("queries"), queries[len(queries)-1]["QueryId"]); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

func isLakeStatus(status string) bool {
	for s := queued; s <= timedOut; s++ {
		if s.lakeStatus() == status {
			return true
		}
	}
	return false
}
