package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/config"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

// lists makes a server answer each listing with what a function returns, to be put into a
// ListBucketResult.
func lists(server *s3test.Server, answer func(q url.Values) string) {
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			if !q.Has("list-type") {
				next.ServeHTTP(w, r)
				return
			}
			fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>logs</Name>%s</ListBucketResult>`, answer(q))
		})
	})
}

// contents are entries of a listing.
func contents(keys ...string) string {
	var b strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&b, "<Contents><Key>%s</Key><Size>1</Size></Contents>", key)
	}
	return b.String()
}

func truncated(token string) string {
	return "<IsTruncated>true</IsTruncated><NextContinuationToken>" + token + "</NextContinuationToken>"
}

func host(server *s3test.Server) string { return strings.TrimPrefix(server.URL, "http://") }

// Keys that were not asked for are refused one by one, and the others listed, whatever the
// page and however the source is taken apart.
func TestListNotAsked(t *testing.T) {
	server := s3test.New(t)
	pages := 0
	lists(server, func(q url.Values) string {
		if pages++; q.Get("continuation-token") == "2" {
			return contents("logs/a/z", "elsewhere/x")
		}
		var keys []string
		for i := range 10 {
			keys = append(keys, fmt.Sprint("logs/a/", i+10))
		}
		return truncated("2") + contents(keys...) + contents("", "l", "logs", "elsewhere/x", "../logs/a/1", "Logs/a/2") +
			`<EncodingType>url</EncodingType><Contents><Key>%1B%5B2J</Key></Contents>` +
			`<Contents><Key>logs/a/3</Key><Size>-5</Size></Contents><Contents><Key>logs/a/4</Key><Size>9223372036854775807</Size></Contents>`
	})
	s := mustOpen(t, server, "s3://logs/logs/a", Options{})
	listed, refused := 0, map[string]string{}
	for o, err := range s.List(t.Context(), wantAll) {
		switch {
		case err == nil:
			listed++
		case o.URI == "":
			t.Fatal(err)
		default:
			check(t, err, want{NotAsked, false, o.URI + ": not read: the server " + host(server) + " does not list as S3 does: ", "who runs the server"})
			key := strings.TrimPrefix(o.URI, "s3://logs/")
			if refused[key] != "" {
				t.Errorf("%q is told of again", key)
			}
			refused[key] = err.Error()
			if o.Size != 0 || o.Named {
				t.Errorf("%+v", o)
			}
		}
	}
	if listed != 11 || pages != 2 {
		t.Errorf("%d listed, in %d pages", listed, pages)
	}
	for _, key := range []string{"", "l", "logs", "elsewhere/x", "../logs/a/1", "Logs/a/2", "\x1b[2J"} {
		if !strings.HasSuffix(refused[key], "this key was not asked for") {
			t.Errorf("%q: %s", key, refused[key])
		}
	}
	if len(refused) != 9 || !strings.HasSuffix(refused["logs/a/3"], "no object has -5 bytes") {
		t.Errorf("%q", refused)
	}
}

// A listing that would have no end, or not be whole, ends with an error that says so.
func TestListLeadsNowhere(t *testing.T) {
	some := contents("logs/1", "logs/2")
	n := 0
	fresh := func() string { n++; return fmt.Sprint(n) }
	folder := func(name string) string { return "<CommonPrefixes><Prefix>" + name + "</Prefix></CommonPrefixes>" }
	for _, test := range []struct {
		name   string
		answer func(q url.Values) string
		want   string
	}{
		{"the same token", func(url.Values) string { return truncated("t") + contents("logs/"+fresh()) }, `the continuation token "t" came before`},
		{"two tokens in turn", func(q url.Values) string {
			return truncated(map[string]string{"": "1", "1": "2", "2": "1"}[q.Get("continuation-token")]) + contents("logs/"+fresh())
		}, `the continuation token "1" came before`},
		{"no token", func(url.Values) string { return "<IsTruncated>true</IsTruncated>" + some }, "a page is not the last, and has no continuation token"},
		{"an empty token", func(url.Values) string { return truncated("") + some }, "a page is not the last, and has no continuation token"},
		{"the same page", func(url.Values) string { return truncated(fresh()) + some }, `two pages begin with "logs/1"`},
		{"the same folders", func(q url.Values) string {
			if q.Get("prefix") != "logs/" {
				return ""
			}
			return truncated(fresh()) + folder("logs/a/")
		}, `two pages begin with "logs/a/"`},
		{"the folder itself", func(url.Values) string { return folder("logs/") }, `the folder "logs/" is not one of "logs/"`},
		{"the folder above", func(url.Values) string { return folder("/") }, `the folder "/" is not one of "logs/"`},
		{"another folder", func(url.Values) string { return folder("else/where/") }, `the folder "else/where/" is not one of "logs/"`},
		{"a folder of a folder", func(url.Values) string { return folder("logs/a/b/") }, `the folder "logs/a/b/" is not one of "logs/"`},
		{"no folder", func(url.Values) string { return folder("logs/a") }, `the folder "logs/a" is not one of "logs/"`},
		{"an empty folder", func(url.Values) string { return folder("") }, `the folder "" is not one of "logs/"`},
		{"ever deeper", func(q url.Values) string { return folder(q.Get("prefix") + "aaaaaaaaaaaaaaa/") }, "is longer than a key can be"},
		{"nothing that was asked for", func(url.Values) string {
			keys := make([]string, 1000)
			for i := range keys {
				keys[i] = "x" + fresh()
			}
			return truncated(fresh()) + contents(keys...)
		}, "more than 65536 keys were not asked for"},
		{"bad encoding", func(url.Values) string { return "<EncodingType>url</EncodingType>" + contents("logs/%zz") }, `the key "logs/%zz" is not encoded as it says`},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			lists(server, test.answer)
			s := mustOpen(t, server, "s3://logs/logs/", Options{})
			var last error
			for o, err := range s.List(t.Context(), func(string) ingest.Want { return ingest.WantSome }) {
				if last = err; o.URI != "" && err != nil && test.name != "nothing that was asked for" {
					t.Errorf("%s: %v", o.URI, err)
				}
			}
			check(t, last, want{BadListing, true, "s3://logs/logs/: the server " + host(server) + " does not list as S3 does: ", "who runs the server"})
			if !strings.Contains(last.Error(), test.want) {
				t.Errorf("ended with %v", last)
			}
		})
	}
	// Where nobody asked for folders, their keys would be missing.
	server := s3test.New(t)
	lists(server, func(url.Values) string { return some + folder("logs/a/") })
	check(t, listError(t.Context(), mustOpen(t, server, "s3://logs/logs/", Options{})),
		want{BadListing, true, `it has the folder "logs/a/" instead of the keys in it`, "who runs the server"})
}

// repeat writes a text again and again, until nobody reads it or too much was read.
func repeat(t *testing.T, w io.Writer, text string) {
	text = strings.Repeat(text, 1+4096/len(text))
	for written := 0; written < 64<<20; written += len(text) {
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
	}
	t.Errorf("more than 64 MB were read")
}

// What has no end is not read to it.
func TestAnswersWithoutEnd(t *testing.T) {
	const list = "<ListBucketResult><Name>logs</Name>"
	for _, test := range []struct {
		name        string
		status      int
		begin, then string
		want        string
	}{
		{"spaces", 200, list, " ", fmt.Sprintf("the answer is longer than %d bytes", maxPageBytes)},
		{"behind the end", 200, list + "</ListBucketResult>", " ", ""},
		{"one key", 200, list + "<Contents><Key>", "a", fmt.Sprintf("the answer is longer than %d bytes", maxPageBytes)},
		{"keys", 200, list, contents("logs/1"), fmt.Sprintf("the answer has more than %d tags", maxPageTags)},
		{"nesting", 200, list, "<a>", fmt.Sprintf("the answer has more than %d tags", maxPageTags)},
		{"attributes", 200, list + "<Contents", ` a=">"`, fmt.Sprintf("the answer has a tag of more than %d bytes", maxTagBytes)},
		{"a comment", 200, list, "<!-- <a> -->", "the answer has what no listing has: <!"},
		{"an error", 400, "<Error><Code>InvalidRequest</Code><Message>", "a", fmt.Sprintf("the answer is longer than %d bytes", maxErrorBytes)},
		{"an error of the server", 503, "", "a", fmt.Sprintf("the answer is longer than %d bytes", maxErrorBytes)},
		{"a redirect", 301, "", "a", fmt.Sprintf("the answer is longer than %d bytes", maxErrorBytes)},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			server.Put("logs", "logs/1", []byte("x"))
			s := mustOpen(t, server, "s3://logs/logs/", Options{})
			o := mustList(t, s)[0]
			server.Wrap(func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.WriteHeader(test.status)
					io.WriteString(w, test.begin)
					repeat(t, w, test.then)
				})
			})
			err := listError(t.Context(), s)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("listing ended with %v", err)
			}
			if _, _, err := s.Fetch(t.Context(), o); err == nil {
				t.Error("an object was read")
			}
		})
	}
}

// An object ends where the listing says, whatever the server says of its length.
func TestObjectWithoutEnd(t *testing.T) {
	for _, total := range []string{"*", "1000000000000", "-1"} {
		server := s3test.New(t)
		server.Put("logs", "1", make([]byte, partSizeBytes+1))
		s := mustOpen(t, server, "s3://logs", Options{})
		o := mustList(t, s)[0]
		var asked atomic.Int64
		server.Wrap(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Range", strings.Replace(r.Header.Get("Range"), "=", " ", 1)+"/"+total)
				w.WriteHeader(http.StatusPartialContent)
				w.Write(make([]byte, partSizeBytes))
			})
		})
		_, _, err := s.Fetch(t.Context(), o)
		check(t, err, want{ObjectChanged, false, "s3://logs/1: the object changed after it was listed", "read it again"})
		if n := asked.Load(); n > maxAttempts*2 {
			t.Errorf("%s: %d requests", total, n)
		}
	}
}

// A connection that delivers hardly anything is given up like one that delivers nothing.
func TestSlowAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, r.URL.Query().Get("text"))
			http.NewResponseController(w).Flush()
			time.Sleep(time.Millisecond)
		}
	}))
	defer server.Close()
	for _, test := range []struct {
		query, text string
		page        time.Duration
		want        string
	}{
		{"", "x", time.Hour, "the connection delivered "},
		{"list-type=2&", "x", time.Hour, "the connection delivered "},
		{"list-type=2&", strings.Repeat("x", minBytes), 60 * time.Millisecond, "the answer has no end after 60ms"},
	} {
		g := newGuard(server.Client())
		g.window, g.page = 30*time.Millisecond, test.page
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/?"+test.query+"text="+test.text, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := g.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: ended with %v", test.query, err)
		}
		if _, again := response.Body.Read(make([]byte, 1)); again != err {
			t.Errorf("to read on: %v", again)
		}
		response.Body.Close()
	}
}

// Redirects lead to no other server.
func TestRedirects(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere.Add(1)
		io.WriteString(w, "<ListBucketResult><Name>logs</Name></ListBucketResult>")
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, unsigned := range []bool{false, true} {
			server := s3test.New(t)
			server.Put("logs", "1", []byte("x"))
			s := mustOpen(t, server, "s3://logs", Options{NoSignRequest: unsigned})
			o := mustList(t, s)[0]
			n := requests(server)
			server.Wrap(func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					n.Add(1)
					http.Redirect(w, r, other.URL+r.URL.String(), status)
				})
			})
			err := listError(t.Context(), s)
			if err == nil || status > 303 && !strings.Contains(err.Error(), "the server redirects to "+strings.TrimPrefix(other.URL, "http://")+", where nobody is asked") {
				t.Errorf("%d: listing ended with %v", status, err)
			}
			if _, _, err := s.Fetch(t.Context(), o); err == nil {
				t.Errorf("%d: an object was read", status)
			}
			if status > 303 && n.Load() > 3 { // one to list, and two ways to fetch
				t.Errorf("%d: %d requests", status, n.Load())
			}
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("the other server was asked %d times", n)
	}

	// On the same server they may lead, but not in circles.
	server := s3test.New(t)
	server.Put("logs", "1", []byte("x"))
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path, ok := strings.CutPrefix(r.URL.Path, "/there"); ok {
				r.URL.Path = path
				next.ServeHTTP(w, r)
				return
			}
			http.Redirect(w, r, "/there"+r.URL.String(), http.StatusTemporaryRedirect)
		})
	})
	if n := len(mustList(t, mustOpen(t, server, "s3://logs", Options{}))); n != 1 {
		t.Errorf("%d objects", n)
	}
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
		})
	})
	if err := listError(t.Context(), mustOpen(t, server, "s3://logs", Options{})); err == nil || !strings.Contains(err.Error(), "redirects more than 5 times") {
		t.Errorf("in circles: %v", err)
	}
}

// The endpoints of S3 are those of one domain, reached by TLS.
func TestRedirectsOfS3(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{"https://logs.s3.amazonaws.com/", "https://logs.s3-eu-west-1.amazonaws.com/", true},
		{"https://logs.s3.us-east-1.amazonaws.com/", "https://logs.s3.eu-west-1.amazonaws.com/", true},
		{"https://s3.us-east-1.amazonaws.com/logs", "https://logs.s3.dualstack.eu-west-1.amazonaws.com/", true},
		{"https://logs.s3.cn-north-1.amazonaws.com.cn/", "https://logs.s3.cn-northwest-1.amazonaws.com.cn/", true},
		{"https://logs.s3.us-east-1.amazonaws.com/", "http://logs.s3.eu-west-1.amazonaws.com/", false},
		{"https://logs.s3.us-east-1.amazonaws.com/", "https://logs.s3.cn-north-1.amazonaws.com.cn/", false},
		{"https://logs.s3.us-east-1.amazonaws.com/", "https://ec2-192-0-2-1.compute-1.amazonaws.com/", false},
		{"https://logs.s3.us-east-1.amazonaws.com/", "https://logs.s3.us-east-1.amazonaws.com.example.com/", false},
		{"https://logs.s3.us-east-1.amazonaws.com/", "https://logs.s3.us-east-1.amazonaws.com:8443/", false},
		{"https://logs.s3.us-east-1.amazonaws.com/", "https://example.com/logs.s3.us-east-1.amazonaws.com/", false},
		{"https://s3.example.com/", "https://logs.s3.us-east-1.amazonaws.com/", false},
		{"https://s3.example.com/", "https://s3.example.com/logs/", true},
		{"https://s3.example.com/", "http://s3.example.com/logs/", false},
		{"https://s3.example.com/", "https://s3.example.com:9000/", false},
	} {
		from, to := httptest.NewRequest(http.MethodGet, test.from, nil), httptest.NewRequest(http.MethodGet, test.to, nil)
		if err := checkRedirect(nil)(to, []*http.Request{from}); (err == nil) != test.want {
			t.Errorf("from %s to %s: %v", test.from, test.to, err)
		}
	}
}

// S3 sends those who come to a young bucket by the wrong way to its Region with a 307.
func TestFollowTemporaryRedirect(t *testing.T) {
	for _, unsigned := range []bool{false, true} {
		server := s3test.New(t)
		server.Put("logs", "1", []byte("x"))
		aws := newFakeAWS(t, server, "eu-central-1")
		s, err := open(t.Context(), "s3://logs", Options{Region: "eu-north-1", NoSignRequest: unsigned}, impatient, func(o *config.LoadOptions) error {
			o.HTTPClient = &http.Client{Transport: redirects{aws}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range mustList(t, s) {
			mustFetch(t, s, o)
		}
		if last := aws.hosts[len(aws.hosts)-1]; last != "GET logs.s3.eu-central-1.amazonaws.com" {
			t.Errorf("asked %s", aws.hosts)
		}
	}
}

type redirects struct{ *fakeAWS }

func (a redirects) RoundTrip(r *http.Request) (*http.Response, error) {
	if signed := r.Header.Get("Authorization"); strings.Contains(r.URL.Host, "eu-north-1") || signed != "" && !strings.Contains(signed, "/eu-central-1/s3/") {
		w := httptest.NewRecorder()
		w.Header().Set("Location", "https://logs.s3.eu-central-1.amazonaws.com"+r.URL.RequestURI())
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		s3test.WriteError(w, http.StatusTemporaryRedirect, "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint.")
		response := w.Result()
		response.Request = r
		return response, nil
	}
	return a.fakeAWS.RoundTrip(r)
}

// A server's words are passed on without what requests are signed with.
func TestErrorText(t *testing.T) {
	token := strings.Repeat("IQoJb3JpZ2luX2VjE/+", 30) + "=="
	server := s3test.New(t)
	t.Setenv("AWS_SESSION_TOKEN", token)
	server.Put("logs", "1", []byte("x"))
	s := mustOpen(t, server, "s3://logs", Options{})
	o := mustList(t, s)[0]
	for name, echo := range map[string]func(h http.Header) string{
		"headers": func(h http.Header) string {
			var b strings.Builder
			h.Write(&b)
			return b.String()
		},
		"Go":        func(h http.Header) string { return fmt.Sprintf("%q", h) },
		"parameter": func(h http.Header) string { return "?" + url.Values(h).Encode() },
		"values": func(h http.Header) string {
			return h.Get("X-Amz-Security-Token") + " " + h.Get("Authorization")
		},
		"scope": func(http.Header) string { return "you came as auditor/20260302/us-east-1/s3/aws4_request" },
		"parts": func(h http.Header) string {
			_, signature, _ := strings.Cut(h.Get("Authorization"), "Signature=")
			return "you signed " + signature + " with AKIAIOSFODNN7EXAMPLE and " + token[:200]
		},
		"terminal": func(http.Header) string { return "\x1b]0;owned\x07\u202e\u009b31m\r\n" },
		"long":     func(http.Header) string { return strings.Repeat("word ", 10000) },
	} {
		for _, code := range []string{"InvalidRequest", "AccessDenied", "InvalidAccessKeyId", "KMS.KMSInvalidStateException"} {
			server.Wrap(func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s3test.WriteError(w, http.StatusBadRequest, code, "it went wrong because of "+echo(r.Header))
				})
			})
			_, _, fetched := s.Fetch(t.Context(), o)
			for _, err := range []error{listError(t.Context(), s), fetched} {
				text := err.Error()
				if !strings.Contains(text, "because of") && code != "AccessDenied" {
					t.Errorf("%s, %s: nothing of it is left: %s", name, code, text)
				}
				for _, secret := range []string{"AKIAIOSFODNN7EXAMPLE", token[:100], "aws4_request", "auditor"} {
					if strings.Contains(text, secret) {
						t.Errorf("%s, %s: %s", name, code, text)
					}
				}
				if len(text) > maxText+100 || strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.C, r) }) {
					t.Errorf("%s, %s: %d bytes: %q", name, code, len(text), text)
				}
			}
		}
	}
	const said = `User: arn:aws:iam::111122223333:user/audit is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::logs/` + logKey + `" because no identity-based policy allows the s3:GetObject action`
	for _, text := range []string{
		said, "InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records",
		"SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method",
		"AuthorizationHeaderMalformed: The authorization header is malformed; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"",
	} {
		if got := plain(text); got != text {
			t.Errorf("%q\nbecame %q", text, got)
		}
	}
}

