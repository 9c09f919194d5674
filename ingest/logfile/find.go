package logfile

import (
	"bytes"
	"slices"
)

// A finder looks for records in JSON that is not a log file as AWS delivers it. It goes by
// the shape of a record, not by what is around it: whoever hands records on wraps them as
// he likes. See [finder.value].
type finder struct {
	frames []frame
	found  []span
	passed Passed
	depth  int // strings that it is inside of
}

// A span is a place in a text: of a record, or of a string that has records inside.
type span struct {
	start, end int
	inString   bool
}

// A frame is an object or an array that is being read.
type frame struct {
	start  int
	object bool
	marks  marks // of an object
	found  int   // records found before it
}

// marks are what is known of an object by its members so far.
type marks uint16

const (
	withVersion marks = 1 << iota
	withTime
	withSource
	withName
	withID
	withInsight
	ofAnother  // its eventSource is not of CloudTrail's form, as aws:s3 of notifications
	aggregated // it sums up events
	digest
	control // from CloudWatch Logs, to see whether anybody listens
	ofOCSF
)

const (
	// maxFrames is how deep arrays and objects are looked into: wrappers are a few levels
	// deep, and each costs more than the byte that it takes.
	maxFrames = 1000
	// maxStrings is how many strings within strings are. Each level doubles the backslashes
	// of the one below.
	maxStrings = 16
	// minRecord is fewer bytes than any record has.
	minRecord = len(`{"eventVersion":"1.0","eventSource":"","eventName":""}`)
	// lineTries is how many places of a line of text are tried for JSON.
	lineTries = 8
)

// value looks for records in the value at s.pos and puts them into found, in their order.
// It reads the value to its end, once; s tells why not where it returns false, and then
// found has what is sure nevertheless.
//
// A record is an object with eventVersion, eventSource and eventName, or with
// eventVersion and insightDetails, in any case. What is inside of it is its content, and
// so is what is inside of a member that is called like one of a record's: a caller of an
// API chooses what is in his requestParameters, and programs that take records apart keep
// the names.
func (f *finder) value(s *scanner) bool {
	f.frames = f.frames[:0]
	ok := f.walk(s)
	if !ok {
		// What is cut off may have been a record: what was found in it is its content.
		for _, frame := range f.frames {
			if frame.marks != 0 {
				f.found = f.found[:frame.found]
				break
			}
		}
	}
	return ok
}

func (f *finder) walk(s *scanner) bool {
	for {
		// A value.
		switch c := s.space(); c {
		case '{', '[':
			if len(f.frames) >= maxFrames {
				if _, ok := s.skip(); !ok {
					return false
				}
				break
			}
			f.frames = append(f.frames, frame{start: s.pos, object: c == '{', found: len(f.found)})
			s.pos++
			if s.space() != c+2 {
				if c == '{' {
					if walked, ok := f.member(s); !ok {
						return false
					} else if !walked {
						continue
					}
					break
				}
				continue
			}
			s.pos++
			f.frames = f.frames[:len(f.frames)-1]
		case '"':
			start := s.pos
			text, q, ok := s.str()
			if !ok {
				return false
			}
			if f.inside(text, q) {
				f.found = append(f.found, span{start, s.pos, true})
			}
		case 0:
			return s.fail(errNotJSON)
		default:
			if _, ok := s.literal(); !ok {
				return false
			}
		}
		// What may follow it.
		for {
			if len(f.frames) == 0 {
				return true
			}
			top := &f.frames[len(f.frames)-1]
			c := s.space()
			closer := byte(']')
			if top.object {
				closer = '}'
			}
			switch c {
			case ',':
				s.pos++
				if top.object {
					s.space()
					walked, ok := f.member(s)
					if !ok {
						return false
					}
					if walked {
						continue
					}
				}
			case closer:
				s.pos++
				f.close(*top, s.pos)
				f.frames = f.frames[:len(f.frames)-1]
				continue
			default:
				return s.fail(errComma)
			}
			break
		}
	}
}

// member reads the name of a member, and its value too where that is not to be looked into.
func (f *finder) member(s *scanner) (walked, ok bool) {
	if s.pos >= len(s.data) || s.data[s.pos] != '"' {
		return false, s.fail(errString)
	}
	name, q, ok := s.str()
	if !ok || !s.colon() {
		return false, false
	}
	if q&escaped != 0 {
		name = unescape(nil, name)
	}
	top := &f.frames[len(f.frames)-1]
	c := s.space()
	var text []byte
	if c == '"' {
		at := *s
		if text, q, ok = at.str(); ok && q&escaped != 0 && len(text) < maxWord {
			text = unescape(nil, text)
		}
	}
	mark := markOf(name, c, text)
	top.marks |= mark
	if mark == 0 && !isContent(name) {
		return false, true
	}
	_, ok = s.skip()
	return true, ok
}

