package ingest

import (
	"context"
	"fmt"
	"iter"
	"time"

	"trailbox/schema"
)

// An Object is one object that a [Source] has listed.
type Object struct {
	URI      string // s3://bucket/key or an absolute path
	Size     int64  // bytes as stored
	ETag     string // changes when the object does; empty where that cannot be told
	Modified time.Time
	// Named says that the user named this very object, so that it is read
	// whatever it is called.
	Named bool
	// Requests is how many requests over a network to fetch it takes, if none fails.
	Requests int64
	Version  Version // zero where the source tells of none
	// Class is the storage class of an object that may have to be restored from an archive.
	Class    string
	Archived Archived
	// Near says that to fetch it is hardly more than to copy it: it is on this machine.
	Near bool
	// Once says that it can be fetched but once.
	Once bool
}

// A Version is one of an object in a versioned bucket.
type Version struct {
	ID       string
	Replaced time.Time // when another version took its place; zero for the latest one
	Same     bool      // that one has the same content
	Deleted  time.Time // when a delete marker was put over it; zero where none was
	Gone     bool      // only the marker is left: there is nothing to be fetched
}

// A VersionError is the finding of a version that is not what its object is now.
type VersionError struct {
	URI     string
	Version Version
}

func (e *VersionError) Error() string {
	v := &e.Version
	switch {
	case v.Gone:
		return fmt.Sprintf("%s: deleted on %s, and no version of it is left", e.URI, v.Deleted.Format(time.RFC3339))
	case !v.Deleted.IsZero():
		return fmt.Sprintf("%s: deleted on %s, version %s", e.URI, v.Deleted.Format(time.RFC3339), v.ID)
	}
	return fmt.Sprintf("%s: replaced on %s, version %s", e.URI, v.Replaced.Format(time.RFC3339), v.ID)
}

// told reports whether somebody has to be told of a version.
func (v *Version) told() bool { return !v.Deleted.IsZero() || !v.Replaced.IsZero() && !v.Same }

// An Archived says whether an object must be restored before it can be fetched.
type Archived uint8

const (
	NotArchived   Archived = iota
	MaybeArchived          // only to ask for it would tell; who was refused need not ask again
	IsArchived
)

// An ArchivedError is of an object that must be restored before it can be fetched.
type ArchivedError struct {
	URI, Class string
	Err        error // of who was asked for it; nil where nobody was
}

func (e *ArchivedError) Error() string { return e.URI + ": the object is archived in " + e.Class }
func (e *ArchivedError) Unwrap() error { return e.Err }

// A Source is a place that holds log files.
type Source interface {
	// String is the source as the user named it.
	String() string
	// List lists the objects, each once and in any order. An error together with an
	// Object is that object's own, and the listing goes on; an error without one
	// ends it.
	//
	// Of the folders that it comes by, each but the one that the source itself is,
	// it asks wants once, from several goroutines if it likes. A folder is named by
	// what the URIs below it begin with, down to the slash.
	List(ctx context.Context, wants func(folder string) Want) iter.Seq2[Object, error]
	// Fetch returns the object's bytes, at most o.Size of them where that is
	// known, and, of a digest file, the signature that is kept beside it. It may be
	// called from several goroutines. An error is the object's own, unless it is a
	// [*StopError].
	Fetch(ctx context.Context, o Object) ([]byte, schema.Signature, error)
}

// A Want is how much of what is below a folder is wanted.
type Want uint8

const (
	WantAll  Want = iota // all of it, as far as can be told
	WantSome             // of its folders some are not, so it is worth while to ask of each
	WantNone             // it must not be listed
)

// A StopError is one that would meet every object alike (credentials refused, a
// bucket that is not there), so that going on makes no sense.
type StopError struct{ Err error }

func (e *StopError) Error() string { return e.Err.Error() }
func (e *StopError) Unwrap() error { return e.Err }
