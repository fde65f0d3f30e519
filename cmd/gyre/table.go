package main

import (
	"strings"
	"unicode/utf8"
)

// align lays rows out in columns two spaces apart; the last column is ragged. color may paint a cell.
func align(rows [][]string, color func(row, column int, cell string) string) string {
	var wide []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for r, row := range rows {
		pad := 0
		for i, cell := range row {
			shown := cell
			if color != nil {
				shown = color(r, i, cell)
			}
			if cell != "" { // no blanks at the end of a line
				b.WriteString(strings.Repeat(" ", pad) + shown)
				pad = 0
			}
			pad += wide[i] - utf8.RuneCountInString(cell) + 2
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// textMin is the least width that a column of sentences should have; with less they go below the row.
const textMin = 48

// layOut lays out a table whose last column holds sentences: beside the other columns, or below each row where the
// line has no room for both.
func layOut(rows [][]string, width int, color func(row, column int, cell string) string) string {
	last := len(rows[0]) - 1
	left := width
	for i := range last {
		wide := 0
		for _, row := range rows {
			wide = max(wide, utf8.RuneCountInString(row[i]))
		}
		left -= wide + 2
	}
	if left >= textMin {
		return align(beside(rows, left), color)
	}
	var short [][]string
	for _, row := range rows {
		short = append(short, row[:last])
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(align(short, color), "\n"), "\n") {
		b.WriteString(line + "\n")
		if i == 0 {
			continue
		}
		for _, text := range wrap(rows[i][last], max(width-4, textMin)) {
			if text != "" {
				b.WriteString("    " + text + "\n")
			}
		}
	}
	return b.String()
}

// beside breaks the last column of a table into several rows where it is wider than width.
func beside(rows [][]string, width int) [][]string {
	last := len(rows[0]) - 1
	var broken [][]string
	for _, row := range rows {
		row := append([]string{}, row...)
		for i, text := range wrap(row[last], width) {
			if i > 0 {
				row = make([]string, last+1)
			}
			row[last] = text
			broken = append(broken, row)
		}
	}
	return broken
}

// wrap breaks a sentence into lines of at most width, unless a word is longer. Nothing is one empty line.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		line := &lines[len(lines)-1]
		switch {
		case *line == "":
			*line = word
		case utf8.RuneCountInString(*line)+1+utf8.RuneCountInString(word) <= width:
			*line += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
