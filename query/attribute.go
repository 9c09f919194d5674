package query

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

// An Attribute is what LookupEvents looks up by: a key, and the whole of its value.
type Attribute struct {
	Key   AttributeKey `json:"AttributeKey"`
	Value string       `json:"AttributeValue"`
}

// An AttributeKey is a key that LookupEvents knows.
type AttributeKey string

const (
	KeyEventID      AttributeKey = "EventId"
	KeyEventName    AttributeKey = "EventName"
	KeyReadOnly     AttributeKey = "ReadOnly"
	KeyUsername     AttributeKey = "Username"
	KeyResourceType AttributeKey = "ResourceType"
	KeyResourceName AttributeKey = "ResourceName"
	KeyEventSource  AttributeKey = "EventSource"
	KeyAccessKeyID  AttributeKey = "AccessKeyId"
)

// AttributeKeys lists them.
func AttributeKeys() []AttributeKey {
	return []AttributeKey{KeyEventID, KeyEventName, KeyReadOnly, KeyUsername, KeyResourceType, KeyResourceName, KeyEventSource, KeyAccessKeyID}
}

// insightKeys are those that LookupEvents knows for Insights events.
func insightKeys() []AttributeKey { return []AttributeKey{KeyEventID, KeyEventName, KeyEventSource} }

// A Category is one of events, as LookupEvents writes it.
type Category string

const (
	CategoryInsight         Category = "insight" // the only one that LookupEvents itself knows
	CategoryManagement      Category = "management"
	CategoryData            Category = "data"
	CategoryNetworkActivity Category = "networkactivity"
)

// Categories lists them.
func Categories() []Category {
	return []Category{CategoryInsight, CategoryManagement, CategoryData, CategoryNetworkActivity}
}

// Check refuses what no event could fit: the error is a [*CategoryError], an
// [*AttributeError] or a [*TimesError].
func (l *Lookup) Check() error {
	if l.Category != "" && !slices.Contains(Categories(), l.Category) {
		return &CategoryError{Category: l.Category, Choices: texts(Categories())}
	}
	for _, a := range l.Attributes {
		if err := a.check(l.Category); err != nil {
			return err
		}
	}
	if !l.Start.IsZero() && !l.End.IsZero() && l.Start.After(l.End) {
		return &TimesError{Start: l.Start, End: l.End}
	}
	return nil
}

func (a Attribute) check(category Category) error {
	switch {
	case a.Key == "" || a.Value == "":
		return &AttributeError{Problem: AttributeIncomplete, Attribute: a}
	case !slices.Contains(AttributeKeys(), a.Key):
		return &AttributeError{Problem: AttributeUnknown, Attribute: a, Choices: texts(AttributeKeys())}
	case category == CategoryInsight && !slices.Contains(insightKeys(), a.Key):
		return &AttributeError{Problem: AttributeNotOfInsights, Attribute: a, Choices: texts(insightKeys())}
	}
	switch a.Key {
	case KeyReadOnly:
		if choices := []string{"true", "false"}; !slices.Contains(choices, a.Value) {
			return &AttributeError{Problem: AttributeValueWrong, Attribute: a, Choices: choices}
		}
	case KeyEventID:
		if _, ok := schema.ParseGUID([]byte(a.Value)); !ok {
			return &AttributeError{Problem: AttributeValueWrong, Attribute: a}
		}
	}
	return nil
}

// texts are names as texts.
func texts[S ~string](names []S) []string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return texts
}

// A CategoryError says that a category is none of its Choices.
type CategoryError struct {
	Category Category
	Choices  []string
}

func (e *CategoryError) Error() string {
	return fmt.Sprintf("%q is not a category of events", string(e.Category))
}

// A TimesError says that a lookup ends before it starts.
type TimesError struct{ Start, End time.Time }

func (e *TimesError) Error() string {
	return fmt.Sprintf("%s is after %s", e.Start.UTC().Format(time.RFC3339Nano), e.End.UTC().Format(time.RFC3339Nano))
}

// An AttributeError says why no event can have an attribute.
type AttributeError struct {
	Problem   AttributeProblem
	Attribute Attribute
	Choices   []string // the keys, or the values, that would do; none where they are too many
}

// An AttributeProblem is what is wrong with an attribute.
type AttributeProblem uint8

