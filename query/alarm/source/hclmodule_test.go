package source

import (
	"fmt"
	"strings"
	"testing"
)

// Modules that call modules make no more than a source may take.
func TestModuleBombs(t *testing.T) {
	calls := func(depth int, call string) string {
		var texts []string
		for i := range depth {
			name := "main.tf"
			if i > 0 {
				name = fmt.Sprintf("m%d/main.tf", i)
			}
			text := ""
			for j := range 3 {
				text += fmt.Sprintf("module \"m%d\" {\n  source = \"%s/m%d\"\n  %s\n}\n", j, strings.Repeat("../", min(i, 1))+".", i+1, call)
			}
			texts = append(texts, name, text)
		}
		texts = append(texts, fmt.Sprintf("m%d/main.tf", depth), "resource \"aws_cloudwatch_event_rule\" \"r\" {\n  name = \"r\"\n  event_pattern = \"{\\\"source\\\": [\\\"aws.s3\\\"]}\"\n}\n")
		return files(t, texts...)
	}
	for _, c := range []struct{ name, folder, want string }{
		{"deep", calls(30, ""), "over a limit: modules call each other deeper than 20 levels"},
		{"thrice", calls(15, ""), "over a limit"},
		{"counted", calls(3, "count = 100"), "over a limit"},
		{"often", calls(1, "count = 1e9"), "over a limit: more than 10000 alarms"},
		{"large", files(t, "main.tf", "module \"m\" {\n  source = \"./m\"\n  count = 10000\n}\n", "m/main.tf", "locals {\n"+numbered(10_000, "  x%d = 1\n")+"}\n"), "over a limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := loadInTime(t, c.folder)
			if text := content(set, c.folder); !strings.Contains(text, c.want) {
				t.Errorf("no %q in\n%.2000s", c.want, text)
			}
		})
	}
}
