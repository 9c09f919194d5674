package schema

import (
	"context"
	"database/sql"
	"fmt"
)

// A batch has its events and their files in one transaction, but DuckDB does not keep
// to that when it is killed while it commits one of more than a row group: replaying
// the write-ahead log it takes row groups in whose transaction has no end there
// (duckdb/duckdb#25931). Events, repeats and what is known of credentials may have as many rows; files never
// has in one batch, so that what belongs to no file is what must not be there.

// orphans counts rows of a batch that was not committed. There can be some only after
// a run that did not come to its end.
func orphans(ctx context.Context, db *sql.DB) (n int64, err error) {
	var cutOff bool
	err = db.QueryRowContext(ctx, "SELECT coalesce((SELECT finished IS NULL FROM runs ORDER BY run DESC LIMIT 1), false)").Scan(&cutOff)
	if err != nil || !cutOff {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM events ANTI JOIN files USING (file))
		+ (SELECT count(*) FROM repeats ANTI JOIN files USING (file))
		+ (SELECT count(*) FROM credential_uses ANTI JOIN files USING (file))
		+ (SELECT count(*) FROM credential_events ANTI JOIN files USING (file))`).Scan(&n)
	return n, err
}

// repair removes such rows.
func repair(ctx context.Context, db *sql.DB) error {
	n, err := orphans(ctx, db)
	if err != nil || n == 0 {
		return err
	}
	// The log must end before they are removed: it would be cut behind the last
	// transaction that has an end, and what removes them would find nothing there.
	for _, statement := range []string{
		"CHECKPOINT",
		"DELETE FROM events WHERE file NOT IN (SELECT file FROM files)",
		"DELETE FROM repeats WHERE file NOT IN (SELECT file FROM files)",
		"DELETE FROM credential_uses WHERE file NOT IN (SELECT file FROM files)",
		"DELETE FROM credential_events WHERE file NOT IN (SELECT file FROM files)",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("remove a batch that was cut off: %w", err)
		}
	}
	return nil
}
