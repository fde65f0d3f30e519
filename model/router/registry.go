package router

import (
	"gyre/model"
	"gyre/model/hosting"
)

// newRegistry makes the registry of a release.
func newRegistry(release model.Release, env hosting.Env) hosting.Registry {
	return hosting.New(release, env)
}
