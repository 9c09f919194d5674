package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"trailbox/ingest/s3test"
)

// A snsServer speaks SNS's query protocol: it keeps the requests for which the signature
// is right, and answers with what it is told to.
type snsServer struct {
	*httptest.Server
	forms  []url.Values
	status int
	answer string
}

const published = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
	<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult></PublishResponse>`

func startSNS(t *testing.T) *snsServer {
	t.Helper()
	s3test.Credentials(t, "AKIDEXAMPLE", "secret")
	s := &snsServer{status: http.StatusOK, answer: published}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		checkSignature(t, r, body)
		form, err := url.ParseQuery(string(body))
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s %v, %v", r.Method, r.Header, err)
		}
		s.forms = append(s.forms, form)
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(s.status)
		io.WriteString(w, s.answer)
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_SNS", s.URL)
	return s
}

// checkSignature signs a request once more, and compares.
func checkSignature(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	got := r.Header.Get("Authorization")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Error(err)
		return
	}
	again := httptest.NewRequest(r.Method, "http://"+r.Host+r.URL.String(), bytes.NewReader(body))
	_, signed, _ := strings.Cut(got, "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	for name := range strings.SplitSeq(signed, ";") {
		if name != "host" && name != "content-length" {
			again.Header.Set(name, r.Header.Get(name))
		}
	}
	again.ContentLength = int64(len(body))
	hash := hashOf(body)
	if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"},
		again, hash, "sns", "eu-west-1", at); err != nil {
		t.Error(err)
	}
	if want := again.Header.Get("Authorization"); got != want {
		t.Errorf("the signature is\n%s, want\n%s", got, want)
	}
}

// A topic gets what CloudWatch would have published, signed for its Region.
func TestTopic(t *testing.T) {
	server := startSNS(t)
	topic, err := NewTopic(t.Context(), "arn:aws:sns:eu-west-1:111122223333:alarms", "")
	if err != nil {
		t.Fatal(err)
	}
	n := notice(t, ofTransition(fired()))
	if err := topic.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if len(server.forms) != 1 {
		t.Fatalf("%d requests", len(server.forms))
	}
	form := server.forms[0]
	for name, want := range map[string]string{
		"Action": "Publish", "Version": "2010-03-31", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:alarms",
		"Subject": `ALARM: "DeleteBucket" in US East (N. Virginia)`, "Message": n.Message,
		"MessageAttributes.entry.1.Name": "trailbox.notice", "MessageAttributes.entry.1.Value.DataType": "String",
		"MessageAttributes.entry.1.Value.StringValue": n.ID,
		"MessageGroupId": "", "MessageDeduplicationId": "",
	} {
		if got := form.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var message struct{ NewStateValue, OldStateValue, NewStateReason, StateChangeTime string }
	if err := json.Unmarshal([]byte(form.Get("Message")), &message); err != nil || message.NewStateValue != "ALARM" || message.StateChangeTime != "2026-03-02T10:11:00.000+0000" {
		t.Errorf("%+v, %v", message, err)
	}

	fifo, err := NewTopic(t.Context(), "arn:aws:sns:eu-west-1:111122223333:alarms.fifo", "")
	if err != nil {
		t.Fatal(err)
	}
	n = hostileNotice(t)
	if err := fifo.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	form = server.forms[1]
	if form.Get("MessageDeduplicationId") != n.ID || form.Get("MessageGroupId") != "trailbox" {
		t.Errorf("%v", form)
	}
	subject := form.Get("Subject")
	if len(subject) > 100 || !strings.HasPrefix(subject, "ALARM: ") || strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("the subject is %q", subject)
	}
}

// What SNS refuses is told in its words.
func TestTopicRefused(t *testing.T) {
	server := startSNS(t)
	server.status = http.StatusForbidden
	server.answer = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>AuthorizationError</Code>
		<Message>User: arn:aws:iam::111122223333:user/x is not authorized to perform: SNS:Publish</Message></Error></ErrorResponse>`
	topic, err := NewTopic(t.Context(), "arn:aws:sns:eu-west-1:111122223333:alarms", "")
	if err != nil {
		t.Fatal(err)
	}
	var refused *RefusedError
	err = topic.Deliver(t.Context(), notice(t, ofTransition(fired())))
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "AuthorizationError: User: arn:aws:iam::111122223333:user/x is not authorized") {
		t.Errorf("it says %v", err)
	}
	for _, arn := range []string{"", "alarms", "arn:aws:sqs:eu-west-1:111122223333:alarms", "arn:aws:sns::111122223333:alarms", "arn:aws:sns:eu-west-1:111122223333:alarms:e0c6b9a0-0000-4000-8000-000000000000"} {
		if _, err := NewTopic(t.Context(), arn, ""); err == nil {
			t.Errorf("%q is taken for a topic", arn)
		}
	}
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
