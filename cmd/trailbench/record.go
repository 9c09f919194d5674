package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A maker makes records up. It does not change once it is made, so that several
// goroutines can use it.
type maker struct {
	seed       uint64
	calls      []madeCall
	byWeight   []int // an index into calls for each unit of their weights
	principals [len(accounts)][]principal
	things     [len(accounts)]things
}

// A madeCall is a call with its texts taken apart.
type madeCall struct {
	call
	request, response, additional, resources []part
	failures                                 []failure
}

// A failure is an errorCode and its errorMessage.
type failure struct {
	code    string
	message []part
}

// things are what there is in an account.
type things struct {
	buckets, instances, keys, tables, functions []string
}

func newMaker(seed uint64) *maker {
	m := &maker{seed: seed}
	for i, c := range calls() {
		made := madeCall{call: c, request: compile(c.request), response: compile(c.response), additional: compile(c.additional), resources: compile(c.resources)}
		for _, text := range c.failures {
			code, message, _ := strings.Cut(text, "|")
			made.failures = append(made.failures, failure{code, compile(message)})
		}
		m.calls = append(m.calls, made)
		for range c.weight {
			m.byWeight = append(m.byWeight, i)
		}
	}
	for a, account := range accounts {
		m.principals[a] = make([]principal, principalsPerAccount)
		for i := range m.principals[a] {
			var d dice
			d.seed(seed, diceForPrincipals, uint64(a), uint64(i))
			p := newPrincipal(&d, account, i)
			for j := range p.habits {
				p.habits[j] = m.byWeight[d.below(len(m.byWeight))]
			}
			m.principals[a][i] = p
		}
		m.things[a] = m.thingsOf(a)
	}
	return m
}

func (m *maker) thingsOf(account int) (t things) {
	var d dice
	d.seed(m.seed, diceForResources, uint64(account), 0)
	word := func() string { return words[d.below(len(words))] }
	for range 200 {
		t.buckets = append(t.buckets, "example-"+word()+"-"+word()+"-"+d.hex(6))
		t.tables = append(t.tables, word()+"-"+word()+"-table")
		t.functions = append(t.functions, word()+"-"+word()+"-"+word())
	}
	for range 1500 {
		t.instances = append(t.instances, "i-"+d.hex(17))
	}
	for range 60 {
		t.keys = append(t.keys, string(d.appendGUID(nil)))
	}
	return t
}

// A part is a piece of a text: what stands there as it is, then what is filled in.
type part struct {
	literal string
	fill    func(s *scene, b []byte, n int) []byte // nil at the end
	n       int
}

var place = regexp.MustCompile(`<([a-z0-9]+)(?::(\d+))?>`)

// compile takes a text with places apart. Texts are our own, so that a place
// which is not known is a mistake in the program.
func compile(text string) []part {
	var parts []part
	known := fillers()
	at := 0
	for _, m := range place.FindAllStringSubmatchIndex(text, -1) {
		p := part{literal: text[at:m[0]], fill: known[text[m[2]:m[3]]]}
		if p.fill == nil {
			panic("BUG: no such place: " + text[m[0]:m[1]])
		}
		if m[4] >= 0 {
			p.n, _ = strconv.Atoi(text[m[4]:m[5]])
		}
		parts = append(parts, p)
		at = m[1]
	}
	if at < len(text) {
		parts = append(parts, part{literal: text[at:]})
	}
	return parts
}

// A scene is what one record is about. Its memory is used for the next one.
type scene struct {
	dice
	account, region string
	now             time.Time
	things          *things
	who             *principal
	whoNumber       int

	// What is named in several places of a record has one name there.
	bucket, instance, key, table, function string
	object, run                            []byte
	role, user                             int
}

