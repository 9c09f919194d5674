package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/zeebo/xxh3"

	"trailbox/schema"
)

// A Decoder reads the records of one log file after another.
//
// It takes a stream of JSON values, which is what all the forms come down to:
// an envelope with Records, the output of lookup-events, an array of records, a
// record, or anything that has records inside (see [finder]). One value is a log file as delivered or a single
// record; several are JSON lines, or log files that somebody joined. What is no
// record is passed over, damage too, and what follows it is read.
type Decoder struct {
	root   *node
	seed   uint64
	shapes *schema.Shapes
	known  map[string]int32 // what shapes has given, without its lock

	maxRecord int // bytes

	file     scanner
	state    state
	records  int
	envelope schema.Envelope // of what was read so far
	ended    int             // where the last record did
	// What the array being read is: a member of an object whose other members
	// follow, Records or Events; the latter are lookup-events, each with its record as a string.
	inEnvelope, lookup bool
	apart              bool // a record of the file is not in it as it was read: it was inside of a string, or was reformed

	begun   int     // where the value or the element did that is being read
	finder  finder  // of records inside of other things
	pending []level // what it has found and is still to be read
	rest    rest    // what of the file is no record

	embedded scanner // over a record that lookup-events gave as a string
	text     []byte  // of that record
	scratch  []byte  // decoded strings of the current record
	unknown  []byte  // Event.Unknown of the current record
	unclean  bool    // unknown needs cleaning

	ruled          []*node         // the blocks that there are rules for
	source         int             // the column of eventSource
	insight        int             // that of insightDetails
	early          bool            // a rule asked for what was not yet read of the current record
	touched        []byte          // Event.Touched of the current record
	touchedUnclean bool            // touched needs cleaning
	few            int             // bytes of touched to look through
	many           map[string]bool // what is behind them

	skeleton  schema.Skeleton         // of the current record, up to copied
	copied    int                     // how far into the record's text
	seen      [schema.NumColumns]bool // leaves of the current record
	objects   uint16                  // known objects of the current record, or what is in their place, by node.bit
	compacted []byte                  // the record without white space
	verbatim  bool                    // skeleton and leaves would not give the record back
}

// A state says what was read last.
type state uint8

const (
	aValue   state = iota // a whole value, or nothing yet
	anOpener              // the opening bracket of an array of records
	anElement
	aMember // of an envelope
)

// NewDecoder returns a Decoder whose events carry hashes of the given seed, and
// shapes of the given ones. It gives up on a file at a record of more than maxRecord
// bytes.
func NewDecoder(seed uint64, shapes *schema.Shapes, maxRecord int) *Decoder {
	d := &Decoder{root: tree(), seed: seed, shapes: shapes, known: map[string]int32{}, maxRecord: maxRecord}
	d.source = d.root.children[d.root.index["eventSource"]].column
	d.insight = d.root.children[d.root.index["insightDetails"]].column
	for _, n := range d.root.children {
		if n.named != nil {
			d.ruled = append(d.ruled, n)
		}
	}
	return d
}

// Reset makes the decoder read data, which must stay as it is while events of it
// are in use.
func (d *Decoder) Reset(data []byte) {
	utf8, recoded := fromUTF16(data)
	d.file.reset(utf8)
	d.state, d.records, d.inEnvelope, d.lookup, d.apart = aValue, 0, false, false, recoded
	d.pending, d.rest = d.pending[:0], rest{overrun: budget(len(data))}
	d.envelope.Reset()
	d.ended = 0
}

// Envelope returns what stands around the records of the file that was read to its
// end: with the records put in again, it is the file. It returns nil where records
// are not in the file as they were read.
func (d *Decoder) Envelope() []byte {
	if d.apart {
		return nil
	}
	return d.envelope.Encode(d.file.data[d.ended:])
}

var (
	errNotObject = errors.New("a record was expected to be an object")
	errTopLevel  = errors.New("an object or an array was expected")
)

