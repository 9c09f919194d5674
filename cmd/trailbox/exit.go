package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"

	"trailbox/ingest"
	"trailbox/ingest/bucket"
	"trailbox/ingest/cloudtrail"
	"trailbox/ingest/logfile"
	"trailbox/query"
	"trailbox/query/alarm/source"
	"trailbox/query/evidence"
	"trailbox/query/notify"
	packs "trailbox/query/pack"
	"trailbox/query/seal"
	"trailbox/schema"
)

// The exit codes, which scripts rely on.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFindings    = 3
	exitUnrun       = 4
	exitInterrupted = 130
)

// exitCodes says what they mean. Help and the README say it in the same words.
const exitCodes = `0 done; 1 failed; 2 wrong usage; 3 done, with something to look at (a damaged,
changed or unproven file, an eventID with two contents, a period that is not covered,
an alarm that went off, a rule that matched, a setting that is missing); 4 done, and
nothing of that, but something that was asked for cannot be run (a rule that is
refused); 130 interrupted`

// A usageError is a command line that makes no sense.
type usageError struct {
	message string
	hint    string // the line that would have worked
	quiet   bool   // everything has been said
}

func (e *usageError) Error() string { return e.message }

// errFindings ends a command that did its work and has told of something to look at.
var errFindings = errors.New("something to look at")

// errUnrun ends a command that did its work but for what it has told cannot be run.
var errUnrun = errors.New("something cannot be run")

// errUncopied ends a share that was interrupted.
var errUncopied = errors.New("interrupted: no copy was made")

// isDone says that a command which ended so did its work.
func isDone(err error) bool {
	return err == nil || errors.Is(err, errFindings) || errors.Is(err, errUnrun)
}

// report tells the user how a command ended, and returns the exit code.
func report(w io.Writer, err error) int {
	var (
		usage  *usageError
		column *query.UnknownColumnError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errUnrun):
		return exitUnrun
	case errors.Is(err, syscall.EPIPE):
		return exitDone // whoever reads has seen enough: trailbox report who | head
	case errors.As(err, &usage):
		if !usage.quiet {
			sayError(w, err)
			say(w, "hint: %s", usage.hint)
		}
		return exitUsage
	case errors.As(err, &column):
		sayError(w, err)
		say(w, "hint: it has the columns %s", strings.Join(column.Names, ", "))
		return exitUsage
	case errors.Is(err, errUncopied):
		sayError(w, errUncopied)
		return exitInterrupted
	case errors.Is(err, context.Canceled), errors.Is(err, ingest.ErrStopped):
		say(w, "trailbox: interrupted")
		say(w, "hint: what was loaded is in the store; the same command goes on from there")
		return exitInterrupted
	}
	sayError(w, err)
	if h := hint(err); h != "" {
		say(w, "hint: %s", h)
	}
	return exitFailed
}

// say writes a line of talk, as wide as the terminal if it goes to one. Names and messages
// in it may come from whoever writes log files, so it is escaped as table cells are.
func say(w io.Writer, format string, args ...any) {
	text := query.Escape(fmt.Sprintf(format, args...))
	if l, ok := w.(*listener); ok {
		l.heard = append(l.heard, strings.TrimPrefix(text, "trailbox: "))
	}
	if isTerminal(w) {
		if width := (&streams{out: w}).width(); width > 0 {
			text = strings.Join(query.Wrap(text, width), "\n")
		}
	}
	fmt.Fprintln(w, text)
}

// sayError writes an error, each line of it behind the program's name.
func sayError(w io.Writer, err error) {
	for line := range strings.Lines(err.Error()) {
		say(w, "trailbox: %s", strings.TrimRight(line, "\n"))
	}
}

