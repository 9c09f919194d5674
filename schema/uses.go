package schema

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// What credentials do is counted while their events go by, as credential_uses.sql counts it in
// those that are stored: to read them once more takes DuckDB up to a tenth of a load. Where a
// count is not sure, or takes too much memory, it is DuckDB that counts.

// maxUses is how many rows a thread counts. Each takes half a kilobyte.
const maxUses = 100_000

// Of which leaves a row of credential_uses is made: what is counted by, and of the rest, which
// goes with it, the greatest.
var (
	useKeys = leavesAt("userIdentity.accessKeyId", "userIdentity.arn", "userIdentity.sessionContext.attributes.creationDate", "userIdentity.invokedBy", "sourceIPAddress")
	useRest = leavesAt("userIdentity.type", "userIdentity.principalId", "userIdentity.accountId", "userIdentity.credentialId", "userIdentity.sessionContext.signInSessionArn",
		"userIdentity.sessionContext.sourceIdentity", "userIdentity.onBehalfOf.userId", "userIdentity.inScopeOf.credentialsIssuedTo")
)

// Places in useKeys, and behind them those in useRest.
const (
	useAccessKeyID = iota
	useARN
	useCreationDate
	useInvokedBy
	useSourceIPAddress
	numUseKeys

	useType = iota - 1
	usePrincipalID
	useAccountID
	useCredentialID
	useSignIn
	useSourceIdentity
	useOnBehalfOf
	useIssuedTo
	numUseLeaves
)

// Other leaves that are looked at.
var (
	colReadOnly     = leavesAt("readOnly")[0]
	colErrorCode    = leavesAt("errorCode")[0]
	colErrorMessage = leavesAt("errorMessage")[0]
	colAnswer       = leavesAt("responseElements")[0]
	colFromConsole  = leavesAt("sessionCredentialFromConsole")[0]
	colMFA          = leavesAt("userIdentity.sessionContext.attributes.mfaAuthenticated")[0]
)

// leavesAt are the places of leaves in [Columns].
func leavesAt(paths ...string) []int {
	places := make([]int, len(paths))
	for i, path := range paths {
		places[i] = slices.IndexFunc(allColumns[:], func(c Column) bool { return c.Path == path })
	}
	return places
}

var allColumns = Columns()

// A use is a row of credential_uses.
type use struct {
	key                    string // in uses.rows
	file                   int32
	leaves                 [numUseLeaves]*string
	created                driver.Value // of the leaf, once sorted
	console                bool
	mfa                    *bool
	first, last            time.Time
	events, writes, errors int64
}

// uses are the rows of one thread's events, by what they are counted by.
type uses struct {
	rows   map[string]*use
	key    []byte // of the event
	unsure bool   // these are not all, or not what SQL would say
}

// count counts an event.
func (u *uses) count(ev *Event) {
	leaf := func(i int) []byte { return ev.Leaves[i] }
	kind := leaf(useRest[0])
	// Services have no credentials, and what another account sees of a caller are none.
	if u.unsure || kind == nil || string(kind) == "AWSService" || string(kind) == "AWSAccount" {
		return
	}
	if len(leaf(useKeys[useAccessKeyID])) == 0 && len(leaf(useKeys[useCreationDate])) == 0 &&
		len(leaf(useRest[useCredentialID-numUseKeys])) == 0 && len(leaf(useRest[useSignIn-numUseKeys])) == 0 {
		return
	}
	u.key = u.key[:0]
	for _, i := range useKeys {
		u.key = appendUseKey(u.key, leaf(i))
	}
	row := u.rows[string(u.key)]
	if row == nil {
		if len(u.rows) >= maxUses {
			u.unsure, u.rows = true, nil
			return
		}
		row = &use{key: string(u.key)}
		for at, i := range useKeys {
			row.greatest(at, leaf(i))
		}
		if u.rows == nil {
			u.rows = map[string]*use{}
		}
		u.rows[row.key] = row
	}
	for at, i := range useRest {
		row.greatest(numUseKeys+at, leaf(i))
	}
	row.file = max(row.file, ev.File)
	row.events++
	switch errored := errored(ev); {
	case errored:
		row.errors++
	case len(leaf(colReadOnly)) == 0 || leaf(colReadOnly)[0] != 't':
		row.writes++
	}
	row.console = row.console || leaf(colFromConsole) != nil
	if mfa := leaf(colMFA); mfa != nil {
		with := string(mfa) == "true" || row.mfa != nil && *row.mfa
		row.mfa = &with
	}
	row.during(ev.EventTime, ev.EventTime)
}

