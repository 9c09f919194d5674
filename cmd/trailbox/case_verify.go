package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/evidence"
	"trailbox/query/seal"
	"trailbox/schema"
)

// verifyingFlags are the flags of case verify alone.
type verifyingFlags struct {
	signers string
	roots   string
	answer  answerFlags
}

func (f *verifyingFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.signers, "signers", "", "with verify, who may sign with which key: an allowed_signers `FILE`, as of ssh-keygen")
	flags.StringVar(&f.roots, "timestamp-roots", "", "with verify, a `FILE` of certificates (PEM) that vouch for time stamp authorities, in place of the machine's")
	f.answer.define(flags, "", "with verify, without it, words for people; "+query.FormatNames()+", or xlsx with --to: a row for each thing that was looked at")
	f.answer.name = "case"
}

// verifyCaseFlags are those that case verify takes; it alone takes those behind the first four.
var verifyCaseFlags = []string{"store", "trust-schema", "quiet", "help", "signers", "timestamp-roots", "output", "to", "columns", "wide", "vertical", "color", "no-pager"}

// checkVerb refuses flags that the verb has no use for: what they ask for would not be done.
func (f *caseFlags) checkVerb(isVerify bool) (err error) {
	f.set.Visit(func(flag *pflag.Flag) {
		at := slices.Index(verifyCaseFlags, flag.Name)
		switch {
		case isVerify && at < 0:
			err = &usageError{message: "case verify takes no --" + flag.Name, hint: "trailbox case verify DIR --signers FILE --store STORE"}
		case !isVerify && at > 3:
			err = &usageError{message: "--" + flag.Name + " is for case verify", hint: "trailbox case verify DIR --" + flag.Name + " ..."}
		}
	})
	return err
}

// verify checks a folder of evidence.
func (f *caseFlags) verify(ctx context.Context, s streams, args []string) error {
	if len(args) != 1 {
		return &usageError{message: "case verify needs one folder to look at", hint: "trailbox case verify DIR --signers FILE"}
	}
	if err := errors.Join(f.checkVerb(true), f.verifying.answer.check(f.store.path)); err != nil {
		return err
	}
	trust, err := f.verifying.trust(s)
	if err != nil {
		return err
	}
	o, err := evidence.Open(args[0])
	if err != nil {
		return err
	}
	o.Check(trust)
	if f.set.Changed("store") {
		err = f.askAgain(ctx, o)
	} else {
		o.NotAsked()
	}
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	if err := f.verifying.tell(s, o); err != nil {
		return err
	}
	if o.Found() {
		return errFindings
	}
	return nil
}

// trust is who may vouch for a folder.
func (f *verifyingFlags) trust(s streams) (trust evidence.Trust, err error) {
	trust.Now = time.Now()
	if f.signers != "" {
		text, err := os.ReadFile(f.signers)
		if err == nil {
			trust.Signers, err = seal.ParseSigners(text)
		}
		if err != nil {
			return trust, fmt.Errorf("%s: %w", f.signers, err)
		}
		for _, line := range trust.Signers.Aside {
			say(s.err, "%s: %s", f.signers, line)
		}
	}
	if f.roots != "" {
		text, err := os.ReadFile(f.roots)
		if err != nil {
			return trust, err
		}
		trust.Roots = x509.NewCertPool()
		if !trust.Roots.AppendCertsFromPEM(text) {
			return trust, fmt.Errorf("%s: there is no certificate in it, in the form PEM", f.roots)
		}
	}
	return trust, nil
}

// askAgain runs the statements of a folder, which may be of anybody's making: as sql runs those
// that are typed.
func (f *caseFlags) askAgain(ctx context.Context, o *evidence.Opened) error {
	store, err := f.store.open(ctx, schema.Grants{Typed: true})
	if err != nil {
		return err
	}
	return errors.Join(o.Ask(ctx, store), store.Close())
}

// tell writes what was found.
func (f *verifyingFlags) tell(s streams, o *evidence.Opened) error {
	to, done, err := f.answer.stdout(s)
	if err != nil {
		return err
	}
	if f.answer.inWords() {
		writeChecks(to.answer(), o)
		return done()
	}
	_, err = query.Write(to.answer(), o.Rows(), f.answer.format, to.screen())
	return errors.Join(err, done())
}

// writeChecks writes what was looked at for people, what is to be looked at last.
func writeChecks(out io.Writer, o *evidence.Opened) {
	m := &o.Manifest
	if m.Format != "" {
		say(out, "%s, made %s by %s on %s with trailbox %s", m.Format, m.Made.Format(time.RFC3339), m.By.User, m.By.Host, m.Program.Version)
	}
	apart := int64(0)
	found := false
	for _, c := range o.Checks {
		switch {
		case c.Found():
			found = true
		case c.State == evidence.NotAsked && c.File != "":
			apart++
		default:
			say(out, "%-11s %-9s  %s", c.What, c.State, c.Detail)
		}
	}
	if apart > 0 {
		say(out, "%-11s %-9s  %s: the answer went into something else, and is not kept by itself", "statements", evidence.NotAsked, query.Plural(apart, "file"))
	}
	if found {
		fmt.Fprintln(out)
	}
	for _, c := range o.Checks {
		if c.Found() {
			file := c.File
			if file != "" {
				file += ": "
			}
			say(out, "%-11s %-9s  %s%s", c.What, c.State, file, c.Detail)
		}
	}
}
