package schema

import (
	"regexp"
	"strings"
	"time"
)

// A Class says what an object is, going by its key.
type Class uint8

const (
	// ClassLogFile: its name is that of a log file.
	ClassLogFile Class = iota
	// ClassMaybeLogFile: the name says JSON and no more, so the content decides.
	ClassMaybeLogFile
	// ClassDigestFile: lists the log files of an hour, signed.
	ClassDigestFile
	// ClassAggregatedFile: holds five-minute summaries of data events, not events.
	ClassAggregatedFile
	// ClassOtherFile: a folder marker, another service's log, or anything else.
	ClassOtherFile
)

// A Key is what an object's key, or a file's path, tells. This file is the one place that
// knows how: what else of the store depends on a key has columns.
type Key struct {
	Class   Class
	Account string // empty where the key does not tell; so are the others
	Region  string // that delivered the file; events in it may name another
	Kind    string // CloudTrail, CloudTrail-Insight, CloudTrail-NetworkActivity ...
	// Delivered is the time in the name: that of the newest event, rounded up to
	// the next 5 minutes, as a rule. Older events may be in it, however old. That of a
	// digest file is the end of the time that it covers.
	Delivered time.Time

	Name   string // behind the last slash, without the .gz, or the like, that unpacked copies lose
	Folder string // from AWSLogs on, without a slash at its end; whole copies of an archive keep it

	// Of digest files, by their names:
	Trail      string
	HomeRegion string // where the trail was made
	Backfill   bool   // lists what the hourly digests had missed
}

// LiesWhere reports whether a file of key k lies where the one was delivered that has
// another key: in its folders, or, of a copy, in no such folders at all.
func (k *Key) LiesWhere(delivered *Key) bool {
	return k.Name == delivered.Name &&
		(k.Folder == "" || k.Folder == delivered.Folder || strings.HasSuffix(k.Folder, "/"+delivered.Folder))
}

// KindDigest is the Kind of digest files.
const KindDigest = "CloudTrail-Digest"

// metadataSuffix is how the file is called that has the metadata of a digest file, beside
// a copy of it: S3 keeps the signature there, and a plain download loses it.
const metadataSuffix = ".metadata.json"

// IsMetadata reports whether a path is that of a file of metadata.
func IsMetadata(path string) bool { return strings.HasSuffix(path, metadataSuffix) }

// IsLitter reports whether a path is of what systems put beside the files of their users: macOS
// for each one that it copies, Windows for folders. Their names may end as those of log files do.
func IsLitter(path string) bool {
	base := path[strings.LastIndexByte(path, '/')+1:]
	for _, name := range [...]string{".DS_Store", "Thumbs.db", "desktop.ini"} {
		if strings.EqualFold(base, name) {
			return true
		}
	}
	return strings.HasPrefix(base, "._") || strings.Contains(path, "__MACOSX/")
}

// IsOtherService reports whether a path is of what other services of AWS's, and S3 itself, write
// into buckets by names of their own, wherever that is: server access logs, inventories, the
// files by which they find out that they may write.
func IsOtherService(path string) bool {
	folder, base := path[:strings.LastIndexByte(path, '/')+1], path[strings.LastIndexByte(path, '/')+1:]
	switch base {
	case "ELBAccessLogTestFile", "ConfigWritabilityCheckFile", "symlink.txt", "manifest.checksum":
		return true
	}
	if strings.HasSuffix(folder, "/data/") { // of an inventory: config/data/UUID.csv.gz
		id, _, _ := strings.Cut(base, ".")
		_, ok := ParseGUID([]byte(id))
		return ok
	}
	// 2026-03-02-10-05-12-0123456789ABCDEF
	const stamp, access = "2006-01-02-15-04-05", len("2006-01-02-15-04-05-0123456789ABCDEF")
	if len(base) != access || !only(base[len(stamp)+1:], func(c byte) bool { return isDigit(c) || c >= 'A' && c <= 'F' }) {
		return false
	}
	_, err := time.Parse(stamp, base[:len(stamp)])
	return err == nil
}

// cutPacking cuts the ending off a name that says how a file is packed.
func cutPacking(name string) string {
	for _, end := range [...]string{".gz", ".bz2", ".xz", ".zst"} {
		if cut, ok := strings.CutSuffix(name, end); ok {
			return cut
		}
	}
	return name
}

// MetadataName is the path of the file that has the metadata of a digest file.
func MetadataName(digest string) string { return digest + metadataSuffix }

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
	rest = cutPacking(rest)
	unique, found := strings.CutSuffix(rest, ".json")
	unique = strings.TrimPrefix(unique, "_")
	return n, found && (len(unique) == 15 || len(unique) == 16) && only(unique, isAlphanumeric) && only(n.region, isRegion) &&
		n.delivered[8] == 'T' && n.delivered[13] == 'Z' && only(n.delivered[:8], isDigit) && only(n.delivered[9:13], isDigit)
}

