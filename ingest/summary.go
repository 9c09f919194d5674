package ingest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"trailbox/schema"
)

// A Summary says what a run came to. Its counts add up:
//
//	FilesListed = FilesLoaded + FilesKnown + FilesDamaged + FilesArchived +
//	              FilesOther + FilesFiltered + FilesLeft
//	Records     = EventsNew + Repeats + EventsFiltered
type Summary struct {
	FilesListed   int64 `json:"files_listed"`
	FilesLoaded   int64 `json:"files_loaded"`
	FilesKnown    int64 `json:"files_known"`    // in the store already, unchanged
	FilesDamaged  int64 `json:"files_damaged"`  // not, or not wholly, to be read; now or when first seen
	FilesArchived int64 `json:"files_archived"` // to be restored before they can be read
	FilesOther    int64 `json:"files_other"`    // not log files
	FilesFiltered int64 `json:"files_filtered"` // outside of what was asked for
	FilesLeft     int64 `json:"files_left"`     // not done when the run ended early

	// FilesChanged is how many of FilesLoaded and FilesDamaged are not what they were when
	// an earlier run loaded them.
	FilesChanged int64 `json:"files_changed"`

	// FoldersFiltered is how many folders were not listed, or not to their end, since
	// their paths say that all below them is outside of what was asked for. What they
	// hold is in none of the other counts.
	FoldersFiltered int64 `json:"folders_filtered"`

	Records        int64 `json:"records"`
	EventsNew      int64 `json:"events_new"`
	Repeats        int64 `json:"repeats"`
	EventsFiltered int64 `json:"events_filtered"`
	EventsTimeless int64 `json:"events_timeless"` // of EventsNew: without a time that could be read
	Conflicts      int64 `json:"conflicts"`       // of EventsNew: an eventID that came with other bytes before

	Archives []Archive `json:"archives"` // FilesArchived, by storage class

	DigestFiles     int64 `json:"digest_files"`     // of FilesListed, by their names
	AggregatedFiles int64 `json:"aggregated_files"` // of FilesOther

	// NotRead counts FilesOther by kind: .csv, of other programs. The metadata of digest files is
	// read with them, and is not among these.
	NotRead map[string]int64 `json:"not_read"`

	// FilesUnseen is how many of FilesOther have a name that does not tell what they are, and were
	// not looked at: a run looks at maxLooks, and the source may refuse.
	FilesUnseen int64 `json:"files_unseen"`

	// What files had beside records, and was passed over.
	AggregatedEvents int64 `json:"aggregated_events"` // they sum up others
	ForeignValues    int64 `json:"foreign_values"`    // JSON values and lines of other programs

	// Redacted says that names have pseudonyms: no digest proves what is loaded.
	Redacted bool `json:"redacted,omitempty"`

	Retries         int64     `json:"retries"`          // requests to S3 that had to be made again
	BytesCompressed int64     `json:"bytes_compressed"` // fetched
	BytesJSON       int64     `json:"bytes_json"`
	Seconds         float64   `json:"seconds"`
	Errors          []Finding `json:"errors"`
	ErrorsMore      int64     `json:"errors_more"` // beyond those; the table files has all of this run
}

// An Archive is what was found archived in a storage class.
type Archive struct {
	Class string `json:"class"`
	Files int64  `json:"files"`
	Bytes int64  `json:"bytes"`
	URI   string `json:"uri"` // of one of them, the first by its name
}

// maxErrors is how many findings a summary lists: more are nobody's to read one by one,
// and a million must not be held in memory.
const maxErrors = 1000

// A Finding is what is to be said of a file.
type Finding struct {
	URI    string        `json:"uri"`
	Status schema.Status `json:"status"`
	Error  string        `json:"error"`
}

// ErrChanged is the finding of a log file that an earlier run has loaded, and that has
// other content now. A trail does not rewrite its log files.
var ErrChanged = errors.New("changed since it was loaded; the store keeps what it was then, too")

// ErrStillDamaged is the finding of a damaged file that an earlier run has read.
var ErrStillDamaged = errors.New("damaged, as an earlier run has found; it has not changed since")

// ErrStillOther is the finding of a file that the user named, and that an earlier run has found to
// be none of CloudTrail's.
var ErrStillOther = errors.New("not a CloudTrail log file, as an earlier run has found; it has not changed since")

// counts make up the summary of a run, whose lister and loader both count.
type counts struct {
	mu       sync.Mutex
	summary  Summary
	versions int64 // listed objects of which the ledger has another version
	finding  func(f schema.LogFile, cause error)
	other    func(f schema.LogFile, cause error)
}

// add changes the summary.
func (c *counts) add(change func(s *Summary)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.summary)
}

