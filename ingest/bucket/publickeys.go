package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
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
	keysTimeout  = 30 * time.Second
	maxKeysBytes = 1 << 20 // a page of keys has a few KB
	keysAttempts = 4
	maxKeysPages = 100 // keys change once in weeks, and a page has some dozen
)

// PublicKeys asks CloudTrail for the public keys of a region's digest files that were
// valid at some time between from and until. It returns the pages of the answer of the API
// ListPublicKeys, each as JSON.
//
// That is one call of one operation, which takes a signed POST. The SDK's client for
// CloudTrail is 2 MB of other operations.
func PublicKeys(ctx context.Context, region string, from, until time.Time, opt Options) (pages [][]byte, err error) {
	cfg, err := load(ctx, opt, region, nil)
	if err != nil {
		return nil, &KeysError{Region: region, Err: err}
	}
	endpoint := opt.EndpointURL
	if endpoint != "" {
		err = checkEndpoint(&endpoint)
	}
	if err != nil {
		return nil, &KeysError{Region: region, Err: err}
	}
	if endpoint == "" {
		endpoint = "https://cloudtrail." + region + "." + domain(region) + "/"
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
		request := keysRequest{endpoint: endpoint, region: region, body: body}
		page, err := request.answer(ctx, func(r *http.Request, hash string) error {
			if opt.NoSignRequest {
				return nil
			}
			credentials, err := cfg.Credentials.Retrieve(ctx)
			if err != nil {
				return err
			}
			return v4.NewSigner().SignHTTP(ctx, credentials, r, hash, "cloudtrail", region, time.Now())
		})
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

// domain is that of a region's partition.
func domain(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-isob-"):
		return "sc2s.sgov.gov"
	case strings.HasPrefix(region, "us-iso-"):
		return "c2s.ic.gov"
	}
	return "amazonaws.com"
}

// A keysRequest is a call of ListPublicKeys.
type keysRequest struct {
	endpoint, region string
	body             []byte
}

// answer sends the request, signed, until there is an answer that is not a passing
// failure.
func (k *keysRequest) answer(ctx context.Context, sign func(r *http.Request, hash string) error) ([]byte, error) {
	client := http.Client{Timeout: keysTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // CloudTrail sends nobody elsewhere
	}}
	hash := fmt.Sprintf("%x", sha256.Sum256(k.body))
	var last error
	for attempt := range keysAttempts {
		if attempt > 0 {
			select {
			case <-time.After(time.Second << attempt):
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, k.endpoint, bytes.NewReader(k.body))
		if err != nil {
			return nil, &KeysError{Region: k.region, Err: err}
		}
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys")
		if err := sign(r, hash); err != nil {
			return nil, &KeysError{Region: k.region, Err: err}
		}
		response, err := client.Do(r)
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			last = &KeysError{Region: k.region, Err: err}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(response.Body, maxKeysBytes))
		response.Body.Close()
		if err == nil && response.StatusCode == http.StatusOK {
			return text, nil
		}
		failed := k.failure(response.StatusCode, text)
		if last = failed; response.StatusCode < 500 && !strings.Contains(failed.Code, "Throttling") {
			break
		}
	}
	return nil, last
}

// failure is an answer that is none.
func (k *keysRequest) failure(status int, text []byte) *KeysError {
	var answer struct {
		Type    string `json:"__type"`
		Message string
	}
	if json.Unmarshal(text, &answer) != nil || answer.Type == "" {
		return &KeysError{Region: k.region, Err: fmt.Errorf("status %d", status)}
	}
	_, code, found := strings.Cut(answer.Type, "#") // a namespace may stand before it
	if !found {
		code = answer.Type
	}
	return &KeysError{Region: k.region, Code: code, Err: fmt.Errorf("%s: %s", code, answer.Message)}
}
