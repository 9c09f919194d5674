package bucket

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"trailbox/ingest"
)

const (
	// S3 takes 5,500 requests a second for a prefix. With 16 at a time a million keys
	// take some seconds from anywhere, and their pages 5 MB of memory.
	listsAtOnce = 16

	// Folders are listed one by one where they hold this many keys or more, going by
	// a page of what is there. With fewer, the requests would become many and small:
	// a page has 1,000 keys.
	keysPerFolder = 64

	// The first request shows whether there is anything to be patient for: that
	// nobody listens at a mistyped endpoint should not take a minute to be told.
	firstAttempts = 3

	// S3's own limits, with room: objects have 50 TB at most, and where a hundred million
	// were deleted there are pages without any.
	maxKeyBytes    = 1024
	maxObjectBytes = 1 << 50
	maxEmptyPages  = 100_000

	// Each key that was not asked for is told of, and kept; a server that has nothing else is
	// not worth the room.
	maxUnasked = 1 << 16
)

// List lists the objects, folder markers and empty objects among them, several
// folders at a time. Each error ends the listing.
//
// Below a prefix the keys are listed as they come. When a page does not hold them
// all, and lies within few folders, S3 is asked for the folders, and what is left is
// listed folder by folder, each in the same way: a bucket is taken apart as far as it
// is large, whatever its folders are called. What wants says of a folder may have it
// taken apart at once, or left out.
func (s *Source) List(ctx context.Context, wants func(folder string) ingest.Want) iter.Seq2[ingest.Object, error] {
	return func(yield func(ingest.Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		l := &lister{Source: s, wants: wants, found: make(chan *page), seed: maphash.MakeSeed(), unasked: map[uint64]bool{}}
		l.attempts.Store(firstAttempts)
		l.group, ctx = errgroup.WithContext(ctx)
		l.group.SetLimit(listsAtOnce)
		l.group.Go(func() error {
			return l.list(ctx, s.prefix, "", wants(s.root()+s.prefix) == ingest.WantSome)
		})
		var err error
		go func() {
			err = l.group.Wait()
			close(l.found)
		}()
		defer func() {
			cancel()
			for range l.found { // until all have ended
			}
		}()
		for p := range l.found {
			for _, o := range p.objects {
				if !yield(o, nil) {
					return
				}
			}
			for _, r := range p.refused {
				if !yield(ingest.Object{URI: r.URI}, r) {
					return
				}
			}
		}
		if err != nil {
			yield(ingest.Object{}, err)
		}
	}
}

// A lister is one listing of a source.
type lister struct {
	*Source
	wants    func(folder string) ingest.Want
	group    *errgroup.Group
	found    chan *page   // unbuffered: nobody lists ahead by more than a page
	attempts atomic.Int32 // of the first request; then 0, as many as all others have

	mu      sync.Mutex
	seed    maphash.Seed
	unasked map[uint64]bool // keys that were refused, by their hashes
}

// list lists what is below prefix and comes after a key, by its folders if apart.
func (l *lister) list(ctx context.Context, prefix, after string, apart bool) error {
	if apart {
		return l.listApart(ctx, prefix, after)
	}
	for page, err := range l.pages(ctx, prefix, after, "") {
		if err != nil {
			return err
		}
		apart := page.more && page.worthTakingApart(prefix) && (!l.versions || page.dropLast())
		if err := l.send(ctx, page, after); err != nil {
			return err
		}
		if apart {
			return l.listApart(ctx, prefix, page.keys[len(page.keys)-1])
		}
	}
	return nil
}

// listApart lists the same, folder by folder.
func (l *lister) listApart(ctx context.Context, prefix, after string) error {
	for page, err := range l.pages(ctx, prefix, "", "/") {
		if err == nil {
			err = l.send(ctx, page, after)
		}
		if err != nil {
			return err
		}
		for _, folder := range page.folders {
			from := ""
			switch {
			case strings.HasPrefix(after, folder):
				from = after
			case folder < after:
				continue
			}
			want := l.wants(l.root() + folder)
			if want == ingest.WantNone {
				continue
			}
			task := func() error { return l.list(ctx, folder, from, want == ingest.WantSome) }
			// When all hands are busy, this one goes down itself: so there is no list of
			// what is still to be done, and no end to its length.
			if !l.group.TryGo(task) {
				if err := task(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// send hands on what of a page comes after a key.
func (l *lister) send(ctx context.Context, p *page, after string) error {
	p = p.behind(after) // not every server knows start-after
	if len(p.objects)+len(p.refused) == 0 {
		return nil
	}
	select {
	case l.found <- p:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A page is one answer of S3.
type page struct {
	objects []ingest.Object
	keys    []string // of the objects
	refused []*Error // of what is listed, but was not asked for or cannot be
	folders []string
	more    bool // it is not the last
}

// pages lists what is below prefix and comes after a key. With a delimiter it lists
// objects and folders there, without it all objects below.
func (l *lister) pages(ctx context.Context, prefix, after, delimiter string) iter.Seq2[*page, error] {
	if l.versions {
		return l.versionPages(ctx, prefix, after, delimiter)
	}
	return func(yield func(*page, error) bool) {
		input := &s3.ListObjectsV2Input{
			Bucket: &l.bucket,
			Prefix: &prefix,
			// Keys may hold control characters, which XML cannot carry: one planted
			// object would end every listing.
			EncodingType: types.EncodingTypeUrl,
			RequestPayer: l.payer,
			// What was restored is told with what is archived: to ask for each object would
			// cost a request for each that is not restored.
			OptionalObjectAttributes: l.attributes,
		}
		if after != "" {
			input.StartAfter = &after
		}
		if delimiter != "" {
			input.Delimiter = &delimiter
		}
		way := way{tokens: map[uint64]bool{}, seed: l.seed}
		for pages := s3.NewListObjectsV2Paginator(l.client, input); pages.HasMorePages(); {
			attempts := func(o *s3.Options) { o.RetryMaxAttempts = int(l.attempts.Load()) }
			answer, err := pages.NextPage(ctx, attempts, l.inRegion)
			if err != nil && l.follow(err) {
				answer, err = pages.NextPage(ctx, attempts, l.inRegion)
			}
			var p *page
			if err == nil {
				l.attempts.Store(0)
				l.lists.Add(1)
				p, err = l.page(answer, prefix, delimiter)
			}
			if err == nil {
				err = way.check(answer)
			}
			if bad := (*listingError)(nil); errors.As(err, &bad) {
				bad.server = l.server
			}
			if err != nil {
				yield(nil, failure(ctx, l.uri, err, listing))
				return
			}
			p.more = pages.HasMorePages()
			if !yield(p, nil) {
				return
			}
		}
	}
}

// page reads an answer to the question what is below prefix.
func (l *lister) page(answer *s3.ListObjectsV2Output, prefix, delimiter string) (*page, error) {
	p := &page{
		objects: make([]ingest.Object, 0, len(answer.Contents)),
		keys:    make([]string, 0, len(answer.Contents)),
	}
	for _, o := range answer.Contents {
		key, err := decodeKey(answer.EncodingType, aws.ToString(o.Key))
		if err != nil {
			return nil, err
		}
		object := ingest.Object{
			URI:      l.root() + key,
			Size:     aws.ToInt64(o.Size),
			ETag:     strings.Trim(aws.ToString(o.ETag), `"`),
			Modified: aws.ToTime(o.LastModified).UTC(),
			Named:    l.names(key),
		}
		l.archived(&object, o.StorageClass, o.RestoreStatus)
		if err := l.take(p, object, key, prefix); err != nil {
			return nil, err
		}
	}
	return p, l.takeFolders(p, answer.CommonPrefixes, answer.EncodingType, prefix, delimiter)
}

// names reports whether a key is the very object that the user named. What ends in a slash is
// a folder's marker: the user named the folder.
func (s *Source) names(key string) bool { return key == s.prefix && !strings.HasSuffix(key, "/") }

// unescape is the reverse of what a listing's encoding does.
func unescape(key string) (string, error) {
	decoded, err := url.QueryUnescape(key)
	if err != nil {
		return "", &listingError{what: fmt.Sprintf("the key %q is not encoded as it says", key)}
	}
	return decoded, nil
}

// take takes an object into a page, or refuses it.
func (l *lister) take(p *page, object ingest.Object, key, prefix string) error {
	wrong := ""
	switch {
	case key == "" || !strings.HasPrefix(key, prefix):
		wrong = "this key was not asked for"
	case object.Size < 0 || object.Size > maxObjectBytes:
		wrong = fmt.Sprintf("no object has %d bytes", object.Size)
	default:
		object.Requests = partsOf(object.Size)
		p.objects, p.keys = append(p.objects, object), append(p.keys, key)
		return nil
	}
	fresh, err := l.refuse(key)
	if err == nil && fresh {
		p.refused = append(p.refused, &Error{URI: object.URI, Problem: NotAsked, Err: &listingError{l.server, wrong}})
	}
	return err
}

// takeFolders takes the folders below prefix into a page.
func (l *lister) takeFolders(p *page, folders []types.CommonPrefix, encoding types.EncodingType, prefix, delimiter string) error {
	p.folders = make([]string, len(folders))
	for i, folder := range folders {
		var err error
		if p.folders[i], err = decodeKey(encoding, aws.ToString(folder.Prefix)); err != nil {
			return err
		}
		name, below := strings.CutPrefix(p.folders[i], prefix)
		switch end := strings.Index(name, "/"); {
		case delimiter == "":
			return &listingError{what: fmt.Sprintf("it has the folder %q instead of the keys in it", p.folders[i])}
		case !below || end < 0 || end != len(name)-1:
			return &listingError{what: fmt.Sprintf("the folder %q is not one of %q", p.folders[i], prefix)}
		case len(p.folders[i]) > maxKeyBytes:
			return &listingError{what: fmt.Sprintf("the folder %.100q... is longer than a key can be", p.folders[i])}
		}
	}
	return nil
}

// archived says of an object whether it has to be restored, by its storage class. What is in
// the archive tiers of Intelligent-Tiering the listing does not tell.
func (s *Source) archived(o *ingest.Object, class types.ObjectStorageClass, restored *types.RestoreStatus) {
	switch {
	case s.tryArchived:
	case class == types.ObjectStorageClassGlacier, class == types.ObjectStorageClassDeepArchive:
		o.Class = string(class)
		if restored == nil || restored.RestoreExpiryDate == nil {
			o.Archived = ingest.IsArchived
		}
	case class == types.ObjectStorageClassIntelligentTiering:
		o.Class, o.Archived = string(class), ingest.MaybeArchived
	}
}

// refuse reports whether a key is refused for the first time: a server may list it again
// with each page.
func (l *lister) refuse(key string) (fresh bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hash := maphash.String(l.seed, key)
	fresh = !l.unasked[hash]
	if l.unasked[hash] = true; len(l.unasked) > maxUnasked {
		return false, &listingError{what: fmt.Sprintf("more than %d keys were not asked for", maxUnasked)}
	}
	return fresh, nil
}

// A way goes from page to page, and has to end.
type way struct {
	seed   maphash.Seed
	tokens map[uint64]bool // that were followed, by their hashes: a million keys have 1,000
	first  string          // key of the page before
	empty  int             // pages, one after another
}

// check says of an answer that leads nowhere that it does.
func (w *way) check(answer *s3.ListObjectsV2Output) error {
	first := ""
	switch {
	case len(answer.Contents) > 0:
		first = aws.ToString(answer.Contents[0].Key)
	case len(answer.CommonPrefixes) > 0:
		first = aws.ToString(answer.CommonPrefixes[0].Prefix)
	}
	return w.step(first, aws.ToString(answer.NextContinuationToken), aws.ToBool(answer.IsTruncated))
}

// A listingError is what makes pages none of a listing.
type listingError struct{ server, what string }

func (e *listingError) Error() string { return e.server + " does not list as S3 does: " + e.what }

// dropLast drops the last key, of which the next page may have more versions, unless it is the
// only one.
func (p *page) dropLast() bool {
	n := slices.Index(p.keys, p.keys[len(p.keys)-1])
	if n == 0 {
		return false
	}
	p.objects, p.keys = p.objects[:n], p.keys[:n]
	return true
}

// behind returns what comes after a key.
func (p *page) behind(after string) *page {
	if after == "" {
		return p
	}
	behind := &page{refused: p.refused}
	for i, key := range p.keys {
		if key > after {
			behind.objects = append(behind.objects, p.objects[i])
		}
	}
	return behind
}

// worthTakingApart reports whether the page shows large folders below prefix. Where
// keys come in no order, as in S3's directory buckets, nothing could be told apart
// from what was listed before.
func (p *page) worthTakingApart(prefix string) bool {
	entries, last := 0, ""
	for _, key := range p.keys {
		entry, _, _ := strings.Cut(key[len(prefix):], "/")
		if entry != last || entries == 0 {
			entries++
		}
		last = entry
	}
	return entries > 0 && entries*keysPerFolder <= len(p.keys) && slices.IsSorted(p.keys)
}
