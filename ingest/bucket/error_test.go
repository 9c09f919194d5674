package bucket

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

const (
	user   = "arn:aws:iam::111122223333:user/audit"
	kmsKey = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// want is what an error is to be like.
type want struct {
	problem    Problem
	stop       bool
	text, hint string // parts of
}

func check(t *testing.T, err error, want want) *Error {
	t.Helper()
	var got *Error
	if !errors.As(err, &got) {
		t.Fatalf("not an *Error: %v", err)
	}
	if got.Problem != want.problem {
		t.Errorf("problem %d, want %d: %v", got.Problem, want.problem, got.Err)
	}
	var stop *ingest.StopError
	if errors.As(err, &stop) != want.stop {
		t.Errorf("a StopError: %v, want %v", !want.stop, want.stop)
	}
	if !strings.Contains(err.Error(), want.text) {
		t.Errorf("text %q, want %q in it", err, want.text)
	}
	if strings.HasSuffix(err.Error(), ".") || strings.Contains(err.Error(), "RequestID") {
		t.Errorf("text %q", err)
	}
	if !strings.Contains(got.Hint(), want.hint) || (want.hint == "") != (got.Hint() == "") {
		t.Errorf("hint %q, want %q in it", got.Hint(), want.hint)
	}
	return got
}

// refuse makes the server answer everything as S3 refuses.
func refuse(server *s3test.Server, status int, code, message string, header ...string) {
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			s3test.WriteError(w, status, code, message)
		})
	})
}

