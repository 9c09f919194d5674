package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A record is an event of testdata/logs as its JSON says it.
type record map[string]any

// at is the value at a dotted path, as a cell of an answer shows it; there is none for null.
func (r record) at(path string) string {
	var value any = map[string]any(r)
	for _, step := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return ""
			}
			value = v[i]
		default:
			return ""
		}
	}
	switch v := value.(type) {
	case nil:
		return ""
	case map[string]any, []any:
		return "(not a scalar)"
	default:
		return fmt.Sprint(v)
	}
}

func (r record) time() time.Time { return instant(r.at("eventTime")) }

func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // testdata has no other
	}
	return t
}

// list is the array at a path of one or two members.
func (r record) list(path string) (elements []record) {
	outer, inner, two := strings.Cut(path, ".")
	value := r[outer]
	if two {
		m, _ := value.(map[string]any)
		value = m[inner]
	}
	array, _ := value.([]any)
	for _, element := range array {
		elements = append(elements, element.(map[string]any))
	}
	return elements
}

type records []record

// where are the records that all conditions hold for.
func (rs records) where(conditions ...func(record) bool) (found records) {
	for _, r := range rs {
		if !slices.ContainsFunc(conditions, func(holds func(record) bool) bool { return !holds(r) }) {
			found = append(found, r)
		}
	}
	return found
}

// each is a row for each record, of what f says about it.
func (rs records) each(f func(record) []string) (rows []string) {
	for _, r := range rs {
		rows = append(rows, strings.Join(f(r), "|"))
	}
	return rows
}

// show is a row for each record, of the values at paths.
func (rs records) show(paths ...string) []string {
	return rs.each(func(r record) []string { return r.values(paths) })
}

func (r record) values(paths []string) (values []string) {
	for _, path := range paths {
		values = append(values, r.at(path))
	}
	return values
}

// by groups the records.
func (rs records) by(key func(record) string) map[string]records {
	groups := make(map[string]records)
	for _, r := range rs {
		groups[key(r)] = append(groups[key(r)], r)
	}
	return groups
}

// tally is a row for each group: its key and how many are in it.
func (rs records) tally(key func(record) string) (rows []string) {
	for k, group := range rs.by(key) {
		rows = append(rows, fmt.Sprintf("%s|%d", k, len(group)))
	}
	return rows
}

// count is tally by the values at paths.
func (rs records) count(paths ...string) []string {
	return rs.tally(func(r record) string { return strings.Join(r.values(paths), "|") })
}

// n is one row, of how many there are.
func (rs records) n() []string { return []string{strconv.Itoa(len(rs))} }

