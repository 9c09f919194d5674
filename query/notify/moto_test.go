//go:build moto

package notify

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"trailbox/query/notify/mototest"
)

// A subscriber of a topic gets by SNS what it would get from an alarm of CloudWatch.
func TestTopicByMoto(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL_SNS", mototest.Start(t))
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
