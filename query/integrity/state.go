package integrity

// A State is what is proven of a log file that the store holds: see states.sql.
type State string

const (
	Proven     State = "proven"     // a digest that is CloudTrail's own lists it as it is
	Altered    State = "altered"    // such a digest lists it, with another hash
	Unproven   State = "unproven"   // a digest that is not proven lists it
	Unlisted   State = "unlisted"   // the digests of its time do not list it
	Undigested State = "undigested" // no digest covers the time of its delivery
	Uncovered  State = "uncovered"  // digests may not list files of its kind
	Superseded State = "superseded" // the object was read again and is another file now
	Unrebuilt  State = "unrebuilt"  // its rows in the store are not what it says, or cannot be compared with it
	Orphaned   State = "orphaned"   // of events alone: no log file has them
)

// States lists them in the order in which they are told.
func States() []State {
	return []State{Proven, Altered, Unproven, Unlisted, Undigested, Uncovered, Superseded, Unrebuilt, Orphaned}
}

// A verdict is what became of a log file that a digest lists: see matches.sql, and
// counts.sql for the last one.
type verdict string

const (
	verdictValid    verdict = "valid"
	verdictMoved    verdict = "moved"
	verdictTrailing verdict = "trailing" // something was added behind what CloudTrail wrote
	verdictUnread   verdict = "unread"
	verdictArchived verdict = "archived"
	verdictAltered  verdict = "altered"
	verdictMissing  verdict = "missing"
	verdictLeftOut  verdict = "left out" // missing, and ingest was told not to load its time
)
