package awsapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"trailbox/query"
	"trailbox/query/athena"
	"trailbox/schema"
)

// A state is how far a query is.
type state int

const (
	queued state = iota
	running
	succeeded
	failed
	cancelled
	timedOut
)

// A service is whose query one is: CloudTrail Lake and Athena do not see each other's.
type service string

const (
	ofLake   service = "lake"
	ofAthena service = "athena"
)

// A statement is what a client wants to be run.
type statement struct {
	service
	text     string
	piece    query.Piece // of the text, that is run
	utility  bool        // it shows what tables there are, or how a statement is run
	request  string      // ClientRequestToken: what comes twice by it is run once
	alias    string      // QueryAlias
	bucket   string      // where its result is told to be
	prefix   string      // of its key, with a slash at its end, if there is one
	database string
	catalog  string
}

// A run is a statement that is run, waits for it, or was.
type run struct {
	statement
	id        string
	path      string // of its result
	submitted time.Time
	cancel    context.CancelFunc

	// All below belong to the engine's mutex.
	state     state
	started   time.Time
	completed time.Time
	reason    string // why it failed, or what it took for granted
	result    result
}

// snapshot is a run as it is at one time.
type snapshot struct{ run }

func (r *run) isOver() bool { return r.state > running }

// key is that of the object of its result.
func (r *run) key() string {
	end := ".csv"
	if r.utility {
		end = ".txt"
	}
	return r.prefix + r.id + end
}

// An engine runs what clients send, some at a time, and keeps the results in a folder of its
// own until they are old, or too many.
type engine struct {
	stores  Stores
	limits  Limits
	now     func() time.Time
	tell    func(error)
	folder  string
	key     []byte // of tokens
	slots   chan struct{}
	ctx     context.Context
	stop    context.CancelFunc
	working sync.WaitGroup

	mu   sync.Mutex
	runs []*run // in the order in which they came
}

func newEngine(config Config, limits Limits) (*engine, error) {
	folder, err := os.MkdirTemp(config.Folder, "trailbox-results-") // for its owner alone
	if err != nil {
		return nil, err
	}
	e := &engine{stores: config.Stores, limits: limits, now: config.Now, tell: config.Tell, folder: folder, key: []byte(rand.Text())}
	e.slots = make(chan struct{}, limits.Queries)
	e.ctx, e.stop = context.WithCancel(context.Background())
	return e, nil
}

// close ends all runs, waits for them, and removes their results.
func (e *engine) close() error {
	e.stop()
	e.working.Wait()
	return os.RemoveAll(e.folder)
}

// verbs are the words that a statement which only reads begins with, and whether it is one
// about tables and plans.
func verbs() map[string]bool {
	return map[string]bool{
		"select": false, "with": false, "values": false, "table": false, "(": false, "from": false,
		"show": true, "describe": true, "desc": true, "explain": true, "summarize": true,
	}
}

// A statementFault is why a text is not run.
type statementFault struct{ message string }

func (f *statementFault) Error() string { return f.message }

// readStatement takes the one statement out of a text.
func readStatement(text string) (piece query.Piece, utility bool, err error) {
	pieces, err := query.SplitStatements(text)
	if err != nil {
		return piece, false, &statementFault{err.Error()}
	}
	if len(pieces) != 1 {
		return piece, false, &statementFault{fmt.Sprintf("only one statement is run at a time, not %d", len(pieces))}
	}
	piece = pieces[0]
	word := strings.ToLower(piece.SQL[:max(1, athena.WordSize(piece.SQL))])
	utility, reads := verbs()[word]
	if !reads {
		return piece, false, &statementFault{fmt.Sprintf("%.20s: only statements that read are run: the store is evidence", strings.ToUpper(word))}
	}
	return piece, utility, nil
}

// start begins to run a statement, or to wait for that.
func (e *engine) start(s statement) (snapshot, error) {
	e.purge()
	ctx, cancel := context.WithTimeout(e.ctx, e.limits.QueryTime)
	r := &run{statement: s, id: newID(), submitted: e.now(), cancel: cancel}
	r.path = filepath.Join(e.folder, r.id)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() != nil {
		cancel()
		return snapshot{}, &apiError{status: http.StatusServiceUnavailable, code: "ServiceUnavailable", message: "trailbox serve is ending."}
	}
	going := 0
	for _, other := range e.runs {
		if s.request != "" && other.service == s.service && other.request == s.request {
			cancel()
			if other.text != s.text {
				return snapshot{}, refused("InvalidRequestException", "The ClientRequestToken was used for another statement.")
			}
			return snapshot{*other}, nil
		}
		if !other.isOver() {
			going++
		}
	}
	if going >= e.limits.Waiting {
		cancel()
		return snapshot{}, errTooMany
	}
	e.runs = append(e.runs, r)
	e.working.Go(func() {
		defer cancel()
		e.run(ctx, r)
	})
	return snapshot{*r}, nil
}

// errTooMany says that as many queries wait as may.
var errTooMany = errors.New("too many queries are running")