// Next reads the next record into ev, all but its File, and reports whether there
// was one. What ev points at stays as it is until the next call of Next or Reset.
// At the end of the file the error, a [*SyntaxError] or a [*NotLogFileError], says what of it could not be read.
func (d *Decoder) Next(ev *schema.Event) (bool, error) {
	for {
		if len(d.pending) > 0 {
			if d.nextFound(ev) {
				return d.count(ev), nil
			}
			continue
		}
		var found, ok bool
		switch c := d.file.space(); d.state {
		case aValue:
			if d.file.pos == len(d.file.data) {
				return false, d.end()
			}
			found, ok = d.value(c, ev)
		case anOpener:
			if c == ']' {
				ok = d.closeArray()
			} else {
				found, ok = d.element(ev)
			}
		case anElement:
			switch c {
			case ',':
				d.file.pos++
				d.file.space()
				found, ok = d.element(ev)
			case ']':
				ok = d.closeArray()
			default:
				ok = d.file.fail(errComma)
			}
		case aMember:
			switch c {
			case ',':
				d.file.pos++
				d.file.space()
				ok = d.envelopeMember()
			case '}':
				d.file.pos++
				d.state, ok = aValue, true
			default:
				ok = d.file.fail(errComma)
			}
		}
		if !ok && len(d.pending) == 0 {
			d.resume()
		}
		if found {
			return d.count(ev), nil
		}
	}
}

// count gives a record its position.
func (d *Decoder) count(ev *schema.Event) bool {
	ev.Position = int32(d.records)
	d.records++
	return true
}

// Detach makes what the last event points at stay as it is beyond the next call of
// Next, as long as the data does that Reset was given.
func (d *Decoder) Detach() {
	for _, buf := range [...]*[]byte{&d.scratch, &d.unknown, &d.touched, &d.text} {
		*buf = behind(*buf)
	}
}

// detachBytes is how much room is made at a time for what is detached: for a hundred events or so.
const detachBytes = 16 << 10

// behind returns the room behind what is in buf, which is left alone, or other room if that is little.
func behind(buf []byte) []byte {
	if len(buf) == 0 {
		return buf
	}
	if room := cap(buf) - len(buf); room < detachBytes/16 || room > detachBytes { // or a large one is held on to
		return make([]byte, 0, detachBytes)
	}
	return buf[len(buf):]
}

// value reads a value at the top level, or what of it comes before its records.
func (d *Decoder) value(c byte, ev *schema.Event) (found, ok bool) {
	d.begun = d.file.pos
	switch {
	case c == '[' && !isBracketed(d.file.data[d.file.pos:]):
		d.file.pos++
		d.rest.envelopes++
		d.state, d.inEnvelope, d.lookup = anOpener, false, false
		return false, true
	case c == '{':
		return d.object(ev)
	}
	return false, d.other(c)
}

// object reads an object at the top level: a record, something that has records inside, or an
// envelope up to the array with its records.
func (d *Decoder) object(ev *schema.Event) (found, ok bool) {
	s := &d.file
	start := s.pos
	s.pos++
	for s.space(); s.pos < len(s.data) && s.data[s.pos] != '}'; {
		nameAt := s.pos
		if !d.envelopeMember() {
			break // it may have records before the damage
		}
		if d.state == anOpener {
			d.rest.envelopes++
			return false, true
		}
		name := s.data[nameAt:s.pos]
		d.rest.digest = d.rest.digest || hasName(name, "digestStartTime")
		if hasName(name, "eventVersion") || hasName(name, "eventTime") || hasName(name, "eventName") || hasName(name, "eventID") {
			s.pos, d.state = start, aValue
			return d.recordOrWrapper(ev)
		}
		if s.space() != ',' {
			break
		}
		s.pos++
		s.space()
	}
	s.pos, s.why, d.state = start, nil, aValue
	return false, d.search("JSON without Records")
}

// hasName reports whether a member's text begins with that name.
func hasName(member []byte, name string) bool {
	return len(member) > len(name)+1 && member[len(name)+1] == '"' && string(member[1:len(name)+1]) == name
}