// maxWord is longer than any word that markOf looks for.
const maxWord = 64

// markOf says what a member tells of its object: its name, the first byte of its value,
// and, of a string, what is between the quotes.
func markOf(name []byte, c byte, text []byte) marks {
	if len(name) < 4 || len(name) > maxWord {
		return 0
	}
	scalar := c != '{' && c != '['
	var key [maxWord]byte
	switch string(bytes.ToLower(append(key[:0], name...))) {
	case "eventversion":
		if scalar && c != 'n' {
			return withVersion
		}
	case "eventtime", "@timestamp":
		if scalar {
			return withTime
		}
	case "eventsource":
		switch {
		case bytes.IndexByte(text, ':') >= 0:
			return withSource | ofAnother
		case scalar && c != 'n':
			return withSource
		}
	case "eventname":
		if scalar && c != 'n' {
			return withName
		}
	case "eventid":
		if scalar {
			return withID
		}
	case "insightdetails":
		if c == '{' || c == '"' {
			return withInsight
		}
	case "eventcategory":
		if string(text) == "Aggregated" {
			return aggregated
		}
	case "digeststarttime":
		return digest
	case "messagetype":
		if string(text) == "CONTROL_MESSAGE" {
			return control
		}
	case "class_uid", "class_name":
		return ofOCSF
	}
	return 0
}

// isRecord reports whether an object is a record.
func (m marks) isRecord() bool {
	return m&(ofAnother|aggregated) == 0 && m&withVersion != 0 && (m&(withSource|withName) == withSource|withName || m&withInsight != 0)
}

// isEvent reports whether an object is an event of another program, so that what is inside
// of it is its content.
func (m marks) isEvent() bool {
	return m&ofAnother != 0 && m&(withVersion|withName) == withVersion|withName || m&aggregated != 0 && m&withVersion != 0
}

// close judges an object or array that has been read.
func (f *finder) close(frame frame, end int) {
	switch m := frame.marks; {
	case m.isRecord():
		f.found = append(f.found[:frame.found], span{frame.start, end, false})
	case m.isEvent():
		f.found = f.found[:frame.found]
		if m&aggregated != 0 {
			f.passed.Aggregated++
		}
	case m&digest != 0 && len(f.frames) == 1:
		f.found = f.found[:frame.found]
		f.passed.Digests++
	case m&control != 0:
		f.found = f.found[:frame.found]
		f.passed.Controls++
	case m&ofOCSF != 0:
		f.passed.OCSF++
	}
}

// contentNames are the members of a record, without what tells one spelling from another.
var contentNames = [...]string{
	"useragent", "requestparameters", "responseelements", "additionaleventdata", "errormessage", "errorcode",
	"serviceeventdetails", "sourceipaddress", "useridentity", "username", "tlsdetails", "resources", "requestid",
	"insightdetails", "edgedevicedetails", "eventcontext", "addendum", "annotation",
	"eventversion", "eventtime", "eventsource", "eventname", "eventid", "eventtype", "eventcategory", "awsregion",
	"recipientaccountid", "sharedeventid", "apiversion", "readonly", "managementevent", "vpcendpointid",
	"vpcendpointaccountid", "sessioncredentialfromconsole",
}

// isContent reports whether a member is called like one of a record's, or, as userAgent of
// http_user_agent and requestParameters of requestParameters.policyDocument, the end or the
// begin of it is.
func isContent(name []byte) bool {
	if len(name) < len("username") || len(name) > 256 {
		return false
	}
	var buf [256]byte
	plain := buf[:0]
	for _, c := range name {
		if isUpper := c >= 'A' && c <= 'Z'; isUpper {
			c += 'a' - 'A'
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			plain = append(plain, c)
		}
	}
	for _, n := range contentNames {
		if bytes.HasPrefix(plain, []byte(n)) || bytes.HasSuffix(plain, []byte(n)) {
			return true
		}
	}
	return false
}

// inside reports whether there are records in a string: in JSON that it holds, or in lines
// of that, or behind other text in them.
func (f *finder) inside(text []byte, q quality) bool {
	if len(text) < minRecord || f.depth >= maxStrings {
		return false
	}
	if q&escaped != 0 {
		text = unescape(nil, text)
	}
	if !containsFold(text, "eventversion") {
		return false
	}
	inner := finder{depth: f.depth + 1}
	var s scanner
	s.reset(text)
	inner.stream(&s)
	return len(inner.found) > 0
}

