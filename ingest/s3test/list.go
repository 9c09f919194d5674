package s3test

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// PageKeys sets how many keys a page of a listing has at most, which are 1,000
// otherwise.
func (s *Server) PageKeys(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page = n
}

// A listing is the answer to ListObjectsV2.
type listing struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	IsTruncated           bool
	NextContinuationToken string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	Contents              []listed
	CommonPrefixes        []common
}

type listed struct {
	Key          string
	LastModified gofakes3.ContentTime
	ETag         string
	Size         int64
	StorageClass string         `xml:",omitempty"`
	Restored     *restoreStatus `xml:"RestoreStatus"`
}

type restoreStatus struct {
	IsRestoreInProgress bool
	RestoreExpiryDate   *gofakes3.ContentTime
}

// listed is an object as it is listed, with what the request asks for beside.
func (s *Server) listed(r *http.Request, bucket string, encode func(string) string, o *gofakes3.Content) listed {
	l := listed{Key: encode(o.Key), LastModified: o.LastModified, ETag: o.ETag, Size: o.Size}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.archived[bucket+"/"+o.Key]
	if !ok {
		return l
	}
	l.StorageClass = a.class
	if a.restored && r.Header.Get("X-Amz-Optional-Object-Attributes") == "RestoreStatus" {
		expiry := gofakes3.NewContentTime(time.Now().Add(24 * time.Hour))
		l.Restored = &restoreStatus{RestoreExpiryDate: &expiry}
	}
	return l
}

type common struct{ Prefix string }

// lists answers ListObjectsV2, in which gofakes3 repeats folders from page to page,
// takes slashes at the beginning of keys away, and does not encode keys.
func (s *Server) lists(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bucket := strings.Trim(r.URL.Path, "/")
		query := r.URL.Query()
		if r.Method != http.MethodGet || query.Get("list-type") != "2" || strings.Contains(bucket, "/") {
			next.ServeHTTP(w, r)
			return
		}
		all, err := s.backend.ListBucket(bucket, nil, gofakes3.ListBucketPage{})
		if err != nil { // there is no such bucket
			next.ServeHTTP(w, r)
			return
		}
		encode := func(key string) string { return key }
		answer := listing{EncodingType: query.Get("encoding-type")}
		if answer.EncodingType == "url" {
			encode = func(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }
		}
		// A token is what the page before ended with, a key or a folder.
		token, err := base64.URLEncoding.DecodeString(query.Get("continuation-token"))
		if err != nil {
			WriteError(w, http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect")
			return
		}
		s.mu.Lock()
		room := s.page
		s.mu.Unlock()
		prefix, delimiter, after := query.Get("prefix"), query.Get("delimiter"), query.Get("start-after")
		last := string(token)
		for _, o := range all.Contents {
			if !strings.HasPrefix(o.Key, prefix) || last == "" && after != "" && o.Key <= after {
				continue
			}
			entry := o.Key
			if delimiter != "" {
				if i := strings.Index(o.Key[len(prefix):], delimiter); i >= 0 {
					entry = o.Key[:len(prefix)+i+len(delimiter)]
				}
			}
			isFolder := delimiter != "" && len(entry) > len(prefix) && strings.HasSuffix(entry, delimiter)
			if entry < last || entry == last {
				continue
			}
			if room == 0 {
				answer.IsTruncated = true
				answer.NextContinuationToken = base64.URLEncoding.EncodeToString([]byte(last))
				break
			}
			room--
			last = entry
			if isFolder {
				answer.CommonPrefixes = append(answer.CommonPrefixes, common{encode(entry)})
			} else {
				answer.Contents = append(answer.Contents, s.listed(r, bucket, encode, o))
			}
		}
		w.Header().Set("Content-Type", "application/xml")
		xml.NewEncoder(w).Encode(answer)
	})
}
