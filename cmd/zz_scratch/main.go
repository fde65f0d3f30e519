package main

import (
	"fmt"
	"os"
	"strings"

	"gyre/model"
	"gyre/scenarios"
)

func main() {
	text, _ := os.ReadFile(os.Args[1])
	p, err := scenarios.Parse("x", string(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range strings.Split(os.Args[2], ",") {
		a, _ := model.LookupAlgorithm(n)
		o, err := scenarios.Play(p, scenarios.Options{Algorithm: a})
		if err != nil {
			fmt.Println(err)
			return
		}
		took, ok := o.Report.Took()
		var bad []string
		for _, b := range scenarios.Buckets(o) {
			bad = append(bad, b.Property)
		}
		fmt.Println(n, took, ok, "req", o.Report.Requests, "cre", o.Report.Creates, "del", o.Report.Deletes, "ev", o.Events, bad)
	}
}
