//go:build seals

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// Whoever gets a case checks it by the commands that the help names, without trailbox.
func TestToolsCheckACase(t *testing.T) {
	demo(t)
	t.Setenv("SSH_AUTH_SOCK", "")
	key, allowed := signingKey(t)
	dir := filepath.Join(t.TempDir(), "case")
	if code, _, stderr := call(t, "case", "-q", dir, "--actor", "backup-user", "--sign", key); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	commands := regexp.MustCompile("(?s)```bash\n(.*?)```").FindStringSubmatch(documents(t)["help/case.md"])
	if commands == nil {
		t.Fatal("the help names no commands")
	}
	signers, err := os.ReadFile(allowed)
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "allowed_signers")
	writeFile(t, outside, signers)
	check := func() error {
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", regexp.MustCompile(`\ballowed_signers\b`).ReplaceAllString(commands[1], outside))
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		t.Logf("%v: %s", err, out)
		return err
	}
	if err := check(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"timeline.csv", "manifest.json", "queries/acts.sql"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, append(text[:len(text)-1:len(text)-1], ' '))
		if check() == nil {
			t.Errorf("%s may be another one", name)
		}
		writeFile(t, path, text)
	}
}