// envelopeMember reads a member of an envelope: the array of records up to its
// opening bracket, any other member whole.
func (d *Decoder) envelopeMember() bool {
	s := &d.file
	nameAt := s.pos
	if _, ok := s.key(); !ok {
		return false
	}
	name := s.data[nameAt:s.pos]
	d.state = aMember
	if s.space() == '[' && (hasName(name, "Records") || hasName(name, "Events")) {
		s.pos++
		d.state, d.inEnvelope, d.lookup = anOpener, true, hasName(name, "Events")
		return true
	}
	_, ok := s.skip()
	return ok
}

func (d *Decoder) closeArray() bool {
	d.file.pos++
	d.state = aValue
	if d.inEnvelope {
		d.state = aMember
	}
	return true
}

// element reads an element of an array of records.
func (d *Decoder) element(ev *schema.Event) (found, ok bool) {
	s := &d.file
	d.state, d.begun = anElement, s.pos
	if s.pos < len(s.data) && s.data[s.pos] == '{' {
		if d.lookup {
			whole, start := s.data, s.pos
			if len(whole)-start > d.maxRecord {
				s.data = whole[:start+d.maxRecord]
			}
			text, q, ok := d.embeddedText()
			if d.unbound(whole, start, ok); !ok {
				return false, false
			} else if text != nil {
				return d.embeddedRecord(text, q, ev)
			}
		}
		return d.recordOrWrapper(ev)
	}
	if s.pos < len(s.data) && s.data[s.pos] == ']' {
		return false, s.fail(errNotObject)
	}
	return false, d.search("")
}

// recordOrWrapper reads an object that is a record, or has records inside. In Records as AWS
// delivers them whatever looks like a record is one. Elsewhere it must have what each
// record has; an object that has less is one only if there is none inside.
func (d *Decoder) recordOrWrapper(ev *schema.Event) (found, ok bool) {
	s := &d.file
	start := s.pos
	delivered := d.state == anElement && d.inEnvelope && !d.lookup
	what, ok := d.bounded(ev, !delivered)
	switch {
	case !ok && !delivered && isTooLarge(s.why):
		// What is too long for a record may be something that has records inside.
		large := s.why
		s.why = nil
		if d.look() && len(d.pending) == 0 {
			s.pos, s.why = start, large
		}
		return false, s.why == nil
	case !ok:
		return false, false
	case what == anEvent && delivered:
		d.accept(start)
		return true, true
	case what == anEvent:
		d.accept(start)
		d.reformed(s.data[start:s.pos], ev)
		return true, true
	case what == anAggregate:
		d.rest.passed.Aggregated++
		return false, true
	}
	s.pos = start
	missing := "JSON without Records"
	if d.inEnvelope && d.state == anElement {
		missing = "JSON whose Records are not CloudTrail's"
	}
	if what == notAnEvent {
		return false, d.search(missing)
	}
	if !d.look() || len(d.pending) > 0 {
		return false, true // it was read before, so it is sound
	}
	s.pos = start
	if _, ok := d.record(s, ev, false); !ok {
		return false, false
	}
	d.accept(start)
	d.reformed(s.data[start:s.pos], ev)
	return true, true
}

// bounded reads a record that the file's scanner is at. The scanner sees no more than a record
// may have, so that nothing is made of a longer one.
func (d *Decoder) bounded(ev *schema.Event, strict bool) (what sort, ok bool) {
	s, start := &d.file, d.file.pos
	whole := s.data
	if len(whole)-start > d.maxRecord {
		s.data = whole[:start+d.maxRecord]
	}
	what, ok = d.record(s, ev, strict)
	d.unbound(whole, start, ok)
	return what, ok
}

// unbound gives the file's scanner all of the file again; ok is false where it could not read what began at
// start.
func (d *Decoder) unbound(whole []byte, start int, ok bool) {
	s := &d.file
	limited := len(s.data) < len(whole)
	if s.data = whole; limited && !ok && s.why == ErrCutOff {
		s.pos, s.why = start, &RecordTooLargeError{Limit: int64(d.maxRecord)}
	}
}

// accept notes that the record from start to where the file's scanner is now is an event.
func (d *Decoder) accept(start int) {
	d.envelope.Gap(d.file.data[d.ended:start])
	d.ended = d.file.pos
}