// appendUseKey appends a value behind its length, in which NULL is not the empty text.
func appendUseKey(dst, text []byte) []byte {
	if text == nil {
		return append(dst, 0)
	}
	return append(binary.AppendUvarint(dst, uint64(len(text)+1)), text...)
}

// greatest keeps the greater one of two values, as max() does.
func (row *use) greatest(at int, text []byte) {
	if text == nil {
		return
	}
	if known := row.leaves[at]; known == nil || *known < string(text) {
		s := string(text)
		row.leaves[at] = &s
	}
}

// during keeps the first and the last of times, as min() and max() do.
func (row *use) during(first, last time.Time) {
	if !first.IsZero() && (row.first.IsZero() || first.Before(row.first)) {
		row.first = first
	}
	if !last.IsZero() && last.After(row.last) {
		row.last = last
	}
}

// errored is the column of that name, see load.sql.
func errored(ev *Event) bool {
	if ev.Leaves[colErrorCode] != nil || ev.Leaves[colErrorMessage] != nil {
		return true
	}
	answer := ev.Leaves[colAnswer]
	return bytes.Contains(answer, []byte(`"Failure"`)) && hasMember(answer, "Failure")
}

// hasMember reports whether a member of a JSON object is that text.
func hasMember(object []byte, value string) bool {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return false
	}
	for decoder.More() {
		var member json.RawMessage
		if _, err := decoder.Token(); err != nil || decoder.Decode(&member) != nil {
			return false
		}
		var text string
		if member[0] == '"' && json.Unmarshal(member, &text) == nil && text == value {
			return true
		}
	}
	return false
}

// merge takes over what another thread has counted.
func (u *uses) merge(other *uses) {
	u.unsure = u.unsure || other.unsure
	if u.rows == nil {
		u.rows = other.rows
		return
	}
	for key, more := range other.rows {
		row := u.rows[key]
		if row == nil {
			u.rows[key] = more
			continue
		}
		for at, text := range more.leaves {
			if known := row.leaves[at]; text != nil && (known == nil || *known < *text) {
				row.leaves[at] = text
			}
		}
		row.file = max(row.file, more.file)
		row.console = row.console || more.console
		if more.mfa != nil && (row.mfa == nil || *more.mfa) {
			row.mfa = more.mfa
		}
		row.during(more.first, more.last)
		row.events, row.writes, row.errors = row.events+more.events, row.writes+more.writes, row.errors+more.errors
	}
}

// sorted are the rows, with those of one credential together, where they are found by that; not
// sure if SQL has to make them.
func (u *uses) sorted() (rows []*use, sure bool) {
	if u.unsure {
		return nil, false
	}
	rows = slices.SortedFunc(maps.Values(u.rows), func(a, b *use) int { return strings.Compare(a.key, b.key) })
	for i, row := range rows {
		text := row.leaves[useCreationDate]
		if i > 0 && sameText(text, rows[i-1].leaves[useCreationDate]) {
			row.created = rows[i-1].created
		} else if row.created, sure = creationTime(text); !sure {
			return nil, false
		}
	}
	return rows, true
}

// values are a row in the order of the table's columns.
func (row *use) values() []driver.Value {
	text := func(at int) driver.Value {
		if row.leaves[at] == nil {
			return nil
		}
		return *row.leaves[at]
	}
	var mfa driver.Value
	if row.mfa != nil {
		mfa = *row.mfa
	}
	return []driver.Value{
		row.file, text(useAccessKeyID), text(useType), text(usePrincipalID), text(useARN), text(useAccountID), row.created,
		text(useInvokedBy), text(useCredentialID), text(useSignIn), text(useSourceIdentity), text(useOnBehalfOf), text(useIssuedTo), text(useSourceIPAddress),
		row.console, mfa, timeOrNull(row.first), timeOrNull(row.last), row.events, row.writes, row.errors,
	}
}

func sameText(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// creationTime is sessionContext.attributes.creationDate as a time, NULL for none; not ok where it
// is in none of the two forms that AWS writes, of which SQL may take some.
func creationTime(text *string) (created driver.Value, ok bool) {
	if text == nil {
		return nil, true
	}
	for _, layout := range [...]string{"2006-01-02T15:04:05Z", "20060102T150405Z"} {
		if t, err := time.Parse(layout, *text); err == nil && t.Format(layout) == *text {
			return t, true
		}
	}
	return nil, false
}
