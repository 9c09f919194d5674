package notify

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailbox/query/alarm"
	"trailbox/query/notify/mailtest"
	"trailbox/schema"
)

// hostileNotice has hostile text wherever an attacker, or who writes rules, has a say.
func hostileNotice(t *testing.T) *schema.Notice {
	tr := fired()
	tr.Alarm.Name, tr.Alarm.Description, tr.Reason = hostile, hostile, hostile
	e := deleteBucket(0)
	e.Name, e.Source, e.Region, e.Actor, e.SourceIP, e.ErrorCode = hostile, hostile, hostile, hostile, hostile, hostile
	tr.Events = []alarm.Event{e}
	return notice(t, ofTransition(tr))
}

// startMail starts a mail server that ends with the test.
func startMail(t *testing.T, config *tls.Config) *mailtest.Server {
	t.Helper()
	server, err := mailtest.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// received returns the only mail that has come, and its text.
func received(t *testing.T, server *mailtest.Server) (mailtest.Mail, mail.Header, string) {
	t.Helper()
	mails := server.Take()
	if len(mails) != 1 {
		t.Fatalf("%d mails have come", len(mails))
	}
	parsed, err := mails[0].Parse()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(parsed.Body))
	if err != nil {
		t.Fatal(err)
	}
	return mails[0], parsed.Header, strings.ReplaceAll(string(body), "\r\n", "\n")
}

// mailbox returns a receiver by that server.
func mailbox(t *testing.T, server MailServer) *Mailbox {
	t.Helper()
	server.From = "Trail Böx <alarms@example.com>"
	b, err := NewMailbox("bot@example.org", server)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A mail arrives as it was written, whatever is in it.
func TestMail(t *testing.T) {
	server := startMail(t, nil)
	b := mailbox(t, MailServer{URL: server.Address})
	n := notice(t, ofTransition(fired()))
	if err := b.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	sent, got, body := received(t, server)
	if sent.From != "alarms@example.com" || sent.To != "bot@example.org" || sent.User != "" {
		t.Errorf("%+v", sent)
	}
	date, err := got.Date()
	from, fromErr := got.AddressList("From")
	if err != nil || fromErr != nil || !date.Equal(made) || len(from) != 1 || from[0].Name != "Trail Böx" || from[0].Address != "alarms@example.com" {
		t.Errorf("%v from %v, %v, %v", date, from, err, fromErr)
	}
	for name, want := range map[string]string{
		"To": "<bot@example.org>", "Subject": `ALARM: "DeleteBucket" in US East (N. Virginia)`,
		"Message-Id": "<" + n.ID + "@example.com>", "Content-Type": "text/plain; charset=utf-8", "Auto-Submitted": "auto-generated",
	} {
		if header := strings.TrimSpace(got.Get(name)); header != want {
			t.Errorf("%s is %q, want %q", name, header, want)
		}
	}
	if want := ofTransition(fired()).body(); body != want {
		t.Errorf("the text is\n%s\nwant\n%s", body, want)
	}

	if err := b.Deliver(t.Context(), hostileNotice(t)); err != nil {
		t.Fatal(err)
	}
	_, got, body = received(t, server)
	if len(got) != 9 || got.Get("Bcc") != "" {
		t.Errorf("headers: %v", got)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, `ALARM: "x\r\nBcc: all@example.com\r\n`) || strings.ContainsAny(subject, "\r\n\x00\x1b\u202e") {
		t.Errorf("the subject is %q, %v", subject, err)
	}
	if strings.ContainsAny(body, "\r\x00\x1b\u202e") || strings.Contains(body, "\nBcc") || strings.Contains(body, "\n.\n") || !strings.Contains(body, "\nNotice ") {
		t.Errorf("the text is\n%q", body)
	}

	named := fired()
	named.Alarm.Name = "Löschung " + strings.Repeat("über", 100)
	if err := b.Deliver(t.Context(), notice(t, ofTransition(named))); err != nil {
		t.Fatal(err)
	}
	_, got, _ = received(t, server)
	subject, err = new(mime.WordDecoder).DecodeHeader(got.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, `ALARM: "Löschung überüber`) || !strings.HasSuffix(subject, "…") {
		t.Errorf("the subject is %q, %v", subject, err)
	}
}

// What a mail server does not take is an error, in its words, and the mail is not lost on
// the way: it is taken the next time.
func TestMailRefused(t *testing.T) {
	server := startMail(t, nil)
	b := mailbox(t, MailServer{URL: "smtp://" + server.Address})
	server.Refuse("mailbox full")
	var refused *RefusedError
	if err := b.Deliver(t.Context(), notice(t, ofTransition(fired()))); !errors.As(err, &refused) || !strings.Contains(err.Error(), "mailbox full") {
		t.Errorf("refused, it says %v", err)
	}
	if err := b.Deliver(t.Context(), notice(t, ofTransition(fired()))); err != nil {
		t.Error(err)
	}
	received(t, server)

	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cause := errors.New("no answer")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, cause)
	defer cancel()
	if err := mailbox(t, MailServer{URL: silent.Addr().String()}).Deliver(ctx, notice(t, ofTransition(fired()))); !errors.Is(err, cause) {
		t.Errorf("without an answer, it says %v", err)
	}
}

