package hosting

import "gyre/model"

// IDCache implements Registry: nothing. The filter of what to save tests whether a key is a service id, which
// service and index together never are (B28).
func (r *ziti210) IDCache() map[Key]model.TermID {
	if r.env.Bug(model.B27) || r.env.Cured(6) {
		return r.cache // with B27 its keys are service ids
	}
	return nil
}

// cacheKey is the key of a terminator in the cache of ids: with B27 that of its service, for all its terminators.
func (r *ziti210) cacheKey(key Key) Key {
	if r.env.Bug(model.B27) {
		return Key{Service: key.Service}
	}
	return key
}

// prune drops the ids of keys that nobody hosts (pruneTerminatorIdCache).
func (r *ziti210) prune() {
	for _, key := range sortedKeys(r.cache) {
		if _, found := r.find(r.cache[key]); !found {
			delete(r.cache, key)
		}
	}
}
