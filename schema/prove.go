package schema

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

//go:embed sql/prove.sql
var proveSQL string

// A Prover compares what a store says of log files with what they say themselves: they are
// loaded once more, into tables of its own in memory, which hold nothing of the store's. It
// is for the use of one goroutine.
type Prover struct {
	claimed *Store
	again   *Store // the tables in memory
	query   string // what compares them
}

// NewProver returns a prover for a store that was opened for that (Grants.Prove). It must be
// closed before the store is.
func (s *Store) NewProver(ctx context.Context) (*Prover, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	p := &Prover{claimed: s, again: &Store{path: s.path, db: s.db, writer: conn, shapes: new(Shapes)}}
	if err := p.prepare(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Prover) prepare(ctx context.Context) error {
	if err := p.claimed.db.QueryRowContext(ctx, "SELECT hashSeed FROM store").Scan(&p.again.hashSeed); err != nil {
		return err
	}
	if err := p.again.shapes.load(ctx, p.claimed.db); err != nil {
		return err
	}
	if _, err := p.again.writer.ExecContext(ctx, "USE store"); err != nil {
		return err
	}
	// Neither what loads nor what compares uses any of the definitions, which take longer to
	// make than a day of log files to load.
	none := func(context.Context, *sql.Tx) error { return nil }
	if err := migrate(ctx, p.again.writer, p.again.path, none); err != nil {
		return err
	}
	hollow, err := isHollow(ctx, p.claimed.db)
	if err != nil {
		return err
	}
	p.query = proveSQL
	if hollow {
		if _, err := p.again.writer.ExecContext(ctx, hollowSQL); err != nil {
			return err
		}
		const present = "CASE WHEN file <= (SELECT hollowFiles FROM claimed.main.store) THEN present_%s(%s) ELSE %[2]s END"
		p.query = Put(p.query, "identity", fmt.Sprintf(present, "identity", "userIdentity"))
		p.query = Put(p.query, "tls", fmt.Sprintf(present, "tls", "tlsDetails"))
	}
	return p.again.registerSources(ctx)
}

// Close lets go of the tables in memory.
func (p *Prover) Close() {
	if p.again.writer != nil { // a failed load has dropped it
		p.again.dropWriter()
	}
}

// Store is where the log files are loaded again: it gives the seed and the shapes for that.
func (p *Prover) Store() *Store { return p.again }

// A Difference is a row of the store that is not what its log file says, or one that the
// file has and the store has not.
type Difference struct {
	Table    string
	File     int32
	Position *int32   // of the record, or of what a digest lists; nil for none
	What     string   // different, lacking: from the store, or added: the file does not have it
	Columns  []string // that are different
}

// maxDifferences is how many differences of the files of one call are told.
const maxDifferences = 1000

// Compare reads src, which is of log files as the store gives them back, and tells where the
// store says something else, in the order of files, the first of a thousand.
func (p *Prover) Compare(ctx context.Context, src EventSource) ([]Difference, error) {
	if err := p.again.Load(ctx, src); err != nil {
		return nil, err
	}
	files := src.Ledger().Files
	if len(files) == 0 {
		return nil, nil
	}
	first, last := slices.MinFunc(files, byNumber).File, slices.MaxFunc(files, byNumber).File
	rows, err := p.again.writer.QueryContext(ctx, p.query,
		sql.Named("first", first), sql.Named("last", last), sql.Named("limit", maxDifferences))
	if err != nil {
		return nil, err
	}
	differences, err := Collect[Difference](newRows(rows, nil))
	return differences, errors.Join(err, p.empty(ctx))
}

// empty makes room for what is compared next.
func (p *Prover) empty(ctx context.Context) error {
	for _, statement := range []string{
		"DELETE FROM events", "DELETE FROM files", "DELETE FROM originals", "DELETE FROM digests", "DELETE FROM digest_log_files",
		"DELETE FROM credential_uses", "DELETE FROM credential_events",
		"FORCE CHECKPOINT store", // or the memory of what was deleted stays taken
	} {
		if _, err := p.again.writer.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

//go:embed sql/strays.sql
var straysSQL string

// A Stray is how many rows of a table are of no log file.
type Stray struct {
	Table string
	Rows  int64
}

// Strays counts the rows that are of no log file that was read.
func (s *Store) Strays(ctx context.Context) iter.Seq2[Stray, error] {
	return All[Stray](s.Query(ctx, straysSQL))
}

//go:embed sql/prove_credentials.sql
var proveCredentialsSQL string

// A Misstated is a credential, or an event that issued one, of which the tables of credentials
// do not say what the stored events do.
type Misstated struct {
	Table    string
	URI      string // this and the next: of an event
	Position *int32
	Name     string // of the credential: its key, or what else it goes by
	Address  string // where it was used
}

// ProveCredentials compares the tables of credentials with what all stored events say, which are
// for [Prover] to compare with their log files.
func (s *Store) ProveCredentials(ctx context.Context) iter.Seq2[Misstated, error] {
	statement := proveCredentialsSQL
	for mark, insert := range map[string]string{"uses": credentialUsesSQL, "issues": storedIssuesSQL} {
		_, said, _ := strings.Cut(insert, "BY NAME\n")
		statement = Put(statement, mark, "(\n"+said+"\n)")
	}
	files, err := Collect[int32](s.Query(ctx, "SELECT DISTINCT file FROM events ORDER BY file"))
	if err != nil {
		return func(yield func(Misstated, error) bool) { yield(Misstated{}, err) }
	}
	if len(files) == 0 {
		files = []int32{-1} // of no file is nothing said
	}
	return All[Misstated](s.Query(ctx, statement, Arg{"files", files}, Arg{"first", files[0]}, Arg{"last", files[len(files)-1]}))
}

// ReadAll reads all tables of the store whole. DuckDB keeps a checksum with each block of its
// file, and finds out about damage only in those that it reads.
func (s *Store) ReadAll(ctx context.Context) error {
	tables, err := Collect[string](s.Query(ctx, "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY ALL"))
	if err != nil {
		return err
	}
	for _, table := range tables {
		// A name is no value that could be bound.
		name := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
		if _, err := s.db.ExecContext(ctx, "SELECT bit_xor(hash(row)) FROM "+name+" AS row"); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("cannot read the table %s of %s: %w", table, s.path, err)
		}
	}
	return nil
}
