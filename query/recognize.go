package query

import (
	"context"
	"net/netip"
	"regexp"
	"strings"

	"trailbox/schema"
)

// credential is what access key IDs look like.
var credential = regexp.MustCompile(`^(AKIA|ASIA)[A-Z0-9]{12,124}$`)

// Recognize finds the filter that a value is meant for, by its form or by what the store has:
// an access key, an address, an account, a Region, the name of a call, a service, somebody, a
// resource, an error code, an agent. It returns the filter's flag, "" if there is nothing of
// that kind. A ! before the value says that it is not wanted, and * stands for any text.
func Recognize(ctx context.Context, store *schema.Store, text string) (flag string, err error) {
	text = strings.TrimPrefix(text, "!")
	_, addressErr := netip.ParseAddr(text)
	_, prefixErr := netip.ParsePrefix(text)
	switch {
	case text == "":
		return "", nil
	case credential.MatchString(text):
		return "access-key", nil
	case addressErr == nil || prefixErr == nil:
		return "source-ip", nil
	case accountID.MatchString(text):
		return "account", nil
	case IsRegion(text):
		return "aws-region", nil
	}
	var f Filter
	for _, flag := range [...]string{"event-name", "event-source", "actor", "resource", "source-ip", "error-code", "user-agent"} {
		for _, m := range f.matches() {
			if m.flag != flag {
				continue
			}
			if err := m.Add(text, func(string) ([]byte, error) { return nil, nil }); err != nil {
				return "", nil // it is nothing that a filter takes
			}
			c := columns()[m.name]
			// As it stands, and as it is meant.
			there, err := c.there(ctx, store, []term{{text: text, exact: true}})
			if terms := m.terms(); err == nil && !there && len(terms) > 0 && (terms[0].pattern || len(terms) > 1) {
				there, err = c.there(ctx, store, terms)
			}
			if there || err != nil {
				return flag, err
			}
		}
	}
	return "", nil
}
