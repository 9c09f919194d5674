package seal

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// A PublicKey is that of who signed.
type PublicKey = ssh.PublicKey

// A Key signs, and is to be closed.
type Key struct {
	signer ssh.Signer
	agent  net.Conn // nil where the key is a file
}

// Close lets the agent go.
func (k *Key) Close() error {
	if k.agent == nil {
		return nil
	}
	return k.agent.Close()
}

// ErrNoAgent says that there is no ssh-agent to ask.
var ErrNoAgent = errors.New("there is no ssh-agent: SSH_AUTH_SOCK names none")

// An AgentError says that the private half of a key is not to be had.
type AgentError struct {
	Path, Fingerprint string
	Err               error // nil: there is an agent, which does not have it
}

func (e *AgentError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s is a public key, and the private one cannot be asked for: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s is a public key, and the ssh-agent does not have the private one, %s", e.Path, e.Fingerprint)
}

func (e *AgentError) Unwrap() error { return e.Err }

// OpenKey opens the key in a file: a private one, or a public one whose private half the ssh-agent has,
// which is how a key on a token comes. passphrase is asked for that of an encrypted key, unless the
// agent has that key.
func OpenKey(path string, passphrase func(path string) ([]byte, error)) (*Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if public, _, _, rest, err := ssh.ParseAuthorizedKey(text); err == nil && len(bytes.TrimSpace(rest)) == 0 {
		return agentKey(path, public)
	}
	signer, err := ssh.ParsePrivateKey(text)
	locked := (*ssh.PassphraseMissingError)(nil)
	if errors.As(err, &locked) {
		if public := publicOf(path, locked.PublicKey); public != nil {
			if key, err := agentKey(path, public); err == nil {
				return key, nil
			}
		}
		word, err := passphrase(path)
		if err != nil {
			return nil, err
		}
		if signer, err = ssh.ParsePrivateKeyWithPassphrase(text, word); errors.Is(err, x509.IncorrectPasswordError) {
			return nil, fmt.Errorf("%s: the passphrase is another one", path)
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("%s: it is no SSH key that can sign by itself: %w", path, err)
	}
	return checked(path, &Key{signer: signer})
}

// publicOf is the public half of an encrypted key, nil where it is not to be found.
func publicOf(path string, inside ssh.PublicKey) ssh.PublicKey {
	if inside != nil {
		return inside
	}
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		return nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return public
}

// checked refuses a key whose signatures would be refused.
func checked(path string, k *Key) (*Key, error) {
	if err := strong(k.signer.PublicKey()); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), k.Close())
	}
	return k, nil
}

// agentKey is a key of the agent.
func agentKey(path string, public ssh.PublicKey) (*Key, error) {
	conn, err := dialAgent()
	if err != nil {
		return nil, &AgentError{path, ssh.FingerprintSHA256(public), err}
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, errors.Join(&AgentError{path, ssh.FingerprintSHA256(public), err}, conn.Close())
	}
	for _, s := range signers {
		if bytes.Equal(s.PublicKey().Marshal(), public.Marshal()) {
			return checked(path, &Key{s, conn})
		}
	}
	return nil, errors.Join(&AgentError{path, ssh.FingerprintSHA256(public), nil}, conn.Close())
}

func dialAgent() (net.Conn, error) {
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, ErrNoAgent
	}
	conn, err := net.Dial("unix", socket)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the ssh-agent is gone: there is no %s", socket)
	}
	return conn, err
}

// rsaBits is the size of a key of RSA, 0 for any other.
func rsaBits(key ssh.PublicKey) int {
	crypto, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return 0
	}
	public, ok := crypto.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return 0
	}
	return public.N.BitLen()
}

// Describe names a key as ssh-keygen does.
func Describe(key ssh.PublicKey) string {
	return key.Type() + " " + ssh.FingerprintSHA256(key)
}
