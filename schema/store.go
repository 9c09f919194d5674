package schema

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Store is one DuckDB file of CloudTrail events, open for writing ([Create]) or
// for reading ([Open]). Its methods may be called from several goroutines, but
// only one [Store.Load] runs at a time.
type Store struct {
	path string
	to   string // Grants.To
	db   *sql.DB

	connector  driver.Connector // of db
	recordOnce sync.Once        // of withEventRecord, and what came of it
	recordErr  error

	typed   bool // Grants.Typed
	guarded bool // statements are looked at before they are run, see mine.go
	made    bool // was not there when it was opened
	mended  bool // see torn.go

	// Only while open for writing:
	memory   int64       // as of Create
	file     os.FileInfo // of path
	writer   *sql.Conn   // what load.sql uses is registered here
	loading  *load       // what trail() reads
	loadOnce sync.Mutex
	loaded   int   // events, since the store was opened
	run      int32 // the last one that began
	anew     anew
	hashSeed uint64
	shapes   *Shapes
}

// ErrNoStore is returned by [Open] when there is no such file.
var ErrNoStore = errors.New("no such store")

// A LockedError says that another process has the store open.
type LockedError struct {
	Path    string
	Program string // that process's program, where the system tells
	PID     int    // 0 where the system does not tell
}

func (e *LockedError) Error() string {
	switch {
	case e.PID == 0:
		return fmt.Sprintf("cannot open %s: another process has it open", e.Path)
	case e.Program == "":
		return fmt.Sprintf("cannot open %s: another process has it open (PID %d)", e.Path, e.PID)
	}
	return fmt.Sprintf("cannot open %s: another process has it open (%s, PID %d)", e.Path, e.Program, e.PID)
}

// A VersionError says that the store was written by a newer trailbox.
type VersionError struct {
	Path        string
	Have, Known int // the store's migration, and the last one that we know
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("cannot open %s: it was written by a newer trailbox (store version %d, this program knows %d)", e.Path, e.Have, e.Known)
}

// A NotAStoreError says that a file is something else than a trailbox store.
type NotAStoreError struct {
	Path string
	Err  error
}

func (e *NotAStoreError) Error() string {
	return fmt.Sprintf("cannot open %s: it is not a trailbox store: %v", e.Path, e.Err)
}

func (e *NotAStoreError) Unwrap() error { return e.Err }

// Create opens the store at path for writing, makes it if it is not there, and
// brings its tables up to date. Only one process can have it open for writing,
// and none can read meanwhile: then the error is a [*LockedError]. Loading gets by with
// about that many bytes of memory; 0 stands for as many as DuckDB would take.
func Create(ctx context.Context, path string, memory int64) (*Store, error) {
	return CreateFor(ctx, path, memory, Grants{})
}

// CreateFor is Create, of any schema if that is granted.
func CreateFor(ctx context.Context, path string, memory int64, grants Grants) (*Store, error) {
	s, err := attach(ctx, path, memory)
	if err != nil {
		mended, mendErr := mendTorn(path, err)
		if mendErr != nil {
			return nil, errors.Join(err, mendErr)
		}
		if !mended {
			return nil, err
		}
		if s, err = attach(ctx, path, memory); err != nil {
			return nil, err
		}
		s.mended = true
	}
	s.memory, s.anew.limit = memory, anewEvents
	if err := s.prepareToWrite(ctx, grants); err != nil {
		return nil, errors.Join(machineError(path, err), s.Close())
	}
	s.removeLeftovers()
	return s, nil
}

func (s *Store) prepareToWrite(ctx context.Context, grants Grants) (err error) {
	if s.file, err = os.Stat(s.path); err != nil {
		return err
	}
	err = s.trusted(ctx, grants, func(whole bool) error {
		if whole {
			return nil
		}
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return err
		}
		return errors.Join(migrate(ctx, conn, s.path, define), conn.Close())
	})
	if err != nil {
		return err
	}
	if err := repair(ctx, s.db); err != nil {
		return err
	}
	if err := s.countUncounted(ctx, grants.Catching); err != nil {
		return err
	}
	if err := s.db.QueryRowContext(ctx, "SELECT hashSeed FROM store").Scan(&s.hashSeed); err != nil {
		return err
	}
	s.shapes = new(Shapes)
	if err := s.shapes.load(ctx, s.db); err != nil {
		return err
	}
	return s.connectWriter(ctx)
}

