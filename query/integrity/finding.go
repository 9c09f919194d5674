package integrity

import (
	"cmp"
	"slices"
	"time"
)

// A Kind says what a finding is about.
type Kind string

const (
	DigestDamaged     Kind = "digest-damaged"
	DigestMoved       Kind = "digest-moved"
	DigestSignature   Kind = "digest-signature"
	DigestUnprovable  Kind = "digest-unprovable"
	DigestMissing     Kind = "digest-missing"
	DigestForked      Kind = "digest-forked"
	DigestUnrebuilt   Kind = "digest-unrebuilt"
	KeyUnknown        Kind = "key-unknown"
	KeyExpired        Kind = "key-expired"
	KeyOfOtherRegion  Kind = "key-of-other-region"
	KeyStored         Kind = "key-stored"
	ChainHash         Kind = "chain-hash"
	ChainSignature    Kind = "chain-signature"
	ChainGap          Kind = "chain-gap"
	ChainRestart      Kind = "chain-restart"
	ChainEnd          Kind = "chain-end"
	LogAltered        Kind = "log-altered"
	LogMissing        Kind = "log-missing"
	LogUnread         Kind = "log-unread"
	LogArchived       Kind = "log-archived"
	LogTrailing       Kind = "log-trailing"
	LogMoved          Kind = "log-moved"
	LogUnlisted       Kind = "log-unlisted"
	LogUndigested     Kind = "log-undigested"
	LogWithoutDigests Kind = "log-without-digests"
	LogUncovered      Kind = "log-uncovered"
	LogMislabelled    Kind = "log-mislabelled"
	LogSuperseded     Kind = "log-superseded"
	LogUnrebuilt      Kind = "log-unrebuilt"
	EventsOrphaned    Kind = "events-orphaned"
)

// Means says what a finding of that kind means, and what it does not.
func (k Kind) Means() string {
	switch k {
	case DigestDamaged:
		return "what this digest lists is not proven; the digests before and after it are judged by themselves"
	case DigestMoved:
		return "the digest says that it was delivered elsewhere: an old one may have been put in the place of another"
	case DigestSignature:
		return "these are not the bytes that CloudTrail signed, or the signature is not theirs; what the digest lists is not proven by it"
	case DigestUnprovable:
		return "its signature is lost and no later digest has it: nothing is wrong with it, and nothing proves it"
	case DigestMissing:
		return "a digest of that time was delivered and is not here; nothing proves which log files belonged to it"
	case DigestForked:
		return "two digests name the same one before them: CloudTrail makes one"
	case DigestUnrebuilt:
		return "the store's tables are not what the digest file in it says: somebody changed them, or they are damaged"
	case KeyStored:
		return "it came with the store, and whoever made the store could have put it there: what it proves is proven to those who made it. With keys from AWS, by --public-keys or --fetch-keys, or with --trust-stored-keys for a store of your own, it is proven to you"
	case KeyUnknown:
		return "nothing is known to be wrong: without the key the signature cannot be checked"
	case KeyExpired:
		return "CloudTrail did not sign with this key at that time"
	case KeyOfOtherRegion:
		return "CloudTrail signs each Region's digests with keys of that Region"
	case ChainHash:
		return "the digest here is not the one that its successor was chained to"
	case ChainSignature:
		return "the signature kept with the digest is not the one that its successor names; if the latter is good the digest itself is"
	case ChainGap:
		return "the chain is whole, but says nothing of this time"
	case ChainRestart:
		return "logging or validation was off in between, and what lies there is not proven; the last digests before it could be missing unseen"
	case ChainEnd:
		return "the trail goes on in other Regions: the digests behind this one are missing, or the trail left the Region"
	case LogAltered:
		return "the file is not what CloudTrail delivered"
	case LogMissing:
		return "CloudTrail delivered this file and it is not here"
	case LogUnread:
		return "the file is there but could not be read, so that its hash is not known"
	case LogArchived:
		return "the file is there and has to be restored from its archive: nothing is known of its content until ingest has read it"
	case LogTrailing:
		return "something was added behind what CloudTrail wrote"
	case LogMoved:
		return "the content is what CloudTrail delivered, but it lies elsewhere"
	case LogUnlisted:
		return "the digests of its time do not list it: planted, or delivered by a trail without validation"
	case LogUndigested:
		return "no digest here covers the time of its delivery: neither proven nor wrong"
	case LogWithoutDigests:
		return "there are no digests of its account and Region: neither proven nor wrong"
	case LogSuperseded:
		return "the object is another file now: events of what it was are in the answers, and no digest proves them"
	case LogMislabelled:
		return "its account, Region, time or kind by its name are not those of its events: somebody wrote, renamed or changed it"
	case LogUnrebuilt:
		return "what the store answers of it is not what CloudTrail delivered: somebody changed rows, they are damaged, or it was loaded in part; of columns that trailbox derives another version may have had other rules"
	case EventsOrphaned:
		return "they are in the answers, and no log file of the store has them: somebody put them there"
	case LogUncovered:
		return "whether digests list files of Insights and of network activity is not documented: neither proven nor wrong"
	}
	return ""
}

// Weight orders kinds for people: 0 for what somebody must have done, 1 for what is
// missing, 2 for what is merely not proven.
func (k Kind) Weight() int {
	switch k {
	case LogAltered, LogTrailing, LogUnlisted, LogMislabelled, LogSuperseded, LogUnrebuilt, EventsOrphaned, DigestSignature, DigestUnrebuilt, DigestMoved, DigestForked, ChainHash, ChainSignature, KeyExpired, KeyOfOtherRegion:
		return 0
	case LogMissing, LogMoved, LogUnread, DigestMissing, DigestDamaged, ChainGap, ChainEnd:
		return 1
	}
	return 2
}

// IsNote reports whether a finding of that kind can be had of an archive that is whole
// and untouched: then it does not count against it.
func (k Kind) IsNote() bool { return k == ChainRestart || k == LogUncovered }

// A Finding is something that keeps a part of the archive from being proven.
type Finding struct {
	Kind    Kind      `json:"kind"`
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Trail   string    `json:"trail,omitempty"` // empty where that cannot be told
	URI     string    `json:"uri,omitempty"`   // of the file it is about
	From    time.Time `json:"from,omitzero"`   // the time it is about
	Until   time.Time `json:"until,omitzero"`
	Files   int64     `json:"files,omitempty"` // where it is about more than one
	Detail  string    `json:"detail"`
	Means   string    `json:"means"`
}

// inOrder sorts findings by place, time and file.
func inOrder(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Trail, b.Trail),
			a.From.Compare(b.From), cmp.Compare(a.URI, b.URI), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Detail, b.Detail))
	})
}
