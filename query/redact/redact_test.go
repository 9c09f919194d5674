package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testWorker has a key that is always the same.
func testWorker(t *testing.T) *worker {
	t.Helper()
	return New(readTestKey(t)).newWorker()
}

// readTestKey is a key that was written and read.
func readTestKey(t *testing.T) *Key {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := key.Write(path); err != nil {
		t.Fatal(err)
	}
	if err := key.Write(path); err == nil {
		t.Error("a key was written over another")
	}
	read, err := ReadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// commonBits is how many first bits two addresses share.
func commonBits(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	for bit := range a.BitLen() {
		if (x[bit/8]^y[bit/8])&(1<<(7-bit%8)) != 0 {
			return bit
		}
	}
	return a.BitLen()
}

func TestAddresses(t *testing.T) {
	w := testWorker(t)
	random := rand.New(rand.NewPCG(1, 2))
	var addrs []netip.Addr
	for range 150 {
		var four [4]byte
		var six [16]byte
		for i := range six {
			six[i] = byte(random.Uint32())
		}
		copy(four[:], six[:])
		copy(six[:4], []byte{0x20, 0x01, 0x0d, 0xb8})
		addrs = append(addrs, netip.AddrFrom4(four), netip.AddrFrom16(six), netip.AddrFrom4([4]byte{10, four[1], four[2], 1}), netip.AddrFrom4([4]byte{172, 16 | four[1]&15, 3, four[3]}))
	}
	for i, a := range addrs {
		got := w.red.address(a)
		for _, b := range addrs[:i] {
			if a.BitLen() == b.BitLen() && commonBits(a, b) != commonBits(got, w.red.address(b)) {
				t.Fatalf("%s and %s share %d bits, %s and %s %d", a, b, commonBits(a, b), got, w.red.address(b), commonBits(got, w.red.address(b)))
			}
		}
		for _, r := range ranges {
			if r.Contains(a) != r.Contains(got) {
				t.Errorf("%s became %s", a, got)
			}
		}
	}
	for _, same := range []string{"0.0.0.0", "127.0.0.1", "169.254.169.254", "::1", "0.0.0.0/0", "255.255.255.255"} {
		if got := w.name(same); got != same {
			t.Errorf("%s became %s", same, got)
		}
	}
	network, _ := netip.ParsePrefix(w.name("203.0.113.0/24"))
	inside, _ := netip.ParseAddr(w.name("203.0.113.9"))
	if network.Bits() != 24 || !network.Contains(inside) {
		t.Errorf("203.0.113.0/24 is %s, 203.0.113.9 is %s", network, inside)
	}
}

func TestAccounts(t *testing.T) {
	w := testWorker(t)
	seen := map[string]string{}
	for i := range 2000 {
		plain := fmt.Sprintf("%012d", i*499_999_999)
		got := w.name(plain)
		if !isAccount(got) || (got[0] == '0') != (plain[0] == '0') || seen[got] != "" {
			t.Fatalf("%s became %s, as %s did", plain, got, seen[got])
		}
		seen[got] = plain
	}
}

// Each shape stays what it is, and has the names in it replaced, each as it is by itself.
func TestShapes(t *testing.T) {
	w := testWorker(t)
	n := w.name
	for text, want := range map[string]string{
		"AKIAIOSFODNN7EXAMPLE":                                  "AKIA" + n("AKIAIOSFODNN7EXAMPLE")[4:],
		"AROAEXAMPLEEXAMPLE123:alice":                           n("AROAEXAMPLEEXAMPLE123") + ":" + n("alice"),
		"arn:aws:iam::111122223333:user/staff/alice":            "arn:aws:iam::" + n("111122223333") + ":user/" + n("staff") + "/" + n("alice"),
		"arn:aws:sts::111122223333:assumed-role/Ops/alice":      "arn:aws:sts::" + n("111122223333") + ":assumed-role/" + n("Ops") + "/" + n("alice"),
		"arn:aws:iam::aws:policy/AdministratorAccess":           "arn:aws:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::111122223333:root":                        "arn:aws:iam::" + n("111122223333") + ":root",
		"arn:aws:s3:::payroll-2026/may/alice.csv":               "arn:aws:s3:::" + n("payroll-2026") + "/" + n("may") + "/" + n("alice.csv"),
		"arn:aws:sns:eu-west-1:111122223333:payroll-2026":       "arn:aws:sns:eu-west-1:" + n("111122223333") + ":" + n("payroll-2026"),
		"arn:aws:s3:eu-west-1:111122223333:accesspoint/alice":   "arn:aws:s3:eu-west-1:" + n("111122223333") + ":accesspoint/" + n("alice"),
		"arn:aws:secretsmanager:us-east-1:1:secret:db/x-a1B2c3": "arn:aws:secretsmanager:us-east-1:1:secret:" + n("db") + "/" + n("x") + "-a1B2c3",
		"alice@corp.example.com":                                n("alice") + "@" + n("corp") + "." + n("example") + ".com",
		"payroll-2026.s3.eu-west-1.amazonaws.com":               n("payroll-2026") + ".s3.eu-west-1.amazonaws.com",
		"sts.amazonaws.com":                                     "sts.amazonaws.com",
		"AWS Internal":                                          "AWS Internal",
		"eu-central-1a":                                         "eu-central-1a",
		"my-secret-1":                                           n("my-secret-1"),
		"s3://payroll-2026/may":                                 "s3://" + n("payroll-2026") + "/" + n("may"),
		"/prod/*":                                               "/" + n("prod") + "/*",
		"a%2Fb%20c":                                             escapeURL(n("a")+"/"+n("b c"), 1),
		"i-0123456789abcdef0":                                   n("i-0123456789abcdef0"),
		"ip-10-0-1-9.ec2.internal":                              "ip-" + strings.ReplaceAll(n("10.0.1.9"), ".", "-") + ".ec2.internal",
		"2026-03-02T10:00:00Z":                                  "2026-03-02T10:00:00Z",
		"HIDDEN_DUE_TO_SECURITY_REASONS":                        "HIDDEN_DUE_TO_SECURITY_REASONS",
	} {
		if got := n(text); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"alice", "b c", "payroll-2026", "AKIAIOSFODNN7EXAMPLE", "i-0123456789abcdef0", "0a:1b:2c:3d:4e:5f", "6ec1aa76c9c3020a93af9e89a5a3a439", "85b4ab0e-eee7-4450-adba-82137e39764c", "2001:db8::7"} {
		if got := n(text); got == text || got != testNameAgain(w, text) {
			t.Errorf("%s became %s", text, got)
		}
	}
	if got := n("i-0123456789abcdef0"); len(got) != 19 || !strings.HasPrefix(got, "i-") {
		t.Errorf("an instance became %s", got)
	}
}

// testNameAgain replaces a name by the same key, without what was learnt.
func testNameAgain(w *worker, text string) string { return New(w.red.key).newWorker().name(text) }

// finder against the plain way.
func TestFinder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	letters := "aAb-1"
	text := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	for range 300 {
		var names []string
		for range random.IntN(20) {
			names = append(names, text(1+random.IntN(9)))
		}
		f := newFinder(names)
		in := text(random.IntN(60))
		var want []span
		for to := 1; to <= len(in); to++ {
			for from := range to {
				s := span{from, to}
				if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, in[from:to]) }) && stands(in, s) {
					want = append(want, s)
					break
				}
			}
		}
		if got := f.find(nil, in); !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", names, in, got, want)
		}
	}
}

