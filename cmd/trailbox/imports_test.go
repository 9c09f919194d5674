package main

import (
	"go/build"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The imports point one way: schema knows nothing of ours, ingest and query import
// schema and never each other, and each outside driver has one home.
func TestImports(t *testing.T) {
	// For each package of ours, which of ours it may import, itself aside.
	ours := map[string][]string{
		"trailbox/schema":             {},
		"trailbox/ingest/logfile":     {"trailbox/schema"},
		"trailbox/ingest":             {"trailbox/schema", "trailbox/ingest/logfile"},
		"trailbox/ingest/bucket":      {"trailbox/schema", "trailbox/ingest"},
		"trailbox/ingest/digesttest":  {},
		"trailbox/ingest/s3test":      {},
		"trailbox/query":              {"trailbox/schema"},
		"trailbox/query/eventpattern": {"trailbox/schema", "trailbox/query", "trailbox/query/record"},
		"trailbox/query/integrity":    {"trailbox/schema", "trailbox/query"},
		"trailbox/query/metricfilter": {"trailbox/query/record"},
		"trailbox/query/record":       {"trailbox/schema", "trailbox/query"},
		"trailbox/query/sigma":        {"trailbox/schema", "trailbox/query", "trailbox/query/record"},
		"trailbox/query/alarm":        {"trailbox/schema", "trailbox/query", "trailbox/query/eventpattern", "trailbox/query/metricfilter", "trailbox/query/record", "trailbox/query/sigma"},
		"trailbox/query/alarm/source": {"trailbox/query/alarm", "trailbox/query/eventpattern", "trailbox/query/sigma"},
		"trailbox/query/notify":       {"trailbox/schema", "trailbox/query", "trailbox/query/alarm"},
		// For tests, which may bring both together.
		"trailbox/query/record/recordtest": {"trailbox/schema", "trailbox/ingest"},
		"trailbox/cmd/trailbox":            {"trailbox/schema", "trailbox/ingest", "trailbox/ingest/logfile", "trailbox/ingest/bucket", "trailbox/query", "trailbox/query/alarm", "trailbox/query/alarm/source", "trailbox/query/integrity", "trailbox/query/notify"},
		"trailbox/cmd/trailbench":          {"trailbox/schema", "trailbox/ingest"},
		"trailbox/query/notify/mailtest":   {},
	}
	// Who alone may import what begins so.
	homes := map[string][]string{
		"github.com/duckdb/":                {"trailbox/schema"},
		"github.com/aws/aws-sdk-go-v2":      {"trailbox/ingest/bucket", "trailbox/query/notify"},
		"github.com/emersion/":              {"trailbox/query/notify/mailtest"},
		"github.com/johannesboyne/gofakes3": {"trailbox/ingest/s3test"},
		"github.com/hashicorp/hcl":          {"trailbox/query/alarm/source"},
		"github.com/zclconf/go-cty":         {"trailbox/query/alarm/source"},
		"go.yaml.in/yaml":                   {"trailbox/query/alarm/source", "trailbox/query/sigma"},
		"github.com/spf13/pflag":            {"trailbox/cmd/trailbox", "trailbox/cmd/trailbench"},
		"net/smtp":                          {"trailbox/query/notify"},
		"net/http":                          {"trailbox/ingest/bucket", "trailbox/query/notify", "trailbox/ingest/s3test", "trailbox/cmd/trailbench"},
		"unsafe":                            {"trailbox/schema"},                            // in one file
		"database/sql":                      {"trailbox/schema", "trailbox/cmd/trailbench"}, // there to measure DuckDB by itself
	}
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}\t{{.Dir}}", "trailbox/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		name, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		allowed, known := ours[name]
		if !known {
			t.Errorf("%s has no place in the order of imports", name)
			continue
		}
		pkg, err := build.ImportDir(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range pkg.Imports {
			if strings.HasPrefix(imported, "trailbox/") && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s", name, imported)
			}
			for _, at := range pkg.ImportPos[imported] {
				if imported == "unsafe" && filepath.Base(at.Filename) != "vectors.go" {
					t.Errorf("%s imports unsafe", at)
				}
			}
			for prefix, users := range homes {
				if strings.HasPrefix(imported, prefix) && !slices.Contains(users, name) {
					t.Errorf("%s imports %s", name, imported)
				}
			}
		}
	}
}
