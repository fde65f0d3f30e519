package scenarios

import (
	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

// settleFor returns how long the settle phase of a plan must be for a verdict in a release (0: in every one): after the
// last event from outside, which may be the operator's last attempt, the bound of the checker.
func settleFor(p *Plan, release model.Release) sim.Duration {
	params := model.DefaultParams()
	for _, s := range p.Settings {
		if err := params.Set(s.Name, s.Value); err != nil {
			sim.Fail("%s: set: %v", p.Name, err)
		}
	}
	const tail = operatorPatience + replyPatience
	quiet := settleStart(p).Add(tail)
	rows := 0
	p.eachHosted(func(_ string, _ sim.NodeID, count int) { rows += count })
	for i := range p.Steps {
		if d := &p.Steps[i]; d.Verb == "host" || d.Verb == "bind" {
			rows += max(1, d.Count) * len(p.resolve(d.Nodes, 0))
		}
	}
	p.eachSDK(func(s *SDKs, _ sim.NodeID) { rows += len(p.resolve(s.Via, 0)) })
	length := sim.Duration(0)
	releases := []model.Release{release}
	if release == 0 {
		releases = releases[:0]
		for _, a := range p.Algorithms() {
			releases = append(releases, a.Release)
		}
	}
	for _, release := range releases {
		cfg := &model.Config{Release: release, Others: p.mixed(release), Params: params}
		length = max(length, checker.Converge(cfg, quiet, rows).Length)
	}
	return (length+tail)/sim.Minute*sim.Minute + 2*sim.Minute
}

// settleStart returns when the settle phase starts: not before the last part of the last directive.
func settleStart(p *Plan) sim.Time {
	settle := p.SettleAt
	for i := range p.Steps {
		d := &p.Steps[i]
		settle = max(settle, d.At)
		switch d.Verb {
		case "toggle":
			settle = max(settle, d.Until)
		case "restart", "upgrade":
			settle = max(settle, d.At.Add(max(d.Span, restartDown)))
		}
	}
	return settle
}
