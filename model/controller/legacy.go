package controller

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// legacy is a session of an SDK host that only the controller knows which issued it, of before sessions were tokens.
// They end with B47 only, so without it none is kept.
type legacy struct {
	token model.Token
	ended bool
}

// loadLegacy ends every session there is: the policy enforcer looks at them once, within a second of the start, finds
// no policy for any (ziti#4141), and deletes them. Here it does so before the first router connects.
func (c *controller) loadLegacy(disk *sim.Disk[model.Msg]) {
	if !c.cfg.Bugs.Has(model.B47) {
		return
	}
	for _, slot := range disk.Slots(fileLegacy) {
		c.legacy = append(c.legacy, legacy{model.Token(slot), true})
	}
}

// ended reports whether the session that a create names has ended. One that was never seen has just been issued.
func (c *controller) ended(m *model.Msg) bool {
	if !c.cfg.Bugs.Has(model.B47) {
		return false
	}
	i, found := c.findLegacy(m.Token)
	if found {
		return c.legacy[i].ended
	}
	c.legacy = slices.Insert(c.legacy, i, legacy{token: m.Token})
	c.out.Save(fileLegacy, uint64(m.Token), model.Msg{Kind: model.Record, Token: m.Token})
	return false
}

func (c *controller) findLegacy(token model.Token) (int, bool) {
	return slices.BinarySearchFunc(c.legacy, token, func(s legacy, t model.Token) int { return cmp.Compare(s.token, t) })
}

// validateLegacy tells a router which of its sessions have ended.
func (c *controller) validateLegacy(m *model.Msg) {
	list, ok := m.Body.(*model.TokenList)
	sim.Assert(ok, "a validation of sessions without tokens")
	var ended []model.Token
	for _, token := range list.Tokens {
		if i, found := c.findLegacy(token); found && c.legacy[i].ended {
			ended = append(ended, token)
		}
	}
	if len(ended) > 0 {
		c.reply(m, model.Msg{Kind: model.SessionRemoved, Body: &model.TokenList{Tokens: ended}})
	}
}

// canonLegacy visits the sessions that are kept.
func (c *controller) canonLegacy(v *sim.Canon) {
	for _, s := range c.legacy {
		v.Ref("legacy", model.ClassToken, uint64(s.token))
		v.Flag("ended", s.ended)
	}
}