// No message has the password of an endpoint, however it is written.
func TestEndpointPassword(t *testing.T) {
	server := s3test.New(t)
	for _, endpoint := range []string{
		"http://user:hunter2@" + host(server), "http://user:hunter2@127.0.0.1:1", "http://user:hunter2@name.invalid",
		"http://user:hunter2@[::1", "http://user:hunter2@host:port", "http://us er:hunter2@host", "http://user:hunter2%zz@host", "://user:hunter2@host",
		"user:hunter2@host", "user:hunter2@host:9000", "http:user:hunter2@host", "http:///user:hunter2@host", "ftp://user:hunter2@host",
		"http://user:/hunter2@host", "http://user:?hunter2@host", "http://user:1#hunter2@host", "http://user:1/hunter2@host", "http://user:hunter2\n@host", "http://user:hunter2@", "hunter2",
	} {
		for _, name := range []string{"", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
			opt := Options{EndpointURL: endpoint, Region: "us-east-1"}
			if name != "" {
				opt.EndpointURL = ""
				t.Setenv(name, endpoint)
			}
			s, err := open(t.Context(), "s3://logs", opt, impatient)
			if err == nil {
				if strings.Contains(s.String(), "hunter2") {
					t.Errorf("%s: the source is %s", endpoint, s)
				}
				err = listError(t.Context(), s)
				_, _, fetched := s.Fetch(t.Context(), ingest.Object{URI: "s3://logs/1", Size: 1})
				err = errors.Join(err, fetched)
			} else {
				check(t, err, want{BadEndpoint, true, "s3://logs: the endpoint is not the URL of a server", "https://s3.example.com"})
			}
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", endpoint, err)
			}
			if name != "" {
				t.Setenv(name, "")
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel) // who is not there is asked again and again
		_, err := PublicKeys(ctx, "us-east-1", time.Time{}, time.Time{}, Options{EndpointURL: endpoint})
		cancel()
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: public keys: %v", endpoint, err)
		}
	}
}

// Public keys come in an answer with an end, from CloudTrail alone.
func TestPublicKeysWithoutEnd(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(n int64, w http.ResponseWriter, r *http.Request)
		want   string
	}{
		"the same token": {func(_ int64, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"NextToken":"t"}`) }, "has no end: 2 pages"},
		"fresh tokens":   {func(n int64, w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"NextToken":"%d"}`, n) }, "has no end: 100 pages"},
		"a redirect": {func(n int64, w http.ResponseWriter, r *http.Request) {
			if n > 1 {
				t.Error("a redirect was followed")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "status 307"},
		"an echo": {func(_ int64, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type":"x#BadRequest","Message":"you sent Authorization: %s\u001b"}`, r.Header.Get("Authorization"))
		}, "BadRequest: you sent Authorization …"},
	} {
		s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "secret")
		var n atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { test.answer(n.Add(1), w, r) }))
		_, err := PublicKeys(t.Context(), "us-east-1", time.Time{}, time.Time{}, Options{EndpointURL: server.URL})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "AKIA") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
}
