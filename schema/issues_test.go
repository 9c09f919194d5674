package schema

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

// filedEvents are events in a log file each.
type filedEvents struct{ sharedEvents }

func (s filedEvents) NewReader(context.Context) EventReader { return s }
func (s filedEvents) Ledger() (l Ledger) {
	for i := range cap(s.events) {
		l.Files = append(l.Files, LogFile{File: int32(i), URI: strconv.Itoa(i), Status: Loaded})
	}
	return l
}

// someJSON is a value with members that are looked for in it here and there, in all the ways that
// JSON has to write them.
func someJSON(random *rand.Rand, depth int) string {
	some := func(values ...string) string { return values[random.IntN(len(values))] }
	space := func() string { return some("", "", "", " ", "\n\t") }
	switch kind := random.IntN(12); {
	case depth > 0 && (kind < 5 || depth == 4 && kind < 11):
		var members []string
		for range random.IntN(7) {
			name := some("credentials", "credentials", "accessKeyId", "accessKeyId", "expiration", "credentialSet", "assumedRoleUser", "arn", "assumedRoleId",
				"sourceIdentity", "accessKey", "status", "federatedUser", "subject", "instancesSet", "items", "instanceId", "roleArn", "roleSessionName",
				"targetPrincipal", "durationSeconds", "name", "userName", "role_name", "SwitchFrom", "MFAUsed", "x", `a\"b`, `\u0061rn`, "")
			members = append(members, space()+`"`+name+`"`+space()+":"+space()+someJSON(random, depth-1))
		}
		return "{" + strings.Join(members, ",") + space() + "}"
	case depth > 0 && kind < 7:
		var elements []string
		for range random.IntN(4) {
			elements = append(elements, space()+someJSON(random, depth-1))
		}
		return "[" + strings.Join(elements, ",") + space() + "]"
	case kind == 7:
		return some("null", "true", "false")
	case kind == 8:
		return some("0", "3600", "-1", "-0", "1.50", "1e3", "1E999", "123456789012345678901234567890", "900")
	}
	return some(`"arn:aws:iam::111122223333:role/admin"`, `"arn:aws:iam::111122223333:role/path/admin"`, `"ASIA1"`, `""`, `"Active"`, `"Yes"`, `"a\\"`, `"a\"b\/\n"`,
		`"é\u00e9\ud83d\ude00"`, `"nul\u0000"`, `"Jul 10, 2023, 12:09:47 PM"`, `"Jul 10, 2023 12:09:47 AM"`, `"2023-07-10T12:09:47Z"`, `"3600"`, `"111122223333"`, `"{\"name\":1}"`)
}

