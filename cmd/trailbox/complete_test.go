package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailbox/query"
	"trailbox/schema"
)

// completed is what __complete prints for words, of which the last is to be completed.
func completed(t *testing.T, words ...string) []string {
	t.Helper()
	code, stdout, stderr := call(t, append([]string{"__complete", "--"}, words...)...)
	if code != exitDone || stderr != "" {
		t.Errorf("%q: exit code %d, %s", words, code, stderr)
	}
	var texts []string
	for line := range strings.Lines(stdout) {
		text, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		texts = append(texts, text)
	}
	return texts
}

func TestComplete(t *testing.T) {
	demo(t)
	store := os.Getenv("TRAILBOX_STORE")
	for _, test := range []struct{ line, want string }{
		{"", "ingest report lookup sql show trace alarm case pack verify custody extract share watch serve setup completion version help"},
		{"ver", "verify version"},
		{"nothing", ""},
		{"nothing ", ""},
		{"__complete ", ""},
		{"report wh", "what when where who"},
		{"report who ", ""},
		{"report --errors-only whe", "when where"},
		{"report who --event-", "--event-name --event-source"},
		{"report who -o ", "table json ndjson csv markdown xlsx html parquet"},
		{"report who --output=n", "--output=ndjson"},
		{"report who --read-only ", "true false"},
		{"report who --nothing=", ""},
		{"report who --since ", ""},
		{"report --actor who sign-i", "sign-in-addresses sign-ins"},
		{"report who -- --acc", ""},
		{"report who --account ", "111122223333 444455556666"},
		{"report who --account 444455556666,1", "444455556666,111122223333"},
		{"report who --aws-region us-", "us-east-1 us-west-2"},
		{"report who --actor Admin", "AdminRole AdminRole/support"},
		{"report who --actor=project:shop/", "--actor=project:shop/web:ref:main"},
		{"report who --event-source cloudt", "cloudtrail.amazonaws.com"},
		{"report who --store nowhere.duckdb --account ", ""},
		{"report who --account 1 --store " + store + " --aws-region eu", "eu-west-1"},
		{"report who --store ", ":files"},
		{"lookup --user inter", "intern"},
		{"lookup --event StopL", "StopLogging"},
		{"lookup --event-category ", "insight management data networkactivity"},
		{"lookup --lookup-attributes AttributeKey=Us", "AttributeKey=Username,AttributeValue="},
		{"lookup --cli", ""},
		{"sql -o p", "parquet"},
		{"sql ", ""},
		{"show ", ""},
		{"trace Admin", "AdminRole AdminRole/support"},
		{"trace AKIAD", "AKIADEPLOYBOTEXAMPLE"},
		{"trace AdminRole ", ""},
		{"report who --access-key AKIAD", "AKIADEPLOYBOTEXAMPLE"},
		{"show -o m", "markdown"},
		{"alarm ", "list explain replay"},
		{"alarm replay c", "cis :files"},
		{"alarm replay -o t", "table timeline"},
		{"alarm replay --level h", "high"},
		{"verify -o x", "xlsx"},
		{"verify --to ", ":files"},
		{"watch --rules aws", "aws aws-s3 :files"},
		{"watch --states OK,", "OK,ALARM OK,OK OK,INSUFFICIENT_DATA"},
		{"setup --form c", "cli cloudformation"},
		{"setup --alarms aws,c", "aws,cis"},
		{"setup --kms n", "new none"},
		{"setup --data-events ", "s3 lambda dynamodb none"},
		{"ingest s3", ":files"},
		{"extract ", ":files"},
		{"extract folder ", ""},
		{"completion ", "bash zsh fish"},
		{"help a", "alarm athena api alarms"},
		{"help topic ", strings.Join(topicNames(), " ")},
		{"help report mf", "mfa"},
		{"help report mfa ", ""},
	} {
		if got := strings.Join(completed(t, strings.Split(test.line, " ")...), " "); got != test.want {
			t.Errorf("%s: %s", test.line, got)
		}
	}
	if got := completed(t); len(got) > 0 {
		t.Errorf("without a word: %q", got)
	}
}

// Every flag that takes one of a few values is completed: what its help names.
func TestCompleteFormats(t *testing.T) {
	for _, c := range commands() {
		flags, _ := c.flags()
		if flags.Lookup("output") == nil {
			continue
		}
		formats := completed(t, c.name, "--output", "")
		for _, format := range formats {
			if err := flags.Lookup("output").Value.Set(format); err != nil {
				t.Errorf("%s -o %s: %v", c.name, format, err)
			}
		}
		for _, format := range query.Formats() {
			if !slices.Contains(formats, string(format)) {
				t.Errorf("%s -o is not completed with %s", c.name, format)
			}
		}
	}
}

// A store that is written to, and what is none, are passed over in silence, and stay as
// they are.
func TestCompleteSilently(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, err := schema.Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	other := filepath.Join(t.TempDir(), "other")
	writeFile(t, other, []byte("no store"))
	for _, path := range []string{path, other, filepath.Dir(other), filepath.Join(other, "below")} {
		out, err := exec.CommandContext(t.Context(), "trailbox", "__complete", "--", "report", "who", "--store", path, "--account", "").CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v, %s", path, err, out)
		}
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "no store" {
		t.Errorf("%q, %v", text, err)
	}
	if names, err := os.ReadDir(filepath.Dir(other)); err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}

// needs skips a test on machines that do not have a program.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(program + " is not installed")
	}
}