func TestStands(t *testing.T) {
	for _, c := range []struct {
		text, name string
		want       bool
	}{
		{"user bob did", "bob", true}, {"bobby", "bob", false}, {"bob2", "bob", false}, {"/bob/", "bob", true},
		{"xdeploy-bot2", "deploy-bot", true}, {"falsimentisBackup", "falsimentis", true}, {"configuration", "config", false},
		{"10.0.0.12", "10.0.0.1", false}, {"(10.0.0.1)", "10.0.0.1", true}, {"acct111122223333x", "111122223333", true}, {"1111222233334", "111122223333", false},
	} {
		from := strings.Index(c.text, c.name)
		if got := stands(c.text, span{from, from + len(c.name)}); got != c.want {
			t.Errorf("%s in %s: %t", c.name, c.text, got)
		}
	}
}

// A record keeps its shape, to the byte where nothing is a name; names are found in all that
// is written within texts.
func TestRecord(t *testing.T) {
	w := testWorker(t)
	learn := func(names ...string) {
		for _, name := range names {
			w.name(name)
		}
		w.red.known = newFinder(names)
	}
	learn("alice", "deploy-bot", "Müller & Söhne", "111122223333", "payroll-2026")
	n := w.name
	for in, want := range map[string]string{
		` { "eventName" : "PutObject" , "n":[1.50,-2e3,true,null,"x\u00e9"] } `: ` { "eventName" : "PutObject" , "n":[1.50,-2e3,true,null,"x\u00e9"] } `,
		`{"errorMessage":"User deploy-bot (DEPLOY-BOT) may not"}`:               `{"errorMessage":"User ` + n("deploy-bot") + ` (` + n("DEPLOY-BOT") + `) may not"}`,
		`{"errorMessage":"id=111122223333&u=%64eploy%2Dbot"}`:                   `{"errorMessage":"id=` + n("111122223333") + `&u=` + escapeURL(n("deploy-bot"), 1) + `"}`,
		`{"errorMessage":"{\\u0061lice: \"M\u00fcller & Söhne\"} "}`:            `{"errorMessage":"{` + n("alice") + `: \"` + n("Müller & Söhne") + `\"} "}`,
		`{"requestParameters":{"accountId":111122223333,"count":12}}`:           `{"requestParameters":{"accountId":` + n("111122223333") + `,"count":12}}`,
		`{"requestParameters":{"tags":{"alice":"payroll-2026"}}}`:               `{"requestParameters":{"tags":{"` + n("alice") + `":"` + n("payroll-2026") + `"}}}`,
		`{"requestParameters":{"policy":"{ \"Sid\":\"alice\", \"n\": 7 }"}}`:    `{"requestParameters":{"policy":"{ \"Sid\":\"` + n("alice") + `\", \"n\": 7 }"}}`,
		`{"requestParameters":{"userData":"ZWNobyBkZXBsb3ktYm90IHJ1bnM="}}`:     `{"requestParameters":{"userData":"` + "ZWNobyB" + `"`, // by its beginning
	} {
		got, err := w.record(nil, []byte(in))
		if err != nil || string(got) != want && !(strings.HasSuffix(want, `ZWNobyB"`) && strings.HasPrefix(string(got), strings.TrimSuffix(want, `"`)) && !bytes.Contains(got, []byte("ZXBsb3k"))) {
			t.Errorf("%s\nbecame %s, %v\nwant   %s", in, got, err, want)
		}
		if !json.Valid(got) {
			t.Errorf("%s became %s, which is no JSON", in, got)
		}
	}
	for _, in := range []string{``, `{`, `{"a"}`, `{"a":1,}`, `[1 2]`, `{"a":"\x"}`, `{"a":"b`, strings.Repeat("[", 5000) + strings.Repeat("]", 5000)} {
		if got, err := w.record(nil, []byte(in)); err == nil {
			t.Errorf("%.20s became %.20s", in, got)
		}
	}
}

