// Gyre plays OpenZiti's terminator reconciliation in virtual time and says what becomes of it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gyre/internal/corpus"
)

// Exit codes.
const (
	exitHolds      = 0   // every property holds, or everything is as expected
	exitViolated   = 1   // a property is violated, or something is not as expected
	exitUsage      = 2   // bad usage or bad input
	exitUnknown    = 3   // a bound was hit before the verdict
	exitFault      = 4   // an assertion of Gyre's own failed
	exitDiverged   = 5   // the same run came out differently
	exitInterrupts = 130 // Ctrl-C
	exitClosedPipe = 141 // the reader of the output has gone, as with any program that writes into a pipe
)

const exitText = `Exit codes: 0 holds (or as expected), 1 violated (or not as expected), 2 bad usage or input,
3 unknown (a bound was hit), 4 fault in Gyre itself, 5 nondeterminism, 130 interrupted.`

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // runs are small and the raft library allocates: memory for speed
	}
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is seen when writing, and is no error
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		fmt.Fprintln(os.Stderr, "gyre: interrupted")
		corpus.Settle() // nothing is left half-written
		os.Exit(exitInterrupts)
	}()
	os.Exit(gyre(os.Args[1:], output{os.Stdout}, os.Stderr))
}

// gyre runs one command line and returns the exit code.
func gyre(args []string, stdout, stderr io.Writer) int {
	cmd := rootCommand()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.Execute()
	if err == nil {
		return exitHolds
	}
	var code exitError
	if !errors.As(err, &code) {
		code = exitError{exitUsage, err}
	}
	if code.err != nil {
		for line := range strings.Lines(code.err.Error()) { // several only where a file has several errors
			fmt.Fprintf(stderr, "gyre: %s\n", strings.TrimSpace(line))
		}
	}
	return code.code
}

// exitError ends the program with a code; err may be nil if all has been said.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return fmt.Sprint(e.err) }

func usage(format string, args ...any) error {
	return exitError{exitUsage, fmt.Errorf(format, args...)}
}

// output is standard output. When its reader has gone the program ends without complaint, and without a verdict; any
// other failure of writing is told once.
type output struct{ file *os.File }

func (o output) Write(b []byte) (int, error) {
	n, err := o.file.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		os.Exit(exitClosedPipe)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "gyre: cannot write the output: %v\n", errors.Unwrap(err))
		os.Exit(exitUsage)
	}
	return n, nil
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "gyre",
		Short: "A deterministic simulator of OpenZiti's terminator reconciliation",
		Long: `Gyre plays OpenZiti's terminator reconciliation in virtual time, release by release, under faults you write
down, and says which properties hold, which are violated and how that was proven. Every run is a function of its
scenario and its seed.

` + exitText,
		Example: `  gyre run                                  the leader spin, in every release
  gyre run leader-spin --algorithm ziti-1.0.0 -v
  gyre trace leader-spin --node rtr1 --to 10s
  gyre list scenarios`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          group,

		DisableFlagsInUseLine: true,
	}
	root.AddCommand(runCommand(), traceCommand(), verifyCommand(), matrixCommand(), calibrateCommand(), listCommand())
	root.AddCommand(fuzzCommand(), replayCommand(), shrinkCommand(), corpusCommand())
	root.SetFlagErrorFunc(flagError)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Run, c.RunE = nil, help
		case "completion":
			c.Args, c.RunE = cobra.ArbitraryArgs, group
		}
	}
	return root
}

// help is cobra's help command, except that an unknown topic is an error.
func help(cmd *cobra.Command, args []string) error {
	topic, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return usage("unknown help topic %q (see gyre --help)", strings.Join(args, " "))
	}
	return topic.Help()
}

// version is the commit the program was built from, as far as the build knows.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown origin"
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = ", modified"
		}
	}
	if commit == "" {
		return info.Main.Version
	}
	return commit[:min(len(commit), 12)] + dirty
}

// group is what a command does that only has subcommands: help, or a word about the unknown one.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return usage("unknown command %q for %s%s", args[0], cmd.CommandPath(), hint(args[0], names))
}

// flagError adds what was probably meant to cobra's complaint about a flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		said, _, _ := strings.Cut(err.Error(), ": strconv.")
		return usage("%s (see %s --help)", said, cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return usage("unknown flag %q for %s%s", "--"+unknown.GetSpecifiedName(), cmd.CommandPath(),
		hint("--"+unknown.GetSpecifiedName(), names))
}

// atMost is cobra.MaximumNArgs in our words.
func atMost(max int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > max {
			return usage("%s takes %s, not %d arguments (see %s --help)", cmd.CommandPath(), what, len(args), cmd.CommandPath())
		}
		return nil
	}
}
