package redact

import (
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"trailbox/query"
	"trailbox/schema"
)

// A Redactor gives names pseudonyms. Several goroutines may rewrite with it, each by a worker.
type Redactor struct {
	pseudonyms
	key   *Key
	own   *own
	rules []kindRule
	open  []kindRule
	known *finder // of all names in free text; nil while they are being learnt

	// words are AWS's in free text, in lower case: own.txt, and the calls, services and errors
	// of the archive. members are the names of members that are AWS's.
	words, members map[string]bool

	mu     sync.Mutex
	leaves map[string]*leaf
}

// A leaf is a name, with what stands for it.
type leaf struct {
	pseudonym string
	used      bool // in the copy
	sought    bool // in free text
}

// New returns a Redactor that knows no names yet.
func New(key *Key) *Redactor {
	r := &Redactor{
		pseudonyms: newPseudonyms(key.secret()), key: key, own: newOwn(),
		words: map[string]bool{}, members: map[string]bool{}, leaves: map[string]*leaf{},
	}
	r.rules, r.open = kindRules()
	for word := range r.own.table["word"] {
		r.words[word] = true
	}
	for _, service := range query.Services() {
		r.addService(service)
	}
	for _, region := range query.Regions() {
		r.words[region] = true
	}
	return r
}

// addService makes the name of a service known.
func (r *Redactor) addService(name string) {
	r.words[name], r.own.table["label"][name] = true, true
}

// leaf is the pseudonym of a name, which pseudonym makes when there is none yet.
func (w *worker) leaf(name string, pseudonym func(string) string) string {
	w.red.mu.Lock()
	defer w.red.mu.Unlock()
	l := w.red.leaves[name]
	if l == nil {
		name = strings.Clone(name)
		l = &leaf{pseudonym: pseudonym(name)}
		w.red.leaves[name] = l
	}
	l.used = l.used || w.red.known != nil
	l.sought = l.sought || !w.passing
	return l.pseudonym
}

// has reports whether a name is known.
func (r *Redactor) has(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.leaves[name] != nil
}

const (
	accountDigits = 12
	keyPrefix     = 4 // AKIA
	minKeyDigits  = 12
	maxKeyDigits  = 124
)

// keyPrefixes are those of the IDs that IAM makes ("IAM identifiers", unique identifiers).
var keyPrefixes = map[string]bool{
	"ABIA": true, "ACCA": true, "AGPA": true, "AIDA": true, "AIPA": true, "AKIA": true, "ANPA": true, "ANVA": true,
	"APKA": true, "AROA": true, "ASCA": true, "ASIA": true,
}

func isKey(text string) bool {
	return len(text) >= keyPrefix+minKeyDigits && len(text) <= keyPrefix+maxKeyDigits && keyPrefixes[text[:keyPrefix]] &&
		only(text[keyPrefix:], func(c byte) bool { return isDigit(c) || c >= 'A' && c <= 'Z' })
}

func isAccount(text string) bool { return len(text) == accountDigits && only(text, isDigit) }

func isGUID(text string) bool {
	_, ok := schema.ParseGUID([]byte(text))
	return ok
}

// isHexID reports whether a text is what AWS makes as the ID of a detector, an object's version ...
func isHexID(text string) bool {
	return len(text) >= 16 && len(text) <= 128 && only(text, isHex) && strings.ContainsAny(text, "0123456789") &&
		strings.ContainsAny(text, "abcdefABCDEF")
}

func isMAC(text string) bool {
	if len(text) != 17 || text[2] != ':' && text[2] != '-' {
		return false
	}
	for i := range len(text) {
		if i%3 == 2 && text[i] != text[2] || i%3 != 2 && !isHex(text[i]) {
			return false
		}
	}
	return true
}

// maxOwnDigits are the digits of a number that is nobody's: of a version, a day, a year.
const maxOwnDigits = 4

