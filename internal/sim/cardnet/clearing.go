package cardnet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// dateAt returns the clearing date at a moment: after the cut-over it is the next day's.
func (n *Network) dateAt(t time.Time) string {
	return dayOf(t.Add(24*time.Hour - n.config.CutOver))
}

// dateAfter returns the date some days after another.
func dateAfter(date string, days int) string {
	t, err := time.Parse(dateForm, date)
	if err != nil {
		return date // dates come from the clock or from books that were read with their form
	}
	return t.AddDate(0, 0, days).Format(dateForm)
}

// ClearingDate returns the clearing date that the network gives now, YYYYMMDD.
func (n *Network) ClearingDate() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.books.date
}

// awaitCutOver turns the clearing date whenever its time comes. The dates that went by while the network
// was closed are turned first.
func (n *Network) awaitCutOver() {
	if n.config.ManualCutOver || n.isClosed() {
		return
	}
	for n.ClearingDate() < n.dateAt(n.clock.Now()) {
		if err := n.CloseDay(context.Background()); err != nil {
			if !errors.Is(err, errClosed) {
				n.log.Error("card network: clearing date cannot be closed", "error", err)
			}
			return
		}
	}
	now := n.clock.Now().In(china)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, china)
	next := midnight.Add(n.config.CutOver)
	if !next.After(now) {
		next = next.Add(24 * time.Hour)
	}
	n.clock.AfterFunc(next.Sub(now), func() {
		if n.config.CutOverPause > 0 { // whoever moved the clock here must be free to move it on
			go n.awaitCutOver()
			return
		}
		n.awaitCutOver()
	})
}

func (n *Network) isClosed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

var errClosed = errors.New("cardnet: the network is closed")

// CloseDay turns the clearing date now: it tells the members (201), turns the date, writes the daily file of
// the date that ends, and tells the members again (202). With a pause between, ctx may cut it short.
func (n *Network) CloseDay(ctx context.Context) error {
	n.turning.Lock()
	defer n.turning.Unlock()
	ended := n.ClearingDate()
	next := dateAfter(ended, 1)
	n.broadcast(cutOverBegin, next)
	n.pause(ctx)
	if err := n.turn(next); err != nil {
		return err
	}
	n.stats.cutOvers.Add(1)
	n.broadcast(cutOverEnd, next)
	if n.config.Dir == "" {
		return nil
	}
	_, err := n.WriteFile(ended)
	return err
}

// pause has 0200 answered 90 for as long as the config says.
func (n *Network) pause(ctx context.Context) {
	if n.config.CutOverPause == 0 || len(n.signedOn()) == 0 {
		return
	}
	n.setPaused(true)
	defer n.setPaused(false)
	over := make(chan struct{})
	stop := n.clock.AfterFunc(n.config.CutOverPause, func() { close(over) })
	select {
	case <-over:
	case <-ctx.Done():
		stop()
	}
}

func (n *Network) setPaused(paused bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.paused = paused
}

// turn makes next the clearing date and lets the books forget what is too old.
func (n *Network) turn(next string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return errClosed
	}
	err := n.books.setDate(next)
	n.books.prune()
	return errors.Join(err, n.books.compact())
}

// line is one line of a daily file.
type line struct {
	*entry
	kind        Kind
	amount      int64
	interchange int64
	network     int64
}

// lines returns what cleared on a date, in the order of arrival.
func (b *books) lines(date string) []line {
	var list []line
	for _, e := range b.cleared[date] {
		switch {
		case e.Kind == Reversal: // of what stands in an earlier file
			list = append(list, line{e, e.original.back(), e.original.effect(), e.Interchange, e.Network})
		case e.undone == e.Date: // it stands in no file
		case e.Kind.takes() || e.Kind == Adjustment:
			list = append(list, line{e, e.Kind, e.filed.amount, e.filed.interchange, e.filed.network})
		default:
			list = append(list, line{e, e.Kind, -e.effect(), e.Interchange, e.Network})
		}
	}
	slices.SortFunc(list, func(x, y line) int { return cmp.Compare(x.number, y.number) })
	return list
}

// File returns the daily file of a clearing date, YYYYMMDD: of one that is over the final one, of the
// current one what it would be now. Dates without a transaction have a file too.
func (n *Network) File(date string) ([]byte, error) {
	if _, err := time.Parse(dateForm, date); err != nil {
		return nil, fmt.Errorf("cardnet: clearing date %q must be YYYYMMDD", date)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var b []byte
	var amount, interchange, network int64
	lines := n.flaws.spoil(date, n.books.lines(date))
	for _, l := range lines {
		b = append(b, 'L')
		for _, text := range []string{l.Key.sent(), l.Key.trace(), l.Acquirer, l.Forwarder, l.RRN, date, l.Terminal,
			l.Merchant, string(l.kind), l.Masked} {
			b = append(append(b, '|'), text...)
		}
		b = appendNumbers(b, l.amount, l.interchange, l.network)
		amount += l.amount
		interchange += l.interchange
		network += l.network
	}
	return appendNumbers(append(b, 'T'), int64(len(lines)), amount, interchange, network), nil
}

// appendNumbers ends a line with numbers.
func appendNumbers(b []byte, numbers ...int64) []byte {
	for _, number := range numbers {
		b = strconv.AppendInt(append(b, '|'), number, 10)
	}
	return append(b, '\n')
}

// fileName returns the name of the daily file of a date.
func fileName(date string) string { return "cardnet-" + date + ".txt" }

// WriteFile writes the daily file of a clearing date that is over into Config.Dir and returns its path.
// A reader sees a whole file or none.
func (n *Network) WriteFile(date string) (string, error) {
	if n.config.Dir == "" {
		return "", errors.New("cardnet: the network has no folder to write daily files to; set Dir")
	}
	if date >= n.ClearingDate() {
		return "", fmt.Errorf("cardnet: clearing date %s is not over; close it first", date)
	}
	text, err := n.File(date)
	if err != nil {
		return "", err
	}
	path := filepath.Join(n.config.Dir, fileName(date))
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return "", fmt.Errorf("write daily file: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("write daily file: %w", err)
	}
	return path, nil
}