// embeddedText reads an element of lookup-events and returns its member
// CloudTrailEvent. Without one (lookups of Insights give the records themselves)
// it returns nil and reads nothing.
func (d *Decoder) embeddedText() (text []byte, q quality, ok bool) {
	s := &d.file
	start := s.pos
	s.pos++
	if s.space() == '}' {
		s.pos = start
		return nil, 0, true
	}
	for {
		nameAt := s.pos
		if _, ok := s.key(); !ok {
			return nil, 0, false
		}
		name := s.data[nameAt:s.pos]
		if s.space() == '"' && hasName(name, "CloudTrailEvent") {
			text, q, ok = s.str()
		} else {
			_, ok = s.skip()
		}
		if !ok {
			return nil, 0, false
		}
		switch s.space() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			if text == nil {
				s.pos = start
			}
			return text, q, true
		default:
			return nil, 0, s.fail(errComma)
		}
	}
}

// embeddedRecord reads the record that an element of lookup-events has as a string.
func (d *Decoder) embeddedRecord(text []byte, q quality, ev *schema.Event) (found, ok bool) {
	if q&escaped != 0 {
		d.text = unescape(d.text[:0], text)
		text = d.text
	}
	s := &d.embedded
	s.reset(text)
	if s.space() != '{' {
		s.why = errNotObject
	}
	what := notAnEvent
	if s.why == nil {
		what, ok = d.record(s, ev, true)
	}
	if s.why != nil || !ok {
		d.file.why = fmt.Errorf("in CloudTrailEvent: %w", s.why)
		return false, false
	}
	end := s.pos
	switch {
	case what == anAggregate:
		d.rest.passed.Aggregated++
		return false, true
	case what == anEvent:
		d.reformed(text[:end], ev)
	case d.reform(text[:end], ev):
	case what == perhaps:
		s.pos = 0
		s.space()
		d.record(s, ev, false)
	default:
		d.rest.foreign(d.begun, d.records, "JSON whose Records are not CloudTrail's", nil)
		return false, true
	}
	s.pos = end
	if s.space(); s.pos < len(s.data) {
		return false, d.file.fail(errComma)
	}
	d.apart = true
	return true, true
}

// A sort says what an object is that was read as a record is.
type sort uint8

const (
	notAnEvent sort = iota
	perhaps         // it has some of what a record has
	anEvent
	anAggregate // of events
)

// record reads a record; s is at its opening brace. Where it is strict, a record must have
// all that each record has.
func (d *Decoder) record(s *scanner, ev *schema.Event, strict bool) (what sort, ok bool) {
	start, blanks := s.pos, s.blanks
	*ev = schema.Event{}
	d.scratch, d.unknown, d.unclean = d.scratch[:0], d.unknown[:0], false
	d.touched, d.touchedUnclean, d.early = d.touched[:0], false, false
	d.few, d.many = 0, nil
	d.skeleton.Reset()
	d.copied, d.seen, d.objects, d.verbatim = start, [schema.NumColumns]bool{}, 0, false
	if !d.members(s, d.root, ev) {
		return notAnEvent, false
	}
	record := s.data[start:s.pos]
	switch what = d.sortOf(ev); {
	case what == perhaps && strict:
		return perhaps, true
	case what == notAnEvent, what == anAggregate:
		return what, true
	}
	ev.Hash = xxh3.HashSeed(record, d.seed)
	ev.Compact = ev.Hash
	if s.blanks != blanks {
		d.compacted = compact(d.compacted[:0], record)
		ev.Compact = xxh3.HashSeed(d.compacted, d.seed)
	}
	d.skeleton.Raw(s.data[d.copied:s.pos])
	if ev.Shape = d.shape(); ev.Shape < 0 {
		ev.Verbatim = record
	}
	if len(d.unknown) > 0 {
		d.unknown = append(d.unknown, '}')
		ev.Unknown = d.unknown
		if d.unclean {
			ev.Unknown = clean(nil, d.unknown)
		}
	}
	if d.early {
		for _, n := range d.ruled {
			d.namedAgain(n, ev)
		}
	}
	if len(d.touched) == 0 {
		for _, n := range d.ruled {
			d.arns(ev.Leaves[n.column])
		}
	}
	if len(d.touched) > 0 {
		d.touched[0] = '['
		d.touched = append(d.touched, ']')
		ev.Touched = d.touched
		if d.touchedUnclean {
			ev.Touched = clean(nil, d.touched)
		}
	}
	return anEvent, true
}