// connectWriter makes the connection that loads, unless there is one.
func (s *Store) connectWriter(ctx context.Context) (err error) {
	if s.writer != nil {
		return nil
	}
	if s.writer, err = s.db.Conn(ctx); err != nil {
		return err
	}
	return s.registerSources(ctx)
}

// registerSources makes known what loading reads from.
func (s *Store) registerSources(ctx context.Context) error {
	return errors.Join(s.registerTrail(ctx), s.registerIssued(ctx))
}

// dropWriter ends that connection for good, not back into the pool: a load that was
// cancelled may leave it within its transaction.
func (s *Store) dropWriter() {
	s.writer.Raw(func(any) error { return driver.ErrBadConn }) // asks for just that
	s.writer.Close()                                           // it is closed by now
	s.writer = nil
}

// Grants are what may be done with a store besides reading it.
type Grants struct {
	Write bool   // change it
	Mine  bool   // change the user's own tables, which are beside it in the database mine
	Typed bool   // run what a person types, which is looked at first
	Files bool   // read and write other files, and load extensions
	To    string // write this one file, see [Store.Export]; "" for none
	// AnySchema: also one that has tables, views or macros that this program does not make.
	AnySchema bool
	Prove     bool // compare it with what its log files say: see [NewProver]
	// Catching is told how many of the events of before have been looked through, when a store
	// of an older program is brought up to date; nil for nobody.
	Catching func(done, events int64)
	// Memory is how many bytes DuckDB takes at most for all that runs at once; 0 for as many
	// as it likes. What goes beyond that it puts aside, or ends as a [*MachineError].
	Memory int64
}

// Open opens the store at path for reading. What is run on it can change
// nothing, reach no file and no network, and not lift these bounds.
func Open(ctx context.Context, path string) (*Store, error) {
	return OpenFor(ctx, path, Grants{})
}

