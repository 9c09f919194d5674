package ingest

import (
	"path"
	"regexp"
	"strings"
	"time"
)

// A Class says what an object is, going by its key.
type Class uint8

const (
	// LogFile: its name is that of a log file.
	LogFile Class = iota
	// MaybeLogFile: the name says JSON and no more, so the content decides.
	MaybeLogFile
	// DigestFile: lists the log files of an hour, signed.
	DigestFile
	// AggregatedFile: holds five-minute summaries of data events, not events.
	AggregatedFile
	// OtherFile: a folder marker, another service's log, or anything else.
	OtherFile
)

// A Key is what an object's key, or a file's path, tells.
type Key struct {
	Class   Class
	Account string // empty where the key does not tell; so are the others
	Region  string // that delivered the file; events in it may name another
	Kind    string // CloudTrail, CloudTrail-Insight, CloudTrail-NetworkActivity ...
	// Delivered is the time in the name: that of the newest event, rounded up to
	// the next 5 minutes, as a rule. Older events may be in it, however old.
	Delivered time.Time
}

// The grammar of a log file's name, after "Getting and viewing your CloudTrail log
// files". The account is not required to be digits (special partitions), the
// underscore before the unique part was missing in 2014, and .gz is optional since
// people keep unpacked copies.
var (
	logName    = regexp.MustCompile(`^([^/_]+)_(CloudTrail(?:-[A-Za-z]+)?)_([a-z0-9-]+)_(\d{8}T\d{4}Z)_?([A-Za-z0-9]{15,16})\.json(?:\.gz)?$`)
	digestName = regexp.MustCompile(`^[^/_]+_CloudTrail-Digest_.*_\d{8}T\d{6}Z(?:_backfill)?\.json(?:\.gz)?$`)
	// logFolder finds AWSLogs/[o-id/]account/service/[region/]
	logFolder = regexp.MustCompile(`(?:^|/)AWSLogs/(?:o-[a-z0-9]{10,32}/)?([^/]+)/([^/]+)/(?:([a-z0-9-]+)/)?`)
)

// ParseKey reads an object key or the path of a file.
func ParseKey(key string) Key {
	name := path.Base(key)
	if strings.HasSuffix(key, "/") {
		return Key{Class: OtherFile}
	}
	var k Key
	if m := logFolder.FindStringSubmatch(key); m != nil {
		k.Account, k.Kind, k.Region = m[1], m[2], m[3]
	}
	m := logName.FindStringSubmatch(name)
	if m != nil {
		k.Delivered, _ = time.Parse("20060102T1504Z", m[4])
	}
	if !k.Delivered.IsZero() { // with an impossible time it is a name like any other
		k.Account, k.Region = m[1], m[3]
		// The folder knows better: what names stand for in the folders beside
		// CloudTrail is not documented.
		if !strings.HasPrefix(k.Kind, "CloudTrail") || k.Kind == "CloudTrail" {
			k.Kind = m[2]
		}
		k.Class = LogFile
		switch k.Kind {
		case "CloudTrail-Digest":
			k.Class = DigestFile
		case "CloudTrail-Aggregated":
			k.Class = AggregatedFile
		}
		return k
	}
	switch {
	case k.Kind == "CloudTrail-Digest" || digestName.MatchString(name):
		k.Class = DigestFile
	case k.Kind == "CloudTrail-Aggregated":
		k.Class = AggregatedFile
	case k.Kind != "" && !strings.HasPrefix(k.Kind, "CloudTrail"):
		k.Class = OtherFile // Config, vpcflowlogs, elasticloadbalancing ...
	default:
		k.Class = OtherFile
		for _, end := range [...]string{".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"} {
			if strings.HasSuffix(strings.ToLower(name), end) {
				k.Class = MaybeLogFile
			}
		}
	}
	return k
}