const (
	AttributeIncomplete    AttributeProblem = iota // its key or its value is empty
	AttributeUnknown                               // there is no such key
	AttributeNotOfInsights                         // Insights events have no such key
	AttributeValueWrong                            // no event has this value of the key
)

func (e *AttributeError) Error() string {
	switch e.Problem {
	case AttributeIncomplete:
		return "an attribute needs an AttributeKey and an AttributeValue, neither of them empty"
	case AttributeUnknown:
		return fmt.Sprintf("%q is not an AttributeKey", string(e.Attribute.Key))
	case AttributeNotOfInsights:
		return "Insights events have no " + string(e.Attribute.Key)
	}
	if e.Attribute.Key == KeyEventID {
		return fmt.Sprintf("%q is not an eventID", e.Attribute.Value)
	}
	return fmt.Sprintf("%s is %s, not %q", e.Attribute.Key, strings.Join(e.Choices, " or "), e.Attribute.Value)
}

// An AttributeSyntaxError says why a text is not that of attributes.
type AttributeSyntaxError struct {
	Problem SyntaxProblem
	Text    string // the member that it is about, or what stands where one should
}

// A SyntaxProblem is what is wrong with a text.
type SyntaxProblem uint8

const (
	NotJSON    SyntaxProblem = iota // it begins as JSON does, and is not that of attributes
	NoMember                        // its Text is neither AttributeKey= nor AttributeValue=
	NoneBehind                      // nor is it behind a comma, which may have been one of a value
	TwiceThere                      // a member comes twice
	QuoteOpen                       // a member's value does not end where its quote does
)

func (e *AttributeSyntaxError) Error() string {
	switch e.Problem {
	case NotJSON:
		return "not the JSON of attributes"
	case TwiceThere:
		return e.Text + " comes twice"
	case QuoteOpen:
		return e.Text + " does not end where its quote does"
	}
	return fmt.Sprintf("%q is neither AttributeKey= nor AttributeValue=", e.Text)
}

// ParseAttributes reads attributes as the AWS CLI does, as JSON or in its shorthand, which
// is that of one. The error is an [*AttributeSyntaxError]; [Lookup.Check] looks at what the
// attributes are.
func ParseAttributes(text string) ([]Attribute, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "{") {
		a, err := parseShorthand(text)
		if err != nil {
			return nil, err
		}
		return []Attribute{a}, nil
	}
	if text[0] == '{' {
		text = "[" + text + "]"
	}
	var attributes []Attribute
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&attributes); err != nil || dec.More() {
		return nil, &AttributeSyntaxError{Problem: NotJSON}
	}
	return attributes, nil
}

// parseShorthand reads AttributeKey=...,AttributeValue=... as the AWS CLI does. A value
// with commas is in quotes, double or single, or has a backslash before each comma.
func parseShorthand(text string) (a Attribute, err error) {
	members := map[string]string{}
	for rest := text; rest != ""; {
		name, value, ok := strings.Cut(rest, "=")
		name = strings.TrimSpace(name)
		switch {
		case ok && (name == "AttributeKey" || name == "AttributeValue"):
		case len(members) > 0:
			return a, &AttributeSyntaxError{NoneBehind, rest}
		default:
			return a, &AttributeSyntaxError{NoMember, rest}
		}
		if _, again := members[name]; again {
			return a, &AttributeSyntaxError{TwiceThere, name}
		}
		if members[name], rest, ok = cutShorthand(strings.TrimSpace(value)); !ok {
			return a, &AttributeSyntaxError{QuoteOpen, name}
		}
	}
	return Attribute{AttributeKey(members["AttributeKey"]), members["AttributeValue"]}, nil
}

// cutShorthand cuts a value off, and the comma behind it. It is not ok where a quote
// has no end, or there is more behind it.
func cutShorthand(text string) (value, rest string, ok bool) {
	var b strings.Builder
	var quote byte
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		quote, text = text[0], text[1:]
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		escapes := i+1 < len(text) && c == '\\'
		switch {
		case quote == 0 && escapes && text[i+1] == ',', quote != 0 && escapes && (text[i+1] == quote || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		case quote == 0 && c == ',':
			return strings.TrimSpace(b.String()), text[i+1:], true
		case quote != 0 && c == quote:
			rest, comma := strings.CutPrefix(strings.TrimSpace(text[i+1:]), ",")
			return b.String(), rest, comma || rest == ""
		default:
			b.WriteByte(c)
		}
	}
	return strings.TrimSpace(b.String()), "", quote == 0
}
