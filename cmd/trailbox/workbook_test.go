package main

import (
	"encoding/csv"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// sheet is what a sheet of a workbook shows.
func sheet(t *testing.T, path, name string) [][]string {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Whatever answers in rows writes a workbook, which shows what CSV has.
func TestWorkbooks(t *testing.T) {
	demo(t)
	_, stdout, _ := call(t, "sql", "-o", "csv", "SELECT eventID FROM events WHERE eventName = 'StopLogging' LIMIT 1")
	id := column(t, stdout, "eventID")[0]
	for _, c := range []struct{ sheet, command string }{
		{"who", "report who"},
		{"timeline", "report timeline --actor support"},
		{"lookup", "lookup --user support"},
		{"sql", "sql FROM~events~ORDER~BY~ALL~LIMIT~50"},
		{"show", "show --columns uri,position,repeated,record " + id},
		{"verify", "verify"},
		{"alarm list", "alarm list"},
		{"alarm replay", "alarm replay aws cis"},
	} {
		args := strings.Fields(c.command)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "~", " ")
		}
		path := filepath.Join(t.TempDir(), "answer.xlsx")
		code, stdout, stderr := call(t, append(args, "--to", path)...)
		if stdout != "" {
			t.Errorf("%s --to writes %q besides", c.command, stdout)
		}
		otherCode, text, _ := call(t, append(args, "-o", "csv")...)
		if code != otherCode || code != exitDone && code != exitFindings {
			t.Errorf("%s: exit code %d, as CSV %d\n%s", c.command, code, otherCode, stderr)
		}
		want, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got := sheet(t, path, c.sheet)
		if len(got) != len(want) || len(want) < 2 {
			t.Errorf("%s: %d rows, as CSV %d", c.command, len(got), len(want))
			continue
		}
		for i := range want {
			got[i] = append(got[i], make([]string, len(want[i])-len(got[i]))...) // empty cells at the end
			if !slices.EqualFunc(got[i], want[i], sameCell) {
				t.Errorf("%s: row %d is %q, as CSV %q", c.command, i, got[i], want[i])
			}
		}
	}
}

// sameCell says that a cell of a sheet shows what CSV has: of times the T is a space, and
// truths are in capitals.
func sameCell(cell, text string) bool {
	return cell == text || strings.Replace(text, "T", " ", 1) == cell || strings.ToUpper(text) == cell
}

// column is a column of CSV.
func column(t *testing.T, text, name string) (values []string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%q: %v", text, err)
	}
	at := slices.Index(rows[0], name)
	if at < 0 {
		t.Fatalf("no column %s in %q", name, rows[0])
	}
	for _, row := range rows[1:] {
		values = append(values, row[at])
	}
	return values
}
