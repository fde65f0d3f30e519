package model

// Catalogue returns the bugs that can be switched on, in order of their numbers.
func Catalogue() []BugInfo {
	return sdkBugs()
}