// sortOf says what an object is by its leaves. Records of version 1.0 have no eventID, those of
// Insights neither name nor source. A colon is in the sources of what Lambda is called
// with, such as aws:s3, and in none of CloudTrail's.
func (d *Decoder) sortOf(ev *schema.Event) sort {
	version, name, source := ev.Leaves[schema.ColEventVersion], ev.Leaves[schema.ColEventName], ev.Leaves[d.source]
	switch {
	case version == nil && name == nil && ev.Leaves[schema.ColEventTime] == nil && ev.Leaves[schema.ColEventID] == nil,
		bytes.IndexByte(source, ':') >= 0:
		return notAnEvent
	case string(ev.Leaves[schema.ColEventCategory]) == "Aggregated":
		return anAggregate
	case version != nil && (name != nil && source != nil || ev.Leaves[d.insight] != nil):
		return anEvent
	}
	return perhaps
}

// shape returns the number of the current record's skeleton, -1 where the record is
// to be kept as it is.
func (d *Decoder) shape() int32 {
	if d.verbatim {
		return -1
	}
	number, ok := d.known[string(d.skeleton.Bytes())]
	if ok {
		return number
	}
	if number, ok = d.shapes.Number(d.skeleton.Bytes()); !ok {
		return -1
	}
	d.known[string(d.skeleton.Bytes())] = number
	return number
}

// leaf takes a leaf out of the skeleton: the text from start to end.
func (d *Decoder) leaf(s *scanner, column, start, end int) {
	d.skeleton.Raw(s.data[d.copied:start])
	d.skeleton.Leaf(column)
	d.copied = end
}

// members reads an object whose place in the record is n.
func (d *Decoder) members(s *scanner, n *node, ev *schema.Event) bool {
	s.pos++
	if s.space() == '}' {
		s.pos++
		return true
	}
	last := 0
	for {
		if child := n.next(s, &last); child != nil {
			s.space()
			if !d.member(s, child, ev) {
				return false
			}
		} else if !d.otherMember(s, n, &last, ev) {
			return false
		}
		switch s.space() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return true
		default:
			return s.fail(errComma)
		}
	}
}

// otherMember reads a member of n that is not the one that came next last time.
func (d *Decoder) otherMember(s *scanner, n *node, last *int, ev *schema.Event) bool {
	if s.pos >= len(s.data) || s.data[s.pos] != '"' {
		return s.fail(errString)
	}
	name, q, ok := s.str()
	if !ok || !s.colon() {
		return false
	}
	plain := name
	if q&escaped != 0 {
		plain = unescape(nil, name)
	}
	s.space()
	if child := n.child(plain, last); child != nil {
		return d.member(s, child, ev)
	}
	return d.strange(s, n.path, name, q)
}