// Kinds are found by the first line that fits.
func TestKinds(t *testing.T) {
	rules, open := kindRules()
	for path, want := range map[string]kind{
		"eventTime": kindStays, "userIdentity.userName": kindName, "userIdentity.type": kindStays, "userIdentity.sessionContext.attributes.creationDate": kindStays,
		"requestParameters.bucketName": kindName, "requestParameters.a.b.filterSet.items.name": kindWord, "responseElements.credentials.sessionToken": kindOpaque,
		"tlsDetails.clientProvidedHostHeader": kindHost, "tlsDetails.cipherSuite": kindStays, "requestParameters.description": kindText, "unheardOf": kindText,
		"requestParameters.policy.Statement.Condition.StringEquals.aws:x": kindName, "requestParameters.Host": kindHost,
	} {
		if got := kindOf(rules, strings.Split(strings.ToLower(path), ".")); got != want {
			t.Errorf("%s is %s, want %s", path, kindNames[got], kindNames[want])
		}
	}
	if kindOf(open, []string{"requestparameters", "tags"}) != kindOpen || kindOf(open, []string{"requestparameters"}) == kindOpen {
		t.Error("the members that callers name are not told from others")
	}
}

// Whatever is in it, a text is rewritten without harm, and so that the same comes out again.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"%25252541lice", `{"a":"\ud800"}`, "eyJhIjoiYWxpY2UifQ==", "arn:aws:iam::1:", "::ffff:1.2.3.4/129", "a@b", "://", "%", "\\u12", "AKIA", "n-\xff"} {
		f.Add(seed)
	}
	key, err := NewKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		red := New(key)
		red.newWorker().name("alice")
		red.known = newFinder([]string{"alice"})
		one, two := red.newWorker(), red.newWorker()
		quoted, _ := json.Marshal(text)
		for _, member := range []string{"errorMessage", "sourceIPAddress", "requestParameters"} {
			in := fmt.Appendf(nil, `{%q:%s}`, member, quoted)
			got, err := one.record(nil, in)
			if err != nil || !json.Valid(got) {
				t.Fatalf("%s became %s, %v", in, got, err)
			}
			if again, _ := two.record(nil, in); !bytes.Equal(got, again) {
				t.Fatalf("%s became %s, and %s", in, got, again)
			}
		}
		one.name(text)
		one.host(text)
	})
}
