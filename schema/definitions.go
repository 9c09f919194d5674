package schema

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
)

//go:embed definitions.sql
var definitionsSQL string

//go:embed hollow.sql
var hollowSQL string

//go:embed comments.sql
var commentsSQL string

// definitions names the views, macros and comments that this program knows.
func definitions() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(definitionsText()+hollowSQL+commentsSQL+formerText)))
}

// definitionsText is definitions.sql with what views have of others, and the leaves.
func definitionsText() string {
	text := definitionsSQL
	for _, view := range [...]string{"cloudtrail_logs", "cloudtrail_lake"} {
		_, columns, _ := strings.Cut(definitionsSQL, "CREATE OR REPLACE VIEW "+view+" AS\n")
		columns, _, _ = strings.Cut(columns, "\nFROM events;")
		text = Put(text, view, columns)
	}
	return Put(text, "leaves", leavesSQL())
}

// define makes the views and macros of a store, as a part of a transaction.
func define(ctx context.Context, tx *sql.Tx) error {
	hollow, err := isHollow(ctx, tx)
	if err != nil {
		return err
	}
	text := dropFormer() + definitionsText()
	if hollow {
		text += hollowSQL
	}
	if _, err := tx.ExecContext(ctx, text+commentsSQL); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE store SET definitions = $1", definitions())
	return err
}

// dropFormer are statements that take away what earlier versions made.
func dropFormer() string {
	var text strings.Builder
	for line := range strings.Lines(formerText) {
		kind, name, _ := strings.Cut(line, " ")
		if kind == "table_macro" {
			kind = "MACRO TABLE"
		}
		name, _, _ = strings.Cut(strings.TrimSpace(name), "(")
		text.WriteString("DROP " + kind + " IF EXISTS " + name + ";\n")
	}
	return text.String()
}

// isHollow reports whether a store has events with structs of NULLs for objects that their
// records lack, as all had before there was store.hollowFiles.
func isHollow(ctx context.Context, db queryer) (hollow bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT hollowFiles IS NOT NULL FROM store").Scan(&hollow)
	return hollow, err
}

// redefine makes the views and macros anew.
func (s *Store) redefine(ctx context.Context) error {
	return s.Change(ctx, func(c *Change) error { return define(ctx, c.tx) })
}

// checkDefined checks that a store has the views and macros that this program knows.
func (s *Store) checkDefined(ctx context.Context) error {
	same, err := defined(ctx, s.db)
	if err == nil && !same {
		err = fmt.Errorf("cannot read %s: its views and macros are those of another version of trailbox; run trailbox ingest on it once to make them those of this one", s.path)
	}
	return err
}

// defined reports whether a store has the views and macros that this program knows.
func defined(ctx context.Context, db *sql.DB) (bool, error) {
	var have sql.NullString
	err := db.QueryRowContext(ctx, "SELECT definitions FROM store").Scan(&have)
	return have.String == definitions(), err
}
