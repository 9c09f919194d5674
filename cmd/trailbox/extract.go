package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"trailbox/ingest"
	"trailbox/schema"
)

func extractCommand() command {
	return command{
		name: "extract", args: "DEST", summary: "write log files back out of the store",
		about: `
The files go below the folder DEST, each under its key; one that was loaded from
a folder goes by the part of its path from AWSLogs on, or by its name. What is
there already is never overwritten. Files that cannot be rebuilt from their
records come out as they were delivered. A digest file's signature, which S3 keeps
as metadata, goes into a file beside it, .metadata.json behind its name, where
trailbox ingest finds it. Of an object that changed between two
runs, what it was before has .superseded- and a number behind its name.`,
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
	files = slices.DeleteFunc(files, func(file schema.StoredFile) bool {
		return !pattern.MatchString(file.URI) || !f.wants(&file) || file.Superseded != 0 && file.Same
	})
	if err := os.MkdirAll(dest, 0o700); err != nil {
		return err
	}
	// A root, since keys are foreign text: nothing is written outside of DEST,
	// whatever dots and links there are.
	root, err := os.OpenRoot(dest)
	if err != nil {
		return err
	}
	defer root.Close()
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
			err = f.write(root, &r)
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
		say(s.err, "%s files written to %s, %s not", count(int64(written)), dest, count(int64(wrong)))
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

// write writes one file below root.
func (f *extractFlags) write(root *os.Root, r *schema.Rebuilt) error {
	name, data := placeOf(r.URI), r.Data
	if r.Rebuildable && strings.HasSuffix(name, ".gz") {
		if *f.plain {
			name = strings.TrimSuffix(name, ".gz")
		} else {
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
	}
	if r.Superseded != 0 {
		name += fmt.Sprintf(".superseded-%d", r.File) // its name is that of what the object is now
	}
	err := writeBelow(root, name, data)
	if err != nil || r.Signature.Hex == "" {
		return err
	}
	metadata, err := ingest.EncodeMetadata(r.Signature)
	if err != nil {
		return err
	}
	return writeBelow(root, schema.MetadataName(name), metadata)
}

// writeBelow writes a file below root, unless it is there already.
func writeBelow(root *os.Root, name string, data []byte) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%q is no place below a folder", name)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return sameContent(root, name, data)
	}
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return errors.Join(err, out.Close())
}

// sameContent complains unless the file of that name holds data.
func sameContent(root *os.Root, name string, data []byte) error {
	in, err := root.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	there, err := io.ReadAll(in)
	if err == nil && !bytes.Equal(there, data) {
		err = fmt.Errorf("%s is there already, with other content", name)
	}
	return err
}

// placeOf is where a file goes below DEST.
func placeOf(uri string) string {
	if rest, ok := strings.CutPrefix(uri, "s3://"); ok {
		_, key, _ := strings.Cut(rest, "/")
		return filepath.FromSlash(key)
	}
	if uri == "-" {
		return "stdin.json"
	}
	slashed := filepath.ToSlash(uri)
	return filepath.FromSlash(path.Join(schema.ParseKey(slashed).Folder, path.Base(slashed)))
}
