package bucket

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
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
		l := &lister{Source: s, wants: wants, objects: make(chan []ingest.Object)}
		l.attempts.Store(firstAttempts)
		l.group, ctx = errgroup.WithContext(ctx)
		l.group.SetLimit(listsAtOnce)
		l.group.Go(func() error {
			return l.list(ctx, s.prefix, "", wants(s.root()+s.prefix) == ingest.WantSome)
		})
		var err error
		go func() {
			err = l.group.Wait()
			close(l.objects)
		}()
		defer func() {
			cancel()
			for range l.objects { // until all have ended
			}
		}()
		for objects := range l.objects {
			for _, o := range objects {
				if !yield(o, nil) {
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
	objects  chan []ingest.Object // unbuffered: nobody lists ahead by more than a page
	attempts atomic.Int32         // of the first request; then 0, as many as all others have
}

// list lists what is below prefix and comes after a key, by its folders if apart.
func (l *lister) list(ctx context.Context, prefix, after string, apart bool) error {
	if apart {
		return l.listApart(ctx, prefix, after)
	}
	for page, err := range l.pages(ctx, prefix, after, "") {
		if err == nil {
			err = l.send(ctx, page.behind(after)) // not every server knows start-after
		}
		if err != nil {
			return err
		}
		if page.more && page.worthTakingApart(prefix) {
			return l.listApart(ctx, prefix, page.keys[len(page.keys)-1])
		}
	}
	return nil
}

// listApart lists the same, folder by folder.
func (l *lister) listApart(ctx context.Context, prefix, after string) error {
	for page, err := range l.pages(ctx, prefix, "", "/") {
		if err == nil {
			err = l.send(ctx, page.behind(after))
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

func (l *lister) send(ctx context.Context, objects []ingest.Object) error {
	if len(objects) == 0 {
		return nil
	}
	select {
	case l.objects <- objects:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A page is one answer of S3.
type page struct {
	objects []ingest.Object
	keys    []string // of the objects
	folders []string
	more    bool // it is not the last
}

// pages lists what is below prefix and comes after a key. With a delimiter it lists
// objects and folders there, without it all objects below.
func (l *lister) pages(ctx context.Context, prefix, after, delimiter string) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		input := &s3.ListObjectsV2Input{
			Bucket: &l.bucket,
			Prefix: &prefix,
			// Keys may hold control characters, which XML cannot carry: one planted
			// object would end every listing.
			EncodingType: types.EncodingTypeUrl,
			RequestPayer: l.payer,
		}
		if after != "" {
			input.StartAfter = &after
		}
		if delimiter != "" {
			input.Delimiter = &delimiter
		}
		for pages := s3.NewListObjectsV2Paginator(l.client, input); pages.HasMorePages(); {
			attempts := func(o *s3.Options) { o.RetryMaxAttempts = int(l.attempts.Load()) }
			answer, err := pages.NextPage(ctx, attempts, l.inRegion)
			if err != nil && l.follow(err) {
				answer, err = pages.NextPage(ctx, attempts, l.inRegion)
			}
			var p page
			if err == nil {
				l.attempts.Store(0)
				l.lists.Add(1)
				p, err = l.page(answer)
			}
			if err != nil {
				yield(page{}, failure(ctx, l.uri, err, listing))
				return
			}
			p.more = pages.HasMorePages()
			if !yield(p, nil) {
				return
			}
		}
	}
}

// page reads an answer.
func (l *lister) page(answer *s3.ListObjectsV2Output) (page, error) {
	p := page{
		objects: make([]ingest.Object, len(answer.Contents)),
		keys:    make([]string, len(answer.Contents)),
		folders: make([]string, len(answer.CommonPrefixes)),
	}
	plain := func(key string) (string, error) {
		if answer.EncodingType != types.EncodingTypeUrl {
			return key, nil
		}
		plain, err := url.QueryUnescape(key)
		if err != nil {
			return "", fmt.Errorf("listed key %s: %w", key, err)
		}
		return plain, nil
	}
	var err error
	for i, o := range answer.Contents {
		if p.keys[i], err = plain(aws.ToString(o.Key)); err != nil {
			return page{}, err
		}
		p.objects[i] = ingest.Object{
			URI:      l.root() + p.keys[i],
			Size:     aws.ToInt64(o.Size),
			ETag:     strings.Trim(aws.ToString(o.ETag), `"`),
			Modified: aws.ToTime(o.LastModified).UTC(),
			Requests: partsOf(aws.ToInt64(o.Size)),
			// What ends in a slash is a folder's marker: the user named the folder.
			Named: p.keys[i] == l.prefix && !strings.HasSuffix(p.keys[i], "/"),
		}
	}
	for i, folder := range answer.CommonPrefixes {
		if p.folders[i], err = plain(aws.ToString(folder.Prefix)); err != nil {
			return page{}, err
		}
	}
	return p, nil
}

// behind returns the objects that come after a key.
func (p *page) behind(after string) []ingest.Object {
	if after == "" {
		return p.objects
	}
	var objects []ingest.Object
	for i, key := range p.keys {
		if key > after {
			objects = append(objects, p.objects[i])
		}
	}
	return objects
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
