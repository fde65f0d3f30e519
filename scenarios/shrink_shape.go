package scenarios

import (
	"slices"
	"strconv"
)

// steps drops directives. If all that the last one does is to let time pass, settle can as well come at its time.
func (s *shrinker) steps() {
	s.reduce(func() int { return len(s.best.Steps) }, func(p *Plan, from, to int) {
		p.Steps = slices.Delete(p.Steps, from, to)
	})
	for n := len(s.best.Steps); n > 0; n = len(s.best.Steps) {
		last := s.best.Steps[n-1].At
		if !s.try(s.edit(func(p *Plan) { p.Steps, p.SettleAt = p.Steps[:n-1], max(last, p.SettleAt) })) {
			return
		}
	}
}

// routers drops routers, and what speaks of them.
func (s *shrinker) routers() { s.reduce(func() int { return s.best.Routers }, (*Plan).dropRouters) }

// controllers drops controllers, and what speaks of them.
func (s *shrinker) controllers() {
	s.reduce(func() int { return s.best.Controllers + s.best.Spares }, (*Plan).dropControllers)
	if s.best.Voters < s.best.Controllers {
		s.try(s.edit(func(p *Plan) { p.Voters = p.Controllers }))
	}
}

// dropRouters takes the routers numbered from+1 to to away; those after them move up.
func (p *Plan) dropRouters(from, to int) {
	p.Routers -= to - from
	p.rename(func(name string) string { return renumber(name, "rtr", from, to) })
}

// dropControllers takes controllers away; members come before spares.
func (p *Plan) dropControllers(from, to int) {
	members := max(0, min(to, p.Controllers)-from)
	p.Controllers -= members
	p.Spares -= to - from - members
	p.Voters = max(1, min(p.Voters, p.Controllers))
	p.rename(func(name string) string { return renumber(name, "ctl", from, to) })
}

// renumber returns the name of a node when the nodes from+1 to to are gone; empty if it is one of them.
func renumber(name, stem string, from, to int) string {
	n := serial(name, stem)
	switch {
	case n == 0 || n <= from:
		return name
	case n <= to:
		return ""
	}
	return stem + strconv.Itoa(n-(to-from))
}

// rename gives every node a new name, and drops what speaks only of nodes whose new name is empty.
func (p *Plan) rename(name func(string) string) {
	p.Services = keep(p.Services, func(s *Service) bool {
		s.On = names(s.On, name)
		return len(s.On) > 0
	})
	p.Versions = keep(p.Versions, func(v *Version) bool {
		v.Nodes = names(v.Nodes, name)
		return len(v.Nodes) > 0
	})
	p.Twins = keep(p.Twins, func(t *[2]string) bool {
		t[0], t[1] = name(t[0]), name(t[1])
		return t[0] != "" && t[1] != ""
	})
	p.viaOnly(name)
	p.Links = keep(p.Links, func(l *LinkSetting) bool {
		l.From, l.To = name(l.From), name(l.To)
		return l.From != "" && l.To != ""
	})
	p.Steps = keep(p.Steps, func(d *Directive) bool {
		had := len(d.Nodes) + len(d.Pairs) + len(d.Groups)
		sides := len(d.Groups)
		d.Nodes = names(d.Nodes, name)
		d.Pairs = keep(d.Pairs, func(a *Pair) bool {
			a.From, a.To = name(a.From), name(a.To)
			return a.From != "" && a.To != ""
		})
		d.Groups = keep(d.Groups, func(side *[]string) bool {
			*side = names(*side, name)
			return len(*side) > 0
		})
		if sides > 0 && len(d.Groups) < 2 {
			return false
		}
		return had == 0 || len(d.Nodes)+len(d.Pairs)+len(d.Groups) > 0
	})
}

// names renames a list of nodes, each once.
func names(list []string, name func(string) string) []string {
	var out []string
	for _, old := range list {
		if n := name(old); n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// keep returns the items of a list that a function, which may change them, says to keep.
func keep[T any](list []T, good func(*T) bool) []T {
	var out []T
	for i := range list {
		if item := list[i]; good(&item) {
			out = append(out, item)
		}
	}
	return out
}

// services drops services with all that speaks of them, and makes families and counts smaller.
func (s *shrinker) services() {
	s.reduce(func() int { return len(s.best.single()) }, func(p *Plan, from, to int) {
		for _, name := range p.single()[from:to] {
			p.dropService(name)
		}
	})
	for i := len(s.best.Services) - 1; i >= 0; i-- {
		if i < len(s.best.Services) {
			s.shrinkService(i)
		}
	}
}

// shrinkService makes one line of services smaller.
func (s *shrinker) shrinkService(i int) {
	if s.best.Services[i].Count > 0 {
		if s.try(s.edit(func(p *Plan) { p.dropFamily() })) {
			return
		}
		for _, n := range below(s.best.Services[i].Count) {
			if s.try(s.edit(func(p *Plan) { p.cutFamily(i, n) })) {
				break
			}
		}
		s.try(s.edit(func(p *Plan) { p.Services[i].Each = 0 }))
	}
	s.fewer(func(p *Plan) *[]string { return &p.Services[i].On })
	if n := s.best.Services[i].Terminators; n > 0 {
		for _, less := range append([]int{0}, below(n)...) {
			if s.try(s.edit(func(p *Plan) { p.Services[i].Terminators = less })) {
				break
			}
		}
	}
	if i < len(s.best.Services) && s.best.Services[i].Count == 1 {
		s.try(s.edit(func(p *Plan) { p.singleFamily(i) }))
	}
}

// single returns the names of the services that are no family, those of the timeline last.
func (p *Plan) single() []string {
	var list []string
	add := func(name string) {
		if name != "" && name != groupServices && serial(name, family) == 0 && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	for i := range p.Services {
		add(p.Services[i].Name)
	}
	for i := range p.Steps {
		add(p.Steps[i].Service)
	}
	return list
}

// dropService takes a service away, with all that speaks of it.
func (p *Plan) dropService(name string) {
	p.Services = keep(p.Services, func(s *Service) bool { return s.Name != name })
	p.Steps = keep(p.Steps, func(d *Directive) bool { return d.Service != name })
}

// dropFamily takes the family of services away, with all that speaks of it.
func (p *Plan) dropFamily() {
	p.Services = keep(p.Services, func(s *Service) bool { return s.Count == 0 })
	p.Steps = keep(p.Steps, func(d *Directive) bool {
		return d.Service != groupServices && serial(d.Service, family) == 0
	})
}

// cutFamily leaves n services of a family; what speaks of others speaks of those then.
func (p *Plan) cutFamily(i, n int) {
	s := &p.Services[i]
	s.Count, s.Each = n, min(s.Each, n)
	for k := range p.Steps {
		if old := serial(p.Steps[k].Service, family); old > n {
			p.Steps[k].Service = family + strconv.Itoa((old-1)%n+1)
		}
	}
}

// singleFamily turns a family of one into a service of its own.
func (p *Plan) singleFamily(i int) {
	s := &p.Services[i]
	s.Name, s.Count, s.Each = family+"1", 0, 0
	for k := range p.Steps {
		if p.Steps[k].Service == groupServices {
			p.Steps[k].Service = s.Name
		}
	}
}

// below returns round numbers less than n, ascending.
func below(n int) []int {
	var list []int
	for _, m := range []int{1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000} {
		if m < n {
			list = append(list, m)
		}
	}
	return list
}
