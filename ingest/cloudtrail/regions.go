package cloudtrail

import (
	"context"
	"encoding/xml"
	"errors"
	"regexp"
	"slices"
	"strings"

	"trailbox/ingest/bucket"
)

const maxFormBytes = 1 << 20 // an answer of STS or EC2 has some KB

var (
	regionName  = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	accountName = regexp.MustCompile(`^[0-9]{12}$`)
)

// unknownAccount stands for the account where a server other than AWS does not tell it.
const unknownAccount = "unknown"

// whose asks whose credentials these are. Everybody may ask that.
func (s *Source) whose(ctx context.Context) (string, error) {
	text, err := s.form(ctx, "sts", "Action=GetCallerIdentity&Version=2011-06-15")
	var answer struct {
		Account string `xml:"GetCallerIdentityResult>Account"`
	}
	if err == nil {
		err = xml.Unmarshal(text, &answer)
	}
	if err == nil && accountName.MatchString(answer.Account) {
		return answer.Account, nil
	}
	var refused *bucket.APIError
	if errors.As(err, &refused) && (s.opt.EndpointURL == "" || refused.Problem != bucket.Unknown) || ctx.Err() != nil {
		return "", err
	}
	if s.opt.EndpointURL == "" {
		return "", errors.New("sts: the answer has no account")
	}
	return unknownAccount, nil
}

// enabled asks which Regions are enabled for the account. EC2 is asked, not Account
// Management: who investigates has ec2:DescribeRegions with each of AWS's policies for
// looking (SecurityAudit, ViewOnlyAccess, ReadOnlyAccess).
func (s *Source) enabled(ctx context.Context) ([]string, error) {
	text, err := s.form(ctx, "ec2", "Action=DescribeRegions&Version=2016-11-15")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Names []string `xml:"regionInfo>item>regionName"`
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return nil, errors.New("ec2: the answer is not one of DescribeRegions")
	}
	names := slices.DeleteFunc(answer.Names, func(name string) bool { return !regionName.MatchString(name) })
	if len(names) == 0 {
		return nil, errors.New("ec2: the answer has no Region")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// form calls an operation of a service that takes a form.
func (s *Source) form(ctx context.Context, service, body string) ([]byte, error) {
	return s.patiently(ctx, bucket.Call{Service: service, Region: s.api.Region(), Body: []byte(body), MaxBytes: maxFormBytes})
}

// patiently makes a call again where it may succeed then.
func (s *Source) patiently(ctx context.Context, call bucket.Call) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		text, err := s.api.Do(ctx, call)
		var failed *bucket.APIError
		if !errors.As(err, &failed) || !failed.Passing || attempt == formAttempts {
			return text, err
		}
		if err := s.rest(ctx, attempt); err != nil {
			return nil, err
		}
	}
}

// known are the Regions that AWS had in a partition when this was written: they are asked
// where nobody may say which are enabled. One that is not enabled refuses.
func known(region string) []string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return []string{"cn-north-1", "cn-northwest-1"}
	case strings.HasPrefix(region, "us-gov-"):
		return []string{"us-gov-east-1", "us-gov-west-1"}
	case strings.HasPrefix(region, "us-iso"):
		return []string{region}
	}
	return []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
		"ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
		"ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1",
		"eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
		"mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
	}
}
