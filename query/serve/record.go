package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"trailbox/query"
)

// A jsonLine is a line of a record that is shown.
type jsonLine struct{ Parts []jsonPart }

// A jsonPart is a piece of one: a key, a string, what was looked for in it, or neither.
type jsonPart struct{ Class, Text string }

// maxRecordShown is how much of a record a page shows, in bytes: a download has all.
const maxRecordShown = 200 << 10

// hitTerms are what was looked for, as far as a record may have it.
func (r *request) hitTerms() (terms []string) {
	for _, name := range eventsNames() {
		for _, text := range r.values[name] {
			switch name {
			case "since", "until", "read-only", "errors-only", "account", "aws-region", "event-source":
				continue
			}
			if text = strings.Trim(strings.TrimPrefix(text, "="), "*"); len(text) > 2 && !strings.HasPrefix(text, "!") {
				terms = append(terms, strings.ToLower(text))
			}
		}
	}
	return terms
}

// colour takes a record apart for a page: indented, if it is JSON. Nothing of it is left out
// but white space between values; what would not be seen is shown as an escape.
func colour(record []byte, terms []string) (lines []jsonLine, cut string) {
	var text bytes.Buffer
	if json.Indent(&text, record, "", "  ") != nil {
		text.Reset()
		text.Write(record)
		cut = "It is not strictly JSON, and stands here as it is. "
	}
	shown := text.Bytes()
	if len(shown) > maxRecordShown {
		shown = shown[:maxRecordShown]
		cut += fmt.Sprintf("Here are its first %s of %s bytes: the download has all.", query.Count(int64(len(shown))), query.Count(int64(text.Len())))
	}
	for line := range bytes.SplitSeq(shown, []byte("\n")) {
		lines = append(lines, colourLine(string(line), terms))
	}
	return lines, cut
}

// colourLine takes a line apart at its strings: one with a colon behind it is a key.
func colourLine(line string, terms []string) (l jsonLine) {
	add := func(class, text string) {
		if text != "" {
			l.Parts = append(l.Parts, visible(class, text)...)
		}
	}
	for {
		before, rest, found := strings.Cut(line, `"`)
		add("", before)
		if !found {
			return l
		}
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(rest)-1) // a string that was cut has no end
		literal := `"` + rest[:end+1]
		line = rest[end+1:]
		class := "s"
		if strings.HasPrefix(line, ":") {
			class = "k"
		}
		lower := strings.ToLower(literal)
		for _, term := range terms {
			if class == "s" && strings.Contains(lower, term) {
				class = "hit"
			}
		}
		add(class, literal)
	}
}

// visible is a text whose invisible characters are escapes, each a piece of its own. JSON has
// backslashes of its own, which stay.
func visible(class, text string) (parts []jsonPart) {
	start := 0
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		char := text[i : i+size]
		if escaped := query.Escape(char); char != `\` && escaped != char {
			if i > start {
				parts = append(parts, jsonPart{class, text[start:i]})
			}
			parts = append(parts, jsonPart{"inv", escaped})
			start = i + size
		}
		i += size
	}
	if start < len(text) {
		parts = append(parts, jsonPart{class, text[start:]})
	}
	return parts
}
