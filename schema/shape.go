package schema

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"
)

// A Skeleton is what is left of a record when the values of its leaves are taken
// out: the order of its members, their names, nulls, literals, brackets and white
// space. It repeats across millions of records, so each distinct one is kept once, in
// the table shapes; the record is the skeleton with the leaves put back, byte for
// byte.
//
// Where a value was there is a mark: the byte 0xff, which UTF-8 does not have, and
// one more.
type Skeleton struct {
	text []byte
}

const (
	mark = 0xff
	// What follows a mark: the column of a leaf, or one of these.
	markUnknown  = 0xfe // the next member of Event.Unknown
	markElement  = 0xfd // nothing: an element of resources[] begins
	markResource = 0xf0 // to 0xf3: a member of that element, see resourceMembers
)

// resourceMembers are the members of an element of resources[], in the order of the
// marks that stand for them.
var resourceMembers = [...]string{"ARN", "ARNPrefix", "accountId", "type"}

// ResourceMembers returns the names of the members of an element of resources[].
func ResourceMembers() []string { return slices.Clone(resourceMembers[:]) }

// ResourceMember returns the number of a member of an element of resources[].
func ResourceMember(name []byte) (member int, ok bool) {
	for i, n := range resourceMembers {
		if string(name) == n {
			return i, true
		}
	}
	return 0, false
}

// Reset makes the skeleton empty.
func (s *Skeleton) Reset() { s.text = s.text[:0] }

// Bytes returns the skeleton as it is stored, good until the next call of Reset.
func (s *Skeleton) Bytes() []byte { return s.text }

// Len returns how long the skeleton is, for Truncate.
func (s *Skeleton) Len() int { return len(s.text) }

// Truncate takes back all but the first n bytes.
func (s *Skeleton) Truncate(n int) { s.text = s.text[:n] }

// Raw adds text of the record that stays.
func (s *Skeleton) Raw(text []byte) { s.text = append(s.text, text...) }

// Leaf adds the place of a leaf: of a string without its quotes, of a block whole.
func (s *Skeleton) Leaf(column int) { s.text = append(s.text, mark, byte(column)) }

// Unknown adds the place of a value that is in [Event.Unknown].
func (s *Skeleton) Unknown() { s.text = append(s.text, mark, markUnknown) }

// Element adds the begin of an element of resources[].
func (s *Skeleton) Element() { s.text = append(s.text, mark, markElement) }

// Resource adds the place of a member of that element, a string without its quotes.
func (s *Skeleton) Resource(member int) { s.text = append(s.text, mark, markResource+byte(member)) }

const (
	// maxSkeleton is the longest skeleton that gets a shape; they are 450 bytes as a
	// rule. What is longer is one of its kind, and its record is kept as it is.
	maxSkeleton = 4 << 10
	// maxShapes is how long all skeletons of a store may be together: some 35,000
	// of them. A real archive has hundreds; the limit is for one that was made to
	// have a new one in each record.
	maxShapes = 16 << 20
)

// Shapes are the skeletons that a store has, by number; the zero Shapes has none. It
// is for the use of several goroutines.
type Shapes struct {
	mu      sync.Mutex
	numbers map[string]int32
	bytes   int
	fresh   []string // not yet in the store, in the order of their numbers
}

// Number returns the number of a skeleton, a new one if need be. It is not ok when the
// skeleton is not worth one.
func (s *Shapes) Number(skeleton []byte) (number int32, ok bool) {
	if len(skeleton) > maxSkeleton {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if number, ok = s.numbers[string(skeleton)]; ok {
		return number, true
	}
	if s.bytes+len(skeleton) > maxShapes {
		return 0, false
	}
	if s.numbers == nil {
		s.numbers = map[string]int32{}
	}
	number = int32(len(s.numbers))
	text := string(skeleton)
	s.numbers[text] = number
	s.bytes += len(text)
	s.fresh = append(s.fresh, text)
	return number, true
}

// load reads the shapes that the store has.
func (s *Shapes) load(ctx context.Context, db *sql.DB) error {
	s.numbers = map[string]int32{}
	rows, err := db.QueryContext(ctx, "SELECT skeleton, shape FROM shapes")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var skeleton []byte
		var number int32
		if err := rows.Scan(&skeleton, &number); err != nil {
			return err
		}
		s.numbers[string(skeleton)] = number
		s.bytes += len(skeleton)
	}
	return rows.Err()
}

