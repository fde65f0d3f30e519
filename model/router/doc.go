// Package router is an edge router with tunneler: control channels and their clockwork, leader tracking, the
// adaptive limiter, the worker pool and the desired set. The hosting registry it drives is package hosting.
//
// What a release does differently is a row of profile.go. Sources (openziti/ziti unless said otherwise):
// ziti-2.1.0 is 804f55abb with openziti/channel v5.0.27, ziti-1.1.8 is 094542732 with channel v2.0.136,
// ziti-1.0.0 is the parent of 4085c3200.
package router
