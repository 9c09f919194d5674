package query

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
)

// A filter's text means values, patterns, what is not wanted, and the lines of a file; what
// means nothing is told.
func TestMatchAdd(t *testing.T) {
	files := map[string]string{
		"list": "\ufeffa\r\n# of an incident\n\n  b c \n!d\n=*\n*e*", "empty": "# nothing\n\n", "odd": "!",
	}
	read := func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}
	for _, test := range []struct{ text, want string }{
		{"a", "a"},
		{"a,b", "a b"},
		{" a , b ", "a b"},
		{`a\,b`, `a,b`},
		{`a\*b`, `a*b`},
		{`a\\b`, `a\b`},
		{`a\`, `a\`},
		{`a,b\`, `a b\`},
		{"*a", "*a~"},
		{`\**`, `\**~`},
		{"!a", "!a"},
		{"!a,b", "!a b"},
		{"!*a", "!*a~"},
		{`\!a`, "!a="},
		{"=a,b*", "a,b*"},
		{"!=a*", "!a*"},
		{"=!a", "!a="},
		{"@list", "a b c !d * *e*~"},
		{`\@list`, "@list"},
		{"a=b", "a=b"},
		{"a+b@c", "a+b@c"},
	} {
		var m Match
		if err := m.Add(test.text, read); err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var got []string
		for _, term := range m.terms() {
			text := term.text
			if term.not {
				text = "!" + text
			} else if strings.HasPrefix(text, "!") {
				text += "=" // it is the value's own
			}
			if term.pattern {
				text += "~"
			}
			got = append(got, text)
		}
		if m.parts[0].err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, %v, want %s", test.text, got, m.parts[0].err, test.want)
		}
	}
	for _, text := range []string{"=", "!", "a,,b", "a,", ",", "@none", "@empty", "@odd", "!="} {
		var m Match
		err := m.Add(text, read)
		if err == nil { // unless there is a value that is just this
			err = (&Filter{Actor: m}).Settle(t.Context(), nil)
		}
		if err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// What the filters let through is what a plain reading of their values says, for each filter.
func TestMatchCondition(t *testing.T) {
	values := []string{
		"alice", "Alice", "bob", "bob,alice", "bo*b", `a\b`, "@list", "!alice", "=x", "203.0.113.7", "203.0.113.77", "203.0.114.1", "2001:db8::1", "2001:db8:0:0:0:0:0:2",
		"s3.amazonaws.com", "s3-outposts.amazonaws.com", "AWS Internal", "line\nbreak", "a.b", "axb", "ünï",
	}
	var all []leaves
	for i, value := range values {
		all = append(all, leaves{
			"requestID": fmt.Sprint(i), "recipientAccountId": value, "awsRegion": value, "userIdentity.type": "IAMUser", "userIdentity.userName": value,
			"userIdentity.accountId": value, "eventName": value, "eventSource": value, "sourceIPAddress": value, "userIdentity.accessKeyId": value, "userAgent": value, "errorCode": value,
			"touched": strings.ReplaceAll(value, "\n", " "),
		})
	}
	all = append(all, leaves{"requestID": "none"})
	store := storeOf(t, all)
	for _, test := range []struct {
		text string
		want []string // values; none for the event without any
	}{
		{"alice", []string{"alice"}},
		{"alice,bob", []string{"alice", "bob"}},
		{"a*", []string{"alice", "a.b", "axb", `a\b`}},
		{"a.b", []string{"a.b"}},
		{"a.*", []string{"a.b"}},
		{"*b", []string{"bob", "bo*b", `a\b`, "a.b", "axb"}},
		{`bo\*b`, []string{"bo*b"}},
		{"*ï", []string{"ünï"}},
		{"line*", []string{"line\nbreak"}},
		{"!*", []string{"none"}},
		{"a*,!alice", []string{"a.b", "axb", `a\b`}},
		{"=bob,alice", []string{"bob,alice"}},
		{"=bo*b", []string{"bo*b"}},
	} {
		for _, m := range new(Filter).matches() {
			var f Filter
			i := slices.IndexFunc(f.matches(), func(o matched) bool { return o.name == m.name })
			if err := f.matches()[i].Add(test.text, os.ReadFile); err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(test.want)
			fold := columns()[m.name].fold
			if fold && slices.Contains(want, "alice") { // and its other spelling
				want = append(want, "Alice")
			}
			if fold && strings.HasPrefix(test.text, "a*") {
				want = append(want, "AWS Internal", "Alice")
				if strings.Contains(test.text, "!alice") {
					want = slices.DeleteFunc(want, func(value string) bool { return value == "Alice" })
				}
			}
			var wanted []string
			for i, value := range values {
				if m.name == "resource" {
					value = strings.ReplaceAll(value, "\n", " ")
				}
				if slices.Contains(want, value) || m.name == "resource" && value == "line break" && test.text == "line*" {
					wanted = append(wanted, fmt.Sprint(i))
				}
			}
			if slices.Contains(want, "none") {
				wanted = append(wanted, "none")
			}
			slices.Sort(wanted)
			got := strings.Fields(found(t, store, f))
			slices.Sort(got)
			if !slices.Equal(got, wanted) {
				t.Errorf("--%s %s: found %q, want %q", m.flag, test.text, got, wanted)
			}
		}
	}
	for text, want := range map[string]string{
		"203.0.113.0/24": "9 10", "203.0.113.7": "9", "203.0.0.0/16,!203.0.113.7": "10 11", "203.0.113.7*": "9 10",
		"2001:db8::/32": "12 13", "2001:DB8::2": "13", "2001:db8::1": "12", "=2001:DB8::1": "", "AWS Internal": "16", "203.0.113.7,2001:db8::1": "9 12",
	} {
		var f Filter
		if err := f.SourceIP.Add(text, os.ReadFile); err != nil {
			t.Fatal(err)
		}
		got := strings.Fields(found(t, store, f))
		slices.SortFunc(got, func(a, b string) int { return len(a) - len(b) })
		if wanted := strings.Fields(want); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(wanted))) {
			t.Errorf("--source-ip %s: found %q, want %q", text, got, want)
		}
	}
	var s3 Filter
	if err := s3.EventSource.Add("s3", os.ReadFile); err != nil || found(t, store, s3) != "14" {
		t.Errorf("--event-source s3: %v, found %q", err, found(t, store, s3))
	}

	// What exists as it was typed is meant so.
	for text, want := range map[string]string{"bob,alice": "3", "bo*b": "4", "!alice": "7", "@list": "6", `a\b`: "5"} {
		var f Filter
		if err := f.Actor.Add(text, os.ReadFile); err != nil {
			t.Fatal(err)
		}
		if err := f.Settle(t.Context(), store); err != nil || found(t, store, f) != want {
			t.Errorf("--actor %s: %v, found %q, want %s", text, err, found(t, store, f), want)
		}
	}
}

// What the report user-agents calls an agent is one to the filter.
func TestMatchAgents(t *testing.T) {
	store := storeOf(t, []leaves{{"requestID": "1", "userAgent": "[cli/1]"}, {"requestID": "2", "userAgent": "cli/1"}, {"requestID": "3", "userAgent": "[]"}})
	for text, want := range map[string]string{"cli/1": "1 2", "[cli/1]": "1", "cli/*": "1 2", "!cli/1": "3"} {
		var f Filter
		if err := f.UserAgent.Add(text, os.ReadFile); err != nil {
			t.Fatal(err)
		}
		if err := f.Settle(t.Context(), store); err != nil || found(t, store, f) != want {
			t.Errorf("--user-agent %s: %v, found %q, want %s", text, err, found(t, store, f), want)
		}
		if misses, err := f.Misses(t.Context(), store); err != nil || len(misses) != 0 {
			t.Errorf("--user-agent %s: %v, %v", text, misses, err)
		}
	}
}

// A resource is found by whatever name of it, and no other that goes by the same name in
// another account or Region; in a list as alone.
func TestMatchResources(t *testing.T) {
	things := [][]string{ // the event's account and Region, and what it has touched
		{"111122223333 eu-west-1 AWS::S3::Bucket logs", "444455556666 us-east-1 AWS::S3::Bucket arn:aws:s3:::logs"},
		{"111122223333 us-east-1 AWS::IAM::Role audit", "444455556666 us-east-1 AWS::IAM::Role arn:aws:iam::111122223333:role/path/audit", "111122223333 us-east-1 arn:aws:iam::111122223333:role/audit"},
		{"444455556666 us-east-1 AWS::IAM::Role audit"},
		{"111122223333 us-east-1 AWS::IAM::User audit", "111122223333 us-east-1 arn:aws:iam::111122223333:user/audit"},
		{"111122223333 eu-west-1 AWS::KMS::Key 11111111-1111-4111-8111-111111111111", "111122223333 eu-west-1 AWS::KMS::Key arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-4111-8111-111111111111"},
		{"111122223333 eu-west-1 AWS::EC2::Instance i-0123456789abcdef0", "111122223333 eu-west-1 i-0123456789abcdef0", "111122223333 eu-west-1 arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"},
		{"111122223333 eu-west-1 AWS::Lambda::Function f", "111122223333 eu-west-1 AWS::Lambda::Function 111122223333:function:f", "111122223333 eu-west-1 arn:aws:lambda:eu-west-1:111122223333:function:f:7"},
		{"111122223333 us-east-1 AWS::Lambda::Function f"},
		{"111122223333 eu-west-1 AWS::Lambda::LayerVersion f", "111122223333 eu-west-1 arn:aws:lambda:eu-west-1:111122223333:layer:f:2"},
		{"111122223333 eu-west-1 AWS::SecretsManager::Secret db/main", "111122223333 eu-west-1 AWS::SecretsManager::Secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-aB12xy"},
		{"111122223333 eu-west-1 AWS::SQS::Queue https://sqs.eu-west-1.amazonaws.com/111122223333/q", "444455556666 eu-west-1 AWS::SQS::Queue arn:aws:sqs:eu-west-1:111122223333:q"},
		{"111122223333 eu-west-1 AWS::SSM::Parameter /a/b", "111122223333 eu-west-1 arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"},
	}
	arns := []string{
		"arn:aws:s3:::logs", "arn:aws:iam::111122223333:role/audit", "arn:aws:iam::444455556666:role/x/audit", "arn:aws:iam::111122223333:user/audit",
		"arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-4111-8111-111111111111", "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0",
		"arn:aws:lambda:eu-west-1:111122223333:function:f", "arn:aws:lambda:us-east-1:111122223333:function:f", "arn:aws:lambda:eu-west-1:111122223333:layer:f",
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-aB12xy", "https://sqs.eu-west-1.amazonaws.com/111122223333/q", "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b",
	}
	var all []leaves
	of := make([][]string, len(things))
	for i, names := range things {
		for _, name := range names {
			account, rest, _ := strings.Cut(name, " ")
			region, touched, _ := strings.Cut(rest, " ")
			id := fmt.Sprintf("%02d", len(all))
			of[i] = append(of[i], id)
			all = append(all, leaves{"requestID": id, "recipientAccountId": account, "awsRegion": region, "touched": touched})
		}
	}
	store := storeOf(t, all)
	named := map[string]string{ // a name is not of one account or Region
		"logs": strings.Join(of[0], " "), "audit": strings.Join(slices.Concat(of[1], of[2], of[3]), " "), "11111111-1111-4111-8111-111111111111": strings.Join(of[4], " "),
		"i-0123456789abcdef0": strings.Join(of[5], " "), "f": strings.Join(slices.Concat(of[6], of[7], of[8]), " "), "db/main": strings.Join(of[9], " "), "q": strings.Join(of[10], " "),
		"/a/b": strings.Join(of[11], " "), "role/path/audit": of[1][1], "nothing": "",
	}
	for i, arn := range arns {
		named[arn] = strings.Join(of[i], " ")
	}
	for name, want := range named {
		for _, f := range []Filter{{Resource: Is(name)}, {Resource: Is(name, "arn:aws:s3:::other", "another")}} {
			if got := found(t, store, f); got != want {
				t.Errorf("%q: found %q, want %q", f.Resource.names(), got, want)
			}
		}
	}
	var pattern Filter
	if err := pattern.Resource.Add("db/*,arn:aws:s3:::lo*", os.ReadFile); err != nil {
		t.Fatal(err)
	}
	if got, want := found(t, store, pattern), of[0][1]+" "+strings.Join(of[9], " "); got != want {
		t.Errorf("a pattern: found %q, want %q", got, want)
	}
}

// Where the store shows which key an alias of KMS stands for, either of them finds both.
func TestMatchAliases(t *testing.T) {
	const one, two = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	event := func(id, touched string) leaves {
		return leaves{"requestID": id, "recipientAccountId": "111122223333", "awsRegion": "eu-west-1", "eventSource": "kms.amazonaws.com", "touched": touched, "position": id}
	}
	store := storeOf(t, []leaves{
		event("1", "AWS::KMS::Alias alias/a\nAWS::KMS::Key "+one), // CreateAlias
		event("2", "AWS::KMS::Key alias/a"), event("3", "AWS::KMS::Key arn:aws:kms:eu-west-1:111122223333:key/"+one),
		event("4", "AWS::KMS::Key alias/moved\nAWS::KMS::Key "+one), event("5", "AWS::KMS::Key alias/moved\nAWS::KMS::Key "+two),
		event("6", "AWS::KMS::Key alias/moved"), event("7", "AWS::KMS::Key alias/a").with("awsRegion", "us-east-1"),
		event("8", "AWS::KMS::Alias alias/b\nAWS::KMS::Key "+two).with("errorCode", "AccessDenied"),
	})
	for text, want := range map[string]string{
		one: "1 2 3 4", "alias/a": "1 2 3 4 7", "arn:aws:kms:eu-west-1:111122223333:alias/a": "1 2 3 4", "arn:aws:kms:us-east-1:111122223333:alias/a": "7",
		two: "5 8", "alias/moved": "4 5 6", "alias/b": "8", "!" + one: "5 6 7 8", one + "," + two: "1 2 3 4 5 8",
	} {
		var f Filter
		if err := f.Resource.Add(text, os.ReadFile); err != nil {
			t.Fatal(err)
		}
		if err := f.Settle(t.Context(), store); err != nil || found(t, store, f) != want {
			t.Errorf("--resource %s: %v, found %q, want %q", text, err, found(t, store, f), want)
		}
	}
	const rows = "AWS::KMS::Key," + one + ",111122223333,eu-west-1,4,0,0,0\nAWS::KMS::Alias,alias/moved,111122223333,eu-west-1,3,0,0,0\n" +
		"AWS::KMS::Key," + two + ",111122223333,eu-west-1,2,0,1,0\nAWS::KMS::Alias,alias/a,111122223333,us-east-1,1,0,0,0\nAWS::KMS::Alias,alias/b,111122223333,eu-west-1,1,0,1,0\n"
	if _, got, _ := strings.Cut(answer(t, store, reportNamed(t, "resources"), Filter{}), "\n"); got != rows {
		t.Errorf("resources:\n%s\nwant:\n%s", got, rows)
	}
}

// What no event could have is refused, with the nearest that exists; what is there is not.
func TestSettleRefuses(t *testing.T) {
	store := storeOf(t, []leaves{{
		"recipientAccountId": "111122223333", "awsRegion": "mars-north-1", "eventSource": "rocketry.amazonaws.com", "sourceIPAddress": "203.0.113.7",
		"userIdentity.type": "IAMUser", "userIdentity.accessKeyId": "short",
	}})
	for _, test := range []struct{ filter, text, nearest string }{
		{"sourceip", "300.1.1.1", ""}, {"sourceip", "203.0.113", "203.0.113.7"}, {"sourceip", "203.0.113.0/33", ""}, {"sourceip", "2001:db8:::1", ""},
		{"account", "11112222333", "111122223333"}, {"account", "admin", ""},
		{"region", "us-esat-1", "us-east-1"}, {"region", "mars-north-2", "mars-north-1"}, {"region", "useast1", "us-east-1"},
		{"eventsource", "dynamo", "dynamodb"}, {"eventsource", "dynmodb.amazonaws.com", "dynamodb"}, {"eventsource", "rockety", "rocketry"},
		{"accesskey", "auditor", ""},
	} {
		var f Filter
		i := slices.IndexFunc(f.matches(), func(o matched) bool { return o.name == test.filter })
		err := f.matches()[i].Add(test.text, os.ReadFile)
		if err == nil {
			err = f.Settle(t.Context(), store)
		}
		var refused *MatchError
		if !errors.As(err, &refused) || test.nearest != "" && refused.Nearest != test.nearest {
			t.Errorf("%s %s: %v (%+v), want the nearest %q", test.filter, test.text, err, refused, test.nearest)
		}
		if err := (&Filter{}).Settle(t.Context(), store); err != nil {
			t.Error(err)
		}
	}
	for filter, text := range map[string]string{
		"sourceip": "203.0.113.*", "account": "1111*", "region": "mars-north-1", "eventsource": "rocketry", "accesskey": "short", "actor": "anything",
	} {
		var f Filter
		i := slices.IndexFunc(f.matches(), func(o matched) bool { return o.name == filter })
		if err := f.matches()[i].Add(text, os.ReadFile); err != nil {
			t.Fatal(err)
		}
		if err := f.Settle(t.Context(), store); err != nil {
			t.Errorf("%s %s: %v", filter, text, err)
		}
	}
}

// A value that no event has is told, with the nearest one that some have.
func TestMisses(t *testing.T) {
	var all []leaves
	for i := range 3 {
		all = append(all, leaves{
			"eventTime": fmt.Sprintf("2026-03-02T10:00:0%dZ", i), "userIdentity.type": "IAMUser", "userIdentity.userName": "jmerckle", "recipientAccountId": "111122223333",
			"eventName": "GetObject", "eventSource": "s3.amazonaws.com", "userIdentity.accessKeyId": "AKIADEPLOYBOTEXAMPLE", "awsRegion": "us-east-1",
			"touched": "AWS::S3::Bucket arn:aws:s3:::audit-reports", "userAgent": "Boto3/1.34", "errorCode": "AccessDenied", "sourceIPAddress": "203.0.113.7",
		})
	}
	store := storeOf(t, all)
	for _, test := range []struct{ filter, text, want string }{
		{"actor", "jmerckl", "jmerckle (3 events)"}, {"actor", "JMERCKLE", "jmerckle (3 events)"}, {"actor", "*MERCK*", "jmerckle (3 events)"},
		{"eventname", "GetObjct", "GetObject (3 events)"}, {"accesskey", "AKIADEPLOYBOTEXAMPLF", "AKIADEPLOYBOTEXAMPLE (3 events)"},
		{"resource", "audit-report", "audit-reports (3 events)"}, {"resource", "reports", "audit-reports (3 events)"}, {"errorcode", "AccesDenied", "AccessDenied (3 events)"},
		{"useragent", "boto3", "Boto3/1.34 (3 events)"}, {"sourceip", "203.0.113.8", "203.0.113.7 (3 events)"},
		{"actor", "somebody else entirely", ""}, {"actor", "jmerckle", "-"}, {"actor", "*merck*", "-"}, {"actor", "!nobody", "-"}, {"actor", "jmerckle,nobody", ""},
	} {
		var f Filter
		i := slices.IndexFunc(f.matches(), func(o matched) bool { return o.name == test.filter })
		if err := f.matches()[i].Add(test.text, os.ReadFile); err != nil {
			t.Fatal(err)
		}
		misses, err := f.Misses(t.Context(), store)
		got := "-"
		if len(misses) == 1 {
			_, got, _ = strings.Cut(misses[0].String(), "did you mean ")
			got = strings.TrimSuffix(got, "?")
		}
		if err != nil || len(misses) > 1 || got != test.want {
			t.Errorf("%s %s: %v, %v, want %q", test.filter, test.text, misses, err, test.want)
		}
	}
}

// An address is in one of many ranges as net/netip says.
func TestMatchRanges(t *testing.T) {
	texts := []string{
		"", "AWS Internal", "cloudtrail.amazonaws.com", "::", ":::", "1::2::3", "10.0.0.1\n", "10.0.0.0", "10.0.0.255", "10.0.1.0", "9.255.255.255", "10.0.0", "10.0.0.256",
		"10.0.0.01", "255.255.255.255", "0.0.0.0", "192.0.2.127", "192.0.2.128", "2001:db8::", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:db8:1::", "1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7:8:9", "::ffff:10.0.0.1", "::ffff:a00:1", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "fe80::1%eth0", "fe80::1", "[::1]", "10.0.0.1/8", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	}
	random := rand.New(rand.NewPCG(1, 2))
	address := func(size int) netip.Addr {
		bytes := make([]byte, size)
		for i := range bytes {
			bytes[i] = []byte{0, 10, 32, 255, byte(random.Uint32())}[random.IntN(5)]
		}
		a, _ := netip.AddrFromSlice(bytes)
		return a
	}
	for i := range 200 {
		texts = append(texts, address(4+12*(i%2)).String())
	}
	var all []leaves
	for i, text := range texts {
		all = append(all, leaves{"requestID": fmt.Sprintf("%03d", i), "sourceIPAddress": text})
	}
	store := storeOf(t, all)
	for _, list := range []string{
		"10.0.0.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32,10.0.0.77/23,10.0.0.0/8,192.0.2.0/25", "2001:db8::1", "255.255.255.255/32,0.0.0.0/32", "::ffff:0:0/96,fe80::/10", "",
	} {
		if list == "" { // many, some within others
			var many []string
			for i := range 300 {
				a := address(4 + 12*(i%2))
				many = append(many, netip.PrefixFrom(a, 4+random.IntN(a.BitLen()-3)).String())
			}
			list = strings.Join(many, ",")
		}
		var f Filter
		if err := f.SourceIP.Add(list, os.ReadFile); err != nil {
			t.Fatal(err)
		}
		var want []string
		for i, text := range texts {
			a, err := netip.ParseAddr(text)
			if err == nil && slices.ContainsFunc(strings.Split(list, ","), func(r string) bool {
				p, err := netip.ParsePrefix(r)
				return err == nil && p.Contains(a) || r == a.String()
			}) {
				want = append(want, fmt.Sprintf("%03d", i))
			}
		}
		if got := found(t, store, f); got != strings.Join(want, " ") {
			t.Errorf("%.80s: found %q, want %q", list, got, want)
		}
	}
}

// What is no event is let through by its names, as events are by their values; a value that
// nothing goes by is told with what is near.
func TestMatchAmong(t *testing.T) {
	names := []string{"Root sign-in", "Keys, many of them", "attack.t1098", "100%"}
	for _, test := range []struct{ given, lets, unmet string }{
		{"root SIGN-in", "Root sign-in", ""},
		{"Keys, many of them", "Keys, many of them", ""}, // one name, not two
		{"*sign*,100%", "Root sign-in|100%", ""},
		{"!attack*", "Root sign-in|Keys, many of them|100%", ""},
		{"attack.t1099", "", "no rule has --rule attack.t1099: did you mean attack.t1098?"},
		{"root sign-in,elsewhere", "Root sign-in", "no rule has --rule elsewhere"},
		{"=attack*", "", "no rule has --rule attack*: did you mean attack.t1098?"},
	} {
		var m Match
		if err := m.Add(test.given, nil); err != nil {
			t.Fatal(err)
		}
		unmet, err := m.Among(names)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, u := range unmet {
			u.Filter = "rule"
			told = append(told, u.String())
		}
		if got := strings.Join(told, "; "); got != test.unmet {
			t.Errorf("%s: %q, not %q", test.given, got, test.unmet)
		}
		var through []string
		for _, name := range names {
			if m.Lets(name) {
				through = append(through, name)
			}
		}
		if got := strings.Join(through, "|"); got != test.lets {
			t.Errorf("%s lets %q through, not %q", test.given, got, test.lets)
		}
	}
	var m Match
	if err := m.Add("!,a", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Among(names); err == nil {
		t.Error("! is no value")
	}
}
