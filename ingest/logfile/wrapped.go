package logfile

import (
	"bytes"

	"trailbox/schema"
)

// A level is a text with records that were found in it: the file, or a string.
type level struct {
	text   *scanner
	found  []span
	resume int // where the file goes on behind them
}

// byteOrderMark is what some programs begin a text with. A file that was joined from several has
// more than one.
var byteOrderMark = []byte("\xef\xbb\xbf")

// other reads what is at the top level and is neither an object nor an array.
func (d *Decoder) other(c byte) (ok bool) {
	s := &d.file
	start := s.pos
	switch {
	case bytes.HasPrefix(s.data[start:], byteOrderMark):
		s.pos += len(byteOrderMark)
		return true
	case c == '"':
		return d.search("")
	}
	d.finder.found = nil
	d.finder.line(s)
	if len(d.finder.found) > 0 {
		d.pend()
	} else if string(bytes.TrimSpace(s.data[start:s.pos])) != "null" {
		d.rest.foreign(start, d.records, "", errTopLevel)
	}
	return true
}

// look looks for records inside of the value at hand.
func (d *Decoder) look() (ok bool) {
	f := &d.finder
	f.found, f.passed = nil, Passed{}
	ok = f.value(&d.file)
	d.rest.passed.Add(f.passed)
	if len(f.found) > 0 {
		d.pend()
	}
	return ok
}

// search looks for records inside of the value at hand, and notes what it is if there are none.
// missing is what to call it then, empty where it should have been a record.
func (d *Decoder) search(missing string) (ok bool) {
	s := &d.file
	start := s.pos
	if !d.look() {
		return false
	}
	switch passed := d.finder.passed; {
	case len(d.pending) > 0:
	case passed.Digests > 0:
		d.rest.digests = append(d.rest.digests, s.data[start:s.pos])
	case passed.OCSF > 0:
		d.rest.foreign(start, d.records, OCSF.String(), nil)
	case passed != Passed{}, d.state == aValue && isEmpty(s.data[start:s.pos]):
	case missing == "":
		d.rest.foreign(start, d.records, "", errNotObject)
	default:
		d.rest.foreign(start, d.records, missing, nil)
	}
	return true
}

// isEmpty reports whether a value says nothing.
func isEmpty(value []byte) bool {
	return string(value) == "null" || len(value) > 1 && (value[0] == '{' || value[0] == '[') && len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// pend makes what the finder has found what is read next.
func (d *Decoder) pend() {
	d.pending = append(d.pending[:0], level{text: &d.file, found: d.finder.found, resume: d.file.pos})
}

// nextFound reads the next of the records that were found, and reports whether there was one.
func (d *Decoder) nextFound(ev *schema.Event) bool {
	for len(d.pending) > 0 {
		top := &d.pending[len(d.pending)-1]
		switch {
		case len(top.found) > 0:
			at := top.found[0]
			top.found = top.found[1:]
			if at.inString {
				d.pendString(top.text.data[at.start+1 : at.end-1])
			} else if d.foundRecord(top.text, at, ev) {
				return true
			}
		case len(d.pending) == 1:
			s := &d.file
			s.pos = top.resume
			d.pending = d.pending[:0]
			if s.why != nil {
				d.resume()
			}
		default:
			d.pending = d.pending[:len(d.pending)-1]
		}
	}
	return false
}

// pendString makes the records inside of a string what is read next.
func (d *Decoder) pendString(text []byte) {
	s := new(scanner)
	s.reset(unescape(nil, text))
	f := finder{depth: len(d.pending)}
	f.stream(s)
	d.pending = append(d.pending, level{text: s, found: f.found})
}

// foundRecord reads a record that was found.
func (d *Decoder) foundRecord(s *scanner, at span, ev *schema.Event) bool {
	if at.end-at.start > d.maxRecord {
		d.rest.broken(d.begun, d.records, &RecordTooLargeError{Limit: int64(d.maxRecord)})
		return false
	}
	s.pos = at.start
	what, ok := d.record(s, ev, true)
	if !ok {
		s.why = nil // it is sound, or it would not have been found
		return false
	}
	inFile := s == &d.file
	if what == anEvent {
		if inFile {
			d.accept(at.start)
		}
		d.apart = d.apart || !inFile
		d.reformed(s.data[at.start:at.end], ev)
		return true
	}
	return d.reform(s.data[at.start:at.end], ev)
}

// resume goes on behind damage.
func (d *Decoder) resume() {
	s := &d.file
	d.rest.broken(s.pos, d.records, s.why)
	s.why, d.state = nil, aValue
	d.finder.next(s, max(d.begun, d.ended), &d.rest.overrun)
}