func TestFetchErrors(t *testing.T) {
	const object = "s3://logs/" + logKey
	for _, test := range []struct {
		name    string
		status  int
		code    string
		message string
		key     string
		want    want
	}{
		{
			"no s3:GetObject", 403, "AccessDenied", "Access Denied", "",
			want{ReadDenied, false, object + ": access denied", "needs s3:GetObject on the object, and kms:Decrypt if"},
		}, {
			"no s3:GetObject, and why", 403, "AccessDenied",
			"User: " + user + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::logs/a.json.gz" because no identity-based policy allows the s3:GetObject action`, "",
			want{ReadDenied, false, object + ": access denied because no identity-based policy allows the s3:GetObject action", "needs s3:GetObject"},
		}, {
			"explicit deny", 403, "AccessDenied",
			"User: " + user + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::logs/a.json.gz" with an explicit deny in a resource-based policy`, "",
			want{ReadDenied, false, object + ": access denied with an explicit deny in a resource-based policy", "needs s3:GetObject"},
		}, {
			"no kms:Decrypt", 403, "AccessDenied",
			"User: " + user + " is not authorized to perform: kms:Decrypt on resource: " + kmsKey + " because no identity-based policy allows the kms:Decrypt action", kmsKey,
			want{KeyDenied, false, object + ": access denied to KMS key " + kmsKey, "the caller needs kms:Decrypt on that key"},
		}, {
			"key policy", 403, "AccessDenied",
			"User: " + user + " is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access", "",
			want{KeyPolicyDenied, false, object + ": access denied by the object's KMS key", "the key's policy must allow the caller kms:Decrypt"},
		}, {
			"key policy, older text", 403, "AccessDenied",
			"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.", "",
			want{KeyPolicyDenied, false, object + ": access denied by the object's KMS key", "in another account or region"},
		}, {
			"key disabled", 400, "KMS.DisabledException", kmsKey + " is disabled.", kmsKey,
			want{KeyDisabled, false, object + ": KMS key " + kmsKey + " is disabled", "enable the key"},
		}, {
			"key pending deletion", 400, "KMS.KMSInvalidStateException", kmsKey + " is pending deletion.", kmsKey,
			want{KeyInvalidState, false, object + ": KMS key " + kmsKey + " is pending deletion", "kms:CancelKeyDeletion"},
		}, {
			"key in another state", 400, "KMS.KMSInvalidStateException", "the key store is not connected", "",
			want{KeyInvalidState, false, object + ": the object's KMS key cannot be used: the key store is not connected", "pending deletion"},
		}, {
			"key gone", 400, "KMS.NotFoundException", "Key '" + kmsKey + "' does not exist", kmsKey,
			want{KeyNotFound, false, object + ": KMS key " + kmsKey + " does not exist", "deleted or is in another region"},
		}, {
			"not signed", 400, "InvalidArgument", "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.", "",
			want{NotSigned, false, object + ": encrypted with a KMS key", "not anonymously"},
		}, {
			"another argument", 400, "InvalidArgument", "Invalid version id specified", "",
			want{Unknown, false, object + ": InvalidArgument: Invalid version id specified", ""},
		}, {
			"object missing", 404, "NoSuchKey", "The specified key does not exist.", "",
			want{NoSuchKey, false, object + ": the object does not exist any more", "deleted"},
		}, {
			"archived", 403, "InvalidObjectState", "The operation is not valid for the object's storage class", "",
			want{Archived, false, object + ": the object is archived", "restore it first"},
		}, {
			"requester pays", 403, "AccessDenied", "The bucket is Requester Pays and the x-amz-request-payer header is missing", "",
			want{RequesterPays, false, object + ": the bucket bills the requester", "agree to pay"},
		}, {
			"changed", 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", "",
			want{ObjectChanged, false, object + ": the object changed after it was listed", "read it again"},
		}, {
			"token expired", 400, "ExpiredToken", "The provided token has expired.", "",
			want{ExpiredCredentials, true, object + ": the AWS credentials have expired", "aws sso login"},
		}, {
			"token to be refreshed", 400, "TokenRefreshRequired", "The provided token must be refreshed.", "",
			want{ExpiredCredentials, true, object + ": the AWS credentials have expired", "aws sso login"},
		}, {
			"token invalid", 400, "InvalidToken", "The provided token is malformed or otherwise invalid.", "",
			want{InvalidCredentials, true, object + ": the AWS credentials are refused: InvalidToken: The provided", "session token"},
		}, {
			"access key unknown", 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", "",
			want{InvalidCredentials, true, "InvalidAccessKeyId", "access key ID"},
		}, {
			"secret wrong", 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.", "",
			want{InvalidCredentials, true, "SignatureDoesNotMatch", "secret access key"},
		}, {
			"access key malformed", 400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the Credential is mal-formed", "",
			want{InvalidCredentials, true, "AuthorizationHeaderMalformed", "access key ID"},
		}, {
			"bucket gone", 404, "NoSuchBucket", "The specified bucket does not exist", "",
			want{NoSuchBucket, true, object + ": the bucket does not exist", "check the bucket's name"},
		}, {
			"something else", 400, "RequestTimeTooSkewed", "The difference is too large.", "",
			want{Unknown, false, object + ": RequestTimeTooSkewed: The difference is too large", ""},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			server.Put("logs", logKey, []byte("x"))
			s := mustOpen(t, server, "s3://logs", Options{})
			o := mustList(t, s)[0]
			refuse(server, test.status, test.code, test.message)
			_, _, err := s.Fetch(t.Context(), o)
			got := check(t, err, test.want)
			if got.Key != test.key {
				t.Errorf("key %q, want %q", got.Key, test.key)
			}
			if got.URI != object {
				t.Errorf("URI %q", got.URI)
			}
		})
	}
}

