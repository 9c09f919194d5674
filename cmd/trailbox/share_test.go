package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// plantedNames are names, each with the place of a record where it is planted: a text that ends up
// there is found in the record below.
var plantedNames = []struct{ name, record string }{
	{"777700001111", `"recipientAccountId":"%s"`},
	{"777700002222", `"userIdentity":{"type":"IAMUser","accountId":"%s"}`},
	{"777700003333", `"requestParameters":{"accountId":%s}`},
	{"777700004444", `"responseElements":{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/%s/orders"}`},
	{"AKIAPLANTEDKEYAAAAA1", `"userIdentity":{"type":"IAMUser","accessKeyId":"%s"}`},
	{"ASIAPLANTEDKEYAAAAA2", `"responseElements":{"credentials":{"accessKeyId":"%s"}}`},
	{"AKIAPLANTEDKEYAAAAA3", `"errorMessage":"the key %s is not active"`},
	{"AIDAPLANTEDIDAAAAAAA1", `"userIdentity":{"type":"IAMUser","principalId":"%s"}`},
	{"AROAPLANTEDIDAAAAAAA2", `"userIdentity":{"type":"AssumedRole","principalId":"%s:oz-session"}`},
	{"zadie.planted", `"userIdentity":{"type":"AssumedRole","principalId":"AROAPLANTEDIDAAAAAAA3:%s"}`},
	{"yorick-planted", `"userIdentity":{"type":"IAMUser","userName":"%s"}`},
	{"xenia-planted", `"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::777700001111:user/staff/%s"}`},
	{"WandaRolePlanted", `"userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"userName":"%s"}}}`},
	{"viktor-planted", `"userIdentity":{"type":"AssumedRole","sessionContext":{"sourceIdentity":"%s"}}`},
	{"ursula-planted", `"requestParameters":{"roleSessionName":"%s"}`},
	{"tobias.planted", `"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::777700001111:assumed-role/Ops/%s@corp.example.com"}`},
	{"sibyl@planted.example.org", `"requestParameters":{"emailAddress":"%s"}`},
	{"rupert@planted.example.net", `"errorMessage":"no mail to %s, sorry"`},
	{"203.0.113.201", `"sourceIPAddress":"%s"`},
	{"198.51.100.202", `"requestParameters":{"ipPermissions":{"items":[{"ipRanges":{"items":[{"cidrIp":"%s/32"}]}}]}}`},
	{"2001:db8:0:7::203", `"sourceIPAddress":"%s"`},
	{"192.0.2.204", `"errorMessage":"from %s: denied"`},
	{"planted-bucket-one", `"requestParameters":{"bucketName":"%s"}`},
	{"planted-bucket-two", `"resources":[{"ARN":"arn:aws:s3:::%s/a/b"}]`},
	{"planted-bucket-three", `"tlsDetails":{"clientProvidedHostHeader":"%s.s3.eu-west-1.amazonaws.com"}`},
	{"planted-object.csv", `"requestParameters":{"key":"reports/2026/%s"}`},
	{"planted-copy.csv", `"requestParameters":{"x-amz-copy-source":"planted-bucket-one/%s"}`},
	{"quentin-host.planted.internal", `"requestParameters":{"hostname":"%s"}`},
	{"PlantedFunction", `"requestParameters":{"functionName":"arn:aws:lambda:eu-west-1:777700001111:function:%s:7"}`},
	{"planted-table", `"requestParameters":{"tableName":"%s"}`},
	{"planted-secret", `"requestParameters":{"secretId":"arn:aws:secretsmanager:eu-west-1:777700001111:secret:%s-a1B2c3"}`},
	{"PlantedSid", `"requestParameters":{"policyDocument":"{\"Statement\":[{\"Sid\":\"%s\",\"Effect\":\"Allow\"}]}"}`},
	{"planted-principal", `"responseElements":{"role":{"assumeRolePolicyDocument":"%%7B%%22Statement%%22%%3A%%5B%%7B%%22Principal%%22%%3A%%7B%%22AWS%%22%%3A%%22arn%%3Aaws%%3Aiam%%3A%%3A777700001111%%3Aro%%6ce%%2F%s%%22%%7D%%7D%%5D%%7D"}}`},
	{"planted-tag-value", `"requestParameters":{"tags":[{"key":"Owner","value":"%s"}]}`},
	{"planted-tag-key", `"requestParameters":{"groupName":"%s","tags":{"planted-tag-key":"on"}}`},
	{"plantedpassword1", `"requestParameters":{"masterUserPassword":"%s"}`},
	{"planted-provider", `"userIdentity":{"type":"WebIdentityUser","identityProvider":"%s"}`},
	{"vpce-0123456789planted", `"vpcEndpointId":"%s"`},
	{"planted-ticket", `"requestParameters":{"clusterName":"%s"}`},
	{"Ödön Planted", `"requestParameters":{"displayName":"%s"}`},
}

