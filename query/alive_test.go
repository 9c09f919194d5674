package query

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata/alive.txt
var aliveShapes string

// An aliveShape is what the record of a call of alive.txt looks like.
type aliveShape struct{ effect, name, request, answer, besides string }

// aliveBlocks are the shapes by kind, in the blocks of the file: each of what makes a thing
// goes with each of what undoes it.
func aliveBlocks(t *testing.T) (kinds []string, blocks [][]aliveShape) {
	t.Helper()
	for line := range strings.Lines(aliveShapes) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		switch {
		case strings.HasPrefix(line, "#") || fields[0] == "":
		case len(fields) == 1:
			kinds, blocks = append(kinds, strings.ReplaceAll(fields[0], "-", " ")), append(blocks, nil)
		default:
			shape := aliveShape{effect: fields[0], name: fields[1], request: fields[2]}
			if i := strings.Index(shape.request, "} {"); i >= 0 {
				shape.request, shape.answer = shape.request[:i+1], shape.request[i+2:]
			}
			if i := strings.Index(shape.answer, "} {"); i >= 0 {
				shape.answer, shape.besides = shape.answer[:i+1], shape.answer[i+2:]
			}
			blocks[len(blocks)-1] = append(blocks[len(blocks)-1], shape)
		}
	}
	return kinds, blocks
}

// record is the record of a call by somebody, of the pair n, in an account of its own.
func (s aliveShape) record(t *testing.T, n int, service, actor, eventTime string) leaves {
	t.Helper()
	account := aliveAccount(n)
	statement := func(who string) string {
		return strconv.Quote(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + who + `:root"},"Action":"*"}]}`)
	}
	fill := strings.NewReplacer("%", strconv.Itoa(n), "TRUST", statement("444455556666"), "OWN", statement(account), "ACCOUNT", account)
	l := leaves{
		"eventTime": eventTime, "eventName": s.name, "eventSource": service + ".amazonaws.com", "recipientAccountId": account,
		"awsRegion": "us-east-1", "readOnly": "false", "managementEvent": "true", "position": strconv.Itoa(n),
		"userIdentity.type": "IAMUser", "userIdentity.userName": actor, "requestParameters": fill.Replace(s.request),
	}
	if s.answer != "" {
		l["responseElements"] = fill.Replace(s.answer)
	}
	if s.besides != "" {
		l["additionalEventData"] = fill.Replace(s.besides)
	}
	for _, block := range []string{"requestParameters", "responseElements", "additionalEventData"} {
		if l[block] != "" && !json.Valid([]byte(l[block])) {
			t.Fatalf("%s: no JSON: %s", s.name, l[block])
		}
	}
	return l
}

