package integrity

import (
	"context"
	_ "embed"
	"encoding/json"
	"time"

	"trailbox/schema"
)

//go:embed sql/save_verification.sql
var saveVerificationSQL string

//go:embed sql/save_key.sql
var saveKeySQL string

//go:embed sql/keys.sql
var keysSQL string

//go:embed sql/forget.sql
var forgetSQL string

// Save keeps a result in the store, for the reports: it is open for writing. What a limited
// verification has not looked at stays as an earlier one found it.
func Save(ctx context.Context, store *schema.Store, r *Result, version string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var number int64
	err = each(ctx, store, saveVerificationSQL, []schema.Arg{
		{Name: "started", Value: r.Started}, {Name: "finished", Value: time.Now().UTC()}, {Name: "version", Value: version},
		{Name: "scope", Value: orNull(r.Scope)}, {Name: "summary", Value: string(text)},
	}, func(v []any) { number = v[0].(int64) })
	if err != nil || r.scope.Trail != "" {
		return err
	}
	args := r.logArgs(timeArg("since", r.scope.Since), timeArg("until", r.scope.Until), schema.Arg{Name: "verification", Value: number})
	if err := run(ctx, store, "INSERT INTO proofs\n"+matchesSQL+statesSQL+saveSQL, args); err != nil {
		return err
	}
	return run(ctx, store, forgetSQL, []schema.Arg{{Name: "verification", Value: number}})
}

// run runs a statement that has no answer worth reading.
func run(ctx context.Context, store *schema.Store, statement string, args []schema.Arg) error {
	return each(ctx, store, statement, args, func([]any) {})
}

// StoredKeys are the public keys that the store has.
func StoredKeys(ctx context.Context, store *schema.Store) (keys []Key, err error) {
	var wrong error
	err = each(ctx, store, keysSQL, nil, func(v []any) {
		k, err := newKey(v[0].([]byte))
		if err != nil {
			wrong = err
			return
		}
		k.Region, k.From, k.Until, k.Source = v[1].(string), v[2].(time.Time), v[3].(time.Time), v[4].(string)
		keys = append(keys, k)
	})
	if err == nil {
		err = wrong
	}
	return keys, err
}

// SaveKeys keeps keys in the store, which is open for writing. Those that it has stay as
// they are.
func SaveKeys(ctx context.Context, store *schema.Store, keys []Key) error {
	for _, k := range keys {
		err := run(ctx, store, saveKeySQL, []schema.Arg{
			{Name: "fingerprint", Value: k.Fingerprint}, {Name: "region", Value: orNull(k.Region)},
			{Name: "since", Value: k.From}, {Name: "until", Value: k.Until}, {Name: "value", Value: k.DER},
			{Name: "source", Value: k.Source}, {Name: "added", Value: time.Now().UTC()},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
