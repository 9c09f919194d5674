package schema

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// What issued a credential is taken out of the events while they go by, as issues.sql takes it
// out of those that are stored: to look for it once more takes DuckDB a fifth of a load where one
// event in twelve issues a session. What is taken out is handed to DuckDB through issued(), a table
// function of the same columns; what they mean is said once, in credential_events.sql. Where it is
// not sure that DuckDB would take the same out of an event, it reads the events of that log file.

// The calls that are looked at, and the services that they are of: those of issues.sql.
var (
	issuingCalls = setOf(
		"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetSessionToken", "GetFederationToken",
		"GetSigninToken", "GetCredentialsForIdentity", "ConsoleLogin", "SwitchRole", "CreateAccessKey", "UpdateAccessKey",
		"DeleteAccessKey", "GetRoleCredentials", "Federate", "CreateSession", "RunInstances",
	)
	issuingServices = setOf(
		"sts.amazonaws.com", "signin.amazonaws.com", "iam.amazonaws.com", "cognito-identity.amazonaws.com", "sso.amazonaws.com",
		"rolesanywhere.amazonaws.com", "ec2.amazonaws.com",
	)
)

func setOf(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

// maxIssueBytes is how much a thread takes out. An event of the usual kind takes half a kilobyte.
const maxIssueBytes = 32 << 20

// The texts that are taken out of an event: leaves, then members of its blocks. Those of an
// element are of the list's only or first one, but there is a row for each instance.
var (
	issueLeaves = leavesAt(
		"eventName", "recipientAccountId", "sourceIPAddress", "userAgent", "userIdentity.type", "userIdentity.principalId", "userIdentity.arn",
		"userIdentity.accountId", "userIdentity.accessKeyId", "userIdentity.userName", "userIdentity.sessionContext.attributes.creationDate",
		"userIdentity.sessionContext.sourceIdentity", "userIdentity.sessionContext.signInSessionArn", "userIdentity.invokedBy",
		"userIdentity.onBehalfOf.userId", "userIdentity.credentialId",
	)
	issueBlocks = [...]issueBlock{
		blockOf("requestParameters", "", "roleArn", "roleSessionName", "targetPrincipal", "durationSeconds", "sourceIdentity", "accessKeyId", "userName",
			"name", "status", "accountId", "account_id", "roleName", "role_name"),
		blockOf("responseElements", "", "credentials.accessKeyId", "credentials.expiration", "assumedRoleUser.arn", "assumedRoleUser.assumedRoleId", "sourceIdentity",
			"credentialSet.0.credentials.accessKeyId", "credentialSet.0.credentials.expiration", "credentialSet.0.assumedRoleUser.arn",
			"credentialSet.0.assumedRoleUser.assumedRoleId", "credentialSet.0.sourceIdentity",
			"accessKey.accessKeyId", "accessKey.userName", "accessKey.status", "federatedUser.arn", "federatedUser.federatedUserId",
			"subjectFromWebIdentityToken", "subject", "subjectArn", instanceMember),
		blockOf("additionalEventData", "signin.amazonaws.com", "SwitchFrom", "MFAUsed"),
		blockOf("serviceEventDetails", "sso.amazonaws.com", "account_id", "role_name"),
	}
	colEventSource   = leavesAt("eventSource")[0]
	colSharedEventID = leavesAt("sharedEventID")[0]
)

// instanceMember is the one member of which there may be several: * is any element.
const instanceMember = "instancesSet.items.*.instanceId"

// issueInstance is the place of instanceMember among the texts.
var issueInstance = len(issueLeaves) + len(issueBlocks[0].members) + slices.Index(issueBlocks[1].members, instanceMember)

// An issueBlock is a block that is looked into.
type issueBlock struct {
	leaf    int    // in [Columns]
	source  string // of which service's events alone; "" for all
	members []string
	tree    map[string]*wanted
}

func blockOf(path, source string, members ...string) issueBlock {
	b := issueBlock{leavesAt(path)[0], source, members, map[string]*wanted{}}
	for at, member := range members {
		in := b.tree
		var w *wanted
		for name := range strings.SplitSeq(member, ".") {
			if w = in[name]; w == nil {
				w = &wanted{-1, map[string]*wanted{}}
				in[name] = w
			}
			in = w.in
		}
		w.at = at
	}
	return b
}

// An issue is a row of issued(); its texts are in issues.texts.
type issue struct {
	file, position         int32
	eventTime              time.Time
	eventID, sharedEventID [16]byte
	isShared, hasID        bool
	texts                  []byte // as appendUseKey has them
}

// issues are the rows of one thread's events.
type issues struct {
	rows   []issue
	bytes  int
	unsure map[int32]bool // of these log files they are not all
	all    bool           // or of none of them

	texts     [][]byte // of the event
	instances [][]byte
	packed    []byte
}

// take takes what an event issued out of it.
func (s *issues) take(ev *Event) {
	name, source := ev.Leaves[ColEventName], ev.Leaves[colEventSource]
	if !issuingCalls[string(name)] || !issuingServices[string(source)] || s.unsure[ev.File] || errored(ev) {
		return
	}
	s.texts = s.texts[:0]
	for _, leaf := range issueLeaves {
		s.texts = append(s.texts, ev.Leaves[leaf])
	}
	sure := s.bytes < maxIssueBytes
	s.instances = s.instances[:0]
	for i := range issueBlocks {
		b := &issueBlocks[i]
		from := len(s.texts)
		s.texts = append(s.texts, make([][]byte, len(b.members))...)
		if block := ev.Leaves[b.leaf]; block != nil && (b.source == "" || b.source == string(source)) {
			m := members{text: block, found: s.texts[from:], each: s.instances}
			sure = sure && m.object(b.tree)
			s.instances = m.each
		}
	}
	if !sure {
		s.doubt(ev.File)
		return
	}
	if string(name) != "RunInstances" {
		s.add(ev, nil)
		return
	}
	for _, instance := range s.instances {
		if s.bytes >= maxIssueBytes {
			s.doubt(ev.File)
			return
		}
		s.add(ev, instance)
	}
}

// add adds a row.
func (s *issues) add(ev *Event, instance []byte) {
	s.packed = s.packed[:0]
	for i, text := range s.texts {
		if i == issueInstance {
			text = instance
		}
		s.packed = appendUseKey(s.packed, text)
	}
	s.rows = append(s.rows, issue{
		ev.File, ev.Position, ev.EventTime, ev.EventID, sharedEventID(ev), ev.Leaves[colSharedEventID] != nil, ev.Leaves[ColEventID] != nil, bytes.Clone(s.packed),
	})
	s.bytes += len(s.packed)
}

func sharedEventID(ev *Event) [16]byte {
	id, _ := ParseGUID(ev.Leaves[colSharedEventID])
	return id
}

// doubt leaves a log file to SQL.
func (s *issues) doubt(file int32) {
	if s.unsure == nil {
		s.unsure = map[int32]bool{}
	}
	s.unsure[file] = true
}

// merge takes over what another thread has taken out.
func (s *issues) merge(other *issues) {
	s.rows = append(s.rows, other.rows...)
	s.all = s.all || other.all
	for file := range other.unsure {
		s.doubt(file)
	}
}

// sorted leaves the rows in their order, and returns the log files of these that are left to SQL.
func (s *issues) sorted(files []int32) (unsure []int32) {
	if s.all {
		s.rows = nil
		return files
	}
	s.rows = slices.DeleteFunc(s.rows, func(row issue) bool { return s.unsure[row.file] })
	slices.SortStableFunc(s.rows, func(a, b issue) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.position, b.position)) })
	return slices.Sorted(maps.Keys(s.unsure))
}

