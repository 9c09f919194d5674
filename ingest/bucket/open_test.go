package bucket

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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

// A bucket that is in another region than the configured one is followed there, once,
// and by everything that comes after.
func TestFollowRegion(t *testing.T) {
	const code, message = "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'eu-north-1' is wrong; expecting 'eu-central-1'"
	redirect := func(w http.ResponseWriter) {
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		s3test.WriteError(w, http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.")
	}
	malformed := func(w http.ResponseWriter) { s3test.WriteError(w, http.StatusBadRequest, code, message) }
	for name, refuse := range map[string]func(http.ResponseWriter){"redirect": redirect, "malformed": malformed} {
		t.Run(name, func(t *testing.T) {
			server := s3test.New(t)
			server.Put("logs", "1", []byte("x"))
			server.Put("logs", "2", make([]byte, partSizeBytes+1))
			var refused atomic.Int64
			server.Wrap(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/s3/") {
						refused.Add(1)
						refuse(w)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			all := newFakeAWS(t, server, "eu-central-1")
			s, err := open(t.Context(), "s3://logs", Options{Region: "eu-north-1"}, impatient, all.client)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range mustList(t, s) {
				mustFetch(t, s, o)
			}
			if first, last := all.hosts[0], all.hosts[len(all.hosts)-1]; first != "GET logs.s3.eu-north-1.amazonaws.com" || last != "GET logs.s3.eu-central-1.amazonaws.com" {
				t.Errorf("asked %s", all.hosts)
			}
			if refused.Load() != 1 {
				t.Errorf("refused %d times", refused.Load())
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
