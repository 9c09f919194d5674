package setup

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A record is one of something that was set up.
type record struct {
	EventTime time.Time
	EventID   string
	Account   string
	Region    string
	Name      string
	// Parameters and Response are blocks of JSON, empty where the record has none.
	Parameters string
	Response   string
}

// A Setting is something that AWS says is set up, in the form of the record of the call that
// sets it up.
type Setting struct {
	Account, Region      string
	Name                 string
	Parameters, Response string
}

// Told is what AWS says of an account.
type Told struct {
	Account  string
	At       time.Time
	Settings []Setting
	Whole    bool // nothing was refused
}

// A block is a block of a record. Whoever called the API chose what is in it, so a member of
// another type than it should have is one that is not there.
type block struct{ value any }

func readBlock(text string) block {
	var b block
	if json.Unmarshal([]byte(text), &b.value) != nil {
		return block{}
	}
	return b
}

// at is a member, whose name services spell with a small or a capital letter at its begin.
func (b block) at(name string) block {
	members, _ := b.value.(map[string]any)
	if v, ok := members[name]; ok {
		return block{v}
	}
	for key, v := range members {
		if strings.EqualFold(key, name) {
			return block{v}
		}
	}
	return block{}
}

// isThere reports whether there is anything but null.
func (b block) isThere() bool { return b.value != nil }

func (b block) text() string {
	switch v := b.value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// isTrue takes the text as well: S3's parameters are XML that was made JSON.
func (b block) isTrue() bool { return strings.EqualFold(b.text(), "true") }

// list is a list, or the one that stands for itself.
func (b block) list() []block {
	switch v := b.value.(type) {
	case nil:
		return nil
	case []any:
		var all []block
		for _, one := range v {
			all = append(all, block{one})
		}
		return all
	}
	return []block{b}
}

func (b block) texts() []string {
	var all []string
	for _, one := range b.list() {
		all = append(all, one.text())
	}
	return all
}

// members are the names and values of an object.
func (b block) members() map[string]block {
	all := map[string]block{}
	members, _ := b.value.(map[string]any)
	for name, v := range members {
		all[name] = block{v}
	}
	return all
}
