package bucket

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// An API calls operations of AWS's services that take a signed POST and no more. The SDK's
// client for CloudTrail is 2 MB of other operations, that for EC2 more than all of trailbox.
type API struct {
	cfg      aws.Config
	endpoint string // of all services and Regions; empty for AWS's own
	unsigned bool
	client   http.Client
}

// apiTimeout is for a request and all of its answer.
const apiTimeout = 60 * time.Second

// OpenAPI finds credentials, Region and endpoint where [Open] does.
func OpenAPI(ctx context.Context, opt Options) (*API, error) {
	cfg, err := load(ctx, opt, opt.Region, nil)
	if err != nil {
		return nil, &APIError{Problem: BadConfig, Err: err}
	}
	if opt.EndpointURL != "" {
		if err := checkEndpoint(&opt.EndpointURL); err != nil {
			return nil, &APIError{Problem: BadEndpoint, Err: err}
		}
	}
	return &API{
		cfg: cfg, endpoint: opt.EndpointURL, unsigned: opt.NoSignRequest,
		client: http.Client{Timeout: apiTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // AWS sends nobody elsewhere
		}},
	}, nil
}

// Region is the one that is asked what concerns all of them.
func (a *API) Region() string { return cmp.Or(a.cfg.Region, defaultRegion) }

// A Call is one of an operation.
type Call struct {
	Service, Region string
	Target          string // of services that speak JSON; empty for those that take a form
	Body            []byte
	MaxBytes        int64 // that the answer may have
}

// Do makes a call once. What is not an answer is an [*APIError].
func (a *API) Do(ctx context.Context, c Call) ([]byte, error) {
	endpoint := cmp.Or(a.endpoint, "https://"+c.Service+"."+c.Region+"."+domain(c.Region)+"/")
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(c.Body))
	if err != nil {
		return nil, &APIError{Err: err}
	}
	if c.Target == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	} else {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", c.Target)
	}
	if !a.unsigned {
		credentials, err := a.cfg.Credentials.Retrieve(ctx)
		if err == nil {
			hash := fmt.Sprintf("%x", sha256.Sum256(c.Body))
			err = v4.NewSigner().SignHTTP(ctx, credentials, r, hash, c.Service, c.Region, time.Now())
		}
		if err != nil {
			e := Error{Err: &credentialsError{err}}
			e.classify(listing)
			return nil, &APIError{Problem: e.Problem, Err: err}
		}
	}
	response, err := a.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &APIError{Problem: Unreachable, Passing: true, Err: errors.New(cause(err))}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, c.MaxBytes+1))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, &APIError{Passing: true, Err: err}
	case response.StatusCode != http.StatusOK:
		return nil, refusal(response.StatusCode, text)
	case int64(len(text)) > c.MaxBytes:
		return nil, &APIError{Err: fmt.Errorf("the answer is longer than %d bytes", c.MaxBytes)}
	}
	return text, nil
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

// An APIError says why there is no answer to a call.
type APIError struct {
	Code      string  // the service's, such as AccessDeniedException; empty where it gave none
	Problem   Problem // of credentials and connections; else Unknown
	Passing   bool    // the same call may succeed
	Throttled bool    // Passing: there were too many
	Err       error
}

func (e *APIError) Error() string { return plain(e.Err.Error()) }
func (e *APIError) Unwrap() error { return e.Err }

// Hint returns the remedy in plain words, or "" where there is none to give.
func (e *APIError) Hint() string { return (&Error{Problem: e.Problem}).Hint() }

// refusal is an answer that is none.
func refusal(status int, text []byte) *APIError {
	code, message := errorOf(text)
	if code == "" {
		return &APIError{Passing: status >= 500 || status == http.StatusTooManyRequests, Throttled: status == http.StatusTooManyRequests, Err: fmt.Errorf("status %d", status)}
	}
	e := &APIError{Code: code, Err: fmt.Errorf("%s: %s", code, message)}
	e.Throttled = strings.Contains(code, "Throttl") || code == "TooManyRequestsException" || code == "RequestLimitExceeded"
	e.Passing = e.Throttled || status >= 500
	switch code {
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired":
		e.Problem = ExpiredCredentials
	case "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidSignatureException",
		"SignatureDoesNotMatch", "IncompleteSignatureException", "MissingAuthenticationTokenException":
		e.Problem = InvalidCredentials
	}
	return e
}

// errorOf reads what a service says of an error: in JSON, or in one of the two forms that
// XML has.
func errorOf(text []byte) (code, message string) {
	var inJSON struct {
		Type    string `json:"__type"`
		Message string
	}
	if json.Unmarshal(text, &inJSON) == nil && inJSON.Type != "" {
		_, code, found := strings.Cut(inJSON.Type, "#") // a namespace may stand before it
		if !found {
			code = inJSON.Type
		}
		return code, inJSON.Message
	}
	type fault struct{ Code, Message string }
	var inXML struct {
		Error  fault `xml:"Error"`
		Errors fault `xml:"Errors>Error"`
	}
	if len(text) > maxErrorBytes || xml.Unmarshal(text, &inXML) != nil {
		return "", ""
	}
	return cmp.Or(inXML.Error.Code, inXML.Errors.Code), cmp.Or(inXML.Error.Message, inXML.Errors.Message)
}
