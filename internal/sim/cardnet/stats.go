package cardnet

import "sync/atomic"

// counters are the running figures behind Stats.
type counters struct {
	messages, answers, financial, management   atomic.Int64
	approved, declined, late, unanswered       atomic.Int64
	reversals, duplicates, cut                 atomic.Int64
	macErrors, formatErrors                    atomic.Int64
	chipsRight, chipsWrong, chipsReplayed      atomic.Int64
	signOns, keyChanges, keysRefused, cutOvers atomic.Int64
	journalErrors                              atomic.Int64
}

// count counts what was decided on an entry.
func (c *counters) count(e *entry) {
	if e.replayed {
		c.chipsReplayed.Add(1)
	}
	switch {
	case e.Kind == Reversal:
		c.reversals.Add(1)
	case e.State == Approved:
		c.approved.Add(1)
	case e.State == Declined:
		c.declined.Add(1)
	}
}

// Stats are figures since New.
type Stats struct {
	Messages      int64 // received, of any kind
	Answers       int64 // sent, with the network's own messages
	Financial     int64
	Management    int64 // 0820 received
	Approved      int64 // all but reversals
	Declined      int64 // likewise
	Late          int64 // what was left pending
	Unanswered    int64
	Reversals     int64 // whatever their answer
	Duplicates    int64 // messages with a key that was known
	Cut           int64 // connections that a fault closed
	MACErrors     int64
	FormatErrors  int64
	ChipsVerified int64 // cryptograms that were right
	ChipsRefuted  int64 // cryptograms that were not
	ChipsReplayed int64 // cryptograms that were right, with a counter that the card had come to before
	SignOns       int64
	KeyChanges    int64
	KeysRefused   int64 // key changes that a member answered other than 00
	CutOvers      int64
	JournalErrors int64
	Connections   int // now
}

// Stats returns the figures.
func (n *Network) Stats() Stats {
	c := &n.stats
	n.link.RLock()
	connections := len(n.conns)
	n.link.RUnlock()
	return Stats{
		Messages: c.messages.Load(), Answers: c.answers.Load(), Financial: c.financial.Load(),
		Management: c.management.Load(), Approved: c.approved.Load(), Declined: c.declined.Load(),
		Late: c.late.Load(), Unanswered: c.unanswered.Load(), Reversals: c.reversals.Load(),
		Duplicates: c.duplicates.Load(), Cut: c.cut.Load(), MACErrors: c.macErrors.Load(),
		FormatErrors: c.formatErrors.Load(), ChipsVerified: c.chipsRight.Load(),
		ChipsRefuted: c.chipsWrong.Load(), ChipsReplayed: c.chipsReplayed.Load(), SignOns: c.signOns.Load(), KeyChanges: c.keyChanges.Load(),
		KeysRefused: c.keysRefused.Load(), CutOvers: c.cutOvers.Load(), JournalErrors: c.journalErrors.Load(),
		Connections: connections,
	}
}
