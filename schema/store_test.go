package schema_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trailbox/schema"
)

func create(t *testing.T, path string) *schema.Store {
	t.Helper()
	store, err := schema.Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// one returns the single value that a query gives.
func one(t *testing.T, store *schema.Store, query string, args ...schema.Arg) any {
	t.Helper()
	rows, err := store.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatalf("%s: no row: %v", query, rows.Err())
	}
	values, err := rows.Values()
	if err != nil {
		t.Fatal(err)
	}
	return values[0]
}

// events is an EventSource of a few events, and each of its readers.
type events struct {
	mu     sync.Mutex
	events []schema.Event
	ledger schema.Ledger
	err    error // after the events
}

func (e *events) NewReader(context.Context) schema.EventReader { return e }

func (e *events) Next(ev *schema.Event) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.events) == 0 {
		return false, e.err
	}
	*ev = e.events[0]
	e.events = e.events[1:]
	return true, nil
}

func (e *events) Ledger() schema.Ledger { return e.ledger }

// event makes an event from leaves by path.
func event(leaves map[string]string) schema.Event {
	var ev schema.Event
	for i, c := range schema.Columns() {
		if text, ok := leaves[c.Path]; ok {
			ev.Leaves[i] = []byte(text)
		}
	}
	ev.EventTime, _ = time.Parse(time.RFC3339, leaves["eventTime"])
	ev.EventID, _ = schema.ParseGUID(ev.Leaves[schema.ColEventID])
	return ev
}