// listed counts an object that a source has listed; damage is what an earlier run has found
// of a damaged one.
func (c *counts) listed(item *fetched, fate fate, damage schema.Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.summary
	s.FilesListed++
	if item.key.Class == schema.ClassDigestFile {
		s.DigestFiles++
	}
	if look := item.look && fate.fetches(); !look && fate != fateOther && fate != fateAggregated && fate != fateFiltered {
		c.noteVersion(item, damage)
	}
	switch fate {
	case fateGone:
		s.FilesOther++
	case fateFetchChanged:
		c.versions++
	case fateAggregated:
		s.FilesOther++
		s.AggregatedFiles++
	case fateOther:
		s.FilesOther++
		if kind := knownKind(item, damage); !schema.IsMetadata(item.object.URI) {
			s.leave(kind, 1)
		}
		if item.object.Named {
			c.note(schema.LogFile{URI: storedURI(item.object.URI), Status: damage, Error: ErrStillOther.Error()}, ErrStillOther)
		}
	case fateFiltered:
		s.FilesFiltered++
	case fateKnown:
		s.FilesKnown++
	case fateArchived:
		c.archived(storedURI(item.object.URI), item.object.Class, item.object.Size)
	case fateDamaged:
		s.FilesDamaged++
		c.note(schema.LogFile{URI: storedURI(item.object.URI), Status: damage, Error: ErrStillDamaged.Error()}, ErrStillDamaged)
	}
}

// tellVersion tells of an object what listed does of those that are log files by their names.
func (c *counts) tellVersion(item *fetched) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noteVersion(item, "")
}

// noteVersion notes that an object is not what it was; mu is held.
func (c *counts) noteVersion(item *fetched, damage schema.Status) {
	if o := &item.object; o.Version.told() {
		cause := &VersionError{URI: o.URI, Version: o.Version}
		c.note(schema.LogFile{URI: storedURI(o.URI), VersionID: o.Version.ID, ETag: o.ETag, Status: damage, Error: storedURI(cause.Error())}, cause)
	}
}

// leave counts files of a kind that were not read.
func (s *Summary) leave(kind string, n int64) {
	if s.NotRead == nil {
		s.NotRead = map[string]int64{}
	}
	s.NotRead[kind] += n
}

// loaded adds a batch that is in the store now.
func (c *counts) loaded(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.summary
	s.AggregatedEvents += int64(b.passed.Aggregated)
	s.ForeignValues += int64(b.passed.Foreign)
	s.EventsTimeless += b.timeless
	for kind, n := range b.left {
		s.leave(kind, n)
	}
	for i := range b.ledger.Files {
		f := &b.ledger.Files[i]
		switch f.Status {
		case schema.Loaded:
			s.FilesLoaded++
		case schema.Skipped, schema.Other:
			s.FilesOther++
		case schema.Archived:
			var archived *ArchivedError
			errors.As(b.causes[i], &archived)
			c.archived(f.URI, archived.Class, f.Size)
			continue
		default:
			s.FilesDamaged++
		}
		s.Records += int64(f.Records)
		s.EventsNew += int64(f.New)
		s.Repeats += int64(f.Repeated)
		s.EventsFiltered += int64(f.Filtered)
		s.Conflicts += int64(f.Conflicts)
		if (f.Status != schema.Failed || errors.Is(b.causes[i], ErrMemory)) && f.Status != schema.Other && f.Kind != kindArchive {
			s.BytesCompressed += f.Size
		}
		s.BytesJSON += f.JSONBytes
		switch {
		case b.causes[i] != nil:
			c.note(*f, b.causes[i])
		case f.Status == schema.Skipped && c.other != nil:
			c.other(*f, errors.New(f.Error))
		}
	}
}

// archived counts an archived object; mu is held.
func (c *counts) archived(uri, class string, size int64) {
	s := &c.summary
	s.FilesArchived++
	i, found := slices.BinarySearchFunc(s.Archives, class, func(a Archive, class string) int { return strings.Compare(a.Class, class) })
	if !found {
		s.Archives = slices.Insert(s.Archives, i, Archive{Class: class, URI: uri})
	}
	a := &s.Archives[i]
	a.Files, a.Bytes, a.URI = a.Files+1, a.Bytes+size, min(a.URI, uri)
}

// find notes a finding.
func (c *counts) find(f schema.LogFile, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(f, cause)
}

// note is find while mu is held.
func (c *counts) note(f schema.LogFile, cause error) {
	if len(c.summary.Errors) < maxErrors {
		c.summary.Errors = append(c.summary.Errors, Finding{URI: f.URI, Status: f.Status, Error: f.Error})
	} else {
		c.summary.ErrorsMore++
	}
	if c.finding != nil {
		c.finding(f, cause)
	}
}

// finish is the summary of a run that has come to its end, one way or the other.
func (c *counts) finish(started time.Time, progress *Progress) Summary {
	s := &c.summary
	s.FilesLeft = s.FilesListed - s.FilesLoaded - s.FilesKnown - s.FilesDamaged - s.FilesArchived - s.FilesOther - s.FilesFiltered
	s.Retries = progress.Retries.Load()
	s.Seconds = time.Since(started).Seconds()
	slices.SortStableFunc(s.Errors, func(a, b Finding) int { return strings.Compare(a.URI, b.URI) })
	return *s
}
