package model

import (
	"cmp"
	"slices"
)

// Catalogue returns what is known of every bug of OpenZiti's terminators that has a number, in order: those that can be
// switched on, those a release has anyway, and those nothing here shows, with the reason.
func Catalogue() []BugInfo {
	list := slices.Concat(bugsBefore13(), bugsOfControllers(), bugsOfHosting(), bugsOfChannels(), bugsOfModels(), storm(),
		sdkBugs(), laterSDKBugs())
	slices.SortFunc(list, func(a, b BugInfo) int { return cmp.Compare(a.Bug, b.Bug) })
	return list
}

// Bugs that the model reads, by number; see Catalogue.
const (
	B03 Bug = 3
	B05 Bug = 5
	B06 Bug = 6
	B07 Bug = 7
	B10 Bug = 10
	B11 Bug = 11
	B12 Bug = 12
	B13 Bug = 13
	B14 Bug = 14
	B15 Bug = 15
	B16 Bug = 16
	B18 Bug = 18
	B19 Bug = 19
	B20 Bug = 20
	B21 Bug = 21
	B22 Bug = 22
	B23 Bug = 23
	B24 Bug = 24
	B25 Bug = 25
	B26 Bug = 26
	B27 Bug = 27
	B29 Bug = 29
	B30 Bug = 30
	B31 Bug = 31
	B32 Bug = 32
	B33 Bug = 33
	B34 Bug = 34
	B35 Bug = 35
	B36 Bug = 36
	B37 Bug = 37
	B38 Bug = 38
	B39 Bug = 39
	B40 Bug = 40
	B41 Bug = 41
	B42 Bug = 42
	B43 Bug = 43
	B44 Bug = 44
	B45 Bug = 45
	B46 Bug = 46
	B47 Bug = 47
	B48 Bug = 48
	B49 Bug = 49
)

// Switches without a number in the catalogue: the storm of ziti#4156, which ziti-2.1.0 has by itself, and the three
// parts of its cure.
const (
	RemoveStorm Bug = 60 + iota // the storm itself
	AsyncRemove                 // a remove is answered when it is taken, not when it is applied
	Backoff                     // a remove that failed waits before it is tried again
	SkipAbsent                  // a remove of what is not there costs the leader nothing
)

const firstNamed = RemoveStorm

// named are the names of the switches without a number.
var named = [...]struct { //tidy:ok constant table
	bug  Bug
	name string
}{
	{RemoveStorm, "remove-storm"}, {AsyncRemove, "asyncremove"}, {Backoff, "backoff"}, {SkipAbsent, "skipabsent"},
}
