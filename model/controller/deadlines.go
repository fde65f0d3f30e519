package controller

import "gyre/sim"

// deadline is when an operation has waited long enough.
type deadline struct {
	at sim.Time
	id uint64
}

// deadlines is a heap, earliest first.
type deadlines []deadline

func (d deadline) before(e deadline) bool { return d.at < e.at || d.at == e.at && d.id < e.id }

func (h *deadlines) push(d deadline) {
	s := append(*h, d)
	i := len(s) - 1
	for i > 0 && s[i].before(s[(i-1)/2]) {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
		i = (i - 1) / 2
	}
	*h = s
}

func (h *deadlines) pop() deadline {
	s := *h
	top := s[0]
	n := len(s) - 1
	s[0] = s[n]
	s = s[:n]
	for i := 0; ; {
		k := 2*i + 1
		if k >= n {
			break
		}
		if k+1 < n && s[k+1].before(s[k]) {
			k++
		}
		if !s[k].before(s[i]) {
			break
		}
		s[i], s[k] = s[k], s[i]
		i = k
	}
	*h = s
	return top
}
