#!/usr/bin/env bash
# Builds the libFuzzer binaries, and what they begin with, into $OUT. It runs in the image of the Dockerfile beside it,
# in the builder images of OSS-Fuzz, and at home: OUT=/tmp/fuzzers .clusterfuzzlite/build.sh
set -euo pipefail
cd "$(dirname "$0")/.."

out=${OUT:?the folder for the fuzzers}
cxx=${CXX:-clang++}
engine=${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}
read -r -a flags <<<"${CXXFLAGS:-}"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for target in parse corpus_file certificate plan; do
	go build -tags libfuzzer -buildmode c-archive -gcflags all=-d=libfuzzer -ldflags "-X main.target=$target" \
		-o "$work/$target.a" ./internal/fuzztarget/libfuzzer
	"$cxx" "${flags[@]}" "$engine" "$work/$target.a" -lpthread -o "$out/fuzz_$target"
done

# seeds: scenarios for parse and plan (which takes the algorithm from the first byte), the corpus for its reader
mkdir "$work/plan"
for file in scenarios/*.txt; do
	for algorithm in 0 1 2; do
		{ printf '%b' "\\x0$algorithm"; cat "$file"; } >"$work/plan/$algorithm-$(basename "$file")"
	done
done
zip -q -j "$out/fuzz_parse_seed_corpus.zip" scenarios/*.txt
zip -q -j "$out/fuzz_plan_seed_corpus.zip" "$work"/plan/*
zip -q -j "$out/fuzz_corpus_file_seed_corpus.zip" corpus/*.trace

for target in parse corpus_file certificate plan; do
	printf '[libfuzzer]\nmax_len = 16384\ntimeout = 60\n' >"$out/fuzz_$target.options"
done