// fillers are what the places in texts stand for.
func fillers() map[string]func(s *scene, b []byte, n int) []byte {
	return map[string]func(s *scene, b []byte, n int) []byte{
		"account":  func(s *scene, b []byte, _ int) []byte { return append(b, s.account...) },
		"region":   func(s *scene, b []byte, _ int) []byte { return append(b, s.region...) },
		"bucket":   func(s *scene, b []byte, _ int) []byte { return append(b, s.bucket...) },
		"object":   func(s *scene, b []byte, _ int) []byte { return append(b, s.object...) },
		"instance": func(s *scene, b []byte, _ int) []byte { return append(b, s.instance...) },
		"kmskey":   func(s *scene, b []byte, _ int) []byte { return append(b, s.key...) },
		"table":    func(s *scene, b []byte, _ int) []byte { return append(b, s.table...) },
		"function": func(s *scene, b []byte, _ int) []byte { return append(b, s.function...) },
		"run":      func(s *scene, b []byte, _ int) []byte { return append(b, s.run...) },
		"role":     func(s *scene, b []byte, _ int) []byte { return append(b, roleName(s.role)...) },
		"user":     func(s *scene, b []byte, _ int) []byte { return append(b, userName(s.user)...) },
		"word":     func(s *scene, b []byte, _ int) []byte { return append(b, words[s.below(len(words))]...) },
		"size": func(s *scene, b []byte, _ int) []byte {
			return append(b, [...]string{"large", "xlarge", "2xlarge", "4xlarge"}[s.below(4)]...)
		},
		"guid":   func(s *scene, b []byte, _ int) []byte { return s.appendGUID(b) },
		"hex":    func(s *scene, b []byte, n int) []byte { return s.append(b, hexDigits, n) },
		"upper":  func(s *scene, b []byte, n int) []byte { return s.append(b, idLetters, n) },
		"base64": func(s *scene, b []byte, n int) []byte { return s.append(b, base64Digits, n) },
		"small":  func(s *scene, b []byte, _ int) []byte { return strconv.AppendInt(b, int64(1+s.below(254)), 10) },
		"bytes":  func(s *scene, b []byte, _ int) []byte { return strconv.AppendInt(b, int64(s.few(10_000_000)), 10) },
		"millis": func(s *scene, b []byte, _ int) []byte { return strconv.AppendInt(b, s.now.UnixMilli(), 10) },
		"usdate": func(s *scene, b []byte, _ int) []byte {
			return s.now.Add(time.Hour).AppendFormat(b, "Jan 2, 2006, 3:04:05 PM")
		},
		"day": func(s *scene, b []byte, _ int) []byte { return s.now.AppendFormat(b, "2006/01/02") },
		// A session is as long as a day: its key and its beginning follow from the
		// day and whose it is.
		"session": func(s *scene, b []byte, _ int) []byte {
			var d dice
			d.seed(uint64(s.whoNumber), diceForSessions, uint64(s.now.Unix()/86400), 0)
			return d.append(append(b, "ASIA"...), idLetters, 16)
		},
		"began": func(s *scene, b []byte, _ int) []byte {
			began := s.now.Truncate(24 * time.Hour).Add(time.Duration(s.whoNumber%86400) * time.Second)
			if began.After(s.now) {
				began = began.Add(-24 * time.Hour)
			}
			return began.AppendFormat(b, time.RFC3339)
		},
		"arn": func(s *scene, b []byte, _ int) []byte { return append(b, s.who.arn...) },
	}
}

func (s *scene) fill(b []byte, parts []part) []byte {
	for i := range parts {
		b = append(b, parts[i].literal...)
		if parts[i].fill != nil {
			b = parts[i].fill(s, b, parts[i].n)
		}
	}
	return b
}

// record appends the record at a place of a log file that is made up.
func (m *maker) record(s *scene, b []byte, f *logFile, position int) []byte {
	s.seed(m.seed, diceForRecords, uint64(f.number), uint64(position))
	s.account, s.region, s.things = accounts[f.account], f.region, &m.things[f.account]
	s.now = f.delivered.Add(-time.Duration(30+s.below(420)) * time.Second)

	// Whoever calls mostly calls several times, for much the same: among records
	// that stand together only a few principals are at work.
	var cast dice
	cast.seed(m.seed, diceForCasts, uint64(f.number), uint64(position/24*2+s.below(2)))
	s.whoNumber = cast.few(principalsPerAccount)
	s.who = &m.principals[f.account][s.whoNumber]
	c := &m.calls[s.who.habits[(cast.below(len(s.who.habits))+s.few(2))%len(s.who.habits)]]
	if s.below(16) == 0 {
		c = &m.calls[m.byWeight[s.below(len(m.byWeight))]]
	}
	s.choose(&s.dice)
	if s.below(4) > 0 {
		s.choose(&cast)
	}
	s.name()
	return m.write(s, b, c)
}

// choose decides what the record is about.
func (s *scene) choose(d *dice) {
	t := s.things
	s.bucket = t.buckets[d.few(len(t.buckets))]
	s.instance = t.instances[d.few(len(t.instances))]
	s.key = t.keys[d.few(len(t.keys))]
	s.table = t.tables[d.few(len(t.tables))]
	s.function = t.functions[d.few(len(t.functions))]
	s.role, s.user = d.few(principalsPerAccount), d.few(principalsPerAccount)
}

// name makes up names of things that nobody has heard of before.
func (s *scene) name() {
	s.object = append(s.object[:0], "data/"...)
	s.object = append(s.object, words[s.below(len(words))]...)
	s.object = s.now.AppendFormat(s.object, "/2006/01/02/part-")
	s.object = strconv.AppendInt(s.object, int64(s.below(200)), 10)
	s.object = append(s.append(append(s.object, '-'), hexDigits, 16), ".parquet"...)
	s.run = append(append(s.run[:0], words[s.below(len(words))]...), '-')
	s.run = s.append(s.run, hexDigits, 12)
}

