package awsapi

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A minimal S3, which has the results of Athena's queries where they were asked for, and
// nothing else: GetObject, HeadObject and ListObjectsV2 by path. Nobody writes to it.

// serveObject answers a request of S3's.
func (h *Handler) serveObject(w http.ResponseWriter, r *http.Request) {
	head := r.Method == http.MethodHead
	if _, err := h.body(r); err != nil {
		h.refusal(err).writeXML(w, head)
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if key == "" {
		h.serveBucket(w, r, bucket)
		return
	}
	for _, run := range h.engine.list(ofAthena) {
		if run.state == succeeded && run.bucket == bucket && run.key() == key {
			serveResult(w, r, &run)
			return
		}
	}
	(&apiError{status: http.StatusNotFound, code: "NoSuchKey", message: "The specified key does not exist: only results of queries are here."}).writeXML(w, head)
}

// serveResult serves the file of a result, or a range of it.
func serveResult(w http.ResponseWriter, r *http.Request, run *snapshot) {
	f, err := os.Open(run.path)
	if err != nil {
		(&apiError{status: http.StatusNotFound, code: "NoSuchKey", message: "The result is gone."}).writeXML(w, r.Method == http.MethodHead)
		return
	}
	defer f.Close()
	w.Header().Set("ETag", etag(run))
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", run.completed.Truncate(time.Second), f)
}

// etag tells the result of one query from that of another: results do not change.
func etag(run *snapshot) string { return `"` + strings.ReplaceAll(run.id, "-", "") + `"` }

// A listing is an answer of ListObjectsV2.
type listing struct {
	XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	MaxKeys               int
	KeyCount              int
	IsTruncated           bool
	EncodingType          string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	Contents              []listed
	CommonPrefixes        []commonPrefix
}

type listed struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	StorageClass string
}

type commonPrefix struct{ Prefix string }

// serveBucket answers what is asked of a bucket: whether it is there, where, and what is in it.
func (h *Handler) serveBucket(w http.ResponseWriter, r *http.Request, bucket string) {
	head := r.Method == http.MethodHead
	runs := slices.DeleteFunc(h.engine.list(ofAthena), func(run snapshot) bool { return run.state != succeeded || run.bucket != bucket })
	q := r.URL.Query()
	var answer any
	switch {
	case len(runs) == 0 && bucket != resultBucket:
		(&apiError{status: http.StatusNotFound, code: "NoSuchBucket", message: "The specified bucket does not exist: no result is in it."}).writeXML(w, head)
		return
	case q.Has("location"):
		answer = struct {
			XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
		}{}
	case head:
	case q.Get("list-type") != "2":
		(&apiError{status: http.StatusNotImplemented, code: "NotImplemented", message: "Of buckets there is ListObjectsV2."}).writeXML(w, head)
		return
	default:
		list, fault := list(bucket, q, runs)
		if fault != nil {
			fault.writeXML(w, head)
			return
		}
		answer = list
	}
	w.Header().Set("Content-Type", "application/xml")
	if answer == nil {
		return
	}
	text, err := xml.Marshal(answer)
	if err != nil {
		h.refusal(err).writeXML(w, head)
		return
	}
	w.Write(append([]byte(xml.Header), text...))
}

// list lists results by their keys. A token is the last key that was listed.
func list(bucket string, q map[string][]string, runs []snapshot) (*listing, *apiError) {
	get := func(name string) string {
		if values := q[name]; len(values) > 0 {
			return values[0]
		}
		return ""
	}
	l := &listing{
		Name: bucket, Prefix: get("prefix"), Delimiter: get("delimiter"), MaxKeys: 1000,
		EncodingType: get("encoding-type"), ContinuationToken: get("continuation-token"), StartAfter: get("start-after"),
	}
	if text := get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, &apiError{status: http.StatusBadRequest, code: "InvalidArgument", message: fmt.Sprintf("max-keys is not %.100q", text)}
		}
		l.MaxKeys = min(n, l.MaxKeys)
	}
	shown := func(key string) string {
		if l.EncodingType == "url" {
			return escape(key, true)
		}
		return key
	}
	behind := max(l.StartAfter, l.ContinuationToken)
	slices.SortFunc(runs, func(a, b snapshot) int { return strings.Compare(a.key(), b.key()) })
	last := ""
	for i := range runs {
		run := &runs[i]
		key := run.key()
		rest, ok := strings.CutPrefix(key, l.Prefix)
		if !ok || key <= behind {
			continue
		}
		folder := ""
		if before, _, cut := strings.Cut(rest, l.Delimiter); l.Delimiter != "" && cut {
			folder = l.Prefix + before + l.Delimiter
			if folder == l.ContinuationToken || slices.Contains(l.CommonPrefixes, commonPrefix{shown(folder)}) {
				continue
			}
		}
		if l.KeyCount == l.MaxKeys {
			l.IsTruncated, l.NextContinuationToken = l.KeyCount > 0, last
			break
		}
		l.KeyCount++
		if last = key; folder != "" {
			last = folder
			l.CommonPrefixes = append(l.CommonPrefixes, commonPrefix{shown(folder)})
			continue
		}
		l.Contents = append(l.Contents, listed{shown(key), run.completed.UTC().Format("2006-01-02T15:04:05.000Z"), etag(run), run.result.bytes, "STANDARD"})
	}
	l.Prefix, l.StartAfter, l.Delimiter = shown(l.Prefix), shown(l.StartAfter), shown(l.Delimiter)
	return l, nil
}
