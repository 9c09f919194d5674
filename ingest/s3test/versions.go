package s3test

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// Versioned makes a bucket one that keeps all versions of its objects.
func (s *Server) Versioned(bucket string) {
	s.tb.Helper()
	s.CreateBucket(bucket)
	if err := s.backend.SetVersioningConfiguration(bucket, gofakes3.VersioningConfiguration{Status: gofakes3.VersioningEnabled}); err != nil {
		s.tb.Fatal(err)
	}
}

// DeleteVersion removes a version for good.
func (s *Server) DeleteVersion(bucket, key, id string) {
	s.tb.Helper()
	if _, err := s.backend.DeleteObjectVersion(bucket, key, gofakes3.VersionID(id)); err != nil {
		s.tb.Fatal(err)
	}
}

// At sets the time at which whatever follows happens; until then it is now.
func (s *Server) At(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = t
}

// clock is the time of a server.
type clock struct{ *Server }

func (c clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		return time.Now()
	}
	return c.now
}

func (c clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Versions are the IDs of an object's versions and delete markers, the newest first.
func (s *Server) Versions(bucket, key string) (ids []string) {
	s.tb.Helper()
	entries, err := s.entries(bucket)
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, e := range entries {
		if e.Key == key {
			ids = append(ids, e.VersionId)
		}
	}
	return ids
}

// A versionEntry is a version, or a delete marker, as it is listed.
type versionEntry struct {
	XMLName      xml.Name
	Key          string
	VersionId    string
	IsLatest     bool
	LastModified gofakes3.ContentTime
	ETag         string `xml:",omitempty"`
	Size         int64
	StorageClass string         `xml:",omitempty"`
	Restored     *restoreStatus `xml:"RestoreStatus"`
}

// entries are all versions of a bucket, as S3 sorts them.
func (s *Server) entries(bucket string) ([]versionEntry, error) {
	all, err := s.backend.ListBucketVersions(bucket, nil, nil)
	if err != nil {
		return nil, err
	}
	var entries []versionEntry
	for _, item := range all.Versions {
		switch v := item.(type) {
		case *gofakes3.Version:
			entries = append(entries, versionEntry{XMLName: xml.Name{Local: "Version"}, Key: v.Key, VersionId: cmp.Or(string(v.VersionID), "null"), IsLatest: v.IsLatest, LastModified: v.LastModified, ETag: v.ETag, Size: v.Size})
		case *gofakes3.DeleteMarker:
			entries = append(entries, versionEntry{XMLName: xml.Name{Local: "DeleteMarker"}, Key: v.Key, VersionId: cmp.Or(string(v.VersionID), "null"), IsLatest: v.IsLatest, LastModified: v.LastModified})
		}
	}
	slices.SortStableFunc(entries, func(a, b versionEntry) int {
		latest := 0
		switch {
		case a.IsLatest && !b.IsLatest:
			latest = -1
		case b.IsLatest && !a.IsLatest:
			latest = 1
		}
		return cmp.Or(strings.Compare(a.Key, b.Key), latest, b.LastModified.Compare(a.LastModified.Time))
	})
	return entries, nil
}

// listsVersions answers ListObjectVersions, of which gofakes3 does not know the pages.
func (s *Server) listsVersions(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bucket := strings.Trim(r.URL.Path, "/")
		query := r.URL.Query()
		if r.Method != http.MethodGet || !query.Has("versions") || strings.Contains(bucket, "/") {
			next.ServeHTTP(w, r)
			return
		}
		entries, err := s.entries(bucket)
		if err != nil { // there is no such bucket
			next.ServeHTTP(w, r)
			return
		}
		answer := struct {
			XMLName             xml.Name `xml:"ListVersionsResult"`
			IsTruncated         bool
			NextKeyMarker       string `xml:",omitempty"`
			NextVersionIdMarker string `xml:",omitempty"`
			EncodingType        string `xml:",omitempty"`
			Entries             []versionEntry
			CommonPrefixes      []common
		}{EncodingType: query.Get("encoding-type")}
		encode := func(key string) string { return key }
		if answer.EncodingType == "url" {
			encode = func(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }
		}
		s.mu.Lock()
		room := s.page
		s.mu.Unlock()
		prefix, delimiter, marker, id := query.Get("prefix"), query.Get("delimiter"), query.Get("key-marker"), query.Get("version-id-marker")
		behind, lastKey, lastID, lastFolder := false, "", "", ""
		for _, e := range entries {
			if e.Key == marker && id != "" && !behind {
				behind = e.VersionId == id
				continue
			}
			if !strings.HasPrefix(e.Key, prefix) || e.Key < marker || e.Key == marker && id == "" || delimiter != "" && marker != "" && strings.HasSuffix(marker, delimiter) && strings.HasPrefix(e.Key, marker) {
				continue
			}
			folder := ""
			if i := strings.Index(e.Key[len(prefix):], delimiter); delimiter != "" && i >= 0 {
				folder = e.Key[:len(prefix)+i+len(delimiter)]
			}
			if folder != "" && folder == lastFolder {
				continue
			}
			if room == 0 {
				answer.IsTruncated, answer.NextKeyMarker, answer.NextVersionIdMarker = true, encode(lastKey), lastID
				break
			}
			room--
			if folder != "" {
				answer.CommonPrefixes = append(answer.CommonPrefixes, common{encode(folder)})
				lastFolder, lastKey, lastID = folder, folder, ""
				continue
			}
			lastKey, lastID = e.Key, e.VersionId
			plain := s.listed(r, bucket, encode, &gofakes3.Content{Key: e.Key})
			e.Key, e.StorageClass, e.Restored = plain.Key, plain.StorageClass, plain.Restored
			answer.Entries = append(answer.Entries, e)
		}
		w.Header().Set("Content-Type", "application/xml")
		xml.NewEncoder(w).Encode(answer)
	})
}
