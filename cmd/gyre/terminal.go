package main

import (
	"os"

	"golang.org/x/term"
)

// colorful decides whether to use colour: as told, and if not told only on a terminal that wants it.
func colorful(when string) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		dumb := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
		return !dumb && term.IsTerminal(int(os.Stdout.Fd())), nil
	default:
		return false, usage("unknown --color %q%s", when, hint(when, colors))
	}
}

var colors = []string{"auto", "always", "never"}

// widthUsual is how wide text is that goes into a file or a pipe.
const widthUsual = 120

// width returns how wide a line may be.
func width() int {
	if wide, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && wide > 0 {
		return wide
	}
	return widthUsual
}

// paint wraps text in a terminal colour, if there is to be colour.
func paint(on bool, code, text string) string {
	if !on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