// distinct are the different values at a path, in order.
func (rs records) distinct(path string) (values []string) {
	for _, r := range rs {
		if v := r.at(path); v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values
}

// top are the rows with the largest numbers at their ends.
func top(n int, rows []string) []string {
	number := func(row string) int {
		n, _ := strconv.Atoi(row[strings.LastIndexByte(row, '|')+1:])
		return n
	}
	slices.SortFunc(rows, func(a, b string) int { return number(b) - number(a) })
	return rows[:n]
}

// having are the groups of at least n, as rows of keys and numbers.
func having(n int, rows []string) []string {
	return slices.DeleteFunc(rows, func(row string) bool {
		m, _ := strconv.Atoi(row[strings.LastIndexByte(row, '|')+1:])
		return m < n
	})
}

func equals(path string, values ...string) func(record) bool {
	return func(r record) bool { return slices.Contains(values, r.at(path)) }
}

func has(path string) func(record) bool {
	return func(r record) bool { return r.at(path) != "" }
}

func holds(path, part string) func(record) bool {
	return func(r record) bool { return strings.Contains(r.at(path), part) }
}

func begins(path, part string) func(record) bool {
	return func(r record) bool { return strings.HasPrefix(r.at(path), part) }
}

func not(f func(record) bool) func(record) bool { return func(r record) bool { return !f(r) } }

// since and until compare eventTime, whose text sorts as the time does.
func since(text string) func(record) bool {
	return func(r record) bool { return r.at("eventTime") >= text }
}

func until(text string) func(record) bool {
	return func(r record) bool { return r.at("eventTime") < text }
}

// eachDelivered calls do with each log file of testdata/logs and its records, read with the
// standard library alone.
func eachDelivered(t *testing.T, do func(key string, data []byte, records []json.RawMessage)) {
	eachLog(t, func(key string, data []byte) {
		if strings.Contains(key, "-Digest/") || strings.Contains(key, "-Aggregated/") {
			return
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var log struct{ Records []json.RawMessage }
		if err := json.NewDecoder(unpacked).Decode(&log); err != nil {
			t.Fatal(err)
		}
		do(key, data, log.Records)
	})
}

// delivered are the distinct records of testdata/logs.
func delivered(t *testing.T) (all []json.RawMessage) {
	seen := make(map[string]bool)
	eachDelivered(t, func(_ string, _ []byte, records []json.RawMessage) {
		for _, text := range records {
			if !seen[string(text)] {
				seen[string(text)] = true
				all = append(all, text)
			}
		}
	})
	return all
}

// archived are the distinct events of testdata/logs.
func archived(t *testing.T) (all records) {
	for _, text := range delivered(t) {
		var r record
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// A savedQuery is one that somebody may have saved, and the rows that it must give.
type savedQuery struct {
	query string
	want  []string // cells divided by |
}

// answered are the rows that the program gives.
func answered(t *testing.T, store, query string) []string {
	t.Helper()
	code, stdout, stderr := call(t, "sql", "--store", store, "-o", "csv", query)
	if code != 0 {
		t.Errorf("%s\n%s", query, stderr)
		return nil
	}
	return csvRows(t, stdout)
}

// csvRows are the rows of an answer in CSV, without its header.
func csvRows(t *testing.T, answer string) (rows []string) {
	t.Helper()
	table, err := csv.NewReader(strings.NewReader(answer)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table[1:] {
		rows = append(rows, strings.Join(row, "|"))
	}
	return rows
}

// allAnswered are the answers in CSV to several queries, all asked in one call: to open a
// store takes longer than most of them.
func allAnswered(t *testing.T, store string, queries []string) []string {
	t.Helper()
	code, stdout, stderr := call(t, "sql", "--store", store, "-o", "csv", strings.Join(queries, "\n;SELECT 1 AS between_two_answers;\n"))
	answers := strings.Split(stdout, "\nbetween_two_answers\n1\n\n")
	if code != 0 || len(answers) != len(queries) {
		t.Fatalf("exit code %d after %d of %d answers\n%s\n%s", code, len(answers), len(queries), queries[min(len(answers), len(queries))-1], stderr)
	}
	return answers
}

// checkQueries asks all of them, and calls check with the rows that each has and must have.
func checkQueries(t *testing.T, store string, all []savedQuery, check func(query string, got, want []string)) {
	t.Helper()
	var queries []string
	for _, q := range all {
		queries = append(queries, q.query)
	}
	for i, answer := range allAnswered(t, store, queries) {
		check(all[i].query, csvRows(t, answer), all[i].want)
	}
}

// Queries as people have them for Athena and CloudTrail Lake give, unedited and through
// the sandbox, what a few lines of Go find in the JSON.
func TestSavedQueries(t *testing.T) {
	store := demoStore(t)
	all := archived(t)
	cases := slices.Concat(athenaFields(all), athenaJSON(all), athenaTimes(all), athenaText(all), athenaGroups(all), lakeQueries(all))
	checkQueries(t, store, cases, func(query string, got, want []string) {
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s\ngives\n\t%s\nnot\n\t%s", query, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		if len(want) == 0 {
			t.Errorf("%s\nfinds nothing in the test data: it shows nothing", query)
		}
	})
}

// Columns, nested ones too, and the partitions.
func athenaFields(all records) []savedQuery {
	denied := func(r record) bool {
		return strings.Contains(r.at("errorCode"), "Unauthorized") || strings.HasPrefix(r.at("errorCode"), "AccessDenied")
	}
	return []savedQuery{
		{`SELECT COUNT(*) AS total FROM cloudtrail_logs`, all.n()},
		{`SELECT count(*) FROM "AwsDataCatalog"."default"."cloudtrail_logs" WHERE useridentity.invokedby IS NOT NULL`,
			all.where(has("userIdentity.invokedBy")).n()},
		{`SELECT COUNT(*) FROM cloudtrail_logs_pp WHERE "timestamp" >= '2026/03/03'`, all.where(since("2026-03-03")).n()},
		{`SELECT eventname, COUNT(*) AS calls
			FROM cloudtrail_logs
			GROUP BY eventname
			ORDER BY calls DESC
			LIMIT 5`, top(5, all.count("eventName"))},
		{`select eventtime, eventsource, eventname, awsregion, sourceipaddress
			from cloudtrail_logs
			where useridentity.accesskeyid = 'AKIADEPLOYBOTEXAMPLE'
			order by eventtime`,
			all.where(equals("userIdentity.accessKeyId", "AKIADEPLOYBOTEXAMPLE")).show("eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress")},
		{`SELECT useridentity.arn, eventname, errorcode, errormessage
			FROM cloudtrail_logs
			WHERE errorcode LIKE '%Unauthorized%' OR errorcode LIKE 'AccessDenied%'`,
			all.where(denied).show("userIdentity.arn", "eventName", "errorCode", "errorMessage")},
		{`SELECT eventid, eventtime, eventname, sourceipaddress
			FROM cloudtrail_logs
			WHERE useridentity.type = 'Root'
				AND useridentity.invokedby IS NULL
				AND eventtype <> 'AwsServiceEvent'`,
			all.where(equals("userIdentity.type", "Root")).show("eventID", "eventTime", "eventName", "sourceIPAddress")},
		{`SELECT useridentity.principalid, count(*) n
			FROM cloudtrail_logs
			WHERE useridentity.sessioncontext.sessionissuer.username = 'AdminRole'
			GROUP BY useridentity.principalid`,
			all.where(equals("userIdentity.sessionContext.sessionIssuer.userName", "AdminRole")).count("userIdentity.principalId")},
		{`SELECT eventsource, eventname, useridentity.username
			FROM cloudtrail_logs
			WHERE useridentity.sessioncontext.attributes.mfaauthenticated = 'false'
				AND readonly = 'false'
				AND useridentity.type = 'IAMUser'`,
			all.where(equals("userIdentity.sessionContext.attributes.mfaAuthenticated", "false"), equals("readOnly", "false"), equals("userIdentity.type", "IAMUser")).
				show("eventSource", "eventName", "userIdentity.userName")},
		{`SELECT useridentity.sessioncontext.ec2roledelivery AS imds, COUNT(*)
			FROM cloudtrail_logs
			WHERE useridentity.sessioncontext.ec2roledelivery IS NOT NULL
			GROUP BY 1`,
			all.where(has("userIdentity.sessionContext.ec2RoleDelivery")).count("userIdentity.sessionContext.ec2RoleDelivery")},
		{`SELECT useridentity.sessioncontext.webidfederationdata.federatedprovider, eventname, count(1)
			FROM cloudtrail_logs
			WHERE useridentity.sessioncontext.webidfederationdata.federatedprovider <> ''
			GROUP BY 1, 2`,
			all.where(has("userIdentity.sessionContext.webIdFederationData.federatedProvider")).
				count("userIdentity.sessionContext.webIdFederationData.federatedProvider", "eventName")},
		{`SELECT useridentity.onbehalfof.userid, useridentity.onbehalfof.identitystorearn, eventname
			FROM cloudtrail_logs WHERE useridentity.onbehalfof.userid IS NOT NULL`,
			all.where(has("userIdentity.onBehalfOf.userId")).show("userIdentity.onBehalfOf.userId", "userIdentity.onBehalfOf.identityStoreArn", "eventName")},
		// What a record does not have is NULL, objects too; an empty one is there.
		{`SELECT count(*) FROM cloudtrail_logs WHERE useridentity.sessioncontext IS NULL`,
			all.where(not(has("userIdentity.sessionContext"))).n()},
		{`SELECT count(*) FROM cloudtrail_logs c WHERE c.useridentity.sessioncontext.sessionissuer IS NOT NULL`,
			all.where(has("userIdentity.sessionContext.sessionIssuer")).n()},
		{`SELECT count(useridentity.onbehalfof), count(useridentity.sessioncontext.webidfederationdata), count(useridentity.sessioncontext.attributes), count(tlsdetails)
			FROM cloudtrail_logs`,
			[]string{fmt.Sprintf("%d|%d|%d|%d", len(all.where(has("userIdentity.onBehalfOf"))), len(all.where(has("userIdentity.sessionContext.webIdFederationData"))),
				len(all.where(has("userIdentity.sessionContext.attributes"))), len(all.where(has("tlsDetails"))))}},
		{`SELECT count(*) FROM cloudtrail_logs WHERE tlsdetails IS NULL`, all.where(not(has("tlsDetails"))).n()},
		{`SELECT eventname, count(*) FROM cloudtrail_logs
			WHERE account_partition = '444455556666' AND region_partition = 'us-east-1' AND date_partition = '2026/03/02' AND dt = p_date AND account_id = p_account
			GROUP BY eventname`,
			all.where(equals("recipientAccountId", "444455556666"), equals("awsRegion", "us-east-1"), until("2026-03-03")).count("eventName")},
		{`SELECT tlsdetails.tlsversion, tlsdetails.ciphersuite, count(*)
			FROM cloudtrail_logs WHERE tlsdetails.tlsversion IS NOT NULL GROUP BY 1, 2`,
			all.where(has("tlsDetails.tlsVersion")).count("tlsDetails.tlsVersion", "tlsDetails.cipherSuite")},
		{`SELECT eventid, sharedeventid, requestid, vpcendpointid, vpcendpointaccountid
			FROM cloudtrail_logs WHERE vpcendpointid LIKE 'vpce-%'`,
			all.where(begins("vpcEndpointId", "vpce-")).show("eventID", "sharedEventID", "requestID", "vpcEndpointId", "vpcEndpointAccountId")},
		{`SELECT eventname FROM cloudtrail_logs WHERE sessioncredentialfromconsole = 'true' AND readonly = 'false'`,
			all.where(equals("sessionCredentialFromConsole", "true"), equals("readOnly", "false")).show("eventName")},
		{`SELECT eventversion, eventcategory, eventtype, count(*) FROM cloudtrail_logs GROUP BY eventversion, eventcategory, eventtype`,
			all.count("eventVersion", "eventCategory", "eventType")},
		{`SELECT eventname, count(*)
			FROM cloudtrail_logs
			WHERE account = '444455556666' AND region = 'us-east-1' AND year = '2026' AND month = '03' AND day = '02'
			GROUP BY eventname`,
			all.where(equals("recipientAccountId", "444455556666"), equals("awsRegion", "us-east-1"), until("2026-03-03")).count("eventName")},
		{`SELECT DISTINCT recipientaccountid, awsregion FROM cloudtrail_logs
			WHERE timestamp BETWEEN '2026/03/03' AND '2026/03/04' AND readonly <> 'true'`,
			slices.Compact(slices.Sorted(slices.Values(all.where(since("2026-03-03"), equals("readOnly", "false")).show("recipientAccountId", "awsRegion"))))},
		{`SELECT eventname, eventtime FROM cloudtrail_logs
			WHERE eventname IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors')
			ORDER BY eventtime DESC`,
			all.where(equals("eventName", "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")).show("eventName", "eventTime")},
		{`SELECT eventid FROM cloudtrail_logs WHERE eventid = '1076aeaa-4012-4156-b86e-72a545c64f95'`,
			[]string{"1076aeaa-4012-4156-b86e-72a545c64f95"}},
	}
}

// Blocks are JSON text, resources an array.
func athenaJSON(all records) []savedQuery {
	resources := func(rs records) (found records) {
		for _, r := range rs {
			found = append(found, r.list("resources")...)
		}
		return found
	}
	bytesOut := func() (rows []string) {
		for bucket, group := range all.where(has("additionalEventData.bytesTransferredOut")).by(func(r record) string { return r.at("requestParameters.bucketName") }) {
			sum := 0
			for _, r := range group {
				n, _ := strconv.Atoi(r.at("additionalEventData.bytesTransferredOut"))
				sum += n
			}
			rows = append(rows, fmt.Sprintf("%s|%d", bucket, sum))
		}
		return rows
	}
	issued := func() (rows []string) { // what was done with the keys that AssumeRole gave
		for _, a := range all.where(equals("eventName", "AssumeRole"), has("responseElements.credentials.accessKeyId")) {
			used := all.where(equals("userIdentity.accessKeyId", a.at("responseElements.credentials.accessKeyId")), equals("readOnly", "false"))
			rows = append(rows, used.each(func(r record) []string {
				return []string{a.at("requestParameters.roleArn"), r.at("eventName"), r.at("eventTime")}
			})...)
		}
		return rows
	}
	ofType := func(kind string) func(record) bool {
		return func(r record) bool {
			return slices.ContainsFunc(r.list("resources"), func(x record) bool { return x.at("type") == kind })
		}
	}
	return []savedQuery{
		{`SELECT eventtime, useridentity.username, json_extract_scalar(responseelements, '$.ConsoleLogin') AS result, sourceipaddress
			FROM cloudtrail_logs
			WHERE eventname = 'ConsoleLogin' AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure'`,
			all.where(equals("eventName", "ConsoleLogin"), equals("responseElements.ConsoleLogin", "Failure")).
				show("eventTime", "userIdentity.userName", "responseElements.ConsoleLogin", "sourceIPAddress")},
		{`SELECT json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa, count(*)
			FROM cloudtrail_logs WHERE eventsource = 'signin.amazonaws.com' AND eventname = 'ConsoleLogin' GROUP BY 1`,
			all.where(equals("eventName", "ConsoleLogin")).count("additionalEventData.MFAUsed")},
		{`SELECT eventtime, json_extract_scalar(requestparameters, '$.userName') AS target,
				json_extract_scalar(requestparameters, '$["policyArn"]') AS policy
			FROM cloudtrail_logs WHERE eventname = 'AttachUserPolicy'`,
			all.where(equals("eventName", "AttachUserPolicy")).show("eventTime", "requestParameters.userName", "requestParameters.policyArn")},
		{`SELECT json_extract_scalar(responseelements, '$.instancesSet.items[0].instanceId'),
				json_extract_scalar(requestparameters, '$.instanceType')
			FROM cloudtrail_logs WHERE eventname = 'RunInstances' AND errorcode IS NULL`,
			all.where(equals("eventName", "RunInstances"), not(has("errorCode"))).show("responseElements.instancesSet.items.0.instanceId", "requestParameters.instanceType")},
		{`SELECT eventname, json_extract_scalar(requestparameters, '$.groupId')
			FROM cloudtrail_logs
			WHERE json_extract_scalar(requestparameters, '$.ipPermissions.items[0].ipRanges.items[0].cidrIp') = '0.0.0.0/0'`,
			all.where(equals("requestParameters.ipPermissions.items.0.ipRanges.items.0.cidrIp", "0.0.0.0/0")).show("eventName", "requestParameters.groupId")},
		{`SELECT count(*) FROM cloudtrail_logs WHERE json_extract_scalar(requestparameters, '$.bucketName') IS NOT NULL
				AND json_extract_scalar(additionaleventdata, '$.RequestDetails') IS NULL
				AND json_extract_scalar(useragent, '$.a') IS NULL`,
			all.where(has("requestParameters.bucketName")).n()},
		{`SELECT eventid, json_extract_scalar(additionaleventdata, '$["x-amz-id-2"]') FROM cloudtrail_logs WHERE eventname = 'ListObjects'`,
			all.where(equals("eventName", "ListObjects")).show("eventID", "additionalEventData.x-amz-id-2")},
		{`SELECT eventid, json_extract_scalar(errormessage, '$.a'), json_size(errormessage, '$.a'), json_array_length(errormessage)
			FROM cloudtrail_logs WHERE errormessage IS NOT NULL`, // which is no JSON
			all.where(has("errorMessage")).each(func(r record) []string { return []string{r.at("eventID"), "", "", ""} })},
		{`SELECT eventid, json_extract(requestparameters, '$.durationSeconds') FROM cloudtrail_logs WHERE eventname = 'GetFederationToken'`,
			all.where(equals("eventName", "GetFederationToken")).show("eventID", "requestParameters.durationSeconds")},
		{`SELECT json_extract_scalar(json_extract_scalar(requestparameters, '$.policyDocument'), '$.Statement[0].Effect') AS effect
			FROM cloudtrail_logs WHERE eventname = 'PutRolePolicy'`,
			all.where(equals("eventName", "PutRolePolicy")).each(func(r record) []string {
				var policy struct{ Statement []struct{ Effect string } }
				if err := json.Unmarshal([]byte(r.at("requestParameters.policyDocument")), &policy); err != nil {
					panic(err)
				}
				return []string{policy.Statement[0].Effect}
			})},
		{`SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
				SUM(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bigint)) AS bytes
			FROM cloudtrail_logs
			WHERE json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') IS NOT NULL
			GROUP BY 1`, bytesOut()},
		{`SELECT eventid, json_array_length(json_extract(requestparameters, '$.instancesSet.items'))
			FROM cloudtrail_logs WHERE eventname = 'TerminateInstances'`,
			all.where(equals("eventName", "TerminateInstances")).each(func(r record) []string {
				set := record(r["requestParameters"].(map[string]any)["instancesSet"].(map[string]any))
				return []string{r.at("eventID"), strconv.Itoa(len(set.list("items")))}
			})},
		{`SELECT json_extract_scalar(instance, '$.instanceId')
			FROM cloudtrail_logs
			CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.instancesSet.items') AS ARRAY(JSON))) AS t(instance)
			WHERE eventname = 'TerminateInstances'`,
			[]string{"i-021f7096e4c89f7c8", "i-0796aa5f54f07e135", "i-0cc1e2c5704da45c7"}}, // as grep finds them in the file
		{`SELECT a.roleArn, e.eventname, e.eventtime
			FROM (
				SELECT json_extract_scalar(requestparameters, '$.roleArn') AS roleArn,
					json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS issued
				FROM cloudtrail_logs WHERE eventname = 'AssumeRole'
			) a
			JOIN cloudtrail_logs e ON e.useridentity.accesskeyid = a.issued
			WHERE e.readonly = 'false'`, issued()},
		{`SELECT resource.type, count(*) FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(resource) GROUP BY resource.type`,
			resources(all).count("type")},
		{`SELECT eventname, arn FROM cloudtrail_logs
			CROSS JOIN UNNEST(resources) AS r(arn, accountid, type)
			WHERE type = 'AWS::KMS::Key' AND accountid = '111122223333' AND readonly = 'false'`,
			all.where(equals("readOnly", "false"), ofType("AWS::KMS::Key"), equals("resources.0.accountId", "111122223333")).show("eventName", "resources.0.ARN")},
		{`SELECT DISTINCT r.arn FROM cloudtrail_logs, UNNEST(resources) AS t(r) WHERE r.arn LIKE 'arn:aws:iam::%:role/%'`,
			records(resources(all)).where(begins("ARN", "arn:aws:iam::"), holds("ARN", ":role/")).distinct("ARN")},
		{`SELECT eventname, resources[1].arn, cardinality(resources) FROM cloudtrail_logs
			WHERE eventsource = 's3.amazonaws.com' AND cardinality(resources) > 1 AND errorcode IS NOT NULL`,
			all.where(equals("eventSource", "s3.amazonaws.com"), has("errorCode"), func(r record) bool { return len(r.list("resources")) > 1 }).
				each(func(r record) []string {
					return []string{r.at("eventName"), r.at("resources.0.ARN"), strconv.Itoa(len(r.list("resources")))}
				})},
		{`SELECT element_at(resources, 1).arn, element_at(resources, 2).accountid, count(*) FROM cloudtrail_logs
			WHERE eventname = 'ListObjects' GROUP BY 1, 2`,
			all.where(equals("eventName", "ListObjects")).count("resources.0.ARN", "resources.1.accountId")},
		{`SELECT count(*) FROM cloudtrail_logs WHERE any_match(resources, r -> r.type = 'AWS::S3::Object')`,
			all.where(ofType("AWS::S3::Object")).n()},
		{`SELECT count(*) FROM cloudtrail_logs WHERE NOT any_match(resources, r -> r.type = 'AWS::S3::Object')`,
			all.where(func(r record) bool { // all of whose resources have a type, which is another
				list := r.list("resources")
				return r["resources"] != nil && !slices.ContainsFunc(list, func(x record) bool { return x.at("type") == "" || x.at("type") == "AWS::S3::Object" })
			}).n()},
		{`SELECT count(*) FROM cloudtrail_logs WHERE all_match(resources, r -> r.type = 'AWS::KMS::Key') AND none_match(resources, r -> r.accountid IS NULL)`,
			all.where(ofType("AWS::KMS::Key")).n()},
		{`SELECT eventid, array_join(transform(filter(resources, r -> r.accountid IS NOT NULL), r -> r.arn), ', ')
			FROM cloudtrail_logs WHERE eventname = 'ListObjects'`,
			all.where(equals("eventName", "ListObjects")).show("eventID", "resources.1.ARN")},
		{`SELECT eventid, method, n FROM cloudtrail_logs
			CROSS JOIN UNNEST(split(json_extract_scalar(additionaleventdata, '$.CredentialType'), ',')) WITH ORDINALITY AS t(method, n)
			WHERE eventname = 'UserAuthentication'`, func() (rows []string) {
			for _, r := range all.where(equals("eventName", "UserAuthentication")) {
				for i, method := range strings.Split(r.at("additionalEventData.CredentialType"), ",") {
					rows = append(rows, fmt.Sprintf("%s|%s|%d", r.at("eventID"), method, i+1))
				}
			}
			return rows
		}()},
		{`SELECT eventname, json_extract_scalar(json_parse(serviceeventdetails), '$.rotationType') FROM cloudtrail_logs
			WHERE serviceeventdetails LIKE '%rotationType%'`,
			all.where(has("serviceEventDetails.rotationType")).show("eventName", "serviceEventDetails.rotationType")},
	}
}

// Times are text until a function makes them times.
func athenaTimes(all records) []savedQuery {
	hour := func(r record) string { return r.at("eventTime")[:13] }
	span := func() (rows []string) {
		for key, group := range all.where(begins("userIdentity.accessKeyId", "AKIA")).by(func(r record) string { return r.at("userIdentity.accessKeyId") }) {
			first, last := group[0].time(), group[0].time()
			for _, r := range group {
				if r.time().Before(first) {
					first = r.time()
				}
				if r.time().After(last) {
					last = r.time()
				}
			}
			rows = append(rows, fmt.Sprintf("%s|%d", key, int(last.Sub(first).Hours())))
		}
		return rows
	}
	age := func(r record) time.Duration {
		return r.time().Sub(instant(r.at("userIdentity.sessionContext.attributes.creationDate")))
	}
	const created = "userIdentity.sessionContext.attributes.creationDate"
	return []savedQuery{
		{`SELECT eventname, count(*) FROM cloudtrail_logs
			WHERE eventtime >= '2026-03-02T21:00:00Z' AND eventtime < '2026-03-02T22:00:00Z' GROUP BY eventname`,
			all.where(since("2026-03-02T21:00:00Z"), until("2026-03-02T22:00:00Z")).count("eventName")},
		{`SELECT count(*) FROM cloudtrail_logs WHERE eventtime LIKE '2026-03-02T22:%'`, all.where(begins("eventTime", "2026-03-02T22:")).n()},
		{`SELECT eventtime, eventname FROM cloudtrail_logs
			WHERE from_iso8601_timestamp(eventtime) BETWEEN timestamp '2026-03-02 22:40:00' AND timestamp '2026-03-02 22:45:00'`,
			all.where(since("2026-03-02T22:40:00Z"), until("2026-03-02T22:45:01Z")).show("eventTime", "eventName")},
		{`SELECT date_trunc('hour', from_iso8601_timestamp(eventtime)) AS hour, COUNT(*) AS n
			FROM cloudtrail_logs WHERE errorcode IS NOT NULL GROUP BY 1 ORDER BY 1`,
			all.where(has("errorCode")).tally(func(r record) string { return hour(r) + ":00:00Z" })},
		{`SELECT eventid FROM cloudtrail_logs
			WHERE date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ') > timestamp '2026-03-03 12:00:00'`,
			all.where(since("2026-03-03T12:00:01Z")).show("eventID")},
		{`SELECT date_format(from_iso8601_timestamp(eventtime), '%Y-%m-%d %H:%i') AS minute, count(*)
			FROM cloudtrail_logs WHERE sourceipaddress = '203.0.113.77' GROUP BY 1 HAVING count(*) > 1`,
			having(2, all.where(equals("sourceIPAddress", "203.0.113.77")).tally(func(r record) string { return strings.Replace(r.at("eventTime")[:16], "T", " ", 1) }))},
		{`SELECT date_format(date_parse(eventtime, '%Y-%m-%dT%TZ'), '%W, %e %M %Y, %k h'), count(*)
			FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin' GROUP BY 1`,
			all.where(equals("eventName", "ConsoleLogin")).tally(func(r record) string {
				return r.time().Format("Monday, 2 January 2006, ") + strconv.Itoa(r.time().Hour()) + " h"
			})},
		{`SELECT useridentity.accesskeyid,
				date_diff('hour', min(from_iso8601_timestamp(eventtime)), max(from_iso8601_timestamp(eventtime)))
			FROM cloudtrail_logs WHERE useridentity.accesskeyid LIKE 'AKIA%' GROUP BY 1`, span()},
		{`SELECT count(*) FROM cloudtrail_logs
			WHERE from_iso8601_timestamp(eventtime) > date_add('year', -200, now())
				AND from_iso8601_timestamp(eventtime) > current_timestamp - interval '100' year
				AND from_iso8601_timestamp(eventtime) < date_add('year', 100, current_timestamp)`,
			all.n()},
		{`SELECT eventid, date_add('minute', -90, from_iso8601_timestamp(eventtime)) FROM cloudtrail_logs WHERE eventname = 'StopLogging'`,
			all.where(equals("eventName", "StopLogging")).each(func(r record) []string {
				return []string{r.at("eventID"), r.time().Add(-90 * time.Minute).Format(time.RFC3339)}
			})},
		{`SELECT day_of_week(from_iso8601_timestamp(eventtime)) AS dow, hour(from_iso8601_timestamp(eventtime)) AS h, count(*)
			FROM cloudtrail_logs WHERE useridentity.type = 'IAMUser' GROUP BY 1, 2`,
			all.where(equals("userIdentity.type", "IAMUser")).tally(func(r record) string {
				return fmt.Sprintf("%d|%d", r.time().Weekday(), r.time().Hour()) // neither day is a Sunday
			})},
		{`SELECT format_datetime(from_iso8601_timestamp(eventtime), 'yyyy-MM-dd HH:mm'), eventname
			FROM cloudtrail_logs WHERE useridentity.type = 'Root'`,
			all.where(equals("userIdentity.type", "Root")).each(func(r record) []string {
				return []string{r.time().Format("2006-01-02 15:04"), r.at("eventName")}
			})},
		{`SELECT eventid FROM cloudtrail_logs
			WHERE parse_datetime(substr(eventtime, 1, 10), 'yyyy-MM-dd') = timestamp '2026-03-03 00:00:00' AND eventname = 'ConsoleLogin'`,
			all.where(since("2026-03-03"), equals("eventName", "ConsoleLogin")).show("eventID")},
		{`SELECT eventid, CAST(to_unixtime(from_iso8601_timestamp(eventtime)) AS bigint), from_unixtime(to_unixtime(from_iso8601_timestamp(eventtime)))
			FROM cloudtrail_logs WHERE eventname = 'DeleteTrail'`,
			all.where(equals("eventName", "DeleteTrail")).each(func(r record) []string {
				return []string{r.at("eventID"), strconv.FormatInt(r.time().Unix(), 10), r.at("eventTime")}
			})},
		{`SELECT CAST(to_unixtime(from_iso8601_timestamp(eventtime)) AS bigint) / 300 * 300 AS bucket, count(*) FROM cloudtrail_logs GROUP BY 1`,
			all.tally(func(r record) string { return strconv.FormatInt(r.time().Unix()/300*300, 10) })},
		{`SELECT substr(eventtime, 1, 13) AS hour, count(*) FROM cloudtrail_logs GROUP BY substr(eventtime, 1, 13)`, all.tally(hour)},
		{`SELECT eventid, hour(at_timezone(from_iso8601_timestamp(eventtime), 'America/New_York')),
				hour(from_iso8601_timestamp(eventtime) AT TIME ZONE 'Asia/Tokyo')
			FROM cloudtrail_logs WHERE eventname = 'LookupEvents'`,
			all.where(equals("eventName", "LookupEvents")).each(func(r record) []string { // -5 and +9 hours: no summer time on these days
				return []string{r.at("eventID"), strconv.Itoa(r.time().Add(-5 * time.Hour).Hour()), strconv.Itoa(r.time().Add(9 * time.Hour).Hour())}
			})},
		{`SELECT eventid, date_diff('minute', from_iso8601_timestamp(useridentity.sessioncontext.attributes.creationdate), from_iso8601_timestamp(eventtime))
			FROM cloudtrail_logs
			WHERE useridentity.sessioncontext.attributes.creationdate <> '' AND readonly = 'false'`,
			all.where(has(created), equals("readOnly", "false")).each(func(r record) []string {
				return []string{r.at("eventID"), strconv.Itoa(int(age(r) / time.Minute))}
			})},
		{`SELECT date(from_iso8601_timestamp(eventtime)) AS d, CAST(CAST(from_iso8601_timestamp(eventtime) AS date) AS varchar), count(*)
			FROM cloudtrail_logs GROUP BY 1, 2`,
			all.tally(func(r record) string { return r.at("eventTime")[:10] + "|" + r.at("eventTime")[:10] })},
	}
}

// Regular expressions and other text.
func athenaText(all records) []savedQuery {
	tool := func(r record) string {
		name, _, found := strings.Cut(strings.TrimPrefix(r.at("userAgent"), "["), "/")
		if !found || strings.ContainsAny(name, " .") {
			return ""
		}
		return name
	}
	last := func(r record) string {
		return r.at("userIdentity.arn")[strings.LastIndexByte(r.at("userIdentity.arn"), '/')+1:]
	}
	return []savedQuery{
		{`SELECT sourceipaddress, count(*) FROM cloudtrail_logs
			WHERE regexp_like(sourceipaddress, '^\d+\.\d+\.\d+\.\d+$') GROUP BY sourceipaddress`,
			all.where(func(r record) bool {
				return strings.Trim(r.at("sourceIPAddress"), "0123456789.") == "" && has("sourceIPAddress")(r)
			}).count("sourceIPAddress")},
		{`SELECT eventname FROM cloudtrail_logs
			WHERE regexp_like(eventname, '^(Create|Attach|Put)') AND NOT regexp_like(eventsource, '^(s3|logs)\.') AND errorcode IS NULL`,
			all.where(func(r record) bool {
				return begins("eventName", "Create")(r) || begins("eventName", "Attach")(r) || begins("eventName", "Put")(r)
			}, not(equals("eventSource", "s3.amazonaws.com", "logs.amazonaws.com")), not(has("errorCode"))).show("eventName")},
		{`SELECT regexp_extract(useragent, '^\[?([A-Za-z0-9-]+)/', 1) AS tool, count(*) FROM cloudtrail_logs
			WHERE regexp_extract(useragent, '^\[?([A-Za-z0-9-]+)/', 1) IS NOT NULL GROUP BY 1`,
			all.where(func(r record) bool { return tool(r) != "" }).tally(tool)},
		{`SELECT coalesce(regexp_extract(errorcode, '^Client'), 'other') AS side, count(*) FROM cloudtrail_logs WHERE errorcode IS NOT NULL GROUP BY 1`,
			all.where(has("errorCode")).tally(func(r record) string {
				if begins("errorCode", "Client")(r) {
					return "Client"
				}
				return "other"
			})},
		{`SELECT regexp_replace(useridentity.arn, '\d', '#'), count(*) FROM cloudtrail_logs WHERE useridentity.type = 'IAMUser' GROUP BY 1`,
			all.where(equals("userIdentity.type", "IAMUser")).tally(func(r record) string {
				return strings.Map(func(c rune) rune {
					if c >= '0' && c <= '9' {
						return '#'
					}
					return c
				}, r.at("userIdentity.arn"))
			})},
		{`SELECT DISTINCT regexp_replace(sourceipaddress, '^(\d+)\.(\d+)\..*$', '$1.$2.x') FROM cloudtrail_logs WHERE sourceipaddress LIKE '198.51.%'`,
			[]string{"198.51.x"}},
		{`SELECT split_part(eventsource, '.', 1) AS service, count(*) FROM cloudtrail_logs GROUP BY 1`,
			all.tally(func(r record) string { return strings.Split(r.at("eventSource"), ".")[0] })},
		{`SELECT count(*) FROM cloudtrail_logs WHERE strpos(useragent, 'Boto3') > 0`, all.where(holds("userAgent", "Boto3")).n()},
		{`SELECT element_at(split(useridentity.arn, '/'), -1) AS session, count(*) FROM cloudtrail_logs
			WHERE useridentity.type = 'AssumedRole' GROUP BY 1`,
			all.where(equals("userIdentity.type", "AssumedRole")).tally(last)},
		{`SELECT DISTINCT split(useridentity.arn, ':', 3)[3] FROM cloudtrail_logs WHERE useridentity.type = 'Root'`,
			[]string{"iam::111122223333:root"}},
		{`SELECT DISTINCT split(useridentity.principalid, ':')[2] FROM cloudtrail_logs WHERE useridentity.sessioncontext.sessionissuer.username = 'AdminRole'`,
			[]string{"support"}},
		{`SELECT lower(eventname) || ' at ' || upper(awsregion), length(trim(errormessage)), reverse(awsregion)
			FROM cloudtrail_logs WHERE eventname = 'LeaveOrganization'`,
			all.where(equals("eventName", "LeaveOrganization")).each(func(r record) []string {
				return []string{"leaveorganization at US-EAST-1", strconv.Itoa(len(r.at("errorMessage"))), "1-tsae-su"}
			})},
		{`SELECT url_decode('a%20b%2Fc'), replace(eventname, 'Stop', ''), starts_with(eventname, 'Stop'), concat(eventsource, '/', eventname)
			FROM cloudtrail_logs WHERE eventname = 'StopLogging'`,
			all.where(equals("eventName", "StopLogging")).each(func(record) []string {
				return []string{"a b/c", "Logging", "true", "cloudtrail.amazonaws.com/StopLogging"}
			})},
	}
}

// Aggregates, windows, common table expressions.
func athenaGroups(all records) []savedQuery {
	byKey := func(rs records) map[string]records {
		return rs.where(has("userIdentity.accessKeyId")).by(func(r record) string { return r.at("userIdentity.accessKeyId") })
	}
	inTime := func(rs records) records {
		return slices.SortedStableFunc(slices.Values(rs), func(a, b record) int {
			return strings.Compare(a.at("eventTime")+a.at("eventID"), b.at("eventTime")+b.at("eventID"))
		})
	}
	perKey := func(f func(key string, group records) []string) (rows []string) {
		for key, group := range byKey(all) {
			if row := f(key, inTime(group)); row != nil {
				rows = append(rows, strings.Join(row, "|"))
			}
		}
		return rows
	}
	return []savedQuery{
		{`SELECT useridentity.accesskeyid, approx_distinct(awsregion), count(DISTINCT eventname)
			FROM cloudtrail_logs WHERE useridentity.accesskeyid <> '' GROUP BY 1`,
			perKey(func(key string, group records) []string {
				return []string{key, strconv.Itoa(len(group.distinct("awsRegion"))), strconv.Itoa(len(group.distinct("eventName")))}
			})},
		{`SELECT useridentity.accesskeyid, arbitrary(useridentity.accountid), bool_or(errorcode IS NOT NULL), every(readonly = 'true')
			FROM cloudtrail_logs WHERE useridentity.accesskeyid <> '' GROUP BY 1`,
			perKey(func(key string, group records) []string {
				return []string{key, group[0].at("userIdentity.accountId"), strconv.FormatBool(len(group.where(has("errorCode"))) > 0),
					strconv.FormatBool(len(group.where(equals("readOnly", "true"))) == len(group))}
			})},
		{`SELECT sourceipaddress, array_join(array_sort(array_agg(DISTINCT eventname)), ';'), cardinality(array_agg(DISTINCT eventname))
			FROM cloudtrail_logs WHERE readonly = 'false' AND useridentity.type IN ('IAMUser', 'Root') GROUP BY sourceipaddress`,
			func() (rows []string) {
				for ip, group := range all.where(equals("readOnly", "false"), equals("userIdentity.type", "IAMUser", "Root")).by(func(r record) string { return r.at("sourceIPAddress") }) {
					names := group.distinct("eventName")
					rows = append(rows, fmt.Sprintf("%s|%s|%d", ip, strings.Join(names, ";"), len(names)))
				}
				return rows
			}()},
		{`SELECT eventsource, count_if(errorcode IS NOT NULL) AS failed, COUNT(*) FILTER (WHERE readonly = 'false') AS changes
			FROM cloudtrail_logs WHERE eventsource IS NOT NULL GROUP BY eventsource`,
			func() (rows []string) {
				for source, group := range all.where(has("eventSource")).by(func(r record) string { return r.at("eventSource") }) {
					rows = append(rows, fmt.Sprintf("%s|%d|%d", source, len(group.where(has("errorCode"))), len(group.where(equals("readOnly", "false")))))
				}
				return rows
			}()},
		{`SELECT useridentity.accesskeyid, min(eventtime), max(eventtime), max_by(eventtime, eventtime)
			FROM cloudtrail_logs WHERE useridentity.accesskeyid <> '' GROUP BY useridentity.accesskeyid`,
			perKey(func(key string, group records) []string {
				end := group[len(group)-1].at("eventTime")
				return []string{key, group[0].at("eventTime"), end, end}
			})},
		{`WITH ranked AS (
				SELECT useridentity.accesskeyid AS key, eventname, eventid,
					ROW_NUMBER() OVER (PARTITION BY useridentity.accesskeyid ORDER BY eventtime, eventid) AS n
				FROM cloudtrail_logs WHERE useridentity.accesskeyid <> ''
			)
			SELECT key, eventname, eventid FROM ranked WHERE n = 1`,
			perKey(func(key string, group records) []string {
				return []string{key, group[0].at("eventName"), group[0].at("eventID")}
			})},
		{`SELECT key, ip, before FROM (
				SELECT useridentity.accesskeyid AS key, sourceipaddress AS ip,
					lag(sourceipaddress) OVER (PARTITION BY useridentity.accesskeyid ORDER BY eventtime, eventid) AS before
				FROM cloudtrail_logs WHERE useridentity.accesskeyid LIKE 'AKIA%'
			) WHERE before IS NOT NULL AND before <> ip`,
			func() (rows []string) {
				for key, group := range byKey(all.where(begins("userIdentity.accessKeyId", "AKIA"))) {
					group = inTime(group)
					for i := range group[1:] {
						if before, ip := group[i].at("sourceIPAddress"), group[i+1].at("sourceIPAddress"); before != ip {
							rows = append(rows, key+"|"+ip+"|"+before)
						}
					}
				}
				return rows
			}()},
		{`WITH denied AS (
				SELECT useridentity.arn AS arn, eventname, min(eventtime) AS first
				FROM cloudtrail_logs WHERE errorcode LIKE '%Denied%' GROUP BY 1, 2
			), allowed AS (
				SELECT useridentity.arn AS arn, eventname, max(eventtime) AS latest
				FROM cloudtrail_logs WHERE errorcode IS NULL GROUP BY 1, 2
			)
			SELECT d.arn, d.eventname FROM denied d
			JOIN allowed a ON a.arn = d.arn AND a.eventname = d.eventname AND a.latest > d.first`,
			func() (rows []string) {
				for _, d := range all.where(holds("errorCode", "Denied"), has("userIdentity.arn")) {
					later := all.where(equals("userIdentity.arn", d.at("userIdentity.arn")), equals("eventName", d.at("eventName")),
						not(has("errorCode")), func(r record) bool { return r.at("eventTime") > d.at("eventTime") })
					if row := d.at("userIdentity.arn") + "|" + d.at("eventName"); len(later) > 0 && !slices.Contains(rows, row) {
						rows = append(rows, row)
					}
				}
				return rows
			}()},
		{`SELECT useridentity.accesskeyid FROM cloudtrail_logs WHERE useridentity.accesskeyid <> ''
			GROUP BY useridentity.accesskeyid HAVING COUNT(DISTINCT awsregion) > 1`,
			perKey(func(key string, group records) []string {
				if len(group.distinct("awsRegion")) < 2 {
					return nil
				}
				return []string{key}
			})},
		{`SELECT DISTINCT sourceipaddress FROM cloudtrail_logs WHERE eventtime >= '2026-03-03'
				AND sourceipaddress NOT IN (SELECT sourceipaddress FROM cloudtrail_logs WHERE eventtime < '2026-03-02T12' AND sourceipaddress IS NOT NULL)`,
			func() []string {
				known := all.where(until("2026-03-02T12")).distinct("sourceIPAddress")
				return all.where(since("2026-03-03"), not(equals("sourceIPAddress", known...))).distinct("sourceIPAddress")
			}()},
		{`SELECT 'console' AS via, count(*) FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin'
			UNION ALL
			SELECT 'key', count(*) FROM cloudtrail_logs WHERE substr(useridentity.accesskeyid, 1, 4) = 'AKIA'`,
			append(all.where(equals("eventName", "ConsoleLogin")).tally(func(record) string { return "console" }),
				all.where(begins("userIdentity.accessKeyId", "AKIA")).tally(func(record) string { return "key" })...)},
		{`SELECT awsregion, readonly, count(*) FROM cloudtrail_logs GROUP BY GROUPING SETS ((awsregion), (readonly))`,
			append(all.tally(func(r record) string { return r.at("awsRegion") + "|" }), all.tally(func(r record) string { return "|" + r.at("readOnly") })...)},
		{`SELECT if(errorcode IS NULL, 'ok', 'failed') AS outcome, CASE readonly WHEN 'true' THEN 'read' WHEN 'false' THEN 'write' ELSE 'unknown' END AS kind, count(*)
			FROM cloudtrail_logs GROUP BY 1, 2`,
			all.tally(func(r record) string {
				outcome := map[bool]string{true: "failed", false: "ok"}[has("errorCode")(r)]
				return outcome + "|" + map[string]string{"true": "read", "false": "write", "": "unknown"}[r.at("readOnly")]
			})},
		{`SELECT awsregion, count(*), CAST(round(100.0 * count(*) / sum(count(*)) OVER ()) AS integer) FROM cloudtrail_logs GROUP BY awsregion`,
			func() (rows []string) {
				for region, group := range all.by(func(r record) string { return r.at("awsRegion") }) {
					rows = append(rows, fmt.Sprintf("%s|%d|%.0f", region, len(group), 100*float64(len(group))/float64(len(all))))
				}
				return rows
			}()},
		{`SELECT try_cast(sourceipaddress AS integer), COALESCE(useridentity.username, useridentity.sessioncontext.sessionissuer.username, useridentity.type), count(*)
			FROM cloudtrail_logs WHERE useridentity.type IN ('IAMUser', 'AssumedRole', 'Root') GROUP BY 1, 2`,
			all.where(equals("userIdentity.type", "IAMUser", "AssumedRole", "Root")).tally(func(r record) string {
				for _, path := range []string{"userIdentity.userName", "userIdentity.sessionContext.sessionIssuer.userName"} {
					if has(path)(r) {
						return "|" + r.at(path)
					}
				}
				return "|" + r.at("userIdentity.type")
			})},
		{`SELECT ip FROM (SELECT sourceipaddress AS ip, histogram(eventname) AS names FROM cloudtrail_logs GROUP BY 1)
			WHERE element_at(names, 'GetCallerIdentity') >= 1`,
			all.where(equals("eventName", "GetCallerIdentity")).distinct("sourceIPAddress")},
		{`SELECT element_at(m, 'StopLogging'), element_at(m, 'NoSuchCall'), cardinality(map_keys(m)) FROM (
				SELECT map_agg(eventname, n) AS m FROM (
					SELECT eventname, count(*) AS n FROM cloudtrail_logs WHERE eventsource = 'cloudtrail.amazonaws.com' GROUP BY 1))`,
			[]string{fmt.Sprintf("%d||%d", len(all.where(equals("eventName", "StopLogging"))), len(all.where(equals("eventSource", "cloudtrail.amazonaws.com")).distinct("eventName")))}},
	}
}

// CloudTrail Lake: the table is an event data store, blocks are maps.
func lakeQueries(all records) []savedQuery {
	const id = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
	return []savedQuery{
		{`SELECT eventID, eventName, userIdentity.arn FROM $EDS_ID
			WHERE eventTime > '2026-03-02 22:40:00' AND eventTime < '2026-03-02 22:45:00'`,
			all.where(since("2026-03-02T22:40:01Z"), until("2026-03-02T22:45:00Z")).show("eventID", "eventName", "userIdentity.arn")},
		{`SELECT element_at(requestParameters, 'bucketName') AS bucket, COUNT(*) AS n FROM ` + id + `
			WHERE eventSource = 's3.amazonaws.com' AND element_at(requestParameters, 'key') IS NOT NULL GROUP BY element_at(requestParameters, 'bucketName')`,
			all.where(equals("eventSource", "s3.amazonaws.com"), has("requestParameters.key")).count("requestParameters.bucketName")},
		{`SELECT eventTime, userIdentity.userName, element_at(additionalEventData, 'MFAUsed') FROM ` + id + `
			WHERE eventName = 'ConsoleLogin' AND element_at(additionalEventData, 'MFAUsed') = 'No' AND element_at(responseElements, 'ConsoleLogin') = 'Success'`,
			all.where(equals("eventName", "ConsoleLogin"), equals("additionalEventData.MFAUsed", "No"), equals("responseElements.ConsoleLogin", "Success")).
				show("eventTime", "userIdentity.userName", "additionalEventData.MFAUsed")},
		{`SELECT userIdentity.sessionContext.sessionIssuer.userName, COUNT(*) FROM ` + id + `
			WHERE readOnly = false AND managementEvent = true AND userIdentity.type = 'AssumedRole' GROUP BY 1`,
			all.where(equals("readOnly", "false"), equals("managementEvent", "true"), equals("userIdentity.type", "AssumedRole")).count("userIdentity.sessionContext.sessionIssuer.userName")},
		{`SELECT e.eventName, r.arn FROM ` + id + ` AS e CROSS JOIN UNNEST(e.resources) AS t(r) WHERE e.eventName = 'RotateKey'`,
			all.where(equals("eventName", "RotateKey")).show("eventName", "resources.0.ARN")},
		{`SELECT json_extract_scalar(element_at(responseElements, 'instancesSet'), '$.items[0].instanceId') FROM ` + id + `
			WHERE eventName = 'RunInstances' AND errorCode IS NULL`,
			all.where(equals("eventName", "RunInstances"), not(has("errorCode"))).show("responseElements.instancesSet.items.0.instanceId")},
		{`SELECT a.eventID FROM ` + id + ` a JOIN "` + id + `" b ON a.sharedEventID = b.sharedEventID
			WHERE a.eventID <> b.eventID AND a.recipientAccountId = '444455556666'`,
			func() (rows []string) {
				for _, a := range all.where(equals("recipientAccountId", "444455556666"), has("sharedEventID")) {
					for range all.where(equals("sharedEventID", a.at("sharedEventID")), not(equals("eventID", a.at("eventID")))) {
						rows = append(rows, a.at("eventID"))
					}
				}
				return rows
			}()},
		{`SELECT date_trunc('day', eventTime), count(*) FROM ` + id + ` WHERE eventTime >= date_parse('2026-03-02 12:00', '%Y-%m-%d %H:%i') GROUP BY 1`,
			all.where(since("2026-03-02T12:00:00Z")).tally(func(r record) string { return r.at("eventTime")[:10] + "T00:00:00Z" })},
		{`SELECT k, count(*) FROM ` + id + ` CROSS JOIN UNNEST(map_keys(requestParameters)) AS t(k) WHERE eventName = 'AttachUserPolicy' GROUP BY k`,
			func() (rows []string) {
				keys := make(map[string]int)
				for _, r := range all.where(equals("eventName", "AttachUserPolicy")) {
					m, _ := r["requestParameters"].(map[string]any)
					for key := range m {
						keys[key]++
					}
				}
				for key, n := range keys {
					rows = append(rows, fmt.Sprintf("%s|%d", key, n))
				}
				return rows
			}()},
	}
}

// Where a block has escapes that no JSON needs, such as AWS writes for = in some, Athena's
// table has what they stand for, and events what was delivered.
func TestEscapesInBlocks(t *testing.T) {
	dir := t.TempDir()
	store, log := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "log.json")
	const block = `{"a":"x\u003d1","b":"\\u003d"}`
	writeFile(t, log, []byte(`{"Records":[{"eventVersion":"1.11","eventTime":"2026-03-02T21:00:00Z","eventName":"X",`+
		`"eventID":"99999999-9999-4999-8999-999999999999","additionalEventData":`+block+`}]}`))
	if code, _, stderr := call(t, "ingest", "-q", "--store", store, log); code != 0 {
		t.Fatal(stderr)
	}
	for query, want := range map[string]string{
		"SELECT additionaleventdata FROM cloudtrail_logs WHERE additionaleventdata LIKE '%x=1%'": `{"a":"x=1","b":"\\u003d"}`,
		"SELECT additionalEventData FROM events":                                                 block,
	} {
		if got := answered(t, store, query); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %s, not %s", query, got, want)
		}
	}
}

// Each of Trino's functions that a store has, by what Trino's documentation says of it,
// and how DuckDB's own of the same name are still reached.
func TestTrinoFunctions(t *testing.T) {
	store := demoStore(t)
	checkExpressions(t, store, "", []expression{
		{`json_extract_scalar('{"a": {"b": [1, "x"]}}', '$.a.b[1]')`, "x"},
		{`json_extract_scalar('{"a": {"b": 1}}', '$.a')`, ""},
		{`json_extract_scalar('{"a": null}', '$.a')`, ""},
		{`json_extract_scalar('{"a-b": true}', '$["a-b"]')`, "true"},
		{`json_extract_scalar('no JSON', '$.a')`, ""},
		{`json_format(json_parse('{"a": 1}'))`, `{"a":1}`},
		{`json_array_get('[5, 6]', 1)`, "6"},
		{`json_array_contains('[5, 6]', 6)`, "true"},
		{`json_array_contains('["a"]', 'b')`, "false"},
		{`json_size('{"x": {"a": 1, "b": 2}}', '$.x')`, "2"},
		{`json_size('{"x": [1, 2, 3]}', '$["x"]')`, "3"},
		{`json_size('{"x": 1}', '$.x')`, "0"},
		{`is_json_scalar('1')`, "true"},
		{`is_json_scalar('[]')`, "false"},

		{`from_iso8601_timestamp('2026-03-02T21:41:07Z')`, "2026-03-02T21:41:07Z"},
		{`from_iso8601_timestamp('2026-03-02T21:41:07+02:00')`, "2026-03-02T19:41:07Z"},
		{`from_iso8601_date('2026-03-02')`, "2026-03-02"},
		{`to_iso8601(timestamp '2026-03-02 21:41:07')`, "2026-03-02T21:41:07.000"},
		{`from_unixtime(1772487667)`, "2026-03-02T21:41:07Z"},
		{`to_unixtime(timestamp '2026-03-02 21:41:07') = 1772487667`, "true"},
		{`date_parse('Monday 2 March 2026 9:41:07 PM', '%W %e %M %Y %l:%i:%s %p')`, "2026-03-02T21:41:07Z"},
		{`date_format(timestamp '2026-03-02 09:41:07', '%a %b %c/%d/%y %h:%i %p|%k|%T|%j')`, "Mon Mar 3/02/26 09:41 AM|9|09:41:07|061"},
		{`date_format(timestamp '2026-03-02 21:41:07', '%r')`, "09:41:07 PM"},
		{`parse_datetime('02.03.2026 21:41', 'dd.MM.yyyy HH:mm')`, "2026-03-02T21:41:00Z"},
		{`format_datetime(timestamp '2026-03-02 21:41:07', 'EEEE dd MMMM yyyy hh:mm:ss.SSS a')`, "Monday 02 March 2026 09:41:07.000 PM"},
		{`format_datetime(timestamp '2026-03-02 21:41:07', 'EEE MMM yy''T''HHmmss')`, "Mon Mar 26T214107"},
		{`date_add('month', 1, timestamp '2026-01-31 00:00:00')`, "2026-02-28T00:00:00Z"},
		{`date_add(date '2026-03-02', interval 1 day)`, "2026-03-03T00:00:00Z"},
		{`date_diff('hour', timestamp '2026-03-02 10:59:00', timestamp '2026-03-02 12:00:00')`, "1"},
		{`date_diff('day', timestamp '2026-03-03 10:00:00', timestamp '2026-03-01 11:00:00')`, "-1"},
		{`datediff('hour', timestamp '2026-03-02 10:59:00', timestamp '2026-03-02 12:00:00')`, "2"},
		{`hour(at_timezone(timestamp '2026-07-01 00:00:00' AT TIME ZONE 'UTC', 'Europe/Berlin'))`, "2"},
		{`day_of_week(date '2026-03-01')`, "7"},
		{`day_of_month(date '2026-03-01')`, "1"},
		{`day_of_year(date '2026-03-01')`, "60"},
		{`week_of_year(date '2027-01-01')`, "53"},
		{`year_of_week(date '2027-01-01')`, "2026"},
		{`last_day_of_month(date '2026-02-11')`, "2026-02-28"},

		{`regexp_like('AccessDenied', 'Denied$')`, "true"},
		{`regexp_extract('abc', '(b)(c)', 2)`, "c"},
		{`regexp_extract('abc', 'x') IS NULL`, "true"},
		{`regexp_extract('abc', 'x*')`, ""},
		{`regexp_extract('abc', 'x*') IS NULL`, "false"},
		{`regexp_extract('ABC', 'b', 0, 'i')`, "B"},
		{`regexp_extract('ab', '(a)(b)', ['x', 'y']).y`, "b"},
		{`system.main.regexp_extract('abc', 'x') IS NULL`, "false"},
		{`regexp_replace('1a22', '[0-9]')`, "a"},
		{`regexp_replace('1a22', '[0-9]', '#')`, "#a##"},
		{`regexp_replace('ab', '(a)(b)', '$2$1')`, "ba"},
		{`regexp_replace('ab', '(a)(b)', '\2\1')`, "ba"},
		{`regexp_replace('AaA', 'a', 'x', 'i')`, "xaA"},
		{`array_join(regexp_split('a1b22c', '[0-9]+'), '|')`, "a|b|c"},
		{`regexp_count('1a22', '[0-9]')`, "3"},
		{`split('a.b.c', '.')`, `["a","b","c"]`},
		{`split('a.b.c', '.', 2)`, `["a","b.c"]`},
		{`split('a', '.', 2)`, `["a"]`},

		{`array_join([1, 2, NULL], ',')`, "1,2"},
		{`array_join(['a', NULL], ',', '?')`, "a,?"},
		{`array_max([1, 3, 2])`, "3"},
		{`array_min([1, 3, 2])`, "1"},
		{`array_sort(array_union([1, 2], [2, 3]))`, "[1,2,3]"},
		{`array_except([1, 2], [2, 3])`, "[1]"},
		{`array_remove(['a', 'b', 'a'], 'a')`, `["b"]`},
		{`arrays_overlap([1, 2], [2, 3])`, "true"},
		{`slice([1, 2, 3, 4], 2, 2)`, "[2,3]"},
		{`sequence(1, 3)`, "[1,2,3]"},
		{`sequence(1, 5, 2)`, "[1,3,5]"},
		{`cardinality([1, 2])`, "2"},
		{`cardinality([]::VARCHAR[])`, "0"},
		{`cardinality(['\x', NULL])`, "2"},
		{`cardinality([{'a': [1]}])`, "1"},
		{`cardinality(MAP {'a': 1})`, "1"},
		{`element_at(['a', 'b'], 2)`, "b"},
		{`element_at(['a', 'b'], -1)`, "b"},
		{`element_at(['a', 'b'], 3)`, ""},
		{`element_at(MAP {'a': 7}, 'a')`, "7"},
		{`element_at(MAP {'a': 7}, 'b')`, ""},
		{`map_extract(MAP {'a': 7}, 'a')`, "[7]"},
		{`map_keys((SELECT map_agg(x, x) FROM (VALUES ('a')) AS v(x)))`, `["a"]`},

		{`from_utf8(to_utf8('é'))`, `é`},
		{`bitwise_and(6, 3)`, `2`},
		{`bitwise_or(6, 3)`, `7`},
		{`bitwise_xor(6, 3)`, `5`},
		{`bitwise_not(5)`, `-6`},
		{`from_base('ff', 16)`, `255`},
		{`from_base('101', 2)`, `5`},
		{`truncate(-1.7)`, `-1`},
		{`url_extract_protocol('https://u@example.com:8443/a%20b?q=1&r=x%26y#top')`, `https`},
		{`url_extract_host('https://u@example.com:8443/a%20b?q=1&r=x%26y#top')`, `example.com`},
		{`url_extract_port('https://u@example.com:8443/a%20b?q=1&r=x%26y#top')`, `8443`},
		{`url_extract_port('https://example.com/') IS NULL`, `true`},
		{`url_extract_path('https://u@example.com:8443/a%20b?q=1&r=x%26y#top')`, `/a b`},
		{`url_extract_query('https://u@example.com:8443/a%20b?q=1#top')`, `q=1`},
		{`url_extract_fragment('https://u@example.com:8443/a%20b?q=1&r=x%26y#top')`, `top`},
		{`url_extract_parameter('https://u@example.com:8443/a%20b?q=1&r=x%26y#top', 'r')`, `x&y`},
		{`url_extract_parameter('https://example.com/', 'r') IS NULL`, `true`},
		{`codepoint('a')`, `97`},
		{`levenshtein_distance('abc','abd')`, `1`},
		{`hamming_distance('abc','xbd')`, `2`},
		{`regexp_position('9102, say good bye', '\s*[a-z]+\b')`, `6`},
		{`regexp_position('abc', 'x')`, `-1`},
		{`element_at(split_to_map('a=1,b=2', ',', '='), 'b')`, `2`},
		{`trim_array([1,2,3],1)`, `[1,2]`},
		{`regexp_position('xgood good', '\bgood')`, "7"},
		{`hour(from_unixtime(1772487667, 'Asia/Tokyo'))`, "6"},
		{`date_format(date '2027-01-01', '%v')`, "53"},
		{`url_extract_parameter('https://example.com/?a=b=c', 'a')`, "b=c"},

		{`(SELECT every(x > 1) FROM (VALUES (1), (2)) AS v(x))`, "false"},
		{`(SELECT approx_distinct(x) FROM (VALUES (1), (2), (1)) AS v(x))`, "2"},
		{`(SELECT approx_percentile(x, 0.5) FROM (VALUES (1), (2), (3)) AS v(x))`, "2"},
	})
}

// An expression and what it is, as a cell of CSV.
type expression struct{ text, want string }

// checkExpressions asks for all of them at once, behind which from stands.
func checkExpressions(t *testing.T, store, from string, all []expression) {
	t.Helper()
	var texts []string
	for _, e := range all {
		texts = append(texts, e.text)
	}
	code, stdout, stderr := call(t, "sql", "--store", store, "-o", "csv", "SELECT "+strings.Join(texts, ", ")+from)
	if code != 0 {
		t.Fatal(stderr)
	}
	table, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range table[1] {
		if got = strings.TrimPrefix(got, "'"); got != all[i].want { // the apostrophe keeps -1 from being a formula
			t.Errorf("%s is %q, not %q", all[i].text, got, all[i].want)
		}
	}
}

// What DuckDB and Trino both have and mean different things by is Trino's where Athena's
// table is read, by what Trino's documentation says and a real one answers.
func TestTrinoMeanings(t *testing.T) {
	store := demoStore(t)
	checkExpressions(t, store, " FROM cloudtrail_logs LIMIT 1", []expression{
		{`5 / 2`, "2"},
		{`-5 / 2`, "-2"},
		{`5 / -2`, "-2"},
		{`7 / (1 + 1) / 2`, "1"},
		{`5e0 / 2`, "2.5"},
		{`CAST(5 AS double) / CAST(2 AS bigint)`, "2.5"},
		{`hour(timestamp '2021-07-29 23:34:56') / 6`, "3"},
		{`1688990585 / 300 * 300`, "1688990400"},
		{`try(1 / 0) IS NULL`, "true"},
		{`hour(timestamp '2023-07-10 22:13:00' AT TIME ZONE 'Asia/Tokyo')`, "7"},
		{`hour(at_timezone(timestamp '2023-07-10 22:13:00', 'Asia/Tokyo'))`, "7"},
		{`hour(from_iso8601_timestamp('2023-07-10T22:13:00Z') AT TIME ZONE 'Asia/Tokyo') + 1`, "8"},
		{`at_timezone(from_iso8601_timestamp('2023-07-10T12:21:00Z'), 'America/New_York') > from_iso8601_timestamp('2023-07-10T12:20:00Z')`, "true"},
		{`timestamp '2023-07-10 12:20:00' <= from_iso8601_timestamp('2023-07-10T12:21:00Z') AT TIME ZONE 'America/New_York'`, "true"},
		{`from_iso8601_timestamp('2023-07-10T12:21:00Z') BETWEEN timestamp '2023-07-10 12:20:00' AND timestamp '2023-07-10 12:22:00' AT TIME ZONE 'America/New_York'`, "true"},
		{`coalesce(split_part('a:b:c', ':', 5), 'none')`, "none"},
		{`split_part('a:b:c', ':', 3)`, "c"},
		{`any_match(ARRAY['a', NULL], x -> x = 'b') IS NULL`, "true"},
		{`any_match(ARRAY['a', NULL], x -> x = 'a')`, "true"},
		{`all_match(ARRAY['a', NULL], x -> x = 'a') IS NULL`, "true"},
		{`all_match(ARRAY['a', NULL], x -> x = 'b')`, "false"},
		{`none_match(ARRAY['a', NULL], x -> x = 'b') IS NULL`, "true"},
		{`contains(ARRAY['a', NULL], 'b') IS NULL`, "true"},
		{`contains(ARRAY['a', NULL], 'a')`, "true"},
		{`contains(ARRAY[1], 2)`, "false"},
		{`extract(dow FROM date '2021-08-01')`, "7"},
		{`extract(day_of_week FROM date '2021-08-01')`, "7"},
		{`dow(date '2021-08-01')`, "7"},
		{`millisecond(timestamp '2021-07-29 12:34:56.789')`, "789"},
		{`array_join(ARRAY[NULL], ',') IS NULL`, "false"},
		{`array_remove(ARRAY[1, 2, NULL], 2)`, "[1,null]"},
		{`array_max(ARRAY[1, NULL]) IS NULL`, "true"},
		{`array_min(ARRAY[1, NULL]) IS NULL`, "true"},
		{`arrays_overlap(ARRAY[1, NULL], ARRAY[2]) IS NULL`, "true"},
		{`arrays_overlap(ARRAY[1, NULL], ARRAY[1])`, "true"},
		{`array_position(ARRAY['a'], 'z')`, "0"},
		{`array_distinct(ARRAY[3, 1, 3, 2])`, "[3,1,2]"},
		{`array_join(array_distinct(ARRAY['c', 'a', 'c']), ',')`, "c,a"},
		{`array_union(ARRAY[3, 1], ARRAY[1, 2])`, "[3,1,2]"},
		{`array_except(ARRAY[3, 1, 3, 2], ARRAY[1])`, "[3,2]"},
		{`json_exists('{"a":1}', 'lax $.a')`, "true"},
		{`json_exists('{"a":1}', 'strict $.b')`, "false"},
		{`json_value('{"a":"x"}', 'lax $.a')`, "x"},
		{`sequence(3, 1)`, "[3,2,1]"},
		{`repeat('a', 3)`, `["a","a","a"]`},
		{`length(substr('abcdef', 0))`, "0"},
		{`substr('abcdef', -2)`, "ef"},
		{`substring('abcdef', 2, 3)`, "bcd"},
		{`substring('abcdef' FROM 2 FOR 3)`, "bcd"},
		{`CAST('abcdef' AS varchar(3))`, "abc"},
		{`CAST(timestamp '2023-07-10 12:23:05' AS varchar)`, "2023-07-10 12:23:05.000"},
		{`CAST(from_iso8601_timestamp('2023-07-10T12:23:05Z') AS varchar)`, "2023-07-10 12:23:05.000 UTC"},
		{`CAST(DOUBLE '1' AS varchar)`, "1.0E0"},
		{`CAST(0.00025e0 AS varchar)`, "2.5E-4"},
		{`CAST(1234.5e0 AS varchar)`, "1.2345E3"},
		{`CAST(json_extract('{"a":"b"}', '$.a') AS varchar)`, "b"},
		{`CAST(12 AS varchar) || 'x'`, "12x"},
		{`url_encode('a b')`, "a+b"},
		{`url_decode('a+b')`, "a b"},
		{`json_array_length('{}') IS NULL`, "true"},
		{`json_extract('no JSON', '$.a') IS NULL`, "true"},
		{`json_extract('{"a-b":1}', '$["a-b"]')`, "1"},
		{`concat('a', NULL) IS NULL`, "true"},
		{`concat('a', 'b', 'c')`, "abc"},
		{`greatest(1, NULL) IS NULL`, "true"},
		{`least(3, 2)`, "2"},
		{`replace('abcb', 'b')`, "ac"},
		{`regexp_extract('role/x', '(?<kind>user|role)/(?<name>.*)', 2)`, "x"},
		{`format('%s has %,d, %.1f%%', 'x', 1234567, 12.34)`, "x has 1,234,567, 12.3%"},
		{`contains('10.0.0.0/8', IPADDRESS '10.255.255.255')`, "true"},
		{`contains('10.0.0.0/8', try_cast('192.0.2.1' AS ipaddress))`, "false"},
		{`contains('10.0.0.0/8', try_cast('sts.amazonaws.com' AS ipaddress)) IS NULL`, "true"},
		{`CAST('192.0.2.9' AS ipaddress) < IPADDRESS '192.0.2.10'`, "true"},
		{`CAST('192.0.2.9' AS ipaddress)`, "192.0.2.9"},
		{`reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)`, "75"},
		{`reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s / 2)`, "37"},
		{`zip_with(ARRAY[1, 2], ARRAY[3, 4], (x, y) -> x + y)`, "[4,6]"},
		{`element_at(map_filter(map(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v > 1), 'b')`, "2"},
		{`cardinality(map_filter(map(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v > 1))`, "1"},
		{`element_at(transform_values(map(ARRAY['a'], ARRAY[1]), (k, v) -> k || CAST(v AS varchar)), 'a')`, "a1"},
		{`element_at(transform_keys(map(ARRAY['a'], ARRAY[1]), (k, v) -> k || 'b'), 'ab')`, "1"},
		{`(SELECT listagg(x, ',') WITHIN GROUP (ORDER BY x DESC) FROM (VALUES 'a', 'b') AS t(x))`, "b,a"},
		{`(SELECT count_if(x) FROM (VALUES CAST(NULL AS boolean)) AS t(x))`, "0"},
		{`(SELECT max_by(x, y) IS NULL FROM (VALUES ('a', 1), (NULL, 2)) AS t(x, y))`, "true"},
		{`(SELECT min_by(x, y, 2)[1] IS NULL FROM (VALUES ('a', 2), (NULL, 1)) AS t(x, y))`, "true"},
		{`(SELECT arbitrary(x) FROM (VALUES NULL, 'a') AS t(x))`, "a"},
		{`CAST(json_parse('{"Name": "a", "other": [1]}') AS row(name varchar, none bigint)).name`, "a"},
		{`CAST(json_parse('[{"Id": 5}, null]') AS array(row(id bigint)))[1].id`, "5"},
	})
	if code, _, stderr := call(t, "sql", "--store", store, "SELECT * FROM (SELECT ROW(1, 'a') FROM cloudtrail_logs)"); code == 0 || !strings.Contains(stderr, "a row whose members have no names") || !strings.Contains(stderr, "hint: write CAST(ROW") {
		t.Errorf("a row without names ends with %d: %s", code, stderr)
	}
	if code, _, stderr := call(t, "sql", "--store", store, "SELECT count(*) / 0 FROM cloudtrail_logs"); code == 0 || !strings.Contains(stderr, "division by zero") {
		t.Errorf("a division by zero ends with %d: %s", code, stderr)
	}
	// To those who ask the store's own tables they mean what they mean to DuckDB.
	checkExpressions(t, store, " FROM events LIMIT 1", []expression{
		{`5 / 2`, "2.5"},
		{`split_part('a:b:c', ':', 5) IS NULL`, "false"},
		{`repeat('a', 3)`, "aaa"},
		{`concat('a', NULL)`, "a"},
		{`extract(dow FROM date '2021-08-01')`, "0"},
	})
}

// A table that the store does not have is Athena's, said in a line; one whose name is nearly
// that of a table is a mistake.
func TestTableNames(t *testing.T) {
	store := demoStore(t)
	all := strconv.Itoa(len(archived(t)))
	for _, c := range []struct{ from, said string }{
		{"cloudtrail_000000000000", "cloudtrail_000000000000: read as cloudtrail_logs"},
		{"my_database.trail_events", "my_database.trail_events: read as cloudtrail_logs"},
		{"<your_table>", "<your_table>: read as cloudtrail_logs"},
		{"<table>", "<table>: read as cloudtrail_logs"},
		{"${db}.${table}", "${db}.${table}: read as cloudtrail_logs"},
		{`"${db}"."${t}"`, "${db}.${t}: read as cloudtrail_logs"},
		{"(SELECT * FROM logs) x", "logs: read as cloudtrail_logs"},
		{"cloudtrail_logs_aws_cloudtrail_logs_111122223333_0a1b2c3d", ""},
		{"default.cloudtrail_logs", ""},
		{"events", ""},
		{"<event-data-store-id>", ""},
	} {
		code, stdout, stderr := call(t, "sql", "--store", store, "-o", "csv", "SELECT count(*) AS n FROM "+c.from)
		if code != 0 || stdout != "n\n"+all+"\n" || c.said == "" && stderr != "" || !strings.Contains(stderr, c.said) {
			t.Errorf("%s: exit code %d, %q, %q", c.from, code, stdout, stderr)
		}
	}
	if code, _, stderr := call(t, "sql", "--store", store, "SELECT 1 FROM mine.notes"); code != 1 || strings.Contains(stderr, "read as") {
		t.Errorf("a table of the user's own that is not there: exit code %d, %q", code, stderr)
	}
	if code, _, stderr := call(t, "sql", "--store", store, "-q", "SELECT 1 FROM some_table"); code != 0 || stderr != "" {
		t.Errorf("with --quiet: exit code %d, %q", code, stderr)
	}
	code, _, stderr := call(t, "sql", "--store", store, "SELECT 1\nFROM evnts")
	if code != 1 || !strings.Contains(stderr, "there is no table evnts, at line 2, column 6") || !strings.Contains(stderr, "did you mean events?") {
		t.Errorf("a mistyped name: exit code %d, %q", code, stderr)
	}
	if code, _, stderr := call(t, "sql", "--store", store, "--table", "evnts", "SELECT 1 FROM evnts e JOIN db.evnts f ON e.eventid = f.eventid LIMIT 1"); code != 0 || stderr != "" {
		t.Errorf("one that --table names: exit code %d, %q", code, stderr)
	}
	if code, _, stderr := call(t, "sql", "--store", store, "--table", "trail", "SELECT 1 FROM other"); code != 1 || !strings.Contains(stderr, "other does not exist") {
		t.Errorf("another than --table names: exit code %d, %q", code, stderr)
	}
}
