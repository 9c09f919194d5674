package s3test

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// A Server is an S3 server that takes any credentials, and none.
type Server struct {
	URL string

	tb      testing.TB
	backend *s3mem.Backend

	mu      sync.Mutex
	handler http.Handler
	page    int // keys in a page of a listing
	// archived are objects of archive classes, by bucket/key.
	archived map[string]archived
	now      time.Time // of what is done; zero for the real one
}

type archived struct {
	class    string
	restored bool
}

// New starts a server that ends with the test, and sets credentials for it.
func New(tb testing.TB) *Server {
	tb.Helper()
	Credentials(tb, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	s := &Server{tb: tb, page: 1000, archived: map[string]archived{}}
	s.backend = s3mem.New(s3mem.WithTimeSource(clock{s}))
	s.handler = s.lists(s.listsVersions(s.archives(s.ifMatch(metadata(gofakes3.New(s.backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())))))
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	tb.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Credentials makes these the only credentials that the AWS SDK finds, or lets it
// find none if they are empty. No setting of the machine reaches the test.
func Credentials(tb testing.TB, accessKeyID, secretAccessKey string) {
	tb.Helper()
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "AWS_") {
			tb.Setenv(name, "") // so that it comes back after the test
			os.Unsetenv(name)
		}
	}
	tb.Setenv("AWS_CONFIG_FILE", os.DevNull)
	tb.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	tb.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if accessKeyID != "" {
		tb.Setenv("AWS_ACCESS_KEY_ID", accessKeyID)
		tb.Setenv("AWS_SECRET_ACCESS_KEY", secretAccessKey)
	}
}

// CreateBucket makes a bucket, unless it is there.
func (s *Server) CreateBucket(bucket string) {
	s.tb.Helper()
	err := s.backend.CreateBucket(bucket)
	if err != nil && !gofakes3.HasErrorCode(err, gofakes3.ErrBucketAlreadyExists) {
		s.tb.Fatal(err)
	}
}

// Put stores an object, and makes its bucket if need be. After the body come
// names and values of headers that the object is to have, such as
// "Content-Encoding", "gzip", or "x-amz-meta-signature", "6a7b...".
func (s *Server) Put(bucket, key string, body []byte, header ...string) {
	s.tb.Helper()
	s.CreateBucket(bucket)
	meta := map[string]string{}
	for i := 0; i < len(header); i += 2 {
		meta[http.CanonicalHeaderKey(header[i])] = header[i+1]
	}
	_, err := s.backend.PutObject(bucket, key, meta, bytes.NewReader(body), int64(len(body)), nil)
	if err != nil {
		s.tb.Fatal(err)
	}
}

// Delete removes an object.
func (s *Server) Delete(bucket, key string) {
	s.tb.Helper()
	if _, err := s.backend.DeleteObject(bucket, key); err != nil {
		s.tb.Fatal(err)
	}
}

// Archive puts an object into a storage class; one that has to be restored is not given out
// any more. Class and restored are as the listing shows them: of Intelligent-Tiering it does
// not tell.
func (s *Server) Archive(bucket, key, class string, restored bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archived[bucket+"/"+key] = archived{class, restored}
}

// archives refuses to read what is archived.
func (s *Server) archives(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		a, ok := s.archived[strings.TrimPrefix(r.URL.Path, "/")]
		s.mu.Unlock()
		if ok && !a.restored && r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			xml.NewEncoder(w).Encode(struct {
				XMLName                     xml.Name `xml:"Error"`
				Code, Message, StorageClass string
			}{Code: "InvalidObjectState", Message: "The operation is not valid for the object's storage class", StorageClass: a.class})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Wrap puts a handler in front of what answers so far, from the next request on.
func (s *Server) Wrap(wrap func(next http.Handler) http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = wrap(s.handler)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	handler := s.handler
	s.mu.Unlock()
	handler.ServeHTTP(w, r)
}

// WriteError answers as S3 does when it refuses something.
func WriteError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	xml.NewEncoder(w).Encode(struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
	}{Code: code, Message: message})
}

// ifMatch refuses to read an object whose ETag is not the one asked for, which
// gofakes3 does not.
func (s *Server) ifMatch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if etag := r.Header.Get("If-Match"); etag != "" && r.Method == http.MethodGet {
			bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			o, err := s.backend.HeadObject(bucket, key)
			if id := r.URL.Query().Get("versionId"); id != "" {
				o, err = s.backend.HeadObjectVersion(bucket, key, gofakes3.VersionID(id))
			}
			if err == nil && etag != `"`+hex.EncodeToString(o.Hash)+`"` {
				WriteError(w, http.StatusPreconditionFailed, "PreconditionFailed",
					"At least one of the pre-conditions you specified did not hold")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// metadata writes the names of an object's metadata in lower case, as S3 does. Some
// clients of S3 tell the cases apart, although in HTTP they are one.
func metadata(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&metadataWriter{ResponseWriter: w}, r)
	})
}

type metadataWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *metadataWriter) WriteHeader(code int) {
	w.begun = true
	header := w.Header()
	for name, values := range header {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			delete(header, name)
			header[strings.ToLower(name)] = values
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *metadataWriter) Write(data []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(data)
}
