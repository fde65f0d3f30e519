# Targets of a line or two; what CI does is in .ci/run.

.PHONY: check test race update lint

check: ## everything CI does
	.ci/run

test: ## the smoke
	go test ./...

race: ## the parts that use goroutines
	go test -race -short ./cmd/gyre ./internal/campaign ./internal/corpus

update: ## rewrite golden files and expectations, then look at git diff
	go test ./scenarios ./internal/tracetext ./cmd/gyre -update

lint: ## what tidy_test.go does not see
	golangci-lint run
