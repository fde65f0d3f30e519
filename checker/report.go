package checker

import (
	"cmp"
	"fmt"
	"slices"

	"gyre/sim"
)

// Why there was nothing to judge.
const (
	noRows  = "no connected router ever had a row"
	noWants = "no connected router should host anything"
)

// Finish ends the run at now and returns what it says about every property. It may be called again when the run was
// played on.
func (c *Checker) Finish(now sim.Time) Report {
	c.rest()
	c.at = max(c.at, now)
	c.lasso.close(now)
	order := c.sorted()
	f := c.findings(order)
	r := Report{
		Creates: c.creates, Deletes: c.deletes, NoOps: c.noops, Needed: c.needed, Causes: c.causes,
		Quiet: c.quiet, reached: c.reached, Settled: c.settled, Dropped: c.lasso.dropped,
		Reaction: Reaction(c.cfg, c.quiet), Bound: Converge(c.cfg, c.quiet, f.wanted),
	}
	ops := r.Creates + r.Deletes
	r.Churn = ops * 1000 / max(1, r.Causes)
	r.Waste = (max(ops, r.Needed) - r.Needed) * 1000 / max(1, r.Causes)
	for _, i := range order {
		if k := &c.keys[i]; k.creates+k.deletes > r.WorstOps {
			r.WorstOps, r.Worst = k.creates+k.deletes, c.subject(i, k.newest)
		}
	}
	for i := range c.routers {
		if !c.routers[i].connected() {
			r.Exempt = append(r.Exempt, c.routers[i].node)
		}
	}
	slices.Sort(r.Exempt)
	r.Verdicts = make([]Verdict, properties)
	r.Verdicts[noSpin] = c.spinVerdict(order)
	r.Verdicts[converges] = c.convergeVerdict(&r, &f)
	r.Verdicts[staysConverged] = c.stayVerdict(&r, &f)
	r.Verdicts[noOrphan] = c.restVerdict(&r, &f, f.rows, f.orphans, "not hosted", noRows)
	r.Verdicts[noMissing] = c.restVerdict(&r, &f, f.wanted, f.missing, "missing", noWants)
	r.Verdicts[noDuplicate] = c.restVerdict(&r, &f, f.rows, f.doubles, "in several rows", noRows)
	stuck, alone := c.entriesAt()
	stuck = append(stuck, c.owed()...)
	r.Verdicts[noStorm] = c.stormVerdict(&r)
	r.Requests = c.requests.total()
	r.Verdicts[agree] = c.lastingVerdict(&r, &f, alone, "everything established has its row")
	r.Verdicts[replicated] = c.replicatedVerdict(&r)
	r.Verdicts[noStuck] = c.lastingVerdict(&r, &f, stuck, "nothing is under way")
	c.headless(now, &r)
	c.breachVerdicts(r.Verdicts)
	r.Verdicts[linearizable], r.Verdicts[sessionReads] = c.linearVerdicts(&r)
	for i, p := range Properties() {
		v := &r.Verdicts[i]
		if v.Property = p.Name; v.Status == Violated && v.Step == 0 {
			v.Step = lastStep(v.Chain)
		}
	}
	return r
}

// sorted returns the keys by router, service and index.
func (c *Checker) sorted() []int32 {
	order := make([]int32, len(c.keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &c.keys[a], &c.keys[b]
		return cmp.Or(cmp.Compare(c.routers[x.router].node, c.routers[y.router].node),
			cmp.Compare(x.service, y.service), cmp.Compare(x.index, y.index))
	})
	return order
}

// finding is something wrong with one key.
type finding struct {
	key    int32
	term   int32 // the row, or -1
	text   string
	plight string
}

// findings is what is wrong at the end with the keys of connected routers.
type findings struct {
	keys    int // keys of connected routers
	wanted  int // those that should have a row
	rows    int // those that ever had one
	right   int // wanted keys that are right
	wrong   []finding
	orphans []finding
	missing []finding
	doubles []finding
}

func (c *Checker) findings(order []int32) findings {
	f := findings{}
	unhosted := c.unhosted(order)
	for _, i := range order {
		k := &c.keys[i]
		if !c.routers[k.router].connected() {
			continue
		}
		f.keys++
		if k.want == wanted {
			f.wanted++
			if !k.wrong {
				f.right++
			}
			if k.hosted == 0 {
				f.missing = append(f.missing, finding{i, -1, c.name(i) + c.resigned(k), c.plight(k)})
			}
		}
		if k.creates > 0 || k.rows > 0 {
			f.rows++
		}
		if k.rows > 1 {
			f.doubles = append(f.doubles, finding{i, -1, fmt.Sprintf("%s (%d rows)", c.name(i), k.rows), plightSeveral})
		}
		if k.wrong {
			f.wrong = append(f.wrong, finding{i, -1, c.name(i) + " " + c.wrongWith(k), c.plight(k)})
		}
		for ; len(unhosted) > 0 && c.terms[unhosted[0]].key == i; unhosted = unhosted[1:] {
			f.orphans = append(f.orphans, c.orphan(unhosted[0]))
		}
	}
	return f
}

// unhosted returns the rows of connected routers that nobody hosts, in the order of their keys and then by id.
func (c *Checker) unhosted(order []int32) []int32 {
	rank := make([]int32, len(order))
	for n, i := range order {
		rank[i] = int32(n)
	}
	list := []int32{}
	for i := range c.terms {
		t := &c.terms[i]
		if t.row && !c.hosts(t) && c.routers[c.keys[t.key].router].connected() {
			list = append(list, int32(i))
		}
	}
	slices.SortFunc(list, func(a, b int32) int {
		x, y := &c.terms[a], &c.terms[b]
		return cmp.Or(cmp.Compare(rank[x.key], rank[y.key]), cmp.Compare(x.id, y.id))
	})
	return list
}

// wrongWith says why a key is not right.
func (c *Checker) wrongWith(k *key) string {
	switch {
	case k.want == unwanted && k.rows == 1:
		return "has a row that nobody wants"
	case k.want == unwanted:
		return fmt.Sprintf("has %d rows that nobody wants", k.rows)
	case k.rows == 0:
		return "has no row" + c.resigned(k)
	case k.rows > 1:
		return fmt.Sprintf("has %d rows", k.rows)
	default:
		return "has a row that its router does not host" + c.resigned(k)
	}
}

func (c *Checker) resigned(k *key) string {
	if k.gaveUp {
		return " (the router gave up)"
	}
	return ""
}

func texts(list []finding) string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = list[i].text
	}
	return some(all)
}

// headless takes back what was judged by the end of a run in which nobody leads any more and nobody can be expected to:
// a majority of the voters is gone for good, as when the leader dies that had not yet told the other of two voters that
// a third has left. Then nothing can be written, and no algorithm could come to what is desired.
func (c *Checker) headless(now sim.Time, r *Report) {
	m := &c.members
	if !c.settled || m.leader != 0 || m.reign == 0 || now.Sub(m.vacant) <= r.Bound.Length {
		return
	}
	for _, p := range [...]int{converges, noOrphan, noMissing, noDuplicate, noStorm, agree, noStuck} {
		if v := &r.Verdicts[p]; v.Status == Violated && v.Rung == Deadline {
			*v = Verdict{Status: Unknown, Text: fmt.Sprintf("nobody has led for the last %s, since %s, so nothing could be "+
				"written", span(now.Sub(m.vacant)), point(m.vacant))}
		}
	}
}
