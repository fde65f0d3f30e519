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

// textMin is the least width of a wrapped column, even if the line gets longer than it should.
const textMin = 48

// wrap breaks the last column of a table into several rows where a line would be longer than width.
func wrap(rows [][]string, width int) [][]string {
	last := len(rows[0]) - 1
	left := width
	for i := range last {
		wide := 0
		for _, row := range rows {
			wide = max(wide, utf8.RuneCountInString(row[i]))
		}
		left -= wide + 2
	}
	left = max(left, textMin)
	var wrapped [][]string
	for _, row := range rows {
		row := append([]string{}, row...)
		words := strings.Fields(row[last])
		row[last] = ""
		for _, word := range words {
			switch {
			case row[last] == "":
				row[last] = word
			case utf8.RuneCountInString(row[last])+1+utf8.RuneCountInString(word) <= left:
				row[last] += " " + word
			default:
				wrapped = append(wrapped, row)
				row = make([]string, last+1)
				row[last] = word
			}
		}
		wrapped = append(wrapped, row)
	}
	return wrapped
}
