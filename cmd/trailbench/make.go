package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
)

func makeCommand() command {
	return command{
		name: "make", args: "FOLDER", summary: "make an archive up",
		prepare: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			spec := archiveSpec{shape: shapeSmall}
			flags.Var(&spec.shape, "shape", "of files: small (2 to 20 records), large (50,000) or mixed (1 to 50,000)")
			flags.IntVar(&spec.events, "events", 100_000, "`N` records, those that come twice among them")
			flags.Uint64Var(&spec.seed, "seed", 1, "another `NUMBER`, another archive")
			format := jsonFlag(flags)
			return func(ctx context.Context, s streams, args []string) error {
				return runMake(ctx, s, args, spec, *format)
			}
		},
	}
}

// jsonFlag defines -o, of which there is table and json.
func jsonFlag(flags *pflag.FlagSet) *outputFormat {
	format := outputFormat("table")
	flags.VarP(&format, "output", "o", "`FORMAT` of the answer: table or json")
	return &format
}

type outputFormat string

func (f *outputFormat) String() string { return string(*f) }
func (f *outputFormat) Type() string   { return "format" }

func (f *outputFormat) Set(text string) error {
	if text != "table" && text != "json" {
		return errors.New("there is table and json")
	}
	*f = outputFormat(text)
	return nil
}

func (s *shape) String() string { return string(*s) }
func (s *shape) Type() string   { return "shape" }

func (s *shape) Set(text string) error {
	switch shape(text) {
	case shapeSmall, shapeLarge, shapeMixed:
		*s = shape(text)
		return nil
	}
	return errors.New("there is small, large and mixed")
}

func runMake(ctx context.Context, s streams, args []string, spec archiveSpec, format outputFormat) error {
	if len(args) != 1 {
		return &usageError{"make needs a folder", "trailbench make --events 100000 FOLDER"}
	}
	if spec.events < 1 || spec.events > 1<<30 {
		return &usageError{"--events is out of range", "from 1 to a thousand million"}
	}
	if entries, err := os.ReadDir(args[0]); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s: not empty; what is in it would become part of the archive", args[0])
	}
	made, err := makeArchive(ctx, args[0], spec)
	if err != nil {
		return err
	}
	if format == "json" {
		return writeJSON(s.out, made)
	}
	fmt.Fprintf(s.out, "%d files, %d records, of them %d repeats, %.1f MB of JSON, %.1f MB of gzip\n",
		made.Files, made.Records, made.Repeats, float64(made.BytesJSON)/1e6, float64(made.BytesGzip)/1e6)
	return nil
}