// hint returns the remedy for an error where there is one. It is here alone that
// flags are named.
func hint(err error) string {
	var (
		s3     *bucket.Error
		keys   *bucket.KeysError
		past   *cloudtrail.Error
		api    *bucket.APIError
		every  *cloudtrail.RegionsError
		link   *ingest.LinkError
		old    *ingest.VersionError
		large  *logfile.TooLargeError
		other  *logfile.NotLogFileError
		record *logfile.RecordTooLargeError
		method *ingest.MethodError
		taken  *schema.TakenError
		locked *schema.LockedError
		newer  *schema.VersionError
		not    *schema.NotAStoreError
		others *schema.SchemaError
		gone   *schema.GoneError
		watch  *notify.ClaimedError
		short  *schema.MachineError
		report *query.UnknownReportError
		table  *query.TableError
		sql    *query.StatementError
		noPack *packs.UnknownError
		alarms *source.Error
		unused *source.UnusedParameterError
		agent  *seal.AgentError
		unseal *evidence.SealError
	)
	switch {
	case errors.As(err, &s3):
		return s3.Hint() + s3Flag(s3.Problem)
	case errors.As(err, &keys):
		return keys.Hint()
	case errors.Is(err, cloudtrail.ErrTooOld):
		return "what a trail delivered to S3 is older: trailbox ingest s3://bucket/AWSLogs/"
	case errors.As(err, &every):
		return "the caller needs ec2:DescribeRegions; or --regions names them"
	case errors.As(err, &past):
		return past.Hint()
	case errors.As(err, &api):
		return api.Hint() + s3Flag(api.Problem)
	case errors.As(err, &link) && !link.Read:
		return "look where it leads; --follow-links follows it"
	case errors.As(err, &method):
		return "unpack the archive with the program that made it, and name the folder: trailbox ingest FOLDER"
	case errors.Is(err, ingest.ErrPassword):
		return "unpack the archive with its password, and name the folder: trailbox ingest FOLDER"
	case errors.As(err, &large):
		return "if you trust the file, --max-file-size takes larger ones"
	case errors.As(err, &record):
		return "AWS writes none of more than 256 kB; if you trust the file, --max-record-size takes larger ones"
	case errors.Is(err, ingest.ErrMemory):
		return "allow more with --memory 4G; each run tries it again"
	case errors.As(err, &other):
		return wayToJSON(other.Form)
	case errors.As(err, &old):
		return "a trail neither deletes nor rewrites log files, but a lifecycle rule of the bucket does: find out who did"
	case errors.Is(err, ingest.ErrChanged):
		return "a trail does not rewrite its log files: find out who did; trailbox extract writes both out"
	case errors.Is(err, logfile.ErrMembers):
		return "its records are loaded; compare it with the digest that AWS signed"
	case errors.As(err, &locked):
		return "wait for that process to end, or end it: an ingest that is stopped with Ctrl-C keeps what it has loaded. A copy of a store that is being written to is not one"
	case errors.As(err, &taken):
		return "what it has loaded is in the store; run it again, and it goes on from there"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another console may run there; --listen 127.0.0.1:0 takes a port that is free"
	case errors.As(err, &watch):
		return "wait for it to end, or end it"
	case errors.As(err, &gone):
		return "run the same command again"
	case errors.As(err, &short):
		return remedy(short.Resource)
	case errors.As(err, &newer):
		return "use the trailbox that wrote it, or a later one"
	case errors.As(err, &others):
		return "somebody put them there, and what the store answers may be theirs: ask where it comes from, or load the log files anew. --trust-schema looks at it anyway; trailbox ingest with it makes views and macros its own again"
	case errors.As(err, &not):
		return "point --store at another path"
	case errors.Is(err, schema.ErrCutOff):
		return "run the ingest that was killed again: nothing is in the file yet, and it begins anew"
	case schema.BoundOf(err) == schema.ReadOnly:
		return "what the store has is evidence, and stays as it is; --write lets a statement make and change tables of your own: CREATE TABLE mine.x AS SELECT ..."
	case schema.BoundOf(err) == schema.NoFiles:
		return "--allow-files lets a statement read and write files; --to FILE writes the answer to one"
	case schema.BoundOf(err) == schema.NoSettings:
		return "settings are fixed, so that no statement lifts its bounds; --allow-files, --write and --to are what can be granted"
	case schema.IsDamaged(err):
		return "what stands in that block of the store is lost: take a copy of the store, or load the log files into a new one, which --store names. trailbox verify --self tells of which files the rest is whole, where the store still opens"
	case errors.Is(err, schema.ErrNoStore):
		return "load log files first: trailbox ingest SOURCE..."
	case errors.As(err, &table):
		return "did you mean " + table.Near + "? If it is the name of Athena's CloudTrail table, --table " + table.Name
	case errors.As(err, &sql) && sql.Instead != "":
		return "write " + sql.Instead
	case errors.As(err, &alarms):
		return "a source of alarms is a file, a folder, a pattern in quotes, or one of " + strings.Join(source.Builtins(), ", ")
	case errors.As(err, &unused) && unused.Thing == "placeholder":
		return "placeholders are what rules have between % for the modifier expand"
	case errors.As(err, &unused):
		return "parameters are named as in their template, upper and lower case told apart"
	case errors.As(err, &agent):
		return "ssh-add the private key, or name the private one to --sign"
	case errors.Is(err, errNoTerminal):
		return "ssh-add the key: the ssh-agent signs with it then"
	case errors.As(err, &unseal) && unseal.Ending == evidence.Signature:
		return "ssh-keygen -Y sign -n file -f KEY " + query.ShellWord(filepath.Join(unseal.Place, evidence.ManifestName)) + " signs it as it is"
	case errors.As(err, &unseal):
		return "openssl ts -query and curl get one as well, as trailbox help case says; or another --timestamp, and another folder"
	case errors.As(err, &noPack):
		var names []string
		for _, p := range packs.Packs() {
			names = append(names, p.Name)
		}
		return suggest("trailbox pack ", noPack.Name, names, "trailbox pack; one of your own by its path: trailbox pack ./mine.yaml")
	case errors.As(err, &report):
		var names []string
		for _, r := range query.Reports() {
			names = append(names, r.Name)
		}
		return suggest("trailbox report ", report.Name, names, "trailbox report")
	}
	return ""
}

