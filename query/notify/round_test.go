package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"trailbox/ingest"
	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

// The processes that tests need beside their own.
func TestMain(m *testing.M) {
	storetest.OneCore()
	testscript.Main(m, map[string]func(){"hold-store": holdStore, "go-round": goRound})
}

// holdStore has a store open until its standard input ends: hold-store STORE
func holdStore() {
	store, err := schema.Open(context.Background(), os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println("open")
	io.Copy(io.Discard, os.Stdin)
	if err := store.Close(); err != nil {
		panic(err)
	}
}

// goRound goes one round, in which it can be killed: go-round STORE LOGS URL
func goRound() {
	webhook, err := NewWebhook(os.Args[3])
	if err != nil {
		panic(err)
	}
	w := watcher(os.Args[1], os.Args[2], new(hearer), webhook)
	for _, err := range w.Rounds(context.Background()) {
		if err != nil {
			panic(err)
		}
	}
}

// watcher watches for buckets that are deleted, in the hour of [minute].
func watcher(store, logs string, listener Listener, receivers ...Receiver) *Watcher {
	w := &Watcher{
		Store: store, Receivers: map[string]Receiver{}, Listener: listener,
		Now: func() time.Time { return minute(59) },
		Rules: func() (*Watch, error) {
			set, err := source.Load([]string{`{ $.eventName = "DeleteBucket" }`}, source.Options{Period: time.Minute, Threshold: 1})
			return &Watch{Set: set, Settle: DefaultSettle, States: []alarm.State{alarm.InAlarm}}, err
		},
		Sources: func(context.Context) (Load, error) {
			dirs, err := ingest.OpenPath(logs)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, store *schema.Store) (bool, error) {
				summary, err := ingest.Run(ctx, store, []ingest.Source{dirs[0]}, ingest.Options{Concurrency: 1, MaxFileBytes: ingest.DefaultMaxFileBytes})
				return len(summary.Errors) > 0, err
			}, nil
		},
	}
	for _, r := range receivers {
		w.Receivers[r.Name()] = r
	}
	return w
}

// A hearer keeps what it hears.
type hearer struct{ heard []string }

func (h *hearer) Waiting(*schema.LockedError) { h.heard = append(h.heard, "waiting") }

func (h *hearer) Mended() { h.heard = append(h.heard, "mended") }

func (h *hearer) Failed(o Outcome) {
	h.heard = append(h.heard, fmt.Sprintf("%s failed: %v", o.Receiver, o.Err))
}

func (h *hearer) Left(receiver string, n int64) {
	h.heard = append(h.heard, fmt.Sprintf("%d left for %s", n, receiver))
}

// take returns what was heard since it was called last.
func (h *hearer) take() string {
	heard := h.heard
	h.heard = nil
	return strings.Join(heard, ", ")
}

// archive is a folder with a log file for each of some minutes in which a bucket is
// deleted, and the path of a store that is not there yet.
func archive(t *testing.T, minutes ...int) (store, logs string) {
	t.Helper()
	dir := t.TempDir()
	store, logs = filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, m := range minutes {
		deletion(t, logs, m)
	}
	return store, logs
}

// deletion adds a log file in which a bucket is deleted.
func deletion(t *testing.T, logs string, at int) {
	t.Helper()
	record := fmt.Sprintf(`{"Records":[{"eventVersion":"1.11","eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":"DeleteBucket",`+
		`"awsRegion":"us-east-1","recipientAccountId":"111122223333","eventID":"3b1e0a1c-0000-4000-8000-0000000000%02d"}]}`, minute(at).Format(time.RFC3339), at)
	if err := os.WriteFile(filepath.Join(logs, fmt.Sprintf("%02d.json", at)), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
}

// only returns what comes of the only round of a watcher.
func only(t *testing.T, w *Watcher) (r *Round, err error) {
	t.Helper()
	n := 0
	for r, err = range w.Rounds(t.Context()) {
		n++
	}
	if n != 1 {
		t.Fatalf("%d rounds", n)
	}
	return r, err
}

// told are the minutes in which the alarms begin that a round has told of.
func told(r *Round) (minutes []int) {
	for _, m := range r.Messages {
		minutes = append(minutes, m.StateChangeTime.Minute())
	}
	return minutes
}

// held lets another process have a store open until release is called.
func held(t *testing.T, store string) (release func()) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "hold-store", store)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// pending are the deliveries that a store has still to see to.
func pending(t *testing.T, path string) []schema.DueNotice {
	t.Helper()
	store, err := schema.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	due, err := store.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return due
}

