package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"gyre/scenarios"
)

// fileMax bounds a scenario file.
const fileMax = 1 << 20

// load finds a scenario: by the name of one that is built in, else as a file.
func load(name string) (*scenarios.Plan, error) {
	file, ok := scenarios.Load(name)
	if !ok {
		text, err := read(name)
		if err != nil {
			return nil, err
		}
		file = scenarios.File{Name: name, Text: text}
	} else {
		file.Name += ".txt"
	}
	plan, err := scenarios.Parse(file.Name, file.Text)
	if err != nil {
		return nil, exitError{exitUsage, err}
	}
	return plan, nil
}

// read returns the text of a scenario file. Its errors say what is wrong with the path.
func read(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(path, "/.") {
		return "", usage("unknown scenario %q%s", path, hint(path, builtin()))
	}
	if err != nil {
		return "", usage("scenario %s: %w (give a readable file, or a name from: gyre list scenarios)", path, reason(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return "", usage("scenario %s: is a directory (give a file in it, or a name from: gyre list scenarios)", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, fileMax+1))
	if err != nil {
		return "", usage("scenario %s: %w", path, reason(err))
	}
	if len(text) > fileMax {
		return "", usage("scenario %s: is over the limit of 1 MiB", path)
	}
	return string(text), nil
}

// reason strips the operation and path from a file error, which the message has already.
func reason(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// builtin lists the names of the scenarios that are built in.
func builtin() []string {
	var names []string
	for _, f := range append(scenarios.Builtin(), scenarios.BugStories()...) {
		names = append(names, f.Name)
	}
	return names
}
