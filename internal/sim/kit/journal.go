package kit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"time"
)

// flushAfter is how long an appended record may wait in memory.
const flushAfter = 5 * time.Millisecond

// Journal is a simulator's books: a file of JSON lines to which records are appended and from which the
// state is built again on opening. It is safe for concurrent use; the order of the records is the order of
// the calls to Append.
type Journal[T any] struct {
	path string // "" for one that forgets

	mu      sync.Mutex
	file    *os.File
	out     *bufio.Writer
	encoder *json.Encoder
	timer   *time.Timer
	dirty   bool
	closed  bool
	err     error // the first failure to write, after which nothing is written any more
	len     int
	torn    int
}

// ErrClosed reports a record for a journal that was closed.
var ErrClosed = errors.New("kit: journal is closed")

// OpenJournal opens or creates the journal at path and calls replay for each of its records. With an
// empty path nothing is read and what is appended is forgotten. One process at a time may have it open.
func OpenJournal[T any](path string, replay func(T) error) (*Journal[T], error) {
	j := &Journal[T]{path: path}
	if path == "" {
		return j, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := j.replay(file, replay); err != nil {
		file.Close()
		return nil, fmt.Errorf("replay journal %s: %w", path, err)
	}
	j.write(file)
	return j, nil
}

// write makes file the one that is appended to.
func (j *Journal[T]) write(file *os.File) {
	j.file = file
	j.out = bufio.NewWriterSize(file, 1<<16)
	j.encoder = json.NewEncoder(j.out)
	j.encoder.SetEscapeHTML(false)
}

// replay reads file and leaves it at the end of its last whole line.
func (j *Journal[T]) replay(file *os.File, visit func(T) error) error {
	in := bufio.NewReaderSize(file, 1<<20)
	var at int64
	for {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if len(line) == 0 {
			break
		}
		_, peek := in.Peek(1)
		last := peek == io.EOF
		if last && (err == io.EOF || !json.Valid(line)) {
			j.torn = len(line)
			break
		}
		var record T
		if err := json.Unmarshal(line, &record); err != nil {
			return fmt.Errorf("line %d is damaged: %w", j.len+1, err)
		}
		if err := visit(record); err != nil {
			return fmt.Errorf("line %d: %w", j.len+1, err)
		}
		j.len++
		at += int64(len(line))
	}
	if j.torn > 0 {
		if err := file.Truncate(at); err != nil {
			return err
		}
	}
	_, err := file.Seek(at, io.SeekStart)
	return err
}

// Torn returns how many bytes of an unfinished last line were cut away on opening.
func (j *Journal[T]) Torn() int { return j.torn }

// Len returns the number of records.
func (j *Journal[T]) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.len
}

// Append adds a record. It returns before the record is in the file, so a failure to write shows on a
// later call.
func (j *Journal[T]) Append(record T) error {
	if j.path == "" {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.err != nil:
		return j.err
	case j.closed:
		return ErrClosed
	}
	if err := j.encoder.Encode(record); err != nil {
		j.err = fmt.Errorf("append to journal: %w", err)
		return j.err
	}
	j.len++
	if !j.dirty {
		j.dirty = true
		if j.timer == nil {
			j.timer = time.AfterFunc(flushAfter, func() { j.Flush() })
		} else {
			j.timer.Reset(flushAfter)
		}
	}
	return nil
}

// Flush hands all appended records to the file.
func (j *Journal[T]) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.flush()
}

func (j *Journal[T]) flush() error {
	if !j.dirty || j.err != nil || j.closed {
		return j.err
	}
	j.dirty = false
	if err := j.out.Flush(); err != nil {
		j.err = fmt.Errorf("write journal: %w", err)
	}
	return j.err
}

// Rewrite replaces all records by those given, which must build the same state. The old file stays until
// the new one is whole. The caller keeps others from appending meanwhile.
func (j *Journal[T]) Rewrite(records iter.Seq[T]) error {
	if j.path == "" {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil || j.closed {
		return errors.Join(j.err, ErrClosed)
	}
	if err := j.flush(); err != nil {
		return err
	}
	next, count, err := j.rewrite(records)
	if err != nil {
		return fmt.Errorf("rewrite journal: %w", err)
	}
	old := j.file
	j.write(next)
	j.len = count
	return old.Close()
}

// rewrite writes a new file, puts it in the place of the old one and returns it with its length.
func (j *Journal[T]) rewrite(records iter.Seq[T]) (*os.File, int, error) {
	file, err := os.OpenFile(j.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, 0, err
	}
	count := 0
	out := bufio.NewWriterSize(file, 1<<16)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for record := range records {
		if err = encoder.Encode(record); err != nil {
			break
		}
		count++
	}
	if err == nil {
		err = errors.Join(out.Flush(), file.Sync())
	}
	if err == nil {
		err = os.Rename(j.path+".new", j.path)
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, count, nil
}

// Close writes what is left to the disk and closes the file. It may be called again.
func (j *Journal[T]) Close() error {
	if j.path == "" {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	if j.timer != nil {
		j.timer.Stop()
	}
	err := errors.Join(j.flush(), j.file.Sync(), j.file.Close())
	j.closed = true
	return err
}
