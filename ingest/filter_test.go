package ingest

import (
	"testing"
	"time"

	"trailbox/schema"
)

// at reads a time as RFC 3339 writes it.
func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWantsFile(t *testing.T) {
	const day = 24 * time.Hour
	since := func(text string) Filter { return Filter{Scope: schema.Scope{Since: at(text)}} }
	until := func(text string, slack time.Duration) Filter {
		return Filter{Scope: schema.Scope{Until: at(text)}, Slack: slack}
	}
	account, region := Filter{Scope: schema.Scope{Accounts: []string{"1", "2"}}}, Filter{Scope: schema.Scope{Regions: []string{"us-east-1"}}}
	both := Filter{Scope: schema.Scope{Since: at("2026-03-02T12:00:00Z"), Until: at("2026-03-02T13:00:00Z"), Accounts: []string{"1"}, Regions: []string{"us-east-1"}}}
	for _, test := range []struct {
		name   string
		filter Filter
		key    schema.Key
		want   bool
	}{
		{"no limits", Filter{}, schema.Key{Account: "1", Region: "x", Delivered: at("2026-03-02T10:05:00Z")}, true},
		{"no limits, no key", Filter{}, schema.Key{}, true},
		{"both, no key", both, schema.Key{}, true},

		// Since: by whole days, so the day's first file is wanted.
		{"since, the day before", since("2026-03-02T12:00:00Z"), schema.Key{Delivered: at("2026-03-01T23:55:00Z")}, false},
		{"since, begin of the day", since("2026-03-02T12:00:00Z"), schema.Key{Delivered: at("2026-03-02T00:00:00Z")}, true},
		{"since, earlier that day", since("2026-03-02T12:00:00Z"), schema.Key{Delivered: at("2026-03-02T11:55:00Z")}, true},
		{"since, years later", since("2026-03-02T12:00:00Z"), schema.Key{Delivered: at("2036-01-01T00:00:00Z")}, true},
		{"since midnight, the file of midnight", since("2026-03-02T00:00:00Z"), schema.Key{Delivered: at("2026-03-02T00:00:00Z")}, true},
		// A file may hold events of some minutes after the time in its name.
		{"since midnight, the file before", since("2026-03-02T00:00:00Z"), schema.Key{Delivered: at("2026-03-01T23:55:00Z")}, true},
		{"since midnight, an hour before", since("2026-03-02T00:00:00Z"), schema.Key{Delivered: at("2026-03-01T22:55:00Z")}, false},
		{"since soon after midnight, the file before", since("2026-03-02T00:10:00Z"), schema.Key{Delivered: at("2026-03-01T23:55:00Z")}, true},
		// The day is UTC's: 01:00+02:00 is 23:00 of the day before.
		{"since in another zone", since("2026-03-02T01:00:00+02:00"), schema.Key{Delivered: at("2026-03-01T00:05:00Z")}, true},
		{"since in another zone, the day before", since("2026-03-02T01:00:00+02:00"), schema.Key{Delivered: at("2026-02-28T23:55:00Z")}, false},

		// Until, without slack: the rest of its day.
		{"until, that day", until("2026-03-02T12:00:00Z", 0), schema.Key{Delivered: at("2026-03-02T23:55:00Z")}, true},
		{"until, long before", until("2026-03-02T12:00:00Z", 0), schema.Key{Delivered: at("2016-03-02T23:55:00Z")}, true},
		{"until, the next day", until("2026-03-02T12:00:00Z", 0), schema.Key{Delivered: at("2026-03-03T00:00:00Z")}, false},
		// The last minutes of a day are in ...T0000Z of the next.
		{"until midnight, the file of midnight", until("2026-03-03T00:00:00Z", 0), schema.Key{Delivered: at("2026-03-03T00:00:00Z")}, true},
		{"until before midnight, the file of midnight", until("2026-03-02T23:59:59Z", time.Second), schema.Key{Delivered: at("2026-03-03T00:00:00Z")}, true},
		{"until, late file within the slack", until("2026-03-02T12:00:00Z", day), schema.Key{Delivered: at("2026-03-03T12:00:00Z")}, true},
		{"until, last file of the slack's day", until("2026-03-02T12:00:00Z", day), schema.Key{Delivered: at("2026-03-03T23:55:00Z")}, true},
		{"until, late file behind the slack", until("2026-03-02T12:00:00Z", day), schema.Key{Delivered: at("2026-03-04T00:00:00Z")}, false},
		{"until, 30 days of slack", until("2026-03-02T12:00:00Z", 30*day), schema.Key{Delivered: at("2026-04-01T23:55:00Z")}, true},
		{"until, behind 30 days of slack", until("2026-03-02T12:00:00Z", 30*day), schema.Key{Delivered: at("2026-04-02T00:00:00Z")}, false},
		{"until in another zone", until("2026-03-02T23:00:00-03:00", 0), schema.Key{Delivered: at("2026-03-03T23:55:00Z")}, true},

		{"an account of two", account, schema.Key{Account: "2"}, true},
		{"another account", account, schema.Key{Account: "3"}, false},
		{"no account in the key", account, schema.Key{Region: "x"}, true},
		{"the Region", region, schema.Key{Region: "us-east-1"}, true},
		{"another Region", region, schema.Key{Region: "us-east-10"}, false},
		{"no Region in the key", region, schema.Key{Account: "1"}, true},
		{"all right", both, schema.Key{Account: "1", Region: "us-east-1", Delivered: at("2026-03-02T12:05:00Z")}, true},
		{"all right but the account", both, schema.Key{Account: "2", Region: "us-east-1", Delivered: at("2026-03-02T12:05:00Z")}, false},
		{"all right but the Region", both, schema.Key{Account: "1", Region: "eu-west-1", Delivered: at("2026-03-02T12:05:00Z")}, false},
		{"all right but the time", both, schema.Key{Account: "1", Region: "us-east-1", Delivered: at("2026-03-03T00:00:00Z")}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.filter.wantsFile(&test.key); got != test.want {
				t.Errorf("%s, %+v: got %t", &test.filter, test.key, got)
			}
		})
	}
}