// newID is a random UUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// run runs a statement once there is room, and notes what came of it.
func (e *engine) run(ctx context.Context, r *run) {
	var found result
	var note string
	var err error
	select {
	case e.slots <- struct{}{}:
		e.mu.Lock()
		isOver := r.isOver()
		if !isOver {
			r.state, r.started = running, e.now()
		}
		e.mu.Unlock()
		if !isOver {
			found, note, err = e.answer(ctx, r)
		}
		<-e.slots
	case <-ctx.Done():
		err = ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !r.isOver() { // else it was cancelled
		r.result, r.reason, r.completed = found, note, e.now()
		switch {
		case err == nil:
			r.state = succeeded
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			r.state, r.reason = timedOut, "it took more than "+e.limits.QueryTime.String()
		case ctx.Err() != nil:
			r.state, r.reason = cancelled, "it was cancelled"
		default:
			r.state, r.reason = failed, e.reason(err)
		}
	}
	if r.state != succeeded {
		os.Remove(r.path) // if it was made
	}
}

// reason says why a statement failed, in words for whoever sent it.
func (e *engine) reason(err error) string {
	var refusal *apiError
	var statement *query.StatementError
	var table *query.TableError
	var full *resultError
	switch {
	case errors.As(err, &refusal):
		return refusal.code + ": " + refusal.message
	case errors.As(err, &full):
		e.tell(err)
		return "GENERIC_INTERNAL_ERROR: the result could not be written where trailbox serve runs"
	case schema.BoundOf(err) != schema.NoBound:
		return "PERMISSION_DENIED: statements read the store, and nothing else"
	case errors.As(err, &statement), errors.As(err, &table):
		return "SYNTAX_ERROR: " + err.Error()
	}
	return "GENERIC_USER_ERROR: " + err.Error() // as DuckDB says it
}

// lockedWait is how often it is tried again to borrow a store that is being written.
const lockedWait = 200 * time.Millisecond

// borrow borrows a store, and waits while another process writes it.
func (e *engine) borrow(ctx context.Context) (*schema.Store, func(), error) {
	for {
		store, giveBack, err := e.stores.Borrow(ctx)
		var locked *schema.LockedError
		if !errors.As(err, &locked) {
			return store, giveBack, err
		}
		select {
		case <-time.After(lockedWait):
		case <-ctx.Done():
			return nil, nil, err
		}
	}
}

// answer runs a statement, and writes its result. note is what was taken for granted.
func (e *engine) answer(ctx context.Context, r *run) (found result, note string, err error) {
	store, giveBack, err := e.borrow(ctx)
	if err != nil {
		refusal := asAPIError(err)
		if refusal.status == http.StatusInternalServerError {
			e.tell(err)
		}
		return result{}, "", refusal
	}
	defer giveBack()
	if store, err = store.Typed(ctx); err != nil {
		return result{}, "", err
	}
	defer store.Close() // it was for reading: there is nothing to lose
	t, err := query.FromTrino(ctx, store, r.piece, nil)
	if err != nil {
		return result{}, "", err
	}
	if len(t.Tables) > 0 {
		note = strings.Join(t.Tables, ", ") + ": read as cloudtrail_logs, since no table of the store is called so"
	}
	rows, err := store.QueryFirst(ctx, e.limits.ResultRows+1, t.SQL)
	if err != nil {
		return result{}, "", t.Locate(err)
	}
	found, err = writeResult(r.path, rows, &r.statement, e.limits)
	return found, note, t.Locate(errors.Join(err, rows.Close()))
}

// find returns a run of a service as it is now.
func (e *engine) find(s service, id string) (snapshot, bool) {
	e.purge()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.runs {
		if r.service == s && r.id == id {
			return snapshot{*r}, true
		}
	}
	return snapshot{}, false
}

// list returns the runs of a service as they are now, the newest first.
func (e *engine) list(s service) (found []snapshot) {
	e.purge()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range slices.Backward(e.runs) {
		if r.service == s {
			found = append(found, snapshot{*r})
		}
	}
	return found
}

// end ends a run, and reports whether it was going on.
func (e *engine) end(id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.runs, func(r *run) bool { return r.id == id })
	if i < 0 || e.runs[i].isOver() {
		return false
	}
	r := e.runs[i]
	r.state, r.reason, r.completed = cancelled, "it was cancelled", e.now()
	r.cancel()
	return true
}

// purge forgets what is old, and, of what is over, the oldest while there is too much.
func (e *engine) purge() {
	e.mu.Lock()
	defer e.mu.Unlock()
	var bytes int64
	for _, r := range e.runs {
		bytes += r.result.bytes
	}
	now := e.now()
	e.runs = slices.DeleteFunc(e.runs, func(r *run) bool {
		isOld := now.Sub(r.completed) > e.limits.KeepTime
		if !r.isOver() || !isOld && bytes <= e.limits.KeepBytes {
			return false
		}
		bytes -= r.result.bytes
		if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			e.tell(err)
		}
		return true
	})
	if over := len(e.runs) - maxRuns; over > 0 {
		e.forget(over)
	}
}

// maxRuns is how many runs are remembered: an entry takes some hundred bytes, and its statement
// 256 KiB at most.
const maxRuns = 200

// forget forgets the n oldest that are over. The engine is locked.
func (e *engine) forget(n int) {
	e.runs = slices.DeleteFunc(e.runs, func(r *run) bool {
		if n == 0 || !r.isOver() {
			return false
		}
		n--
		os.Remove(r.path)
		return true
	})
}

// seconds is how long a run took, or takes by now.
func (s *snapshot) duration(now time.Time) time.Duration {
	if s.started.IsZero() {
		return 0
	}
	end := cmp.Or(s.completed, now)
	return max(0, end.Sub(s.started))
}

// gone is why the file of a result cannot be read: it may have been thrown away while it was
// asked for.
func (e *engine) gone(run *snapshot, err error, code string) error {
	if _, still := e.find(run.service, run.id); !still || errors.Is(err, fs.ErrNotExist) {
		return refused(code, "The result of %s is gone.", run.id)
	}
	return err
}
