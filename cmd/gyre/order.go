package main

import "runtime"

// inOrder does n things on as many cores as there are and yields the results in order. Few are ahead of the one
// that is yielded, so memory does not grow with n.
func inOrder[T any](n int, do func(i int) T) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		workers := runtime.GOMAXPROCS(0)
		slots := make(chan chan T, 4*workers)
		done := make(chan struct{})
		defer close(done)
		go func() {
			defer close(slots)
			running := make(chan struct{}, workers)
			for i := range n {
				result := make(chan T, 1)
				select {
				case slots <- result:
				case <-done:
					return
				}
				running <- struct{}{}
				go func() {
					defer func() { <-running }()
					result <- do(i)
				}()
			}
		}()
		for result := range slots {
			if !yield(<-result) {
				return
			}
		}
	}
}
