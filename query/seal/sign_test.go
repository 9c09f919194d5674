package seal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// keyFile writes a private key, and its public half beside it.
func keyFile(t *testing.T, private any, passphrase string) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(private, "test")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "test", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := errors.Join(
		os.WriteFile(path, pem.EncodeToMemory(block), 0o600),
		os.WriteFile(path+".pub", ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return path
}

func newEd25519(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSA(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// nobody is whoever is asked for a passphrase and must not be.
func nobody(path string) ([]byte, error) {
	return nil, errors.New("asked for the passphrase of " + path)
}

// open opens a key, and closes it with the test.
func open(t *testing.T, path string) *Key {
	t.Helper()
	k, err := OpenKey(path, nobody)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// runAgent runs an agent that has a key.
func runAgent(t *testing.T, private any) {
	t.Helper()
	dir, err := os.MkdirTemp("", "a") // names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(keys, conn)
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", filepath.Join(dir, "s"))
}

func TestSign(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("what is signed")
	for name, private := range map[string]any{"ed25519": newEd25519(t), "ecdsa": curve, "rsa": newRSA(t, 2048)} {
		path := keyFile(t, private, "")
		k := open(t, path)
		signature, err := k.Sign(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		key, err := CheckSignature(signature, text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if public, _ := os.ReadFile(path + ".pub"); !bytes.Equal(ssh.MarshalAuthorizedKey(key), public) {
			t.Errorf("%s: signed by %s", name, Describe(key))
		}
		if _, err := CheckSignature(signature, append(text, '\n')); err == nil {
			t.Errorf("%s: it takes another text", name)
		}
		if name != "ed25519" { // which is the same for all
			continue
		}
		for i := range signature {
			for _, bit := range []byte{1, 0x20} {
				changed := bytes.Clone(signature)
				changed[i] ^= bit
				if _, err := CheckSignature(changed, text); err == nil {
					t.Errorf("%s: byte %d may be %q", name, i, changed[i])
				}
			}
		}
		if _, err := CheckSignature(append(signature, '\n'), text); err == nil {
			t.Error("it takes a signature with something behind it")
		}
	}
}

// A signature that was made for something else says nothing of a file.
func TestSignatureOfOtherThings(t *testing.T) {
	signer, err := ssh.NewSignerFromKey(newEd25519(t))
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("x")
	make := func(change func(b *blob)) []byte {
		b := blob{Version: version, PublicKey: signer.PublicKey().Marshal(), Namespace: Namespace, Hash: "sha512"}
		s, err := signer.Sign(rand.Reader, message(b.Hash, text))
		if err != nil {
			t.Fatal(err)
		}
		b.Signature = ssh.Marshal(s)
		change(&b)
		return armor(b)
	}
	if _, err := CheckSignature(make(func(*blob) {}), text); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(b *blob){
		"not for a file":     func(b *blob) { b.Namespace = "git" },
		"of version 2":       func(b *blob) { b.Version = 2 },
		`"sha1"`:             func(b *blob) { b.Hash = "sha1" },
		"as ssh-keygen":      func(b *blob) { b.Reserved = "x" },
		"key cannot be read": func(b *blob) { b.PublicKey = []byte("x") },
		"cannot be read":     func(b *blob) { b.Signature = []byte("x") },
		"of another text":    func(b *blob) { b.Hash = "sha256" },
		"made with SHA-1":    func(b *blob) { b.Signature = ssh.Marshal(ssh.Signature{Format: ssh.KeyAlgoRSA, Blob: []byte("x")}) },
	} {
		if _, err := CheckSignature(make(change), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	private := newEd25519(t)
	locked := keyFile(t, private, "secret")
	word := "secret"
	asked := func(string) ([]byte, error) { return []byte(word), nil }
	if _, err := OpenKey(locked, asked); err != nil {
		t.Error(err)
	}
	word = "wrong"
	if _, err := OpenKey(locked, asked); err == nil || !strings.Contains(err.Error(), "passphrase is another one") {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if _, err := OpenKey(locked+".pub", nobody); !errors.Is(err, ErrNoAgent) {
		t.Errorf("without an agent: %v", err)
	}
	none := filepath.Join(t.TempDir(), "none")
	if err := os.WriteFile(none, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKey(none, nobody); err == nil {
		t.Error("it takes what is no key")
	}
	if _, err := OpenKey(keyFile(t, newRSA(t, 1024), ""), nobody); err == nil || !strings.Contains(err.Error(), "1024 bits") {
		t.Errorf("a short key: %v", err)
	}

	// The agent has it: nobody is asked, by whichever half it is named.
	runAgent(t, private)
	for _, path := range []string{locked, locked + ".pub"} {
		signature, err := open(t, path).Sign([]byte("x"))
		if err == nil {
			_, err = CheckSignature(signature, []byte("x"))
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	var missing *AgentError
	if _, err := OpenKey(keyFile(t, newEd25519(t), "")+".pub", nobody); !errors.As(err, &missing) || missing.Err != nil {
		t.Errorf("a key that the agent does not have: %v", err)
	}

	// One of RSA signs with SHA-2 through the agent as well.
	long := newRSA(t, 2048)
	runAgent(t, long)
	if _, err := open(t, keyFile(t, long, "")+".pub").Sign([]byte("x")); err != nil {
		t.Error(err)
	}
}

func TestSigners(t *testing.T) {
	signer, err := ssh.NewSignerFromKey(newEd25519(t))
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for line, want := range map[string]string{
		"a@example.org " + key:                                            "a@example.org",
		"a@example.org,*@example.com\t" + key + " comment":                "a@example.org,*@example.com",
		`"a b" ` + key:                                                    "a b",
		`a namespaces="git,fi*" ` + key:                                   "a",
		`a namespaces="git" ` + key:                                       "",
		`a namespaces="*,!file" ` + key:                                   "",
		`a valid-after="20260302Z" ` + key:                                "a",
		`a valid-after="20260303Z" ` + key:                                "",
		`a valid-before="202603021200Z" ` + key:                           "",
		`a valid-after="20260301Z",valid-before="20260302120001Z" ` + key: "a",
		"# a " + key:              "",
		"a cert-authority " + key: "",
		"":                        "",
	} {
		s, err := ParseSigners([]byte("\n" + line + "\n"))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if names, why := s.Who(signer.PublicKey(), now); names != want || (why == "") != (want != "") {
			t.Errorf("%s: %q %q, want %q", line, names, why, want)
		}
		if strings.Contains(line, "cert-") != (len(s.Aside) == 1) {
			t.Errorf("%s: %q", line, s.Aside)
		}
	}
	for _, line := range []string{"a", "a b", `"a ` + key, "a nothing " + key, `a valid-after="soon" ` + key} {
		if _, err := ParseSigners([]byte(line)); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%s: %v", line, err)
		}
	}
}