// member reads the value of a known member.
func (d *Decoder) member(s *scanner, n *node, ev *schema.Event) bool {
	if s.pos >= len(s.data) {
		return s.fail(errNotJSON)
	}
	start := s.pos
	c := s.data[start]
	if n.names != nil {
		if d.objects&n.bit != 0 {
			d.forget(n, ev)
		}
		d.objects |= n.bit
		switch c {
		case '{':
			ev.Objects |= n.bit
			return d.members(s, n, ev)
		case 'n':
			_, ok := s.literal()
			return ok
		}
		return d.mismatch(s, n)
	}

	ev.Leaves[n.column] = nil // the last of several members of one name counts
	switch n.column {
	case schema.ColEventTime:
		ev.EventTime = time.Time{}
	case schema.ColEventID:
		ev.EventID = [16]byte{}
	}
	d.verbatim = d.verbatim || d.seen[n.column]
	d.seen[n.column] = true
	if c == 'n' {
		_, ok := s.literal()
		return ok
	}
	switch n.kind {
	case schema.Block:
		q, ok := d.named(s, n.named, ev)
		if ok {
			ev.Leaves[n.column] = block(s.data[start:s.pos], q)
			d.leaf(s, n.column, start, s.pos)
			d.verbatim = d.verbatim || q&(unclean|deep) != 0
		}
		return ok
	case schema.Resources:
		if c == '[' {
			return d.resources(s, n, ev)
		}
	case schema.Text:
		switch {
		case c == '"':
			text, q, ok := s.str()
			if ok {
				ev.Leaves[n.column] = d.decoded(text, q)
				d.leaf(s, n.column, start+1, s.pos-1)
				d.verbatim = d.verbatim || q != 0 && !schema.IsPlain(text, ev.Leaves[n.column])
			}
			return ok
		case c != '{' && c != '[':
			text, ok := s.literal()
			ev.Leaves[n.column] = text
			return ok
		}
	default:
		var text []byte
		var q quality
		var ok bool
		switch {
		case c == '"':
			text, q, ok = s.str()
			text = d.decoded(text, q)
		case c != '{' && c != '[':
			text, ok = s.literal()
		default:
			return d.mismatch(s, n)
		}
		if !ok {
			return false
		}
		// What is taken out of the skeleton is what is written back in one way only:
		// in small letters, to the second. Booleans stay in it.
		switch n.kind {
		case schema.Bool:
			if string(text) == "true" || string(text) == "false" {
				ev.Leaves[n.column] = text
				return true
			}
		case schema.GUID:
			if id, valid := schema.ParseGUID(text); valid {
				ev.Leaves[n.column] = text
				if n.column == schema.ColEventID {
					ev.EventID = id
				}
				d.leaf(s, n.column, start+1, s.pos-1)
				d.verbatim = d.verbatim || q != 0 || hasUpper(text)
				return true
			}
		case schema.Time:
			if t, valid := parseTime(text); valid && t.After(yearOne) { // a zero Time stands for none
				ev.Leaves[n.column] = text
				ev.EventTime = t
				d.leaf(s, n.column, start+1, s.pos-1)
				d.verbatim = d.verbatim || q != 0 || len(text) != len("2006-01-02T15:04:05Z")
				return true
			}
		}
		s.pos = start
	}
	return d.mismatch(s, n)
}

// hasUpper reports whether a GUID has digits in capitals: of what a GUID is made of,
// they alone lack this bit.
func hasUpper(guid []byte) bool {
	all := byte(0x20)
	for _, c := range guid {
		all &= c
	}
	return all == 0
}

// forget takes back an object that comes again, and the leaves in it: the last of several
// members of one name counts.
func (d *Decoder) forget(n *node, ev *schema.Event) {
	if n.names == nil {
		ev.Leaves[n.column] = nil
	}
	ev.Objects &^= n.bit
	for _, child := range n.children {
		d.forget(child, ev)
	}
	d.verbatim = true
}

// mismatch keeps the value of a known member that is not of its kind.
func (d *Decoder) mismatch(s *scanner, n *node) bool {
	return d.strange(s, n.path[:len(n.path)-1], nil, 0)
}

// strange keeps a value in unknown, under path and name; pos is at the value.
func (d *Decoder) strange(s *scanner, path string, name []byte, nameQuality quality) bool {
	start := s.pos
	q, ok := s.skip()
	if !ok {
		return false
	}
	d.skeleton.Raw(s.data[d.copied:start])
	d.skeleton.Unknown()
	d.copied = s.pos
	d.verbatim = d.verbatim || (q|nameQuality)&(unclean|deep) != 0
	separator := byte(',')
	if len(d.unknown) == 0 {
		separator = '{'
	}
	d.unknown = append(d.unknown, separator, '"')
	d.unknown = append(d.unknown, path...)
	d.unknown = append(d.unknown, name...)
	d.unknown = append(d.unknown, '"', ':')
	d.unknown = append(d.unknown, block(s.data[start:s.pos], q)...)
	d.unclean = d.unclean || nameQuality&unclean != 0
	return true
}

