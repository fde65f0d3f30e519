package ci

import (
	"fmt"
	"strings"
)

// SummaryMax is how long a summary may be, in bytes. GitHub drops the summary of a step that is over 1 MiB; a little
// is left for what others write into it.
const SummaryMax = 1_000_000

// Bounds of one finding, so that one of them does not take all the room.
const (
	planMax    = 8_000
	diagramMax = 20_000 // Mermaid draws nothing that is over 50,000
	rowsMax    = 200
	cellMax    = 160
	triesMax   = 50 // findings that did not fit: none of the others is tried
)

// page is a summary that stays within its limit.
type page struct {
	b    strings.Builder
	room int // bytes left
}

// add writes a block whole or not at all.
func (p *page) add(block string) bool {
	if len(block) > p.room {
		return false
	}
	p.room -= len(block)
	p.b.WriteString(block)
	return true
}

// Summary renders a report as Markdown, in the manner of GitHub, of SummaryMax bytes at most: the result, a table of
// the findings, each with its plan and a diagram of the dispute, the figures. What does not fit is counted.
func Summary(r *Report) string {
	p := &page{room: SummaryMax - 1000} // what says that something was left out always fits
	mark := "✅"
	if r.failed() {
		mark = "❌"
	}
	p.add(fmt.Sprintf("## %s %s: %s\n\n", mark, r.Tool, r.outcome()))
	for i, n := range r.Notices {
		if i == rowsMax || !p.add(fmt.Sprintf("> %s\n\n", text(clip(n.Text, textMax)))) {
			break
		}
	}
	bad := r.sorted(func(c *Case) bool { return c.Status.Failed() })
	table(p, bad)
	left := 0
	for _, c := range bad {
		if left > triesMax || !p.add(details(c)) {
			left++
		}
	}
	if left > 0 {
		fmt.Fprintf(&p.b, "\n%d findings are left out here, for a summary takes 1 MiB: the corpus has them.\n\n", left)
	}
	known := r.sorted(func(c *Case) bool { return c.Status == Known || c.Status == Recorded })
	if len(known) > 0 {
		p.add(fmt.Sprintf("<details><summary>%s</summary>\n\n", outcomeOf(known)))
		table(p, known)
		p.add("</details>\n\n")
	}
	figures(p, r)
	return p.b.String()
}

func outcomeOf(cases []*Case) string {
	var r Report
	for _, c := range cases {
		r.Cases = append(r.Cases, *c)
	}
	return r.outcome()
}

// table lists cases.
func table(p *page, cases []*Case) {
	if len(cases) == 0 {
		return
	}
	p.add("| | algorithm | violates | proof | class | runs | directives | file |\n|---|---|---|---|---|--:|--:|---|\n")
	for i, c := range cases {
		b := c.Bucket
		row := fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", cell(word(c)), cell(b.Algorithm), cell(b.Property),
			cell(b.Rung), cell(b.Class), number(c.Runs), number(uint64(c.Size)), cell(c.File))
		if i == rowsMax || !p.add(row) {
			p.add(fmt.Sprintf("| … | %d more | | | | | | |\n", len(cases)-i))
			break
		}
	}
	p.add("\n")
}

func word(c *Case) string {
	if c.Detail != "" {
		return c.Detail
	}
	return c.Status.String()
}

func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// details is all there is to say about a finding.
func details(c *Case) string {
	var b strings.Builder
	name := strings.TrimSpace(c.Bucket.String())
	if name == "" {
		name = c.File
	}
	fmt.Fprintf(&b, "<details><summary><b>%s</b> %s</summary>\n\n", text(word(c)), text(name))
	if c.Text != "" {
		fmt.Fprintf(&b, "%s\n\n", text(clip(c.Text, textMax)))
	}
	if len(c.More) > 0 {
		fence(&b, "text", clip(strings.Join(c.More, "\n"), planMax))
	}
	if c.Repeat != "" {
		fence(&b, "sh", clip(c.Repeat, textMax))
	}
	if c.Plan != "" {
		fence(&b, "text", clip(c.Plan, planMax))
	}
	if c.Diagram != "" && len(c.Diagram) <= diagramMax {
		fence(&b, "mermaid", c.Diagram)
	}
	if c.Seed != "" {
		fmt.Fprintf(&b, "seed %s", text(c.Seed))
		if c.Drawn > 0 {
			fmt.Fprintf(&b, ", shrunk from %d to %d directives", c.Drawn, c.Size)
		}
		b.WriteString("\n\n")
	}
	b.WriteString("</details>\n\n")
	return b.String()
}

// fence writes a block of code whose fence does not occur in it.
func fence(b *strings.Builder, language, code string) {
	ticks := "```"
	for strings.Contains(code, ticks) {
		ticks += "`"
	}
	fmt.Fprintf(b, "%s%s\n%s\n%s\n\n", ticks, language, strings.TrimRight(valid(code), "\n"), ticks)
}

// figures writes what the command did.
func figures(p *page, r *Report) {
	if len(r.Facts) == 0 {
		return
	}
	p.add("| figure | value |\n|---|---|\n")
	for _, f := range r.Facts {
		p.add(fmt.Sprintf("| %s | %s |\n", cell(f[0]), cell(f[1])))
	}
	p.add("\n")
}

// markdown is what has a meaning in a line of Markdown or HTML.
var markdown = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "~", `\~`, "#", `\#`, `\`, `\\`)

// text is one line that says what it says and nothing else.
func text(s string) string {
	return markdown.Replace(strings.Join(strings.Fields(valid(s)), " "))
}

func cell(s string) string { return text(clip(s, cellMax)) }