// certificate makes one for 127.0.0.1, and what trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(crand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{ServerName: "127.0.0.1", RootCAs: pool}
}

// A password goes over TLS to a server that the machine trusts, or not at all.
func TestMailTLS(t *testing.T) {
	served, trusting := certificate(t)
	server := startMail(t, served)
	b := mailbox(t, MailServer{URL: server.Address, User: "alarms", Password: mailtest.Password})
	n := notice(t, ofTransition(fired()))
	var unknown *tls.CertificateVerificationError
	if err := b.Deliver(t.Context(), n); !errors.As(err, &unknown) {
		t.Errorf("to a server that nobody vouches for, it says %v", err)
	}
	b.tls = trusting
	if err := b.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if sent, _, _ := received(t, server); sent.User != "alarms" {
		t.Errorf("%+v", sent)
	}
	b.password = "wrong"
	var refused *RefusedError
	if err := b.Deliver(t.Context(), n); !errors.As(err, &refused) {
		t.Errorf("with a wrong password, it says %v", err)
	}

	plain := startMail(t, nil)
	b = mailbox(t, MailServer{URL: strings.Replace(plain.Address, "127.0.0.1", "localhost.localdomain", 1), User: "alarms", Password: mailtest.Password})
	conn, err := net.Dial("tcp", plain.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := b.send(conn, []byte("x")); err == nil || !strings.Contains(err.Error(), "unencrypted connection") {
		t.Errorf("without TLS, it says %v", err)
	}
}

// Servers and addresses that make no sense.
func TestNewMailbox(t *testing.T) {
	for _, test := range []struct{ to, from, url string }{
		{"bot", "a@example.com", "mail:25"},
		{"bot@example.org\r\nBcc: x@example.org", "a@example.com", "mail:25"},
		{"bot@example.org", "nobody", "mail:25"},
		{"bot@example.org", "a@example.com", ""},
		{"bot@example.org", "a@example.com", "https://mail"},
		{"bot@example.org", "a@example.com", "smtp://user:password@mail"},
	} {
		if _, err := NewMailbox(test.to, MailServer{URL: test.url, From: test.from}); err == nil {
			t.Errorf("%q by %q from %q is taken", test.to, test.url, test.from)
		}
	}
	for url, port := range map[string]string{"mail": "25", "smtp://mail": "25", "smtps://mail": "465", "mail:587": "587", "[::1]:2525": "2525"} {
		b, err := NewMailbox("bot@example.org", MailServer{URL: url, From: "a@example.com"})
		if err != nil || b.port != port {
			t.Errorf("%s: %+v, %v", url, b, err)
		}
	}
}

// A webhook gets the message and a text in which nothing rings or links.
func TestWebhook(t *testing.T) {
	var requests []*http.Request
	var bodies [][]byte
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests, bodies = append(requests, r), append(bodies, body)
		switch status {
		case http.StatusTooManyRequests:
			w.Header().Set("Retry-After", "7")
		case http.StatusFound:
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		io.WriteString(w, "no\x1b[2J room")
	}))
	defer server.Close()
	h, err := NewWebhook(server.URL + "/services/secret")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(h.Name(), "secret") {
		t.Errorf("its name is %q", h.Name())
	}
	n := hostileNotice(t)
	if err := h.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	r := requests[0]
	if r.Method != http.MethodPost || r.URL.Path != "/services/secret" || r.Header.Get("Content-Type") != "application/json; charset=utf-8" || r.Header.Get("Idempotency-Key") != n.ID {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	var got struct {
		Text      string `json:"text"`
		AlarmName string
		Unfurl    *bool `json:"unfurl_links"`
		Trailbox  Note
	}
	if err := json.Unmarshal(bodies[0], &got); err != nil {
		t.Fatal(err)
	}
	if got.AlarmName != hostile || got.Trailbox.NoticeID != n.ID || got.Unfurl == nil || *got.Unfurl {
		t.Errorf("%+v", got)
	}
	if strings.ContainsAny(got.Text, "<>\x00\x1b\u202e\r") || !strings.Contains(got.Text, "&lt;!channel&gt;") {
		t.Errorf("the text is %q", got.Text)
	}
	// What is not ours stands between backquotes: each line has an even number of them,
	// and everything hostile is behind an odd one.
	for line := range strings.Lines(got.Text) {
		parts := strings.Split(line, "`")
		for i, part := range parts {
			if i%2 == 0 && (strings.Contains(part, "channel") || strings.Contains(part, "everyone") || strings.Contains(part, "192.0.2.1")) {
				t.Errorf("%q is not between backquotes in %q", part, line)
			}
		}
		if len(parts)%2 == 0 {
			t.Errorf("backquotes are not even in %q", line)
		}
	}

	var refused *RefusedError
	status = http.StatusTooManyRequests
	if err := h.Deliver(t.Context(), n); !errors.As(err, &refused) || refused.After != 7*time.Second || !strings.Contains(err.Error(), "429 Too Many Requests") {
		t.Errorf("it says %v", err)
	}
	status = http.StatusFound
	if err := h.Deliver(t.Context(), n); !errors.As(err, &refused) || len(requests) != 3 {
		t.Errorf("sent on elsewhere, it says %v after %d requests", err, len(requests))
	}
	server.Close()
	if err := h.Deliver(t.Context(), n); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("gone, it says %v", err)
	}
	for _, url := range []string{"", "x", "ftp://example.com", "https://"} {
		if _, err := NewWebhook(url); err == nil {
			t.Errorf("%q is taken for a webhook", url)
		}
	}
}

