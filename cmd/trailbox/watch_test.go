//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
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
