package controller

import "gyre/model"

// contents lists the database as it is, for whoever wants to compare it with the log.
func (d *db) contents(c *controller) *model.Rows {
	list := &model.Rows{Rows: make([]model.Row, 0, len(d.at))}
	identities := c.cfg.Identities()
	for i := range d.byRoute {
		of := &d.byRoute[i]
		for k := of.first; k != 0; k = d.rows[k].next {
			r := &d.rows[k]
			list.Rows = append(list.Rows, model.Row{Term: r.term, Service: r.service, Router: r.router, N: r.n})
		}
		for k := range of.policies {
			p := &of.policies[k]
			list.Rules = append(list.Rules, model.Rule{
				Service: p.service, Router: identities[i], N: p.n, Allowed: p.allowed,
			})
		}
	}
	return list
}
