package query

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// textsOf are the statements of a text, which stand where they say.
func textsOf(t *testing.T, text string) (all []string, err error) {
	pieces, err := SplitStatements(text)
	for _, p := range pieces {
		if !strings.HasPrefix(text, p.Before+p.SQL) {
			t.Errorf("%q has %q behind %q", text, p.SQL, p.Before)
		}
		all = append(all, p.SQL)
	}
	return all, err
}

func TestSplitStatements(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" \n\t", nil},
		{";;\n;", nil},
		{"-- nothing; here", nil},
		{"/* nothing; here */;", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"SELECT 1;", []string{"SELECT 1"}},
		{" SELECT 1 ;\n SELECT\n2 ; ", []string{"SELECT 1", "SELECT\n2"}},
		{"a;b;c", []string{"a", "b", "c"}},

		// Comments stay inside of a statement and go around it.
		{"-- first\nSELECT 1 -- one; two\n; SELECT /* ; */ 2 /* last */", []string{"SELECT 1", "SELECT /* ; */ 2"}},
		{"SELECT 1 -- one; two\r; SELECT 2", []string{"SELECT 1", "SELECT 2"}},
		{"/* a /* b; */ ; */ SELECT 1", []string{"SELECT 1"}},
		{"SELECT 5+--a;b\n1", []string{"SELECT 5+--a;b\n1"}},
		{"SELECT 5*/*a;b*/1", []string{"SELECT 5*/*a;b*/1"}},
		{"SELECT 1 - 2 / 3; SELECT 4 // 5", []string{"SELECT 1 - 2 / 3", "SELECT 4 // 5"}},
		{"SELECT '--'; SELECT '/*'; SELECT 3", []string{"SELECT '--'", "SELECT '/*'", "SELECT 3"}},
		{"-- it's\nSELECT 1", []string{"SELECT 1"}},

		// Strings.
		{"SELECT 'a;b'; SELECT 2", []string{"SELECT 'a;b'", "SELECT 2"}},
		{"SELECT 'a'';b'; SELECT 2", []string{"SELECT 'a'';b'", "SELECT 2"}},
		{`SELECT 'a\'; SELECT 2`, []string{`SELECT 'a\'`, "SELECT 2"}},
		{`SELECT E'a\';b'; SELECT 2`, []string{`SELECT E'a\';b'`, "SELECT 2"}},
		{`SELECT e'a\\'; SELECT 2`, []string{`SELECT e'a\\'`, "SELECT 2"}},
		{`SELECT E'a''\';b'; SELECT 2`, []string{`SELECT E'a''\';b'`, "SELECT 2"}},
		{`SELECT x'00;', n'a\'; SELECT 2`, []string{`SELECT x'00;', n'a\'`, "SELECT 2"}},
		{`SELECT _e'a\'; SELECT 2`, []string{`SELECT _e'a\'`, "SELECT 2"}},
		{`SELECT éE'a\'; SELECT 2`, []string{`SELECT éE'a\'`, "SELECT 2"}},
		{`SELECT 1E'a\';b'`, []string{`SELECT 1E'a\';b'`}},
		{"SELECT\u00a0E'a\\';b'", []string{"SELECT\u00a0E'a\\';b'"}},
		{"SELECT/**/E'a\\';b'", []string{"SELECT/**/E'a\\';b'"}},

		// A string goes on in the next line, and by the rules that it began with.
		{"SELECT 'a'\n'b\\'; SELECT 2", []string{"SELECT 'a'\n'b\\'", "SELECT 2"}},
		{"SELECT E'a'\n'b\\';c'; SELECT 2", []string{"SELECT E'a'\n'b\\';c'", "SELECT 2"}},
		{"SELECT E'a' -- x\n 'b\\';c'", []string{"SELECT E'a' -- x\n 'b\\';c'"}},
		{"SELECT E'a' 'b\\'; SELECT 2", []string{"SELECT E'a' 'b\\'", "SELECT 2"}},

		// Identifiers.
		{`SELECT "a;""b"; SELECT 2`, []string{`SELECT "a;""b"`, "SELECT 2"}},
		{`SELECT "a\"; SELECT 2`, []string{`SELECT "a\"`, "SELECT 2"}},
		{`SELECT "it's"; SELECT 2`, []string{`SELECT "it's"`, "SELECT 2"}},

		// Dollar quotes, and what looks like them.
		{"SELECT $$a;b$$; SELECT 2", []string{"SELECT $$a;b$$", "SELECT 2"}},
		{"SELECT $t$a;$$;'$t$; SELECT 2", []string{"SELECT $t$a;$$;'$t$", "SELECT 2"}},
		{"SELECT $T$;$t$;$T$; SELECT 2", []string{"SELECT $T$;$t$;$T$", "SELECT 2"}},
		{"SELECT $é$;$é$; SELECT 2", []string{"SELECT $é$;$é$", "SELECT 2"}},
		{"SELECT $since; SELECT $until", []string{"SELECT $since", "SELECT $until"}},
		{"SELECT $1; SELECT $2", []string{"SELECT $1", "SELECT $2"}},
		{"SELECT $1t$a;b$1t$", []string{"SELECT $1t$a", "b$1t$"}},
		{"SELECT a$t$; SELECT 2 t$t$", []string{"SELECT a$t$", "SELECT 2 t$t$"}},
		{"SELECT 1$$;$$", []string{"SELECT 1$$;$$"}},
		{"SELECT $", []string{"SELECT $"}},

		// Whatever else there is, is for DuckDB to judge.
		{"\ufeff\u00a0;SELECT 1", []string{"SELECT 1"}},
		{"SELECT \xff;\x00", []string{"SELECT \xff", "\x00"}},
	} {
		got, err := textsOf(t, c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("SplitStatements(%q) = %q, %v; want %q", c.text, got, err, c.want)
		}
	}
}

