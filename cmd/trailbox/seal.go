package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"trailbox/query"
	"trailbox/query/evidence"
	"trailbox/query/seal"
)

// sealFlags are what speaks for a folder of evidence, beside its manifest.
type sealFlags struct {
	key, authority string
}

func (f *sealFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.key, "sign", "", "sign the manifest with the SSH key in this `FILE`: a private one, or a public one whose private half the ssh-agent has, or a token through it")
	flags.StringVar(&f.authority, "timestamp", "", "let the time stamp authority at this `URL` say when the manifest was there (RFC 3161): the hash of it goes there, and nothing else")
}

// check says what is wrong with them before anything is asked for.
func (f *sealFlags) check() error {
	if f.authority == "" {
		return nil
	}
	if err := seal.CheckURL(f.authority); err != nil {
		return &usageError{message: "--timestamp: " + err.Error(), hint: "--timestamp http://HOST/PATH, as the authority names it"}
	}
	return nil
}

// seals are those that are asked for. The key is opened at once, since a person may have to be
// there for that, and let go by done.
func (f *sealFlags) seals(ctx context.Context, s streams) (seals []evidence.Seal, done func() error, err error) {
	done = func() error { return nil }
	if f.key != "" {
		key, err := seal.OpenKey(f.key, func(path string) ([]byte, error) { return askPassphrase(ctx, s, path) })
		if err != nil {
			return nil, nil, err
		}
		done = key.Close
		seals = append(seals, evidence.Seal{Ending: evidence.Signature, Make: func(_ context.Context, manifest []byte) ([]byte, error) {
			return key.Sign(manifest)
		}})
	}
	if f.authority != "" {
		seals = append(seals, evidence.Seal{Ending: evidence.Stamp, Make: func(ctx context.Context, manifest []byte) ([]byte, error) {
			return seal.RequestStamp(ctx, f.authority, manifest)
		}})
	}
	return seals, done, nil
}

// errNoTerminal says that there is nobody to ask for a passphrase.
var errNoTerminal = errors.New("it has a passphrase, and there is no terminal to ask for it")

// askPassphrase asks for the passphrase of a key, which is not shown.
func askPassphrase(ctx context.Context, s streams, path string) ([]byte, error) {
	in, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil, &os.PathError{Op: "sign with", Path: path, Err: errNoTerminal}
	}
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.err, "passphrase of %s: ", query.Escape(path))
	type answer struct {
		word []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // which Ctrl-C cannot end: it leaves with the program
		word, err := term.ReadPassword(int(in.Fd()))
		answers <- answer{word, err}
	}()
	select {
	case a := <-answers:
		fmt.Fprintln(s.err)
		return a.word, a.err
	case <-ctx.Done():
		fmt.Fprintln(s.err)
		return nil, errors.Join(ctx.Err(), term.Restore(int(in.Fd()), before))
	}
}
