package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Names are completed from events of their own kind, each once, in order, not too many.
func TestKnownNames(t *testing.T) {
	event := func(n int, others ...string) leaves {
		return leaves{"eventTime": "2026-03-02T10:00:00Z", "requestID": fmt.Sprint(n)}.with(others...)
	}
	role := "userIdentity.sessionContext.sessionIssuer.userName"
	store := storeOf(t, []leaves{
		event(1, "recipientAccountId", "111122223333", "awsRegion", "us-east-1", "eventName", "GetUser", "eventSource", "iam.amazonaws.com",
			"userIdentity.type", "IAMUser", "userIdentity.userName", "intern"),
		event(2, "userIdentity.accountId", "111144445555", "awsRegion", "us-west-2", "eventName", "GetUser", "eventSource", "iam.amazonaws.com",
			"userIdentity.type", "AssumedRole", "userIdentity.arn", "arn:aws:sts::111144445555:assumed-role/AdminRole/support", role, "AdminRole"),
		event(3, "eventName", "GetObject", "eventSource", "s3.amazonaws.com", "userIdentity.type", "IAMUser", "userIdentity.userName", "internal@example.com"),
	})
	for _, test := range []struct {
		kind  NameKind
		typed string
		most  int
		want  string
	}{
		{AccountName, "", 9, "111122223333 111144445555"},
		{AccountName, "11112", 9, "111122223333"},
		{RegionName, "us-", 9, "us-east-1 us-west-2"},
		{RegionName, "eu-", 9, ""},
		{ActorName, "intern", 9, "intern internal@example.com"},
		{ActorName, "Admin", 9, "AdminRole AdminRole/support"},
		{EventName, "", 9, "GetObject GetUser"},
		{EventName, "", 1, "GetObject"},
		{EventName, "get", 9, ""},
		{EventName, "Get%", 9, ""},
		{EventSourceName, "s", 9, "s3.amazonaws.com"},
		{"something else", "", 9, ""},
	} {
		got, err := KnownNames(t.Context(), store, test.kind, test.typed, test.most)
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%s %q: %q, %v", test.kind, test.typed, got, err)
		}
	}
}

// No name that is offered has anything in it that shells read.
func TestKnownNamesAreWords(t *testing.T) {
	words := []string{"a", "a_b.c@d/e:f+g=h,i-j", "arn:aws:iam::111122223333:user/x", "7", strings.Repeat("x", 256)}
	others := []string{
		"", " ", "a b", " a", "-a", "--store=x", "~", "~root", "=a", ".", "/etc", ":files", "a\tb", "a\nb", "a\x1b[31m", "a\u202eb", "ä",
		"$(touch pwned)", "`touch pwned`", "a;b", "a|b", "a&b", "a>b", "a<b", "a*", "a?", "a[b]", "a{b,c}", "a'b", `a"b`, `a\b`, "a#b", "a!b", "a^b", "a%b", "a(b)",
		strings.Repeat("x", 257),
	}
	var batch []leaves
	for i, name := range append(slices.Clone(words), others...) {
		batch = append(batch, leaves{
			"eventTime": "2026-03-02T10:00:00Z", "requestID": fmt.Sprint(i),
			"recipientAccountId": name, "awsRegion": name, "eventName": name, "eventSource": name,
			"userIdentity.type": "IAMUser", "userIdentity.userName": name,
		})
	}
	store := storeOf(t, batch)
	slices.Sort(words)
	for _, kind := range []NameKind{AccountName, RegionName, ActorName, EventName, EventSourceName} {
		got, err := KnownNames(t.Context(), store, kind, "", 99)
		if err != nil || !slices.Equal(got, words) {
			t.Errorf("%s: %q, %v", kind, got, err)
		}
	}
}