// A digestName is a digest file's name taken apart, after "CloudTrail digest file
// structure":
//
//	account_CloudTrail-Digest_region_trail_homeRegion_YYYYMMDDTHHmmssZ[_backfill].json.gz
//
// Names of trails may have underscores, so it is read from both ends.
type digestName struct {
	account, region, trail, homeRegion string
	end                                time.Time // of what the digest covers
	backfill                           bool
}

var digestNames = regexp.MustCompile(
	`^([^/_]+)_CloudTrail-Digest_([a-z0-9-]+)_(.+)_([a-z0-9-]+)_(\d{8}T\d{6}Z)(_backfill)?\.json(?:\.(?:gz|bz2|xz|zst))?$`)

func parseDigestName(name string) (n digestName, ok bool) {
	m := digestNames.FindStringSubmatch(name)
	if m == nil {
		return digestName{}, false
	}
	end, err := time.Parse("20060102T150405Z", m[5])
	return digestName{m[1], m[2], m[3], m[4], end, m[6] != ""}, err == nil
}

// layoutRoot is the folder that CloudTrail's own layout begins with.
const layoutRoot = "AWSLogs/"

// cutRoot returns what is behind the first layoutRoot in a path, from its slash on, and
// where that root begins; at is negative where there is none.
func cutRoot(path string) (rest string, at int) {
	for from := 0; ; {
		i := strings.Index(path[from:], layoutRoot)
		if i < 0 {
			return "", -1
		}
		at = from + i
		from = at + len(layoutRoot) - 1 // its slash may be the one in front of another
		if at == 0 || path[at-1] == '/' {
			return path[from:], at
		}
	}
}

// parseLogFolder finds AWSLogs/[o-id/]account/service/[region/] in a key.
func parseLogFolder(key string) (account, service, region string) {
	for rest, at := cutRoot(key); at >= 0; rest, at = cutRoot(rest) {
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
	return "", "", ""
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

// ParseKey reads an object key, with or without its bucket before it, or the path of a
// file.
func ParseKey(key string) Key {
	var k Key
	last := strings.LastIndexByte(key, '/')
	base := key[last+1:]
	k.Name = cutPacking(base)
	if _, at := cutRoot(key); at >= 0 {
		k.Folder = key[at:last]
	}
	k.Class = ClassOtherFile
	if base == "" || IsMetadata(base) || IsLitter(key) {
		return k
	}
	k.Account, k.Kind, k.Region = parseLogFolder(key)
	log, ok := parseLogName(base)
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
		k.Class = ClassLogFile
		switch k.Kind {
		case KindDigest:
			k.Class = ClassDigestFile
		case "CloudTrail-Aggregated":
			k.Class = ClassAggregatedFile
		}
		return k
	}
	if strings.Contains(base, "_CloudTrail-Digest_") {
		if digest, ok := parseDigestName(base); ok {
			k.Class, k.Kind, k.Account, k.Region, k.Delivered = ClassDigestFile, KindDigest, digest.account, digest.region, digest.end
			k.Trail, k.HomeRegion, k.Backfill = digest.trail, digest.homeRegion, digest.backfill
			return k
		}
	}
	switch {
	case k.Kind == KindDigest:
		k.Class = ClassDigestFile
	case k.Kind == "CloudTrail-Aggregated":
		k.Class = ClassAggregatedFile
	case k.Kind != "" && !strings.HasPrefix(k.Kind, "CloudTrail"): // Config, vpcflowlogs, elasticloadbalancing ...
	default:
		unpacked := cutPacking(strings.ToLower(base))
		for _, end := range [...]string{".json", ".jsonl", ".ndjson"} {
			if strings.HasSuffix(unpacked, end) {
				k.Class = ClassMaybeLogFile
			}
		}
	}
	return k
}

// A FolderKey is what the path of a folder tells of the log files below it.
type FolderKey struct {
	Account, Region string    // empty where the path does not tell yet
	From, Until     time.Time // of Key.Delivered, Until is the first that is not there; zero likewise
}

// ParseFolder reads the path of a folder, with the slash at its end; ok is false where
// that is not of CloudTrail's layout.
func ParseFolder(path string) (f FolderKey, ok bool) {
	m := layoutFolder.FindStringSubmatch(path)
	if m == nil {
		return FolderKey{}, false
	}
	f.Account, f.Region = m[1], m[2]
	var err error
	switch year, month, day := m[3], m[4], m[5]; {
	case day != "":
		f.From, err = time.Parse("20060102", year+month+day)
		f.Until = f.From.AddDate(0, 0, 1)
	case month != "":
		f.From, err = time.Parse("200601", year+month)
		f.Until = f.From.AddDate(0, 1, 0)
	case year != "":
		f.From, err = time.Parse("2006", year)
		f.Until = f.From.AddDate(1, 0, 0)
	}
	return f, err == nil
}
