//go:build seals

package seal

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tool runs a program that everybody has, and returns what it prints.
func tool(t *testing.T, dir string, in []byte, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err) // it is not there
	}
	return string(out), err
}

// must is tool, for what does not fail.
func must(t *testing.T, dir string, in []byte, name string, args ...string) string {
	t.Helper()
	out, err := tool(t, dir, in, name, args...)
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

func write(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ssh-keygen takes our signatures, and we take those that it makes, of its own keys and through its
// own agent.
func TestToolsSSH(t *testing.T) {
	dir, text := t.TempDir(), []byte("what is signed")
	write(t, dir, "text", text)
	sockets, err := os.MkdirTemp("", "a")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	socket := filepath.Join(sockets, "s")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	ready, err := agent.StdoutPipe()
	if err == nil {
		err = agent.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { agent.Process.Kill(); agent.Wait() })
	if _, err := ready.Read(make([]byte, 1)); err != nil { // it says where it listens once it does
		t.Fatal(err)
	}
	for _, kind := range [][]string{{"ed25519"}, {"ecdsa", "-b", "256"}, {"ecdsa", "-b", "521"}, {"rsa", "-b", "3072"}} {
		name := strings.Join(kind, "")
		must(t, dir, nil, "ssh-keygen", append([]string{"-q", "-N", "", "-f", name, "-C", "a comment", "-t"}, kind...)...)
		public, err := os.ReadFile(filepath.Join(dir, name+".pub"))
		if err != nil {
			t.Fatal(err)
		}
		allowed := fmt.Appendf(nil, "anna@example.org namespaces=\"file\" %s", public)
		write(t, dir, "allowed", allowed)
		check := func(how string, signature []byte) {
			t.Helper()
			write(t, dir, "sig", signature)
			verify := []string{"-Y", "verify", "-n", "file", "-f", "allowed", "-I", "anna@example.org", "-s", "sig"}
			must(t, dir, text, "ssh-keygen", verify...)
			if out, err := tool(t, dir, append(text, 'x'), "ssh-keygen", verify...); err == nil {
				t.Errorf("%s, %s: it takes another text: %s", name, how, out)
			}
			key, err := CheckSignature(signature, text)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, how, err)
			}
			signers, err := ParseSigners(allowed)
			if err != nil {
				t.Fatal(err)
			}
			if names, why := signers.Who(key, time.Now()); names != "anna@example.org" {
				t.Errorf("%s, %s: %q %s", name, how, names, why)
			}
		}
		sign := func(path string) []byte {
			t.Helper()
			signature, err := open(t, filepath.Join(dir, path)).Sign(text)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			return signature
		}
		t.Setenv("SSH_AUTH_SOCK", "")
		check("ours", sign(name))
		os.Remove(filepath.Join(dir, "text.sig"))
		must(t, dir, nil, "ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", name, "text")
		theirs, err := os.ReadFile(filepath.Join(dir, "text.sig"))
		if err != nil {
			t.Fatal(err)
		}
		check("theirs", theirs)

		t.Setenv("SSH_AUTH_SOCK", socket)
		must(t, dir, nil, "ssh-add", "-q", name)
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		check("the agent's", sign(name+".pub"))
	}
	must(t, dir, nil, "ssh-keygen", "-q", "-N", "secret", "-f", "locked", "-t", "ed25519")
	k, err := OpenKey(filepath.Join(dir, "locked"), func(string) ([]byte, error) { return []byte("secret"), nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sign(text); err != nil {
		t.Error(err)
	}
}

// opensslConfig is of a root and of an authority below it, in the words of openssl's own demoCA.
const opensslConfig = `
[req]
distinguished_name = name
prompt = no
[name]
CN = Root of tests
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[tsa]
extendedKeyUsage = critical,timeStamping
[stamps]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = %s
signer_digest = %s
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = %s
ess_cert_id_alg = %s
`

// openssl ts makes stamps that we take, by HTTP, and takes those that we keep.
func TestToolsStamp(t *testing.T) {
	text := []byte("what is stamped")
	for _, way := range []struct{ key, digest, chain, id string }{
		{"rsa:2048", "sha256", "no", "sha1"},
		{"rsa:2048", "sha512", "yes", "sha256"},
		{"ec", "sha384", "no", "sha384"},
	} {
		t.Run(way.key+way.digest, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "text", text)
			write(t, dir, "serial", []byte("0A\n"))
			write(t, dir, "openssl.cnf", fmt.Appendf(nil, opensslConfig, "root.pem", way.digest, way.chain, way.id))
			config := []string{"-config", "openssl.cnf"}
			key := []string{"-newkey", way.key, "-nodes"}
			if way.key == "ec" {
				key = append(key, "-pkeyopt", "ec_paramgen_curve:P-256")
			}
			must(t, dir, nil, "openssl", append(append([]string{"req", "-x509", "-extensions", "root", "-keyout", "root.key", "-out", "root.pem", "-days", "2"}, config...), key...)...)
			must(t, dir, nil, "openssl", append(append([]string{"req", "-new", "-subj", "/O=Example/CN=Stamps of tests", "-keyout", "tsa.key", "-out", "tsa.csr"}, config...), key...)...)
			must(t, dir, nil, "openssl", "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "tsa.pem", "-days", "2",
				"-extfile", "openssl.cnf", "-extensions", "tsa")
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				question, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				write(t, dir, "question", question)
				must(t, dir, nil, "openssl", "ts", "-reply", "-config", "openssl.cnf", "-section", "stamps", "-queryfile", "question", "-out", "reply")
				answer, err := os.ReadFile(filepath.Join(dir, "reply"))
				if err != nil {
					t.Error(err)
				}
				w.Header().Set("Content-Type", "application/timestamp-reply")
				w.Write(answer)
			}))
			defer server.Close()
			file, err := RequestStamp(t.Context(), server.URL, text)
			if err != nil {
				t.Fatal(err)
			}
			pem, err := os.ReadFile(filepath.Join(dir, "root.pem"))
			if err != nil {
				t.Fatal(err)
			}
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM(pem)
			s, err := CheckStamp(file, text, roots)
			if err != nil || s.Trusted != nil || !strings.Contains(s.Authority, "CN=Stamps of tests") {
				t.Errorf("%+v, %v", s, err)
			}
			write(t, dir, "text.tsr", file)
			verify := []string{"ts", "-verify", "-data", "text", "-in", "text.tsr", "-CAfile", "root.pem"}
			if out := must(t, dir, nil, "openssl", verify...); !strings.Contains(out, "Verification: OK") {
				t.Errorf("openssl says %s", out)
			}
			checkEachByte(t, file, text, roots)
			write(t, dir, "text", append(text, 'x'))
			if out, err := tool(t, dir, nil, "openssl", verify...); err == nil {
				t.Errorf("openssl takes another text: %s", out)
			}
		})
	}
}
