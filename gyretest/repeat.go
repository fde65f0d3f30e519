package gyretest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gyre/sim"
)

// repeat returns the command that plays a seed of a test again, to be run in the root of its module.
func repeat(test string, seed sim.Seed) string {
	parts := strings.Split(test, "/")
	for i, part := range parts {
		parts[i] = "^" + part + "$"
	}
	return fmt.Sprintf("go test %s -run '%s' -gyre.seed %s", folder(), strings.Join(parts, "/"), seed)
}

// folder returns the folder of the package under test, seen from the root of its module: tests run in it.
func folder() string {
	here, err := os.Getwd()
	if err != nil {
		return "."
	}
	for root := here; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			rel, err := filepath.Rel(root, here)
			if err != nil || rel == "." {
				return "."
			}
			return "./" + filepath.ToSlash(rel)
		}
		if root == filepath.Dir(root) {
			return "."
		}
	}
}
