package query

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseAttributes(t *testing.T) {
	for text, want := range map[string]string{
		`AttributeKey=EventName,AttributeValue=RunInstances`:                                    "EventName=RunInstances",
		`AttributeValue=RunInstances,AttributeKey=EventName`:                                    "EventName=RunInstances",
		` AttributeKey = EventName , AttributeValue = a b `:                                     "EventName=a b",
		`AttributeKey=ResourceName,AttributeValue=a\,b=c`:                                       "ResourceName=a,b=c",
		`AttributeKey=ResourceName,AttributeValue=a\b`:                                          `ResourceName=a\b`,
		`AttributeKey=ResourceName,AttributeValue="a, \"b\" 'c' \\ \d"`:                         `ResourceName=a, "b" 'c' \ \d`,
		`AttributeValue='a,b\'c',AttributeKey="ResourceName"`:                                   `ResourceName=a,b'c`,
		`AttributeKey=ResourceName,AttributeValue=arn:aws:s3:::b/k=v`:                           "ResourceName=arn:aws:s3:::b/k=v",
		`[{"AttributeKey":"EventName","AttributeValue":"a,b\u003c"}]`:                           "EventName=a,b<",
		`{"AttributeKey":"EventName","AttributeValue":"x"}`:                                     "EventName=x",
		`[{"AttributeKey":"A","AttributeValue":"1"},{"AttributeKey":"B","AttributeValue":"2"}]`: "A=1 B=2",
		``: "=", // which is no attribute
	} {
		list, err := ParseAttributes(text)
		var got []string
		for _, a := range list {
			got = append(got, string(a.Key)+"="+a.Value)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]AttributeSyntaxError{
		`x`:           {NoMember, "x"},
		`EventName=x`: {NoMember, "EventName=x"},
		`AttributeKey=EventName,AttributeValue=a,b`:                {NoneBehind, "b"},
		`AttributeKey=EventName,AttributeValue=a,AttributeValue=b`: {TwiceThere, "AttributeValue"},
		`AttributeKey=EventName,AttributeValue="a`:                 {QuoteOpen, "AttributeValue"},
		`AttributeKey=EventName,AttributeValue="a"b`:               {QuoteOpen, "AttributeValue"},
		`AttributeKey='`: {QuoteOpen, "AttributeKey"},
		`[`:              {NotJSON, ""},
		`["EventName"]`:  {NotJSON, ""},
		`{"AttributeKey":"EventName","AttributeValue":1}`:       {NotJSON, ""},
		`{"Key":"EventName","AttributeValue":"x"}`:              {NotJSON, ""},
		`[{"AttributeKey":"EventName","AttributeValue":"x"}] x`: {NotJSON, ""},
	} {
		list, err := ParseAttributes(text)
		var got *AttributeSyntaxError
		if !errors.As(err, &got) || *got != want || got.Error() == "" {
			t.Errorf("%s: %v, %#v; want %+v", text, list, err, want)
		}
	}
}

// What no event could fit is refused, with what would do in its place.
func TestLookupCheck(t *testing.T) {
	noon, later := utc("2026-03-02T12:00:00Z"), utc("2026-03-02T12:00:01Z")
	attribute := func(key AttributeKey, value string) Lookup { return Lookup{Attributes: []Attribute{{key, value}}} }
	insight := func(key AttributeKey) Lookup {
		return Lookup{Category: CategoryInsight, Attributes: []Attribute{{KeyEventName, "x"}, {key, "x"}}}
	}
	for _, l := range []Lookup{
		{}, {Category: CategoryData}, {Start: noon, End: noon}, {Start: later}, {End: noon}, insight(KeyEventSource),
		attribute(KeyReadOnly, "true"), attribute(KeyEventID, "01234567-89ab-4cde-8f01-23456789abcd"), attribute(KeyUsername, " "),
	} {
		if err := l.Check(); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	keys := texts(AttributeKeys())
	for _, test := range []struct {
		lookup Lookup
		want   error
		text   string
	}{
		{Lookup{Category: "Insight"}, &CategoryError{"Insight", texts(Categories())}, `"Insight" is not a category of events`},
		{Lookup{Start: later, End: noon}, &TimesError{later, noon}, "2026-03-02T12:00:01Z is after 2026-03-02T12:00:00Z"},
		{attribute("", "x"), &AttributeError{AttributeIncomplete, Attribute{"", "x"}, nil}, "neither of them empty"},
		{attribute(KeyEventName, ""), &AttributeError{AttributeIncomplete, Attribute{KeyEventName, ""}, nil}, "neither of them empty"},
		{attribute("eventName", "x"), &AttributeError{AttributeUnknown, Attribute{"eventName", "x"}, keys}, `"eventName" is not an AttributeKey`},
		{insight(KeyUsername), &AttributeError{AttributeNotOfInsights, Attribute{KeyUsername, "x"}, texts(insightKeys())}, "Insights events have no Username"},
		{attribute(KeyReadOnly, "True"), &AttributeError{AttributeValueWrong, Attribute{KeyReadOnly, "True"}, []string{"true", "false"}}, `ReadOnly is true or false, not "True"`},
		{attribute(KeyEventID, "12"), &AttributeError{AttributeValueWrong, Attribute{KeyEventID, "12"}, nil}, `"12" is not an eventID`},
	} {
		if err := test.lookup.Check(); !reflect.DeepEqual(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%+v: %v, want %v", test.lookup, err, test.want)
		}
	}
}