// plantedArchive is a folder with a log file in which each name is planted in its own place, in
// an agent, a message, a text in base64, in the escapes of a URL, and in a member's name.
func plantedArchive(t *testing.T) string {
	t.Helper()
	var records []string
	add := func(call, member string) {
		records = append(records, fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T10:%02d:%02dZ","eventSource":"ec2.amazonaws.com","eventName":%q,"awsRegion":"eu-west-1","eventID":"00000000-0000-4000-8000-%012x",%s}`,
			len(records)/60, len(records)%60, call, len(records), member))
	}
	for _, p := range plantedNames {
		add("RunInstances", fmt.Sprintf(p.record, p.name))
		text, _ := json.Marshal("it is <" + p.name + ">, or " + url.QueryEscape(p.name) + " or (" + strings.ToUpper(p.name) + ")!")
		add("DescribeInstances", fmt.Sprintf(`"errorMessage":%s,"userAgent":%s`, text, text))
		add("DescribeVolumes", fmt.Sprintf(`"requestParameters":{"userData":%q,"a %s":{"n":[1,2.50,null]}}`, base64.StdEncoding.EncodeToString([]byte("run as "+p.name+" now")), p.name))
	}
	folder := t.TempDir()
	name := "AWSLogs/777700001111/CloudTrail/eu-west-1/2026/03/02/777700001111_CloudTrail_eu-west-1_20260302T1005Z_0123456789abcdef.json"
	if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(folder, name), []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	return folder
}

// checkUnnamed checks that none of the names stands in a text, in any case.
func checkUnnamed(t *testing.T, what string, data []byte) {
	t.Helper()
	data = bytes.ToLower(data)
	for _, p := range plantedNames {
		for _, name := range []string{p.name, url.QueryEscape(p.name), base64.StdEncoding.EncodeToString([]byte(p.name))} {
			if at := bytes.Index(data, bytes.ToLower([]byte(name))); at >= 0 {
				t.Errorf("%s has %s: %q", what, name, data[max(0, at-60):min(len(data), at+60)])
			}
		}
	}
}

// everything is all that the tables of a store have, BLOBs as their bytes.
func everything(t *testing.T, store string) (all []byte) {
	t.Helper()
	for _, table := range sqlRows(t, store, "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'") {
		code, out, talk := call(t, "sql", "-q", "-o", "ndjson", "--store", store, `SELECT * FROM "`+table[0]+`"`)
		if code != exitDone {
			t.Fatalf("%s: %d, %s", table[0], code, talk)
		}
		all = append(all, out...)
	}
	return regexp.MustCompile(`"(?:[0-9a-f]{2})+"`).ReplaceAllFunc(all, func(digits []byte) []byte {
		var blob []byte
		fmt.Sscanf(string(digits[1:len(digits)-1]), "%x", &blob)
		return blob
	})
}

