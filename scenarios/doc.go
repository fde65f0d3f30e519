// Package scenarios has the language in which runs are written, the player that plays them, and the scenarios
// themselves.
//
// A Plan is text: a story, a head (cluster, services, seed, settings), a timeline of directives, a settle phase
// and what is expected. Parse reads it, String prints it in one canonical form, Play runs it for one algorithm
// and returns an Outcome with the checker's verdicts. Directives lists what there is.
//
// The scenarios of this folder say what they come to in every release; those of bugs/ show one bug of model.Catalogue
// each, or a few, and the catalogue says in which algorithm. Show plays them both ways.
package scenarios
