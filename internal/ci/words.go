package ci

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

// plural counts cases of a status.
func plural(n int, s Status) string {
	switch s {
	case Bad:
		return fmt.Sprintf("%d without a verdict", n)
	case Changed:
		return fmt.Sprintf("%d not as recorded", n)
	}
	return fmt.Sprintf("%d %s", n, s)
}

// clip shortens a text to so many bytes, at the border of a character.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const dots = "…"
	cut := max(0, most-len(dots))
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + dots
}

// valid replaces what is no text: half characters, and control characters that XML has no way to write.
func valid(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// uri is the reference to a file: relative for what lies below the working directory, so that it means the same on
// every machine, and absolute otherwise.
func uri(file string) string {
	path := filepath.ToSlash(filepath.Clean(file))
	if filepath.IsAbs(file) || path == ".." || strings.HasPrefix(path, "../") {
		if abs, err := filepath.Abs(file); err == nil {
			path = filepath.ToSlash(abs)
			if !strings.HasPrefix(path, "/") { // a drive
				path = "/" + path
			}
			return (&url.URL{Scheme: "file", Path: path}).String()
		}
	}
	return (&url.URL{Path: path}).EscapedPath()
}

// traceLine is a line of a trace: time, node, mark, what, and the other end.
var traceLine = regexp.MustCompile(
	`^\s*(\S+)\s+([A-Za-z0-9_]+)\s+([<>~=x!.]) (.*?)(?:\s{2,}(to|from) ([A-Za-z0-9_]+))?\s*$`)

// arrowsMax bounds a diagram.
const arrowsMax = 24

// Sequence draws the last messages and changes of a trace as a Mermaid sequence diagram, or nothing if there are no
// messages.
func Sequence(trace []string) string {
	var lines []string
	arrows := 0
	for _, t := range trace {
		m := traceLine.FindStringSubmatch(t)
		if m == nil {
			continue
		}
		text := mermaid(m[1] + " " + strings.TrimSpace(m[4]))
		switch {
		case m[3] == ">" && m[5] == "to" && m[6] != "the":
			lines = append(lines, fmt.Sprintf("  %s->>%s: %s\n", m[2], m[6], text))
			arrows++
		case m[3] == "~" || m[3] == "!":
			lines = append(lines, fmt.Sprintf("  Note over %s: %s\n", m[2], text))
		}
	}
	if arrows == 0 {
		return ""
	}
	return "sequenceDiagram\n" + strings.Join(lines[max(0, len(lines)-arrowsMax):], "")
}

// endWord is a word that Mermaid takes for its own wherever it stands.
var endWord = regexp.MustCompile(`\bend\b`)

// mermaid escapes what Mermaid takes for its own.
func mermaid(text string) string {
	text = strings.NewReplacer("#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;").Replace(text)
	return endWord.ReplaceAllString(text, "(end)")
}