// What is taken out of events while they go by is what SQL takes out of them in the store,
// whatever is in their blocks.
func TestIssues(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	set := func(ev *Event, path string, values ...string) {
		if v := values[random.IntN(len(values))]; v != "-" {
			ev.Leaves[leavesAt(path)[0]] = []byte(v)
		}
	}
	names, sources := []string{"ListUsers"}, []string{"s3.amazonaws.com"}
	for name := range issuingCalls {
		names = append(names, name)
	}
	for source := range issuingServices {
		sources = append(sources, source)
	}
	source := filedEvents{sharedEvents{make(chan Event, 3000)}}
	var taken issues
	for i := range cap(source.events) {
		ev := Event{File: int32(i), Position: int32(i % 3), Verbatim: []byte("{}"), Shape: -1, Hash: uint64(i)}
		if random.IntN(20) > 0 {
			ev.EventTime = time.Date(2026, 3, 2, 10, random.IntN(60), 0, random.IntN(2)*1e6, time.UTC)
			ev.Leaves[ColEventTime] = []byte(ev.EventTime.Format(time.RFC3339Nano))
			ev.EventID = [16]byte{200, 15: byte(i)}
			ev.Leaves[ColEventID] = []byte("set")
		}
		set(&ev, "sharedEventID", "-", "-", "b8000000-0000-0000-0000-000000000001", "1A000000-0000-0000-0000-00000000000F")
		set(&ev, "eventName", names...)
		set(&ev, "eventSource", sources...)
		for _, path := range [...]string{
			"recipientAccountId", "sourceIPAddress", "userAgent", "userIdentity.type", "userIdentity.principalId", "userIdentity.arn", "userIdentity.accountId",
			"userIdentity.accessKeyId", "userIdentity.userName", "userIdentity.sessionContext.sourceIdentity", "userIdentity.sessionContext.signInSessionArn",
			"userIdentity.invokedBy", "userIdentity.onBehalfOf.userId", "userIdentity.credentialId",
		} {
			set(&ev, path, "-", "", "a", "longer than what fits in")
		}
		set(&ev, "userIdentity.sessionContext.attributes.creationDate", "-", "2026-03-02T10:00:00Z", "now")
		set(&ev, "errorCode", "-", "-", "-", "-", "AccessDenied")
		for _, path := range [...]string{"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"} {
			set(&ev, path, "-", someJSON(random, 4), someJSON(random, 4), someJSON(random, 4))
		}
		// What a call answers as a rule is taken out; of the rest only what is easy.
		if name := string(ev.Leaves[ColEventName]); random.IntN(5) == 0 {
			set(&ev, "responseElements", map[bool]string{
				true:  `{"instancesSet":{"items":[{"instanceId":"i-1","state":{"code":0}},{"x":[]},{"instanceId":"i-2"}]}}`,
				false: `{"credentials":{"accessKeyId":"ASIA1","expiration":"Jul 10, 2023, 12:09:47 PM"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/a/b"},"credentialSet":[{"sourceIdentity":"s"},7]}`,
			}[name == "RunInstances"])
		}
		taken.take(&ev)
		source.events <- ev
	}
	close(source.events)
	if rows := len(taken.rows); rows < 300 || len(taken.unsure) < 100 {
		t.Errorf("%d rows are taken out, and %d files left to SQL", rows, len(taken.unsure))
	}
	store, err := Create(t.Context(), t.TempDir()+"/t.duckdb", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Load(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	for different, err := range store.ProveCredentials(t.Context()) {
		t.Errorf("%+v is not what SQL says of the events, %v", different, err)
	}
}

// What is as AWS writes it is never left to SQL; what takes too much memory is, with all of the
// log file that it is in.
func TestIssuesUnsure(t *testing.T) {
	event := func(file int32, name, asked, answer string) *Event {
		ev := &Event{File: file}
		ev.Leaves[ColEventName], ev.Leaves[colEventSource] = []byte(name), []byte("sts.amazonaws.com")
		ev.Leaves[issueBlocks[0].leaf], ev.Leaves[issueBlocks[1].leaf] = []byte(asked), []byte(answer)
		return ev
	}
	var taken issues
	taken.take(event(1, "AssumeRole", `{"roleArn":"a","policy":"{\"Version\":\"2012-10-17\",\"x\":\"\u003d\"}","tags":[{"key":"a","value":"b"}],"durationSeconds":900}`,
		`{"credentials":{"accessKeyId":"ASIA1","sessionToken":"x=="},"packedPolicySize":4}`))
	if unsure := taken.sorted([]int32{1}); len(unsure) > 0 || len(taken.rows) != 1 {
		t.Errorf("of a usual call %d rows are taken out, and log files %v left to SQL", len(taken.rows), unsure)
	}
	long := strings.Repeat("x", maxIssueBytes/3)
	for i := range 5 {
		taken.take(event(2+int32(i/3), "AssumeRole", `{"roleArn":"`+long+`"}`, "{}"))
	}
	var all issues
	all.merge(&taken)
	if unsure := all.sorted([]int32{1, 2, 3}); len(unsure) != 1 || unsure[0] != 3 || len(all.rows) != 4 {
		t.Errorf("%d rows are taken out, and log files %v left to SQL", len(all.rows), unsure)
	}
	all.all = true
	if unsure := all.sorted([]int32{1, 2, 3}); len(unsure) != 3 || len(all.rows) > 0 {
		t.Errorf("%d rows are taken out, and log files %v left to SQL", len(all.rows), unsure)
	}
}
