//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"trailbox/schema"
)

// watchedAlarm goes off for each bucket that is deleted.
const watchedAlarm = `Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: CloudTrail/DefaultLogGroup
      FilterPattern: '{ $.eventName = "DeleteBucket" }'
      MetricTransformations: [{MetricNamespace: N, MetricName: M, MetricValue: "1"}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: deleted, Namespace: N, MetricName: M, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold}
`

// deletion is a log file in which a bucket is deleted.
func deletion(id, at string) []byte {
	return []byte(`{"Records":[{"eventVersion":"1.11","eventTime":"` + at + `","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket",` +
		`"awsRegion":"us-east-1","recipientAccountId":"111122223333","eventID":"3b1e0a1c-0000-4000-8000-0000000000` + id + `"}]}`)
}

// A hook is a webhook's receiver, which takes what comes.
type hook struct {
	*httptest.Server
	arrived chan string // the ids of what arrives
}

func startHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{arrived: make(chan string, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var message struct{ Trailbox struct{ NoticeID string } }
		if err := json.Unmarshal(body, &message); err != nil {
			t.Error(err)
		}
		h.arrived <- message.Trailbox.NoticeID
	}))
	t.Cleanup(h.Close)
	return h
}

// watchFolder is a folder with the alarm and log files.
func watchFolder(t *testing.T, files ...[]byte) (rules, logs, store string) {
	t.Helper()
	dir := t.TempDir()
	rules, logs, store = filepath.Join(dir, "alarm.yaml"), filepath.Join(dir, "logs"), filepath.Join(dir, "t.duckdb")
	writeFile(t, rules, []byte(watchedAlarm))
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, data := range files {
		writeFile(t, filepath.Join(logs, string(rune('a'+i))+".json"), data)
	}
	return rules, logs, store
}