// A folder is left out when each file in it would be, going by its path; where the path
// says nothing, its files decide.
func TestWantsFolder(t *testing.T) {
	const trail = "s3://logs/p/AWSLogs/111122223333/CloudTrail/"
	const org = "s3://logs/AWSLogs/o-exampleorg1/"
	account, region := Filter{Scope: schema.Scope{Accounts: []string{"111122223333"}}}, Filter{Scope: schema.Scope{Regions: []string{"us-east-1"}}}
	spring := Filter{Scope: schema.Scope{Since: at("2026-03-02T00:00:00Z"), Until: at("2026-05-01T00:00:00Z")}, Slack: DefaultSlack}
	since := Filter{Scope: schema.Scope{Since: at("2026-03-02T12:00:00Z")}}
	for _, test := range []struct {
		filter Filter
		path   string
		want   Want
	}{
		{Filter{}, org, WantAll},
		{Filter{}, trail + "us-east-1/2026/", WantAll},

		{account, "s3://logs/", WantAll},
		{account, "s3://logs/p/", WantAll},
		{account, "s3://logs/p/AWSLogs/", WantSome},
		{account, org, WantSome},
		{account, org + "111122223333/", WantAll},
		{account, org + "444455556666/", WantNone},
		{account, "/evidence/AWSLogs/444455556666/", WantNone},
		{account, "s3://logs/AWSLogs/special/", WantAll}, // no account's number
		{account, "s3://logs/XAWSLogs/444455556666/", WantAll},
		{account, "s3://logs/AWSLogs/444455556666/Config/", WantAll}, // never asked, since its parent was not wanted
		{account, "s3://logs/AWSLogs/1111222233334/", WantAll},

		{region, org, WantSome},
		{region, trail, WantSome},
		{region, trail + "us-east-1/", WantAll},
		{region, trail + "us-east-1/2026/03/02/", WantAll},
		{region, trail + "us-east-10/", WantNone},
		{region, "s3://logs/AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/", WantNone},
		{region, "s3://logs/AWSLogs/111122223333/Config/eu-west-1/", WantAll},
		{region, trail + "EU/", WantAll},

		{spring, org, WantSome},
		{spring, trail + "us-east-1/", WantSome},
		{spring, trail + "us-east-1/2025/", WantNone},
		{spring, trail + "us-east-1/2026/", WantSome},
		{spring, trail + "us-east-1/2027/", WantNone},
		{spring, trail + "us-east-1/2026/02/", WantNone},
		{spring, trail + "us-east-1/2026/03/", WantAll},    // its days are asked about where they are large
		{spring, trail + "us-east-1/2026/03/01/", WantAll}, // for its last hour
		{spring, trail + "us-east-1/2026/02/28/", WantNone},
		{spring, trail + "us-east-1/2026/05/02/", WantAll},
		{spring, trail + "us-east-1/2026/05/03/", WantNone},
		{spring, trail + "us-east-1/2026/06/", WantNone},
		{spring, trail + "us-east-1/2026/05/03/more/", WantAll},
		{spring, trail + "us-east-1/2026/13/", WantAll}, // no month
		{spring, trail + "us-east-1/2026/3/1/", WantAll},
		{since, trail + "us-east-1/2026/", WantSome},
		{since, trail + "us-east-1/2027/", WantAll},
		{since, trail + "us-east-1/2026/03/01/", WantNone},
	} {
		if got := test.filter.wantsFolder(test.path); got != test.want {
			t.Errorf("%s: %s: got %d, want %d", &test.filter, test.path, got, test.want)
		}
	}
}

