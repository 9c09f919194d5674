package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

// bucketName is the one bucket of the server.
const bucketName = "archive"

// An s3Server serves a folder as an S3 bucket, for reading only. It shares the
// machine with what is measured, so it does as little as it can for a request: it
// speaks just the HTTP that S3 clients do, on one goroutine for each connection,
// and has small objects in memory with their ETags made up beforehand.
type s3Server struct {
	latency time.Duration // before each answer, as a network would add
	keys    []string      // sorted
	objects []s3Object    // of the same index
}

type s3Object struct {
	path     string
	size     int64
	modified time.Time
	etag     string
	body     []byte // nil: read from the file
}

const (
	// Opening a small file costs more than all else about a request.
	keptObjectBytes = 1 << 20
	keptBytes       = 2 << 30 // of all objects
)

func newS3Server(folder string, latency time.Duration) (*s3Server, error) {
	s := &s3Server{latency: latency}
	kept := int64(0)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		o := s3Object{path: path, size: info.Size(), modified: info.ModTime().UTC()}
		sum := md5.Sum(fmt.Appendf(nil, "%s %d %d", name, o.size, o.modified.UnixNano()))
		o.etag = hex.EncodeToString(sum[:])
		if o.size <= keptObjectBytes && kept+o.size <= keptBytes {
			if o.body, err = os.ReadFile(path); err != nil {
				return err
			}
			kept += o.size
		}
		s.keys = append(s.keys, filepath.ToSlash(name))
		s.objects = append(s.objects, o)
		return nil
	})
	sort.Sort(s) // a walk has a/b before a-b, keys have not
	return s, err
}

func (s *s3Server) Len() int           { return len(s.keys) }
func (s *s3Server) Less(i, j int) bool { return s.keys[i] < s.keys[j] }
func (s *s3Server) Swap(i, j int) {
	s.keys[i], s.keys[j] = s.keys[j], s.keys[i]
	s.objects[i], s.objects[j] = s.objects[j], s.objects[i]
}

// serve answers until ctx ends.
func (s *s3Server) serve(ctx context.Context, listener net.Listener) error {
	var connections sync.WaitGroup
	defer connections.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { listener.Close() })
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		connections.Go(func() {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			defer conn.Close()
			c := s3Connection{server: s, conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}
			for c.answer() == nil {
			}
		})
	}
}

// An s3Connection is one client's.
type s3Connection struct {
	server *s3Server
	conn   net.Conn
	in     *bufio.Reader
	out    []byte
}

// An s3Request is what matters of a request.
type s3Request struct {
	method, key string
	bucket      string
	query       url.Values
	byteRange   string
	ifMatch     string
	close       bool
}

func (c *s3Connection) read() (r s3Request, err error) {
	line, err := c.line()
	if err != nil {
		return r, err
	}
	method, rest, _ := strings.Cut(string(line), " ")
	target, _, ok := strings.Cut(rest, " ")
	if !ok {
		return r, errors.New("not HTTP")
	}
	path, query, _ := strings.Cut(target, "?")
	if path, err = url.PathUnescape(path); err != nil {
		return r, err
	}
	r.method = method
	r.bucket, r.key, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if query != "" && r.key == "" {
		if r.query, err = url.ParseQuery(query); err != nil {
			return r, err
		}
	}
	for {
		if line, err = c.line(); err != nil || len(line) == 0 {
			return r, err
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Range")):
			r.byteRange = string(value)
		case bytes.EqualFold(name, []byte("If-Match")):
			r.ifMatch = string(value)
		case bytes.EqualFold(name, []byte("Connection")):
			r.close = bytes.EqualFold(value, []byte("close"))
		case bytes.EqualFold(name, []byte("Content-Length")) && string(value) != "0":
			return r, errors.New("a request with a body: nothing can be written here")
		}
	}
}

func (c *s3Connection) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

