package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"trailbox/schema"
)

// A Topic is an SNS topic: it takes notices in the form that CloudWatch publishes, so
// that what is subscribed to one of its topics understands them.
type Topic struct {
	arn    string
	client *sns.Client
}

// NewTopic returns the topic with an ARN, to be reached with the credentials that the
// AWS CLI would use for a profile; "" is the one that is configured.
func NewTopic(ctx context.Context, topic, profile string) (*Topic, error) {
	parsed, err := arn.Parse(topic)
	if err != nil || parsed.Service != "sns" || parsed.Region == "" || parsed.Resource == "" || strings.Contains(parsed.Resource, ":") {
		return nil, fmt.Errorf("%q is not the ARN of an SNS topic, such as arn:aws:sns:us-east-1:111122223333:alarms", topic)
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(parsed.Region),
		config.WithSharedConfigProfile(profile),
		config.WithLogger(logging.Nop{}),
	)
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration cannot be read: %w", err)
	}
	return &Topic{topic, sns.NewFromConfig(cfg)}, nil
}

// Name implements [Receiver].
func (t *Topic) Name() string { return "sns " + t.arn }

// Deliver implements [Receiver].
func (t *Topic) Deliver(ctx context.Context, n *schema.Notice) error {
	m, err := parseMessage(n)
	if err != nil {
		return err
	}
	input := &sns.PublishInput{
		TopicArn: &t.arn,
		Subject:  aws.String(snsSubject(m.subject())),
		Message:  &n.Message,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"trailbox.notice": {DataType: aws.String("String"), StringValue: &n.ID},
		},
	}
	if strings.HasSuffix(t.arn, ".fifo") { // which passes on what it has got only once
		input.MessageGroupId = aws.String("trailbox")
		input.MessageDeduplicationId = &n.ID
	}
	_, err = t.client.Publish(ctx, input)
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return &RefusedError{Receiver: "SNS", Answer: refused.ErrorCode() + ": " + refused.ErrorMessage()}
	}
	return err
}

// maxSubject is how long a subject SNS takes.
const maxSubject = 100

// snsSubject makes a subject that SNS takes: printable ASCII.
func snsSubject(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	if len(text) > maxSubject {
		text = text[:maxSubject-3] + "..."
	}
	return text
}
