package bucket

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

// All versions are listed, each once, with what lies over them, and read, however large the
// pages are and whether or not the bucket is taken apart.
func TestVersions(t *testing.T) {
	server := s3test.New(t)
	server.Versioned("logs")
	began := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	want := map[string]string{} // content of each version, and what is told of it
	for i := range 150 {
		for _, folder := range []string{"a/", "b/c/", "b/d/"} {
			key := fmt.Sprintf("%s%03d \x01", folder, i)
			for n := range i % 4 {
				server.At(began.Add(time.Duration(n) * time.Hour))
				if n == 2 {
					server.Delete("logs", key)
					continue
				}
				server.Put("logs", key, []byte(fmt.Sprint(key, n)))
			}
			told := []string{"", "10:00", "11:00 10:00", "- 11:00 10:00"}[i%4]
			ids := server.Versions("logs", key)
			for j, n := range strings.Fields(told) {
				what := ""
				switch {
				case n == "-":
					continue
				case i%4 == 2 && j == 1:
					what = "replaced 11:00"
				case i%4 == 3 && j == 1:
					what = "deleted 12:00"
				case i%4 == 3 && j == 2:
					what = "replaced 11:00"
				}
				want[key+" "+ids[j]] = what
			}
		}
	}
	for _, page := range []int{1, 2, 7, 130, 1000} {
		server.PageKeys(page)
		for _, prefix := range []string{"", "b/", "a/07"} {
			s := mustOpen(t, server, "s3://logs/"+prefix, Options{Versions: true})
			got := map[string]string{}
			for i, o := range mustList(t, s) {
				what, v := "", o.Version
				if !v.Deleted.IsZero() {
					what = v.Deleted.Format("deleted 15:04")
				}
				if !v.Replaced.IsZero() {
					what += v.Replaced.Format("replaced 15:04")
				}
				key := strings.TrimPrefix(o.URI, "s3://logs/")
				if _, twice := got[key+" "+v.ID]; twice {
					t.Fatalf("pages of %d, %q: %s %s is listed twice", page, prefix, key, v.ID)
				}
				got[key+" "+v.ID] = what
				if i%50 == 0 {
					data, _, err := s.Fetch(t.Context(), o)
					ids := server.Versions("logs", key)
					slices.Reverse(ids)
					if err != nil || string(data) != fmt.Sprint(key, slices.Index(ids, v.ID)) {
						t.Errorf("%s %s: %q, %v", key, v.ID, data, err)
					}
				}
			}
			n := 0
			for version, what := range want {
				if !strings.HasPrefix(version, prefix) {
					continue
				}
				n++
				if told, ok := got[version]; !ok || told != what {
					t.Errorf("pages of %d, %q: %s: %q, want %q", page, prefix, version, told, what)
				}
			}
			if len(got) != n {
				t.Errorf("pages of %d, %q: %d versions, want %d", page, prefix, len(got), n)
			}
		}
	}
}

// A listing of versions that leads nowhere ends.
func TestVersionsWithoutEnd(t *testing.T) {
	for name, answer := range map[string]string{
		"the same page":  `<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a%d</NextKeyMarker><Version><Key>a</Key><VersionId>1</VersionId></Version></ListVersionsResult>`,
		"the same token": `<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><Version><Key>a</Key><VersionId>%d</VersionId></Version></ListVersionsResult>`,
		"no token":       `<ListVersionsResult><IsTruncated>true</IsTruncated><Version><Key>a</Key><VersionId>%d</VersionId></Version></ListVersionsResult>`,
		"a folder":       `<ListVersionsResult><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListVersionsResult>`,
		"another page":   `<html><body>Please sign in</body></html>`,
	} {
		server := s3test.New(t)
		n := 0
		server.Wrap(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n++
				w.Write([]byte(strings.Replace(answer, "%d", fmt.Sprint(n), 1)))
			})
		})
		s := mustOpen(t, server, "s3://logs", Options{Versions: true})
		var ended error
		listed := 0
		for _, err := range s.List(t.Context(), wantAll) {
			if err != nil {
				ended = err
			} else {
				listed++
			}
		}
		if ended == nil || listed > 2 || n > 20 {
			t.Errorf("%s: %v after %d requests, %d versions", name, ended, n, listed)
		}
	}
}

// A key that was not asked for is refused in a listing of versions, too.
func TestVersionsNotAsked(t *testing.T) {
	server := s3test.New(t)
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`<ListVersionsResult><IsTruncated>false</IsTruncated>
				<Version><Key>a/1</Key><VersionId>1</VersionId><Size>1</Size></Version><Version><Key>b/1</Key><VersionId>1</VersionId><Size>1</Size></Version>
				<DeleteMarker><Key>b/2</Key><VersionId>1</VersionId></DeleteMarker></ListVersionsResult>`))
		})
	})
	s := mustOpen(t, server, "s3://logs/a/", Options{Versions: true})
	var objects []ingest.Object
	refused := 0
	for o, err := range s.List(t.Context(), wantAll) {
		if err != nil {
			refused++
			continue
		}
		objects = append(objects, o)
	}
	if len(objects) != 1 || objects[0].URI != "s3://logs/a/1" || refused != 2 {
		t.Errorf("%+v, %d refused", objects, refused)
	}
}
