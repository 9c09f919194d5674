package integrity

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

var (
	//go:embed sql/verifications.sql
	verificationsSQL string
	//go:embed sql/file_days.sql
	fileDaysSQL string
)

// A Verification is one that was kept in the store.
type Verification struct {
	Number            int32
	Started, Finished time.Time
	Version, Scope    string
	Summary           string // of the latest alone
}

// Verifications lists the latest verifications that were kept, the newest first, with what
// the newest found; nil where there is none.
func Verifications(ctx context.Context, store *schema.Store) ([]Verification, *Result, error) {
	all, err := schema.Collect[Verification](store.Query(ctx, verificationsSQL))
	if err != nil || len(all) == 0 {
		return all, nil, err
	}
	latest := new(Result)
	if err := json.Unmarshal([]byte(all[0].Summary), latest); err != nil {
		return nil, nil, fmt.Errorf("what verification %d found cannot be read: %w", all[0].Number, err)
	}
	return all, latest, nil
}

// VerificationsStatement asks for the [Verifications].
func VerificationsStatement() query.Statement { return query.Statement{SQL: verificationsSQL} }

// A FileDay is how many files of an account, Region and day are in a state: one of [States],
// or not verified, damaged, or not read.
type FileDay struct {
	Account, Region string // empty where the name of a file does not tell
	Kind            string
	Day             time.Time // of the delivery; zero where nothing tells
	State           string
	Files, Records  int64
}

// FileDaysStatement asks for the [FileDays].
func FileDaysStatement() query.Statement { return query.Statement{SQL: fileDaysSQL} }

// FileDays counts the files of the store by day and by what is known of their integrity.
func FileDays(ctx context.Context, store *schema.Store) ([]FileDay, error) {
	return schema.Collect[FileDay](FileDaysStatement().Query(ctx, store))
}
