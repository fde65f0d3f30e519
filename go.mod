module gyre

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1 // the independent judge of linearizability
	github.com/google/go-cmp v0.7.0 // tests: what differs; its text never enters a golden file
	github.com/joshdk/go-junit v1.0.0 // tests: a reader of JUnit XML
	github.com/owenrumney/go-sarif/v3 v3.3.1 // tests: a reader of SARIF, with the official schema
	github.com/spf13/cobra v1.10.2 // commands, help, completion
	github.com/spf13/pflag v1.0.9 // cobra's flags, for their errors
	go.etcd.io/raft/v3 v3.7.0 // the controllers' log; pinned, for its determinism rests on what it does
	golang.org/x/term v0.47.0 // is it a terminal, and how wide
	google.golang.org/protobuf v1.36.11 // raft's messages
	pgregory.net/rapid v1.3.0 // tests: properties over generated input
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/xeipuuv/gojsonpointer v0.0.0-20180127040702-4e3ac2762d5f // indirect
	github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect
	github.com/xeipuuv/gojsonschema v1.2.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