// For each pair of a call that makes something and one that undoes it, by what their records
// look like: made, it stands, and undone it does not; what failed undid nothing, and what came
// before did not either.
func TestAlivePairs(t *testing.T) {
	services := map[string]string{}
	missing := map[string]bool{} // calls of the rules that no shape has
	for _, rule := range aliveRules(aliveText) {
		services[rule.kind] = rule.services[0]
		for _, name := range rule.names {
			missing[rule.kind+" "+rule.effect+" "+name] = true
		}
	}
	version := regexp.MustCompile(`_?[0-9]{4}_?[0-9]{2}_?[0-9]{2}(v[0-9]+)?$`)
	const first, second, third = "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"
	var all []leaves
	type outcome struct {
		pair   string
		stands bool
	}
	want := map[string]outcome{} // by kind and account
	n := 0
	add := func(kind, pair string, stands bool, records ...leaves) {
		all = append(all, records...)
		want[kind+" "+records[0]["recipientAccountId"]] = outcome{kind + ": " + pair, stands}
		n++
	}
	kinds, blocks := aliveBlocks(t)
	pairs := 0
	for i, kind := range kinds {
		service := services[kind]
		for _, shape := range blocks[i] {
			delete(missing, kind+" "+shape.effect+" "+version.ReplaceAllString(shape.name, ""))
			if shape.effect == "-" {
				continue
			}
			made := func(at string) leaves { return shape.record(t, n, service, "maker", at) }
			add(kind, shape.name+" alone", true, made(first))
			for _, end := range blocks[i] {
				undone := func(at string) leaves { return end.record(t, n, service, "other", at) }
				switch {
				case end.effect == "-":
					pairs++
					add(kind, shape.name+", "+end.name, false, made(first), undone(second))
					add(kind, end.name+", "+shape.name, true, undone(first), made(second))
					add(kind, shape.name+", "+end.name+" in vain", true, made(first), undone(second).with("errorCode", "AccessDenied"))
					add(kind, shape.name+" in vain, "+end.name, false, made(second).with("errorCode", "AccessDenied"), undone(first))
				case end.effect == "~" && shape.effect == "+":
					back := blocks[i][slices.IndexFunc(blocks[i], func(s aliveShape) bool { return s.effect == "-" })]
					gone := back.record(t, n, service, "other", second)
					add(kind, shape.name+", "+back.name+", "+end.name, true, made(first), gone, undone(third))
				}
			}
		}
	}
	for call := range missing {
		t.Errorf("no shape of %s", call)
	}
	if pairs < 150 {
		t.Errorf("only %d pairs", pairs)
	}
	store := storeOf(t, all)
	rows, err := csv.NewReader(strings.NewReader(answer(t, store, reportNamed(t, "alive"), Filter{Actor: Is("maker")}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := rows[0]
	stands := map[string]bool{}
	for _, row := range rows[1:] {
		stands[row[slices.Index(columns, "kind")]+" "+row[slices.Index(columns, "account")]] = true
	}
	for key, w := range want {
		if stands[key] != w.stands {
			t.Errorf("%s: it stands: %t", w.pair, stands[key])
		}
	}
}

// What stands is told whatever the records are like, and in whatever order they come: a row is
// minute, kind, resource, undo, events, minute and actor of the last change.
func TestAlive(t *testing.T) {
	at := func(minute int, actor, service, name, asked, answered string, others ...string) leaves {
		return leaves{
			"eventTime": aliveAt(minute), "eventName": name, "eventSource": service + ".amazonaws.com", "recipientAccountId": "111122223333",
			"awsRegion": "us-east-1", "readOnly": "false", "userIdentity.type": "IAMUser", "userIdentity.userName": actor,
			"requestParameters": asked, "responseElements": answered, "eventID": fmt.Sprintf("11111111-1111-4111-8111-%012d", minute),
		}.with(others...)
	}
	iam := func(minute int, actor, name, asked string, others ...string) leaves {
		return at(minute, actor, "iam", name, asked, "null", others...)
	}
	text := func(principals ...string) string {
		return strconv.Quote(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["` + strings.Join(principals, `","`) + `"],"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	}
	trust := func(minute int, actor string, principals ...string) leaves {
		return iam(minute, actor, "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":`+text(principals...)+`}`)
	}
	rule := func(id, port, address string) string {
		return `{"securityGroupRuleId":"` + id + `","ipProtocol":"tcp","fromPort":` + port + `,"toPort":` + port + `,"cidrIpv4":"` + address + `"}`
	}
	change := func(action, name, typ, set string) string {
		return `{"action":"` + action + `","resourceRecordSet":{"name":"` + name + `","type":"` + typ + `","setIdentifier":"` + set + `"}}`
	}
	const mole, user = "mole", `{"userName":"u","policyName":"p","policyDocument":"{}"}`
	tests := []struct {
		name   string
		events []leaves
		want   string
	}{
		{
			"made again after it was undone, by whom",
			[]leaves{
				iam(1, mole, "PutUserPolicy", user), iam(2, "admin", "DeleteUserPolicy", user), iam(3, mole, "PutUserPolicy", user),
				iam(4, mole, "CreateUser", `{"userName":"v"}`), iam(5, "admin", "DeleteUser", `{"userName":"v"}`), iam(6, "admin", "CreateUser", `{"userName":"v"}`),
			}, `
3,inline policy of user,u p,DeleteUserPolicy,1,,
`,
		},
		{
			"the same done again, and by somebody else: whose it is, and who was the last",
			[]leaves{iam(1, mole, "PutUserPolicy", user), iam(2, mole, "PutUserPolicy", user), iam(3, "admin", "PutUserPolicy", user)}, `
1,inline policy of user,u p,DeleteUserPolicy,2,3,admin
`,
		},
		{
			"in another account or Region it is another thing, but for what has none",
			[]leaves{
				at(1, mole, "ssm", "PutParameter", `{"name":"p"}`, "{}"), at(2, "admin", "ssm", "DeleteParameter", `{"name":"p"}`, "null", "awsRegion", "eu-west-1"),
				at(3, "admin", "ssm", "DeleteParameter", `{"name":"p"}`, "null", "recipientAccountId", "444455556666"),
				iam(4, mole, "CreateUser", `{"userName":"v"}`), iam(5, "admin", "DeleteUser", `{"userName":"v"}`, "awsRegion", "us-gov-west-1"),
				at(6, mole, "s3", "CreateBucket", `{"bucketName":"b"}`, "null"),
				at(7, "admin", "s3", "DeleteBucket", `{"bucketName":"b"}`, "null", "recipientAccountId", "444455556666", "awsRegion", "eu-west-1"),
				at(8, mole, "lambda", "CreateFunction20150331", `{"functionName":"f"}`, "null"),
				at(9, "admin", "lambda", "DeleteFunction20150331", `{"functionName":"arn:aws:lambda:us-east-1:111122223333:function:f"}`, "null", "awsRegion", "eu-west-1"),
			}, `
1,parameter,p,DeleteParameter,1,,
`,
		},
		{
			"whom a policy lets in, as far as the last one names it",
			[]leaves{trust(1, mole, "444455556666", "arn:aws:iam::777788889999:root"), trust(2, "admin", "arn:aws:iam::444455556666:root", "111122223333")}, `
1,trust,r 444455556666,UpdateAssumeRolePolicy,1,2,admin
`,
		},
		{
			"whom a role trusts from its beginning, an identity provider of the account too, and whom it trusts no more",
			[]leaves{
				iam(1, mole, "CreateRole", `{"roleName":"r","assumeRolePolicyDocument":`+text("*", "111122223333")+`}`),
				iam(2, mole, "CreateRole", `{"roleName":"s","assumeRolePolicyDocument":`+text("arn:aws:iam::111122223333:saml-provider/p")+`}`),
				iam(3, mole, "CreateRole", `{"roleName":"t","assumeRolePolicyDocument":`+text("arn:aws:iam::111122223333:user/u")+`}`),
				iam(4, mole, "CreateRole", `{"roleName":"u","assumeRolePolicyDocument":"{ no"}`),
				trust(5, "admin", "arn:aws:iam::111122223333:user/u"),
			}, `
1,role,r,DeleteRole,1,,
2,role,s,DeleteRole,1,,
2,trust,s arn:aws:iam::ACCOUNT:saml-provider/p,UpdateAssumeRolePolicy,1,,
3,role,t,DeleteRole,1,,
4,role,u,DeleteRole,1,,
4,trust,u (cannot be read),UpdateAssumeRolePolicy,1,,
`,
		},
		{
			"within a second: what AWS names when it makes it was undone afterwards, of a name nobody knows",
			[]leaves{
				at(1, mole, "ec2", "CreateVpc", `{}`, `{"vpc":{"vpcId":"vpc-1"}}`), at(1, mole, "ec2", "DeleteVpc", `{"vpcId":"vpc-1"}`, "null"),
				iam(1, mole, "PutUserPolicy", user), iam(1, mole, "DeleteUserPolicy", user),
			}, `
1,inline policy of user,u p,DeleteUserPolicy,1,,
`,
		},
		{
			"brought back it stands, until it goes again",
			[]leaves{
				at(1, mole, "secretsmanager", "CreateSecret", `{"name":"s"}`, "null"), at(2, "admin", "secretsmanager", "DeleteSecret", `{"secretId":"s"}`, "null"),
				at(3, "admin", "secretsmanager", "RestoreSecret", `{"secretId":"s"}`, "null"),
				at(4, mole, "secretsmanager", "CreateSecret", `{"name":"t"}`, "null"), at(5, "admin", "secretsmanager", "DeleteSecret", `{"secretId":"t"}`, "null"),
				at(6, "admin", "secretsmanager", "RestoreSecret", `{"secretId":"t"}`, "null"), at(7, "admin", "secretsmanager", "DeleteSecret", `{"secretId":"t"}`, "null"),
			}, `
1,secret,s,DeleteSecret,1,3,admin
`,
		},
		{
			"each rule of a security group is one, by its words and by its id",
			[]leaves{
				at(1, mole, "ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-1"}`, `{"securityGroupRuleSet":{"items":[`+
					rule("sgr-1", "22", "0.0.0.0/0")+`,`+rule("sgr-2", "80", "0.0.0.0/0")+`,`+rule("sgr-3", "443", "192.0.2.0/24")+`]}}`),
				at(2, "admin", "ec2", "RevokeSecurityGroupIngress", `{"groupId":"sg-1","securityGroupRuleIds":{"items":[{"securityGroupRuleId":"sgr-1"}]}}`, "null"),
				at(3, "admin", "ec2", "RevokeSecurityGroupIngress", `{"groupId":"sg-1","ipProtocol":"tcp","fromPort":80,"toPort":80,"cidrIp":"0.0.0.0/0"}`, "null"),
				at(4, mole, "ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-2","ipPermissions":{"items":[{"ipProtocol":"udp","fromPort":1,"toPort":9,`+
					`"ipRanges":{"items":[{"cidrIp":"198.51.100.0/24"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"2001:db8::/32"}]},"groups":{"items":[{"groupId":"sg-3"}]}}]}}`, "null"),
			}, `
1,security group rule,sg-1 in tcp 443 192.0.2.0/24,RevokeSecurityGroupIngress,1,,
4,security group rule,sg-2 in udp 1-9 198.51.100.0/24,RevokeSecurityGroupIngress,1,,
4,security group rule,sg-2 in udp 1-9 2001:db8::/32,RevokeSecurityGroupIngress,1,,
4,security group rule,sg-2 in udp 1-9 sg-3,RevokeSecurityGroupIngress,1,,
`,
		},
		{
			"a policy of one's own that has the name of one of AWS's is another",
			[]leaves{
				iam(1, mole, "AttachUserPolicy", `{"userName":"u","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
				iam(2, mole, "AttachUserPolicy", `{"userName":"u","policyArn":"arn:aws:iam::111122223333:policy/AdministratorAccess"}`),
				iam(3, mole, "DetachUserPolicy", `{"userName":"u","policyArn":"arn:aws:iam::111122223333:policy/AdministratorAccess"}`),
			}, `
1,attached policy of user,u arn:aws:iam::aws:policy/AdministratorAccess,DetachUserPolicy,1,,
`,
		},
		{
			"a version that goes is not the function",
			[]leaves{
				at(1, mole, "lambda", "CreateFunction20150331", `{"functionName":"f"}`, "null"),
				at(2, "admin", "lambda", "DeleteFunction20150331", `{"functionName":"f","qualifier":"1"}`, "null"),
			}, `
1,function,f,DeleteFunction,1,,
`,
		},
		{
			"records that one call makes and deletes, each by name, type and set",
			[]leaves{
				at(1, mole, "route53", "ChangeResourceRecordSets", `{"hostedZoneId":"Z1","changeBatch":{"changes":[`+change("CREATE", "a", "A", "")+`,`+change("CREATE", "b", "A", "")+`]}}`, "null"),
				at(2, mole, "route53", "ChangeResourceRecordSets", `{"hostedZoneId":"Z1","changeBatch":{"changes":[`+change("DELETE", "a", "A", "")+`,`+change("UPSERT", "a", "TXT", "x")+`]}}`, "null"),
				at(3, mole, "route53", "ChangeResourceRecordSets", `{"hostedZoneId":"Z1","changeBatch":{"changes":"x"}}`, "null"),
				at(4, mole, "route53", "ChangeResourceRecordSets", `{"hostedZoneId":"Z1"}`, "null"),
			}, `
1,record set,Z1 b A,ChangeResourceRecordSets,1,,
2,record set,Z1 a TXT x,ChangeResourceRecordSets,1,,
`,
		},
		{
			"what no rule knows, and what the record does not have",
			[]leaves{
				at(1, mole, "glue", "CreateTrigger", `{"name":"t"}`, "null"), at(2, mole, "glue", "CreateTrigger", `{"name":"t2"}`, "null"),
				at(3, "admin", "glue", "CreateTrigger", `{"name":"t3"}`, "null"), at(4, mole, "glue", "DeleteTrigger", `{"name":"t"}`, "null"),
				at(5, mole, "glue", "CreateCrawler", `{"name":"c"}`, "null", "errorCode", "AccessDeniedException"),
				at(6, mole, "glue", "GetTrigger", `{"name":"t"}`, "null", "readOnly", "true"),
				iam(7, mole, "PutRolePolicy", `{"omitted":true,"originalSize":120000,"reason":"requestParameters too large"}`),
				at(8, mole, "ec2", "ModifyImageAttribute", `{"imageId":"ami-1","description":"d"}`, "null"), // opens nothing
				iam(9, mole, "CreateUser", `{"userName":"v"}`, "eventTime", ""),
			}, `
,user,v,DeleteUser,1,,
1,(not known),,,2,,
7,inline policy of role,(not in the record),DeleteRolePolicy,1,,
`,
		},
		{
			"parameters that are none",
			[]leaves{
				iam(1, mole, "CreateUser", `{"userName":["v"]}`), iam(2, mole, "CreateUser", `"v"`), iam(3, mole, "CreateUser", `{"userName":`), iam(4, mole, "CreateUser", `[]`),
				iam(5, mole, "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"[[]]"}`), iam(6, mole, "UpdateAssumeRolePolicy", `{"roleName":"\ud800","policyDocument":7}`),
				at(7, mole, "ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":"x"}}`, `{"securityGroupRuleSet":[7]}`),
				at(8, mole, "s3", "PutBucketAcl", `{"bucketName":"b","AccessControlPolicy":[[]],"x-amz-acl":{"a":1}}`, "null"),
				at(9, mole, "events", "PutTargets", `{"rule":"r","targets":{"id":{"a":"b"}}}`, "null"),
			}, `
1,user,"[""v""]",DeleteUser,1,,
5,trust,r (cannot be read),UpdateAssumeRolePolicy,1,,
9,event target,"default r {""a"":""b""}",RemoveTargets,1,,
2,user,(not in the record),DeleteUser,3,,
6,trust,(not in the record),UpdateAssumeRolePolicy,1,,
`,
		},
	}
	all := make([][]leaves, 2) // in one order and in the other
	for n, test := range tests {
		for i, l := range test.events {
			for path, value := range l {
				l[path] = strings.ReplaceAll(value, "111122223333", aliveAccount(n))
			}
			l["position"] = strconv.Itoa(100*n + i)
			if l["eventTime"] == "" {
				delete(l, "eventTime")
			}
			all[0], all[1] = append(all[0], l), append([]leaves{l}, all[1]...)
		}
	}
	for order, events := range all {
		got := aliveRows(t, answer(t, storeOf(t, events), reportNamed(t, "alive"), Filter{Actor: Is(mole)}))
		for n, test := range tests {
			want := strings.ReplaceAll(strings.TrimPrefix(test.want, "\n"), "ACCOUNT", aliveAccount(n))
			if got := got[aliveAccount(n)]; got != want {
				t.Errorf("%s, order %d: got:\n%s\nwant:\n%s", test.name, order, got, want)
			}
		}
	}
}

// aliveAccount is the account of a test, since all of them are in one store.
func aliveAccount(n int) string { return strconv.Itoa(100000000000 + n) }

// aliveRows are the rows of an answer as TestAlive writes them, by account.
func aliveRows(t *testing.T, answer string) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(answer)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		var brief []string
		for _, name := range []string{"eventTime", "kind", "resource", "undo", "events", "changed", "changedBy"} {
			value := cell(name)
			if (name == "eventTime" || name == "changed") && value != "" {
				value = strconv.Itoa(utc(value).Minute())
			}
			brief = append(brief, value)
		}
		var line strings.Builder
		w := csv.NewWriter(&line)
		if err := w.Write(brief); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		texts[cell("account")] += line.String()
	}
	return texts
}

// aliveAt is a minute of the morning of the tests.
func aliveAt(minute int) string { return fmt.Sprintf("2026-03-02T10:%02d:00Z", minute) }
