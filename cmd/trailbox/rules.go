package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
)

// setFlags are the rules that a command looks for beside what it is about: of case and serve.
type setFlags struct {
	ruleFlags
	sources []string
}

func (f *setFlags) define(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.sources, "rules", nil, "look for what the alarms and rules of this `SOURCE` would have told: whatever trailbox alarm takes; again for one more (default "+strings.Join(source.Builtins(), ", ")+")")
	f.ruleFlags.define(flags)
}

// loadSet loads what is to be looked for in the events of a store.
func (f *setFlags) loadSet(ctx context.Context, s streams, store *storeFlags, filter query.Filter, quiet bool) (*alarm.Set, error) {
	if len(f.sources) == 0 {
		f.sources = source.Builtins()
	}
	set, err := source.Load(f.sources, f.load)
	if err == nil {
		set, err = f.placed(ctx, store, f.sources, set, filter)
	}
	if err != nil {
		return nil, err
	}
	tell := telling(s, quiet)
	if err := f.selectRules(set, tell); err != nil {
		return nil, err
	}
	if err := somethingToRun(s, set, f.sources); err != nil {
		return nil, err
	}
	if !quiet {
		tellProblems(s, set)
	}
	return set, f.readSuppressions(set, time.Now(), tell)
}

// telling says things, unless it is to be quiet.
func telling(s streams, quiet bool) func(format string, args ...any) {
	return func(format string, args ...any) {
		if !quiet {
			say(s.err, format, args...)
		}
	}
}
