package awsapi

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"trailbox/schema"
)

// Stores lends stores.
type Stores interface {
	// Borrow lends a store that is open for reading. The func gives it back.
	Borrow(ctx context.Context) (*schema.Store, func(), error)
}

// A Config says how a [Handler] answers. What is zero of its limits stands for the default.
type Config struct {
	Stores Stores
	// AccessKey and SecretKey are what requests have to be signed with; with neither,
	// signatures are not looked at.
	AccessKey, SecretKey string
	// Strict answers LookupEvents within AWS's limits: the last 90 days, management events
	// of the Region that the request is signed for, one attribute.
	Strict bool
	// Folder is where a folder for the results of queries is made; "" for the system's one
	// for temporary files.
	Folder string
	Limits Limits
	Now    func() time.Time // time.Now, but for tests
	// Tell is told what went wrong here, and is not told to clients; nil where nobody listens.
	Tell func(error)
}

// Limits are what requests are limited to.
type Limits struct {
	Lookups     int           // LookupEvents and the like at once
	LookupTime  time.Duration // for each of them
	Queries     int           // that run at once
	Waiting     int           // that run or wait to
	QueryTime   time.Duration // for each of them
	ResultRows  int64         // of each result
	ResultBytes int64
	KeepBytes   int64         // of all results together; the oldest go first
	KeepTime    time.Duration // of results
}

// withDefaults puts defaults in the place of what is zero. A result of 256 MiB takes that much
// of the disk, and, as DuckDB holds it before it is written, somewhat more of memory, as many
// times as queries run at once.
func (l Limits) withDefaults() Limits {
	or := func(n *int, other int) {
		if *n == 0 {
			*n = other
		}
	}
	or64 := func(n *int64, other int64) {
		if *n == 0 {
			*n = other
		}
	}
	orTime := func(d *time.Duration, other time.Duration) {
		if *d == 0 {
			*d = other
		}
	}
	or(&l.Lookups, 4)
	orTime(&l.LookupTime, time.Minute)
	or(&l.Queries, 2)
	or(&l.Waiting, 20)
	orTime(&l.QueryTime, 30*time.Minute)
	or64(&l.ResultRows, 1_000_000)
	or64(&l.ResultBytes, 256<<20)
	or64(&l.KeepBytes, 2<<30)
	orTime(&l.KeepTime, 24*time.Hour)
	return l
}

// A Handler answers clients of CloudTrail, Athena and, for Athena's results, S3.
type Handler struct {
	Config
	limits  Limits
	lookups chan struct{} // holds one for each that runs
	ahead   ahead
	engine  *engine

	sealing    sync.Mutex
	sealed     *schema.Store // that the key is of
	sealingKey []byte        // of tokens of LookupEvents
}

// New returns a handler. Whoever has it closes it.
func New(config Config) (*Handler, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Tell == nil {
		config.Tell = func(error) {}
	}
	h := &Handler{Config: config, limits: config.Limits.withDefaults()}
	h.lookups = make(chan struct{}, h.limits.Lookups)
	h.ahead.now = config.Now
	var err error
	h.engine, err = newEngine(config, h.limits)
	return h, err
}

// Close ends the queries that run and removes their results. It waits for all of that.
func (h *Handler) Close() error { return h.engine.close() }

// jsonType is the type of AWS JSON 1.1.
const jsonType = "application/x-amz-json-1.1"

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amzn-RequestId", rand.Text())
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Header.Get("X-Amz-Target") == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		h.serveObject(w, r)
		return
	}
	answer, err := h.answer(r)
	if err != nil {
		h.refusal(err).writeJSON(w)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.Write(answer) // a client that is gone needs none
}

// refusal is an error in AWS's words. What is ours is told to whoever runs us, but for what
// ended because the client is gone.
func (h *Handler) refusal(err error) *apiError {
	e := asAPIError(err)
	if e.status == http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		h.Tell(err)
	}
	return e
}

// A call is one operation that a client asks for.
type call struct {
	members
	region string // that it is signed for; "" where it is not signed
}

// answer is what a request of AWS JSON is answered with.
func (h *Handler) answer(r *http.Request) ([]byte, error) {
	body, err := h.body(r)
	if err != nil {
		return nil, err
	}
	if r.URL.Path != "/" || r.Method != http.MethodPost {
		return nil, &apiError{status: http.StatusNotFound, code: "UnknownOperationException", message: "The operations of AWS JSON are at POST /"}
	}
	m, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	operate, ok := h.operations()[r.Header.Get("X-Amz-Target")]
	if !ok {
		return nil, refused("UnknownOperationException", "%.200q is not answered here: see trailbox help api", r.Header.Get("X-Amz-Target"))
	}
	c := call{members: m}
	if s, fault := readSignature(r, false); fault == nil {
		c.region = s.region
	}
	value, err := operate(r.Context(), c)
	if err != nil {
		return nil, err
	}
	if text, ok := value.(json.RawMessage); ok {
		return text, nil
	}
	return json.Marshal(value)
}