// unsaved returns the skeletons that are not in the store yet, and the number of the
// first; saved says that n of them are now.
func (s *Shapes) unsaved() (first int32, skeletons []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int32(len(s.numbers) - len(s.fresh)), s.fresh
}

func (s *Shapes) saved(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh = s.fresh[n:]
}

// leaves are the values that fill a skeleton.
type leaves struct {
	columns   [NumColumns][]byte // as in Event.Leaves; GUIDs and times as CloudTrail writes them
	resources []resource
	unknown   [][]byte // the values in Event.Unknown, in order
}

type resource [len(resourceMembers)][]byte

var errShape = errors.New("the store's shape and the event do not fit together")

// fill appends the record that a skeleton and leaves make to dst.
func fill(dst, skeleton []byte, l *leaves) ([]byte, error) {
	element, unknown := -1, 0
	for {
		at := bytes.IndexByte(skeleton, mark)
		if at < 0 {
			return append(dst, skeleton...), nil
		}
		dst = append(dst, skeleton[:at]...)
		if at+1 == len(skeleton) {
			return dst, errShape
		}
		what := skeleton[at+1]
		skeleton = skeleton[at+2:]
		switch {
		case what < NumColumns:
			if l.columns[what] == nil {
				return dst, fmt.Errorf("%w: no %s", errShape, Columns()[what].Path)
			}
			if columnKinds[what] == Block {
				dst = append(dst, l.columns[what]...)
			} else {
				dst = AppendEscaped(dst, l.columns[what])
			}
		case what == markUnknown && unknown < len(l.unknown):
			dst = append(dst, l.unknown[unknown]...)
			unknown++
		case what == markElement:
			element++
		case what >= markResource && int(what) < markResource+len(resourceMembers) && element >= 0 && element < len(l.resources):
			dst = AppendEscaped(dst, l.resources[element][what-markResource])
		default:
			return dst, errShape
		}
	}
}

// outline is a skeleton as JSON: texts are empty, and a 0 is in the place of each other
// value that was taken out.
func outline(skeleton []byte) string {
	var text []byte
	for {
		at := bytes.IndexByte(skeleton, mark)
		if at < 0 || at+1 == len(skeleton) {
			return string(append(text, skeleton...))
		}
		text = append(text, skeleton[:at]...)
		isText := at > 0 && skeleton[at-1] == '"'
		if skeleton[at+1] != markElement && !isText {
			text = append(text, '0')
		}
		skeleton = skeleton[at+2:]
	}
}

// columnKinds are the kinds of [Columns], to look up one.
var columnKinds = func() (kinds [NumColumns]Kind) {
	for i, c := range Columns() {
		kinds[i] = c.Kind
	}
	return kinds
}()

// AppendEscaped appends text to dst as it stands inside of a JSON string, written in
// the way in which AWS writes most of it: escapes where JSON demands them, the short
// ones where there are any, and all else as it is.
func AppendEscaped(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	start := 0
	for i, c := range text {
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(dst, text[start:]...)
}

// IsPlain reports whether a string's inside, as it stands in a record, is what
// AppendEscaped makes of the text that it stands for.
func IsPlain(raw, text []byte) bool {
	if !utf8.Valid(raw) {
		return false
	}
	var buf [256]byte
	return bytes.Equal(raw, AppendEscaped(buf[:0], text))
}
