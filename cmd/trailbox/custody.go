package main

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/evidence"
	"trailbox/schema"
)

func custodyCommand() command {
	return command{
		name: "custody", summary: "who did what with the store, in order",
		about: `
prints the chain of custody of a store: each load with its user, machine, version,
sources and counts; what was written to tables of your own; verifications, and the
public keys for them; whom watch told. What the store does not record has rows of
its own, without a time.`,
		prepare: prepareCustody,
	}
}

// custodyFlags are the flags of custody.
type custodyFlags struct {
	store  *storeFlags
	answer answerFlags
}

func prepareCustody(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &custodyFlags{store: storeFlag(flags)}
	f.answer.define(flags, query.FormatTable, query.FormatNames()+", or xlsx or parquet with --to", query.FormatParquet)
	f.answer.name = "custody"
	f.answer.aside = []string{"ended", "repeats", "notWhole", "number"}
	return f.run
}

func (f *custodyFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) > 0 {
		return &usageError{message: "custody takes no arguments", hint: "trailbox custody --store FILE"}
	}
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	grants, err := f.answer.grants(schema.Grants{})
	if err != nil {
		return err
	}
	store, err := f.store.open(ctx, grants)
	if err != nil {
		return err
	}
	statement := evidence.Custody()
	return errors.Join(f.answer.write(s, "nothing is recorded",
		func() (query.Result, error) { return statement.Query(ctx, store) },
		func() (int64, error) { return statement.Export(ctx, store) }), store.Close())
}
