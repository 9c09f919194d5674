package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"trailbox/schema"
)

// version is the program's own: the module version or commit that it was built
// from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "devel"
}

func runVersion(ctx context.Context, s streams, args []string) error {
	if len(args) > 0 {
		return &usageError{message: "version takes no arguments", hint: "trailbox version"}
	}
	engine, err := schema.EngineVersion(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "trailbox %s (DuckDB %s, %s, %s/%s)\n", version(), engine, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
