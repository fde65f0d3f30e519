package ci

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The workflows call the script that runs anywhere, with pinned actions, few rights, and an end.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d[\d.]*$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"\npermissions:\n  contents: read\n", "\nconcurrency:\n  group: "} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", file, want)
			}
		}
		machines, ends := 0, 0
		for line := range strings.Lines(string(text)) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
			if action, ok := strings.CutPrefix(line, "uses: "); ok && !pinned.MatchString(action) {
				t.Errorf("%s: %s is not pinned to a commit", file, action)
			}
			if strings.HasPrefix(line, "runs-on: ") {
				machines++
			}
			if strings.HasPrefix(line, "timeout-minutes: ") {
				ends++
			}
			if mode, ok := strings.CutPrefix(line, "run: .ci/campaign "); ok {
				script, err := os.ReadFile("../../.ci/campaign")
				if err != nil || !strings.Contains(string(script), "#   .ci/campaign "+strings.Fields(mode)[0]+" ") {
					t.Errorf("%s: the script has no mode %s (%v)", file, mode, err)
				}
			}
		}
		if machines == 0 || machines != ends {
			t.Errorf("%s: %d jobs, %d of them with timeout-minutes", file, machines, ends)
		}
	}
}
