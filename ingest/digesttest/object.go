package digesttest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"
)

// A Class is what an object is.
type Class uint8

const (
	LogFile Class = iota
	DigestFile
	BackfillFile // a digest of what another missed
)

// An Object is a file as it was delivered, or as someone left it.
type Object struct {
	Bucket, Key string
	Data        []byte            // gzip
	Meta        map[string]string // of a digest file, such as its signature

	Class           Class
	Account, Region string
	Hour            int // in which it was delivered, or that it is the digest of, from 0

	hash           string    // of the content as it was made
	newest, oldest time.Time // of a log file's events
}

// Header is the object's metadata as headers, names and values in turn.
func (o *Object) Header() []string {
	var header []string
	for _, name := range slices.Sorted(maps.Keys(o.Meta)) {
		header = append(header, "x-amz-meta-"+name, o.Meta[name])
	}
	return header
}

// Content is what is in the gzip.
func (o *Object) Content() []byte {
	r, err := gzip.NewReader(bytes.NewReader(o.Data))
	if err != nil {
		panic(fmt.Errorf("%s: %w", o.Key, err))
	}
	r.Multistream(false)
	content, err := io.ReadAll(r)
	if err != nil {
		panic(fmt.Errorf("%s: %w", o.Key, err))
	}
	return content
}

// SetContent puts other content into the object, and changes nothing beside.
func (o *Object) SetContent(content []byte) {
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.StatelessCompression) // quick for a million small files
	w.Write(content)                                                // a buffer takes everything
	w.Close()
	o.Data = packed.Bytes()
}

// ContentHash is the SHA-256 of the content, as digests write it.
func (o *Object) ContentHash() string {
	sum := sha256.Sum256(o.Content())
	return hex.EncodeToString(sum[:])
}

// A Digest is what a digest file says, in the order that it says it.
type Digest struct {
	AccountID             string       `json:"awsAccountId"`
	StartTime             string       `json:"digestStartTime"`
	EndTime               string       `json:"digestEndTime"`
	Bucket                string       `json:"digestS3Bucket"`
	Object                string       `json:"digestS3Object"`
	Fingerprint           string       `json:"digestPublicKeyFingerprint"`
	SignatureAlgorithm    string       `json:"digestSignatureAlgorithm"`
	NewestEventTime       *string      `json:"newestEventTime"`
	OldestEventTime       *string      `json:"oldestEventTime"`
	PreviousBucket        *string      `json:"previousDigestS3Bucket"`
	PreviousObject        *string      `json:"previousDigestS3Object"`
	PreviousHashValue     *string      `json:"previousDigestHashValue"`
	PreviousHashAlgorithm *string      `json:"previousDigestHashAlgorithm"`
	PreviousSignature     *string      `json:"previousDigestSignature"`
	LogFiles              []ListedFile `json:"logFiles"`
}

// A ListedFile is a log file as a digest lists it.
type ListedFile struct {
	Bucket          string `json:"s3Bucket"`
	Object          string `json:"s3Object"`
	HashValue       string `json:"hashValue"`
	HashAlgorithm   string `json:"hashAlgorithm"`
	NewestEventTime string `json:"newestEventTime"`
	OldestEventTime string `json:"oldestEventTime"`
}

// Digest is what the digest file says now.
func (o *Object) Digest() Digest {
	var d Digest
	if err := json.Unmarshal(o.Content(), &d); err != nil {
		panic(fmt.Errorf("%s: %w", o.Key, err))
	}
	return d
}

// Sign makes the object the digest file d, and signs it as AWS would if the key
// were one of theirs.
func (o *Object) Sign(d Digest, key *Key) {
	d.Fingerprint, d.SignatureAlgorithm = key.Fingerprint, "SHA256withRSA"
	o.SignAs(d, key)
}

// SignAs signs a digest that says for itself whose key it was.
func (o *Object) SignAs(d Digest, key *Key) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		panic(err)
	}
	content := bytes.TrimSuffix(text.Bytes(), []byte("\n"))
	o.SetContent(content)
	previous := ""
	if d.PreviousSignature != nil {
		previous = *d.PreviousSignature
	}
	o.Meta["signature"] = key.sign(toSign(d.EndTime, d.Bucket, d.Object, content, previous))
	o.Meta["signature-algorithm"] = d.SignatureAlgorithm
}

// Follow makes the digest the one after another, as that is now, and signs it.
func (o *Object) Follow(previous *Object, key *Key) {
	d := o.Digest()
	d.follow(previous)
	o.Sign(d, key)
}

func (d *Digest) follow(previous *Object) {
	hash, algorithm, signature := previous.ContentHash(), "SHA-256", previous.Meta["signature"]
	d.PreviousBucket, d.PreviousObject = &previous.Bucket, &previous.Key
	d.PreviousHashValue, d.PreviousHashAlgorithm, d.PreviousSignature = &hash, &algorithm, &signature
}

// write writes the object below a folder, where its key says, and its metadata beside
// it if wanted.
func (o *Object) write(folder string, sidecar bool) error {
	path := filepath.Join(folder, filepath.FromSlash(o.Key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, o.Data, 0o644); err != nil {
		return err
	}
	if len(o.Meta) == 0 || !sidecar {
		return nil
	}
	text, err := json.Marshal(o.Meta)
	if err != nil {
		return err
	}
	return os.WriteFile(path+".metadata.json", text, 0o644)
}
