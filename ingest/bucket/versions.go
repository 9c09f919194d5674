package bucket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailbox/ingest"
)

// versionPages is pages for all versions of each key.
func (l *lister) versionPages(ctx context.Context, prefix, after, delimiter string) iter.Seq2[*page, error] {
	return func(yield func(*page, error) bool) {
		input := &s3.ListObjectVersionsInput{
			Bucket:                   &l.bucket,
			Prefix:                   &prefix,
			EncodingType:             types.EncodingTypeUrl,
			RequestPayer:             l.payer,
			OptionalObjectAttributes: l.attributes,
		}
		if after != "" {
			input.KeyMarker = &after
		}
		if delimiter != "" {
			input.Delimiter = &delimiter
		}
		way := way{tokens: map[uint64]bool{}, seed: l.seed}
		above := above{source: l.Source}
		for {
			attempts := func(o *s3.Options) { o.RetryMaxAttempts = int(l.attempts.Load()) }
			answer, err := l.client.ListObjectVersions(ctx, input, attempts, l.inRegion)
			if err != nil && l.follow(err) {
				answer, err = l.client.ListObjectVersions(ctx, input, attempts, l.inRegion)
			}
			var p *page
			if err == nil {
				l.attempts.Store(0)
				l.lists.Add(1)
				p, err = l.versionPage(answer, prefix, delimiter, &above)
			}
			if err == nil {
				err = way.checkVersions(answer)
			}
			if bad := (*listingError)(nil); errors.As(err, &bad) {
				bad.server = l.server
			}
			if err != nil {
				yield(nil, failure(ctx, l.uri, err, listing))
				return
			}
			if p.more = aws.ToBool(answer.IsTruncated); !p.more {
				p.add(above.key, above.end())
			}
			if !yield(p, nil) || !p.more {
				return
			}
			marker, err := decodeKey(answer.EncodingType, aws.ToString(answer.NextKeyMarker))
			if err != nil {
				yield(nil, failure(ctx, l.uri, err, listing))
				return
			}
			input.KeyMarker, input.VersionIdMarker = &marker, answer.NextVersionIdMarker
		}
	}
}

// decodeKey returns a key as it is, of an answer that encodes it.
func decodeKey(encoding types.EncodingType, key string) (string, error) {
	if encoding != types.EncodingTypeUrl {
		return key, nil
	}
	return unescape(key)
}

// A versionEntry is a version, or a delete marker.
type versionEntry struct {
	key, id  string
	latest   bool
	modified time.Time
	version  *types.ObjectVersion // nil for a marker
}

// versionPage reads an answer to the question which versions are below prefix.
func (l *lister) versionPage(answer *s3.ListObjectVersionsOutput, prefix, delimiter string, above *above) (*page, error) {
	var entries []versionEntry
	for i := range answer.Versions {
		v := &answer.Versions[i]
		entries = append(entries, versionEntry{aws.ToString(v.Key), aws.ToString(v.VersionId), aws.ToBool(v.IsLatest), aws.ToTime(v.LastModified).UTC(), v})
	}
	for _, m := range answer.DeleteMarkers {
		entries = append(entries, versionEntry{aws.ToString(m.Key), aws.ToString(m.VersionId), aws.ToBool(m.IsLatest), aws.ToTime(m.LastModified).UTC(), nil})
	}
	for i := range entries {
		var err error
		if entries[i].key, err = decodeKey(answer.EncodingType, entries[i].key); err != nil {
			return nil, err
		}
	}
	// The SDK has them apart. Of a second's two a marker was put over what was there.
	slices.SortStableFunc(entries, func(a, b versionEntry) int {
		return cmp.Or(strings.Compare(a.key, b.key), before(a.latest, b.latest), b.modified.Compare(a.modified), before(a.version == nil, b.version == nil))
	})
	p := &page{}
	for i := range entries {
		e := &entries[i]
		object := ingest.Object{URI: l.root() + e.key, Modified: e.modified, Version: ingest.Version{ID: e.id}, Named: l.names(e.key)}
		if e.version != nil {
			object.Size, object.ETag = aws.ToInt64(e.version.Size), strings.Trim(aws.ToString(e.version.ETag), `"`)
			l.archived(&object, types.ObjectStorageClass(e.version.StorageClass), e.version.RestoreStatus)
		}
		n := len(p.objects)
		if err := l.take(p, object, e.key, prefix); err != nil {
			return nil, err
		}
		if len(p.objects) == n {
			continue // refused
		}
		object = p.objects[n]
		p.objects, p.keys = p.objects[:n], p.keys[:n]
		p.add(e.key, above.put(e, object))
	}
	return p, l.takeFolders(p, answer.CommonPrefixes, answer.EncodingType, prefix, delimiter)
}

