package ingest

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"trailbox/schema"
)

// A ledger is what the store knows of the objects that earlier runs have read: by it a run
// decides what to fetch.
type ledger struct {
	filter         string // of this run, in its canonical form
	maxFileBytes   int64  // likewise
	maxRecordBytes int64  // likewise
	versions       bool   // files are known by their content, too
	objects        map[objectID]known
	damaged        map[objectID][]objectID // of archives, the members that are, or were, or have to be read again
}

// An objectID stands for an object's URI: 16 bytes, so that the ledger of a million
// files fits in memory.
type objectID [16]byte

// known is what the ledger has of an object: the version of it that was read last.
type known struct {
	version  [16]byte // stands for size and ETag; zero where it could not be read so far
	file     int32
	archived bool          // it was refused as such, when it was last asked for
	current  bool          // the row is of what the object is now, as far as the store knows
	named    bool          // the row has the version's ID
	marked   bool          // this run has come by it
	status   schema.Status // empty where that version, too, has to be read
}

// storedURI is a URI as the ledger has it. File systems take names that are no text;
// the bytes that are none become visible, so that two names never become one.
func storedURI(uri string) string {
	if utf8.ValidString(uri) && !strings.Contains(uri, "\x00") {
		return uri
	}
	var b strings.Builder
	for i := 0; i < len(uri); {
		r, size := utf8.DecodeRuneInString(uri[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, uri[i])
		} else {
			b.WriteString(uri[i : i+size])
		}
		i += size
	}
	return b.String()
}

func idOf(uri string) objectID { return xxh3.HashString128(uri).Bytes() }

// contentOf stands for an object as long as it has a certain content.
func contentOf(uri string, version [16]byte) objectID {
	return xxh3.Hash128(append([]byte(uri+"\x00"), version[:]...)).Bytes()
}

func versionOf(size int64, etag string) [16]byte {
	version := append(strconv.AppendInt(make([]byte, 0, 64), size, 10), 0)
	return xxh3.Hash128(append(version, etag...)).Bytes()
}

// read reads the ledger, unless that was done before or there is no store yet.
func (l *ledger) read(ctx context.Context, store *schema.Store) error {
	if l.objects != nil || store == nil {
		return nil
	}
	l.objects, l.damaged = map[objectID]known{}, map[objectID][]objectID{}
	for f, err := range store.KnownFiles(ctx) {
		if err != nil {
			return err
		}
		this := known{version: versionOf(f.Size, f.ETag), file: f.File, current: f.Current, named: f.Named}
		switch {
		case f.Status == schema.Failed:
			this = known{}
		case f.Status == schema.Archived:
			this.archived = true
		case f.Filter != "" && f.Filter != l.filter: // what that run left out may be wanted now
		case f.OverLimit > 0 && f.OverLimit < l.limitOf(&f): // what was too large then may not be now
		default:
			this.status = f.Status
		}
		id := idOf(f.URI)
		counts, entered := l.enter(id, this)
		if l.versions && f.Status != schema.Failed {
			l.enter(contentOf(f.URI, versionOf(f.Size, f.ETag)), this)
		}
		if archive, _, ok := strings.Cut(f.URI, memberMark); ok && entered && (counts.isDamaged() || counts.status == "" && counts.file > 0) {
			l.damaged[idOf(archive)] = append(l.damaged[idOf(archive)], id)
		}
	}
	return nil
}

// isDamaged reports whether an object could not be read, or not wholly.
func (k known) isDamaged() bool { return k.status == schema.Partial || k.status == schema.Corrupt }

// enter enters what a row of files tells of an object: the last one counts, unless that is of
// a version that is not the object's any more. It returns what counts by that, if the row does.
func (l *ledger) enter(id objectID, this known) (_ known, entered bool) {
	last, ok := l.objects[id]
	switch {
	case ok && this.version == last.version: // read more than once, under different limits
		this.file, this.status = max(this.file, last.file), cmp.Or(this.status, last.status)
		this.archived, this.current, this.named = this.archived || last.archived, this.current || last.current, this.named || last.named
	case ok && (last.current && !this.current || last.current == this.current && this.file < last.file):
		return last, false
	}
	l.objects[id] = this
	return this, true
}

// mark adds what a version that is here tells of its row, where the row does not have it.
func (l *ledger) mark(marks []schema.VersionMark, o *Object) []schema.VersionMark {
	id := contentOf(storedURI(o.URI), versionOf(o.Size, o.ETag))
	known := l.objects[id]
	if known.marked { // by the latest version with that content: they are listed from that on
		return marks
	}
	known.marked = true
	l.objects[id] = known
	v := &o.Version
	if known.named && v.Replaced.IsZero() && v.Deleted.IsZero() {
		return marks
	}
	return append(marks, schema.VersionMark{File: known.file, VersionID: v.ID, Replaced: v.Replaced, Deleted: v.Deleted})
}

// limitOf is this run's limit of the kind that a file went beyond: a file that is too large
// is read up to its limit, so if more was read it was a record that was too large.
func (l *ledger) limitOf(f *schema.KnownFile) int64 {
	if f.JSONBytes > f.OverLimit {
		return l.maxRecordBytes
	}
	return l.maxFileBytes
}

// fateOf is what becomes of an object by what is known of it, and what it was found to be.
func (l *ledger) fateOf(o *Object) (fate, schema.Status) {
	id := idOf(storedURI(o.URI))
	if o.Version.ID != "" {
		// Any version with that content will do, by whatever ID it goes.
		if _, seen := l.objects[id]; seen && o.ETag != "" {
			id = contentOf(storedURI(o.URI), versionOf(o.Size, o.ETag))
			if _, ok := l.objects[id]; !ok {
				return fateFetchAgain, ""
			}
		}
	}
	known, ok := l.objects[id]
	if !ok || o.ETag == "" { // without one, nothing tells whether it has changed
		return fateFetch, ""
	}
	switch other := known.version != versionOf(o.Size, o.ETag); {
	case other && known.file > 0:
		return fateFetchChanged, ""
	case !other && known.status == "" && known.archived && o.Archived != NotArchived:
		return fateArchived, ""
	case other || known.status == "":
		return fateFetchAgain, ""
	}
	switch known.status {
	case schema.Loaded:
		for _, member := range l.damaged[idOf(storedURI(o.URI))] {
			switch m := l.objects[member]; {
			case m.isDamaged():
				return fateDamaged, m.status
			case m.status == "":
				return fateFetchAgain, ""
			}
		}
		return fateKnown, known.status
	case schema.Skipped, schema.Other:
		return fateOther, known.status
	}
	return fateDamaged, known.status
}