// TestLoadColumns puts a value of its own into each leaf and finds it in its place:
// load.sql names all columns, and swaps none.
func TestLoadColumns(t *testing.T) {
	store := create(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	leaves := map[string]string{}
	for _, c := range schema.Columns() {
		switch c.Kind {
		case schema.Bool:
			leaves[c.Path] = "true"
		case schema.Time:
			leaves[c.Path] = "2026-03-02T10:00:00Z"
		case schema.GUID:
			leaves[c.Path] = "0A0b0c0d-1111-4111-8111-11111111111" + string("0123456789"[len(c.Path)%10])
		case schema.Resources:
			leaves[c.Path] = `[{"ARN":"a","accountId":"1","type":"t"},{"ARNPrefix":"p"}]`
		default:
			leaves[c.Path] = "value of " + c.Path
		}
	}
	leaves["requestParameters"] = `{"a":1}` // what SQL looks into has to be JSON
	leaves["responseElements"] = `{"b":2}`
	ev := event(leaves)
	ev.Unknown, ev.Touched = []byte(`{"x":1}`), []byte(`[{"type":"t","name":"n"},{"type":null,"name":"m"}]`)
	ev.File, ev.Position, ev.Hash = 7, 9, 1<<64-1
	if err := store.Load(t.Context(), &events{events: []schema.Event{ev}}); err != nil {
		t.Fatal(err)
	}
	for path, want := range leaves {
		column := path
		if path == "resources" {
			column, want = "resources::JSON", `[{"ARN":"a","ARNPrefix":null,"accountId":"1","type":"t"},{"ARN":null,"ARNPrefix":"p","accountId":null,"type":null}]`
		}
		if path == "eventTime" {
			want = "2026-03-02 10:00:00"
		}
		if got := one(t, store, "SELECT "+column+"::VARCHAR FROM events"); !strings.EqualFold(got.(string), want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	if got := one(t, store, "SELECT concat_ws(' ', unknown, touched::JSON, file, position, recordHash) FROM events"); got != `{"x":1} [{"type":"t","name":"n"},{"type":null,"name":"m"}] 7 9 18446744073709551615` {
		t.Errorf("the rest is %v", got)
	}
}

// An object that is in a record is in its place, and it alone with those around it.
func TestLoadObjects(t *testing.T) {
	store := create(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	objects := schema.Objects()
	var batch events
	for i, object := range objects {
		ev := schema.Event{Position: int32(i)}
		for bit, other := range objects {
			if strings.HasPrefix(object+".", other+".") {
				ev.Objects |= 1 << bit
			}
		}
		batch.events = append(batch.events, ev)
	}
	if err := store.Load(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	for i, object := range objects {
		for _, other := range objects {
			want := strings.HasPrefix(object+".", other+".")
			query := fmt.Sprintf("SELECT %s IS NOT NULL FROM events WHERE position = %d", other, i)
			if got := one(t, store, query); got != want {
				t.Errorf("where %s is, %s is: %v", object, other, got)
			}
		}
	}
}

// TestDerived checks what load.sql derives, for each type of identity.
func TestDerived(t *testing.T) {
	const id = "userIdentity."
	role := func(roleName, session string) map[string]string {
		return map[string]string{
			id + "type": "AssumedRole", id + "principalId": "AROAEXAMPLE:" + session,
			id + "arn": "arn:aws:sts::111122223333:assumed-role/" + roleName + "/" + session,
			id + "sessionContext.sessionIssuer.userName": roleName,
		}
	}
	with := func(m map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	tests := []struct {
		name     string
		leaves   map[string]string
		username any
		actor    any
	}{
		{"user", map[string]string{id + "type": "IAMUser", id + "userName": "u", id + "arn": "arn:aws:iam::111122223333:user/path/u"}, "u", "u"},
		{"root", map[string]string{id + "type": "Root", id + "arn": "arn:aws:iam::111122223333:root", id + "userName": "alias"}, "root", "root"},
		{"role session", role("admin", "i-0abc"), "i-0abc", "admin/i-0abc"},
		{"role session without ARN", map[string]string{id + "type": "AssumedRole", id + "principalId": "AROAEXAMPLE:s", id + "sessionContext.sessionIssuer.userName": "r"}, "s", "r/s"},
		{"single sign-on", role("AWSReservedSSO_Admin_0123456789abcdef", "user@example.com"), "user@example.com", "user@example.com"},
		{"role session without a slash", with(role("admin", "s"), id+"arn", "arn:aws:sts::111122223333:s2"), "s", "admin/s"},
		{"role session without a name", with(role("admin", "s"), id+"arn", "arn:aws:sts::111122223333:assumed-role/admin/"), "s", "admin/"},
		{"role session of nothing", with(role("admin", "s"), id+"arn", "arn:aws:sts::111122223333:assumed-role/"), "s", "admin/s"},
		{"role session without ARN and name", map[string]string{id + "type": "AssumedRole", id + "principalId": "AROAEXAMPLE", id + "sessionContext.sessionIssuer.userName": "r"}, nil, "r/"},
		{"role session with odd letters", with(role("admin", "s"), id+"arn", "arn:aws:sté::111122223333:assumed-role/ädmin/x:assumed-role/ß"), "ß", "ädmin/x:assumed-role/ß"},
		{"empty ARN", with(role("admin", "s"), id+"arn", ""), "s", "admin/s"},
		{"single sign-on without ARN", with(role("AWSReservedSSO_Admin_0123456789abcdef", "s"), id+"arn", "arn"), "s", "arn"},
		{"source identity", with(role("admin", "s"), id+"sessionContext.sourceIdentity", "ops"), "s", "ops"},
		{"federated", map[string]string{id + "type": "FederatedUser", id + "arn": "arn:aws:sts::111122223333:federated-user/f", id + "principalId": "111122223333:f"}, "f", "f"},
		{"SAML", map[string]string{id + "type": "SAMLUser", id + "userName": "saml", id + "principalId": "q:saml"}, "saml", "saml"},
		{"web identity", map[string]string{id + "type": "WebIdentityUser", id + "userName": "w", id + "principalId": "issuer:app:w"}, "w", "w"},
		{"Identity Center", map[string]string{id + "type": "IdentityCenterUser", id + "onBehalfOf.userId": "guid"}, nil, "guid"},
		{"other account", map[string]string{id + "type": "AWSAccount", id + "accountId": "444455556666", id + "principalId": "AIDAEXAMPLE"}, nil, "AIDAEXAMPLE"},
		{"service", map[string]string{id + "type": "AWSService", id + "invokedBy": "s3.amazonaws.com"}, nil, "s3.amazonaws.com"},
		{"service event", map[string]string{id + "accountId": "111122223333", id + "invokedBy": "kms.amazonaws.com"}, nil, "kms.amazonaws.com"},
		{"unknown", map[string]string{id + "type": "Unknown"}, nil, nil},
		{"Insights", map[string]string{"insightDetails": `{}`}, nil, nil},
		{"failed sign-in", map[string]string{id + "type": "IAMUser", id + "userName": "HIDDEN_DUE_TO_SECURITY_REASONS", id + "accessKeyId": ""}, "HIDDEN_DUE_TO_SECURITY_REASONS", "HIDDEN_DUE_TO_SECURITY_REASONS"},
	}
	var all events
	for i, test := range tests {
		ev := event(test.leaves)
		ev.Position = int32(i)
		all.events = append(all.events, ev)
	}
	store := create(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	if err := store.Load(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		if got := one(t, store, "SELECT username FROM events WHERE position = $position", schema.Arg{Name: "position", Value: i}); got != test.username {
			t.Errorf("%s: username: got %v, want %v", test.name, got, test.username)
		}
		if got := one(t, store, "SELECT actor FROM events WHERE position = $position", schema.Arg{Name: "position", Value: i}); got != test.actor {
			t.Errorf("%s: actor: got %v, want %v", test.name, got, test.actor)
		}
	}
}

// TestErrored goes through the ways in which CloudTrail reports a failure.
func TestErrored(t *testing.T) {
	for _, test := range []struct {
		name    string
		leaves  map[string]string
		errored bool
	}{
		{"success", map[string]string{"responseElements": `{"ConsoleLogin":"Success"}`}, false},
		{"error code", map[string]string{"errorCode": "AccessDenied"}, true},
		{"message without a code", map[string]string{"errorMessage": "Failed authentication"}, true},
		{"answer is Failure", map[string]string{"responseElements": `{"ConsoleLogin":"Failure"}`}, true},
		{"Failure deeper is no answer", map[string]string{"responseElements": `{"a":{"b":"Failure"}}`}, false},
		{"Failure as a name", map[string]string{"responseElements": `{"Failure":"no"}`}, false},
		{"answer is text", map[string]string{"responseElements": `"Failure"`}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := create(t, filepath.Join(t.TempDir(), "t.duckdb"))
			defer store.Close()
			if err := store.Load(t.Context(), &events{events: []schema.Event{event(test.leaves)}}); err != nil {
				t.Fatal(err)
			}
			if got := one(t, store, "SELECT errored FROM events"); got != test.errored {
				t.Errorf("errored: got %v", got)
			}
		})
	}
}

// A batch is there as a whole or not at all.
func TestLoadIsOneTransaction(t *testing.T) {
	store := create(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	broken := errors.New("broken")
	batch := &events{events: []schema.Event{event(map[string]string{"eventName": "A"})}, err: broken, ledger: schema.Ledger{Files: []schema.LogFile{{URI: "x"}}}}
	if err := store.Load(t.Context(), batch); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("error %v", err)
	}
	if got := one(t, store, "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM files)"); got != int64(0) {
		t.Errorf("%v rows are left of a batch that failed", got)
	}
	batch = &events{
		events: []schema.Event{event(map[string]string{"eventName": "A"})},
		ledger: schema.Ledger{
			Files:   []schema.LogFile{{File: 1, URI: "x", Status: schema.Loaded, SHA256: []byte{0xab}, Records: 2, New: 1, Repeated: 1}},
			Repeats: []schema.Repeat{{File: 1, Position: 1, EventID: []byte("11111111-1111-4111-8111-111111111111"), FirstFile: 1}},
		},
	}
	if err := store.Load(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if got := one(t, store, "SELECT concat_ws(' ', uri, sha256, records, status, (SELECT eventID FROM repeats)) FROM files"); got != "x ab 2 loaded 11111111-1111-4111-8111-111111111111" {
		t.Errorf("the ledger says %v", got)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.duckdb")
	if _, err := schema.Open(t.Context(), path); !errors.Is(err, schema.ErrNoStore) {
		t.Errorf("no file: %v", err)
	}
	if err := create(t, path).Close(); err != nil {
		t.Fatal(err)
	}

	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	var not *schema.NotAStoreError
	if _, err := schema.Open(t.Context(), text); !errors.As(err, &not) {
		t.Errorf("another file, reading: %v", err)
	}
	if _, err := schema.Create(t.Context(), text, 0); !errors.As(err, &not) {
		t.Errorf("another file, writing: %v", err)
	}
	for content, name := range map[string]string{"<html>404</html>": "page", "short": "short"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := schema.Open(t.Context(), path); !errors.As(err, &not) {
			t.Errorf("%q, reading: %v", content, err)
		}
		if _, err := schema.Create(t.Context(), path, 0); !errors.As(err, &not) {
			t.Errorf("%q, writing: %v", content, err)
		}
	}
	// What a process leaves that is killed before it has made anything, and before it has
	// made tables.
	for name, make := range map[string]func(path string) error{
		"empty": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"torn": func(path string) error {
			return os.WriteFile(path, append([]byte("\x00\x00\x00\x00\x00\x00\x00\x00DUCK"), make([]byte, 4084)...), 0o600)
		},
		"no tables": func(path string) error {
			db, err := sql.Open("duckdb", "")
			if err == nil {
				_, err = db.Exec("ATTACH '" + path + "' AS new (BLOCK_SIZE 131072)")
			}
			return errors.Join(err, db.Close())
		},
	} {
		path := filepath.Join(dir, name)
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if _, err := schema.Open(t.Context(), path); !errors.Is(err, schema.ErrNoStore) {
			t.Errorf("%s, reading: %v", name, err)
		}
		if err := create(t, path).Close(); err != nil {
			t.Errorf("%s, writing: %v", name, err)
		}
	}
	foreign := filepath.Join(dir, "foreign")
	db, err := sql.Open("duckdb", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE migration (x INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := schema.Open(t.Context(), foreign); !errors.As(err, &not) {
		t.Errorf("somebody else's database, reading: %v", err)
	}
	if _, err := schema.Create(t.Context(), foreign, 0); !errors.As(err, &not) {
		t.Errorf("somebody else's database, writing: %v", err)
	}
	for _, name := range []string{"a?b", "a#b", "a%b"} {
		if _, err := schema.Create(t.Context(), filepath.Join(dir, name), 0); err == nil {
			t.Errorf("a path with %s was taken", name)
		}
	}
}

// TestLocked lets another process hold the store.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	if os.Getenv("TRAILBOX_TEST_HOLD") != "" {
		store := create(t, os.Getenv("TRAILBOX_TEST_HOLD"))
		defer store.Close()
		os.Stdout.WriteString("holding\n")
		os.Stdin.Read(make([]byte, 1)) // until the parent closes it
		return
	}
	holder := exec.Command(os.Args[0], "-test.run=^TestLocked$")
	holder.Env = append(os.Environ(), "TRAILBOX_TEST_HOLD="+path)
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer holder.Wait()
	defer stdin.Close()
	if _, err := stdout.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string) (*schema.Store, error){"reading": schema.Open, "writing": writing} {
		_, err := open(t.Context(), path)
		var locked *schema.LockedError
		if !errors.As(err, &locked) || locked.PID != holder.Process.Pid || locked.Program == "" {
			t.Errorf("%s: %v, want the lock of PID %d", name, err, holder.Process.Pid)
		}
	}
}

// writing opens a store for writing.
func writing(ctx context.Context, path string) (*schema.Store, error) {
	return schema.Create(ctx, path, 0)
}

// A store of a newer program is left alone.
func TestNewerStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store := create(t, path)
	one(t, store, "INSERT INTO migrations (migration) VALUES (9999)")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string) (*schema.Store, error){"reading": schema.Open, "writing": writing} {
		_, err := open(t.Context(), path)
		var newer *schema.VersionError
		if !errors.As(err, &newer) || newer.Have != 9999 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is run on an open store reaches nothing but the store.
func TestOpenIsASandbox(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "other.csv")
	if err := create(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := schema.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, statement := range []string{
		"SELECT * FROM read_csv('" + other + "')",
		"SELECT * FROM '" + other + "'",
		"SELECT * FROM read_text('" + other + "')",
		"SELECT * FROM glob('" + dir + "/*')",
		"COPY events TO '" + dir + "/out.csv'",
		"EXPORT DATABASE '" + dir + "/out'",
		"ATTACH '" + dir + "/new.duckdb' AS new",
		"INSTALL httpfs",
		"LOAD httpfs",
		"INSERT INTO events (file, position, recordHash) VALUES (1, 1, 1)",
		"DROP TABLE events",
		"CREATE TABLE t (a INTEGER)",
		"SET enable_external_access = true",
		"SET GLOBAL enable_external_access = true",
		"RESET lock_configuration",
		"SET threads = 1",
		"SET profiling_output = '" + dir + "/profile'",
		"CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')",
	} {
		rows, err := store.Query(t.Context(), statement)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		if err == nil {
			t.Errorf("%s was run", statement)
		}
	}
	if zone := one(t, store, "SELECT current_setting('TimeZone')"); zone != "UTC" {
		t.Errorf("the time zone is %v", zone)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Errorf("there are other files now: %v", entries)
	}
}
