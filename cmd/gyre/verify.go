package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"gyre/internal/certificate"
	"gyre/internal/corpus"
	"gyre/scenarios"
)

// certificateMax bounds a certificate's file.
const certificateMax = 64 << 20

func verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify CERT",
		Short: "Check the certificate of a spin that never ends",
		Long: `Verify checks what gyre run --certificate wrote: it plays the run again, without the checker that found the
loop, and sees whether the state of the whole world comes back after one period with creates and deletes in it, with no
random draw and nothing from outside in between, and whether three more periods do the same.

Exit codes: 0 it is as certified, 1 it is not, 2 bad usage or input, 3 unknown (a bound was hit),
4 fault in Gyre itself, 130 interrupted.`,
		Example: `  gyre run spin-lasso --certificate spin.cert
  gyre verify spin.cert`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("gyre verify takes one certificate, not %d arguments (see gyre verify --help)", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return verify(cmd.OutOrStdout(), args[0])
		},
	}
}

func verify(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return usage("certificate %s: %w (gyre run --certificate FILE writes one)", path, reason(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, certificateMax+1))
	if err != nil {
		return usage("certificate %s: %w", path, reason(err))
	}
	c, err := certificate.Parse(string(text))
	if err != nil {
		return usage("certificate %s: %w", path, err)
	}
	r, err := certificate.Verify(c)
	var broken *certificate.FaultError
	switch {
	case errors.As(err, &broken):
		return exitError{exitFault, fmt.Errorf("fault in Gyre itself: %w", err)}
	case errors.Is(err, certificate.ErrLimit):
		return exitError{exitUnknown, fmt.Errorf("%s: unknown: %w", path, err)}
	case err != nil:
		return exitError{exitViolated, fmt.Errorf("%s: not as certified: %w", path, err)}
	}
	fmt.Fprintf(w, "%s: as certified: from %s on, %s, seed %s, repeats every %s: %d creates and %d deletes in %d events; "+
		"state %016x came back %d times, with no random draw and nothing from outside in between\n", c.Name, c.At,
		c.Algorithm, c.Seed, c.Period, r.Creates, r.Deletes, c.Events, c.State, r.Periods+1)
	return nil
}

// certify writes the certificate of the first spin that was found to be endless, and says so.
func (f *runFlags) certify(r *report) error {
	for _, o := range r.outcomes {
		for i := range o.Report.Verdicts {
			loop := o.Report.Verdicts[i].Loop
			if loop == nil || o.Fault != nil {
				continue
			}
			c := &certificate.Certificate{
				Name: o.Plan.Name, Algorithm: o.Algorithm.Name, Seed: o.Seed, Set: slices.Clone(f.set),
				Event: loop.Event, Events: loop.Events, At: loop.At, Period: loop.Period, State: loop.State,
				Plan: withoutExpectations(o.Plan),
			}
			if err := certificate.Make(c); err != nil {
				return exitError{exitFault, fmt.Errorf("fault in Gyre itself: the certificate: %w", err)}
			}
			if err := os.WriteFile(f.certificate, []byte(c.String()), 0o644); err != nil {
				return usage("--certificate: cannot write %s: %w", f.certificate, corpus.Reason(err))
			}
			if !f.json {
				fmt.Fprintf(r.w, "\ncertificate of %s written to %s; check it with: gyre verify %s\n", o.Algorithm.Name,
					f.certificate, quote(f.certificate))
			}
			return nil
		}
	}
	if !f.json {
		fmt.Fprintf(r.w, "\nno spin was proven endless, so no certificate was written\n")
	}
	return nil
}

// withoutExpectations prints a plan as it is played.
func withoutExpectations(p *scenarios.Plan) string {
	plain := *p
	plain.Expect = nil
	return plain.String()
}