// containsFold reports whether text contains a word, which is in small letters, in any case.
func containsFold(text []byte, word string) bool {
	upper := word[0] - ('a' - 'A')
	for len(text) >= len(word) {
		at := bytes.IndexByte(text, word[0])
		if other := bytes.IndexByte(text, upper); at < 0 || other >= 0 && other < at {
			at = other
		}
		if at < 0 || len(text)-at < len(word) {
			return false
		}
		if bytes.EqualFold(text[at:at+len(word)], []byte(word)) {
			return true
		}
		text = text[at+1:]
	}
	return false
}

// stream looks for records in a string's text.
func (f *finder) stream(s *scanner) {
	overrun := budget(len(s.data))
	for {
		switch c := s.space(); c {
		case 0:
			if s.pos >= len(s.data) {
				return
			}
			f.line(s)
		case '{', '[', '"':
			start := s.pos
			if isBracketed(s.data[start:]) {
				f.line(s)
			} else if !f.value(s) {
				f.next(s, start, &overrun)
			}
		default:
			f.line(s)
		}
	}
}

// line looks for records in a line of text: JSON that stands at its end, behind anything
// else. It reads the line to its end.
func (f *finder) line(s *scanner) {
	end := len(s.data)
	if n := bytes.IndexByte(s.data[s.pos:], '\n'); n >= 0 {
		end = s.pos + n
	}
	within := *s
	within.data = s.data[:end]
	for range lineTries {
		at := openBrace(within.data[within.pos:])
		if at < 0 {
			break
		}
		within.pos += at
		start, found := within.pos, len(f.found)
		if f.value(&within) && len(f.found) > found && len(bytes.TrimRight(within.data[within.pos:], " \t\r,;")) == 0 {
			break
		}
		f.found = f.found[:found]
		within.pos = start + 1
	}
	s.pos = end
}

// isBracketed reports whether text begins with words in brackets and goes on behind them, as lines of logs do.
func isBracketed(text []byte) bool {
	if n := bytes.IndexByte(text, '\n'); n >= 0 {
		text = text[:n]
	}
	closer := bytes.IndexAny(text[1:], "{[\"]") + 1
	return text[0] == '[' && closer > 1 && text[closer] == ']' && len(bytes.Trim(text[closer+1:], " \t\r,")) > 0
}

// openBrace returns where in text an object with members begins, or an array of them; negative
// where none does.
func openBrace(text []byte) int {
	for from := 0; ; {
		n := bytes.IndexByte(text[from:], '{')
		if n < 0 {
			return -1
		}
		at := from + n
		if rest := bytes.TrimLeft(text[at+1:], " \t"); len(rest) > 0 && rest[0] == '"' {
			if at > 0 && text[at-1] == '[' {
				at--
			}
			return at
		}
		from = at + 1
	}
}

// budget is how many bytes may be read in vain, of a text of that length: damage is looked for
// from the line behind its begin on, and a hostile file could be read to its end from each of
// its lines.
func budget(length int) int { return 8*length + 64<<10 }

// delivered is how a log file begins as AWS writes it.
var delivered = []byte(`{"Records":[`)

// next puts s where reading goes on behind a value that began at start and is not JSON
// from s.pos on: at the next line that begins as a value does, or at the log file that
// somebody joined to one that was cut off. overrun is what is left of the budget.
//
// A line that begins with white space or goes on with something is none, or what is inside of a damaged record
// would be taken for events.
func (f *finder) next(s *scanner, start int, overrun *int) {
	failed := s.pos
	for at := max(start+1, failed-len(`{"`)); at <= failed+len(`false`) && at < len(s.data); at++ {
		if bytes.HasPrefix(s.data[at:], delivered) {
			s.pos = at
			return
		}
	}
	s.pos = start
	if *overrun <= 0 {
		s.pos = failed
	}
	for {
		n := bytes.IndexByte(s.data[s.pos:], '\n')
		if n < 0 {
			s.pos = len(s.data)
			return
		}
		s.pos += n + 1
		if s.pos < len(s.data) && !slices.Contains([]byte(" \t\r\n}],:\""), s.data[s.pos]) {
			break
		}
	}
	*overrun -= max(0, failed-s.pos)
}

// Hints reports whether a text that begins a file may be of one with records, or of a digest file.
func Hints(text []byte) bool {
	text, _ = fromUTF16(text)
	return containsFold(text, "eventversion") || containsFold(text, "digeststarttime") || bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n\ufeff"), delivered)
}
