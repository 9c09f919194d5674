package bucket

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"trailbox/ingest"
)

// An operation is what was being done when an error came.
type operation int

const (
	listing operation = iota // or getting ready to list
	fetching
)

// failure makes the error of an operation on uri out of what the SDK gave.
func failure(ctx context.Context, uri string, err error, during operation) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{URI: uri, Err: err}
	e.classify(during)
	if e.Problem.everywhere() {
		return &ingest.StopError{Err: e}
	}
	if e.Problem == Archived {
		return &ingest.ArchivedError{URI: uri, Class: storage(err), Err: e}
	}
	return e
}

func (e *Error) classify(during operation) {
	var (
		configuration *configError
		credentials   *credentialsError
		length        *lengthError
		listed        *listingError
		api           smithy.APIError
	)
	switch {
	case errors.Is(e.Err, errEndpoint):
		e.Problem = BadEndpoint
	case errors.As(e.Err, &listed):
		e.Problem = BadListing
	case errors.As(e.Err, &configuration):
		e.Problem = BadConfig
	case errors.As(e.Err, &credentials): // before what may be in it: an error of STS, say
		e.Problem = ofCredentials(credentials)
	case errors.As(e.Err, &length):
		e.Problem = ObjectChanged
	case errors.As(e.Err, &api):
		e.Problem = ofCode(api.ErrorCode(), api.ErrorMessage(), during)
		e.Key = keyARN.FindString(api.ErrorMessage())
		if e.Problem == WrongRegion {
			e.Region = region(e.Err, api.ErrorMessage())
		}
	case isUnreachable(e.Err):
		e.Problem = Unreachable
	}
}

var (
	keyARN     = regexp.MustCompile(`arn:[a-z-]+:kms:[a-z0-9-]*:[^:\s]*:(?:key|alias)/[A-Za-z0-9/_-]+`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	// "the region 'us-east-1' is wrong; expecting 'eu-central-1'"
	expectedRegion = regexp.MustCompile(`expecting '([a-z0-9-]+)'`)
)

// ofCode tells problems apart by S3's code, and by its message where codes are
// the same: AccessDenied alone does not say whether the object or its key is out
// of reach.
func ofCode(code, message string, during operation) Problem {
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(strings.ToLower(message), part) {
				return true
			}
		}
		return false
	}
	switch code {
	case "AccessDenied":
		switch {
		case has("no resource-based polic", "ciphertext refers to"):
			return KeyPolicyDenied
		case has("perform: kms:"):
			return KeyDenied
		case has("requester pays", "request-payer"):
			return RequesterPays
		case during == listing:
			return ListDenied
		}
		return ReadDenied
	case "KMS.DisabledException":
		return KeyDisabled
	case "KMS.KMSInvalidStateException":
		return KeyInvalidState
	case "KMS.NotFoundException":
		return KeyNotFound
	case "InvalidArgument":
		if has("signature version 4") {
			return NotSigned
		}
	case "NoSuchKey", "NoSuchVersion":
		return NoSuchKey
	case "PreconditionFailed":
		return ObjectChanged
	case "InvalidObjectState":
		return Archived
	case "ExpiredToken", "TokenRefreshRequired":
		return ExpiredCredentials
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidSecurity":
		return InvalidCredentials
	case "AuthorizationHeaderMalformed":
		if has("region") {
			return WrongRegion
		}
		return InvalidCredentials
	case "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException":
		return WrongRegion
	case "NoSuchBucket":
		return NoSuchBucket
	}
	return Unknown
}

func ofCredentials(err *credentialsError) Problem {
	var (
		session *ssocreds.InvalidTokenError
		api     smithy.APIError
		call    *smithy.OperationError
	)
	switch {
	case errors.As(err, &session):
		return ExpiredCredentials
	case errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "ExpiredToken"):
		return ExpiredCredentials
	// The instance metadata service comes last in the chain, when nothing else is
	// configured.
	case errors.As(err, &call) && call.ServiceID == "ec2imds":
		return NoCredentials
	}
	return CredentialsFailed
}

// isUnreachable reports whether no connection came about.
func isUnreachable(err error) bool {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		op          *net.OpError
	)
	return errors.As(err, &name) || errors.As(err, &certificate) ||
		errors.As(err, &op) && op.Op != "read" && op.Op != "write"
}

// region returns the bucket's region, where S3 named it.
func region(err error, message string) string {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		if region := response.Response.Header.Get("X-Amz-Bucket-Region"); regionName.MatchString(region) {
			return region
		}
	}
	if m := expectedRegion.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}

// cause returns what went wrong without the SDK's words about how it came to
// know.
func cause(err error) string {
	var (
		credentials *credentialsError
		api         smithy.APIError
		silence     *awshttp.ResponseTimeoutError
		answer      *answerError
		request     *url.Error
		call        *smithy.OperationError
	)
	switch {
	case errors.As(err, &silence):
		return fmt.Sprintf("the connection delivered nothing for %s", silence.TimeoutDur)
	case errors.As(err, &answer):
		return answer.Error()
	case errors.As(err, &api):
		return api.ErrorCode() + ": " + message(err)
	case errors.As(err, &request):
		return request.Err.Error()
	case errors.As(err, &credentials):
		// The SDK's cache of credentials wraps the provider's own error.
		return cmp.Or(errors.Unwrap(credentials.error), credentials.error).Error()
	case errors.As(err, &call):
		return call.Err.Error()
	}
	return err.Error()
}

// message returns S3's own words.
func message(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return strings.TrimSuffix(api.ErrorMessage(), ".")
}

// reason returns why access was denied, to go on after "access denied", where S3
// says so: " because no identity-based policy allows the s3:GetObject action".
func reason(err error) string {
	text := message(err)
	for _, start := range []string{" because ", " with an explicit deny"} {
		if i := strings.Index(text, start); i >= 0 {
			return text[i:]
		}
	}
	return ""
}

// storage returns the class that an archived object is stored in, and which of its tiers.
func storage(err error) string {
	var archived *types.InvalidObjectState
	if !errors.As(err, &archived) || archived.StorageClass == "" {
		return "a class that has to be restored"
	}
	if archived.AccessTier != "" {
		return string(archived.StorageClass) + " (" + string(archived.AccessTier) + ")"
	}
	return string(archived.StorageClass)
}

func length(err error) string {
	var length *lengthError
	if errors.As(err, &length) {
		return " (" + length.Error() + ")"
	}
	return ""
}

// A lengthError says that an object was longer or shorter than listed.
type lengthError struct{ got, listed int64 } // bytes

func (e *lengthError) Error() string {
	return fmt.Sprintf("%d bytes instead of %d", e.got, e.listed)
}

// A credentialsError is the error of a credential provider.
type credentialsError struct{ error }

func (e *credentialsError) Unwrap() error { return e.error }

// A configError is one met while the AWS configuration was loaded.
type configError struct{ error }

func (e *configError) Unwrap() error { return e.error }
