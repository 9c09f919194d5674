package serve

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailbox/query"
)

// A badValue is a parameter of a URL that makes no sense.
type badValue struct {
	Name string
	Err  error
}

func (e *badValue) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }
func (e *badValue) Unwrap() error { return e.Err }

// errNoFiles keeps @FILE, by which a flag takes a file's lines, to the command line.
var errNoFiles = errors.New("a file is read by the command line alone")

// parseFilter reads a filter from the parameters of a URL, which are called as the flags are.
func parseFilter(values url.Values, now time.Time) (f query.Filter, err error) {
	for _, limit := range [...]struct {
		name string
		time *time.Time
	}{{"since", &f.Since}, {"until", &f.Until}} {
		if text := values.Get(limit.name); text != "" {
			if *limit.time, err = query.ParseTime(text, now, time.UTC); err != nil {
				return f, &badValue{limit.name, err}
			}
		}
	}
	if f.HasPeriod() && !f.Until.IsZero() && !f.Since.Before(f.Until) {
		return f, &badValue{"until", errors.New("it is not after since: a day ends where the next one begins")}
	}
	for name, all := range values {
		m := f.Match(name)
		if m == nil {
			continue
		}
		for _, text := range all {
			if text == "" {
				continue // a field of a form that was left empty
			}
			if err := m.Add(text, func(string) ([]byte, error) { return nil, errNoFiles }); err != nil {
				return f, &badValue{name, err}
			}
		}
	}
	if text := values.Get("read-only"); text != "" {
		is, err := strconv.ParseBool(text)
		if err != nil {
			return f, &badValue{"read-only", errors.New("it is true or false")}
		}
		f.ReadOnly = &is
	}
	if text := values.Get("errors-only"); text != "" {
		if f.ErrorsOnly, err = strconv.ParseBool(text); err != nil {
			return f, &badValue{"errors-only", errors.New("it is true or false")}
		}
	}
	return f, nil
}

// filterNames are the parameters that say which events: those of the command line's flags.
func filterNames() []string {
	return []string{
		"since", "until", "account", "aws-region", "actor", "caller-account", "event-name", "event-source",
		"resource", "source-ip", "access-key", "user-agent", "error-code", "read-only", "errors-only",
	}
}

// filterValues are the parameters of a URL that say which events.
func filterValues(values url.Values) url.Values {
	only := url.Values{}
	for _, name := range filterNames() {
		for _, text := range values[name] {
			if text != "" {
				only.Add(name, text)
			}
		}
	}
	return only
}

// exactly is a value as a filter takes it as it stands: event text may have commas and stars.
func exactly(text string) string {
	if text != "" && !strings.ContainsAny(text, `,*!@\=`) && strings.TrimSpace(text) == text {
		return text
	}
	return "=" + text
}

// with is the URL of a path with some parameters set, and the others as they are; an empty value
// takes one away.
func with(path string, values url.Values, pairs ...string) string {
	changed := url.Values{}
	for name, all := range values {
		changed[name] = slices.Clone(all)
	}
	for i := 0; i < len(pairs); i += 2 {
		if changed.Del(pairs[i]); pairs[i+1] != "" {
			changed.Set(pairs[i], pairs[i+1])
		}
	}
	if len(changed) == 0 {
		return path
	}
	return path + "?" + changed.Encode()
}

// commandLine is a command with the flags that the parameters are, as a shell takes it.
func commandLine(values url.Values, command ...string) string {
	words := slices.Clone(command)
	for _, name := range filterNames() {
		for _, text := range values[name] {
			if text != "" {
				words = append(words, "--"+name+"="+text)
			}
		}
	}
	return query.ShellCommand(words)
}