// A round loads what is new, tells of it once, and delivers it.
func TestRound(t *testing.T) {
	store, logs := archive(t, 10, 20)
	receiver, hearer := &scripted{}, new(hearer)
	w := watcher(store, logs, hearer, receiver)
	r, err := only(t, w)
	if err != nil || r.Findings || r.Unread != nil || r.Unnoted != 0 || !slices.Equal(told(r), []int{11, 21}) || len(receiver.got) != 2 {
		t.Errorf("%+v, %v; delivered are %q", r, err, receiver.got)
	}
	r, err = only(t, w)
	if err != nil || len(r.Messages) != 0 || len(receiver.got) != 2 {
		t.Errorf("again: %+v, %v; delivered are %q", r, err, receiver.got)
	}
	deletion(t, logs, 30)
	r, err = only(t, w)
	if err != nil || !slices.Equal(told(r), []int{31}) || len(receiver.got) != 3 {
		t.Errorf("with a new file: %+v, %v; delivered are %q", r, err, receiver.got)
	}
	if due := pending(t, store); len(due) != 0 || hearer.take() != "" {
		t.Errorf("pending are %+v; heard was %q", due, hearer.heard)
	}
}

// What a receiver does not take stays due to it, whatever others take, and is told of in
// each round until it is delivered.
func TestRoundReceiverFails(t *testing.T) {
	store, logs := archive(t, 10)
	down, hearer := &scripted{answers: []error{errors.New("down")}}, new(hearer)
	file, err := NewFile(filepath.Join(t.TempDir(), "told"))
	if err != nil {
		t.Fatal(err)
	}
	w := watcher(store, logs, hearer, down, file)
	r, err := only(t, w)
	if heard := hearer.take(); err != nil || !r.Findings || heard != "scripted failed: down, 1 left for scripted" {
		t.Errorf("%+v, %v; heard was %q", r, err, heard)
	}
	r, err = only(t, w) // its time has not come
	if heard := hearer.take(); err != nil || !r.Findings || heard != "1 left for scripted" || len(down.got) != 1 {
		t.Errorf("again: %+v, %v; heard was %q, asked was for %q", r, err, heard, down.got)
	}

	// Who has no such receiver is told, and has nothing to look at.
	r, err = only(t, watcher(store, logs, hearer, file))
	if heard := hearer.take(); err != nil || r.Findings || heard != "1 left for scripted" {
		t.Errorf("without it: %+v, %v; heard was %q", r, err, heard)
	}

	due := pending(t, store)
	if len(due) != 1 || due[0].Attempts != 1 || due[0].Error != "down" {
		t.Fatalf("pending are %+v", due)
	}
	writing, err := schema.Create(t.Context(), store, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = writing.Record(t.Context(), []schema.Attempt{{Notice: due[0].ID, Receiver: due[0].Receiver, Due: time.Now().Add(-time.Hour), Error: "down"}})
	if err := errors.Join(err, writing.Close()); err != nil {
		t.Fatal(err)
	}
	r, err = only(t, w)
	if heard := hearer.take(); err != nil || r.Findings || heard != "" || len(down.got) != 2 || down.got[0] != down.got[1] {
		t.Errorf("when its time has come: %+v, %v; heard was %q, asked was for %q", r, err, heard, down.got)
	}
	if due := pending(t, store); len(due) != 0 {
		t.Errorf("pending are %+v", due)
	}
}

// A round waits for who has the store open, but not for ever.
func TestRoundLocked(t *testing.T) {
	store, logs := archive(t, 10)
	receiver, hearer := &scripted{}, new(hearer)
	w := watcher(store, logs, hearer, receiver)
	if _, err := only(t, w); err != nil {
		t.Fatal(err)
	}
	deletion(t, logs, 20)
	release := held(t, store)
	w.waiting = time.Millisecond
	var locked *schema.LockedError
	if r, err := only(t, w); r != nil || !errors.As(err, &locked) {
		t.Errorf("%+v, %v", r, err)
	}
	w.waiting = 0
	ctx, cancel := context.WithCancel(t.Context())
	w.Listener, w.Every = &impatient{cancel: cancel}, time.Millisecond
	rounds := 0
	for r, err := range w.Rounds(ctx) {
		if rounds++; r != nil || !errors.Is(err, context.Canceled) || rounds > 1 {
			t.Errorf("interrupted, round %d: %+v, %v", rounds, r, err)
		}
	}
	w.Listener, w.Every = hearer, 0
	hearer.take()
	time.AfterFunc(2*lockedPause, release)
	r, err := only(t, w)
	if heard := hearer.take(); err != nil || !slices.Equal(told(r), []int{21}) || heard != "waiting" {
		t.Errorf("%+v, %v; heard was %q", r, err, heard)
	}
}

// impatient is who interrupts a watch that waits.
type impatient struct {
	hearer
	cancel func()
}

func (i *impatient) Waiting(*schema.LockedError) { i.cancel() }

// What was delivered while others have the store open is noted by the next round, which
// does not deliver it again.
func TestRoundUnnoted(t *testing.T) {
	store, logs := archive(t, 10)
	receiver, hearer := &scripted{}, new(hearer)
	var release func()
	receiver.asked = func() {
		if release == nil {
			release = held(t, store)
		}
	}
	w := watcher(store, logs, hearer, receiver)
	w.waiting = time.Millisecond
	var locked *schema.LockedError
	r, err := only(t, w)
	if !errors.As(err, &locked) || r == nil || r.Unnoted != 1 || !slices.Equal(told(r), []int{11}) {
		t.Errorf("%+v, %v", r, err)
	}
	if due := pending(t, store); len(due) != 1 { // others only read it
		t.Errorf("pending are %+v", due)
	}
	release()
	r, err = only(t, w)
	if err != nil || r.Unnoted != 0 || len(receiver.got) != 1 {
		t.Errorf("the next round: %+v, %v; delivered are %q", r, err, receiver.got)
	}
	if due := pending(t, store); len(due) != 0 {
		t.Errorf("pending are %+v", due)
	}
}

// What cannot be loaded keeps nobody from what is there; without rules there is no round.
func TestRoundUnread(t *testing.T) {
	store, logs := archive(t, 10)
	receiver := &scripted{}
	w := watcher(store, logs, new(hearer), receiver)
	w.Rules = func() (*Watch, error) { return nil, os.ErrPermission }
	if r, err := only(t, w); r != nil || !errors.Is(err, os.ErrPermission) {
		t.Errorf("without rules: %+v, %v", r, err)
	}
	if _, err := os.Stat(store); err == nil {
		t.Error("without rules: there is a store")
	}
	w = watcher(store, logs, new(hearer), receiver)
	if err := os.WriteFile(filepath.Join(logs, "cut.json"), []byte(`{"Records":[{`), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := only(t, w); err != nil || !r.Findings || !slices.Equal(told(r), []int{11}) {
		t.Errorf("with a damaged file: %+v, %v", r, err)
	}
	for what, sources := range map[string]func(context.Context) (Load, error){
		"no source":       func(context.Context) (Load, error) { return nil, os.ErrNotExist },
		"a failing load":  func(context.Context) (Load, error) { return failingLoad, nil },
		"nothing to load": nil,
	} {
		store, logs := archive(t, 10)
		w := watcher(store, logs, new(hearer), receiver)
		loaded(t, w)
		w.Sources = sources
		r, err := only(t, w)
		if err != nil || !slices.Equal(told(r), []int{11}) || (r.Unread != nil) != (sources != nil) {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
}

// loaded loads what a watcher would load, and no more.
func loaded(t *testing.T, w *Watcher) {
	t.Helper()
	load, err := w.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store, err := schema.Create(t.Context(), w.Store, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = load(t.Context(), store)
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}

func failingLoad(context.Context, *schema.Store) (bool, error) { return false, os.ErrNotExist }

// A hook is a webhook's receiver: it takes what comes, or holds it.
type hook struct {
	*httptest.Server
	arrived chan string // the ids of what arrives

	mu    sync.Mutex
	hold  func(id string) bool
	taken []string
}

func startHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{arrived: make(chan string, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		id := r.Header.Get("Idempotency-Key")
		h.mu.Lock()
		hold := h.hold(id)
		if !hold {
			h.taken = append(h.taken, id)
		}
		h.mu.Unlock()
		h.arrived <- id
		if hold {
			<-r.Context().Done() // until the client is gone
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// from makes the hook hold what hold says, and forget what it has taken.
func (h *hook) from(hold func(id string) bool) (taken []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	taken = h.taken
	h.taken, h.hold = nil, hold
	return taken
}

// Who is killed after it was decided what to tell, and before somebody was told, tells in
// the next round: all of it, once.
func TestRoundKilled(t *testing.T) {
	store, logs := archive(t, 10, 20)
	hook := startHook(t)
	start := func() *exec.Cmd {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "go-round", store, logs, hook.URL)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	hook.from(func(string) bool { return true })
	killed := start()
	first := <-hook.arrived
	killed.Process.Kill()
	killed.Wait()

	// The first is taken now, and the second is not when the next kill comes, some time
	// after the store knows of the first.
	hook.from(func(id string) bool { return id != first })
	killed = start()
	if again := <-hook.arrived; again != first {
		t.Fatalf("%s arrives, %s was due", again, first)
	}
	second := <-hook.arrived
	for due := 2; due != 1; { // while the round has the store open now and then
		if reader, err := schema.Open(t.Context(), store); err == nil {
			pending, err := reader.Pending(t.Context())
			if err := errors.Join(err, reader.Close()); err != nil {
				t.Fatal(err)
			}
			due = len(pending)
		}
		time.Sleep(20 * time.Millisecond)
	}
	killed.Process.Kill()
	killed.Wait()

	hook.from(func(string) bool { return false })
	for range 2 {
		if err := start().Wait(); err != nil {
			t.Error(err)
		}
	}
	if got := hook.from(nil); !slices.Equal(got, []string{second}) || first == second {
		t.Errorf("after %s, %q are told; want %s", first, got, second)
	}
}