// untilDone waits until the store, which others have open now and then, knows of that
// many deliveries that they are done.
func untilDone(t *testing.T, path string, n int) {
	t.Helper()
	for {
		store, err := schema.Open(t.Context(), path)
		if err == nil {
			got := asked(t, store, "SELECT count(*) AS n FROM deliveries WHERE done IS NOT NULL")
			store.Close()
			if got == fmt.Sprintf(`{"n":%d}`, n) {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A watch that goes on tells what new files bring, lets others read the store between its
// rounds and waits for them, and ends in order.
func TestWatchEvery(t *testing.T) {
	rules, logs, store := watchFolder(t, deletion("01", "2026-03-02T10:00:40Z"))
	hook := startHook(t)
	p := prepare(t, "trailbox", "watch", "--every", "100ms", "--rules", rules, "--store", store, "--since", "2026-03-02", "--states", "ALARM", "--webhook", hook.URL, logs)
	p.start(t)
	first := <-hook.arrived

	if code, _, stderr := call(t, "watch", "--rules", rules, "--store", store); code != 1 || !strings.Contains(stderr, "another watch is at work on it (PID ") {
		t.Errorf("a second watch ends with %d, %s", code, stderr)
	}
	var reader *schema.Store
	for reader == nil { // until a round is over
		var err error
		if reader, err = schema.Open(t.Context(), store); err != nil {
			time.Sleep(5 * time.Millisecond)
		}
	}
	writeFile(t, filepath.Join(logs, "new.json"), deletion("02", "2026-03-02T11:00:40Z"))
	select {
	case id := <-hook.arrived:
		t.Errorf("%s is told while the store is not the watch's", id)
	case <-time.After(300 * time.Millisecond):
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	second := <-hook.arrived
	untilDone(t, store, 2)
	p.Process.Signal(syscall.SIGTERM)
	if code := p.code(t); code != 130 || !strings.Contains(p.err.String(), "waiting: ") || !strings.Contains(p.err.String(), "1 file loaded, 1 new event") {
		t.Errorf("exit code %d, %s", code, &p.err)
	}
	if first == second || len(hook.arrived) > 0 {
		t.Errorf("after %s and %s, %d more are told", first, second, len(hook.arrived))
	}
	if left, _ := filepath.Glob(store + "?*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// A watch that is killed at any moment of its rounds, while log files go on to come, loses no
// notice, and decides on none twice: what is told again has the id that it had.
func TestWatchKilled(t *testing.T) {
	rules, logs, store := watchFolder(t)
	told := filepath.Join(t.TempDir(), "told.jsonl")
	const never = time.Hour
	watch := func(after time.Duration) (code int, took time.Duration, stderr string) {
		p := prepare(t, "trailbox", "watch", "--rules", rules, "--store", store, "--since", "2026-03-02", "--states", "ALARM", "--file", told, logs)
		p.start(t)
		began := time.Now()
		timer := time.AfterFunc(after, func() { p.Process.Kill() })
		defer timer.Stop()
		code = p.code(t)
		return code, time.Since(began), p.err.String()
	}
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 0))
	began := time.Date(2026, 3, 2, 10, 0, 40, 0, time.UTC)
	var hours []string // of the deletions: the alarm goes off for each of them
	grow := func() {
		at := began.Add(time.Duration(len(hours)) * time.Hour).Format(time.RFC3339)
		id := fmt.Sprintf("%02x", len(hours))
		writeFile(t, filepath.Join(logs, id+".json"), deletion(id, at))
		hours = append(hours, at[:len("2026-03-02T10:00")])
	}
	var took time.Duration
	for range 2 { // the second one's time, for the first also makes the store
		grow()
		_, took, _ = watch(never)
	}
	t.Logf("seed %d; an undisturbed round takes %s", seed, took)
	killed := 0
	for range kills(t) {
		if dice.IntN(4) > 0 && len(hours) < 250 { // an id has two digits for them
			grow()
		}
		code, _, stderr := watch(time.Duration(dice.Int64N(int64(took))))
		if code == -1 {
			killed++
		} else if code != exitFindings && code != exitDone {
			t.Errorf("exit code %d, %s", code, stderr)
		}
	}
	grow()
	for range 2 {
		if code, _, stderr := watch(never); code != exitFindings && code != exitDone {
			t.Errorf("undisturbed, it ends with exit code %d, %s", code, stderr)
		}
	}

	text, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	lines, cutOff := 0, 0
	ids := map[string]string{} // of what happened when
	for line := range strings.Lines(string(text)) {
		var message struct {
			StateChangeTime string
			NewStateValue   string
			Trailbox        struct{ NoticeID string }
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			cutOff++ // by a kill; it comes again
			continue
		}
		lines++
		minute := message.StateChangeTime[:min(len("2026-03-02T10:00"), len(message.StateChangeTime))]
		if id, again := ids[minute]; again && id != message.Trailbox.NoticeID {
			t.Errorf("what happened at %s is told as %s and as %s", minute, id, message.Trailbox.NoticeID)
		}
		ids[minute] = message.Trailbox.NoticeID
	}
	if len(ids) != len(hours) || cutOff > killed {
		t.Errorf("%d of %d notices are told, %d lines cut off\n%s", len(ids), len(hours), cutOff, text)
	}
	db := opened(t, store)
	want := fmt.Sprintf(`{"notices":%d,"ids":%d,"open":0,"told":%d}`, len(hours), len(hours), len(hours))
	got := asked(t, db, "SELECT (SELECT count(*) FROM notices) AS notices, (SELECT count(DISTINCT notice) FROM notices) AS ids, "+
		"(SELECT count(*) FROM deliveries WHERE done IS NULL) AS open, (SELECT count(*) FROM told WHERE notice IS NOT NULL) AS told")
	if got != want {
		t.Errorf("the store knows %s, not %s", got, want)
	}
	t.Logf("%d of %d were killed; %d notices in %d lines, %d cut off", killed, kills(t), len(hours), lines, cutOff)
}