func TestListErrors(t *testing.T) {
	for _, test := range []struct {
		name    string
		status  int
		code    string
		message string
		header  []string
		region  string
		want    want
	}{
		{
			"no s3:ListBucket", 403, "AccessDenied", "Access Denied", nil, "",
			want{ListDenied, true, "s3://logs/AWSLogs: access denied to list the bucket", "needs s3:ListBucket"},
		}, {
			"no s3:ListBucket, and why", 403, "AccessDenied",
			"User: " + user + ` is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs" because no identity-based policy allows the s3:ListBucket action`, nil, "",
			want{ListDenied, true, "access denied to list the bucket because no identity-based policy allows the s3:ListBucket action", "needs s3:ListBucket"},
		}, {
			"no bucket", 404, "NoSuchBucket", "The specified bucket does not exist", nil, "",
			want{NoSuchBucket, true, "s3://logs/AWSLogs: the bucket does not exist", "check the bucket's name"},
		}, {
			"redirect", 301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.",
			[]string{"X-Amz-Bucket-Region", "eu-west-1"}, "eu-west-1",
			want{WrongRegion, true, "s3://logs/AWSLogs: the bucket is in another region, eu-west-1", "set the region to eu-west-1"},
		}, {
			"redirect, to where is not said", 301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.", nil, "",
			want{WrongRegion, true, "the bucket is in another region", "the one the bucket is in"},
		}, {
			"signed for another region", 400, "AuthorizationHeaderMalformed",
			"The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'", nil, "eu-central-1",
			want{WrongRegion, true, "the bucket is in another region, eu-central-1", "set the region to eu-central-1"},
		}, {
			"access key unknown", 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", nil, "",
			want{InvalidCredentials, true, "s3://logs/AWSLogs: the AWS credentials are refused: InvalidAccessKeyId: The AWS", "access key ID"},
		}, {
			"token expired", 400, "ExpiredToken", "The provided token has expired.", nil, "",
			want{ExpiredCredentials, true, "s3://logs/AWSLogs: the AWS credentials have expired", "aws sso login"},
		}, {
			"overload", 503, "SlowDown", "Please reduce your request rate.", nil, "",
			want{Unknown, false, "s3://logs/AWSLogs: SlowDown: Please reduce your request rate", ""},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			s := mustOpen(t, server, "s3://logs/AWSLogs", Options{})
			refuse(server, test.status, test.code, test.message, test.header...)
			got := check(t, listError(t.Context(), s), test.want)
			if got.Region != test.region {
				t.Errorf("region %q, want %q", got.Region, test.region)
			}
		})
	}
}

func TestArchivedStorageClass(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", logKey, []byte("x"))
	s := mustOpen(t, server, "s3://logs", Options{})
	o := mustList(t, s)[0]
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte("<Error><Code>InvalidObjectState</Code><StorageClass>GLACIER</StorageClass></Error>"))
		})
	})
	_, _, err := s.Fetch(t.Context(), o)
	check(t, err, want{Archived, false, "the object is archived in GLACIER", "restore it first"})
}

func TestCredentialErrors(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir) // where a session's token would be
	file := filepath.Join(dir, "config")
	err := os.WriteFile(file, []byte(`
[profile empty]
output = json
[profile session]
sso_start_url = https://example.com/start
sso_region = eu-central-1
sso_account_id = 111122223333
sso_role_name = audit
[profile process]
credential_process = false
[profile broken]
role_arn = arn:aws:iam::111122223333:role/audit
source_profile = nobody
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		profile string
		want    want
	}{
		{"", want{NoCredentials, true, "s3://logs: no AWS credentials found", "AWS_ACCESS_KEY_ID"}},
		{"empty", want{NoCredentials, true, "s3://logs: no AWS credentials found", "AWS_ACCESS_KEY_ID"}},
		{"session", want{ExpiredCredentials, true, "s3://logs: the AWS credentials have expired", "aws sso login"}},
		{"process", want{CredentialsFailed, true, "s3://logs: no AWS credentials to be had: process provider error", "aws sts get-caller-identity"}},
		{"broken", want{BadConfig, true, "s3://logs: the AWS configuration cannot be read: ", "the profile's name"}},
		{"nobody", want{BadConfig, true, "nobody", "the profile's name"}},
	} {
		t.Run(test.profile, func(t *testing.T) {
			server := s3test.New(t)
			s3test.Credentials(t, "", "")
			t.Setenv("AWS_CONFIG_FILE", file)
			s, err := open(t.Context(), "s3://logs", Options{Profile: test.profile, EndpointURL: server.URL}, impatient)
			if err == nil {
				err = listError(t.Context(), s)
			}
			check(t, err, test.want)
		})
	}
}

func TestUnreachable(t *testing.T) {
	server := s3test.New(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nobody listens there now
	server.URL = "http://" + l.Addr().String()
	s := mustOpen(t, server, "s3://logs", Options{})
	err = listError(t.Context(), s)
	check(t, err, want{Unreachable, true, "s3://logs: no connection to S3: dial tcp " + l.Addr().String(), "check the network"})
	_, _, err = s.Fetch(t.Context(), ingest.Object{URI: "s3://logs/" + logKey, Size: 1})
	check(t, err, want{Unreachable, true, logKey + ": no connection to S3", "check the network"})
}