var (
	reDate    = regexp.MustCompile(`^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2}, \d{4},? \d{1,2}:\d{2}:\d{2}\s[AP]M$`)
	reTime    = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$`)
	reRegion  = regexp.MustCompile(`^(us|eu|ap|sa|ca|me|af|il|mx|cn)(-(gov|isob?|isoe|isof))?-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\d{1,2}[a-z]?$`) // or an availability zone
	reVersion = regexp.MustCompile(`^v?\d{1,4}(\.\d{1,4}){0,2}$`)
	reSSO     = regexp.MustCompile(`^(AWSReservedSSO_)(.+)(_)([0-9a-f]{16})$`)
	reHostIP  = regexp.MustCompile(`^(ip|ec2)-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})$`)
)

// isOwn reports whether a name is AWS's, or no name at all.
func (w *worker) isOwn(name string) bool {
	return only(name, func(c byte) bool { return !isAlphanumeric(c) && c < 0x80 }) || w.red.own.is(name) ||
		len(name) <= maxOwnDigits && only(name, isDigit) || reVersion.MatchString(name) || reRegion.MatchString(name) ||
		reTime.MatchString(name) || reDate.MatchString(name) || strings.HasPrefix(name, "${") && strings.HasSuffix(name, "}") && strings.Count(name, "$") == 1 && isVariable(name)
}

// isVariable reports whether a name is a variable of a policy: ${aws:username}.
func isVariable(name string) bool {
	return only(name[2:len(name)-1], func(c byte) bool { return isAlphanumeric(c) || c == ':' || c == '/' || c == '-' })
}

// name replaces a name, or whatever has names in it, by its shape: wherever a text stands, what
// stands for it is the same.
func (w *worker) name(text string) string {
	if out, ok := w.names[text]; ok {
		return out
	}
	out := w.shape(text)
	if len(w.names) >= maxCached {
		clear(w.names)
	}
	if len(text) <= maxCachedBytes && !w.passing {
		w.names[strings.Clone(text)] = out
	}
	return out
}

// inPassing rewrites what free text says of the world: hosts are not names to be sought for
// what agents and messages say of them. An agent is Terraform's by its name and by its host.
func (w *worker) inPassing(rewrite func(string) string) func(string) string {
	return func(text string) string {
		w.passing = true
		defer func() { w.passing = false }()
		return rewrite(text)
	}
}

// maxCached and maxCachedBytes bound what a worker remembers: 30 MB at most.
const (
	maxCached      = 1 << 17
	maxCachedBytes = 1 << 8
)

func (w *worker) shape(text string) string {
	p := &w.red.pseudonyms
	switch {
	case text == "" || w.isOwn(text):
		return text
	case isAccount(text):
		return w.leaf(text, p.account)
	case isKey(text):
		return w.leaf(text, p.key)
	case isGUID(text):
		return w.leaf(text, p.guid)
	case isHexID(text):
		return w.leaf(text, p.hex)
	case isMAC(text):
		return w.leaf(text, p.mac)
	case strings.HasPrefix(text, "arn:"):
		return w.arn(text)
	case strings.Contains(text, "://"):
		return w.url(text)
	}
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return w.addressOf(text, addr)
	}
	if network, err := netip.ParsePrefix(text); err == nil {
		if isFixed(network.Addr()) {
			return text
		}
		return w.leaf(text, func(string) string { return p.network(network).String() })
	}
	if prefix, digits, ok := w.resourceID(text); ok {
		return w.leaf(text, func(string) string { return prefix + p.hex(digits) })
	}
	if plain, levels := unescapeURL(text); levels > 0 {
		return escapeURL(w.name(plain), levels)
	}
	if at := strings.LastIndexByte(text, '@'); at > 0 && isEmail(text) {
		out := w.name(text[:at]) + "@" + w.host(text[at+1:])
		return w.leaf(text, func(string) string { return out }) // free text may have it in upper case
	}
	if m := reSSO.FindStringSubmatch(text); m != nil {
		return m[1] + w.name(m[2]) + m[3] + p.hex(m[4])
	}
	if w.isAWSHost(text) {
		return w.host(text)
	}
	if strings.ContainsAny(text, "/:*") {
		return w.pieces(text, "/:*")
	}
	return w.plain(text)
}

// plain replaces a name that has no shape to keep.
func (w *worker) plain(text string) string { return w.leaf(text, w.red.pseudonyms.name) }

func (w *worker) addressOf(text string, addr netip.Addr) string {
	if isFixed(addr) {
		return text
	}
	return w.leaf(text, func(string) string { return shaped(w.red.address(addr), text) })
}

// pieces replaces what stands between separators.
func (w *worker) pieces(text, separators string) string {
	var b strings.Builder
	for text != "" {
		end := strings.IndexAny(text, separators)
		if end < 0 {
			end = len(text)
		}
		if end > 0 {
			b.WriteString(w.name(text[:end]))
		}
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}

// resourceID takes an ID apart that AWS made for a resource, such as i-0123456789abcdef0.
func (w *worker) resourceID(text string) (prefix, digits string, ok bool) {
	at := strings.LastIndexByte(text, '-') + 1
	if at == 0 {
		return "", "", false
	}
	prefix, digits = text[:at], text[at:]
	return prefix, digits, (len(digits) == 8 || len(digits) == 17) && only(digits, isHex) && w.red.own.table["ids"][prefix[:at-1]]
}

// arn replaces the names in an ARN: arn:partition:service:Region:account:resource. The policies
// and services that AWS has for all, whose account is aws, stay.
func (w *worker) arn(text string) string {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 {
		return "arn:" + w.pieces(text[len("arn:"):], "/:*")
	}
	if parts[4] == "aws" {
		return text
	}
	parts[1], parts[2] = w.arnWord(parts[1]), w.arnWord(parts[2])
	service, region := parts[2], parts[3]
	parts[3], parts[4] = w.name(region), w.name(parts[4])
	parts[5] = w.arnResource(service, region, parts[5])
	return strings.Join(parts, ":")
}

// arnWord is a part of an ARN that is AWS's, unless it does not look like it.
func (w *worker) arnWord(text string) string {
	if len(text) <= 24 && only(text, func(c byte) bool { return c >= 'a' && c <= 'z' || isDigit(c) || c == '-' || c == '*' }) && !isAccount(text) {
		return text
	}
	return w.name(text)
}

// arnResource replaces the names in the last part of an ARN: what stands before the first
// separator is a type, as a rule.
func (w *worker) arnResource(service, region, resource string) string {
	first := strings.IndexAny(resource, "/:")
	typed := first > 0 && (!w.red.own.table["bare"][service] || service == "s3" && region != "" || service == "cloudwatch")
	if !typed || !isARNType(resource[:first]) {
		return w.arnPieces(service, resource)
	}
	return resource[:first+1] + w.arnPieces(service, resource[first+1:])
}

// isARNType reports whether a text can be the type of a resource.
func isARNType(text string) bool {
	return len(text) <= 40 && only(text, func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '-' || c == '_' }) && !isAccount(text) && !isKey(text)
}

// reSecret is a secret's name in its ARN, to which six characters are added.
var reSecret = regexp.MustCompile(`^(.+)(-[A-Za-z0-9]{6})$`)

func (w *worker) arnPieces(service, text string) string {
	suffix := ""
	if service == "secretsmanager" {
		if m := reSecret.FindStringSubmatch(text); m != nil {
			text, suffix = m[1], m[2]
		}
	}
	var b strings.Builder
	for text != "" {
		end := strings.IndexAny(text, "/:*")
		if end < 0 {
			end = len(text)
		}
		if piece := text[:end]; piece != "" {
			if b.Len() > 0 && w.red.own.table["arn"][piece] {
				b.WriteString(piece)
			} else {
				b.WriteString(w.name(piece))
			}
		}
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String() + suffix
}

// url replaces the names in a URL.
func (w *worker) url(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	if scheme == "s3" {
		host = w.name(host)
	} else {
		user, name, found := strings.Cut(host, "@")
		if found {
			host = w.pieces(user, ":") + "@" + w.host(name)
		} else {
			host = w.host(user)
		}
	}
	if !only(scheme, func(c byte) bool { return isAlphanumeric(c) || c == '+' || c == '-' || c == '.' }) {
		scheme = w.name(scheme)
	}
	return scheme + "://" + host + w.pieces(rest[end:], "/?&=#:,;*")
}

// isEmail reports whether a text looks like an e-mail address.
func isEmail(text string) bool { return reWholeEmail.MatchString(text) }

var reWholeEmail = regexp.MustCompile(`^[^\s@:/"'<>]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)

// awsEnding is where AWS's part of a host's name begins; -1 where it has none.
func (w *worker) awsEnding(host string) int {
	for at := range host {
		if at == 0 || host[at-1] == '.' {
			if w.red.own.table["aws"][strings.ToLower(host[at:])] {
				return at
			}
		}
	}
	return -1
}

// isPublic reports whether a host is one that agents name: of who made them.
func (w *worker) isPublic(host string) bool {
	if labels := strings.Split(host, "."); len(labels) > 2 {
		host = strings.Join(labels[len(labels)-2:], ".")
	}
	return w.red.own.table["public"][strings.ToLower(host)]
}

func (w *worker) isAWSHost(text string) bool {
	return len(text) <= 253 && strings.IndexByte(text, '.') > 0 && w.awsEnding(text) > 0 && !strings.ContainsAny(text, "/:@* ")
}

// host replaces the names in the name of a host. What AWS has before its own domain stays: services
// and Regions. Of others the last label does.
func (w *worker) host(text string) string {
	if name, port, ok := strings.Cut(text, ":"); ok && only(port, isDigit) && port != "" && !strings.Contains(name, "/") {
		return w.host(name) + ":" + port
	}
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return w.addressOf(text, addr)
	}
	if strings.ContainsAny(text, "/:*[]@ ") || !strings.Contains(text, ".") || w.isOwn(text) {
		return w.name(text)
	}
	at := w.awsEnding(text)
	if at == 0 || w.isPublic(text) {
		return text
	}
	if at < 0 {
		labels := strings.Split(text, ".")
		if last := labels[len(labels)-1]; !w.red.own.table["host"][strings.ToLower(last)] {
			return w.plain(text)
		}
		for i := range labels[:len(labels)-1] {
			labels[i] = w.hostLabel(labels[i])
		}
		return strings.Join(labels, ".")
	}
	labels := strings.Split(text[:at-1], ".")
	own := len(labels)
	for own > 0 && w.isAWSLabel(labels[own-1]) {
		own--
	}
	ending := strings.Join(labels[own:], ".")
	if ending != "" {
		ending += "."
	}
	ending += text[at:]
	if own == 0 {
		return ending
	}
	if strings.HasPrefix(ending, "s3") { // a bucket's name may have dots
		return w.name(strings.Join(labels[:own], ".")) + "." + ending
	}
	for i := range labels[:own] {
		labels[i] = w.hostLabel(labels[i])
	}
	return strings.Join(labels[:own], ".") + "." + ending
}

// isAWSLabel reports whether a label of a host is a service's, a Region's or another word of AWS's.
func (w *worker) isAWSLabel(label string) bool {
	label = strings.ToLower(label)
	rest, _ := strings.CutPrefix(label, "s3-")
	return w.red.own.table["label"][label] || reRegion.MatchString(label) || reRegion.MatchString(rest)
}

// hostLabel replaces one label. ip-10-0-1-10 has an address in it.
func (w *worker) hostLabel(label string) string {
	if m := reHostIP.FindStringSubmatch(label); m != nil {
		if addr, err := netip.ParseAddr(strings.Join(m[2:], ".")); err == nil {
			return w.leaf(label, func(string) string {
				return m[1] + "-" + strings.ReplaceAll(w.red.address(addr).String(), ".", "-")
			})
		}
	}
	return w.name(label)
}
