package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"trailbox/ingest"
	"trailbox/query"
	"trailbox/schema"
)

func extractCommand() command {
	return command{
		name: "extract", args: "DEST", summary: "write log files back out of the store",
		about: `
The files go below the folder DEST, each under its key; one that was loaded from
a folder goes by the part of its path from AWSLogs on, or by its name. Where
different files would have one place, what their sources differ in stands before
it: the bucket, or the folders. What is there already is not overwritten, unless
it is the beginning of the same file, which was cut off. Files that cannot be rebuilt from their
records come out as they were delivered. A digest file's signature, which S3 keeps
as metadata, goes into a file beside it, .metadata.json behind its name, where
trailbox ingest finds it. Of an object that changed between two
runs, what it was before has .superseded- and a number behind its name, or .version-
and the version's ID where that is known.`,
		prepare: prepareExtract,
	}
}

// extractFlags are the flags of extract.
type extractFlags struct {
	store *storeFlags
	match *string
	plain *bool
	quiet *bool
	scope scopeFlags
}

func prepareExtract(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &extractFlags{store: storeFlag(flags)}
	f.match = flags.String("match", "", "only files whose key fits this `PATTERN`; * stands for anything")
	f.scope.define(flags)
	f.plain = flags.Bool("plain", false, "write JSON, not gzip")
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *extractFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) != 1 {
		return &usageError{message: "extract needs one folder", hint: "trailbox extract FOLDER"}
	}
	if err := f.scope.check(); err != nil {
		return err
	}
	pattern, err := wildcard(*f.match)
	if err != nil {
		return err
	}
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	return errors.Join(f.extract(ctx, s, store, pattern, args[0]), store.Close())
}

// wildcard compiles a pattern in which * stands for anything, slashes too, and ? for
// one character; an empty one fits all.
func wildcard(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return regexp.Compile("")
	}
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(quoted)
	return regexp.Compile("(?s)^(?:.*/)?" + quoted + "$")
}

func (f *extractFlags) extract(ctx context.Context, s streams, store *schema.Store, pattern *regexp.Regexp, dest string) error {
	files, err := store.StoredFiles(ctx)
	if err != nil {
		return err
	}
	places := places(files, *f.plain)
	files = slices.DeleteFunc(files, func(file schema.StoredFile) bool {
		return !pattern.MatchString(file.URI) || !f.wants(&file) || file.Superseded != 0 && file.Same
	})
	to, err := openDestination(dest)
	if err != nil {
		return err
	}
	defer to.root.Close()
	if err := to.clear(slices.Collect(maps.Values(places))); err != nil {
		return err
	}
	var mu sync.Mutex
	written, wrong := 0, 0
	fail := func(uri string, err error) {
		wrong++
		say(s.err, "trailbox: %s: %v", uri, err)
	}
	for i := range files {
		if file := &files[i]; !file.Rebuildable && !file.Kept {
			reason := "it cannot be rebuilt from its records, and was too large to keep"
			if file.Filtered > 0 {
				reason = "it was loaded in part only"
			}
			fail(file.URI, errors.New(reason))
		}
	}
	err = store.Rebuild(ctx, files, func(r schema.Rebuilt) error {
		var err error
		if r.Err == nil {
			err = f.write(to, places[r.URI], &r)
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Err != nil:
			fail(r.URI, r.Err)
		case err != nil:
			fail(r.URI, err)
		default:
			written++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !*f.quiet {
		say(s.err, "%s files written to %s, %s not", query.Count(int64(written)), dest, query.Count(int64(wrong)))
	}
	if wrong > 0 {
		return errFindings
	}
	return nil
}

// wants reports whether a file is within the limits.
func (f *extractFlags) wants(file *schema.StoredFile) bool {
	if len(f.scope.Accounts) > 0 && !slices.Contains(f.scope.Accounts, file.Account) ||
		len(f.scope.Regions) > 0 && !slices.Contains(f.scope.Regions, file.Region) {
		return false
	}
	if since := f.scope.Since; !since.IsZero() && file.LastEventTime.Valid && file.LastEventTime.Time.Before(since) {
		return false
	}
	if until := f.scope.Until; !until.IsZero() && file.FirstEventTime.Valid && !file.FirstEventTime.Time.Before(until) {
		return false
	}
	return true
}

// write writes one file to its place below the destination.
func (f *extractFlags) write(dest *destination, place string, r *schema.Rebuilt) error {
	name, data := writtenName(place, r.StoredFile, *f.plain), r.Data
	if r.Rebuildable && strings.HasSuffix(name, ".gz") {
		var buf bytes.Buffer
		w := gzip.NewWriter(&buf)
		if _, err := w.Write(data); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		data = buf.Bytes()
	}
	switch {
	case (r.Superseded != 0 || r.Replaced) && r.VersionID != "":
		name += ".version-" + url.PathEscape(r.VersionID)
	case r.Superseded != 0:
		name += fmt.Sprintf(".superseded-%d", r.File) // its name is that of what the object is now
	}
	err := dest.write(name, data)
	if err != nil || r.Signature.Hex == "" {
		return err
	}
	metadata, err := ingest.EncodeMetadata(r.Signature)
	if err != nil {
		return err
	}
	return dest.write(schema.MetadataName(name), metadata)
}
