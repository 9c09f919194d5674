package lineage

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"trailbox/schema/storetest"
)

func TestMain(m *testing.M) {
	storetest.OneCore()
	os.Exit(m.Run())
}

const (
	accountA = "111122223333"
	accountB = "444455556666"
	accountC = "777788889999"
)

// A log makes up records, as CloudTrail writes them, and remembers what each was for.
type log struct {
	records []string
	made    int // numbers what has a name of its own
	now     int // seconds since the log began
}

// A credential of a made-up log.
type credential struct {
	key     string
	account string
	address string
	agent   string
	members map[string]any // userIdentity
}

func (l *log) number() int { l.made++; return l.made }

func (l *log) time() string {
	return time.Date(2026, 3, 2, 10, 0, l.now, 0, time.UTC).Format(time.RFC3339)
}

func (l *log) temporaryKey() string { return fmt.Sprintf("ASIA%016d", l.number()) }

// user makes a long-term key, of which the log does not say who made it.
func (l *log) user(name string) *credential {
	return l.keyOf(fmt.Sprintf("AKIA%016d", l.number()), name, accountA)
}

func (l *log) keyOf(key, name, account string) *credential {
	return &credential{key: key, account: account, address: "203.0.113.7", agent: "aws-cli/2.15", members: map[string]any{
		"type": "IAMUser", "principalId": "AIDA" + name, "arn": "arn:aws:iam::" + account + ":user/" + name, "accountId": account, "accessKeyId": key, "userName": name,
	}}
}

// event adds a record of a call, changed by what more says.
func (l *log) event(by *credential, source, name string, readOnly bool, asked, answer any, more map[string]any) (eventID string) {
	eventID = fmt.Sprintf("00000000-0000-4000-8000-%012d", l.number())
	record := map[string]any{
		"eventVersion": "1.09", "userIdentity": by.members, "eventTime": l.time(), "eventSource": source + ".amazonaws.com", "eventName": name,
		"awsRegion": "us-east-1", "sourceIPAddress": by.address, "userAgent": by.agent, "requestParameters": asked, "responseElements": answer,
		"eventID": eventID, "readOnly": readOnly, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": by.account, "eventCategory": "Management",
	}
	for name, value := range more {
		record[name] = value
	}
	text, err := json.Marshal(record)
	if err != nil {
		panic(err) // it is of texts and maps
	}
	l.records = append(l.records, string(text))
	return eventID
}

func (l *log) call(by *credential, name string) { l.event(by, "s3", name, true, nil, nil, nil) }

// session is the credential of a role's session that began now.
func (l *log) session(account, role, name, key string) *credential {
	id := "AROA" + role
	return &credential{key: key, account: account, address: "203.0.113.7", agent: "aws-cli/2.15", members: map[string]any{
		"type": "AssumedRole", "principalId": id + ":" + name, "arn": "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name, "accountId": account, "accessKeyId": key,
		"sessionContext": map[string]any{
			"sessionIssuer": map[string]any{"type": "Role", "principalId": id, "arn": "arn:aws:iam::" + account + ":role/path/" + role, "accountId": account, "userName": role},
			"attributes":    map[string]any{"creationDate": l.time(), "mfaAuthenticated": "false"},
		},
	}}
}

// granted is the answer with a session.
func (l *log) granted(c *credential) map[string]any {
	return map[string]any{
		"credentials":     map[string]any{"accessKeyId": c.key, "sessionToken": "token", "expiration": "Mar 2, 2026, 11:00:00 AM"},
		"assumedRoleUser": map[string]any{"assumedRoleId": c.members["principalId"], "arn": c.members["arn"]},
	}
}

// assume takes a role. Of one in another account there are two records, of which only the
// caller's knows the caller.
func (l *log) assume(by *credential, account, role, name string) *credential {
	c := l.session(account, role, name, l.temporaryKey())
	asked := map[string]any{"roleArn": "arn:aws:iam::" + account + ":role/path/" + role, "roleSessionName": name}
	if account == by.account {
		l.event(by, "sts", "AssumeRole", true, asked, l.granted(c), nil)
		return c
	}
	shared := map[string]any{"sharedEventID": fmt.Sprintf("10000000-0000-4000-8000-%012d", l.number())}
	l.event(by, "sts", "AssumeRole", true, asked, l.granted(c), shared)
	seen := &credential{account: account, address: by.address, agent: by.agent, members: map[string]any{
		"type": "AWSAccount", "principalId": by.members["principalId"], "accountId": by.account,
	}}
	l.event(seen, "sts", "AssumeRole", true, asked, l.granted(c), shared)
	return c
}

func (l *log) createKey(by *credential, name string) *credential {
	c := l.keyOf(fmt.Sprintf("AKIA%016d", l.number()), name, by.account)
	l.event(by, "iam", "CreateAccessKey", false, map[string]any{"userName": name}, map[string]any{
		"accessKey": map[string]any{"userName": name, "accessKeyId": c.key, "status": "Active"},
	}, nil)
	return c
}
