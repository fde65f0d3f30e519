package controller

import "gyre/model"

// releases lists all there are.
func releases() []model.Release {
	var list []model.Release
	for _, a := range model.Algorithms() {
		list = append(list, a.Release)
	}
	return list
}