// resources reads the array resources[]. What load.sql cannot type goes to
// unknown: other elements than objects, members that are not documented.
func (d *Decoder) resources(s *scanner, n *node, ev *schema.Event) bool {
	start := s.pos
	q, ok := s.skip()
	if !ok {
		return false
	}
	end := s.pos
	s.pos = start + 1
	shaped, copied := d.skeleton.Len(), d.copied
	objects, documented := true, true
	for c := s.space(); c != ']'; c = s.space() {
		switch c {
		case ',':
			s.pos++
		case '{':
			documented = d.resource(s) && documented
		default:
			objects = false
			s.skip()
		}
	}
	s.pos = end
	if objects && q&deep == 0 {
		ev.Leaves[n.column] = block(s.data[start:end], q)
		if documented {
			d.verbatim = d.verbatim || q&unclean != 0
			return true
		}
	}
	d.skeleton.Truncate(shaped)
	d.copied = copied
	s.pos = start
	return d.mismatch(s, n)
}

// resource reads an element of resources[], which is known to be sound, and reports
// whether it has documented members only.
func (d *Decoder) resource(s *scanner) (documented bool) {
	documented = true
	var typ, name []byte
	var quality quality
	var seen [4]bool
	s.pos++
	d.skeleton.Raw(s.data[d.copied:s.pos])
	d.skeleton.Element()
	d.copied = s.pos
	for c := s.space(); c != '}'; c = s.space() {
		if c == ',' {
			s.pos++
			s.space()
		}
		member, _, _ := s.str()
		s.colon()
		c = s.space()
		start := s.pos
		q, _ := s.skip()
		number, known := schema.ResourceMember(member)
		known = known && (c == '"' || c == 'n')
		if known && c == '"' {
			text := s.data[start+1 : s.pos-1]
			d.skeleton.Raw(s.data[d.copied : start+1])
			d.skeleton.Resource(number)
			d.copied = s.pos - 1
			d.verbatim = d.verbatim || seen[number] || q != 0 && !schema.IsPlain(text, unescape(nil, text))
			seen[number] = true
			switch string(member) {
			case "ARN", "ARNPrefix":
				name = text
				quality |= q
			case "type":
				typ = text
				quality |= q
			}
		}
		documented = documented && known
	}
	s.pos++
	d.touch(typ, name, quality)
	return documented
}

// decoded returns what the inside of a string stands for, as valid UTF-8.
func (d *Decoder) decoded(text []byte, q quality) []byte {
	if q == 0 {
		return text
	}
	start := len(d.scratch)
	d.scratch = unescape(d.scratch, text)
	return d.scratch[start:len(d.scratch):len(d.scratch)]
}

// block returns JSON text that SQL can work with: as it stands where possible.
// What is nested too deep for DuckDB's functions becomes one JSON string.
func block(text []byte, q quality) []byte {
	if q&(unclean|deep) == 0 {
		return text
	}
	text = clean(nil, text)
	if q&deep != 0 {
		text = quote(nil, text)
	}
	return text
}

// yearOne is the last moment of the year 1, in which the zero Time is.
var yearOne = time.Date(2, 1, 1, 0, 0, 0, -1, time.UTC)

// parseTime reads an eventTime. CloudTrail writes 2023-07-10T12:55:24Z; fractions
// and offsets are taken too.
func parseTime(text []byte) (time.Time, bool) {
	two := func(i int) int {
		if a, b := text[i]-'0', text[i+1]-'0'; a <= 9 && b <= 9 {
			return int(a)*10 + int(b)
		}
		return -1 << 16
	}
	if len(text) == 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == 'Z' {
		year, month, day := two(0)*100+two(2), two(5), two(8)
		hour, minute, second := two(11), two(14), two(17)
		t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
		valid := year >= 0 && month >= 1 && month <= 12 && day >= 1 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60
		if day > 28 { // Date takes the 31st of June for the 1st of July
			valid = valid && t.Day() == day
		}
		return t, valid
	}
	t, err := time.Parse(time.RFC3339Nano, string(text))
	return t.UTC(), err == nil
}