// body reads a request, and checks who it is from.
func (h *Handler) body(r *http.Request) ([]byte, error) {
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		// A page in a browser: no client of AWS's that this is for.
		return nil, &apiError{status: http.StatusForbidden, code: "AccessDeniedException", message: "Browsers are not answered here."}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	switch {
	case err != nil:
		return nil, refused("RequestAbortedException", "The body could not be read.")
	case len(body) > maxBodyBytes:
		return nil, &apiError{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeException", message: "The body has more than 1 MiB."}
	}
	if h.AccessKey == "" && h.SecretKey == "" {
		return body, nil
	}
	isS3 := r.Header.Get("X-Amz-Target") == "" && r.Method != http.MethodPost
	if fault := checkSignature(r, body, h.AccessKey, h.SecretKey, h.Now(), isS3); fault != nil {
		return nil, fault
	}
	return body, nil
}

// An operation answers a call, with what encoding/json writes, or with the text itself.
type operation func(context.Context, call) (any, error)

// operations are those that there are, by their names in X-Amz-Target.
func (h *Handler) operations() map[string]operation {
	all := map[string]operation{}
	for name, operate := range h.cloudTrail() {
		all["com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."+name] = operate
		all["CloudTrail_20131101."+name] = operate // as newer SDKs may call it
	}
	for name, operate := range h.athena() {
		all["AmazonAthena."+name] = operate
	}
	return all
}

func (h *Handler) cloudTrail() map[string]operation {
	return map[string]operation{
		"LookupEvents":        h.lookupEvents,
		"DescribeTrails":      h.describeTrails,
		"GetTrail":            h.getTrail,
		"ListTrails":          h.listTrails,
		"GetTrailStatus":      h.getTrailStatus,
		"GetEventSelectors":   h.getEventSelectors,
		"ListPublicKeys":      h.listPublicKeys,
		"ListEventDataStores": h.listEventDataStores,
		"GetEventDataStore":   h.getEventDataStore,
		"StartQuery":          h.startQuery,
		"DescribeQuery":       h.describeQuery,
		"GetQueryResults":     h.lakeResults,
		"CancelQuery":         h.cancelQuery,
		"ListQueries":         h.listQueries,
	}
}

func (h *Handler) athena() map[string]operation {
	return map[string]operation{
		"StartQueryExecution":    h.startQueryExecution,
		"GetQueryExecution":      h.getQueryExecution,
		"BatchGetQueryExecution": h.batchGetQueryExecution,
		"GetQueryResults":        h.athenaResults,
		"StopQueryExecution":     h.stopQueryExecution,
		"ListQueryExecutions":    h.listQueryExecutions,
		"ListDatabases":          h.listDatabases,
		"GetDatabase":            h.getDatabase,
		"ListTableMetadata":      h.listTableMetadata,
		"GetTableMetadata":       h.getTableMetadata,
		"ListDataCatalogs":       h.listDataCatalogs,
		"GetDataCatalog":         h.getDataCatalog,
		"ListWorkGroups":         h.listWorkGroups,
		"GetWorkGroup":           h.getWorkGroup,
	}
}

// with borrows a store for a lookup: one of as many as there may be at once, and for as long.
func (h *Handler) with(ctx context.Context, use func(context.Context, *schema.Store) (any, error)) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, h.limits.LookupTime)
	defer cancel()
	select {
	case h.lookups <- struct{}{}:
		defer func() { <-h.lookups }()
	case <-ctx.Done():
		return nil, &apiError{status: http.StatusBadRequest, code: "ThrottlingException", message: "Rate exceeded", retryAfter: retryAfterSeconds}
	}
	store, giveBack, err := h.Stores.Borrow(ctx)
	if err != nil {
		return nil, err
	}
	defer giveBack()
	answer, err := use(ctx, store)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, &apiError{status: http.StatusServiceUnavailable, code: "RequestTimeoutException", message: "This took more than " + h.limits.LookupTime.String() + ". Narrow the times, or ask by SQL."}
	}
	return answer, err
}

// isBlank reports whether a text says nothing.
func isBlank(text string) bool { return strings.TrimSpace(text) == "" }
