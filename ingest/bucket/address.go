package bucket

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// accessPoint is the ARN of an access point, with a prefix behind it.
var accessPoint = regexp.MustCompile(`^(?:s3://)?(arn:[a-z-]+:s3:([a-z0-9-]*):\d{12}:accesspoint)[:/]([^:/]+)(?:/(.*))?$`)

// An address is where objects are.
type address struct {
	bucket, prefix string // bucket may be the ARN of an access point, in which no slash is
	region         string // that the ARN names
	isARN          bool
}

func parseAddress(uri string) (address, bool) {
	if m := accessPoint.FindStringSubmatch(uri); m != nil {
		return address{bucket: m[1] + ":" + m[3], prefix: m[4], region: m[2], isARN: true}, true
	}
	rest, ok := strings.CutPrefix(uri, "s3://")
	bucket, prefix, _ := strings.Cut(rest, "/")
	return address{bucket: bucket, prefix: prefix}, ok && bucket != ""
}

// IsURI reports whether an argument is meant for [Open]: s3://bucket/prefix, where the bucket
// may also be an access point's ARN or alias, or such an ARN by itself.
func IsURI(arg string) bool { return strings.HasPrefix(arg, "s3://") || accessPoint.MatchString(arg) }

var (
	bucketARN  = regexp.MustCompile(`^arn:[a-z-]+:s3:::(.+)$`)
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	// hostedBucket and pathHost are the hosts of AWS that have the bucket in them or in the
	// path behind them.
	hostedBucket = regexp.MustCompile(`^(.+)\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$`)
	pathHost     = regexp.MustCompile(`^s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$`)
	consoleHost  = regexp.MustCompile(`(?:^|\.)console\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)$`)
)

// Meant returns what [Open] takes for an argument that names objects in S3 in another way,
// with the endpoint that it takes if it is not AWS's. It is empty for anything else.
func Meant(arg string) (uri, endpoint string) {
	if len(arg) > 3 && strings.EqualFold(arg[:3], "s3:") {
		return s3URI(strings.TrimLeft(arg[3:], "/")), ""
	}
	if m := bucketARN.FindStringSubmatch(arg); m != nil {
		return s3URI(strings.TrimSuffix(m[1], "*")), ""
	}
	u, err := url.Parse(arg)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		host, key := strings.ToLower(u.Hostname()), strings.TrimPrefix(u.Path, "/")
		switch m := hostedBucket.FindStringSubmatch(host); {
		case consoleHost.MatchString(host):
			if path.Base(path.Dir(u.Path)) != "buckets" {
				return "", ""
			}
			return s3URI(path.Base(u.Path) + "/" + u.Query().Get("prefix")), ""
		case pathHost.MatchString(host):
			return s3URI(key), ""
		case m != nil:
			return s3URI(m[1] + "/" + key), ""
		}
		if uri := s3URI(key); uri != "" {
			return uri, u.Scheme + "://" + u.Host
		}
		return "", ""
	}
	if name, _, found := strings.Cut(arg, "/"); found && bucketName.MatchString(name) {
		return s3URI(arg), ""
	}
	return "", ""
}

// s3URI is the URI of bucket/prefix, empty if there is no bucket in it.
func s3URI(rest string) string {
	if bucket, _, _ := strings.Cut(rest, "/"); bucket == "" {
		return ""
	}
	return "s3://" + rest
}

// InEndpoint reports whether an endpoint has the bucket of a URI in it, where S3 clients put
// it themselves, and returns the endpoint without, empty if that is AWS's own.
func InEndpoint(uri, endpoint string) (without string, found bool) {
	a, ok := parseAddress(uri)
	u, err := url.Parse(endpoint)
	if !ok || err != nil || u.Host == "" {
		return "", false
	}
	u.User = nil // nobody is shown a password
	host, hosted := strings.CutPrefix(u.Host, a.bucket+".")
	switch hosted = hosted && (strings.HasPrefix(host, "s3.") || strings.HasPrefix(host, "s3-")); {
	case hosted && s3Hosts.MatchString(host):
		return "", true
	case hosted:
		u.Host = host
	case path.Base(u.Path) == a.bucket:
		u.Path = strings.TrimSuffix(path.Dir(path.Clean(u.Path)), "/")
	default:
		return "", false
	}
	return u.String(), true
}
