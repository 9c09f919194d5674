package bucket

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"

	"trailbox/ingest/s3test"
)

func TestOpenURI(t *testing.T) {
	s3test.Credentials(t, "", "")
	for _, uri := range []string{"", "s3://", "s3:///prefix", "s3:logs", "https://logs", "logs", "S3://logs"} {
		if _, err := Open(t.Context(), uri, Options{Region: "us-east-1"}); err == nil {
			t.Errorf("%q was opened", uri)
		} else if !strings.Contains(err.Error(), "not of the form s3://bucket/prefix") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

// fakeAWS stands in for the host names of AWS: it sends what is meant for a bucket's
// host to the server, and notes the hosts.
type fakeAWS struct {
	server *url.URL
	region string // of all buckets

	mu    sync.Mutex
	hosts []string
}

func newFakeAWS(t *testing.T, server *s3test.Server, region string) *fakeAWS {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeAWS{server: u, region: region}
}

func (a *fakeAWS) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.hosts = append(a.hosts, r.Method+" "+r.URL.Host)
	a.mu.Unlock()
	bucket, _, _ := strings.Cut(r.URL.Host, ".")
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.URL.Path = a.server.Scheme, a.server.Host, "/"+bucket+r.URL.Path
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && response.StatusCode != http.StatusNotFound {
		response.Header.Set("X-Amz-Bucket-Region", a.region)
	}
	return response, err
}

func (a *fakeAWS) client(o *config.LoadOptions) error {
	o.HTTPClient = &http.Client{Transport: a}
	return nil
}

func TestRegion(t *testing.T) {
	const profiles = "[profile audit]\nregion = eu-north-1\n[profile bare]\noutput = json\n"
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		opt  Options
		env  string
		want string
	}{
		{"found", Options{}, "", "HEAD logs.s3.us-east-1.amazonaws.com GET logs.s3.eu-central-1.amazonaws.com"},
		{"found for a profile without", Options{Profile: "bare"}, "", "HEAD logs.s3.us-east-1.amazonaws.com GET logs.s3.eu-central-1.amazonaws.com"},
		{"option", Options{Region: "eu-west-3", Profile: "audit"}, "eu-south-2", "GET logs.s3.eu-west-3.amazonaws.com"},
		{"environment", Options{Profile: "audit"}, "eu-south-2", "GET logs.s3.eu-south-2.amazonaws.com"},
		{"profile", Options{Profile: "audit"}, "", "GET logs.s3.eu-north-1.amazonaws.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			server.CreateBucket("logs")
			t.Setenv("AWS_CONFIG_FILE", file)
			if test.env != "" {
				t.Setenv("AWS_REGION", test.env)
			}
			all := newFakeAWS(t, server, "eu-central-1")
			// As a public bucket, since the profiles here have no credentials.
			test.opt.NoSignRequest = true
			s, err := open(t.Context(), "s3://logs", test.opt, impatient, all.client)
			if err != nil {
				t.Fatal(err)
			}
			mustList(t, s)
			if got := strings.Join(all.hosts, " "); got != test.want {
				t.Errorf("asked %s, want %s", got, test.want)
			}
		})
	}
}

func TestRegionOfNoBucket(t *testing.T) {
	server := s3test.New(t)
	_, err := open(t.Context(), "s3://logs", Options{}, impatient, newFakeAWS(t, server, "").client)
	check(t, err, want{NoSuchBucket, true, "s3://logs: the bucket does not exist", "check the bucket's name"})
}

// Other servers than AWS have no host names for their buckets. That an IP address
// has none the SDK knows by itself, so these endpoints have a name.
func TestEndpoint(t *testing.T) {
	for _, name := range []string{"", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
		server := s3test.New(t)
		server.Put("logs", logKey, []byte("x"))
		opt := Options{EndpointURL: strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}
		if name != "" {
			t.Setenv(name, opt.EndpointURL)
			opt.EndpointURL = ""
		}
		s, err := open(t.Context(), "s3://logs", opt, impatient)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(mustList(t, s)); n != 1 {
			t.Errorf("%s: %d objects", name, n)
		}
	}
}
