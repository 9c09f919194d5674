package awsapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"time"
	"unicode/utf8"
)

const (
	// maxBodyBytes is how long a request is at most: the longest that makes sense is a
	// statement of 256 KiB.
	maxBodyBytes = 1 << 20
	// maxDepth is how deep values of a request are nested at most: AWS's go five deep.
	maxDepth = 32
)

// A members value is an object of a request. Its methods give members by their names, those of
// their types that are there, and remember the first that is of another type: null is as
// good as nothing there. Names are told apart by upper and lower case, as AWS does.
type members struct {
	values map[string]any
	err    *error // shared with what is nested
}

// parseBody reads the body of a request, which is one JSON object, or nothing. What could
// be read in two ways, such as a member that comes twice, is refused.
func parseBody(body []byte) (members, error) {
	m := members{err: new(error)}
	if len(bytes.TrimSpace(body)) == 0 {
		return m, nil
	}
	if !utf8.Valid(body) {
		return m, notJSON("it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	value, err := readValue(dec, maxDepth)
	if err != nil {
		return m, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return m, notJSON("it is not an object")
	}
	if _, err := dec.Token(); err == nil || dec.InputOffset() < int64(len(bytes.TrimRight(body, " \t\r\n"))) {
		return m, notJSON("there is more behind the object")
	}
	m.values = object
	return m, nil
}

func notJSON(why string) *apiError { return refused("SerializationException", "The body: %s", why) }

// readValue reads a value.
func readValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, notJSON(err.Error())
	}
	delim, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth == 0:
		return nil, notJSON("it is nested too deeply")
	case delim == '[':
		list := []any{}
		for dec.More() {
			value, err := readValue(dec, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = dec.Token()
		return list, asSyntax(err)
	}
	object := map[string]any{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, notJSON(err.Error())
		}
		text := name.(string) // dec sees to it
		if _, twice := object[text]; twice {
			return nil, notJSON(fmt.Sprintf("%.100q comes twice", text))
		}
		if object[text], err = readValue(dec, depth-1); err != nil {
			return nil, err
		}
	}
	_, err = dec.Token()
	return object, asSyntax(err)
}

func asSyntax(err error) error {
	if err != nil {
		return notJSON(err.Error())
	}
	return nil
}

// wrong remembers that a member is not what it should be.
func (m members) wrong(name, want string) {
	if *m.err == nil {
		*m.err = refused("SerializationException", "%s is not %s", name, want)
	}
}

// failed is what was wrong with the members that were asked for.
func (m members) failed() error { return *m.err }

// has reports whether a member is there.
func (m members) has(name string) bool { return m.values[name] != nil }

func (m members) text(name string) string {
	text, ok := m.values[name].(string)
	if !ok && m.has(name) {
		m.wrong(name, "a string")
	}
	return text
}

func (m members) boolean(name string, absent bool) bool {
	if !m.has(name) {
		return absent
	}
	value, ok := m.values[name].(bool)
	if !ok {
		m.wrong(name, "a boolean")
	}
	return value
}

// integer is a whole number, absent where there is none.
func (m members) integer(name string, absent int) int {
	if !m.has(name) {
		return absent
	}
	if r, ok := m.number(name); ok && r.IsInt() && r.Num().IsInt64() {
		if n := r.Num().Int64(); int64(int32(n)) == n {
			return int(n)
		}
	}
	m.wrong(name, "an integer")
	return absent
}

// number is a number without loss. One of many digits, or of a large exponent, would take all
// memory to be written out.
func (m members) number(name string) (*big.Rat, bool) {
	number, ok := m.values[name].(json.Number)
	if !ok || len(number) > 40 {
		return nil, false
	}
	if f, err := number.Float64(); err != nil || f > 1e18 || f < -1e18 || f != 0 && f < 1e-18 && f > -1e-18 {
		return nil, false
	}
	return new(big.Rat).SetString(number.String())
}

// time is a time in seconds since 1970, with a fraction; the zero Time where there is none.
func (m members) time(name string) time.Time {
	if !m.has(name) {
		return time.Time{}
	}
	const first, last = -62135596800, 253402300799 // years 1 to 9999
	if r, ok := m.number(name); ok {
		micros := new(big.Rat).Mul(r, big.NewRat(1_000_000, 1))
		whole := new(big.Int).Div(micros.Num(), micros.Denom())
		if whole.IsInt64() {
			if t := time.UnixMicro(whole.Int64()).UTC(); t.Unix() > first && t.Unix() <= last {
				return t
			}
		}
	}
	m.wrong(name, "a time in seconds since 1970")
	return time.Time{}
}

// object is a nested object, one without members where there is none.
func (m members) object(name string) members {
	values, ok := m.values[name].(map[string]any)
	if !ok && m.has(name) {
		m.wrong(name, "an object")
	}
	return members{values, m.err}
}

// list is a list of anything.
func (m members) list(name string) []any {
	list, ok := m.values[name].([]any)
	if !ok && m.has(name) {
		m.wrong(name, "a list")
	}
	return list
}

// texts is a list of strings.
func (m members) texts(name string) (texts []string) {
	for _, value := range m.list(name) {
		text, ok := value.(string)
		if !ok {
			m.wrong(name, "a list of strings")
		}
		texts = append(texts, text)
	}
	return texts
}

// objects is a list of objects.
func (m members) objects(name string) (objects []members) {
	for _, value := range m.list(name) {
		values, ok := value.(map[string]any)
		if !ok {
			m.wrong(name, "a list of objects")
		}
		objects = append(objects, members{values, m.err})
	}
	return objects
}
