package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"trailbox/ingest/logfile"
)

// yardsticks are what trailbox is measured against, each a command, so that it runs
// as a process of its own, as trailbox does.
func yardsticks() []command {
	plain := func(name, args, summary string, n int, run func(context.Context, streams, []string) error) command {
		return command{name: name, args: args, summary: summary, prepare: func(*pflag.FlagSet) func(context.Context, streams, []string) error {
			return func(ctx context.Context, s streams, args []string) error {
				if len(args) != n {
					return &usageError{fmt.Sprintf("%s needs %d arguments", name, n), "see trailbench " + name + " --help"}
				}
				return run(ctx, s, args)
			}
		}}
	}
	return []command{
		plain("gunzip", "LIST", "yardstick: unpack the files of a list on all cores, and no more", 1, runGunzip),
		plain("unpack", "LIST", "yardstick: the same by what ingest unpacks with", 1, runUnpack),
		plain("read-json", "FOLDER STORE", "yardstick: load the log files of a folder by DuckDB's read_json", 2, runReadJSON),
		plain("walk", "FOLDER", "yardstick: list a folder, with sizes and times", 1, runWalk),
		plain("list", "ENDPOINT", "yardstick: list a bucket, page by page", 1, runList),
		downloadCommand(),
	}
}

// readList reads a list of names, each ended by a NUL.
func readList(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == 0 }), err
}

// inParallel calls visit for each name, from n goroutines, of which each has what setup
// made for it.
func inParallel[T any](ctx context.Context, n int, names []string, setup func() T, visit func(T, string) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range n {
		g.Go(func() error {
			own := setup()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(names) || ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if err := visit(own, names[i]); err != nil {
					return fmt.Errorf("%s: %w", names[i], err)
				}
			}
		})
	}
	return g.Wait()
}

// runGunzip is the floor: nobody can load log files without unpacking them. Files
// that are damaged are unpacked as far as it goes, as trailbox does.
func runGunzip(ctx context.Context, _ streams, args []string) error {
	names, err := readList(args[0])
	if err != nil {
		return err
	}
	return inParallel(ctx, runtime.GOMAXPROCS(0), names, func() *unpacker { return new(unpacker) }, (*unpacker).unpack)
}

// An unpacker keeps its memory from file to file.
type unpacker struct {
	file, text []byte
	in         bytes.Reader
	gzip       gzip.Reader
}

func (u *unpacker) unpack(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	u.file = fit(u.file, int(info.Size()))
	if _, err := io.ReadFull(f, u.file); err != nil {
		return err
	}
	if !bytes.HasPrefix(u.file, []byte{0x1f, 0x8b}) || len(u.file) < 18 {
		return nil // plain JSON: there is nothing to unpack
	}
	u.in.Reset(u.file)
	if u.gzip.Reset(&u.in) != nil {
		return nil
	}
	// A gzip file ends in its uncompressed size.
	u.text = fit(u.text, int(binary.LittleEndian.Uint32(u.file[len(u.file)-4:])))
	io.ReadFull(&u.gzip, u.text)
	u.gzip.Read(make([]byte, 1)) // where it is found that the checksum is right
	return nil
}

// runUnpack is what of the floor is left when files are unpacked as ingest does it.
func runUnpack(ctx context.Context, _ streams, args []string) error {
	names, err := readList(args[0])
	if err != nil {
		return err
	}
	return inParallel(ctx, runtime.GOMAXPROCS(0), names, func() *ownUnpacker { return new(ownUnpacker) }, (*ownUnpacker).unpack)
}

// An ownUnpacker keeps its memory from file to file.
type ownUnpacker struct {
	text     []byte
	inflater logfile.Inflater
}

func (u *ownUnpacker) unpack(path string) error {
	file, err := os.ReadFile(path)
	if err == nil {
		u.text, _, _ = u.inflater.Inflate(u.text[:0], file, math.MaxInt32)
	}
	return err
}

// fit returns a slice of n bytes, b's where they suffice.
func fit(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// runWalk is what it takes to see whether a folder has changed.
func runWalk(ctx context.Context, _ streams, args []string) error {
	return filepath.WalkDir(args[0], func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			_, err = entry.Info()
		}
		return errors.Join(err, ctx.Err())
	})
}

// A listPage is an answer to ListObjectsV2.
type listPage struct {
	Contents              []struct{ Key, ETag string }
	CommonPrefixes        []struct{ Prefix string }
	IsTruncated           bool
	NextContinuationToken string
}

func (p *listPage) parse(r io.Reader) error { return xml.NewDecoder(r).Decode(p) }

// runList lists a bucket as every client can: page by page.
func runList(ctx context.Context, _ streams, args []string) error {
	query := url.Values{"list-type": {"2"}, "encoding-type": {"url"}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0]+"/"+bucketName+"?"+query.Encode(), nil)
		if err != nil {
			return err
		}
		var page listPage
		if err := fetch(http.DefaultClient, req, page.parse); err != nil {
			return err
		}
		if !page.IsTruncated {
			return nil
		}
		query.Set("continuation-token", page.NextContinuationToken)
	}
}

// fetch hands the body of an answer to read.
func fetch(client *http.Client, req *http.Request, read func(io.Reader) error) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return read(resp.Body)
}

func downloadCommand() command {
	return command{
		name: "download", args: "ENDPOINT LIST", summary: "yardstick: get the objects of a list in parallel, and throw them away",
		prepare: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			concurrency := flags.Int("concurrency", 32, "get `N` objects at a time")
			return func(ctx context.Context, _ streams, args []string) error {
				if len(args) != 2 {
					return &usageError{"download needs an endpoint and a list", "see trailbench download --help"}
				}
				return download(ctx, args[0], args[1], *concurrency)
			}
		},
	}
}

func download(ctx context.Context, endpoint, list string, concurrency int) error {
	keys, err := readList(list)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency, DisableCompression: true}}
	return inParallel(ctx, concurrency, keys, func() *http.Client { return client }, func(client *http.Client, key string) error {
		address := url.URL{Path: "/" + bucketName + "/" + key}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+address.EscapedPath(), nil)
		if err != nil {
			return err
		}
		return fetch(client, req, func(body io.Reader) error {
			_, err := io.Copy(io.Discard, body)
			return err
		})
	})
}
