//go:build moto

package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"trailbox/ingest/s3test"
)

// startMoto starts moto's server, ends it with the test, and makes it the SNS of the SDK.
// The program is $MOTO, or moto_server in $PATH, where "pip install 'moto[server]'" puts
// it. Without it the test fails: who asks for the build tag wants to know.
func startMoto(t *testing.T) {
	t.Helper()
	program := os.Getenv("MOTO")
	if program == "" {
		program = "moto_server"
	}
	s3test.Credentials(t, "AKIDEXAMPLE", "secret")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	host, port, _ := net.SplitHostPort(address)
	var output bytes.Buffer
	// WithoutCancel, since the test's context ends before its cleanup.
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	server := exec.CommandContext(ctx, program, "-H", host, "-p", port)
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		cancel()
		t.Fatalf("moto: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		server.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("moto said:\n%s", &output)
		}
	})
	t.Setenv("AWS_ENDPOINT_URL_SNS", "http://"+address)
	deadline := time.After(time.Minute)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ended:
			t.Fatal("moto ended before it answered")
		case <-deadline:
			t.Fatal("moto does not answer")
		}
	}
}

// A subscriber of a topic gets by SNS what it would get from an alarm of CloudWatch.
func TestTopicByMoto(t *testing.T) {
	startMoto(t)
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-west-1"))
	if err != nil {
		t.Fatal(err)
	}
	client := sns.NewFromConfig(cfg)
	created, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("alarms")})
	if err != nil {
		t.Fatal(err)
	}
	posts := make(chan []byte, 10)
	subscriber := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		posts <- body
	}))
	defer subscriber.Close()
	_, err = client.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: created.TopicArn, Protocol: aws.String("http"), Endpoint: &subscriber.URL})
	if err != nil {
		t.Fatal(err)
	}

	topic, err := NewTopic(t.Context(), *created.TopicArn, "")
	if err != nil {
		t.Fatal(err)
	}
	n := notice(t, ofTransition(fired()))
	if err := topic.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	for {
		var got struct{ Type, Subject, Message, TopicArn string }
		select {
		case body := <-posts:
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatalf("%v in %s", err, body)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("nothing arrives")
		}
		if got.Type != "Notification" {
			continue // the subscription's confirmation
		}
		if got.Subject != `ALARM: "DeleteBucket" in US East (N. Virginia)` || got.Message != n.Message || got.TopicArn != *created.TopicArn {
			t.Errorf("%+v", got)
		}
		break
	}

	if err := topic.Deliver(t.Context(), hostileNotice(t)); err != nil {
		t.Errorf("hostile text is refused: %v", err)
	}
	missing, err := NewTopic(t.Context(), "arn:aws:sns:eu-west-1:123456789012:missing", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := missing.Deliver(t.Context(), n); err == nil {
		t.Error("a topic that is not there takes a notice")
	}
}
