package gyretest_test

import (
	"errors"
	"fmt"

	"gyre/gyretest"
	"gyre/sim"
)

// A note travels between a till and a bank: pay this, or paid.
type note struct {
	id   uint64
	paid bool
}

func (n note) Canon(c *sim.Canon) {
	c.Int("payment", int64(n.id))
	c.Flag("paid", n.paid)
}

// till pays once for each command, one payment after the other, and asks again after a second without an answer.
type till struct {
	bank       sim.NodeID
	done, want uint64 // payments
}

func (t *till) Step(_ sim.Time, in *sim.Input[note], out *sim.Outbox[note]) {
	switch {
	case in.Kind == sim.Command:
		if t.want++; t.want > t.done+1 {
			return // one is under way
		}
	case in.Kind == sim.Deliver && in.Msg.id == t.done+1:
		t.done++
	case in.Kind != sim.Expire:
		return
	}
	out.Disarm(1)
	if t.done < t.want {
		out.Datagram(t.bank, note{id: t.done + 1})
		out.Arm(1, sim.Second)
	}
}

func (t *till) Canon(c *sim.Canon) {
	c.Int("done", int64(t.done))
	c.Int("want", int64(t.want))
}

// bank pays what it is asked for. With idempotent, it knows a payment that it has made.
type bank struct {
	idempotent bool
	last, sum  uint64
}

func (k *bank) Step(_ sim.Time, in *sim.Input[note], out *sim.Outbox[note]) {
	if in.Kind != sim.Deliver {
		return
	}
	if !k.idempotent || in.Msg.id > k.last {
		k.sum, k.last = k.sum+1, in.Msg.id
	}
	out.Datagram(in.From, note{id: in.Msg.id, paid: true})
}

func (k *bank) Canon(c *sim.Canon) {
	c.Int("sum", int64(k.sum))
	c.Int("last", int64(k.last))
}

// shop builds the world: a till, a bank, customers, and what must hold.
func shop(idempotent bool) func(b *gyretest.Bed[note]) {
	return func(b *gyretest.Bed[note]) {
		asked := uint64(0)
		k := &bank{idempotent: idempotent}
		server := b.AddHost("bank", nil, func(uint32) sim.Node[note] { return k })
		client := b.AddHost("till", nil, func(uint32) sim.Node[note] { return &till{bank: server} })
		b.Op("pay", 1, func(int) {
			asked++
			b.Command(client, note{})
		})
		b.Always("nobody pays twice", func() error {
			if k.sum > asked {
				return fmt.Errorf("paid %d times, asked for %d", k.sum, asked)
			}
			return nil
		})
		b.Eventually("everything is paid", func() error {
			if k.sum != asked {
				return errors.New("not everything is paid")
			}
			return nil
		})
	}
}

// A till asks again when it hears nothing, and a bank that does not know a payment from its repetition pays twice. The
// finding is the shortest story of it: one payment on a slow link.
func Example() {
	c := gyretest.Config{Faults: []string{"slow", "cut"}, Tail: 8}
	r := gyretest.Run(c, shop(false))
	fmt.Print(r.Finding)

	r = gyretest.Run(c, shop(true))
	fmt.Println("with the remedy:", r.Finding == nil)
	// Output:
	// seed 3, nobody pays twice (witness): paid 2 times, asked for 1
	// at 1s5ms, event 6, digest d54f02601ad436e1; 4 directives shrunk to 2 in 45 plays
	//
	//     seed 3
	//     0s       slow bank->till by=1s for=10ms
	//     0s       pay 0
	//
	// # < received  > sent  ~ changed  = saved  x refused  ! from outside  . timers and tasks
	//        0s  till  > payment=1                              to bank
	//       5ms  bank  < payment=1                              from till
	//       5ms  bank  > payment=1 paid                         to till
	//      10ms  bank  ! slow                                   to till
	//        1s  till  . timer 1
	//        1s  till  > payment=1                              to bank
	//     1s5ms  bank  < payment=1                              from till
	//     1s5ms  bank  > payment=1 paid                         to till
	// with the remedy: true
}