func (c *s3Connection) answer() error {
	r, err := c.read()
	if err != nil {
		return err
	}
	if c.server.latency > 0 {
		time.Sleep(c.server.latency)
	}
	switch {
	case r.method != "GET" && r.method != "HEAD":
		err = c.fail(&r, http.StatusMethodNotAllowed, "MethodNotAllowed")
	case r.bucket != bucketName:
		err = c.fail(&r, http.StatusNotFound, "NoSuchBucket")
	case r.key != "":
		err = c.object(&r)
	case r.query.Has("location"):
		err = c.document(&r, []byte(xml.Header+`<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`))
	default:
		err = c.document(&r, c.server.list(r.query))
	}
	if err == nil && r.close {
		err = io.EOF
	}
	return err
}

func (c *s3Connection) fail(r *s3Request, status int, code string) error {
	body := fmt.Sprintf("%s<Error><Code>%s</Code><Message>%[2]s</Message></Error>", xml.Header, code)
	return c.write(r, fmt.Appendf(c.out[:0], "HTTP/1.1 %d %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n", status, http.StatusText(status), len(body)), []byte(body))
}

func (c *s3Connection) document(r *s3Request, body []byte) error {
	return c.write(r, fmt.Appendf(c.out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nx-amz-bucket-region: us-east-1\r\nContent-Length: %d\r\n\r\n", len(body)), body)
}

// write sends head and body, in one go.
func (c *s3Connection) write(r *s3Request, head, body []byte) error {
	if r.method != "HEAD" {
		head = append(head, body...)
	}
	c.out = head
	_, err := c.conn.Write(head)
	return err
}

func (c *s3Connection) object(r *s3Request) error {
	i, found := slices.BinarySearch(c.server.keys, r.key)
	if !found {
		return c.fail(r, http.StatusNotFound, "NoSuchKey")
	}
	o := &c.server.objects[i]
	if r.ifMatch != "" && strings.Trim(r.ifMatch, `"`) != o.etag {
		return c.fail(r, http.StatusPreconditionFailed, "PreconditionFailed")
	}
	first, end := int64(0), o.size
	head := append(c.out[:0], "HTTP/1.1 200 OK\r\n"...)
	if r.byteRange != "" {
		var ok bool
		if first, end, ok = parseRange(r.byteRange, o.size); !ok {
			return c.fail(r, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
		}
		head = fmt.Appendf(head[:0], "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\n", first, end-1, o.size)
	}
	head = append(head, "Accept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\nETag: \""...)
	head = append(append(head, o.etag...), "\"\r\nLast-Modified: "...)
	head = o.modified.AppendFormat(head, http.TimeFormat)
	head = strconv.AppendInt(append(head, "\r\nContent-Length: "...), end-first, 10)
	head = append(head, "\r\n\r\n"...)
	if o.body != nil {
		return c.write(r, head, o.body[first:end])
	}
	if err := c.write(r, head, nil); err != nil || r.method == "HEAD" {
		return err
	}
	f, err := os.Open(o.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(first, io.SeekStart); err != nil {
		return err
	}
	n, err := io.Copy(c.conn, io.LimitReader(f, end-first)) // by sendfile, where there is one
	if err == nil && n != end-first {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// parseRange reads bytes=FIRST-LAST, bytes=FIRST- and bytes=-LENGTH.
func parseRange(text string, size int64) (first, end int64, ok bool) {
	spec, isBytes := strings.CutPrefix(text, "bytes=")
	from, to, isRange := strings.Cut(spec, "-")
	if !isBytes || !isRange {
		return 0, 0, false
	}
	a, errA := strconv.ParseInt(from, 10, 64)
	b, errB := strconv.ParseInt(to, 10, 64)
	switch {
	case from == "" && errB == nil:
		first, end = max(size-b, 0), size
	case to == "" && errA == nil:
		first, end = a, size
	case errA == nil && errB == nil:
		first, end = a, min(b+1, size)
	}
	return first, end, first < end
}

// list answers ListObjectsV2.
func (s *s3Server) list(query url.Values) []byte {
	prefix, delimiter := query.Get("prefix"), query.Get("delimiter")
	limit, err := strconv.Atoi(cmp.Or(query.Get("max-keys"), "1000"))
	if err != nil || limit > 1000 {
		limit = 1000
	}
	encode := func(b *bytes.Buffer, text string) { xml.EscapeText(b, []byte(text)) }
	if query.Get("encoding-type") == "url" {
		encode = func(b *bytes.Buffer, text string) {
			b.WriteString(strings.ReplaceAll(url.QueryEscape(text), "%2F", "/"))
		}
	}
	after := cmp.Or(query.Get("continuation-token"), query.Get("start-after"))
	i := sort.SearchStrings(s.keys, prefix)
	if after >= prefix {
		i = sort.Search(len(s.keys), func(i int) bool { return s.keys[i] > after })
		if folder, ok := commonPrefix(after, prefix, delimiter); ok && folder == after {
			i = s.behind(after) // that folder was the last thing listed
		}
	}
	var out bytes.Buffer
	out.WriteString(xml.Header + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>` + bucketName + `</Name>`)
	if query.Get("encoding-type") == "url" {
		out.WriteString("<EncodingType>url</EncodingType>")
	}
	n, last := 0, ""
	for ; i < len(s.keys) && strings.HasPrefix(s.keys[i], prefix) && n < limit; n++ {
		last = s.keys[i]
		if folder, ok := commonPrefix(last, prefix, delimiter); ok {
			out.WriteString("<CommonPrefixes><Prefix>")
			encode(&out, folder)
			out.WriteString("</Prefix></CommonPrefixes>")
			last = folder
			i = s.behind(folder)
			continue
		}
		o := &s.objects[i]
		out.WriteString("<Contents><Key>")
		encode(&out, last)
		out.WriteString("</Key><LastModified>")
		out.WriteString(o.modified.Format("2006-01-02T15:04:05.000Z"))
		out.WriteString("</LastModified><ETag>&#34;" + o.etag + "&#34;</ETag><Size>")
		out.WriteString(strconv.FormatInt(o.size, 10))
		out.WriteString("</Size><StorageClass>STANDARD</StorageClass></Contents>")
		i++
	}
	if more := i < len(s.keys) && strings.HasPrefix(s.keys[i], prefix) && limit > 0; more {
		out.WriteString("<IsTruncated>true</IsTruncated><NextContinuationToken>")
		xml.EscapeText(&out, []byte(last))
		out.WriteString("</NextContinuationToken>")
	} else {
		out.WriteString("<IsTruncated>false</IsTruncated>")
	}
	fmt.Fprintf(&out, "<KeyCount>%d</KeyCount><MaxKeys>%d</MaxKeys></ListBucketResult>", n, limit)
	return out.Bytes()
}

// commonPrefix is the folder that a key is listed as.
func commonPrefix(key, prefix, delimiter string) (string, bool) {
	rest, ok := strings.CutPrefix(key, prefix)
	if delimiter == "" || !ok {
		return "", false
	}
	at := strings.Index(rest, delimiter)
	if at < 0 {
		return "", false
	}
	return key[:len(prefix)+at+len(delimiter)], true
}

// behind is the index of the first key behind all those that begin with a prefix.
func (s *s3Server) behind(prefix string) int {
	return sort.Search(len(s.keys), func(i int) bool { return s.keys[i] > prefix && !strings.HasPrefix(s.keys[i], prefix) })
}

func serveCommand() command {
	return command{
		name: "serve-s3", args: "FOLDER", summary: "serve a folder as the bucket s3://" + bucketName + ", with any credentials",
		prepare: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			listen := flags.String("listen", "127.0.0.1:0", "the `ADDRESS` to listen at; port 0 takes any")
			latency := flags.Duration("latency", 0, "wait this `LONG` before each answer")
			return func(ctx context.Context, s streams, args []string) error {
				if len(args) != 1 {
					return &usageError{"serve-s3 needs a folder", "trailbench serve-s3 --latency 30ms FOLDER"}
				}
				server, err := newS3Server(args[0], *latency)
				if err != nil {
					return err
				}
				listener, err := net.Listen("tcp", *listen)
				if err != nil {
					return err
				}
				fmt.Fprintf(s.out, "http://%s\n", listener.Addr())
				return server.serve(ctx, listener)
			}
		},
	}
}
