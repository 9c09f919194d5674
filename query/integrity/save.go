package integrity

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"slices"
	"time"

	"trailbox/schema"
)

//go:embed sql/save_verification.sql
var saveVerificationSQL string

//go:embed sql/save_key.sql
var saveKeySQL string

//go:embed sql/keys.sql
var keysSQL string

//go:embed sql/save.sql
var saveSQL string

//go:embed sql/turned.sql
var turnedSQL string

//go:embed sql/forget.sql
var forgetSQL string

// A Turn is files of which an earlier verification found something else.
type Turn struct {
	Was, Is State
	Files   int64
}

// Save keeps a result in the store, for the reports, with the keys that are new: it is open
// for writing, and either all of it is there then or nothing. What a limited verification
// has not looked at stays as an earlier one found it. Where this one found something else
// it says so: other keys, or other log files, may be the cause.
func Save(ctx context.Context, store *schema.Store, r *Result, keys []Key, version string) (turns []Turn, err error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	err = store.Change(ctx, func(c *schema.Change) error {
		for _, k := range keys {
			err := c.Exec(ctx, saveKeySQL, []schema.Arg{
				{Name: "fingerprint", Value: k.Fingerprint}, {Name: "region", Value: orNull(k.Region)},
				{Name: "since", Value: k.From}, {Name: "until", Value: k.Until}, {Name: "value", Value: k.DER},
				{Name: "source", Value: k.Source}, {Name: "added", Value: time.Now().UTC()},
			}...)
			if err != nil {
				return err
			}
		}
		number, err := schema.One[int32](c.Query(ctx, saveVerificationSQL, []schema.Arg{
			{Name: "started", Value: r.Started}, {Name: "finished", Value: time.Now().UTC()}, {Name: "version", Value: version},
			{Name: "scope", Value: orNull(r.Scope)}, {Name: "summary", Value: string(text)},
		}...))
		if err != nil || r.scope.Trail != "" {
			return err
		}
		for state, files := range r.proofs() {
			args := []schema.Arg{
				{Name: "files", Value: files}, {Name: "state", Value: string(state)}, {Name: "verification", Value: number},
			}
			some, err := schema.Collect[Turn](c.Query(ctx, turnedSQL, args...))
			if err != nil {
				return err
			}
			turns = append(turns, some...)
			if err := c.Exec(ctx, saveSQL, args...); err != nil {
				return err
			}
		}
		return c.Exec(ctx, forgetSQL, schema.Arg{Name: "verification", Value: number})
	})
	slices.SortFunc(turns, func(a, b Turn) int { return cmp.Or(cmp.Compare(a.Was, b.Was), cmp.Compare(a.Is, b.Is)) })
	return turns, err
}

// proofs are the files that the result tells something of, digests among them, by what it
// tells. What only keys prove that came with the store is not kept as proven.
func (r *Result) proofs() map[State][]int32 {
	all := map[State][]int32{}
	for state, files := range r.states {
		all[state] = slices.Clip(files)
	}
	for _, d := range r.digests {
		state := Unproven
		if d.good {
			state = Proven
		}
		all[state] = append(all[state], d.file)
	}
	if r.untrusted {
		delete(all, Proven)
	}
	return all
}

// StoredKeys are the public keys that the store has.
func StoredKeys(ctx context.Context, store *schema.Store) (keys []Key, err error) {
	type stored struct {
		Value                              []byte
		Region                             string
		ValidityStartTime, ValidityEndTime time.Time
		Source                             string
		Added                              time.Time
	}
	for row, err := range schema.All[stored](store.Query(ctx, keysSQL)) {
		if err != nil {
			return nil, err
		}
		k, err := newKey(row.Value)
		if err != nil {
			return nil, err
		}
		k.Region, k.From, k.Until, k.Source = row.Region, row.ValidityStartTime, row.ValidityEndTime, row.Source
		k.Stored, k.Added = true, row.Added
		keys = append(keys, k)
	}
	return keys, nil
}