// inShell runs the completion that trailbox has for a shell in it, between what comes before
// it and a script, and returns what that prints.
func inShell(t *testing.T, before, script string, shell ...string) string {
	t.Helper()
	_, completion, _ := call(t, "completion", shell[0])
	cmd := exec.CommandContext(t.Context(), shell[0], append(shell[1:], before+"\n"+completion+"\n"+script)...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if names, err := os.ReadDir(cmd.Dir); err != nil || len(names) > 0 {
		t.Errorf("the shell has made %v, %v", names, err)
	}
	return string(out)
}

// bashWords completes a line in bash, which takes it apart as it would at its prompt.
const bashWords = `
complete_line() {
    COMP_LINE=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _trailbox
    echo "${COMPREPLY[*]}"
}
`

func TestCompleteBash(t *testing.T) {
	demo(t)
	script := bashWords
	tests := []struct{ line, words, want string }{
		{"trailbox rep", "trailbox rep", "report"},
		{"trailbox report wh", "trailbox report wh", "what when where who"},
		{"trailbox report who --account ", "trailbox report who --account ''", "111122223333 444455556666"},
		// Words that bash breaks; what it replaces is the last part of them.
		{"trailbox report who --account=1", "trailbox report who --account = 1", "111122223333"},
		{"trailbox report who --account=", "trailbox report who --account =", "111122223333 444455556666"},
		{"trailbox report who --actor project:sh", "trailbox report who --actor project : sh", "shop/web:ref:main"},
		{"trailbox report who --actor=project:shop/web:r", "trailbox report who --actor = project : shop/web : r", "ref:main"},
		{"trailbox report who --actor a: --account ", "trailbox report who --actor a : --account ''", "111122223333 444455556666"},
		{"trailbox lookup --lookup-attributes AttributeKey=EventN", "trailbox lookup --lookup-attributes AttributeKey = EventN", "EventName,AttributeValue="},
		{"trailbox report who --actor '$(touch pwned)", "trailbox report who --actor \"'\\$(touch pwned)\"", ""},
		{"nowhere/trailbox rep", "nowhere/trailbox rep", ""},
	}
	for _, test := range tests {
		script += "complete_line \"" + strings.ReplaceAll(test.line, "$", `\$`) + "\" " + test.words + "\n"
	}
	got := strings.Split(inShell(t, "", script, "bash", "--norc", "-c"), "\n")
	for i, test := range tests {
		if got[i] != test.want {
			t.Errorf("%s: %s", test.line, got[i])
		}
	}
	// Files are completed by bash itself.
	script = bashWords + "touch one.gz 'two words.gz' other; complete_line 'trailbox ingest o' trailbox ingest o; rm *"
	if got := inShell(t, "", script, "bash", "--norc", "-c"); got != "one.gz other\n" && got != "other one.gz\n" {
		t.Errorf("files: %s", got)
	}
}

// Whatever callers of the API have made of names, those that bash gets are words: put on a
// command line as they are, they are themselves, and do nothing.
func TestCompleteHostile(t *testing.T) {
	folder := t.TempDir()
	names := append(attacks(), "$(touch pwned)", "`touch pwned`", "; touch pwned #", "a\\nb", "two words", "*", "~", "-x", "'", "plain:name/x")
	for i, attack := range names {
		member := `"eventName":"` + attack + `","userIdentity":{"type":"IAMUser","userName":"` + attack + `"}`
		writeFile(t, filepath.Join(folder, string(rune('a'+i%26))+string(rune('a'+i/26))+".json"),
			[]byte(apart(i, logFile(strings.Replace(recordA, `"eventName":"A"`, member, 1)))))
	}
	path := filepath.Join(t.TempDir(), "t.duckdb")
	t.Setenv("TRAILBOX_STORE", path)
	if code, stdout, stderr := call(t, "ingest", "-o", "json", folder); code == exitFailed || !strings.Contains(stdout, `"files_damaged": 0`) {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	for _, flag := range []string{"actor", "event-name"} {
		script := bashWords + "complete_line 'trailbox report who --" + flag + " ' trailbox report who --" + flag + ` '' >/dev/null
for word in "${COMPREPLY[@]}"; do
    eval "same=($word)"
    [[ ${#same[@]} == 1 && ${same[0]} == "$word" ]] || echo "not a word: $word"
done
echo "${COMPREPLY[*]}"`
		got := strings.TrimSpace(inShell(t, "", script, "bash", "--norc", "-c"))
		if !slices.Contains(strings.Fields(got), "plain:name/x") || strings.Contains(got, "not a word") {
			t.Errorf("--%s: %q", flag, got)
		}
	}
}

func TestCompleteZsh(t *testing.T) {
	needs(t, "zsh")
	demo(t)
	script := `
compadd() { print -r -- "${names[@]}" }
complete_words() { words=("$@"); CURRENT=$#; PREFIX=${words[-1]}; _trailbox }
complete_words trailbox report wh
complete_words trailbox report who --account ''
complete_words trailbox report who --actor=project:
`
	const want = "what when where who\n111122223333 444455556666\n--actor=project:shop/web:ref:main\n"
	if got := inShell(t, "compdef() { : }", script, "zsh", "-f", "-c"); got != want {
		t.Errorf("%s", got)
	}
}

func TestCompleteFish(t *testing.T) {
	needs(t, "fish")
	demo(t)
	script := `
complete -C 'trailbox report wh'
complete -C 'trailbox report who --account '
complete -C 'trailbox report who --actor=project:'
`
	const want = "what\tWhat was done\nwhen\tWhen it happened\nwhere\tFrom where\nwho\tWho acted\n111122223333\n444455556666\n--actor=project:shop/web:ref:main\n"
	if got := inShell(t, "", script, "fish", "--no-config", "-c"); got != want {
		t.Errorf("%s", got)
	}
}
