package hdfs

import (
	"context"
	"errors"
	"io"
	"sync"
)

// chunkSize is what is read from the caller at once, and chunksAhead how many
// chunks are read while one is sent.
const (
	chunkSize   = mib / 4
	chunksAhead = 2
)

var errStopped = errors.New("no more of the content is wanted")

// source reads the caller's content ahead of the network, so that neither waits
// for the other, and so that a reader that blocks can't hold up the end of ctx.
type source struct {
	ctx      context.Context
	r        io.Reader
	want     int64 // announced by the caller, 0: not
	size     int64 // announced, or learned from a first chunk that is the last; -1: not known
	progress func(int64)

	chunks chan chunk
	free   chan []byte
	done   chan struct{}
	once   sync.Once

	current []byte // rest of the chunk being read
	buffer  []byte // where current lies
	sent    int64
	err     error // what ended the content: io.EOF or an error
}

type chunk struct {
	data []byte
	err  error // after data
}

func newSource(ctx context.Context, r io.Reader, o CreateOptions) *source {
	s := &source{
		ctx: ctx, r: r, want: max(o.Size, 0), size: o.Size, progress: o.Progress,
		chunks: make(chan chunk, chunksAhead),
		free:   make(chan []byte, chunksAhead+2),
		done:   make(chan struct{}),
	}
	if s.size <= 0 {
		s.size = -1
	}
	return s
}

// start reads the first chunk; content that ends in it has a known size.
func (s *source) start() error {
	go s.readAhead()
	err := s.next()
	if err != nil && err != io.EOF {
		return err
	}
	if s.size < 0 && s.err == io.EOF {
		s.size = int64(len(s.current))
	}
	return nil
}

// stop ends the reading ahead, at the latest after the Read under way.
func (s *source) stop() { s.once.Do(func() { close(s.done) }) }

// readAhead fills chunks until the content or the consumer ends.
func (s *source) readAhead() {
	allocated := 0
	for total := int64(0); ; {
		if allocated < cap(s.free) {
			allocated++
			s.free <- make([]byte, s.bufferSize())
		}
		var c chunk
		select {
		case c.data = <-s.free:
		case <-s.done:
			return
		}
		n, err := fill(s.r, c.data)
		total += int64(n)
		c.data, c.err = c.data[:n], s.judge(total, err)
		select {
		case s.chunks <- c:
		case <-s.done:
			return
		}
		if c.err != nil {
			return
		}
	}
}

// fill reads until buf is full. Unlike io.ReadFull it leaves the reader's error
// as it is: an io.ErrUnexpectedEOF of its own is a content cut short.
func fill(r io.Reader, buf []byte) (int, error) {
	n := 0
	for n < len(buf) {
		got, err := r.Read(buf[n:])
		n += got
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *source) bufferSize() int64 {
	if s.want > 0 && s.want < chunkSize {
		return s.want + 1 // one more shows the end, or that there is too much
	}
	return chunkSize
}

// judge returns the error that stands after total bytes.
func (s *source) judge(total int64, err error) error {
	switch {
	case err != nil && err != io.EOF:
		return &sourceError{err}
	case s.want > 0 && (total > s.want || (err == io.EOF && total < s.want)):
		return &sourceError{&sizeError{want: s.want, got: total}}
	}
	return err
}

// next makes the next chunk current.
func (s *source) next() error {
	if s.err != nil {
		return s.err
	}
	if s.buffer != nil {
		s.free <- s.buffer[:cap(s.buffer)]
		s.buffer = nil
	}
	select {
	case c := <-s.chunks:
		s.current, s.buffer, s.err = c.data, c.data, c.err
		if len(c.data) == 0 {
			return s.err
		}
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	case <-s.done:
		return errStopped
	}
}

// take returns the next chunk whole, io.EOF at the end. It is valid until the
// next call.
func (s *source) take() ([]byte, error) {
	if len(s.current) == 0 {
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	data := s.current
	s.current = nil
	return data, nil
}

// report tells the caller that n more bytes have been sent.
func (s *source) report(n int) {
	s.sent += int64(n)
	if s.progress != nil && n > 0 {
		s.progress(s.sent)
	}
}
