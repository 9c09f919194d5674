//go:build unix

package evidence

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"trailbox/query/seal"
)

// small makes a small folder that is signed, and says who may sign.
func small(t *testing.T) (place string, trust Trust) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := seal.OpenKey(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	trust.Now = time.Now()
	if trust.Signers, err = seal.ParseSigners(append([]byte("anna@example.org "), ssh.MarshalAuthorizedKey(signer.PublicKey())...)); err != nil {
		t.Fatal(err)
	}
	place = filepath.Join(t.TempDir(), "small")
	f, err := New(place)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"a.csv": "a,b\n1,2\n", "queries/a.sql": "SELECT 1;\n", "empty": ""} {
		if err := f.Write(name, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	m := Manifest{Head: Head{Format: "trailbox test 1", By: By{User: "anna", Host: "desk"}}, Contents: f.Contents()}
	err = f.Finish(t.Context(), &m, Seal{Signature, func(_ context.Context, text []byte) ([]byte, error) { return key.Sign(text) }})
	if err != nil {
		t.Fatal(err)
	}
	return place, trust
}

// look looks at a folder, and returns what is to be looked at of it.
func look(t *testing.T, place string, trust Trust) (found []string) {
	t.Helper()
	o, err := Open(place)
	if err != nil {
		return []string{err.Error()}
	}
	defer o.Close()
	o.Check(trust)
	for _, c := range o.Checks {
		if c.Found() {
			found = append(found, c.What+" "+string(c.State)+" "+c.File+": "+c.Detail)
		}
	}
	if o.Found() != (found != nil) {
		t.Errorf("found %t of %q", o.Found(), found)
	}
	return found
}

// No byte of a folder can be another one without being seen.
func TestEachByte(t *testing.T) {
	place, trust := small(t)
	if found := look(t, place, trust); found != nil {
		t.Fatalf("%q", found)
	}
	flips := 0
	for _, name := range []string{"a.csv", "queries/a.sql", ManifestName, ManifestName + Signature} {
		path := filepath.Join(place, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range text {
			changed := bytes.Clone(text)
			changed[i] ^= 1 << (i % 8)
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			if look(t, place, trust) == nil {
				t.Errorf("%s: byte %d may be %q in place of %q", name, i, changed[i], text[i])
			}
			flips++
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found := look(t, place, trust); found != nil || flips < 1000 {
		t.Errorf("%d bytes, %q", flips, found)
	}
}

// Whatever else somebody does to a folder is told by name.
func TestOtherChanges(t *testing.T) {
	var place string
	var trust Trust
	at := func(name string) string { return filepath.Join(place, name) }
	for what, change := range map[string]struct {
		want string
		do   func() error
	}{
		"a file is gone":       {"file wrong a.csv: it is not there", func() error { return os.Remove(at("a.csv")) }},
		"a file more":          {"file wrong more: the manifest does not have it: it is a file", func() error { return os.WriteFile(at("more"), nil, 0o600) }},
		"a hidden one":         {"file wrong queries/.x: the manifest does not have it", func() error { return os.WriteFile(at("queries/.x"), nil, 0o600) }},
		"a folder more":        {"file wrong d: the manifest does not have it: it is a folder", func() error { return os.Mkdir(at("d"), 0o700) }},
		"an empty one is full": {"file wrong empty: it has 1 bytes, and had 0", func() error { return os.WriteFile(at("empty"), []byte("x"), 0o600) }},
		"longer":               {"file wrong a.csv: it has 9 bytes, and had 8", func() error { return os.WriteFile(at("a.csv"), []byte("a,b\n1,2\n\n"), 0o600) }},
		"a link": {"file wrong a.csv: it is a symbolic link, not a file", func() error {
			return errors.Join(os.Rename(at("a.csv"), filepath.Join(filepath.Dir(place), "elsewhere")), os.Symlink("../elsewhere", at("a.csv")))
		}},
		"a link more": {"file wrong l: the manifest does not have it: it is a symbolic link", func() error { return os.Symlink("a.csv", at("l")) }},
		"a link for a folder": {"file wrong queries: the manifest does not have it: it is a symbolic link", func() error {
			return errors.Join(os.Rename(at("queries"), at("q")), os.Symlink("q", at("queries")))
		}},
		"a folder for a file": {"file wrong a.csv: it is a folder, not a file", func() error { return errors.Join(os.Remove(at("a.csv")), os.Mkdir(at("a.csv"), 0o700)) }},
		"a pipe":              {"file wrong a.csv: it is a special file, not a file", func() error { return errors.Join(os.Remove(at("a.csv")), syscall.Mkfifo(at("a.csv"), 0o600)) }},
		"a name in capitals":  {"file wrong A.csv: the manifest does not have it", func() error { return os.Rename(at("a.csv"), at("A.csv")) }},
		"no signature":        {"signature unproven : nobody has signed it", func() error { return os.Remove(at(ManifestName + Signature)) }},
		"a linked signature": {"signature wrong manifest.json.sig: it is a symbolic link", func() error {
			return errors.Join(os.Rename(at(ManifestName+Signature), filepath.Join(filepath.Dir(place), "s")), os.Symlink("../s", at(ManifestName+Signature)))
		}},
		"a time stamp that is none": {"time stamp wrong manifest.json.tsr: it is no time stamp", func() error { return os.WriteFile(at(ManifestName+Stamp), []byte("x"), 0o600) }},
		"no manifest":               {"no folder of evidence", func() error { return os.Remove(at(ManifestName)) }},
		"no JSON":                   {"manifest wrong manifest.json: it cannot be read", func() error { return os.WriteFile(at(ManifestName), []byte("x"), 0o600) }},
		"another format":            {`its format is "other 1"`, func() error { return os.WriteFile(at(ManifestName), []byte(`{"format": "other 1"}`), 0o600) }},
		"a way out": {"file wrong ../../etc/passwd: it is no path of a folder", func() error {
			return os.WriteFile(at(ManifestName), []byte(`{"format": "trailbox test 1", "files": [{"path": "../../etc/passwd"}]}`), 0o600)
		}},
		"a file twice": {"file wrong empty: the manifest has it twice", func() error {
			return os.WriteFile(at(ManifestName), []byte(`{"format": "trailbox test 1", "files": [{"path": "empty"}, {"path": "empty"}]}`), 0o600)
		}},
	} {
		place, trust = small(t)
		if err := change.do(); err != nil {
			t.Fatal(err)
		}
		if found := strings.Join(look(t, place, trust), "\n"); !strings.Contains(found, change.want) {
			t.Errorf("%s: want %q, found %q", what, change.want, found)
		}
	}
}

// A signature by somebody is not one by somebody known.
func TestWhoSigned(t *testing.T) {
	place, trust := small(t)
	_, others := small(t)
	others.Now = trust.Now
	for want, trust := range map[string]Trust{
		"nobody has said whose that is": {Now: trust.Now},
		"no line names this key":        others,
	} {
		if found := look(t, place, trust); len(found) != 1 || !strings.Contains(found[0], want) {
			t.Errorf("want %q, found %q", want, found)
		}
	}
}

// What cannot be sealed is whole all the same.
func TestUnsealed(t *testing.T) {
	place := filepath.Join(t.TempDir(), "f")
	f, err := New(place)
	if err != nil {
		t.Fatal(err)
	}
	away := errors.New("away")
	m := Manifest{Head: Head{Format: "trailbox test 1"}, Contents: f.Contents()}
	err = f.Finish(t.Context(), &m, Seal{Stamp, func(context.Context, []byte) ([]byte, error) { return nil, away }})
	var unsealed *SealError
	if !errors.As(err, &unsealed) || unsealed.Ending != Stamp || unsealed.Place != place || !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
	if found := look(t, place, Trust{}); len(found) != 1 || !strings.Contains(found[0], "nobody has signed it") {
		t.Errorf("%q", found)
	}
}