// versions are those of eventVersion; services differ in theirs.
var versions = [...]string{"1.08", "1.09", "1.10", "1.11"}

func (m *maker) write(s *scene, b []byte, c *madeCall) []byte {
	who := s.who
	b = append(b, `{"eventVersion":"`...)
	b = append(b, versions[(len(c.source)+s.below(8)/7)%len(versions)]...)
	b = append(b, `","userIdentity":`...)
	b = s.fill(b, who.identity)
	b = append(b, `,"eventTime":"`...)
	b = s.now.AppendFormat(b, time.RFC3339)
	b = member(b, `","eventSource":"`, c.source)
	b = member(b, `","eventName":"`, c.name)
	b = member(b, `","awsRegion":"`, s.region)
	b = member(b, `","sourceIPAddress":"`, who.ip)
	b = member(b, `","userAgent":"`, who.agent)
	b = append(b, '"')
	failed, denied := m.fail(s, &b, c)

	b = append(b, `,"requestParameters":`...)
	if c.call.request == "" || denied && s.below(2) == 0 {
		b = append(b, "null"...)
	} else {
		b = s.fill(b, c.request)
	}
	b = append(b, `,"responseElements":`...)
	if c.call.response == "" || failed {
		b = append(b, "null"...)
	} else {
		b = s.fill(b, c.response)
	}
	if c.call.additional != "" {
		b = s.fill(append(b, `,"additionalEventData":`...), c.additional)
	}
	b = append(b, `,"requestID":"`...)
	if c.source == "s3.amazonaws.com" {
		b = s.append(b, idLetters, 16)
	} else {
		b = s.appendGUID(b)
	}
	b = s.appendGUID(append(b, `","eventID":"`...))
	b = strconv.AppendBool(append(b, `","readOnly":`...), !c.call.write)
	if c.call.resources != "" && !denied {
		b = s.fill(append(b, `,"resources":`...), c.resources)
	}
	b = append(b, `,"eventType":"AwsApiCall"`...)
	if c.version != "" {
		b = append(member(b, `,"apiVersion":"`, c.version), '"')
	}
	b = strconv.AppendBool(append(b, `,"managementEvent":`...), !c.data)
	b = member(b, `,"recipientAccountId":"`, s.account)
	if who.service {
		b = s.appendGUID(append(b, `","sharedEventID":"`...))
	} else if s.whoNumber%5 == 0 {
		b = strconv.AppendInt(append(b, `","vpcEndpointId":"vpce-0a1b2c3d`...), int64(100000000+s.whoNumber), 10)
		b = member(b, `","vpcEndpointAccountId":"`, s.account)
	}
	category := "Management"
	if c.data {
		category = "Data"
	}
	b = member(b, `","eventCategory":"`, category)
	b = append(b, '"')
	if !who.service && !who.console && s.whoNumber%2 == 0 {
		b = member(b, `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"`, strings.TrimSuffix(c.source, ".amazonaws.com"))
		b = member(b, ".", s.region)
		b = append(b, `.amazonaws.com"}`...)
	}
	if who.console {
		b = append(b, `,"sessionCredentialFromConsole":"true"`...)
	}
	return append(b, '}')
}

func member(b []byte, name, value string) []byte { return append(append(b, name...), value...) }

// fail makes some calls fail: one in twelve, half of them for want of permission.
func (m *maker) fail(s *scene, b *[]byte, c *madeCall) (failed, denied bool) {
	switch n := s.below(24); {
	case n == 0 && !s.who.service:
		code, text := "AccessDenied", fmt.Sprintf(`User: %s is not authorized to perform: %s:%s on resource: arn:aws:%[2]s:::%s because no identity-based policy allows the %[2]s:%[3]s action`,
			s.who.arn, strings.TrimSuffix(c.source, ".amazonaws.com"), c.name, s.bucket)
		if c.source == "ec2.amazonaws.com" {
			code, text = "Client.UnauthorizedOperation", "You are not authorized to perform this operation. Encoded authorization failure message: "+string(s.append(nil, base64Digits, 220))
		}
		*b = append(member(member(*b, `,"errorCode":"`, code), `","errorMessage":"`, text), '"')
		return true, true
	case n == 1 && len(c.failures) > 0:
		f := &c.failures[s.below(len(c.failures))]
		*b = append(member(*b, `,"errorCode":"`, f.code), '"')
		if len(f.message) > 0 {
			*b = append(s.fill(append(*b, `,"errorMessage":"`...), f.message), '"')
		}
		return true, false
	}
	return false, false
}
