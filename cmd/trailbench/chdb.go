package main

import (
	"bytes"
	"context"
	_ "embed"
	"os"
	"os/exec"
)

var (
	//go:embed clickhouse.py
	chdbPython string
	//go:embed clickhouse.sql
	chdbSQL string
)

// chdb is ClickHouse as a library of Python: what else can be asked in SQL, and reads log
// files fast. It is measured where the python3 of the PATH has it.
type chdb struct{ python string }

// findChdb returns nil where it is not installed.
func findChdb(ctx context.Context) *chdb {
	python, err := exec.LookPath("python3")
	if err != nil || exec.CommandContext(ctx, python, "-c", "import chdb").Run() != nil {
		return nil
	}
	return &chdb{python}
}

// load loads the log files of a folder into a new database, and returns how many records
// that were.
func (c *chdb) load(ctx context.Context, b *bench, folder, database string) (records string, s sample, err error) {
	if err := os.RemoveAll(database); err != nil {
		return "", s, err
	}
	answer, s, err := b.childFed(ctx, chdbSQL, c.python, "-c", chdbPython, folder, database)
	return string(bytes.TrimSpace(answer)), s, err
}
