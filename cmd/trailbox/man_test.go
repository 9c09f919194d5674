package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"trailbox/query"
)

func manPage(t *testing.T) string {
	t.Helper()
	t.Setenv("TRAILBOX_STORE", "")
	code, stdout, stderr := call(t, "help", "--man")
	if code != exitDone || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	return stdout
}

// The man page is made of a few macros, and has all that there is help for.
func TestManPage(t *testing.T) {
	page := manPage(t)
	escapes := regexp.MustCompile(`\\(e|-|&|\((aq|ga|ha|ti|dq|bu)|f[BIR]|\[u[0-9A-F]{4,}\])`)
	text := regexp.MustCompile(`^[ -~]*$`)
	open := 0
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if rest := escapes.ReplaceAllString(line, ""); !text.MatchString(line) || strings.ContainsAny(rest, `\'`) {
			t.Errorf("not what it is on a man page: %q", line)
		}
		macro, _, _ := strings.Cut(line, " ")
		switch macro {
		case ".nf":
			open++
		case ".fi":
			open--
		case ".TH", ".SH", ".SS", ".PP", ".TP", ".IP", ".B", ".br", ".in", ".nh", ".ad":
		default:
			if strings.HasPrefix(line, ".") {
				t.Errorf("no macro of ours: %s", line)
			}
		}
		if open < 0 || open > 1 {
			t.Fatalf("where lines stay as they are begins and ends out of order: %s", line)
		}
	}
	for _, want := range []string{".TH TRAILBOX 1 ", ".SH NAME\ntrailbox \\- ", ".SH EXIT STATUS\n" + roff(exitCodes)} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, c := range commands() {
		flags, _ := c.flags()
		usage := "\n.SS " + roffQuoted(c.usage(flags)) + "\n"
		_, section, found := strings.Cut(page, usage)
		if found == c.hidden {
			t.Errorf("%q: %v", usage, found)
		}
		section, _, _ = strings.Cut(section, "\n.SS ")
		flags.VisitAll(func(f *pflag.Flag) {
			// The name of one may be the beginning of another's.
			there := regexp.MustCompile(regexp.QuoteMeta(roff("--"+f.Name)) + `(?:[^a-z\\-]|$)`).MatchString(section)
			if there == f.Hidden && !strings.Contains(c.about, f.Name) {
				t.Errorf("%s --%s: %v", c.name, f.Name, f.Hidden)
			}
		})
	}
	for _, r := range query.Reports() {
		if !strings.Contains(page, ".B "+roffQuoted(r.Name)+"\n"+roff(r.Title)) {
			t.Errorf("no report %s", r.Name)
		}
	}
	for _, topic := range topics() {
		if !strings.Contains(page, "\n.SH "+roffQuoted(strings.ToUpper(topic.name)+": "+topic.summary())+"\n") {
			t.Errorf("no topic %s", topic.name)
		}
	}
	if code, _, _ := call(t, "help", "--man", "ingest"); code != exitUsage {
		t.Errorf("exit code %d", code)
	}
}

// Formatters have nothing to complain about.
func TestManPageGroff(t *testing.T) {
	needs(t, "groff")
	cmd := exec.CommandContext(t.Context(), "groff", "-man", "-Tutf8", "-ww", "-z")
	cmd.Stdin = strings.NewReader(manPage(t))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v, %s", err, out)
	}
}

func TestManPageMandoc(t *testing.T) {
	needs(t, "mandoc")
	cmd := exec.CommandContext(t.Context(), "mandoc", "-Tlint", "-Werror")
	cmd.Stdin = strings.NewReader(manPage(t))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v, %s", err, out)
	}
}

// What man shows has the words of the help, and fits a terminal.
func TestManPageShown(t *testing.T) {
	needs(t, "man")
	t.Setenv("MANWIDTH", "80")
	t.Setenv("LC_ALL", "C.UTF-8")
	cmd := exec.CommandContext(t.Context(), "man", "-l", "-")
	cmd.Stdin = strings.NewReader(manPage(t))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	shown := string(out)
	for line := range strings.Lines(shown) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	words := onOneLine(shown)
	texts := []string{introduction}
	for _, c := range commands() {
		texts = append(texts, c.about)
	}
	for _, topic := range topics() {
		_, text, _ := strings.Cut(topic.text(), "\n")
		texts = append(texts, text)
	}
	for _, text := range texts {
		for _, b := range parseMarkdown(text) {
			want := b.text
			if b.kind != codeBlock {
				want = plain(want)
			}
			if !strings.Contains(words, onOneLine(want)) {
				t.Errorf("man does not show\n%s", want)
			}
		}
	}
}
