//go:build libfuzzer

// Libfuzzer makes a libFuzzer binary of a target: built as a C archive with -gcflags=all=-d=libfuzzer and
// -ldflags "-X main.target=NAME", and linked by clang with -fsanitize=fuzzer. See .clusterfuzzlite/build.sh.
package main

// #include <stddef.h>
// #include <stdint.h>
import "C"

import (
	"unsafe"

	"gyre/internal/fuzztarget"
)

// target is set by the linker.
var target string

// LLVMFuzzerTestOneInput is what libFuzzer calls with every input.
//
//export LLVMFuzzerTestOneInput
func LLVMFuzzerTestOneInput(data *C.uint8_t, size C.size_t) C.int {
	t, ok := fuzztarget.Lookup(target)
	if !ok {
		panic("there is no fuzz target " + target)
	}
	if err := t.Run(C.GoBytes(unsafe.Pointer(data), C.int(size))); err != nil {
		panic(err)
	}
	return 0
}

func main() {}