// A command gets the message on its standard input, and nothing of it elsewhere.
func TestCommand(t *testing.T) {
	dir := t.TempDir()
	out, env := filepath.Join(dir, "out"), filepath.Join(dir, "env")
	n := hostileNotice(t)
	if err := NewCommand("cat > "+out+"; env > "+env+"; echo $0 $* >> "+env).Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil || string(got) != n.Message+"\n" {
		t.Errorf("it gets %q, %v", got, err)
	}
	around, err := os.ReadFile(env)
	if err != nil || bytes.Contains(around, []byte("all@example.com")) || bytes.Contains(around, []byte(n.ID)) {
		t.Errorf("%v, around it there is %s", err, around)
	}
	var refused *RefusedError
	if err := NewCommand("echo no room >&2; exit 4").Deliver(t.Context(), n); !errors.As(err, &refused) || refused.Answer != "exit status 4 no room" {
		t.Errorf("it says %v", err)
	}
	if err := NewCommand("exit 0").Deliver(t.Context(), n); err != nil {
		t.Errorf("a command that does not read: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := NewCommand("sleep 60").Deliver(ctx, n); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of time, it says %v", err)
	}
}

// A file grows by a line, whatever its end looks like.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alarms.ndjson")
	f, err := NewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := hostileNotice(t)
	for range 2 {
		if err := f.Deliver(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	cut, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cut.WriteString(`{"AWSAcc`)
	cut.Close()
	if err := f.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if want := n.Message + "\n" + n.Message + "\n" + `{"AWSAcc` + "\n" + n.Message + "\n"; err != nil || string(got) != want {
		t.Errorf("%v: %s", err, got)
	}
	f, err = NewFile(filepath.Join(path, "below"))
	if err == nil {
		err = f.Deliver(t.Context(), n)
	}
	if err == nil {
		t.Error("a file below a file is written")
	}
}

// Whatever the receiver answers, of the URL of a webhook no more than the host is told.
func TestWebhookKeepsItsSecret(t *testing.T) {
	const token, query, user, password = "xoxB-7Gk/9z+Q", "sig=9f8e7d6c", "user77", "p4ssw0rd!"
	address := &url.URL{Path: "/services/T0A1B2/" + token, RawPath: "/services/T0A1B2/xoxB-7Gk%2F9z+Q"}
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	for name, answer := range map[string]string{
		"raw": "no such hook: " + address.Path, "escaped": "no such hook: " + address.EscapedPath(), "escaped twice": url.QueryEscape(address.EscapedPath()),
		"all of it escaped": "%2Fser%76ices%2FT%30A1B2", "the token": token, "half of the token": "not 7gk9", "the segment": "team t0a1b2 is gone",
		"HTML": "<pre>Cannot POST &#x2F;services&#47;&#84;0A1B2</pre>", "JSON": `{"path":"\/services\/\u00540A1B2"}`, "query": query, "its value": "9F8E7D6C",
		"user": user, "password": password, "header": "Authorization: Basic " + basic, "base64": base64.RawURLEncoding.EncodeToString([]byte(address.Path)),
		"hex": hex.EncodeToString([]byte(address.Path)), "in lines": "xoxB\n-7Gk", "behind a lot": strings.Repeat(". ", 95) + " T0A" + "1B2",
		"redirect": "302 https://192.0.2.1" + address.Path, "broken redirect": "302 :" + address.Path, "reason": "404 T0A1B2", "no HTTP": "T0A1B2",
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				code, rest, isStatus := strings.Cut(answer, " ")
				switch {
				case code == "302":
					w.Header().Set("Location", rest)
					w.WriteHeader(http.StatusFound)
				case isStatus && code == "404" || name == "no HTTP":
					conn, _, err := w.(http.Hijacker).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					defer conn.Close()
					fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", answer)
				default:
					w.WriteHeader(http.StatusNotFound)
					io.WriteString(w, answer)
				}
			}))
			defer server.Close()
			h, err := NewWebhook(strings.Replace(server.URL, "://", "://"+user+":"+url.QueryEscape(password)+"@", 1) + address.EscapedPath() + "?" + query)
			if err != nil {
				t.Fatal(err)
			}
			o, ok := attempt(t.Context(), h, &schema.DueNotice{Notice: *hostileNotice(t)})
			if !ok || o.Err == nil || o.Error != o.Err.Error() {
				t.Fatalf("%+v", o)
			}
			text := strings.ToLower(strings.ReplaceAll(o.Error, h.url.Host, ""))
			for _, part := range []string{"services", "t0a", "xox", "7gk", "9z+q", "sig", "9f8e", "user77", "p4ss", strings.ToLower(basic[:8]), "l3nl", "2f73"} {
				if strings.Contains(text, part) {
					t.Errorf("%q tells %q", o.Error, part)
				}
			}
			if name != "no HTTP" && !strings.Contains(o.Error, notShown) && !strings.Contains(text, "302 found") && !strings.Contains(text, "404 not found") {
				t.Errorf("it says %q only", o.Error)
			}
		})
	}
}