func TestShare(t *testing.T) {
	folder, dir := plantedArchive(t), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	store, key := in("store.duckdb"), in("key")
	if code, _, talk := call(t, "ingest", "-q", "--store", store, folder); code != exitDone {
		t.Fatal(talk)
	}
	share := func(dest string, flags ...string) (code int, talk string) {
		code, out, talk := call(t, append([]string{"share", "--store", store, "--key", key, in(dest)}, flags...)...)
		if out != "" {
			t.Errorf("share prints %s", out)
		}
		return code, talk
	}
	for _, dest := range []string{"copy.duckdb", "one.csv", "two.csv", "copy.parquet"} {
		if code, talk := share(dest); code != exitFindings || !strings.Contains(talk, "look at "+in(dest)+".review.csv") {
			t.Fatalf("%s: %d, %s", dest, code, talk)
		}
		for _, name := range []string{dest, dest + ".map.age", dest + ".review.csv"} {
			data, err := os.ReadFile(in(name))
			if err != nil {
				t.Fatal(err)
			}
			checkUnnamed(t, name, data)
		}
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2+4*3 { // with the store and the key
		t.Errorf("there are %v", entries)
	}
	checkUnnamed(t, "the store", everything(t, in("copy.duckdb")))
	checkUnnamed(t, "Parquet", []byte(fmt.Sprint(sqlRows(t, store, "SELECT * FROM '"+in("copy.parquet")+"'", "--allow-files"))))
	one, _ := os.ReadFile(in("one.csv"))
	if two, _ := os.ReadFile(in("two.csv")); !bytes.Equal(one, two) {
		t.Error("two copies with one key differ")
	}
	testShareShape(t, store, in("copy.duckdb"))
	testReveal(t, in("copy.duckdb"), key, store)

	// It is told of what can be told, and nothing is written over.
	for _, flags := range [][]string{{"one.csv"}, {"copy.txt"}, {"copy"}} {
		if code, talk := share(flags[0]); code != exitUsage {
			t.Errorf("%v: %d, %s", flags, code, talk)
		}
	}
	if code, talk := share("none.duckdb", "--event-name", "StopLogging"); code != exitFindings || !strings.Contains(talk, "no copy was made") {
		t.Errorf("%d, %s", code, talk)
	}
	if _, err := os.Stat(in("none.duckdb")); err == nil {
		t.Error("a copy of nothing is there")
	}
	if code, talk := share("some.duckdb", "--event-name", "RunInstances", "--user", "yorick-planted"); code != exitDone {
		t.Errorf("%d, %s", code, talk)
	}
	checkUnnamed(t, "a copy of some", everything(t, in("some.duckdb")))
	if rows := sqlRows(t, in("some.duckdb"), "SELECT count(*), any_value(eventName), (SELECT sources[1] FROM runs) FROM events"); !slices.Equal(rows[0], []string{"1", "RunInstances", "a redacted copy: pseudonyms stand for names; limited by --actor, --event-name"}) {
		t.Errorf("a copy of some has %v", rows)
	}
	code, out, _ := call(t, "verify", "--store", in("copy.duckdb"))
	if code != exitFindings || !strings.Contains(out, "this is a redacted copy") {
		t.Errorf("verify of a copy: %d, %s", code, out)
	}
}

// testShareShape compares what a copy has with what it is of: all that is not a name.
func testShareShape(t *testing.T, store, shared string) {
	const shape = `SELECT eventName, errorCode, awsRegion, eventTime, eventID, "type", json_structure(requestParameters), (requestParameters ->> '$.ipPermissions') IS NULL, length(recipientAccountId),
		left(userIdentity.accessKeyId, 4), length(userIdentity.accessKeyId), length(split_part(userIdentity.principalId, ':', 1))
		FROM (SELECT *, userIdentity."type" FROM events WHERE eventName = 'RunInstances' AND NOT contains(requestParameters, 'tag') OR requestParameters IS NULL) ORDER BY eventTime`
	_, plain, talk := call(t, "sql", "-q", "-o", "csv", "--store", store, shape)
	_, copied, _ := call(t, "sql", "-q", "-o", "csv", "--store", shared, shape)
	want, got := strings.Split(plain, "\n"), strings.Split(copied, "\n")
	if len(want) < len(plantedNames) || len(got) != len(want) {
		t.Fatalf("%d lines of %d: %s", len(got), len(want), talk)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("a line is\n%s\nof\n%s", got[i], want[i])
		}
	}
}

// testReveal takes a copy back.
func testReveal(t *testing.T, shared, key, store string) {
	const names = `SELECT eventID, recipientAccountId, sourceIPAddress, userIdentity.accessKeyId, userIdentity.principalId, userIdentity.userName, userIdentity.arn, resources[1].ARN, vpcEndpointId,
		requestParameters ->> '$.bucketName' AS bucket, requestParameters ->> '$.key' AS k, requestParameters ->> '$.displayName' AS d FROM events ORDER BY eventTime`
	_, plain, _ := call(t, "sql", "-q", "-o", "csv", "--store", store, names)
	_, copied, _ := call(t, "sql", "-q", "-o", "csv", "--store", shared, names)
	var back, talk bytes.Buffer
	code := run(context.Background(), []string{"share", "--reveal", shared + ".map.age", "--key", key}, streams{in: strings.NewReader(copied), out: &back, err: &talk})
	if code != exitDone || back.String() != plain || copied == plain {
		t.Errorf("%d, %s: taken back it is\n%s\nwant\n%s", code, &talk, &back, plain)
	}
}
