package query

import (
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"

	"trailbox/schema"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // it is a constant of a test
	}
	return t
}

// What is not needed to tell rows apart goes, as far as there is need, and nothing else.
func TestLayout(t *testing.T) {
	role := "arn:aws:iam::111122223333:role/"
	day := [][]any{
		{at("2026-03-02T21:00:01Z"), "AttachRolePolicy", "deploy-bot", role + "service/reader", "", "203.0.113.77"},
		{at("2026-03-02T21:00:02Z"), "UpdateAssumeRolePolicy", "deploy-bot", role + "writer", "", "203.0.113.77"},
		{at("2026-03-02T21:00:05Z"), "UpdateAssumeRolePolicy", "deploy-bot", role + "writer", "", "203.0.113.77"},
	}
	const names = "eventTime|eventName|actor|resource|error|sourceIPAddress"
	for _, c := range []struct {
		name   string
		screen Screen
		r      *fakeResult
		want   []string
	}{
		{
			"what fits stays as it is", Screen{Width: 134}, result(names, day[:2]...),
			[]string{
				"eventTime             eventName               actor       resource                                       error  sourceIPAddress",
				"--------------------  ----------------------  ----------  ---------------------------------------------  -----  ---------------",
				"2026-03-02T21:00:01Z  AttachRolePolicy        deploy-bot  arn:aws:iam::111122223333:role/service/reader         203.0.113.77",
				"2026-03-02T21:00:02Z  UpdateAssumeRolePolicy  deploy-bot  arn:aws:iam::111122223333:role/writer                 203.0.113.77",
			},
		},
		{
			"the same, nothing, and the day are said once", Screen{Width: 80}, result(names, day...),
			[]string{
				"all rows: times 2026-03-02 UTC, actor deploy-bot, sourceIPAddress 203.0.113.77,",
				"    nothing in error",
				"eventTime  eventName               resource",
				"---------  ----------------------  ---------------------------------------------",
				"21:00:01   AttachRolePolicy        arn:aws:iam::111122223333:role/service/reader",
				"21:00:02   UpdateAssumeRolePolicy  arn:aws:iam::111122223333:role/writer",
				"21:00:05   UpdateAssumeRolePolicy  arn:aws:iam::111122223333:role/writer",
			},
		},
		{
			"a row of a heat map stays in one piece", Screen{Width: 50},
			result("actor|hours", []any{"somebody with a long name", "········██▂▂▅█········▁·"}, []any{"b", "·········█··············"}),
			[]string{
				"actor                     hours",
				"------------------------  ------------------------",
				"somebody with a long      ········██▂▂▅█········▁·",
				"name",
				"b                         ·········█··············",
			},
		},
		{
			"then ARNs are shortened", Screen{Width: 60}, result(names, day...),
			[]string{
				"all rows: times 2026-03-02 UTC, actor deploy-bot,",
				"    sourceIPAddress 203.0.113.77, nothing in error",
				"event     eventName               resource",
				"Time",
				"--------  ----------------------  --------",
				"21:00:01  AttachRolePolicy        …/reader",
				"21:00:02  UpdateAssumeRolePolicy  …/writer",
				"21:00:05  UpdateAssumeRolePolicy  …/writer",
			},
		},
		{
			"but not so that two become one", Screen{Width: 36},
			result("n|resource", []any{int64(1), role + "reader"}, []any{int64(2), "arn:aws:iam::111122223333:user/reader"}),
			[]string{
				"n  resource",
				"-  -----------------",
				"1  arn:…:role/reader",
				"2  arn:…:user/reader",
			},
		},
		{
			"nor of two accounts", Screen{Width: 38},
			result("n|resource", []any{int64(1), role + "reader"}, []any{int64(2), "arn:aws:iam::444455556666:role/reader"}),
			[]string{
				"n  resource",
				"-  -----------------------------------",
				"1  arn:aws:iam::111122223333:role/",
				"   reader",
				"2  arn:aws:iam::444455556666:role/",
				"   reader",
			},
		},
		{
			"a resource by its name and its ARN is there once", Screen{Width: 40},
			result("n|resource", []any{int64(1), "reader, " + role + "reader"}, []any{int64(2), "reader"}),
			[]string{
				"n  resource",
				"-  --------",
				"1  reader",
				"2  reader",
			},
		},
		{
			"a day stands once where the first column is in order", Screen{Width: 48},
			result("eventTime|actor|resource",
				[]any{at("2025-12-31T23:59:59Z"), "ops-admin", "logs-of-the-archive-1"},
				[]any{at("2025-12-31T23:59:59.5Z"), "ops-admin-2", "logs-of-the-archive-2"},
				[]any{at("2026-01-01T00:00:00Z"), "ops-admin", "logs-of-the-archive-1"},
				[]any{at("2026-01-01T00:00:01Z"), "ops-admin", "logs-of-the-archive-1"}),
			[]string{
				"eventTime   actor        resource",
				"----------  -----------  ---------------------",
				"2025-12-31 UTC",
				"23:59:59    ops-admin    logs-of-the-archive-1",
				"23:59:59.5  ops-admin-2  logs-of-the-archive-2",
				"2026-01-01 UTC",
				"00:00:00    ops-admin    logs-of-the-archive-1",
				"00:00:01    ops-admin    logs-of-the-archive-1",
			},
		},
		{
			"else the year", Screen{Width: 50},
			result("actor|first|last",
				[]any{"ops-admin", at("2026-01-31T23:59:59Z"), at("2026-03-02T00:00:00Z")},
				[]any{"intern", at("2026-02-01T00:00:00Z"), nil},
				[]any{"support", at("2026-02-01T00:00:00Z"), at("2026-03-03T00:00:00Z")}),
			[]string{
				"all rows: times 2026 UTC",
				"actor      first           last",
				"---------  --------------  --------------",
				"ops-admin  01-31 23:59:59  03-02 00:00:00",
				"intern     02-01 00:00:00",
				"support    02-01 00:00:00  03-03 00:00:00",
			},
		},
		{
			"each in its zone", Screen{Width: 40, Zone: time.FixedZone("", 2*3600)},
			result("eventTime|resource", []any{at("2026-03-02T22:30:00Z"), "a-name-of-25-characters-1"}, []any{at("2026-03-02T23:30:00Z"), "a-name-of-25-characters-2"}),
			[]string{
				"all rows: times 2026-03-03 +02:00",
				"eventTime  resource",
				"---------  -------------------------",
				"00:30:00   a-name-of-25-characters-1",
				"01:30:00   a-name-of-25-characters-2",
			},
		},
		{
			"what is longer goes on below, and where words end", Screen{Width: 40},
			result("eventName|errorMessage", []any{"GetObject", "User: intern is not authorized to perform: s3:GetObject"}, []any{"PutObject", strings.Repeat("x", 40)}),
			[]string{
				"eventName  errorMessage",
				"---------  -----------------------------",
				"GetObject  User: intern is not",
				"           authorized to perform:",
				"           s3:GetObject",
				"PutObject  " + strings.Repeat("x", 29),
				"           " + strings.Repeat("x", 11),
			},
		},
		{
			"of what is much longer the middle is left out", Screen{Width: 24},
			result("a|n", []any{"begin" + strings.Repeat("x", 1000) + "end", int64(1)}, []any{"x", int64(2)}),
			[]string{
				"a                      n",
				"---------------------  -",
				"beginxxxxxxxxxxxxxxxx  1",
				strings.Repeat("x", 21),
				strings.Repeat("x", 21),
				"xxx…" + strings.Repeat("x", 17),
				"xxxxxxxxxxxxend",
				"x                      2",
			},
		},
		{
			"columns without room stand below the row", Screen{Width: 40},
			result("accessKeyId|owner|events|agent|errors",
				[]any{"AKIAIOSFODNN7EXAMPLE", "deploy-bot", int64(50), "aws-cli/2.15 error: none", int64(3)},
				[]any{"AKIAI44QH8DHBEXAMPLE", "intern", int64(7), nil, int64(0)}),
			[]string{
				"accessKeyId           owner       events",
				"--------------------  ----------  ------",
				"AKIAIOSFODNN7EXAMPLE  deploy-bot      50",
				`    agent: "aws-cli/2.15 error: none"`,
				"    errors: 3",
				"AKIAI44QH8DHBEXAMPLE  intern           7",
				"    errors: 0",
			},
		},
		{
			"and what most rows have there is said once", Screen{Width: 36},
			result("accessKeyId|owner|errors|agent",
				[]any{"AKIAIOSFODNN7EXAMPLE", "deploy-bot", int64(0), "boto3"},
				[]any{"AKIAI44QH8DHBEXAMPLE", "intern", int64(12), "boto3"},
				[]any{"AKIAIOSFODNN8EXAMPLE", "support", int64(0), nil},
				[]any{"AKIAIOSFODNN9EXAMPLE", "support", int64(0), "boto3"}),
			[]string{
				"unless a row says otherwise:",
				"    errors 0, agent boto3",
				"accessKeyId           owner",
				"--------------------  ----------",
				"AKIAIOSFODNN7EXAMPLE  deploy-bot",
				"AKIAI44QH8DHBEXAMPLE  intern",
				"    errors: 12",
				"AKIAIOSFODNN8EXAMPLE  support",
				"    agent: (none)",
				"AKIAIOSFODNN9EXAMPLE  support",
			},
		},
		{
			"what is aside is left out, and services are shortened", Screen{Width: 40, Aside: []string{"userAgent", "absent"}},
			result("eventName|userAgent|eventSource",
				[]any{"StopLogging", strings.Repeat("x", 30), "cloudtrail.amazonaws.com"}, []any{"PutObject", "y", "s3.amazonaws.com"}),
			[]string{
				"no room for: userAgent",
				"eventName    event",
				"             Source",
				"-----------  ----------",
				"StopLogging  cloudtrail",
				"PutObject    s3",
			},
		},
		{
			"one row has a line for each column", Screen{Width: 38}, result(names, day[0]),
			[]string{
				"eventTime        2026-03-02T21:00:01Z",
				"eventName        AttachRolePolicy",
				"actor            deploy-bot",
				"resource         arn:aws:iam::",
				"                 111122223333:role/",
				"                 service/reader",
				"error",
				"sourceIPAddress  203.0.113.77",
			},
		},
		{
			"no row at all", Screen{Width: 24}, result("eventName|eventTime|awsRegion"),
			[]string{
				"event  event  aws",
				"Name   Time   Region",
				"-----  -----  ------",
			},
		},
		{
			"steps in which nothing happened", Screen{Width: 80},
			result("start|events|chart",
				[]any{at("2026-03-02T00:00:00Z"), int64(2), "██"}, []any{at("2026-03-02T01:00:00Z"), int64(0), ""},
				[]any{at("2026-03-02T02:00:00Z"), int64(0), ""}, []any{at("2026-03-02T03:00:00Z"), int64(1), "█"},
				[]any{at("2026-03-02T04:00:00Z"), int64(0), ""}, []any{at("2026-03-02T05:00:00Z"), int64(0), ""},
				[]any{at("2026-03-02T06:00:00Z"), int64(0), ""}, []any{at("2026-03-02T07:00:00Z"), int64(1), "█"}),
			[]string{
				"start                 events  chart",
				"--------------------  ------  -----",
				"2026-03-02T00:00:00Z       2  ██",
				"2026-03-02T01:00:00Z       0",
				"2026-03-02T02:00:00Z       0",
				"2026-03-02T03:00:00Z       1  █",
				"2026-03-02T04:00:00Z to 2026-03-02T06:00:00Z: nothing (3 rows)",
				"2026-03-02T07:00:00Z       1  █",
			},
		},
		{
			"wide says all of it", Screen{Width: 20, Wide: true}, result("eventName|actor|error", []any{"StopLogging", "intern", nil}, []any{"StopLogging", "intern", nil}),
			[]string{
				"eventName    actor   error",
				"-----------  ------  -----",
				"StopLogging  intern",
				"StopLogging  intern",
			},
		},
		{
			"columns, as they are asked for", Screen{Columns: []string{"ACTOR", "eventName"}}, result("eventName|error|actor", []any{"StopLogging", "x", "intern"}),
			[]string{
				"actor   eventName",
				"------  -----------",
				"intern  StopLogging",
			},
		},
		{
			"colours", Screen{Colour: true}, result("eventName|error|errors", []any{"StopLogging", "AccessDenied", int64(1)}, []any{"GetTrail", nil, int64(0)}),
			[]string{
				"eventName    error         errors",
				"-----------  ------------  ------",
				"\x1b[33mStopLogging\x1b[0m  \x1b[31mAccessDenied\x1b[0m       \x1b[31m1\x1b[0m",
				"GetTrail                        0",
			},
		},
	} {
		var b strings.Builder
		if _, err := Write(&b, c.r, FormatTable, c.screen); err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(c.want, "\n") + "\n"; b.String() != want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, b.String(), want)
		}
	}
}