// registerIssued makes issued(), the table function that credential_events.sql reads from while
// events are loaded, known to the store's connections.
func (s *Store) registerIssued(ctx context.Context) error {
	names, types := issuedColumns()
	infos, err := columnInfos(names, types)
	if err != nil {
		return err
	}
	source := func(map[string]any, ...any) (duckdb.ChunkTableSource, error) {
		if s.loading == nil {
			return nil, errors.New("issued() is for loading only")
		}
		return &issued{load: s.loading, infos: infos, types: types}, nil
	}
	return register(ctx, s.writer, func(conn *sql.Conn) error {
		return duckdb.RegisterTableUDF(conn, "issued", duckdb.ChunkTableFunction{BindArguments: source})
	})
}

// issuedColumns is the row type of issued(), in the names of issues.sql.
func issuedColumns() (names []string, types []duckdb.Type) {
	add := func(t duckdb.Type, more ...string) {
		for _, name := range more {
			names, types = append(names, strings.NewReplacer(".0", "", ".*", "", ".", "_").Replace(name)), append(types, t)
		}
	}
	add(duckdb.TYPE_INTEGER, "file", "position")
	add(duckdb.TYPE_TIMESTAMP, "eventTime")
	add(duckdb.TYPE_UUID, "eventID", "sharedEventID")
	for _, leaf := range issueLeaves {
		add(duckdb.TYPE_VARCHAR, allColumns[leaf].Path)
	}
	for _, b := range issueBlocks {
		for _, member := range b.members {
			add(duckdb.TYPE_VARCHAR, allColumns[b.leaf].Path+"."+member)
		}
	}
	return names, types
}

// issued is a scan of issued().
type issued struct {
	load  *load
	infos []duckdb.ColumnInfo
	types []duckdb.Type
	next  int
}

func (t *issued) ColumnInfos() []duckdb.ColumnInfo     { return t.infos }
func (t *issued) Cardinality() *duckdb.CardinalityInfo { return nil }
func (t *issued) Init()                                {}

func (t *issued) FillChunk(chunk duckdb.DataChunk) error {
	if t.load.ctx.Err() != nil {
		return context.Cause(t.load.ctx)
	}
	if chunk.ColumnCount() != len(t.types) {
		return fmt.Errorf("BUG: %d columns of %d are asked for", chunk.ColumnCount(), len(t.types))
	}
	to, all := &t.load.issuedVectors, t.load.issued
	to.begin(chunk, t.types)
	row := 0
	for ; row < duckdb.GetDataChunkCapacity() && t.next < len(all); row, t.next = row+1, t.next+1 {
		all[t.next].fill(to, row)
	}
	return chunk.SetSize(row)
}

// fill writes a row.
func (r *issue) fill(to *vectors, row int) {
	to.setNumber(0, row, uint64(r.file))
	to.setNumber(1, row, uint64(r.position))
	if !r.eventTime.IsZero() {
		to.setTime(2, row, r.eventTime)
	}
	if r.hasID {
		to.setUUID(3, row, r.eventID)
	}
	if r.isShared {
		to.setUUID(4, row, r.sharedEventID)
	}
	rest := r.texts
	for col := 5; len(rest) > 0; col++ {
		length, n := binary.Uvarint(rest)
		rest = rest[n:]
		if length > 0 {
			to.setText(col, row, rest[:length-1])
			rest = rest[length-1:]
		}
	}
}