// add adds what became known by an entry of a key.
func (p *page) add(key string, objects []ingest.Object) {
	for _, o := range objects {
		p.objects, p.keys = append(p.objects, o), append(p.keys, key)
	}
}

// before orders what is true before what is not.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// above is what lies above the next version of a key.
type above struct {
	source   *Source
	key      string
	version  *ingest.Object // the next newer version; nil if there is none
	deleted  time.Time      // when a marker was put between; zero if none was
	deleteID string
}

// put goes on to the next entry, and returns what is complete by it.
func (a *above) put(e *versionEntry, object ingest.Object) (objects []ingest.Object) {
	if e.key != a.key {
		objects = a.end()
		*a = above{source: a.source, key: e.key}
	}
	if e.version == nil {
		if a.deleted.IsZero() { // the first marker is the last to have been put there
			a.deleted, a.deleteID = e.modified, e.id
		}
		return objects
	}
	object.Version.Deleted, a.deleted = a.deleted, time.Time{}
	if a.version != nil {
		object.Version.Replaced = a.version.Modified
		object.Version.Same = a.version.Size == object.Size && a.version.ETag == object.ETag
	}
	a.version = &object
	return append(objects, object)
}

// end is what is left of a key that has no more versions.
func (a *above) end() []ingest.Object {
	if a.deleted.IsZero() || a.version != nil {
		return nil
	}
	return []ingest.Object{{
		URI: a.source.root() + a.key, Modified: a.deleted, Named: a.source.names(a.key),
		Version: ingest.Version{ID: a.deleteID, Deleted: a.deleted, Gone: true},
	}}
}

// checkVersions is check for an answer with versions.
func (w *way) checkVersions(answer *s3.ListObjectVersionsOutput) error {
	first := ""
	switch {
	case len(answer.Versions) > 0:
		first = "version " + aws.ToString(answer.Versions[0].VersionId) + " of " + aws.ToString(answer.Versions[0].Key)
	case len(answer.DeleteMarkers) > 0:
		first = "marker " + aws.ToString(answer.DeleteMarkers[0].VersionId) + " of " + aws.ToString(answer.DeleteMarkers[0].Key)
	case len(answer.CommonPrefixes) > 0:
		first = aws.ToString(answer.CommonPrefixes[0].Prefix)
	}
	token := ""
	if answer.NextKeyMarker != nil {
		token = *answer.NextKeyMarker + "\x00" + aws.ToString(answer.NextVersionIdMarker)
	}
	return w.step(first, token, aws.ToBool(answer.IsTruncated))
}

// step says of an answer that leads nowhere that it does: first is what it begins with, and
// token where it leads to.
func (w *way) step(first, token string, more bool) error {
	if w.empty++; first != "" {
		w.empty = 0
	}
	hash := maphash.String(w.seed, token)
	switch {
	case first != "" && first == w.first:
		return &listingError{what: fmt.Sprintf("two pages begin with %q", first)}
	case !more:
		return nil
	case token == "":
		return &listingError{what: "a page is not the last, and has no continuation token"}
	case w.tokens[hash]:
		return &listingError{what: fmt.Sprintf("the continuation token %.100q came before", token)}
	case w.empty > maxEmptyPages:
		return &listingError{what: fmt.Sprintf("%d pages in a row are empty", w.empty)}
	}
	w.tokens[hash], w.first = true, first
	return nil
}