func TestSplitUnterminated(t *testing.T) {
	for _, c := range []struct {
		text         string
		what         string
		line, column int
	}{
		{"SELECT 'a;", "string", 1, 8},
		{"SELECT 1;\n\n SELECT 'it''s", "string", 3, 9},
		{`SELECT E'a\'`, "string", 1, 8},
		{`SELECT E'a\`, "string", 1, 8},
		{"SELECT 'é日', \"a\"\"", "quoted identifier", 1, 14},
		{"SELECT\r\n$t$ $$", "string", 2, 1},
		{"SELECT 1 /* a /* b */", "comment", 1, 10},
		{"/*/", "comment", 1, 1},
	} {
		got, err := SplitStatements(c.text)
		var unterminated *UnterminatedError
		if !errors.As(err, &unterminated) {
			t.Errorf("SplitStatements(%q) = %q, %v; want an UnterminatedError", c.text, got, err)
			continue
		}
		if want := (UnterminatedError{c.what, c.line, c.column}); *unterminated != want {
			t.Errorf("SplitStatements(%q): %v; want %v", c.text, err, &want)
		}
	}
	err := &UnterminatedError{What: "string", Line: 3, Column: 9}
	if want := "the string that begins at line 3, column 9 has no end"; err.Error() != want {
		t.Errorf("%q, want %q", err.Error(), want)
	}
}

func FuzzSplitStatements(f *testing.F) {
	for _, seed := range []string{
		"SELECT 1;SELECT 2",
		"-- a;\nSELECT 'b'';' /* c; /* d */ */ ; SELECT \"e;\"\"\" -- f",
		"SELECT E'\\';' , $t$ ; $$ $t$, $1, a$b$;",
		"E'a'\n--\n'\\';';\u00a0;\xff;\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := textsOf(t, text)
		if err != nil {
			return
		}
		for _, p := range parts {
			if p == "" || !strings.Contains(text, p) {
				t.Fatalf("SplitStatements(%q) has the part %q", text, p)
			}
		}
		again, err := textsOf(t, strings.Join(parts, ";"))
		if err != nil || !slices.Equal(again, parts) {
			t.Fatalf("SplitStatements(%q) = %q; joined and split again: %q, %v", text, parts, again, err)
		}
	})
}
