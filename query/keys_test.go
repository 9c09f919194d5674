package query

import (
	"testing"

	"trailbox/schema"
)

// The report of access keys, in CSV without the header: a key that was never used is there,
// and what became of each by whatever the filter leaves out.
func TestAccessKeys(t *testing.T) {
	const id, asked, answered = "userIdentity.", "requestParameters", "responseElements"
	at := func(minute, name string, others ...string) leaves {
		return leaves{
			"eventTime": "2026-03-02T10:" + minute + ":00Z", "eventName": name, "eventSource": "iam.amazonaws.com",
			"recipientAccountId": "111122223333", "sourceIPAddress": "198.51.100.7", "userAgent": "cli", "position": minute,
			id + "type": "IAMUser", id + "userName": "admin", id + "accountId": "111122223333", id + "accessKeyId": "AKIAADMIN",
		}.with(others...)
	}
	made := func(minute, key, user string, others ...string) leaves {
		return at(minute, "CreateAccessKey", asked, `{"userName":"`+user+`"}`,
			answered, `{"accessKey":{"userName":"`+user+`","accessKeyId":"`+key+`","status":"Active"}}`).with(others...)
	}
	assumed := func(minute, key, session string, others ...string) leaves {
		return at(minute, "AssumeRole", "eventSource", "sts.amazonaws.com", asked, `{"roleArn":"arn:aws:iam::111122223333:role/path/Deploy","roleSessionName":"`+session+`"}`,
			answered, `{"credentials":{"accessKeyId":"`+key+`"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/Deploy/`+session+`"}}`).with(others...)
	}
	session := func(minute, key, session string, others ...string) leaves {
		return at(minute, "GetUser", id+"type", "AssumedRole", id+"userName", "", id+"accessKeyId", key,
			id+"arn", "arn:aws:sts::111122223333:assumed-role/Deploy/"+session, id+"sessionContext.sessionIssuer.userName", "Deploy").with(others...)
	}
	life := []leaves{
		made("00", "AKIAUSED", "bot"),
		made("01", "AKIANEVERUSED", "bot"),
		made("02", "AKIADELETED", "clerk"),
		at("03", "GetUser", id+"userName", "bot", id+"accessKeyId", "AKIAUSED"),
		at("04", "UpdateAccessKey", asked, `{"accessKeyId":"AKIAUSED","status":"Inactive","userName":"bot"}`),
		at("05", "UpdateAccessKey", asked, `{"accessKeyId":"AKIAUSED","status":"Active","userName":"bot"}`, "errorCode", "AccessDenied"),
		at("06", "UpdateAccessKey", asked, `{"accessKeyId":"AKIADELETED","status":"Inactive","userName":"clerk"}`),
		at("07", "DeleteAccessKey", asked, `{"accessKeyId":"AKIADELETED","userName":"clerk"}`),
		at("08", "DeleteAccessKey", asked, `{"accessKeyId":"AKIAOLD"}`), // its own, made before the archive begins
		at("09", "DeleteAccessKey", asked, `{"accessKeyId":"AKIAUSED"}`, "errorCode", "NoSuchEntityException"),
		at("10", "CreateAccessKey", asked, `null`, "errorCode", "LimitExceededException"),
		at("11", "CreateAccessKey", asked, `{"userName":"\ud800"}`, answered, `{"accessKey":`),     // no JSON
		at("12", "UpdateAccessKey", asked, `{"accessKeyId":{"a":["AKIA"]},"status":["Inactive"]}`), // no key either
		at("13", "GetUser", id+"userName", "bot", id+"accessKeyId", "AKIAUSED", "errorCode", "AccessDenied", "sourceIPAddress", "203.0.113.9"),
		assumed("20", "ASIAONE", "s1"),
		assumed("21", "ASIATWO", "s2", id+"type", "AWSService", id+"userName", "", id+"invokedBy", "ec2.amazonaws.com", id+"accessKeyId", ""),
		assumed("22", "ASIADENIED", "s3", "errorCode", "AccessDenied"),
		session("23", "ASIAONE", "s1"), session("24", "ASIAONE", "s1", "userAgent", "sdk"),
		at("25", "GetUser", id+"accessKeyId", "ASIACONSOLE", id+"sessionContext.attributes.creationDate", "2026-03-02T08:00:00Z"),
		// Both within a second: made comes before deleted, whatever their ids are.
		made("30", "AKIABRIEF", "bot", "eventID", "22222222-2222-4222-8222-222222222222"),
		at("30", "DeleteAccessKey", asked, `{"accessKeyId":"AKIABRIEF","userName":"bot"}`, "eventID", "11111111-1111-4111-8111-111111111111", "file", "2"),
	}
	const used, never, deleted, old, brief = `AKIAUSED,long-term,bot,Inactive,2026-03-02T10:04:00Z,2026-03-02T10:00:00Z,admin,`,
		"AKIANEVERUSED,long-term,bot,Active,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z,admin,0,0,0,0,,\n",
		"AKIADELETED,long-term,clerk,deleted,2026-03-02T10:07:00Z,2026-03-02T10:02:00Z,admin,0,0,0,0,,\n",
		"AKIAOLD,long-term,admin,deleted,2026-03-02T10:08:00Z,,,0,0,0,0,,\n",
		"AKIABRIEF,long-term,bot,deleted,2026-03-02T10:30:00Z,2026-03-02T10:30:00Z,admin,0,0,0,0,,\n"
	const usedAt = ",2026-03-02T10:03:00Z,2026-03-02T10:13:00Z\n"
	const one = "ASIAONE,temporary,Deploy/s1,,,2026-03-02T10:20:00Z,admin,2,0,1,2,2026-03-02T10:23:00Z,2026-03-02T10:24:00Z\n"
	const two = "ASIATWO,temporary,Deploy/s2,,,2026-03-02T10:21:00Z,ec2.amazonaws.com,0,0,0,0,,\n"
	const console = "ASIACONSOLE,temporary,admin,,,2026-03-02T08:00:00Z,,1,0,1,1,2026-03-02T10:25:00Z,2026-03-02T10:25:00Z\n"
	pattern := func(text string) (m Match) {
		if err := m.Add(text, nil); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, test := range []struct {
		name   string
		filter Filter
		want   string
	}{
		{
			"all", Filter{},
			"AKIAADMIN,long-term,admin,(unknown),,,,16,4,1,1,2026-03-02T10:00:00Z,2026-03-02T10:30:00Z\n" + used + "2,1,2,1" + usedAt + brief + deleted + never + old +
				`"{""a"":[""AKIA""]}",other,admin,,,,,0,0,0,0,,` + "\n" +
				"(2 temporary keys),temporary,Deploy,,,2026-03-02T10:20:00Z,(2 actors),2,0,1,2,2026-03-02T10:23:00Z,2026-03-02T10:24:00Z\n" + console,
		},
		// What was before is still known, and so is what came after.
		{"since its last use", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:13:00Z"), Until: utc("2026-03-02T10:14:00Z")}}, used + "1,1,1,1" + usedAt},
		{"until it was used", Filter{Scope: schema.Scope{Until: utc("2026-03-02T10:01:30Z")}, AccessKey: pattern("!AKIAADMIN")}, never + used + "0,0,0,0" + usedAt},
		{"by an address", Filter{SourceIP: Is("203.0.113.9")}, used + "1,1,1,1" + usedAt},
		// A key is found by itself, whoever's key has changed it.
		{"a key that was never used", Filter{AccessKey: Is("AKIANEVERUSED")}, never},
		{"by actor, which a key is as well", Filter{Actor: Is("AKIANEVERUSED")}, never},
		{"deleted", Filter{EventName: Is("DeleteAccessKey"), AccessKey: pattern("!AKIAADMIN")}, brief + deleted + old},
		{"temporary ones, asked for", Filter{AccessKey: pattern("ASIA*")}, one + console + two},
		{"one of them", Filter{AccessKey: Is("ASIATWO")}, two},
	} {
		t.Run(test.name, func(t *testing.T) { checkReport(t, "access-keys", life, test.filter, test.want) })
	}
}
