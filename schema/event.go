package schema

import "time"

// An Event is one CloudTrail event on its way into the store.
type Event struct {
	// Leaves holds the value of each of [Columns] as text: nil where the record
	// has none or null, a string decoded, a block as its JSON text. All of it is
	// valid UTF-8. It may point into the log file's bytes.
	Leaves [NumColumns][]byte
	// Objects has a bit for each of [Objects] that is an object in the record, be it an
	// empty one. Those around leaves count as well without it.
	Objects uint16
	// Unknown is a JSON object of what [Columns] has no place for: members that
	// AWS added since, and known members whose value is not of their kind. Its
	// keys are dotted paths. It is nil where there is nothing of that sort.
	Unknown []byte
	// Touched is a JSON array of the resources that the record names, each with type
	// and name; nil where it names none.
	Touched []byte
	// EventTime is Leaves[ColEventTime] parsed; zero where that is nil.
	EventTime time.Time
	// EventID is Leaves[ColEventID] parsed; zero where that is nil.
	EventID [16]byte

	// Shape is the number of the record's skeleton in the store's [Shapes]: the record
	// is the skeleton with the leaves put back. Where it is -1, Verbatim is the record.
	Shape    int32
	Verbatim []byte

	// Hash is of the record's bytes, with the store's own seed: the same for two
	// deliveries of one record, and not to be foreseen by whoever writes records.
	Hash uint64
	// Compact is the hash of the record without the white space between its tokens: Hash, where
	// it has none, as AWS's own have not.
	Compact uint64
	// File and Position say where the record was: the number of its log file in
	// the table files, and its place there, counted from 0.
	File     int32
	Position int32
}

// A Repeat says that a record that was read has the values of an event that the
// store has already (or is about to have, from the same batch). Where it is not that event
// byte for byte, its file is an original.
type Repeat struct {
	File, Position           int32
	EventID                  []byte // as in Event.Leaves; nil for records of version 1.0
	FirstFile, FirstPosition int32  // where the event's row comes from
}

// Status is what came of a log file.
type Status string

const (
	// Loaded: each of its records is in the store.
	Loaded Status = "loaded"
	// Partial: it is damaged, and the records before the damage are in the store.
	Partial Status = "partial"
	// Corrupt: it is damaged and nothing of it could be read.
	Corrupt Status = "corrupt"
	// Skipped: it is sound, but not a log file.
	Skipped Status = "skipped"
	// Other: neither its name nor its begin is that of a log file, so it was not read.
	Other Status = "other"
	// Failed: it could not be fetched. The next run tries again.
	Failed Status = "failed"
	// Archived: S3 does not give it out before somebody has restored it.
	Archived Status = "archived"
)

// A LogFile is a row of the table files: one log file that a run has seen.
type LogFile struct {
	File      int32  // its number, given by the run; unique in the store
	URI       string // s3://bucket/key or an absolute path; valid UTF-8
	Key              // what its URI tells; but Kind is what it is found to be
	Size      int64  // bytes as delivered
	ETag      string // of the S3 object; of a local file its modification time
	SHA256    []byte // of the uncompressed bytes; nil where they could not be had
	JSONBytes int64  // uncompressed
	Members   int32  // of gzip, and what follows them; 0 where it is not packed. CloudTrail delivers one

	Records   int32 // read from it = New + Repeated + Filtered
	New       int32
	Repeated  int32
	Filtered  int32 // outside what the run asked for
	Conflicts int32 // of New: their eventID was there already, with other bytes

	FirstEventTime, LastEventTime time.Time // of its records; zero where none has one

	Status Status
	Error  string // why Status is not Loaded, or what else is to be known of it
	// OverLimit is the limit in bytes that the file's uncompressed size, or one of its
	// records, went beyond; 0 where none did. Of a file that is too large no more than that
	// is read, so JSONBytes tells the two apart.
	OverLimit int64
	// Envelope is what stands around the records, as of [Envelope.Encode]; nil where
	// that and the stored records do not make up the file.
	Envelope []byte
	Run      int32

	VersionID string    // in a versioned bucket, where it was read by that
	Replaced  time.Time // when another version took its place; zero where none did
	Deleted   time.Time // when a delete marker was put over it; zero where none was
}

// An Original is a log file kept as it was delivered, since it cannot be rebuilt
// from records.
type Original struct {
	File int32
	Data []byte
}

// A Run is one call of the program that wrote into the store: the chain of custody.
type Run struct {
	Run      int32
	Started  time.Time
	Finished time.Time // zero where the run was cut off
	User     string
	Host     string
	Version  string
	Sources  []string
	Filter   string // what the run was limited to; empty for everything
	// DeliveredSince and DeliveredUntil are of the log files that it asked for, by the times
	// in their names: the first to load, and the first to leave out; zero for no limit.
	DeliveredSince, DeliveredUntil time.Time
	Summary                        string // the run's summary as JSON; empty where it was cut off
}