// wayToJSON says how to get records that can be read where a file has another form.
func wayToJSON(form logfile.Form) string {
	switch form {
	case logfile.CSV:
		return "ask for JSON: lookup-events --output json, UNLOAD ... WITH (format = 'JSON') in Athena, Download events as JSON in the console"
	case logfile.YAML:
		return "ask for JSON: --output json"
	case logfile.HTML, logfile.XML:
		return "it is what a server answered instead of the file: look into it, and download the file again"
	case logfile.LFSPointer:
		return "git lfs pull fetches the file itself"
	case logfile.Parquet, logfile.ORC, logfile.Avro:
		return "write it as JSON lines first, with the tool that made it or with DuckDB's COPY ... TO 'x.json'"
	case logfile.SevenZip, logfile.RAR:
		return "unpack it, and load the folder"
	case logfile.OCSF:
		return "Security Lake keeps no records; load the log files of the trail that it collects from"
	}
	return ""
}

// remedy says what to do about what the machine is short of.
func remedy(r schema.Resource) string {
	switch r {
	case schema.Disk:
		return "make room, and run the same command again: what was committed before is in the store, and it goes on from there"
	case schema.Access:
		return "the file and its folder must be writable; --store names another place"
	case schema.Folder:
		return "create the folder first, or name another one with --store"
	default:
		return "allow it more with --memory 4G, or end other programs, and run the same command again: what was committed before is in the store, and it goes on from there"
	}
}

// s3Flag names the flag that a remedy may take.
func s3Flag(p bucket.Problem) string {
	switch p {
	case bucket.RequesterPays, bucket.ListDenied, bucket.ReadDenied:
		return " (--requester-pays)"
	case bucket.NoCredentials:
		return " (--no-sign-request)"
	case bucket.WrongRegion:
		return " (--region)"
	case bucket.BadEndpoint:
		return " (--endpoint-url)"
	}
	return ""
}
