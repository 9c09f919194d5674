package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"trailbox/query/evidence"
)

// signingKey is a key of SSH, and who may sign with it.
func signingKey(t *testing.T) (key, allowed string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key, allowed = filepath.Join(dir, "key"), filepath.Join(dir, "allowed_signers")
	writeFile(t, key, pem.EncodeToMemory(block))
	writeFile(t, allowed, append([]byte("anna@example.org "), ssh.MarshalAuthorizedKey(signer.PublicKey())...))
	return key, allowed
}

// checksOf are what case verify says, and its exit code.
func checksOf(t *testing.T, args ...string) (code int, checks []evidence.Check) {
	t.Helper()
	code, stdout, stderr := call(t, append([]string{"case", "verify", "-o", "json"}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &checks); err != nil {
		t.Fatalf("exit code %d\n%s%s: %v", code, stdout, stderr, err)
	}
	found := false
	for _, c := range checks {
		found = found || c.Found()
	}
	if found != (code == exitFindings) || !found && code != exitDone {
		t.Errorf("exit code %d of %+v", code, checks)
	}
	return code, checks
}

// stateOf is what was found of something.
func stateOf(checks []evidence.Check, what, file string) evidence.State {
	for _, c := range checks {
		if c.What == what && (c.File == file || file == "") {
			return c.State
		}
	}
	return ""
}

func TestCaseVerify(t *testing.T) {
	demo(t)
	t.Setenv("SSH_AUTH_SOCK", "")
	store := os.Getenv("TRAILBOX_STORE")
	key, allowed := signingKey(t)
	dir := filepath.Join(t.TempDir(), "case")
	if code, _, stderr := call(t, "case", "-q", dir, "--access-key", "AKIADEPLOYBOTEXAMPLE", "--sign", key); code != exitFindings {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if code, checks := checksOf(t, dir, "--signers", allowed); code != exitDone || stateOf(checks, "signature", "") != evidence.Good || stateOf(checks, "store", "") != "" {
		t.Errorf("exit code %d, %+v", code, checks)
	}
	if code, checks := checksOf(t, dir); code != exitFindings || stateOf(checks, "signature", "") != evidence.Unproven {
		t.Errorf("exit code %d, %+v", code, checks)
	}
	_, nobody := signingKey(t)
	if code, checks := checksOf(t, dir, "--signers", nobody); code != exitFindings || stateOf(checks, "signature", "") != evidence.Unproven {
		t.Errorf("exit code %d, %+v", code, checks)
	}

	// A byte of any file, and its name.
	for name, text := range filesOf(t, dir) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		changed := bytes.Clone(text)
		changed[len(changed)/2] ^= 1
		writeFile(t, path, changed)
		what, file := "file", name
		if strings.HasPrefix(name, evidence.ManifestName) { // which the signature covers
			what, file = "signature", evidence.ManifestName+evidence.Signature
		}
		if code, checks := checksOf(t, dir, "--signers", allowed); code != exitFindings || stateOf(checks, what, file) != evidence.Wrong {
			t.Errorf("%s: exit code %d, %+v", name, code, checks)
		}
		writeFile(t, path, text)
	}

	// What was done to the store since then changes answers, which are named. Each of the others is
	// compared: none is left out in silence.
	if code, _, stderr := call(t, "verify", "-q"); code != exitFindings {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	code, checks := checksOf(t, dir, "--signers", allowed, "--store", store)
	if code != exitFindings || stateOf(checks, "store", "") != evidence.Good || stateOf(checks, "statement", "queries/files.sql") != evidence.Wrong {
		t.Errorf("after verify: exit code %d, %+v", code, checks)
	}
	m, others := manifestOf(t, filesOf(t, dir)), 0
	for _, s := range m.Statements {
		if s.SHA256 == "" || !strings.HasPrefix(s.File, "queries/") {
			t.Errorf("the answer to %s is not known", s.File)
		}
		if stateOf(checks, "statement", s.File) == "" {
			others++
		}
	}
	if same, _, _ := strings.Cut(checks[len(checks)-1].Detail, " "); len(m.Statements) < 15 || others < 10 || same != strconv.Itoa(others) {
		t.Errorf("%d statements, %d not named, %s with the same answer", len(m.Statements), others, same)
	}
}

// A case of a stranger's cannot do anything by its statements.
func TestCaseOfAStranger(t *testing.T) {
	demo(t)
	store := os.Getenv("TRAILBOX_STORE")
	before, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	secret, written := filepath.Join(t.TempDir(), "secret"), filepath.Join(t.TempDir(), "written")
	writeFile(t, secret, []byte("secret"))
	dir := filepath.Join(t.TempDir(), "c")
	f, err := evidence.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := evidence.Manifest{Head: evidence.Head{Format: "trailbox case 2", By: evidence.By{User: "\x1b[31m\u202ex", Host: "<b>"}}}
	statements := []string{
		"SELECT * FROM read_text('" + secret + "')",
		"COPY (SELECT 1) TO '" + written + "'",
		"CREATE TABLE x AS SELECT 1",
		"DELETE FROM events",
		"SET enable_external_access = true",
		"SELECT 1; SELECT 2",
		"SELECT 'not rows of events'",
		"\x1b[31m\u202e",
		"",
	}
	for i, text := range statements {
		name := "s" + strconv.Itoa(i)
		if err := f.Write("queries/"+name+".sql", func(w io.Writer) error {
			_, err := w.Write([]byte(text))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		form := evidence.CSV
		if strings.Contains(text, "not rows") {
			form = evidence.Records
		}
		m.Statements = append(m.Statements, evidence.Statement{File: "queries/" + name + ".sql", Form: form})
	}
	m.Statements = append(m.Statements, evidence.Statement{File: secret, Form: evidence.CSV}, evidence.Statement{File: "queries/s0.sql", Form: "other"})
	m.Files = f.Contents().Files
	if err := f.Finish(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	code, checks := checksOf(t, dir, "--store", store)
	wrong := 0
	for _, c := range checks {
		if c.What == "statement" && c.State == evidence.Wrong {
			wrong++
		}
	}
	if code != exitFindings || wrong != len(m.Statements) {
		t.Errorf("exit code %d, %d of %d statements: %+v", code, wrong, len(m.Statements), checks)
	}
	if _, err := os.Stat(written); err == nil {
		t.Error("a statement wrote a file")
	}
	if after, err := os.ReadFile(store); err != nil || !bytes.Equal(after, before) {
		t.Error("a statement changed the store")
	}
	_, stdout, stderr := call(t, "case", "verify", dir, "--store", store)
	checkPrinted(t, "case verify", stdout+stderr)
}
