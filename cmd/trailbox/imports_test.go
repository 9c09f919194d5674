package main

import (
	"encoding/json"
	"go/build"
	"maps"
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
		"trailbox/ingest/cloudtrail":  {"trailbox/schema", "trailbox/ingest", "trailbox/ingest/bucket"},
		"trailbox/ingest/digesttest":  {},
		"trailbox/ingest/historytest": {},
		"trailbox/ingest/s3test":      {},
		"trailbox/query":              {"trailbox/schema", "trailbox/query/athena"},
		"trailbox/query/athena":       {},
		"trailbox/query/dossier":      {"trailbox/schema", "trailbox/query", "trailbox/query/alarm", "trailbox/query/evidence", "trailbox/query/lineage", "trailbox/query/page"},
		"trailbox/query/evidence":     {"trailbox/schema", "trailbox/query", "trailbox/query/seal"},
		"trailbox/query/eventpattern": {"trailbox/schema", "trailbox/query", "trailbox/query/record"},
		"trailbox/query/integrity":    {"trailbox/schema", "trailbox/query"},
		"trailbox/query/lineage":      {"trailbox/schema", "trailbox/query"},
		"trailbox/query/metricfilter": {"trailbox/query/record"},
		"trailbox/query/pack":         {"trailbox/schema", "trailbox/query", "trailbox/query/evidence", "trailbox/query/page"},
		"trailbox/query/page":         {"trailbox/schema", "trailbox/query"},
		"trailbox/query/record":       {"trailbox/schema", "trailbox/query"},
		"trailbox/query/redact":       {"trailbox/schema", "trailbox/query"},
		"trailbox/query/seal":         {},
		"trailbox/query/serve":        {"trailbox/schema", "trailbox/query", "trailbox/query/alarm", "trailbox/query/alarm/source", "trailbox/query/dossier", "trailbox/query/evidence", "trailbox/query/integrity", "trailbox/query/lineage", "trailbox/query/page"},
		"trailbox/query/serve/awsapi": {"trailbox/schema", "trailbox/query", "trailbox/query/athena", "trailbox/query/integrity", "trailbox/query/setup"},
		"trailbox/query/sigma":        {"trailbox/schema", "trailbox/query", "trailbox/query/record"},
		"trailbox/query/alarm":        {"trailbox/schema", "trailbox/query", "trailbox/query/eventpattern", "trailbox/query/metricfilter", "trailbox/query/record", "trailbox/query/sigma"},
		"trailbox/query/alarm/source": {"trailbox/query/alarm", "trailbox/query/eventpattern", "trailbox/query/sigma"},
		"trailbox/query/setup":        {"trailbox/schema", "trailbox/query", "trailbox/query/alarm", "trailbox/query/alarm/source", "trailbox/query/metricfilter"},
		"trailbox/query/notify":       {"trailbox/schema", "trailbox/query", "trailbox/query/alarm"},
		// For tests, which may bring both together.
		"trailbox/schema/storetest":        {"trailbox/schema"},
		"trailbox/query/record/recordtest": {"trailbox/schema", "trailbox/schema/storetest", "trailbox/ingest"},
		"trailbox/cmd/trailbox":            {"trailbox/schema", "trailbox/ingest", "trailbox/ingest/logfile", "trailbox/ingest/bucket", "trailbox/ingest/cloudtrail", "trailbox/query", "trailbox/query/alarm", "trailbox/query/alarm/source", "trailbox/query/dossier", "trailbox/query/evidence", "trailbox/query/integrity", "trailbox/query/lineage", "trailbox/query/notify", "trailbox/query/pack", "trailbox/query/page", "trailbox/query/redact", "trailbox/query/seal", "trailbox/query/serve", "trailbox/query/serve/awsapi", "trailbox/query/setup"},
		"trailbox/cmd/trailbench":          {"trailbox/schema", "trailbox/ingest", "trailbox/ingest/logfile"},
		"trailbox/query/notify/mailtest":   {},
		"trailbox/query/notify/mototest":   {"trailbox/ingest/s3test"},
	}
	// Who alone may import what begins so.
	homes := map[string][]string{
		"github.com/duckdb/":                {"trailbox/schema"},
		"github.com/aws/aws-sdk-go-v2":      {"trailbox/ingest/bucket", "trailbox/query/notify"},
		"github.com/emersion/":              {"trailbox/query/notify/mailtest"},
		"github.com/johannesboyne/gofakes3": {"trailbox/ingest/s3test"},
		"github.com/hashicorp/hcl":          {"trailbox/query/alarm/source"},
		"github.com/zclconf/go-cty":         {"trailbox/query/alarm/source"},
		"go.yaml.in/yaml":                   {"trailbox/query/alarm", "trailbox/query/alarm/source", "trailbox/query/pack", "trailbox/query/sigma"},
		"github.com/ulikunitz/xz":           {"trailbox/ingest/logfile"},
		"golang.org/x/crypto/":              {"trailbox/query/seal"},
		"golang.org/x/sys/":                 {"trailbox/ingest"},
		"github.com/xuri/excelize":          {"trailbox/query"},
		"filippo.io/age":                    {"trailbox/query/redact"},
		"github.com/spf13/pflag":            {"trailbox/cmd/trailbox", "trailbox/cmd/trailbench"},
		"net/smtp":                          {"trailbox/query/notify"},
		"net/http":                          {"trailbox/ingest/bucket", "trailbox/query/notify", "trailbox/query/page", "trailbox/query/seal", "trailbox/query/serve", "trailbox/query/serve/awsapi", "trailbox/cmd/trailbox", "trailbox/ingest/s3test", "trailbox/ingest/historytest", "trailbox/cmd/trailbench"},
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

// What the program itself does not import, and is required for tests or for the benchmark,
// stays out of the binary, by whatever way it could come in.
func TestBinaryHasNoTestModules(t *testing.T) {
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(listed(t, "mod", "edit", "-json"), &mod); err != nil {
		t.Fatal(err)
	}
	const program = "trailbox/cmd/trailbox"
	isForTests := func(pkg string) bool { return strings.HasSuffix(pkg, "test") || pkg == "trailbox/cmd/trailbench" }
	imports := map[string]bool{}
	for line := range strings.Lines(string(listed(t, "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "trailbox/..."))) {
		if pkg := strings.Fields(line); !isForTests(pkg[0]) {
			for _, imported := range pkg[1:] {
				imports[imported] = true
			}
		}
	}
	built := map[string]bool{} // modules, and packages of ours
	for line := range strings.Lines(string(listed(t, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}} {{.ImportPath}}", program))) {
		module, pkg, _ := strings.Cut(strings.TrimSpace(line), " ")
		built[module] = true
		if strings.HasPrefix(pkg, "trailbox/") && isForTests(pkg) {
			t.Errorf("%s is in the binary", pkg)
		}
	}
	var forTests []string
	for _, require := range mod.Require {
		used := slices.ContainsFunc(slices.Collect(maps.Keys(imports)), func(pkg string) bool {
			return pkg == require.Path || strings.HasPrefix(pkg, require.Path+"/")
		})
		if require.Indirect || used {
			continue
		}
		forTests = append(forTests, require.Path)
		if built[require.Path] {
			t.Errorf("%s, which only tests need, is in the binary", require.Path)
		}
	}
	if len(forTests) == 0 || !built["github.com/spf13/pflag"] {
		t.Errorf("for tests there are %q, in the binary %d modules: the test looks at nothing", forTests, len(built))
	}
	t.Logf("for tests alone: %q", forTests)
}

// listed is what a go command prints.
func listed(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return out
}
