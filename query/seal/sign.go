package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/ssh"
)

// Namespace is that of signatures of files: one that was made to log in, or of a Git commit, is none.
const Namespace = "file"

const (
	magic   = "SSHSIG"
	version = 1
	pemType = "SSH SIGNATURE"
	// pemWidth is how long a line of a signature is that ssh-keygen writes. Go's encoding/pem
	// writes lines of 64.
	pemWidth = 70
	// minRSABits is the least that a key must have. Older ones can be factored.
	minRSABits = 2048
)

// blob is a signature, behind the magic, as PROTOCOL.sshsig of OpenSSH has it.
type blob struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// signed is what is signed, behind the magic.
type signed struct {
	Namespace string
	Reserved  string
	Hash      string
	Sum       []byte
}

// message is what is signed of a text.
func message(hash string, text []byte) []byte {
	var sum []byte
	switch hash {
	case "sha512":
		s := sha512.Sum512(text)
		sum = s[:]
	case "sha256":
		s := sha256.Sum256(text)
		sum = s[:]
	}
	return append([]byte(magic), ssh.Marshal(signed{Namespace: Namespace, Hash: hash, Sum: sum})...)
}

// Sign signs a text.
func (k *Key) Sign(text []byte) ([]byte, error) {
	const hash = "sha512"
	key := k.signer
	var signature *ssh.Signature
	var err error
	if key.PublicKey().Type() == ssh.KeyAlgoRSA { // by itself it would sign with SHA-1
		algorithms, ok := key.(ssh.AlgorithmSigner)
		if !ok {
			return nil, errors.New("the key cannot sign with rsa-sha2-512")
		}
		signature, err = algorithms.SignWithAlgorithm(rand.Reader, message(hash, text), ssh.KeyAlgoRSASHA512)
	} else {
		signature, err = key.Sign(rand.Reader, message(hash, text))
	}
	if err != nil {
		return nil, err
	}
	made := armor(blob{
		Version: version, PublicKey: key.PublicKey().Marshal(), Namespace: Namespace, Hash: hash, Signature: ssh.Marshal(signature),
	})
	_, err = CheckSignature(made, text) // an agent may do what it likes
	return made, err
}

// armor writes a signature as ssh-keygen does.
func armor(b blob) []byte {
	text := base64.StdEncoding.EncodeToString(append([]byte(magic), ssh.Marshal(b)...))
	var out bytes.Buffer
	fmt.Fprintf(&out, "-----BEGIN %s-----\n", pemType)
	for line := range slices.Chunk([]byte(text), pemWidth) {
		fmt.Fprintf(&out, "%s\n", line)
	}
	fmt.Fprintf(&out, "-----END %s-----\n", pemType)
	return out.Bytes()
}

// CheckSignature checks the signature of a text, and returns the key that made it. Whose that is is
// another question, see [Signers].
func CheckSignature(signature, text []byte) (ssh.PublicKey, error) {
	p, _ := pem.Decode(signature)
	if p == nil || p.Type != pemType {
		return nil, errors.New("it is no SSH signature")
	}
	var b blob
	rest, ok := bytes.CutPrefix(p.Bytes, []byte(magic))
	if !ok {
		return nil, errors.New("it is no SSH signature")
	}
	if err := ssh.Unmarshal(rest, &b); err != nil {
		return nil, fmt.Errorf("it is no SSH signature: %w", err)
	}
	switch {
	case b.Version != version:
		return nil, fmt.Errorf("it is of version %d, and only %d is known", b.Version, version)
	case b.Namespace != Namespace:
		return nil, fmt.Errorf("it was made for %q, not for a file", b.Namespace)
	case b.Hash != "sha512" && b.Hash != "sha256":
		return nil, fmt.Errorf("its hash is %q, and only sha512 and sha256 are known", b.Hash)
	case !bytes.Equal(signature, armor(b)) || b.Reserved != "":
		return nil, errors.New("it is not written as ssh-keygen writes one")
	}
	key, err := ssh.ParsePublicKey(b.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("its key cannot be read: %w", err)
	}
	if err := strong(key); err != nil {
		return nil, err
	}
	var s ssh.Signature
	if err := ssh.Unmarshal(b.Signature, &s); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if s.Format == ssh.KeyAlgoRSA {
		return nil, errors.New("it was made with SHA-1, which others can forge")
	}
	if err := key.Verify(message(b.Hash, text), &s); err != nil {
		return nil, errors.New("it is of another text, or was changed")
	}
	return key, nil
}

// strong reports as an error that a key proves nothing.
func strong(key ssh.PublicKey) error {
	if key.Type() == "ssh-dss" {
		return errors.New("its key is of DSA, which others can forge")
	}
	if bits := rsaBits(key); bits > 0 && bits < minRSABits {
		return fmt.Errorf("its key has %d bits, and others can find it out: %d are needed", bits, minRSABits)
	}
	return nil
}