func TestUnknownColumn(t *testing.T) {
	var b strings.Builder
	r := result("eventName|actor", []any{"StopLogging", "intern"})
	_, err := Write(&b, r, FormatCSV, Screen{Columns: []string{"eventname", "acter"}})
	if err == nil || err.Error() != `there is no column "acter", did you mean actor?` || b.Len() > 0 || r.closed != 1 {
		t.Errorf("%v, wrote %q, closed %d times", err, b.String(), r.closed)
	}
}

// What a caller of the API wrote cannot look like another column: text that stands among
// other values of its line is quoted, and a quote in it is not its end.
func TestLayoutHostile(t *testing.T) {
	r := result("accessKeyId|agent|error",
		[]any{"AKIAIOSFODNN7EXAMPLE", "boto3", nil},
		[]any{"AKIAI44QH8DHBEXAMPLE", `x" error: none  "`, "Denied"},
		[]any{"AKIAIOSFODNN8EXAMPLE", "curl", nil})
	got := written(t, r, FormatTable, 36)
	if !strings.Contains(got, `agent: "x\" error: none  \""`+"\n    error: Denied") {
		t.Error(got)
	}
}

// Rows that differ are written so that they differ, at whatever width.
func FuzzLayout(f *testing.F) {
	f.Add("arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:role/a", "x", uint8(8))
	f.Add("reader, arn:aws:iam::111122223333:role/reader", "reader", "", uint8(0))
	f.Add("a b", "a  b", "日本語", uint8(30))
	f.Add("…/a", "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:user/a", uint8(1))
	f.Fuzz(func(t *testing.T, a, b, c string, extra uint8) {
		blank := strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ") // at ends of lines it is not seen
		if len(a)+len(b)+len(c) > 60 || blank || strings.Contains(a, "arn:") != strings.Contains(b, "arn:") {
			return // the middle of what is long is left out, and a name stands for its ARN
		}
		width := minColumnWidth + int(extra)
		r := &fakeResult{columns: []schema.ResultColumn{{Name: "n"}, {Name: "a"}, {Name: "b"}, {Name: "c"}}}
		for _, text := range []string{a, b} {
			r.rows = append(r.rows, []any{int64(7), text, c, a})
		}
		lines := strings.Split(written(t, r, FormatTable, width), "\n")
		var first []string
		for i, line := range lines {
			if uniseg.StringWidth(line) > width {
				t.Errorf("%d columns, terminal %d: %q", uniseg.StringWidth(line), width, line)
			}
			if first == nil && strings.HasPrefix(line, "-") && strings.Trim(line, "- ") == "" {
				first = lines[i+1 : len(lines)-1]
			}
		}
		if n := len(first); n > 0 && n%2 == 0 && strings.Join(first[:n/2], "\n") == strings.Join(first[n/2:], "\n") {
			t.Errorf("%q and %q look alike:\n%s", a, b, strings.Join(lines, "\n"))
		}
	})
}
