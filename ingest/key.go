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
	// the next 5 minutes, as a rule. Older events may be in it, however old. That of a
	// digest file is the end of the time that it covers.
	Delivered time.Time
}

// digestKind is the Kind of digest files.
const digestKind = "CloudTrail-Digest"

// layoutFolder is a folder of CloudTrail's own layout, down to any of its levels:
// AWSLogs/[o-id/]account/service/region/year/month/day/. It is stricter than
// parseLogFolder, since it decides about what nobody has seen.
var layoutFolder = regexp.MustCompile(`(?:^|/)AWSLogs/(?:o-[a-z0-9]{10,32}/)?` +
	`(?:(\d{12})/(?:CloudTrail(?:-[A-Za-z]+)?/(?:([a-z0-9-]+)/(?:(\d{4})/(?:(\d{2})/(?:(\d{2})/)?)?)?)?)?)?$`)

// A logName is a log file's name taken apart, after "Getting and viewing your
// CloudTrail log files":
//
//	account_CloudTrail[-Kind]_region_YYYYMMDDTHHmmZ_unique.json[.gz]
//
// The account is not required to be digits (special partitions), the underscore
// before the unique part was missing in 2014, and .gz is optional since people keep
// unpacked copies. It is read by hand, since a million names by regular expressions
// take seconds.
type logName struct{ account, kind, region, delivered string }

func parseLogName(name string) (n logName, ok bool) {
	var rest string
	n.account, rest, _ = strings.Cut(name, "_")
	n.kind, rest, _ = strings.Cut(rest, "_")
	n.region, rest, _ = strings.Cut(rest, "_")
	const stamp = len("20060102T1504Z")
	if n.account == "" || strings.Contains(n.account, "/") || n.region == "" || len(rest) < stamp {
		return n, false
	}
	if n.kind != "CloudTrail" {
		family, found := strings.CutPrefix(n.kind, "CloudTrail-")
		if !found || family == "" || !only(family, isLetter) {
			return n, false
		}
	}
	n.delivered, rest = rest[:stamp], rest[stamp:]
	rest = strings.TrimSuffix(rest, ".gz")
	unique, found := strings.CutSuffix(rest, ".json")
	unique = strings.TrimPrefix(unique, "_")
	return n, found && (len(unique) == 15 || len(unique) == 16) && only(unique, isAlphanumeric) && only(n.region, isRegion) &&
		n.delivered[8] == 'T' && n.delivered[13] == 'Z' && only(n.delivered[:8], isDigit) && only(n.delivered[9:13], isDigit)
}

// parseLogFolder finds AWSLogs/[o-id/]account/service/[region/] in a key.
func parseLogFolder(key string) (account, service, region string) {
	const root = "AWSLogs/"
	for rest := key; ; {
		at := strings.Index(rest, root)
		if at < 0 {
			return "", "", ""
		}
		whole := at == 0 && len(rest) == len(key) || at > 0 && rest[at-1] == '/'
		rest = rest[at+len(root)-1:] // its slash may be the one in front of another
		if !whole {
			continue
		}
		inside := rest[1:]
		if id, below, ok := strings.Cut(inside, "/"); ok && isOrganization(id) {
			if account, service, region, ok = parseAccount(below); ok {
				return account, service, region
			}
		}
		var ok bool
		if account, service, region, ok = parseAccount(inside); ok {
			return account, service, region
		}
	}
}

// parseAccount reads account/service/[region/].
func parseAccount(path string) (account, service, region string, ok bool) {
	account, path, _ = strings.Cut(path, "/")
	service, path, ok = strings.Cut(path, "/")
	if account == "" || service == "" || !ok {
		return "", "", "", false
	}
	if region, _, ok = strings.Cut(path, "/"); !ok || region == "" || !only(region, isRegion) {
		region = ""
	}
	return account, service, region, true
}

func isOrganization(name string) bool {
	id, found := strings.CutPrefix(name, "o-")
	return found && len(id) >= 10 && len(id) <= 32 && only(id, func(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'z' })
}

// only reports whether all bytes of text are of a kind.
func only(text string, kind func(byte) bool) bool {
	for i := range len(text) {
		if !kind(text[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool        { return c >= '0' && c <= '9' }
func isLetter(c byte) bool       { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlphanumeric(c byte) bool { return isDigit(c) || isLetter(c) }
func isRegion(c byte) bool       { return c >= 'a' && c <= 'z' || isDigit(c) || c == '-' }

// ParseKey reads an object key or the path of a file.
func ParseKey(key string) Key {
	name := path.Base(key)
	if strings.HasSuffix(key, "/") || strings.HasSuffix(name, metadataSuffix) {
		return Key{Class: OtherFile}
	}
	var k Key
	k.Account, k.Kind, k.Region = parseLogFolder(key)
	log, ok := parseLogName(name)
	if ok {
		k.Delivered, _ = time.Parse("20060102T1504Z", log.delivered)
	}
	if !k.Delivered.IsZero() { // with an impossible time it is a name like any other
		k.Account, k.Region = log.account, log.region
		// The folder knows better: what names stand for in the folders beside
		// CloudTrail is not documented.
		if !strings.HasPrefix(k.Kind, "CloudTrail") || k.Kind == "CloudTrail" {
			k.Kind = log.kind
		}
		k.Class = LogFile
		switch k.Kind {
		case digestKind:
			k.Class = DigestFile
		case "CloudTrail-Aggregated":
			k.Class = AggregatedFile
		}
		return k
	}
	if strings.Contains(name, "_CloudTrail-Digest_") {
		if digest, ok := parseDigestName(name); ok {
			return Key{DigestFile, digest.account, digest.region, digestKind, digest.end}
		}
	}
	switch {
	case k.Kind == digestKind:
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

// A folderKey is what the path of a folder tells of the log files below it.
type folderKey struct {
	account, region string    // empty where the path does not tell yet
	from, until     time.Time // of Key.Delivered, until is the first that is not there; zero likewise
}

// parseFolder reads the path of a folder, with the slash at its end; ok is false where
// that is not of CloudTrail's layout.
func parseFolder(path string) (f folderKey, ok bool) {
	m := layoutFolder.FindStringSubmatch(path)
	if m == nil {
		return folderKey{}, false
	}
	f.account, f.region = m[1], m[2]
	var err error
	switch year, month, day := m[3], m[4], m[5]; {
	case day != "":
		f.from, err = time.Parse("20060102", year+month+day)
		f.until = f.from.AddDate(0, 0, 1)
	case month != "":
		f.from, err = time.Parse("200601", year+month)
		f.until = f.from.AddDate(0, 1, 0)
	case year != "":
		f.from, err = time.Parse("2006", year)
		f.until = f.from.AddDate(1, 0, 0)
	}
	return f, err == nil
}
