package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

// storeFlags say which store it is, and whether it may be of anybody's making.
type storeFlags struct {
	path  string
	trust bool
}

// storeFlag defines --store and what belongs to it.
func storeFlag(flags *pflag.FlagSet) *storeFlags {
	f := new(storeFlags)
	path := os.Getenv("TRAILBOX_STORE")
	if path == "" {
		path = "trailbox.duckdb"
	}
	flags.StringVar(&f.path, "store", path, "the DuckDB `FILE` that holds the events (or TRAILBOX_STORE)")
	flags.BoolVar(&f.trust, "trust-schema", false, "also take a store with tables, views or macros that trailbox does not make")
	return f
}

// grants adds to grants what the flags do.
func (f *storeFlags) grants(grants schema.Grants) schema.Grants {
	grants.AnySchema = f.trust
	return grants
}

// open opens the store.
func (f *storeFlags) open(ctx context.Context, grants schema.Grants) (*schema.Store, error) {
	return schema.OpenFor(ctx, f.path, f.grants(grants))
}

// outputFlag defines -o.
func outputFlag(flags *pflag.FlagSet) *query.Format {
	format := query.FormatTable
	flags.VarP(&formatValue{&format}, "output", "o", "`FORMAT` of the answer: "+query.FormatNames())
	return &format
}

type formatValue struct{ format *query.Format }

func (v *formatValue) String() string { return string(*v.format) }
func (v *formatValue) Type() string   { return "format" }

func (v *formatValue) Set(text string) error {
	format, err := query.ParseFormat(text)
	if err == nil {
		*v.format = format
	}
	return err
}

func quietFlag(flags *pflag.FlagSet) *bool {
	return flags.BoolP("quiet", "q", false, "say nothing but errors")
}

// scopeFlags are the flags that say where to look: of ingest, and of whatever asks a
// store.
type scopeFlags struct {
	schema.Scope
	since, until timeValue // as they were given
}

func (f *scopeFlags) define(flags *pflag.FlagSet) {
	f.defineTimes(flags)
	f.definePlaces(flags)
}

func (f *scopeFlags) definePlaces(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.Accounts, "account", nil, "only these accounts (`ID`,...)")
	flags.StringSliceVar(&f.Regions, "aws-region", nil, "only these Regions (`REGION`,...)")
}

func (f *scopeFlags) defineTimes(flags *pflag.FlagSet) {
	f.since.time, f.until.time = &f.Since, &f.Until
	flags.Var(&f.since, "since", "from this `TIME` on: RFC 3339, a date, yesterday, or how long ago, such as 36h or 7d (UTC)")
	flags.Var(&f.until, "until", "before this `TIME`")
}

// check tidies the flags up, and says what is wrong with them together.
func (f *scopeFlags) check() error {
	for _, list := range [...][]string{f.Accounts, f.Regions} {
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
	}
	if !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until) {
		return &usageError{
			message: fmt.Sprintf("--since %s is not before --until %s", f.since.text, f.until.text),
			hint:    "the day after is where a day ends: --since 2026-03-02 --until 2026-03-03",
		}
	}
	return nil
}

// A timeValue is a flag that takes a time.
type timeValue struct {
	time *time.Time
	text string
}

func (v *timeValue) String() string { return v.text }
func (v *timeValue) Type() string   { return "time" }

func (v *timeValue) Set(text string) error {
	t, err := query.ParseTime(text, time.Now(), time.UTC)
	if err != nil {
		return err
	}
	*v.time, v.text = t, text
	return nil
}

// in reads the time again, as one of a zone, once all flags are there.
func (v *timeValue) in(zone *time.Location) error {
	if v.text == "" {
		return nil
	}
	t, err := query.ParseTime(v.text, time.Now(), zone)
	if err == nil {
		*v.time = t
	}
	return err
}

// A zoneValue is a flag that takes a time zone.
type zoneValue struct{ zone *time.Location }

func (v *zoneValue) Type() string { return "zone" }

func (v *zoneValue) String() string {
	if v.zone == nil {
		return ""
	}
	return v.zone.String()
}

func (v *zoneValue) Set(text string) error {
	if text == "" {
		return nil // which is told of all flags alike
	}
	zone, err := time.LoadLocation(text)
	if err != nil {
		return fmt.Errorf("%q is not a time zone: write Europe/Paris, or Local", text)
	}
	v.zone = zone
	return nil
}

// name is the zone's name in the world's list of them, also that of the machine's own; ""
// where none was asked for.
func (v *zoneValue) name() (string, error) {
	if v.zone != time.Local {
		return v.String(), nil
	}
	name := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if name == "" {
		target, _ := os.Readlink("/etc/localtime") // where there is none, the next line says so
		_, name, _ = strings.Cut(target, "zoneinfo/")
	}
	if _, err := time.LoadLocation(name); err != nil || name == "" {
		return "", &usageError{message: "--tz Local: this machine does not say what its time zone is called", hint: "--tz Europe/Paris"}
	}
	return name, nil
}

// sizeValue is a flag that takes a number of bytes, with K, M or G behind it.
type sizeValue int64

func (v *sizeValue) Type() string { return "size" }

func (v *sizeValue) String() string {
	for shift, unit := 30, 0; shift > 0; shift, unit = shift-10, unit+1 {
		if n := int64(*v); n >= 1<<shift && n%(1<<shift) == 0 {
			return strconv.FormatInt(n>>shift, 10) + "GMK"[unit:unit+1]
		}
	}
	return strconv.FormatInt(int64(*v), 10)
}

func (v *sizeValue) Set(text string) error {
	digits := strings.TrimRight(strings.ToUpper(text), "B")
	digits = strings.TrimSuffix(digits, "I")
	shift := 0
	if i := strings.IndexByte("KMG", digits[max(0, len(digits)-1):][0]); len(digits) > 1 && i >= 0 {
		digits, shift = digits[:len(digits)-1], 10*(i+1)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > 1<<62>>shift {
		return fmt.Errorf("%q is not a size: write a number of bytes, or 512M, or 2G", text)
	}
	*v = sizeValue(n << shift)
	return nil
}