// OpenFor is Open with more access.
func OpenFor(ctx context.Context, path string, grants Grants) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoStore)
	}
	how := open
	switch {
	case grants.Prove:
		how = openToProve
	case grants.Mine:
		how = openWithMine
	}
	s, err := how(ctx, path, grants)
	if err != nil {
		return nil, readTorn(path, err)
	}
	err = s.prepareToRead(ctx, grants)
	if err == nil && grants.Typed {
		err = s.withEventRecord(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if grants.Write {
		s.removeLeftovers()
	}
	return s, nil
}

// prepareToRead checks that the store is one, of this program's version and made as it does.
func (s *Store) prepareToRead(ctx context.Context, grants Grants) error {
	return s.trusted(ctx, grants, func(whole bool) error { return s.checkVersion(ctx, grants, whole) })
}

// checkVersion checks that the store is one of this program's version, and that no batch in
// it was cut off. Its views and macros are put right if it is not known to be whole.
func (s *Store) checkVersion(ctx context.Context, grants Grants, whole bool) error {
	have, err := version(ctx, s.db)
	switch {
	case err != nil:
		return &NotAStoreError{Path: s.path, Err: err}
	case have == 0:
		return cutOffError(s.path)
	case have > len(migrations()):
		return &VersionError{Path: s.path, Have: have, Known: len(migrations())}
	case have < len(migrations()):
		return fmt.Errorf("cannot read %s: it was written by an older trailbox (store version %d of %d); run trailbox ingest on it once to bring it up to date", s.path, have, len(migrations()))
	}
	if grants.Write && !whole {
		err = s.redefine(ctx)
	} else if !whole {
		err = s.checkDefined(ctx)
	}
	if err != nil {
		return err
	}
	n, err := orphans(ctx, s.db)
	if n > 0 {
		return fmt.Errorf("cannot read %s: the last ingest was killed while it committed a batch; run trailbox ingest on it once to put that right", s.path)
	}
	return err
}

// rowGroupSize is how many events DuckDB compresses and writes together. While a
// batch loads, each thread holds up to two row groups uncompressed, and what is not
// full at its end is written by one thread alone: with twice as many as here that is half
// the time of a load of two row groups, and 150 MB more of memory; with half as many
// stores become a twentieth larger, since each has dictionaries of its own. No batch has
// so many files: see repair.go.
const rowGroupSize = 30 * 1024

// blockSize is in what units the store grows, in bytes. It is part of the file and
// cannot change later. With DuckDB's 256 KiB a store of one day would be half empty;
// with less than this large ones become larger, since strings are packed by block.
const blockSize = 128 << 10

// writing are settings for loading. Order within the store is of no meaning (file and
// position say it all), and keeping it would make DuckDB's threads wait for each other.
// A batch is written to its place and not to the write-ahead log, from which DuckDB may
// take half of it after it was killed, see repair.go. Small row groups are joined in
// Close.
const writing = "preserve_insertion_order=false&write_buffer_row_group_count=1" +
	"&checkpoint_threshold=1KB&auto_checkpoint_skip_wal_threshold=0&max_vacuum_tasks=0"

// attach opens a store for writing. It is attached to a database in memory, since
// the size of row groups can be given in no other way.
func attach(ctx context.Context, path string, memory int64) (*Store, error) {
	abs, err := storePath(path)
	if err == nil {
		err = clearCutOff(path)
	}
	if err != nil {
		return nil, err
	}
	options := writing + "&temp_directory=" + tempFolder(abs)
	if memory > 0 {
		options += fmt.Sprintf("&memory_limit=%dB", memory)
	}
	_, err = os.Stat(abs)
	made := errors.Is(err, os.ErrNotExist)
	var attached sync.Once
	connector, err := newConnector("?"+options, func(execer driver.ExecerContext) (err error) {
		attached.Do(func() {
			// Version 1.5 of the storage format is what DuckDB's tools of that version
			// and later read.
			_, err = execer.ExecContext(ctx, fmt.Sprintf(
				"ATTACH %s AS store (STORAGE_VERSION 'v1.5.0', ROW_GROUP_SIZE %d, BLOCK_SIZE %d);",
				quoted(abs), rowGroupSize, blockSize)+
				settled()+"SET GLOBAL enable_external_access = false;", nil)
		})
		if err == nil {
			_, err = execer.ExecContext(ctx, "USE store", nil)
		}
		return err
	})
	s, err := connected(ctx, path, connector, err)
	if err == nil {
		s.made = made
	}
	return s, err
}

// findStore makes the path of a store that is there absolute.
func findStore(path string) (string, error) {
	abs, err := storePath(path)
	if err == nil {
		err = sniff(path)
	}
	if errors.Is(err, ErrCutOff) {
		err = cutOffError(path)
	}
	return abs, err
}

// open opens a store that is there.
func open(ctx context.Context, path string, grants Grants) (*Store, error) {
	abs, err := findStore(path)
	if err != nil {
		return nil, err
	}
	mode := "read_only"
	if grants.Write {
		mode = "read_write"
	}
	mine := ""
	if !grants.Write {
		mine = attachMine(abs)
	}
	var once sync.Once
	connector, err := newConnector(abs+"?access_mode="+mode+"&temp_directory="+tempFolder(abs), func(execer driver.ExecerContext) (err error) {
		once.Do(func() {
			_, err = execer.ExecContext(ctx, mine+bounds(grants), nil)
		})
		return err
	})
	s, err := connected(ctx, path, connector, err)
	if err == nil {
		s.to, s.typed, s.guarded = grants.To, grants.Typed, grants.Typed && !grants.Files
	}
	return s, err
}

// bounds are the statements that keep what is run to what is granted.
func bounds(grants Grants) string {
	bounds := settled() + fmt.Sprintf("SET GLOBAL dynamic_or_filter_threshold = %d;", JoinValues)
	if grants.To != "" {
		bounds += "SET GLOBAL allowed_paths = [" + quoted(grants.To) + "];"
	}
	if grants.Memory > 0 {
		bounds += fmt.Sprintf("SET GLOBAL memory_limit = '%dB';", grants.Memory)
	}
	if !grants.Files {
		bounds += "SET GLOBAL enable_external_access = false;"
	}
	return bounds + "SET GLOBAL lock_configuration = true"
}

// quoted is a path as text of a statement: it is no value that could be bound.
func quoted(path string) string { return "'" + strings.ReplaceAll(path, "'", "''") + "'" }

// openToProve opens a store that is there, named claimed, beside a database in memory,
// named store, which what its log files say is loaded into. DuckDB has no threads but those
// that ask: there are as many as Go runs, each rebuilds files of its own, and one that waits
// for others of DuckDB's takes a core, see perform.
func openToProve(ctx context.Context, path string, _ Grants) (*Store, error) {
	abs, err := findStore(path)
	if err != nil {
		return nil, err
	}
	var attached sync.Once
	connector, err := newConnector("?preserve_insertion_order=false&temp_directory="+tempFolder(abs), func(execer driver.ExecerContext) (err error) {
		attached.Do(func() {
			_, err = execer.ExecContext(ctx, "ATTACH "+quoted(abs)+" AS claimed (READ_ONLY);"+
				"ATTACH ':memory:' AS store;"+settled()+"SET GLOBAL threads = 1; SET GLOBAL enable_external_access = false;", nil)
		})
		if err == nil {
			_, err = execer.ExecContext(ctx, "USE claimed", nil)
		}
		return err
	})
	return connected(ctx, path, connector, err)
}

// settled are settings of all connections. Times are UTC, whatever the machine's
// zone: casts to and from TIMESTAMPTZ go by it. DuckDB has as many threads as Go runs.
func settled() string {
	return "SET GLOBAL TimeZone = 'UTC'; SET GLOBAL autoinstall_known_extensions = false; SET GLOBAL autoload_known_extensions = false;" +
		fmt.Sprintf("SET GLOBAL threads = %d;", runtime.GOMAXPROCS(0))
}

// JoinValues is how many values events can be joined with for DuckDB to read no part of
// events, 2048 rows each, that by its least and its greatest has none of them: above
// all, rows by their rowid. DuckDB's own limit is 50, beyond which it reads everything.
// To look takes some 10 ns for each value and part, which forbids much larger ones.
const JoinValues = 2000

// storePath makes a path absolute, and refuses one that cannot be a store's. The
// driver takes path and options as one URL-like text, in which some characters would
// cut the path short and the options off.
func storePath(path string) (string, error) {
	if strings.ContainsAny(path, "?#%&") {
		return "", fmt.Errorf("cannot open %s: the path of a store must not contain ?, #, %% or &", path)
	}
	return filepath.Abs(path)
}

// headerBytes is what DuckDB writes to a new file before it waits for the disk.
const headerBytes = 3 * 4096

// ErrCutOff says that the creation of a store was cut off: nothing is in its file, and
// [Create] makes it anew. To readers it is an [ErrNoStore], too.
var ErrCutOff = errors.New("its creation was cut off")

func cutOffError(path string) error {
	return fmt.Errorf("%s: %w yet: %w", path, ErrNoStore, ErrCutOff)
}

// sniff sees to it that there is a database or nothing: DuckDB's own answers to other
// files depend on what they are. It is for a store that is not open yet: to close any
// handle of a file lets go of all locks that the process has on it.
func sniff(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // if it is there, DuckDB will say what is wrong with it
	}
	if !info.Mode().IsRegular() {
		return &NotAStoreError{Path: path, Err: errors.New("not a file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, headerBytes)
	n, _ := io.ReadFull(f, head)
	switch {
	case n > 0 && (n < 12 || string(head[8:12]) != "DUCK"):
		return &NotAStoreError{Path: path, Err: errors.New("not a DuckDB database file")}
	case n < len(head):
		return ErrCutOff
	}
	return nil
}

// clearCutOff removes what a process has left that was killed while it created the store:
// there is nothing in it, and DuckDB would not take it. It gives one that is alive the
// time to go on, which takes it less than a millisecond.
func clearCutOff(path string) error {
	err := sniff(path)
	for tries := 0; errors.Is(err, ErrCutOff) && tries < 10; tries++ {
		if info, statErr := os.Stat(path); statErr == nil && time.Since(info.ModTime()) > time.Second {
			break
		}
		time.Sleep(100 * time.Millisecond)
		err = sniff(path)
	}
	if errors.Is(err, ErrCutOff) {
		return os.Remove(path)
	}
	return err
}

func connected(ctx context.Context, path string, connector *connector, err error) (*Store, error) {
	if err != nil {
		return nil, openError(path, err)
	}
	s := &Store{path: path, db: sql.OpenDB(connector), connector: connector}
	if err := s.db.PingContext(ctx); err != nil {
		return nil, errors.Join(openError(path, err), s.db.Close())
	}
	return s, nil
}

// lockHolder finds the holder in DuckDB's message, which is the only place where
// it stands.
var lockHolder = regexp.MustCompile(`Conflicting lock is held in (?:(.*) )?\(PID (\d+)\)`)

func openError(path string, err error) error {
	text := err.Error()
	if strings.Contains(text, "Could not set lock on file") {
		locked := &LockedError{Path: path}
		if m := lockHolder.FindStringSubmatch(text); m != nil {
			locked.Program = m[1]
			locked.PID, _ = strconv.Atoi(m[2])
		}
		return locked
	}
	if strings.Contains(text, "block size parameter does not match") {
		return &NotAStoreError{Path: path, Err: errForeign}
	}
	if machine := machineError(path, err); machine != err {
		return machine
	}
	return fmt.Errorf("cannot open %s: %w", path, err)
}

// HashSeed is what [Event.Hash] is seeded with.
func (s *Store) HashSeed() uint64 { return s.hashSeed }

// Shapes are the skeletons of records that the store has.
func (s *Store) Shapes() *Shapes { return s.shapes }

// Path is where the store is, as it was given.
func (s *Store) Path() string { return s.path }

// Close writes out what is left and closes the store. Row groups that small loads left
// behind are joined then. After a large load that would be to write once more what was
// just written, a fifth of its time: the next small one does it.
func (s *Store) Close() error {
	var err error
	if s.writer != nil {
		if s.loaded < rowGroupSize {
			_, err = s.writer.ExecContext(context.Background(), "SET GLOBAL max_vacuum_tasks = 100")
		}
		err = errors.Join(err, s.writer.Close())
	}
	return errors.Join(machineError(s.path, errors.Join(err, s.db.Close())), s.stillThere())
}

// Export writes the answer to a query, with its parameters bound, to the file that the
// store was opened for ([Grants].To), as Parquet, and returns how many rows it has.
func (s *Store) Export(ctx context.Context, query string, args ...Arg) (rows int64, err error) {
	bound, err := bind(query, args)
	if err == nil {
		err = s.guard(ctx, query)
	}
	if err != nil {
		return 0, err
	}
	// A path is no value that could be bound either, nor is a query; what else is put in
	// its place can do what any query can. It may end in a comment: hence the line end.
	// With a temporary file DuckDB would write one more, which it may not.
	query = strings.TrimSuffix(strings.TrimSpace(query), ";")
	const before = "COPY ("
	err = s.db.QueryRowContext(ctx, before+query+"\n) TO "+quoted(s.to)+" (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)", bound...).Scan(&rows)
	return rows, locate(err, before, query)
}

// EngineVersion is the version of DuckDB that the program was built with.
func EngineVersion(ctx context.Context) (string, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return "", err
	}
	defer db.Close()
	var v string
	err = db.QueryRowContext(ctx, "SELECT version()").Scan(&v)
	return v, err
}