func TestWantsEvent(t *testing.T) {
	event := func(eventTime, recipient, account, region string) schema.Event {
		var ev schema.Event
		if eventTime != "" {
			ev.EventTime = at(eventTime)
		}
		for column, text := range map[int]string{schema.ColRecipientAccountID: recipient, schema.ColAccountID: account, schema.ColAWSRegion: region} {
			if text != "" {
				ev.Leaves[column] = []byte(text)
			}
		}
		return ev
	}
	hour := Filter{Scope: schema.Scope{Since: at("2026-03-02T12:00:00Z"), Until: at("2026-03-02T13:00:00Z")}, Slack: DefaultSlack}
	one, regional := Filter{Scope: schema.Scope{Accounts: []string{"1"}}}, Filter{Scope: schema.Scope{Regions: []string{"us-east-1"}}}
	for _, test := range []struct {
		name   string
		filter Filter
		key    schema.Key
		event  schema.Event
		want   bool
	}{
		{"no limits", Filter{}, schema.Key{}, event("", "", "", ""), true},
		{"before", hour, schema.Key{}, event("2026-03-02T11:59:59.999Z", "", "", ""), false},
		{"the first", hour, schema.Key{}, event("2026-03-02T12:00:00Z", "", "", ""), true},
		{"the last", hour, schema.Key{}, event("2026-03-02T12:59:59.999Z", "", "", ""), true},
		{"the first behind", hour, schema.Key{}, event("2026-03-02T13:00:00Z", "", "", ""), false},
		{"slack is for files", hour, schema.Key{}, event("2026-03-02T14:00:00Z", "", "", ""), false},
		{"no time", hour, schema.Key{}, event("", "", "", ""), true},
		{"since only", Filter{Scope: schema.Scope{Since: at("2026-03-02T12:00:00Z")}}, schema.Key{}, event("2036-01-01T00:00:00Z", "", "", ""), true},
		{"until only", Filter{Scope: schema.Scope{Until: at("2026-03-02T12:00:00Z")}}, schema.Key{}, event("1996-01-01T00:00:00Z", "", "", ""), true},

		{"recipient", one, schema.Key{}, event("", "1", "2", ""), true},
		{"another recipient", one, schema.Key{}, event("", "2", "1", ""), false},
		{"no recipient, the account", one, schema.Key{}, event("", "", "1", ""), true},
		{"no recipient, another account", one, schema.Key{}, event("", "", "2", ""), false},
		{"no account at all", one, schema.Key{}, event("", "", "", ""), true},
		{"the key has decided on the account", one, schema.Key{Account: "1"}, event("", "2", "2", ""), true},
		{"the Region", regional, schema.Key{}, event("", "", "", "us-east-1"), true},
		{"another Region", regional, schema.Key{}, event("", "", "", "eu-west-1"), false},
		{"no Region", regional, schema.Key{}, event("", "", "", ""), true},
		{"the key has decided on the Region", regional, schema.Key{Region: "eu-west-1"}, event("", "", "", "us-east-1"), true},
		{"a key without Region decides on the account alone", regional, schema.Key{Account: "1"}, event("", "2", "", "eu-west-1"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.filter.wantsEvent(&test.key, &test.event); got != test.want {
				t.Errorf("%s: got %t", &test.filter, got)
			}
		})
	}
}

func TestFilterString(t *testing.T) {
	since, until := at("2026-03-02T12:00:00Z"), at("2026-03-03T00:00:00Z")
	for _, test := range []struct {
		name   string
		filter Filter
		want   string
	}{
		{"zero", Filter{}, ""},
		{"slack alone limits nothing", Filter{Slack: time.Hour}, ""},
		{"empty lists", Filter{Scope: schema.Scope{Accounts: []string{}, Regions: []string{}}}, ""},
		{"since", Filter{Scope: schema.Scope{Since: since}}, "since 2026-03-02T12:00:00Z"},
		{"since in another zone", Filter{Scope: schema.Scope{Since: at("2026-03-02T13:00:00+01:00")}}, "since 2026-03-02T12:00:00Z"},
		{"since and a fraction", Filter{Scope: schema.Scope{Since: at("2026-03-02T12:00:00.5Z")}}, "since 2026-03-02T12:00:00.5Z"},
		{"until", Filter{Scope: schema.Scope{Until: until}, Slack: DefaultSlack}, "until 2026-03-03T00:00:00Z"},
		{"until without slack", Filter{Scope: schema.Scope{Until: until}}, "slack 0s, until 2026-03-03T00:00:00Z"},
		{"until with slack", Filter{Scope: schema.Scope{Until: until}, Slack: 48 * time.Hour}, "slack 48h0m0s, until 2026-03-03T00:00:00Z"},
		{"accounts in any order, once", Filter{Scope: schema.Scope{Accounts: []string{"2", "1", "2"}}}, "account 1 2"},
		{"all", Filter{Scope: schema.Scope{Since: since, Until: until, Accounts: []string{"1"}, Regions: []string{"us-east-1", "eu-west-1"}}, Slack: DefaultSlack},
			"account 1, region eu-west-1 us-east-1, since 2026-03-02T12:00:00Z, until 2026-03-03T00:00:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 8 { // a map's order is different each time
				if got := test.filter.String(); got != test.want {
					t.Fatalf("got %q, want %q", got, test.want)
				}
			}
		})
	}
	// It does not sort the caller's own list.
	list := []string{"2", "1"}
	_ = (&Filter{Scope: schema.Scope{Accounts: list}}).String()
	if list[0] != "2" {
		t.Errorf("the list is %v now", list)
	}
}
