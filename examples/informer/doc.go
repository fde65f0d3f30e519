// Package informer is a small Kubernetes controller, for an example of package gyretest: an API server that keeps a
// ReplicaSet and its pods, and a controller which lists and watches them into a cache and makes their number right.
//
// A watch is late. The controller that forgets this, Naive, looks at its cache, finds too few pods, and creates what it
// has created already. Kubernetes' ReplicaSet controller carries expectations for this reason
// (pkg/controller/controller_utils.go, ControllerExpectations); StatefulSets and Jobs with an index name their pods so
// that a second create is refused. Both remedies are here, as Expecting and Naming.
package informer
