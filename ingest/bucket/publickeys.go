package bucket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A KeysError says why CloudTrail did not give the public keys of its digest files.
type KeysError struct {
	Region string
	Code   string // CloudTrail's, such as AccessDeniedException; empty where there was no answer
	Err    error
}

func (e *KeysError) Error() string {
	return fmt.Sprintf("no public keys from CloudTrail in %s: %s", e.Region, plain(e.Err.Error()))
}

func (e *KeysError) Unwrap() error { return e.Err }

// Hint returns the remedy in plain words.
func (e *KeysError) Hint() string {
	if strings.Contains(e.Code, "AccessDenied") {
		return "the caller needs cloudtrail:ListPublicKeys"
	}
	if errors.Is(e.Err, errEndpoint) {
		return endpointHint
	}
	return "somebody who can reach AWS may run aws cloudtrail list-public-keys and hand its output on"
}

const (
	maxKeysBytes = 1 << 20 // a page of keys has a few KB
	keysAttempts = 4
	maxKeysPages = 100 // keys change once in weeks, and a page has some dozen
)

// PublicKeys asks CloudTrail for the public keys of a region's digest files that were
// valid at some time between from and until. It returns the pages of the answer of the API
// ListPublicKeys, each as JSON.
func PublicKeys(ctx context.Context, region string, from, until time.Time, opt Options) (pages [][]byte, err error) {
	opt.Region = region
	api, err := OpenAPI(ctx, opt)
	if err != nil {
		return nil, &KeysError{Region: region, Err: err}
	}
	ask := struct {
		StartTime, EndTime int64
		NextToken          string `json:",omitempty"`
	}{StartTime: from.Unix(), EndTime: until.Unix()}
	for {
		body, err := json.Marshal(ask)
		if err != nil {
			return nil, err
		}
		page, err := keysPage(ctx, api, region, body)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
		var next struct{ NextToken string }
		if err := json.Unmarshal(page, &next); err != nil {
			return nil, &KeysError{Region: region, Err: err}
		}
		switch {
		case next.NextToken == "":
			return pages, nil
		case next.NextToken == ask.NextToken, len(pages) == maxKeysPages:
			return nil, &KeysError{Region: region, Err: fmt.Errorf("the answer has no end: %d pages so far", len(pages))}
		}
		ask.NextToken = next.NextToken
	}
}

// keysPage asks until there is an answer that is not a passing failure.
func keysPage(ctx context.Context, api *API, region string, body []byte) ([]byte, error) {
	call := Call{
		Service: "cloudtrail", Region: region, Target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys",
		Body: body, MaxBytes: maxKeysBytes,
	}
	for attempt := 1; ; attempt++ {
		page, err := api.Do(ctx, call)
		if err == nil {
			return page, nil
		}
		var failed *APIError
		if !errors.As(err, &failed) {
			return nil, err
		}
		if attempt == keysAttempts || !failed.Passing {
			return nil, &KeysError{Region: region, Code: failed.Code, Err: err}
		}
		select {
		case <-time.After(time.Second << attempt):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
